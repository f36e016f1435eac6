"""The standard streams in rough conditions: closed, on a full disk, or with a reader that has gone."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

from comfyc.diagnostics import ComfycError

READER_GONE = 128 + 13
"""The exit code when nobody reads our output any more: what the shell gives for SIGPIPE, as for ``cat``."""

_OF_STREAMS = frozenset({errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EBADF, errno.EIO})
"""What writing to an open stream fails with."""


def mend_streams() -> None:
    """Reopen closed standard streams, so that no file that is opened later gets their number.

    Python has None where one was closed. What is written to a closed stdout, or read from a closed stdin,
    fails as in any other program; what a closed stderr would have told is lost.
    """
    if sys.stdin is None:
        sys.stdin = _opened(os.O_WRONLY, "r")
    if sys.stdout is None:
        sys.stdout = _opened(os.O_RDONLY, "w")
    elif isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr is: no character is an error
    if sys.stderr is None:
        sys.stderr = _opened(os.O_WRONLY, "w")


def _opened(flags: int, mode: str) -> TextIO:
    raw = open(os.open(os.devnull, flags), f"{mode}b")  # noqa: SIM115
    return TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace")


def give_up(error: OSError) -> int:
    """End after a write to stdout or stderr has failed: the exit code. Any other error is raised again."""
    if error.errno not in _OF_STREAMS or error.filename is not None:
        raise error
    if error.errno != errno.EPIPE:
        from comfyc.cli.output.findings import complain  # noqa: PLC0415

        reason = (error.strerror or str(error)).lower()
        with suppress(OSError):  # if it was stderr, there is nobody to tell
            complain(ComfycError(f"the standard output cannot be written: {reason}", "pass -o FILE"))
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # what is still in its buffer must not fail again when Python ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return READER_GONE if error.errno == errno.EPIPE else 2
