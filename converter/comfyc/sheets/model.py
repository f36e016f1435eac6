"""What a contact sheet shows of a study: its columns, its rows, and what each row has made."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyc.safety.secrets import hide_in_addresses
from comfyc.studies.records import RowResult, StoredOutput

AS_IN_THE_FILE = "(as in the file)"
"""The label of a value that a row does not set."""


class Medium(enum.Enum):
    """How a page shows an output."""

    PICTURE = "picture"
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"
    OTHER = "other"


_ENDINGS = {
    Medium.PICTURE: "png apng jpg jpeg jfif webp gif avif bmp svg",
    Medium.VIDEO: "mp4 m4v webm mov mkv ogv",
    Medium.AUDIO: "mp3 flac wav ogg oga opus m4a aac",
}
_MEDIA = {ending: medium for medium, endings in _ENDINGS.items() for ending in endings.split()}


@dataclass(frozen=True, slots=True)
class Shot:
    """An output of a row. ``path`` is its file on this machine: None for a text, and for a file that is not
    in the folder of the study any more, or never was."""

    medium: Medium
    name: str
    path: Path | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A parameter: its name, and the labels of its different values in the order that a sheet has."""

    name: str
    labels: tuple[str, ...]
    is_number: bool = False

    @property
    def varies(self) -> bool:
        return len(self.labels) > 1


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row: ``values`` has the number of a label for each column of the sheet; seeds are texts, since a
    script would round those of 64 bits."""

    number: int
    state: str
    values: tuple[int, ...]
    shots: tuple[Shot, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    server: str = ""
    prompt_id: str = ""
    attempt: int = 0
    seconds: float | None = None
    seeds: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a sheet shows."""

    title: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[SheetRow, ...]

    @property
    def pictures(self) -> list[Path]:
        """The files that a thumbnail may be made of."""
        shots = (shot for row in self.rows for shot in row.shots if shot.medium is Medium.PICTURE)
        return [shot.path for shot in shots if shot.path is not None]

    def count(self, state: str) -> int:
        """How many rows are in this state."""
        return sum(row.state == state for row in self.rows)


def sheet_of(title: str, names: Sequence[str], results: Iterable[RowResult], folder: Path) -> Sheet:
    """The sheet of a study with columns of these names, whose files are in ``folder``."""
    found = list(results)
    labels = [[_label(one.parameters, name) for name in names] for one in found]
    columns = []
    for at, name in enumerate(names):
        numbers = [one.parameters[name] for one in found if name in one.parameters]
        is_number = all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers)
        different = dict.fromkeys(row[at] for row in labels)
        ordered = sorted(different, key=_by_number) if is_number else sorted(different, key=_as_given)
        columns.append(SheetColumn(name, tuple(ordered), is_number and bool(numbers)))
    index = [{label: at for at, label in enumerate(column.labels)} for column in columns]
    root = folder.resolve()
    rows = (
        _row(one, tuple(index[at][label] for at, label in enumerate(values)), root)
        for one, values in zip(found, labels, strict=True)
    )
    return Sheet(title, tuple(columns), tuple(rows))


def _label(parameters: Mapping[str, Any], name: str) -> str:
    value = parameters.get(name, AS_IN_THE_FILE)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _as_given(label: str) -> bool:
    """The order of words is that of the rows; what a row does not set comes first."""
    return label != AS_IN_THE_FILE


def _by_number(label: str) -> tuple[bool, float]:
    return (False, 0.0) if label == AS_IN_THE_FILE else (True, float(label))


def _row(one: RowResult, values: tuple[int, ...], root: Path) -> SheetRow:
    return SheetRow(
        one.number,
        one.state,
        values,
        tuple(_shot(output, root) for output in one.outputs),
        tuple((each.severity, f"{each.code}: {hide_in_addresses(each.message)}") for each in one.findings),
        hide_in_addresses(one.problem or ""),
        hide_in_addresses(one.server or ""),
        one.prompt_id or "",
        one.attempt,
        one.seconds,
        tuple((name, str(value)) for name, value in one.seeds.items()),
    )


def _shot(output: StoredOutput, root: Path) -> Shot:
    if output.kind == "text":
        return Shot(Medium.TEXT, f"{output.title} {output.key}".strip(), text=output.text or "")
    name = output.path or ""
    medium = _MEDIA.get(name.rpartition(".")[2].lower(), Medium.OTHER)
    return Shot(medium, name, _inside(root, name))


def _inside(root: Path, name: str) -> Path | None:
    """The file of this name if it is in the folder, links followed: a ledger may come from anybody."""
    try:
        path = (root / name).resolve()
        return path if name and path.is_relative_to(root) and path.is_file() else None
    except (OSError, ValueError):  # ValueError: a zero byte in the name
        return None
