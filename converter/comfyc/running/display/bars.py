"""The lines of the live display, drawn by rich: each takes one row of a terminal, however narrow it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.progress_bar import ProgressBar
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from comfyc.running.display.board import Board

_BAR = 30
_SHORTEST_BAR = 6
_GAP = "  "
_ALIGNED = 60
"""The narrowest width at which bars begin below each other."""


@dataclass(slots=True)
class RunCount:
    """How many runs there are to make, and how many are over. ``since`` is when the first began."""

    total: int
    since: float
    done: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """What a line tells: a name, how much is done (of 1; ``None``: no bar), and further parts.

    ``link``: the address that the name leads to, on terminals that take links (OSC 8). ``is_path``: of a name
    that is too long, the end is shown.
    """

    name: str
    parts: tuple[str, ...] = ()
    done: float | None = None
    link: str = ""
    is_path: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """All lines of the display, as something that a rich console prints."""

    rows: tuple[Row, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        longest = max((cell_len(row.name) for row in self.rows if not row.is_path), default=0)
        aligned = min(longest, width * 2 // 5) if width >= _ALIGNED else 0
        for row in self.rows:
            if row.is_path:
                yield _path(row, width)
                continue
            name = row.name + " " * (aligned - cell_len(row.name))
            yield from _line(replace(row, name=name), console, options)


def rows_of(tally: RunCount, boards: Sequence[Board], height: int, now: float) -> Rows:
    """What to show in ``height`` lines: all runs, then each run that goes on and its node at work."""
    rows = [_of_all(tally, now)] if tally.total > 1 else []
    for index, board in enumerate(boards):
        own = [_of_run(board, now)] + ([_of_node(board, now)] if board.node is not None else [])
        if len(rows) + len(own) > height - (index < len(boards) - 1):
            rows.append(Row(f"and {len(boards) - index} more"))
            break
        rows += own
    return Rows(tuple(rows[:height]))


def _of_all(tally: RunCount, now: float) -> Row:
    spent = now - tally.since
    parts = [clock(spent)]
    if 0 < tally.done < tally.total:
        parts.append(f"{clock(spent / tally.done * (tally.total - tally.done))} left")
    if tally.failed:
        parts.append(f"{tally.failed} failed")
    return Row(f"{tally.done}/{tally.total} runs", tuple(parts), tally.done / tally.total)


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
    return Row(board.shown_label, tuple(parts), len(board.done) / board.total)


def _of_node(board: Board, now: float) -> Row:
    left = board.left()
    parts = [board.count(), clock(now - board.node_since)]
    parts += [f"{clock(left)} left"] if left is not None else []
    parts += [board.pace(), board.text]
    done = board.value / board.maximum if board.maximum > 1 else None
    return Row(f"  {board.title}", tuple(part for part in parts if part), done)


def _line(row: Row, console: Console, options: ConsoleOptions) -> RenderResult:
    """The name, the bar and as many parts as fit: the first part goes before the whole of the name, and that
    before the bar."""
    width = options.max_width
    least = min(cell_len(row.name), max(width // 3, 6))
    room = width - least
    shown = ""
    for part in row.parts:
        if len(_GAP) + cell_len(part) <= room:
            shown += _GAP + part
            room -= len(_GAP) + cell_len(part)
    name = Text(row.name, end="")
    name.truncate(least + room, overflow="ellipsis")
    yield name
    room += least - name.cell_len
    if row.done is not None and room >= _SHORTEST_BAR + len(_GAP):
        size = min(_BAR, room - len(_GAP))
        bar = ProgressBar(1.0, min(max(row.done, 0.0), 1.0), width=size)
        drawn = list(console.render(bar, options))
        yield Text(_GAP, end="")
        yield from drawn
        yield Text(" " * (size - Segment.get_line_length(drawn)), end="")  # without colours it is shorter
    yield Text(shown)


def _path(row: Row, width: int) -> Text:
    shown = row.name
    while cell_len(shown) > width:
        shown = "…" + shown[2:] if len(shown) > 1 else ""
    return Text(shown, Style(link=row.link) if row.link else "")


def clock(seconds: float) -> str:
    """ "0:07", "12:34", "1:02:03"."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
