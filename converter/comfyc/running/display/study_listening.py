"""What a display of a study is told: rows that are sent and end, and servers that come and go."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from comfyc.running.display.listening import OnEvent

ServerState = Literal["here", "away"]


@dataclass(frozen=True, slots=True)
class RowSent:
    """A server has the row."""

    kind: ClassVar[str] = "row-sent"
    row: int
    run: str
    server: str
    attempt: int
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowEnded:
    """The row is done, with files at ``paths``, or has failed with a ``problem``."""

    kind: ClassVar[str] = "row-ended"
    row: int
    run: str
    server: str
    state: Literal["done", "failed"]
    seconds: float | None
    paths: tuple[str, ...]
    problem: str | None


@dataclass(frozen=True, slots=True)
class RowGivenBack:
    """The server does not have the row any more, which waits to be sent again."""

    kind: ClassVar[str] = "row-given-back"
    row: int
    run: str
    server: str
    why: str | None


@dataclass(frozen=True, slots=True)
class ServerChanged:
    """A server answers no more, or again."""

    kind: ClassVar[str] = "server"
    server: str
    state: ServerState
    why: str | None


StudyEvent = RowSent | RowEnded | RowGivenBack | ServerChanged


class StudyDisplay:
    """Shows a study, whose rows each have a label (``0012``); this one shows nothing.

    A context manager: on leaving, the terminal is as it was. Calls are cheap, and what is kept does not grow
    with the number of rows.
    """

    has_paths: ClassVar[bool] = False
    """Whether the paths of files are shown."""

    def show(self, event: StudyEvent) -> None:
        """Something happened to a row or a server."""

    def follow(self, label: str, titles: Mapping[str, str] | None = None, server: str = "") -> OnEvent:
        """A listener for a row on a server. ``titles`` holds the title of each node that may run, by id."""
        return _ignored

    def paused(self) -> AbstractContextManager[object]:
        """While inside, others may write to the terminal."""
        return nullcontext()

    def __enter__(self) -> StudyDisplay:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def row_sent(
        self,
        label: str,
        server: str,
        *,
        row: int,
        attempt: int = 1,
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        """The server has the row number ``row``."""
        self.show(RowSent(row, label, server, attempt, parameters or {}))

    def row_ended(
        self,
        label: str,
        server: str,
        *,
        row: int,
        failed: bool,
        seconds: float | None = None,
        paths: Sequence[str | os.PathLike[str]] = (),
        problem: str = "",
    ) -> None:
        """The row is over: done, with the files at ``paths``, or ``failed`` with a ``problem``."""
        files = tuple(os.fspath(path) for path in paths)
        state: Literal["done", "failed"] = "failed" if failed else "done"
        self.show(RowEnded(row, label, server, state, seconds, files, problem or None))

    def row_given_back(self, label: str, server: str, *, row: int, why: str = "") -> None:
        """The server does not have the row any more, which waits to be sent again."""
        self.show(RowGivenBack(row, label, server, why or None))

    def server_is(self, server: str, state: ServerState, why: str = "") -> None:
        """A server is ``away``, because of ``why``, or ``here`` again."""
        self.show(ServerChanged(server, state, why or None))


def _ignored(event: object) -> None:
    pass
