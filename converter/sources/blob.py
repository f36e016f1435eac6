"""The bytes of a file, sliced on demand: a two-hour video is looked into, not loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from converter.diagnostics import ConverterError
from converter.opening import open_regular

BLOCK = 1 << 16
"""Bytes that a large file is read by: more than any one header, less than a frame of video."""

MAX_READS = 1_000_000
"""Headers and texts that are read out of one file: some seconds' worth; real files stay far below."""

MAX_TEXT = 1 << 26
"""Bytes of text (decompressed) that are taken out of one container: 64 MiB, far above any workflow."""


class Blob(Protocol):
    """What a container is read from: ``bytes``, or a file that answers slices like ``bytes``."""

    def __len__(self) -> int: ...

    def __getitem__(self, key: slice, /) -> bytes: ...


class DamagedError(Exception):
    """The container breaks off or contradicts itself. Never leaves this package."""


class TooLargeError(Exception):
    """The container holds more text than anyone should read. Never leaves this package."""


class Metered:
    """A :class:`Blob` that gives a limited number of slices, then :class:`DamagedError`.

    Every walk over a container reads as it goes, so this bounds them all, however they are nested.
    """

    __slots__ = ("_data", "_left")

    def __init__(self, data: Blob) -> None:
        self._data, self._left = data, MAX_READS

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, key: slice, /) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise DamagedError("it has far more parts than such files have")
        return self._data[key]


class FileBlob:
    """A file as a :class:`Blob`: each slice is read when it is asked for.

    The last block is kept, so that a walk over small neighbouring headers costs few reads. The file is
    opened for each read: nothing has to be closed, and a file that shrinks meanwhile gives short slices.
    """

    __slots__ = ("_block", "_path", "_size", "_start")

    def __init__(self, path: Path, size: int) -> None:
        self._path, self._size = path, size
        self._start, self._block = 0, b""

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, key: slice, /) -> bytes:
        start, stop, _ = key.indices(self._size)
        if stop <= start:
            return b""
        if stop - start > BLOCK:
            return self._read(start, stop - start)
        if not self._start <= start or stop > self._start + len(self._block):
            self._start, self._block = start, self._read(start, BLOCK)
        return self._block[start - self._start : stop - self._start]

    def _read(self, start: int, length: int) -> bytes:
        try:
            with open_regular(self._path) as file:
                file.seek(start)
                return file.read(length)
        except OSError as error:
            reason = error.strerror or str(error)
            raise ConverterError(
                f"'{self._path}' could not be read at byte {start}: {reason.lower()}"
            ) from error


def take(data: Blob, start: int, length: int) -> bytes:
    """``length`` bytes at ``start``: all of them, or :class:`DamagedError`. Never allocates on a lie."""
    if start + length > len(data):
        raise DamagedError(f"{length} bytes are announced at byte {start}, but the file ends before")
    found = data[start : start + length]
    if len(found) != length:
        raise DamagedError(f"the file became shorter than {start + length} bytes while it was read")
    return found


def text(data: Blob, start: int, length: int) -> bytes:
    """:func:`take` for text: :class:`TooLargeError` beyond :data:`MAX_TEXT`."""
    if length > MAX_TEXT and start + length <= len(data):
        raise TooLargeError(f"a text of {length >> 20} MiB at byte {start}")
    return take(data, start, length)


def big(data: Blob, start: int, length: int = 4) -> int:
    """An unsigned big-endian integer of ``length`` bytes at ``start``."""
    return int.from_bytes(take(data, start, length), "big")


def little(data: Blob, start: int, length: int = 4) -> int:
    """An unsigned little-endian integer of ``length`` bytes at ``start``."""
    return int.from_bytes(take(data, start, length), "little")


def inflate(data: bytes, room: int) -> bytes:
    """Decompress a zlib stream to at most ``room`` bytes, or :class:`TooLargeError`; broken: DamagedError."""
    import zlib  # noqa: PLC0415 - few files hold compressed text

    stream = zlib.decompressobj()
    try:
        found = stream.decompress(data, room + 1)
    except zlib.error as error:
        raise DamagedError("a compressed text does not decompress") from error
    if len(found) > room:
        raise TooLargeError(f"a compressed text of more than {room >> 20} MiB")
    if not stream.eof:
        raise DamagedError("a compressed text breaks off")
    return found
