"""The tables of a ledger (docs/studies.md describes them)."""

from __future__ import annotations

FORMAT = 1
"""The version of the tables."""

_ENTERED = """
  number INTEGER PRIMARY KEY,
  parameters TEXT NOT NULL,
  files TEXT NOT NULL,
  targets TEXT NOT NULL,
  origin TEXT NOT NULL,
  stem TEXT NOT NULL,
"""

SCHEMA = f"""
CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE row ({_ENTERED}
  load TEXT NOT NULL,
  position INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'done', 'failed')),
  attempt INTEGER NOT NULL DEFAULT 0,
  prompt_id TEXT,
  prompt_hash TEXT,
  server TEXT,
  seeds TEXT,
  sent REAL,
  ended REAL,
  seconds REAL,
  problem TEXT
);
CREATE TABLE output (row INTEGER NOT NULL, number INTEGER NOT NULL, node TEXT NOT NULL, title TEXT NOT NULL,
  key TEXT NOT NULL, kind TEXT NOT NULL, path TEXT, sha256 TEXT, size INTEGER, text TEXT,
  PRIMARY KEY (row, number)) WITHOUT ROWID;
CREATE TABLE finding (row INTEGER NOT NULL, code TEXT NOT NULL, severity TEXT NOT NULL, node TEXT,
  message TEXT NOT NULL, hint TEXT);
CREATE INDEX finding_of_row ON finding (row);
CREATE TABLE attempt (row INTEGER NOT NULL, attempt INTEGER NOT NULL, prompt_id TEXT NOT NULL, server TEXT,
  why TEXT NOT NULL, sent REAL, ended REAL);
CREATE INDEX attempt_of_row ON attempt (row);
CREATE TEMPORARY TABLE new_row ({_ENTERED} folded TEXT UNIQUE, load TEXT, "order" BLOB);
"""
"""All tables, and one for rows that have no position yet."""

NEW_ROWS = """
BEGIN;
INSERT INTO row (number, parameters, files, targets, origin, stem, load, position)
  SELECT number, parameters, files, targets, origin, stem, load, row_number() OVER (ORDER BY "order", number)
  FROM new_row;
DROP TABLE new_row;
CREATE INDEX row_to_make ON row (state, load, position);
COMMIT;
"""
"""Gives each row its position."""
