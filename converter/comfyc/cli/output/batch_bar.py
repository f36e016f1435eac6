"""How far a batch of files is: one line on stderr, with a bar that is drawn by rich."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from comfyc.cli.output.colors import use_color

if TYPE_CHECKING:
    from rich.console import Console

_STEPS = 100
"""The bar is drawn so often at the most."""
_LONGEST, _SHORTEST = 30, 4


class BatchBar:
    """A bar on stderr for ``total`` files; nothing with ``quiet``, for one file, or without a terminal.

    The line is written over itself and taken away with blanks: unless it has colours, no escape sequence is
    needed, and whatever ends the process leaves the cursor as it was.
    """

    def __init__(self, total: int, verb: str, *, quiet: bool = False) -> None:
        self._total = total
        self._verb = verb
        self._done = 0
        self._is_shown = not quiet and total > 1 and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._width = 0
        self._console: Console | None = None

    def step(self) -> None:
        """One more file is done."""
        self._done += 1
        if self._is_shown and (self._done == self._total or self._done % max(1, self._total // _STEPS) == 0):
            columns = os.get_terminal_size(sys.stderr.fileno()).columns
            count = f"{self._done}/{self._total}"
            size = min(_LONGEST, columns - 1 - len(f"{self._verb}  {count}"))
            # In a second row it could not be taken away
            line = f"{self._verb} {self._bar(size)} {count}" if size >= _SHORTEST else count
            self._write(line, len(f"{self._verb}  {count}") + size if size >= _SHORTEST else len(count))

    def close(self) -> None:
        """Take the line away."""
        if self._width:
            self._write("", 0)

    def _write(self, line: str, width: int) -> None:
        """Write a line that takes ``width`` cells over the one that is there."""
        blanks = " " * (self._width - width)
        sys.stderr.write(f"\r{line}{blanks}" if line else f"\r{blanks}\r")
        sys.stderr.flush()
        self._width = width

    def _bar(self, size: int) -> str:
        from rich.console import Console  # noqa: PLC0415 - takes 60 ms
        from rich.progress_bar import ProgressBar  # noqa: PLC0415

        if self._console is None:
            color = use_color(sys.stderr)
            self._console = Console(
                file=sys.stderr,
                force_terminal=color,
                color_system="standard" if color else None,
                legacy_windows=False,
            )
        with self._console.capture() as capture:
            self._console.print(ProgressBar(self._total, self._done, width=size), end="")
        return capture.get().ljust(size)  # without colours the part that is not done is not drawn
