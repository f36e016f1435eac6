"""Lines below what a terminal shows: taken away before anything is printed, and drawn again after it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from comfyc.running.display.bars import Rows

_EVERY = 0.25
"""Seconds between two drawings: clocks go on while nothing happens."""
_LONGEST_REST = 0.5
_SIZE = (80, 24)
_MARGIN = 3
"""Columns that stay free: for the cursor, and the ^C that a terminal shows where it stands."""


class LiveBlock:
    """The lines that ``rows`` gives for a height and a time (of ``time.monotonic``), drawn again and again,
    at most every ``soonest`` seconds, until the block is left. After a drawing there is a pause of ``rest``
    times the processor time that it took, up to half a second.

    What is above the first line is never touched: each line takes one row, and where a block has come to take
    more (the terminal was made narrower) some of it stays. A block that may no longer be the last on the
    terminal, because the shell had it in between, is left as it is, and a new one is begun. ``lock`` is held
    while ``rows`` is asked.
    """

    def __init__(
        self, stream: TextIO, rows: Callable[[int, float], Rows], soonest: float, rest: float = 0.0
    ) -> None:
        self.lock = threading.RLock()
        self._stream = stream
        self._rows = rows
        self._soonest = soonest
        self._rest = rest
        self._live: Live | None = None
        """The block that stands on the terminal."""
        self._shown: tuple[Rows, tuple[int, int]] | None = None
        self._is_over = False
        self._pauses = 0
        self._not_before = 0.0
        self._is_lost = False
        self._before: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> LiveBlock:
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
        with self.lock, suppress(OSError):  # the terminal may be gone
            self._is_over = True
            self._erase()

    @contextmanager
    def paused(self) -> Iterator[None]:
        with self.lock:
            self._erase()
            self._pauses += 1
            try:
                yield
            finally:
                self._pauses -= 1
                sys.stdout.flush()
                self._stream.flush()
                self._not_before = 0.0
                self.draw()

    def _tick(self) -> None:
        with self.lock, suppress(OSError):  # the terminal may be gone
            self.draw()
        if self._loop is not None:
            self._timer = self._loop.call_later(_EVERY, self._tick)

    def _on_return(self, *_: object) -> None:
        """We were stopped by force, and somebody else may have written below our lines."""
        self._is_lost = True

    def _stop(self) -> None:
        """Ctrl-Z: leave the terminal to the shell as it was, and draw again when we go on."""
        assert self._loop is not None
        with self.lock:
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

    def _forget_if_lost(self) -> None:
        """Leave a block alone that may not be the last on the terminal: the next one has its own console."""
        if self._is_lost or not self._is_in_front():
            self._is_lost, self._live, self._shown = False, None, None

    def _erase(self) -> None:
        self._forget_if_lost()
        live, self._live, self._shown = self._live, None, None
        if live is not None:
            live.update(Text())  # it is drawn once more when it stops, which would be in full height
            live.stop()

    def draw(self) -> None:
        """Draw what has changed, unless that was done just now."""
        now = time.monotonic()
        if now < self._not_before or self._pauses or self._is_over:
            return
        if not self._is_in_front():
            self._is_lost = True
            return
        spent = time.thread_time()
        columns, lines = self._size()
        size = max(columns - _MARGIN, 1), max(lines - 2, 1)
        rows = self._rows(size[1], now)
        self._forget_if_lost()
        if self._shown != (rows, size):
            self._shown = rows, size
            self._put(rows, size)
        rest = min(self._rest * (time.thread_time() - spent), _LONGEST_REST)
        self._not_before = now + max(self._soonest, rest)

    def _put(self, rows: Rows, size: tuple[int, int]) -> None:
        if self._live is None:
            console = Console(file=self._stream, force_terminal=True, legacy_windows=False)
            self._live = Live(
                console=console,
                transient=True,
                auto_refresh=False,
                redirect_stdout=False,
                redirect_stderr=False,
                vertical_overflow="crop",
            )
            self._live.start()
            console.show_cursor()  # Live hides it, and a process may be killed
        self._live.console.size = size
        self._live.update(rows, refresh=True)
