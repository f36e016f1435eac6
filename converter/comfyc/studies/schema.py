"""The tables of a ledger (docs/studies.md describes them)."""

from __future__ import annotations

from collections.abc import Sequence

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

_RESULT = (
    "state",
    "stem",
    "server",
    "seconds",
    "attempt",
    "prompt_id",
    "prompt_hash",
    "problem",
)


def result_view(columns: Sequence[str]) -> str:
    """The statement that makes the view ``result``: a row of the study each, with its parameters."""
    known = ["row", "name", "path", "text", *_RESULT]
    parameters = "".join(
        f"(SELECT value FROM json_each(parameters) WHERE key = {_quoted(name, chr(39))}) AS "
        f"{_quoted(name if name not in known else f'parameter {name}')}, "
        for name in columns
    )
    first = "FROM output WHERE output.row = row.number ORDER BY output.number LIMIT 1"
    own = ", ".join(f"{name} AS name" if name == "stem" else name for name in _RESULT)
    return (
        f"CREATE VIEW result AS SELECT number AS row, {parameters}{own}, "
        f"(SELECT path {first}) AS path, (SELECT text {first}) AS text FROM row ORDER BY number"
    )


def _quoted(name: str, mark: str = '"') -> str:
    return mark + name.replace(mark, mark * 2) + mark


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
