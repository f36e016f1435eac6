"""The ledger of a study: one SQLite file in its folder, in which everything is written before it is done.

A row is marked as sent, and the file synced, before its prompt goes to a server, and its result is written as
soon as its outputs are on the disk. The id of each prompt follows from the study, the row and the attempt, so
that whatever moment a process is killed in, the servers can be asked what became of it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from comfyc.diagnostics import ComfycError
from comfyc.safety.web_files import WebFile
from comfyc.studies.records import (
    ColumnHead,
    Counts,
    LedgerRow,
    RowEnding,
    RowResult,
    State,
    StoredFinding,
    StoredOutput,
    StudyHead,
)
from comfyc.studies.schema import FORMAT

NAME = "study.sqlite"
_LOCK = "study.lock"
_ROW = "number, parameters, files, targets, stem, load, state, attempt, prompt_id, server, sent"
_RESULT = (
    "number, parameters, origin, stem, state, attempt, server, prompt_id, prompt_hash, seeds, sent, ended, "
    "seconds, problem"
)


class Ledger:
    """The ledger of the study in ``folder``, open; None for one that is in no folder."""

    def __init__(self, folder: Path | None, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self._connection = connection
        self._lock: sqlite3.Connection | None = None
        self.head = _read_head(connection)

    @classmethod
    def open(cls, folder: Path) -> Ledger:
        """Open the ledger in a folder. ``ComfycError`` if there is none, or if this version cannot read
        it."""
        path = folder / NAME if folder.is_dir() else folder
        if not path.is_file():
            raise ComfycError(f"there is no study in '{folder}'", "comfyc studies lists those that there are")
        try:
            if os.access(path.parent, os.W_OK):
                connection = connect(path)
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
            else:  # to be read only: nobody works on it here
                connection = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)
            return cls(path.parent, connection)
        except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
            raise ComfycError(f"'{path}' cannot be read as a ledger: {error}", "is it damaged?") from error

    def hold(self) -> None:
        """Keep other processes from working on the study, until this is closed or the process is gone.

        ``ComfycError`` if another one does.
        """
        if self.folder is None or self._lock is not None:
            return
        try:
            lock = sqlite3.connect(self.folder / _LOCK, timeout=0, isolation_level=None)
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            hint = "wait for it, or stop it first"
            raise ComfycError(f"another comfyc is at work on '{self.folder}'", hint) from error
        self._lock = lock

    def close(self) -> None:
        for one in (self._connection, self._lock):
            if one is not None:
                one.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def name(self) -> str:
        return self.head.name

    def counts(self) -> Counts:
        """How many rows are in each state."""
        return Counts(**dict(self._query("SELECT state, count(*) FROM row GROUP BY state")))

    def seconds(self) -> float:
        """How long the servers took for all rows that are done or failed."""
        return float(next(self._query("SELECT total(seconds) FROM row"))[0])

    def loads(self) -> dict[str, int]:
        """What is expensive to load, in the order of the rows, and how many rows wait for each."""
        sql = "SELECT load, count(*) FROM row WHERE state = 'waiting' GROUP BY load ORDER BY min(position)"
        return dict(self._query(sql))

    def next_waiting(self, load: str, pulled: Collection[int]) -> LedgerRow | None:
        """The next row to be made that needs this load and has not been pulled."""
        sql = f"SELECT {_ROW} FROM row WHERE state = 'waiting' AND load = ? ORDER BY position"
        return next((_row(one) for one in self._query(sql, load) if one[0] not in pulled), None)

    def rows(self, state: State) -> Iterator[LedgerRow]:
        """The rows in this state, in the order in which they are made."""
        for one in self._query(f"SELECT {_ROW} FROM row WHERE state = ? ORDER BY position", state):
            yield _row(one)

    def row(self, number: int) -> LedgerRow:
        """The row as it is now."""
        return _row(next(self._query(f"SELECT {_ROW} FROM row WHERE number = ?", number)))

    def next_id(self, row: LedgerRow) -> str:
        """The id of the prompt of the next attempt at a row."""
        return prompt_id_of(self.head.id, row.number, row.attempt + 1)

    def mark_sent(
        self, row: int, server: str, prompt_id: str, prompt_hash: str, seeds: Mapping[str, int]
    ) -> None:
        """Enter that the next attempt at a row goes to a server, before it does. On the disk on return."""
        sql = (
            "UPDATE row SET state = 'sent', attempt = attempt + (prompt_id IS NOT ?1), prompt_id = ?1, "
            "prompt_hash = ?2, server = ?3, seeds = ?4, sent = ?5, ended = NULL, seconds = NULL, "
            "problem = NULL WHERE number = ?6"
        )
        self._change([(sql, (prompt_id, prompt_hash, server, json.dumps(dict(seeds)), time.time(), row))])

    def finish(self, row: int, ending: RowEnding) -> None:
        """Enter the result of a row, in the place of any that it had."""
        sql = "UPDATE row SET state = ?, ended = ?, seconds = ?, problem = ? WHERE number = ?"
        values = (ending.state, time.time(), ending.seconds, ending.problem, row)
        outputs = [
            (row, number, one.node, one.title, one.key, one.kind, one.path, one.sha256, one.size, one.text)
            for number, one in enumerate(ending.outputs, 1)
        ]
        findings = [(row, one.code, one.severity, one.node, one.message, one.hint) for one in ending.findings]
        changes: list[tuple[str, tuple[Any, ...]]] = [
            (sql, values),
            ("DELETE FROM output WHERE row = ?", (row,)),
            ("DELETE FROM finding WHERE row = ?", (row,)),
        ]
        changes += [("INSERT INTO output VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", one) for one in outputs]
        changes += [("INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?)", one) for one in findings]
        self._change(changes)

    def give_back(self, row: int, why: str) -> None:
        """Enter that a row is to be made again: its last attempt came to nothing."""
        keep = (
            "INSERT INTO attempt SELECT number, attempt, prompt_id, server, ?, sent, ? FROM row "
            "WHERE number = ? AND prompt_id IS NOT NULL"
        )
        sql = "UPDATE row SET state = 'waiting', problem = ? WHERE number = ?"
        self._change([(keep, (why, time.time(), row)), (sql, (why, row))])

    def retry(self) -> int:
        """Have all failed rows made again; how many there are."""
        failed = self.counts().failed
        keep = (
            "INSERT INTO attempt SELECT number, attempt, prompt_id, server, 'failed', sent, ended FROM row "
            "WHERE state = 'failed' AND prompt_id IS NOT NULL"
        )
        self._change([(keep, ()), ("UPDATE row SET state = 'waiting' WHERE state = 'failed'", ())])
        return failed

    def attempts(self, row: int) -> list[tuple[int, str]]:
        """The earlier attempts at a row, and why each came to nothing."""
        return list(self._query("SELECT attempt, why FROM attempt WHERE row = ? ORDER BY attempt", row))

    def add_servers(self, servers: Iterable[str]) -> None:
        """Enter servers that rows may be sent to beside those that the study has."""
        known = [*dict.fromkeys((*json.loads(self._value("servers")), *servers))]
        self._change([("UPDATE study SET value = ? WHERE key = 'servers'", (json.dumps(known),))])

    def paths(self, row: int) -> list[str]:
        """The paths of the files of a row."""
        return [one[0] for one in self._query("SELECT path FROM output WHERE row = ? AND path NOTNULL", row)]

    def results(self, state: State | None = None) -> Iterator[RowResult]:
        """All rows, or those in one state, by their numbers, with what became of them."""
        where = "" if state is None else f"WHERE state = '{state}'"
        for found in self._query(f"SELECT {_RESULT} FROM row {where} ORDER BY number"):
            number, parameters, origin, stem, now, attempt, server, prompt_id, digest, *rest = found
            seeds, sent, ended, seconds, problem = rest
            outputs = self._query(
                "SELECT node, title, key, kind, path, sha256, size, text FROM output WHERE row = ? "
                "ORDER BY number",
                number,
            )
            findings = self._query(
                "SELECT code, severity, node, message, hint FROM finding WHERE row = ?", number
            )
            yield RowResult(
                number,
                json.loads(parameters),
                origin,
                stem,
                now,
                attempt,
                server,
                prompt_id,
                digest,
                json.loads(seeds or "{}"),
                sent,
                ended,
                seconds,
                problem,
                tuple(StoredOutput(*one) for one in outputs),
                tuple(StoredFinding(*one) for one in findings),
            )

    def _value(self, key: str) -> str:
        return str(next(self._query("SELECT value FROM study WHERE key = ?", key))[0])

    def _query(self, sql: str, *values: Any) -> Iterator[Any]:
        return self._connection.execute(sql, values)

    def _change(self, changes: Iterable[tuple[str, tuple[Any, ...]]]) -> None:
        """Carry out changes, all or none; they are on the disk on return."""
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                for sql, values in changes:
                    self._connection.execute(sql, values)
        except sqlite3.Error as error:
            raise unwritable(self.folder, error) from error


def prompt_id_of(study: str, row: int, attempt: int) -> str:
    """The id of the prompt of an attempt at a row."""
    return str(uuid.uuid5(uuid.UUID(study), f"{row}:{attempt}"))


def connect(path: Path | str) -> sqlite3.Connection:
    """Open a database in which each statement is a transaction of its own."""
    return sqlite3.connect(path, timeout=30.0, isolation_level=None)


def _read_head(connection: sqlite3.Connection) -> StudyHead:
    entries = {key: json.loads(value) for key, value in connection.execute("SELECT key, value FROM study")}
    if entries.pop("format") != FORMAT:
        raise ValueError("another version of comfyc has made it")
    columns = [
        ColumnHead(name, tuple((node, slot) for node, slot in targets), is_file)
        for name, targets, is_file in entries.pop("columns")
    ]
    return StudyHead(**{**entries, "servers": tuple(entries["servers"])}, columns=tuple(columns))


def files_to_json(files: Mapping[str, Path | WebFile]) -> str:
    """The files of a row, as JSON: a path, or the address of a file of the web with its kinds."""
    stored = {
        name: [one.address, *one.kinds] if isinstance(one, WebFile) else os.path.abspath(one)
        for name, one in files.items()
    }
    return json.dumps(stored, ensure_ascii=False)


def _files(text: str) -> dict[str, Path | WebFile]:
    return {
        name: WebFile(one[0], tuple(one[1:])) if isinstance(one, list) else Path(one)
        for name, one in json.loads(text).items()
    }


def _row(found: tuple[Any, ...]) -> LedgerRow:
    number, parameters, files, targets, stem, load, state, attempt, prompt_id, server, sent = found
    return LedgerRow(
        number,
        json.loads(parameters),
        _files(files),
        {(node, slot): value for node, slot, value in json.loads(targets)},
        stem,
        load,
        state,
        attempt,
        prompt_id or "",
        server or "",
        sent,
    )


def unwritable(folder: Path | None, error: Exception) -> ComfycError:
    """Why a ledger could not be written."""
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return ComfycError(f"cannot write the ledger in '{folder}': {reason.lower()}", "is the disk full?")
