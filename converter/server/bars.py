"""The lines of the live display, as plain text that fits a terminal of any width."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from converter.server.board import Board

_BAR = 30
_SHORTEST_BAR = 6
_GAP = "  "


@dataclass(slots=True)
class Tally:
    """How many runs there are to make, and how many are over. ``since`` is when the first began."""

    total: int
    since: float
    done: int = 0
    failed: int = 0


def lines_of(tally: Tally, boards: Sequence[Board], width: int, height: int, now: float) -> list[str]:
    """What to show: all runs, then each run that goes on and its node at work. At most ``height`` lines, each
    of at most ``width`` cells."""
    lines = [_tally_line(tally, width, now)] if tally.total > 1 else []
    for place, board in enumerate(boards):
        own = [_run_line(board, width, now)]
        if board.node is not None:
            own.append(_node_line(board, width, now))
        is_last = place == len(boards) - 1
        if len(lines) + len(own) > height - (not is_last):
            return [*lines, cut(f"and {len(boards) - place} more", width)][:height]
        lines += own
    return lines


def _tally_line(tally: Tally, width: int, now: float) -> str:
    spent = now - tally.since
    parts = [clock(spent)]
    if 0 < tally.done < tally.total:
        parts.append(f"{clock(spent / tally.done * (tally.total - tally.done))} left")
    if tally.failed:
        parts.append(f"{tally.failed} failed")
    return fitted(f"{tally.done}/{tally.total} runs", parts, tally.done / tally.total, width)


def _run_line(board: Board, width: int, now: float) -> str:
    parts = [f"{len(board.done)}/{board.total} nodes"]
    if board.ahead is not None:
        parts = [f"waiting, {board.ahead} ahead"]
    if board.since is not None:
        parts.append(clock(now - board.since))
    if board.cached:
        parts.append(f"{board.cached} cached")
    if board.server:
        parts.append(f"on {board.server}")
    return fitted(board.shown_label, parts, len(board.done) / board.total, width)


def _node_line(board: Board, width: int, now: float) -> str:
    left = board.left()
    parts = [board.count(), clock(now - board.node_since)]
    parts += [f"{clock(left)} left"] if left is not None else []
    parts += [board.pace(), board.text]
    done = board.value / board.maximum if board.maximum > 1 else None
    return fitted(f"  {board.title}", [part for part in parts if part], done, width)


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
