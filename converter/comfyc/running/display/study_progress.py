"""Showing a study to whoever watches: a block on a terminal, a line a row in a log, NDJSON for a program.

What comes from workflows, tables and servers is shown as text that no terminal and no log obeys.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from comfyc.running.display.listening import OnEvent
from comfyc.running.display.progress import Kind, kind_for, open_progress
from comfyc.running.display.study_listening import (
    RowEnded,
    ServerChanged,
    StudyDisplay,
    StudyEvent,
)
from comfyc.running.display.study_tally import StudyTally
from comfyc.safety.escaping import json_escaped, printable
from comfyc.safety.jsonable import json_value

_PATHS = 3
"""Paths that a line names; the others are counted."""


def open_study_progress(
    kind: Kind,
    stream: TextIO,
    total: int,
    done: int = 0,
    failed: int = 0,
    servers: Sequence[str] = (),
) -> StudyDisplay:
    """The display of that kind for a study of ``total`` rows, of which some were ``done`` or had ``failed``
    before; ``auto``: a block on a terminal, else lines. ``servers`` are shown in this order."""
    kind = kind_for(kind, stream)
    tally = StudyTally(total, done, failed, time.monotonic())
    if kind == "live":
        from comfyc.running.display.study_live import LiveStudy  # noqa: PLC0415 - rich

        return LiveStudy(stream, tally, servers)
    if kind == "json":
        return StudyEvents(stream, tally, servers)
    return StudyLines(stream, tally) if kind == "plain" else StudyDisplay()


class StudyLines(StudyDisplay):
    """Writes a line for each row that ends, and for each server that goes or comes back."""

    has_paths = True

    def __init__(self, stream: TextIO, tally: StudyTally) -> None:
        self._stream = stream
        self._tally = tally

    def show(self, event: StudyEvent) -> None:
        if isinstance(event, RowEnded):
            self._tally.row_ended(0.0, failed=event.state == "failed")
            self._write(f"[{self._tally.over}/{self._tally.total}] {_words(event)}")
        elif isinstance(event, ServerChanged):
            shown = "is away" if event.state == "away" else "is back"
            why = f": {printable(event.why)}" if event.why else ""
            self._write(f"{printable(event.server)} {shown}{why}")

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


def _words(event: RowEnded) -> str:
    """ "0012 done in 3.2 s on http://gpu1: out/0012.png"."""
    is_done = event.state == "done"
    words = [printable(event.run), event.state]
    words += [f"{'in' if is_done else 'after'} {event.seconds:.1f} s"] if event.seconds is not None else []
    words += [f"on {printable(event.server)}"] if event.server else []
    more = f" and {len(event.paths) - _PATHS} more" if len(event.paths) > _PATHS else ""
    reported = ", ".join(event.paths[:_PATHS]) + more if is_done else event.problem
    return " ".join(words) + (f": {printable(reported)}" if reported else "")


class StudyEvents(StudyDisplay):
    """Writes an event of JSON for all that happens, also to each run (docs/json.md)."""

    def __init__(self, stream: TextIO, tally: StudyTally, servers: Sequence[str]) -> None:
        self._stream = stream
        self._tally = tally
        self._servers = servers
        self._runs = open_progress("json", stream)

    def __enter__(self) -> StudyDisplay:
        self._emit("study-started", **self._counts(), servers=list(self._servers))
        return self

    def __exit__(self, *error: object) -> None:
        seconds = round(time.monotonic() - self._tally.since, 3)
        self._emit("study-ended", **self._counts(), seconds=seconds)

    def follow(self, label: str, titles: Mapping[str, str] | None = None, server: str = "") -> OnEvent:
        return self._runs.follow(label, titles, server)

    def show(self, event: StudyEvent) -> None:
        if isinstance(event, RowEnded):
            self._tally.row_ended(0.0, failed=event.state == "failed")
        members = {one.name: getattr(event, one.name) for one in dataclasses.fields(event)}
        self._emit(event.kind, **members)

    def _counts(self) -> dict[str, int]:
        tally = self._tally
        return {"total": tally.total, "done": tally.done, "failed": tally.failed, "left": tally.left}

    def _emit(self, event: str, **members: Any) -> None:
        record = {"event": event, **members, "time": round(time.time(), 3)}
        self._stream.write(json_escaped(json.dumps(json_value(record))) + "\n")
        self._stream.flush()
