"""Live bars on a terminal, drawn by rich (imported when the first bar is drawn)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from converter.server.events import Ended, Event, NodePreview
from converter.server.printable import printable
from converter.server.progress import Board, OnEvent

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PER_SECOND = 4


class LiveProgress:
    """Two bars for every run that goes on: all of its nodes, and the node at work. Gone when it ends."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        # markup=False: a title like "[red]" or "[link=...]" is a title, not an instruction
        self._progress: Progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[detail]}", markup=False),
            TimeElapsedColumn(),
            console=Console(file=stream),
            refresh_per_second=_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> LiveProgress:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        self._progress.stop()
        try:
            yield
        finally:
            self._progress.start()

    def follow(self, label: str, titles: Mapping[str, str] | None = None) -> OnEvent:
        board = Board(printable(label, 60), titles or {})
        return _Bars(self._progress, board).on_event


class _Bars:
    def __init__(self, progress: Progress, board: Board) -> None:
        self._progress = progress
        self._board = board
        self._whole: TaskID = progress.add_task(board.label, total=board.total, detail="")
        self._node: TaskID = progress.add_task("", total=None, visible=False, detail="")

    def on_event(self, event: Event) -> None:
        if isinstance(event, NodePreview):
            return
        self._board.update(event, time.monotonic())
        if isinstance(event, Ended):
            self._progress.remove_task(self._node)
            self._progress.remove_task(self._whole)
            return
        if self._whole not in self._progress.task_ids:
            return
        self._draw()

    def _draw(self) -> None:
        board = self._board
        detail = f"{len(board.done)}/{board.total} nodes"
        if board.cached:
            detail += f", {board.cached} cached"
        if board.ahead is not None:
            detail = f"waiting, {board.ahead} ahead"
        self._progress.update(self._whole, completed=len(board.done), total=board.total, detail=detail)
        has_steps = board.maximum > 1
        self._progress.update(
            self._node,
            description=f"  {board.title}",
            completed=board.value if has_steps else 0,
            total=board.maximum if has_steps else None,
            detail=f"{board.steps()} {board.text}".strip(),
            visible=board.node is not None,
        )
