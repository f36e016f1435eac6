"""A new ledger: whole, or not there at all."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from comfyc.diagnostics import ComfycError
from comfyc.studies.ledger import NAME, Ledger, connect, files_to_json, unwritable
from comfyc.studies.names import same_name
from comfyc.studies.records import NewRow, StudyHead
from comfyc.studies.schema import FORMAT, NEW_ROWS, SCHEMA, result_view


def create_ledger(folder: Path | None, head: StudyHead, rows: Iterable[NewRow]) -> Ledger:
    """Make the ledger of a new study; without a folder one that is gone when it is closed.

    ``rows`` is read once and not kept. ``ComfycError`` if two rows would have the same name, if there is
    a study in the folder already, or if it cannot be written: then there is no ledger.
    """
    if folder is None:
        connection = connect("")
        _fill(connection, head, rows)
        return Ledger(None, connection)
    path = folder / NAME
    if path.exists():
        hint = f"finish it with: comfyc resume {folder}; or choose another folder with --out-dir"
        raise ComfycError(f"'{folder}' has a study already", hint)
    part = folder / f".{NAME}-{uuid.uuid4().hex}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        connection = connect(part)
        try:
            connection.execute("PRAGMA journal_mode = OFF")
            _fill(connection, head, rows)
        finally:
            connection.close()
        part.rename(path)
    except (OSError, sqlite3.OperationalError) as error:
        raise unwritable(folder, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return Ledger.open(folder)


def _fill(connection: sqlite3.Connection, head: StudyHead, rows: Iterable[NewRow]) -> None:
    connection.executescript(SCHEMA)
    connection.execute(result_view([one.name for one in head.columns]))
    connection.execute("BEGIN")
    entries = {"format": FORMAT, **{name: getattr(head, name) for name in StudyHead.__slots__}}
    entries["columns"] = [[one.name, one.targets, one.is_file] for one in head.columns]
    connection.executemany(
        "INSERT INTO study VALUES (?, ?)", [(key, json.dumps(value)) for key, value in entries.items()]
    )
    last: NewRow | None = None
    encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode

    def entered() -> Iterator[tuple[Any, ...]]:
        nonlocal last
        for last in rows:
            targets = [[node, name, value] for (node, name), value in last.targets.items()]
            yield (
                last.number,
                encode(last.parameters),
                files_to_json(last.files) if last.files else "{}",
                encode(targets),
                last.origin,
                last.stem,
                last.folded,
                last.load,
                last.order,
            )

    try:
        connection.executemany(f"INSERT INTO new_row VALUES ({', '.join('?' * 9)})", entered())
    except sqlite3.IntegrityError:
        assert last is not None
        found = connection.execute("SELECT number FROM new_row WHERE folded = ?", (last.folded,)).fetchone()
        raise same_name(last.stem, found[0], last.number) from None
    connection.execute("COMMIT")
    connection.executescript(NEW_ROWS)
