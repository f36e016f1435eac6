"""Open untrusted files: only if they are regular files, and read up to a limit.

A path may lead to an endless device, to a pipe that no process writes to, or through a link to either. The
kind of file is therefore checked before anything is read, and opening never blocks.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import time
from pathlib import Path
from typing import IO, Any

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
_WRITER_COMES = 5.0
"""Seconds within which a process must begin to write to a named pipe."""
_BETWEEN = 0.02


def open_regular(path: str | os.PathLike[str]) -> IO[bytes]:
    """Open a regular file for reading; ``OSError`` if there is none, or for a folder, a pipe or a device."""
    return _opened(path, takes_pipes=False)


def open_named(path: str | os.PathLike[str]) -> IO[bytes]:
    """As :func:`open_regular`, for a path from the command line, which may also be a pipe (``<(...)``).

    Raises ``OSError`` for a named pipe to which no process writes within 5 seconds.
    """
    return _opened(path, takes_pipes=True)


def read_regular(path: str | os.PathLike[str], most: int) -> bytes:
    """All bytes of a regular file; ``OSError`` as for :func:`open_regular`, or if there are more than
    ``most``."""
    with open_regular(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most} bytes", os.fspath(path))
    return data


def read_text(path: Path, most: int) -> str:
    """The text of a regular file in UTF-8, with ``\\n`` as line ends.

    Errors as for :func:`read_regular`, and ``UnicodeDecodeError`` if the file is not UTF-8.
    """
    return read_regular(path, most).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def _opened(path: str | os.PathLike[str], *, takes_pipes: bool) -> IO[bytes]:
    name = os.fspath(path)
    descriptor = os.open(name, _FLAGS)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
        if stat.S_ISFIFO(mode) and takes_pipes:
            first = _first_of_pipe(descriptor, name)
            os.set_blocking(descriptor, True)
            return io.BufferedReader(_Pipe(descriptor, first))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device, not a regular file", name)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _first_of_pipe(descriptor: int, name: str) -> bytes:
    """The first bytes of a pipe, or none if it has a writer that has not written anything yet."""
    until = time.monotonic() + _WRITER_COMES
    while True:
        try:
            first = os.read(descriptor, io.DEFAULT_BUFFER_SIZE)
        except BlockingIOError:
            return b""
        if first:
            return first
        if time.monotonic() > until:
            raise OSError(errno.ENODATA, "no process writes to this pipe", name)
        time.sleep(_BETWEEN)


class _Pipe(io.RawIOBase):
    """A pipe whose first bytes have already been read."""

    def __init__(self, descriptor: int, first: bytes) -> None:
        self._file = io.FileIO(descriptor, "rb")
        self._first = first

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if not self._first:
            return self._file.readinto(buffer)
        size = min(len(buffer), len(self._first))
        buffer[:size], self._first = self._first[:size], self._first[size:]
        return size

    def close(self) -> None:
        self._file.close()
        super().close()
