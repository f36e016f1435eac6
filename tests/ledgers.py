"""Folders of studies as ``comfyc run --table`` leaves them: a ledger, and what its rows have made."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comfyc.studies.creating import create_ledger
from comfyc.studies.records import ColumnHead, NewRow, RowEnding, State, StoredOutput, StudyHead

STUDY = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


@dataclass(frozen=True)
class Made:
    """A row, and what became of it: ``outputs`` are bytes of files by their paths, and texts by the names of
    their nodes."""

    parameters: Mapping[str, Any]
    outputs: Mapping[str, bytes | str] = field(default_factory=dict)
    state: State = "done"
    problem: str | None = None
    seeds: Mapping[str, int] = field(default_factory=dict)
    server: str = "http://127.0.0.1:8188"
    seconds: float = 1.5


def png(width: int, height: int, color: tuple[int, int, int]) -> bytes:
    """A picture of one color."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress((b"\0" + bytes(color) * width) * height))
    return b"\x89PNG\r\n\x1a\n" + head + data + chunk(b"IEND", b"")


def write_study(
    folder: Path, rows: Iterable[Made], name: str = "a study", columns: Sequence[str] = ()
) -> Path:
    """A folder with a ledger and the files of its rows."""
    made = list(rows)
    names = list(columns) or list(dict.fromkeys(key for row in made for key in row.parameters))
    heads = tuple(map(ColumnHead, names))
    head = StudyHead(STUDY, name, 1.8e9, "0.1.0", "flow.json", {}, heads, ("http://127.0.0.1:8188",), {})
    entries = [
        NewRow(number, row.parameters, {}, {}, f"t.csv:{number + 1}", f"{number:04}", f"{number:04}")
        for number, row in enumerate(made, 1)
    ]
    with create_ledger(folder, head, entries) as ledger:
        for number, row in enumerate(made, 1):
            if row.state == "waiting":
                continue
            ledger.mark_sent(number, row.server, f"prompt-{number}", "hash", dict(row.seeds))
            if row.state != "sent":
                outputs = tuple(_stored(folder, key, one) for key, one in row.outputs.items())
                ledger.finish(number, RowEnding(row.state, row.seconds, row.problem, outputs))
    return folder


def _stored(folder: Path, key: str, made: bytes | str) -> StoredOutput:
    if isinstance(made, str):
        return StoredOutput("9", key, "text", "text", text=made)
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made)
    return StoredOutput("9", "Save Image", "images", "file", key, "", len(made))
