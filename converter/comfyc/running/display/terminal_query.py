"""What a terminal can do, as it says itself: asked once, with a question that every terminal since the VT100
understands or ignores."""

from __future__ import annotations

import os
import re
import select
import time
from dataclasses import dataclass

_QUESTION = b"\x1b[>q\x1b[c"
"""XTVERSION, which newer terminals answer with their name, and DA1, which all answer; the second answer ends
the wait for the first."""
_ANSWER = re.compile(rb"\x1b\[\?([\d;]*)c")
_NAME = re.compile(rb"\x1bP>\|([^\x1b\x07]{0,200})(?:\x1b\\|\x07)")
_PATIENCE = 1.0
"""Seconds for the answer, which may come over a slow network."""
_MOST = 4096


@dataclass(frozen=True, slots=True)
class TerminalAnswer:
    """``name`` is the terminal's own, with its version; ``attributes`` are those of DA1: 4 is for sixels."""

    name: str = ""
    attributes: frozenset[str] = frozenset()


def ask_terminal(path: str = "/dev/tty", patience: float = _PATIENCE) -> TerminalAnswer:
    """Ask the terminal of this process. What cannot be asked (none, Windows, in the background) and what does
    not answer in time can nothing."""
    try:
        import termios  # noqa: PLC0415 - not on Windows

        terminal = os.open(path, os.O_RDWR | os.O_NOCTTY)
    except (ImportError, OSError):
        return TerminalAnswer()
    try:
        if os.tcgetpgrp(terminal) != os.getpgrp():
            return TerminalAnswer()
        before = termios.tcgetattr(terminal)
        quiet = termios.tcgetattr(terminal)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)  # what is typed meanwhile is not shown, as the answer
        termios.tcsetattr(terminal, termios.TCSADRAIN, quiet)
        try:
            os.write(terminal, _QUESTION)
            found = _read(terminal, patience)
        finally:
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)  # and an answer that is late is dropped
    except (OSError, termios.error):
        return TerminalAnswer()
    finally:
        os.close(terminal)
    name, answer = _NAME.search(found), _ANSWER.search(found)
    return TerminalAnswer(
        name[1].decode("ascii", "replace") if name else "",
        frozenset(answer[1].decode("ascii").split(";")) if answer else frozenset(),
    )


def _read(terminal: int, patience: float) -> bytes:
    """What comes until the terminal has answered, or for so many seconds."""
    found, end = b"", time.monotonic() + patience
    while len(found) < _MOST and not _ANSWER.search(found):
        left = end - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            break
        found += os.read(terminal, 1024)
    return found
