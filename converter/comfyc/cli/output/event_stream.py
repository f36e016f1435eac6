"""``--progress json``: stderr as a stream of events, one JSON object a line, and nothing else.

Findings, notes and errors are events of their own; whatever else is written there becomes one too.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from comfyc.report.findings import FileReport

_FLAG = "--progress"


class EventStream(io.TextIOBase):
    """Replaces stderr. ``raw`` is the real one, for those who write events."""

    def __init__(self, raw: TextIO) -> None:
        self.raw = raw
        self._line = ""

    def emit(self, event: str, **members: Any) -> None:
        """Write one event with its time (seconds since the epoch)."""
        record = {"event": event, **members, "time": round(time.time(), 3)}
        from comfyc.safety.escaping import json_escaped  # noqa: PLC0415
        from comfyc.safety.jsonable import json_value  # noqa: PLC0415

        self.raw.write(json_escaped(json.dumps(json_value(record), default=str)) + "\n")
        self.raw.flush()

    def write(self, text: str) -> int:
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            if line.strip():
                self.emit("message", message=line)
        return len(text)

    def flush(self) -> None:
        self.raw.flush()

    def fileno(self) -> int:
        return self.raw.fileno()

    def close_line(self) -> None:
        """Emit what was written without a newline at its end."""
        if self._line:
            self.write("\n")


@contextmanager
def evented(arguments: Sequence[str]) -> Iterator[None]:
    """Make stderr a stream of events while inside, if the arguments, right or wrong, ask for it."""
    if f"{_FLAG}=json" not in arguments and (_FLAG, "json") not in pairwise(arguments):
        yield
        return
    before = sys.stderr
    stream = EventStream(before)
    sys.stderr = stream
    try:
        yield
    finally:
        stream.close_line()
        sys.stderr = before


def events() -> EventStream | None:
    """The stream of events, if stderr is to be one."""
    return sys.stderr if isinstance(sys.stderr, EventStream) else None


def emit_findings(
    stream: EventStream, reports: Sequence[FileReport], run: str | None, *, verbose: bool, quiet: bool
) -> None:
    """Each finding that is to be shown as an event; ``run`` is the label of the run that it belongs to."""
    from comfyc.diagnostics import Severity  # noqa: PLC0415
    from comfyc.report.document import record  # noqa: PLC0415

    hidden = (Severity.WARNING, Severity.INFO) if quiet else () if verbose else (Severity.INFO,)
    of_run = {"run": run} if run is not None else {}
    for report in reports:
        for finding in report.findings:
            if finding.severity not in hidden:
                stream.emit("finding", **record(report, finding), **of_run)
