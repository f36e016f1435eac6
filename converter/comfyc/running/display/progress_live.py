"""Live bars below what a terminal shows: taken away before anything is printed, and drawn again after it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from comfyc.running.display.bars import Tally, lines_of
from comfyc.running.display.board import LABEL, Board
from comfyc.running.display.progress import OnEvent
from comfyc.running.records.events import Ended, Event, NodePreview
from comfyc.safety.escaping import printable

_EVERY = 0.25
"""Seconds between two drawings: clocks go on while nothing happens."""
_SOONEST = 0.05
"""Seconds between two drawings if much happens."""
_UP, _CLEAR_LINE, _CLEAR_BELOW = "\x1b[A", "\x1b[K", "\x1b[J"
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"
_SIZE = (80, 24)
_MARGIN = 3
"""Columns that stay free: for the cursor, and the ^C that a terminal shows where it stands."""


class LiveProgress:
    """Lines for all runs, for every run that goes on and for its node at work. Gone when it is left.

    The cursor stays behind the last line. What is above the first one is never touched: lines are cut to
    the terminal's width so that each takes one row, and where more rows than lines have come of a block (the
    terminal was made narrower) some of it stays. A block that may no longer be the last on the terminal,
    because the shell had it in between, is left as it is.
    """

    def __init__(self, stream: TextIO, total: int = 1) -> None:
        self._stream = stream
        self._tally = Tally(total, time.monotonic())
        self._boards: dict[str, Board] = {}
        self._rows = 0
        """Lines of the block that stands on the terminal."""
        self._shown: list[str] = []
        self._lock = threading.RLock()
        self._is_over = False
        self._pauses = 0
        self._drawn_at = 0.0
        self._is_lost = False
        self._before: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> LiveProgress:
        self._tally.since = time.monotonic()
        if os.name == "nt":
            os.system("")  # from then on the console reads control sequences
        with suppress(RuntimeError):  # outside an event loop nothing moves by itself
            self._loop = asyncio.get_running_loop()
            self._timer = self._loop.call_later(_EVERY, self._tick)
            with suppress(ValueError, AttributeError):  # Windows, or signals are somebody else's business
                self._before = signal.signal(signal.SIGCONT, self._on_return)
                self._loop.add_signal_handler(signal.SIGTSTP, self._stop)
        return self

    def __exit__(self, *error: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._before is not None and self._loop is not None:
            self._loop.remove_signal_handler(signal.SIGTSTP)
            signal.signal(signal.SIGCONT, self._before)
        with self._lock, suppress(OSError):  # the terminal may be gone
            self._is_over = True
            self._erase()

    @contextmanager
    def paused(self) -> Iterator[None]:
        with self._lock:
            self._erase()
            self._pauses += 1
            try:
                yield
            finally:
                self._pauses -= 1
                sys.stdout.flush()
                self._stream.flush()
                self._drawn_at = 0.0
                self._draw()

    def follow(self, label: str, titles: Mapping[str, str] | None = None, server: str = "") -> OnEvent:
        board = Board(label, titles or {}, printable(server, LABEL))

        def on_event(event: Event) -> None:
            if isinstance(event, NodePreview):
                return
            with self._lock:
                board.update(event, time.monotonic())
                if not isinstance(event, Ended):  # a run that waits for its turn has no line
                    self._boards[label] = board
                elif self._boards.get(label) is board:
                    del self._boards[label]
                self._draw()

        return on_event

    def over(self, label: str, *, failed: bool) -> None:
        with self._lock:
            self._boards.pop(label, None)
            self._tally.done += 1
            self._tally.failed += failed

    def _tick(self) -> None:
        with self._lock, suppress(OSError):  # the terminal may be gone
            self._draw()
        if self._loop is not None:
            self._timer = self._loop.call_later(_EVERY, self._tick)

    def _on_return(self, *_: object) -> None:
        """We were stopped by force, and somebody else may have written below our lines."""
        self._is_lost = True

    def _stop(self) -> None:
        """Ctrl-Z: leave the terminal to the shell as it was, and draw again when we go on."""
        assert self._loop is not None
        with self._lock:
            self._erase()
            self._loop.remove_signal_handler(signal.SIGTSTP)
            os.kill(os.getpid(), signal.SIGTSTP)  # from here on nothing happens until we go on
            self._loop.add_signal_handler(signal.SIGTSTP, self._stop)

    def _is_in_front(self) -> bool:
        """Whether the terminal is ours; a shell that has put us into the background uses it itself."""
        try:
            return os.tcgetpgrp(self._stream.fileno()) == os.getpgrp()
        except (OSError, ValueError, AttributeError):  # no terminal of ours (a test), or Windows
            return True

    def _size(self) -> tuple[int, int]:
        try:
            size = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            return _SIZE
        return size.columns or _SIZE[0], size.lines or _SIZE[1]

    def _top(self) -> str:
        """What takes the cursor to the beginning of the block."""
        if self._is_lost or not self._is_in_front():
            self._is_lost, self._rows = False, 0
        return "\r" + _UP * (self._rows - 1) if self._rows else ""

    def _erase(self) -> None:
        top = self._top()
        if self._rows:
            self._stream.write(top + _CLEAR_BELOW)
            self._stream.flush()
        self._rows, self._shown = 0, []

    def _draw(self) -> None:
        now = time.monotonic()
        if self._pauses or self._is_over or now - self._drawn_at < _SOONEST:
            return
        if not self._is_in_front():
            self._is_lost = True
            return
        width, height = self._size()
        boards = list(self._boards.values())
        lines = lines_of(self._tally, boards, max(width - _MARGIN, 1), max(height - 2, 1), now)
        top = self._top()
        if lines == self._shown and self._rows:
            return
        block = "\r\n".join(line + _CLEAR_LINE for line in lines)
        self._stream.write(f"{top}{_NO_WRAP}{block}{_WRAP}{_CLEAR_BELOW if self._rows else ''}")
        self._stream.flush()
        self._rows, self._shown, self._drawn_at = len(lines), lines, now
