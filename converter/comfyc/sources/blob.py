"""The bytes of a file, sliced on demand: a two-hour video is looked into, not loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from comfyc.diagnostics import ComfycError
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.safety.opening import open_regular

BLOCK = 1 << 16
"""Bytes that a large file is read by: more than any one header, less than a frame of video."""


class Blob(Protocol):
    """What a container is read from: ``bytes``, or a file that answers slices like ``bytes``."""

    def __len__(self) -> int: ...

    def __getitem__(self, key: slice, /) -> bytes: ...


class DamagedError(Exception):
    """The container breaks off or contradicts itself. Never leaves this package."""


class TooLargeError(Exception):
    """The container holds more text than anyone should read. Never leaves this package."""


class Budget:
    """What reading one file may still cost: parts looked at, and bytes, each of which counts.

    Whatever lies in the file draws on the same one, however it is nested. Bytes are counted three times,
    each time up to ``limits.unpacked``: as they come out of the file; as texts that lie in what was taken or
    come out of a compressed one, also where they turn out to be damaged or useless; and as the texts that
    are held for the choice among them.
    """

    __slots__ = ("_held", "_parts", "_read", "_texts", "limits")

    def __init__(self, limits: Limits = DEFAULTS) -> None:
        self.limits = limits
        self._parts, self._read, self._texts, self._held = limits.parts, *[limits.unpacked] * 3

    def look(self) -> None:
        """Count a part that is looked at; :class:`TooLargeError` for one too many, here and below."""
        self._parts -= 1
        if self._parts < 0:
            raise TooLargeError(self.limits.exceeded("parts"))

    def read(self, size: int) -> None:
        """Count bytes that are taken out of the file."""
        self._read = self._less(self._read, size)

    def unpack(self, size: int) -> None:
        """Count bytes of a text within what was taken, or out of a compressed one."""
        self._texts = self._less(self._texts, size)

    def hold(self, size: int) -> None:
        """Count the size of a text that is held."""
        self._held = self._less(self._held, size)

    def _less(self, left: int, size: int) -> int:
        if size > left:
            raise TooLargeError(self.limits.exceeded("unpacked", "of text"))
        return left - size

    @property
    def room(self) -> int:
        """Bytes that may still be unpacked."""
        return self._texts


class Metered:
    """A :class:`Blob` whose slices are counted: :class:`TooLargeError` where the budget ends.

    Every walk over a container reads as it goes, so this bounds them all. ``inner`` is for bytes that were
    taken out of one: their slices are texts, on the same budget.
    """

    __slots__ = ("_count", "_data", "budget")

    def __init__(self, data: Blob, budget: Budget) -> None:
        self._data, self.budget, self._count = data, budget, budget.read

    def inner(self, data: bytes) -> Metered:
        """Bytes out of this one, on the same budget."""
        made = Metered(data, self.budget)
        made._count = self.budget.unpack
        return made

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, key: slice, /) -> bytes:
        start, stop, _ = key.indices(len(self._data))
        self.budget.look()
        self._count(max(stop - start, 0))
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
            raise ComfycError(
                f"'{self._path}' could not be read at byte {start}: {reason.lower()}"
            ) from error


def take(data: Blob, start: int, length: int) -> bytes:
    """``length`` bytes at ``start``: all of them, or :class:`DamagedError`. Never allocates on a lie."""
    if start + length > len(data):
        raise DamagedError(f"{length} bytes are declared at byte {start}, but the file ends earlier")
    found = data[start : start + length]
    if len(found) != length:
        raise DamagedError(f"the file shrank to less than {start + length} bytes while it was read")
    return found


def big(data: Blob, start: int, length: int = 4) -> int:
    """An unsigned big-endian integer of ``length`` bytes at ``start``."""
    return int.from_bytes(take(data, start, length), "big")


def little(data: Blob, start: int, length: int = 4) -> int:
    """An unsigned little-endian integer of ``length`` bytes at ``start``."""
    return int.from_bytes(take(data, start, length), "little")


def inflate(data: bytes, budget: Budget) -> bytes:
    """Decompress a zlib stream on a budget; :class:`DamagedError` for a broken one, which counts as well."""
    import zlib  # noqa: PLC0415 - few files hold compressed text

    stream, pieces = zlib.decompressobj(), []
    try:
        for start in range(0, len(data), BLOCK):
            rest = data[start : start + BLOCK]
            while not stream.eof:
                most = min(budget.room, BLOCK) + 1  # one more than there is room for tells of too much
                piece = stream.decompress(rest, most)
                budget.unpack(len(piece))
                pieces.append(piece)
                rest = stream.unconsumed_tail
                if not rest and len(piece) < most:
                    break
    except zlib.error as error:
        budget.unpack(BLOCK)  # of what came out before the fault nobody tells
        raise DamagedError("a compressed text does not decompress") from error
    if not stream.eof:
        raise DamagedError("a compressed text is truncated")
    return b"".join(pieces)
