"""A study on a terminal: how far it is, a line for each server, and the last pictures."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from comfyc.running.display.bars import Row, Rows, clock
from comfyc.running.display.board import LABEL, Board
from comfyc.running.display.listening import OnEvent
from comfyc.running.display.live_block import LiveBlock
from comfyc.running.display.study_listening import (
    RowEnded,
    RowSent,
    ServerChanged,
    StudyDisplay,
    StudyEvent,
)
from comfyc.running.display.study_tally import StudyTally
from comfyc.running.display.terminal_links import link_to, takes_links
from comfyc.running.records.events import Ended, Event, NodePreview
from comfyc.safety.escaping import printable

_SOONEST = 0.125
"""Seconds between two drawings: eight a second at most."""
_REST = 50
"""Drawing takes a fiftieth of the time: many rows may end in a second."""
_PICTURES = 3
_BOARDS = 8
"""Rows of a server that are kept track of; it has two."""
_LONGEST = 300


@dataclass(slots=True)
class _ServerLine:
    """A server: the rows that it has, in the order in which it got them, and since when it is away."""

    name: str
    boards: dict[str, Board] = field(default_factory=dict)
    away_since: float | None = None
    why: str = ""

    def at_work(self) -> Board | None:
        """The row to show: the one with a node at work, else the first."""
        boards = self.boards.values()
        return next((one for one in boards if one.node is not None), next(iter(boards), None))

    def row(self, now: float) -> Row:
        if self.away_since is not None:
            why = (self.why,) if self.why else ()
            return Row(self.name, (f"away {clock(now - self.away_since)}", *why))
        board = self.at_work()
        if board is None:
            return Row(self.name, ("idle",))
        parts = [board.shown_label]
        if board.node is None and board.ahead is not None:
            return Row(self.name, (*parts, f"waiting, {board.ahead} ahead"))
        parts += [board.title, board.count()]
        parts += [clock(now - board.since)] if board.since is not None else []
        parts.append(board.pace())
        done = board.value / board.maximum if board.maximum > 1 else len(board.done) / board.total
        return Row(self.name, tuple(part for part in parts if part), done)


class LiveStudy(StudyDisplay):
    """A block of lines for a study, drawn at most eight times a second. Gone when it is left."""

    has_paths = True

    def __init__(self, stream: TextIO, tally: StudyTally, servers: Sequence[str] = ()) -> None:
        self._tally = tally
        self._servers: dict[str, _ServerLine] = {}
        for server in servers:
            self._server(server)
        self._pictures: deque[tuple[str, str]] = deque(maxlen=_PICTURES)
        """The last paths, each with its address for a link."""
        self._has_links = takes_links(os.environ)
        self._block = LiveBlock(stream, self._rows, _SOONEST, _REST)

    def __enter__(self) -> StudyDisplay:
        self._block.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._block.__exit__(*error)

    def paused(self) -> AbstractContextManager[object]:
        return self._block.paused()

    def follow(self, label: str, titles: Mapping[str, str] | None = None, server: str = "") -> OnEvent:
        board = Board(label, titles or {})

        def on_event(event: Event) -> None:
            if isinstance(event, NodePreview):
                return
            with self._block.lock:
                board.update(event, time.monotonic())
                boards = self._server(server).boards
                if isinstance(event, Ended):
                    boards.pop(label, None)
                else:
                    self._keep(boards, label, board)
                self._block.draw()

        return on_event

    def show(self, event: StudyEvent) -> None:
        now = time.monotonic()
        with self._block.lock:
            line = self._server(event.server)
            if isinstance(event, ServerChanged):
                line.away_since = now if event.state == "away" else None
                line.why = printable(event.why or "", LABEL)
                line.boards.clear()
            elif isinstance(event, RowSent):
                self._keep(line.boards, event.run, Board(event.run, {}))
            else:
                line.boards.pop(event.run, None)
            if isinstance(event, RowEnded):
                self._end(event, now)
            self._block.draw()

    def _end(self, event: RowEnded, now: float) -> None:
        self._tally.row_ended(now, failed=event.state == "failed")
        for path in event.paths[-_PICTURES:]:
            address = link_to(Path(path)) if self._has_links else ""
            self._pictures.append((printable(path, _LONGEST), address))

    def _server(self, name: str) -> _ServerLine:
        if name not in self._servers:
            self._servers[name] = _ServerLine(printable(name, LABEL))
        return self._servers[name]

    @staticmethod
    def _keep(boards: dict[str, Board], label: str, board: Board) -> None:
        if label not in boards and len(boards) >= _BOARDS:
            boards.pop(next(iter(boards)))
        boards[label] = board

    def _rows(self, height: int, now: float) -> Rows:
        pictures = [Row(name, link=link, is_path=True) for name, link in self._pictures]
        room = height - 1
        shown_pictures = min(len(pictures), max(room - min(len(self._servers), room // 2), 0))
        room -= shown_pictures
        servers = list(self._servers.values())
        shown = servers if len(servers) <= room else servers[: max(room - 1, 0)]
        rows = [self._of_all(now), *(one.row(now) for one in shown)]
        if len(shown) < len(servers):
            rows.append(_of_others(servers[len(shown) :]))
        rows += pictures[len(pictures) - shown_pictures :]
        return Rows(tuple(rows[:height]))

    def _of_all(self, now: float) -> Row:
        tally = self._tally
        left, pace = tally.seconds_left(now), tally.pace(now)
        parts = [f"{tally.failed} failed"] if tally.failed else []
        parts += [f"{clock(left)} left"] if left else []
        parts += [f"{_number(pace * 60)} rows/min"] if pace else []
        parts.append(clock(now - tally.since))
        return Row(f"{tally.over}/{tally.total} rows", tuple(parts), tally.over / max(tally.total, 1))


def _number(value: float) -> str:
    """ "1,890", "18.9", "0.19"."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _of_others(servers: Sequence[_ServerLine]) -> Row:
    """The servers that do not fit."""
    away = sum(one.away_since is not None for one in servers)
    working = sum(bool(one.boards) for one in servers)
    parts = (f"{working} at work",) + ((f"{away} away",) if away else ())
    return Row(f"and {len(servers)} more", parts)
