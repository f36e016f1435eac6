"""Who is told of the events of runs: listeners, and the displays that make them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol

from comfyc.running.records.events import Event

OnEvent = Callable[[Event], None]


class ProgressDisplay(Protocol):
    """Shows runs. A context manager: on leaving, the terminal is as it was."""

    def follow(self, label: str, titles: Mapping[str, str] | None = None, server: str = "") -> OnEvent:
        """A listener for one run on a server. ``titles`` holds the title of each node that may run, by id."""

    def over(self, label: str, *, failed: bool) -> None:
        """Nothing more comes of this run."""

    def paused(self) -> AbstractContextManager[object]:
        """While inside, others may write to the terminal."""

    def __enter__(self) -> ProgressDisplay: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def both(*listeners: OnEvent) -> OnEvent:
    """One listener for several."""

    def on_event(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return on_event
