"""What a ledger holds, as typed records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from comfyc.interface.tracing import Target
from comfyc.safety.web_files import WebFile

State = Literal["waiting", "sent", "done", "failed"]
"""Of a row. ``waiting``: it is still to be made; ``sent``: a server may have it, and what became of it is not
known yet; ``done``: its outputs are here; ``failed``: it ran or was refused, and something is wrong."""


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """A column as the ledger keeps it: its name, the inputs that take its values, and whether these are files
    of this machine."""

    name: str
    targets: tuple[Target, ...] = ()
    is_file: bool = False


@dataclass(frozen=True, slots=True)
class StudyHead:
    """What holds for all rows. ``id`` is a UUID; ``created`` are seconds since the epoch; ``source`` is the
    name of the workflow's file and ``document`` its content; ``options`` say how the rows are made, as JSON.
    """

    id: str
    name: str
    created: float
    comfyc: str
    source: str
    document: Any
    columns: tuple[ColumnHead, ...]
    servers: tuple[str, ...]
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row to be entered into a new ledger. ``stem`` is what its files are called, ``folded`` the form of it
    by which two names are the same on some file system; ``load`` names what is expensive to load for it, and
    ``order`` sorts the rows for speed."""

    number: int
    parameters: Mapping[str, Any]
    files: Mapping[str, Path | WebFile]
    targets: Mapping[Target, Any]
    origin: str
    stem: str
    folded: str
    load: str = ""
    order: bytes = b""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row that is to be made, or may be on a server: ``attempt`` says how often it was sent so far."""

    number: int
    parameters: Mapping[str, Any]
    files: Mapping[str, Path | WebFile]
    targets: Mapping[Target, Any]
    stem: str
    load: str
    state: State
    attempt: int
    prompt_id: str
    server: str
    sent: float | None


@dataclass(frozen=True, slots=True)
class StoredOutput:
    """An output of a row. A file has its ``path`` relative to the folder of the study, with ``/``; a text its
    ``text``."""

    node: str
    title: str
    key: str
    kind: Literal["file", "text"]
    path: str | None = None
    sha256: str | None = None
    size: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """A finding about a row."""

    code: str
    severity: str
    node: str | None
    message: str
    hint: str | None


@dataclass(frozen=True, slots=True)
class RowResult:
    """A row with what became of it; ``seconds`` is the time that the server took."""

    number: int
    parameters: Mapping[str, Any]
    origin: str
    stem: str
    state: State
    attempt: int
    server: str | None
    prompt_id: str | None
    prompt_hash: str | None
    seeds: Mapping[str, int]
    sent: float | None
    ended: float | None
    seconds: float | None
    problem: str | None
    outputs: tuple[StoredOutput, ...] = ()
    findings: tuple[StoredFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows are in each state."""

    waiting: int = 0
    sent: int = 0
    done: int = 0
    failed: int = 0

    @property
    def rows(self) -> int:
        return self.waiting + self.sent + self.done + self.failed

    @property
    def left(self) -> int:
        """Rows of which the result is not known."""
        return self.waiting + self.sent


@dataclass(frozen=True, slots=True)
class RowEnding:
    """How an attempt at a row ended."""

    state: State
    seconds: float | None = None
    problem: str | None = None
    outputs: tuple[StoredOutput, ...] = ()
    findings: tuple[StoredFinding, ...] = field(default_factory=tuple)
