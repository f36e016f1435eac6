"""What the rows of a study are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyc.interface.settings import Setting
from comfyc.interface.tracing import Target
from comfyc.safety.web_files import WebFile


@dataclass(frozen=True, slots=True)
class RowSources:
    """Where the rows come from, as typed: ``--table FILE``, ``--grid NAME=VALUES``, ``--zip NAME=VALUES``,
    ``--each NAME=PATTERN``, and how many times each row runs (``--count``)."""

    tables: tuple[str, ...] = ()
    grids: tuple[str, ...] = ()
    zips: tuple[str, ...] = ()
    eaches: tuple[str, ...] = ()
    count: int = 1

    def __bool__(self) -> bool:
        """Whether there are any, so that the runs are a study."""
        return bool(self.tables or self.grids or self.zips or self.eaches)


@dataclass(frozen=True, slots=True)
class StudyColumn:
    """A parameter of a study.

    ``name`` is its name as typed, ``origin`` where that stands ("t.csv:1:5", "--grid"). ``settings`` are the
    inputs that it sets, a single one unless ``--set-all`` is given; none for a column that is carried along
    (its name begins with ``#``). ``is_file``: the input takes files, which may be uploaded.
    """

    name: str
    origin: str
    settings: tuple[Setting, ...] = ()
    is_file: bool = False


@dataclass(frozen=True, slots=True)
class StudyRow:
    """One run of a study.

    ``number`` counts from 1. ``parameters`` has the value of each column that has one, as JSON (of a file its
    path, or its address without the query), ``files`` the files of this machine and of the web among them,
    ``targets`` the values by node and input of the prompt (of a file its name). ``origin`` is where the row
    stands: "t.csv:3", "" if it stands in no file.
    """

    number: int
    parameters: Mapping[str, Any]
    files: Mapping[str, Path | WebFile]
    targets: Mapping[Target, Any]
    origin: str = ""
