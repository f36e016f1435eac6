"""The lines of the live display, as plain text that fits a terminal of any width."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from comfyc.running.display.board import Board

_BAR = 30
_SHORTEST_BAR = 6
_GAP = "  "
_ALIGNED = 60
"""The narrowest width at which bars begin below each other."""


@dataclass(slots=True)
class Tally:
    """How many runs there are to make, and how many are over. ``since`` is when the first began."""

    total: int
    since: float
    done: int = 0
    failed: int = 0


Row = tuple[str, list[str], float | None]
"""The name of what goes on, what there is to say of it, and how much of it is done (of 1)."""


def lines_of(tally: Tally, boards: Sequence[Board], width: int, height: int, now: float) -> list[str]:
    """What to show: all runs, then each run that goes on and its node at work. At most ``height`` lines, each
    of at most ``width`` cells."""
    rows = [_of_all(tally, now)] if tally.total > 1 else []
    left_out = 0
    for place, board in enumerate(boards):
        own = [_of_run(board, now)] + ([_of_node(board, now)] if board.node is not None else [])
        if len(rows) + len(own) > height - (place < len(boards) - 1):
            left_out = len(boards) - place
            break
        rows += own
    names = (
        min(max((cells(name) for name, _, _ in rows), default=0), width * 2 // 5) if width >= _ALIGNED else 0
    )
    lines = [fitted(name + " " * (names - cells(name)), parts, done, width) for name, parts, done in rows]
    return [*lines, cut(f"and {left_out} more", width)][:height] if left_out else lines


def _of_all(tally: Tally, now: float) -> Row:
    spent = now - tally.since
    parts = [clock(spent)]
    if 0 < tally.done < tally.total:
        parts.append(f"{clock(spent / tally.done * (tally.total - tally.done))} left")
    if tally.failed:
        parts.append(f"{tally.failed} failed")
    return f"{tally.done}/{tally.total} runs", parts, tally.done / tally.total


def _of_run(board: Board, now: float) -> Row:
    parts = [f"{len(board.done)}/{board.total} nodes"]
    if board.ahead is not None:
        parts = [f"waiting, {board.ahead} ahead"]
    if board.since is not None:
        parts.append(clock(now - board.since))
    if board.cached:
        parts.append(f"{board.cached} cached")
    if board.server:
        parts.append(f"on {board.server}")
    return board.shown_label, parts, len(board.done) / board.total


def _of_node(board: Board, now: float) -> Row:
    left = board.left()
    parts = [board.count(), clock(now - board.node_since)]
    parts += [f"{clock(left)} left"] if left is not None else []
    parts += [board.pace(), board.text]
    done = board.value / board.maximum if board.maximum > 1 else None
    return f"  {board.title}", [part for part in parts if part], done


def fitted(left: str, parts: Sequence[str], done: float | None, width: int) -> str:
    """``left``, a bar that is filled to ``done`` (of 1) and the parts, as many as fit: the first of them
    before the whole of ``left``, that before the bar."""
    least = min(cells(left), max(width // 3, 6))
    room = width - least
    shown: list[str] = []
    for part in parts:
        if len(_GAP) + cells(part) <= room:
            shown.append(part)
            room -= len(_GAP) + cells(part)
    text = cut(left, least + room)
    room += least - cells(text)
    bar = ""
    if done is not None and room >= _SHORTEST_BAR + 4:
        size = min(_BAR, room - 4)
        filled = int(size * min(max(done, 0.0), 1.0))
        bar = f"{_GAP}[{'#' * filled}{'.' * (size - filled)}]"
    return text + bar + "".join(_GAP + part for part in shown)


def clock(seconds: float) -> str:
    """ "0:07", "12:34", "1:02:03"."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def cells(text: str) -> int:
    """The columns that a text takes: wide characters take two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, width: int) -> str:
    """The text if it fits, else as much of its beginning as does, and a mark."""
    if cells(text) <= width:
        return text
    kept, room = "", width - 1
    for char in text:
        room -= _width(char)
        if room < 0:
            break
        kept += char
    return kept + "…" if width > 0 else ""
