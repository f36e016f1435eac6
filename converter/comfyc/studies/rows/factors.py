"""What rows are combined of: a table, a grid's values, the files of a folder. The rows of a study are the
product of all factors, of which the first varies slowest."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EMPTY = object()
"""A cell without a value: the file's value is kept."""


@dataclass(frozen=True, slots=True)
class Header:
    """The name of a column as somebody wrote it, and its line and column; None for one of a flag."""

    name: str
    line: int | None = None
    column: int | None = None


class Factor(ABC):
    """A list of ``count`` rows for the columns ``headers``, which can be walked through more than once.

    ``name`` is the file that it stands in, or the flag. ``@NAME`` in a cell is a file in ``folder``. Texts of
    a factor that ``is_typed`` are texts, as in a job file; those of others are read as what fits their input.
    ``empty`` is the cell that keeps the file's value. Numbers may have a ``decimal_comma``.
    """

    name: str
    headers: Sequence[Header]
    count: int
    folder: Path = Path()
    is_typed: bool = False
    is_table: bool = False
    decimal_comma: bool = False
    empty: Any = EMPTY

    @abstractmethod
    def rows(self) -> Iterator[Sequence[Any]]:
        """The cells of each row, one for each column."""

    def position(self, index: int) -> tuple[int | None, int | None]:
        """Line and column of a cell in the row that was given last; None for what is in no file."""
        return None, None

    @property
    def origin(self) -> str:
        """Where the row stands that was given last."""
        return self.name
