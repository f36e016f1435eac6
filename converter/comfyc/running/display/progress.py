"""Showing a run to whoever watches: bars on a terminal, lines in a log, NDJSON for a program, or nothing.

A renderer makes one listener per run (``on_event`` of :meth:`Server.run`), so that several runs can be
shown at once. Titles and texts come from workflows and servers: only their printable part is shown.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Literal, TextIO

from comfyc.running.display.board import Board
from comfyc.running.display.listening import OnEvent, ProgressDisplay
from comfyc.running.records.events import (
    Cached,
    Connection,
    Ended,
    Event,
    FileSaved,
    NodeFailed,
    NodePreview,
    NodeProgress,
    NodeStarted,
    NodeText,
    Queued,
    Requeued,
    Started,
    Submitted,
    Unanswered,
    Uploaded,
    event_to_json,
)
from comfyc.safety.escaping import json_escaped, printable
from comfyc.safety.jsonable import json_value

Kind = Literal["auto", "live", "plain", "json", "none"]
_STEP_EVERY = 5.0
"""Seconds between two lines about the steps of the same node."""
_PREVIEW_EVERY = 0.2


def open_progress(kind: Kind, stream: TextIO, total: int = 1) -> ProgressDisplay:
    """The renderer of that kind for ``total`` runs, writing to ``stream``; ``auto``: bars on a terminal, else
    lines."""
    kind = kind_for(kind, stream)
    if kind == "live":
        from comfyc.running.display.progress_live import LiveProgress  # noqa: PLC0415

        return LiveProgress(stream, total)
    if kind == "json":
        return LineProgress(stream, json_line)
    return LineProgress(stream, PlainLines) if kind == "plain" else LineProgress(stream, no_line)


def kind_for(kind: Kind, stream: TextIO) -> Kind:
    """What ``auto`` means for a stream: ``live`` on a terminal, else ``plain``."""
    if kind != "auto":
        return kind
    return "live" if stream.isatty() and os.environ.get("TERM") != "dumb" else "plain"


class LineProgress:
    """Writes a line for every event that ``lines`` has one for."""

    def __init__(
        self, stream: TextIO, lines: Callable[[Board], Callable[[Event, float], str | None]]
    ) -> None:
        self._stream = stream
        self._lines = lines

    def follow(self, label: str, titles: Mapping[str, str] | None = None, server: str = "") -> OnEvent:
        board = Board(label, titles or {}, printable(server))
        line_for = self._lines(board)

        def on_event(event: Event) -> None:
            now = time.monotonic()
            board.update(event, now)
            line = line_for(event, now)
            if line is not None:
                self._stream.write(line + "\n")
                self._stream.flush()

        return on_event

    def over(self, label: str, *, failed: bool) -> None:
        pass

    def paused(self) -> AbstractContextManager[object]:
        return nullcontext()

    def __enter__(self) -> LineProgress:
        return self

    def __exit__(self, *error: object) -> None:
        self._stream.flush()


def no_line(board: Board) -> Callable[[Event, float], str | None]:
    """Nothing at all."""
    return lambda event, now: None


def json_line(board: Board) -> Callable[[Event, float], str | None]:
    """The event as one JSON object, with the label of the run and the time (seconds since the epoch)."""

    def line(event: Event, now: float) -> str:
        record = {**event_to_json(event), "run": board.label, "time": round(time.time(), 3)}
        return json_escaped(json.dumps(json_value(record), default=str))

    return line


class PlainLines:
    """What a person wants to read in a log: beginnings, ends, and steps now and then."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._stepped = float("-inf")

    def __call__(self, event: Event, now: float) -> str | None:
        words = self._words(event, now)
        return f"{self._board.shown_label}: {words}" if words else None

    def _words(self, event: Event, now: float) -> str | None:
        board = self._board
        if isinstance(event, NodeStarted):
            self._stepped = now
            return f"{board.name(event.display_node)}" if event.node == event.display_node else None
        if isinstance(event, NodeProgress):
            if now - self._stepped < _STEP_EVERY:
                return None
            self._stepped = now
            return f"{board.title} {board.steps()}".rstrip()
        if isinstance(event, NodeText):
            return f"{board.name(event.display_node)}: {board.text}"
        if isinstance(event, NodeFailed):
            return f"{board.name(event.node)} failed"
        return words_for(event)


def words_for(event: Event) -> str | None:
    """An event about the run as a whole in a few words, ``None`` if it is not worth any."""
    if isinstance(event, Uploaded):
        return f"{'uploaded' if event.sent else 'already on the server:'} {printable(event.name)}"
    if isinstance(event, Submitted):
        return f"submitted to {printable(event.server)} as {printable(event.prompt_id)}"
    if isinstance(event, Unanswered):
        prompt_id = printable(event.prompt_id)
        return f"no answer ({printable(event.why)}); checking whether the server has {prompt_id}"
    if isinstance(event, Queued):
        return f"waiting, {event.ahead} ahead"
    if isinstance(event, Started):
        return "running"
    if isinstance(event, Cached):
        return f"{len(event.nodes)} node{'s' * (len(event.nodes) != 1)} cached"
    if isinstance(event, Requeued):
        return f"the server continues with the next batch as {printable(event.next_id)}"
    if isinstance(event, Connection) and not event.connected:
        return f"no live connection ({printable(event.detail)}); asking the server now and then instead"
    if isinstance(event, Ended):
        return event.status if event.reason is None else f"{event.status} ({event.reason})"
    if isinstance(event, FileSaved):
        return f"saved {printable(event.path)}"
    return None


def preview_to_file(path: Path, on_failure: Callable[[OSError], None] | None = None) -> OnEvent:
    """A listener that keeps the newest preview picture at ``path``, replaced in one step each time.

    If that fails, ``on_failure`` is told, and no other is kept: a preview is not worth a run.
    """
    from comfyc.safety.atomic import write_file  # noqa: PLC0415

    last = float("-inf")

    def on_event(event: Event) -> None:
        nonlocal last
        now = time.monotonic()
        if not isinstance(event, NodePreview) or event.mime not in ("image/jpeg", "image/png"):
            return
        if now - last >= _PREVIEW_EVERY:
            try:
                write_file(path, event.data)
                last = now
            except OSError as error:
                last = float("inf")
                if on_failure is not None:
                    on_failure(error)

    return on_event
