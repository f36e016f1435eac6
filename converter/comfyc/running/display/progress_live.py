"""Live bars of runs: for all of them, for each that goes on, and for its node at work."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TextIO

from comfyc.running.display.bars import Rows, RunCount, rows_of
from comfyc.running.display.board import LABEL, Board
from comfyc.running.display.listening import OnEvent
from comfyc.running.display.live_block import LiveBlock
from comfyc.running.records.events import Ended, Event, NodePreview
from comfyc.safety.escaping import printable

_SOONEST = 0.05
"""Seconds between two drawings if much happens."""


class LiveProgress:
    """Lines for all runs, for every run that goes on and for its node at work. Gone when it is left."""

    def __init__(self, stream: TextIO, total: int = 1) -> None:
        self._tally = RunCount(total, time.monotonic())
        self._boards: dict[str, Board] = {}
        self._block = LiveBlock(stream, self._rows, _SOONEST)

    def __enter__(self) -> LiveProgress:
        self._tally.since = time.monotonic()
        self._block.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._block.__exit__(*error)

    def paused(self) -> AbstractContextManager[object]:
        return self._block.paused()

    def follow(self, label: str, titles: Mapping[str, str] | None = None, server: str = "") -> OnEvent:
        board = Board(label, titles or {}, printable(server, LABEL))

        def on_event(event: Event) -> None:
            if isinstance(event, NodePreview):
                return
            with self._block.lock:
                board.update(event, time.monotonic())
                if not isinstance(event, Ended):  # a run that waits for its turn has no line
                    self._boards[label] = board
                elif self._boards.get(label) is board:
                    del self._boards[label]
                self._block.draw()

        return on_event

    def over(self, label: str, *, failed: bool) -> None:
        with self._block.lock:
            self._boards.pop(label, None)
            self._tally.done += 1
            self._tally.failed += failed

    def _rows(self, height: int, now: float) -> Rows:
        return rows_of(self._tally, list(self._boards.values()), height, now)
