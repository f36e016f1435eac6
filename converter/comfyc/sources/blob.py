"""The bytes of a file, read on demand, so that even a two-hour video need not be loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from comfyc.diagnostics import ComfycError
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.safety.opening import open_regular

BLOCK = 1 << 16
"""Bytes that are read from a large file at once: more than any header, less than a frame of video."""


class Blob(Protocol):
    """The bytes of a container: ``bytes``, or a file that can be sliced like ``bytes``."""

    def __len__(self) -> int: ...

    def __getitem__(self, key: slice, /) -> bytes: ...


class DamagedError(Exception):
    """The container is truncated or contradicts itself. Outside this package, only ``expectations/measuring``
    meets it."""


class TooLargeError(Exception):
    """The container holds more than the limits allow to be read. Outside this package, only
    ``expectations/measuring`` meets it."""


class Budget:
    """The remaining budget for reading one file: a number of parts, and numbers of bytes.

    All content of a file counts against the same budget, however it is nested. Bytes are counted in three
    accounts, each up to ``limits.unpacked``: bytes read from the file; bytes of texts inside those, or
    decompressed from them, even if they turn out to be damaged or useless; and bytes of texts that are kept
    until one is chosen.
    """

    __slots__ = ("_held", "_parts", "_read", "_texts", "limits")

    def __init__(self, limits: Limits = DEFAULTS) -> None:
        self.limits = limits
        self._parts, self._read, self._texts, self._held = limits.parts, *[limits.unpacked] * 3

    def look(self) -> None:
        """Count a part that is read. This and the following methods raise :class:`TooLargeError` when the
        budget is exceeded."""
        self._parts -= 1
        if self._parts < 0:
            raise TooLargeError(self.limits.exceeded("parts"))

    def read(self, size: int) -> None:
        """Count bytes that are read from the file."""
        self._read = self._less(self._read, size)

    def unpack(self, size: int) -> None:
        """Count bytes of a text inside bytes that were read, or decompressed from them."""
        self._texts = self._less(self._texts, size)

    def hold(self, size: int) -> None:
        """Count the bytes of a text that is kept."""
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
    """A :class:`Blob` whose slices count against a budget; :class:`TooLargeError` once it is exceeded.

    All parsers read through this class, so it bounds the cost of every one of them. :meth:`inner` wraps bytes
    that were read from it; their slices count as texts, against the same budget.
    """

    __slots__ = ("_count", "_data", "budget")

    def __init__(self, data: Blob, budget: Budget) -> None:
        self._data, self.budget, self._count = data, budget, budget.read

    def inner(self, data: bytes) -> Metered:
        """Wrap bytes that were read from this object, with the same budget."""
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
    """A file as a :class:`Blob`: each slice is read on demand.

    The last block is kept, so that a walk over small neighbouring headers costs few reads. The file is opened
    for each read, so that nothing has to be closed. If the file shrinks meanwhile, slices are short.
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
    """``length`` bytes at ``start``; :class:`DamagedError` if there are fewer. Nothing is allocated before
    the length is checked."""
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
    """Decompress a zlib stream; :class:`DamagedError` if it is damaged or truncated.

    The output counts against the budget, also that of a damaged stream.
    """
    import zlib  # noqa: PLC0415 - few files hold compressed text

    stream, pieces = zlib.decompressobj(), []
    try:
        for start in range(0, len(data), BLOCK):
            rest = data[start : start + BLOCK]
            while not stream.eof:
                most = min(budget.room, BLOCK) + 1  # one byte beyond the budget shows that it is exceeded
                piece = stream.decompress(rest, most)
                budget.unpack(len(piece))
                pieces.append(piece)
                rest = stream.unconsumed_tail
                if not rest and len(piece) < most:
                    break
    except zlib.error as error:
        budget.unpack(BLOCK)  # zlib does not say how much it had decompressed before the fault
        raise DamagedError("a compressed text does not decompress") from error
    if not stream.eof:
        raise DamagedError("a compressed text is truncated")
    return b"".join(pieces)
