"""The bytes of a file by ranges, from wherever they are: of a picture only what is around its metadata."""

from __future__ import annotations

from collections.abc import Callable

from comfyc.sources.blob import Blob

_BLOCK = 1 << 17
"""Bytes that are read at once: all of most workflows, and all before the pixels of most pictures."""
_LONGEST_BLOCK = 1 << 22
"""Bytes that are read at once when a file is read through: a request each costs more than the bytes."""

_PNG = b"\x89PNG\r\n\x1a\n"
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_END = b"\0\0\0\0IEND\xaeB`\x82"
_WANTED = (b"workflow", b"prompt", b"parameters")
_KEYWORD = 80


class RangedBlob:
    """A file as a :class:`Blob` whose slices are read on demand, by ``read(start, stop)``.

    The last block is kept. Blocks grow while one follows the other, as when chunk after chunk of a picture is
    stepped over, and are small again after a leap, as over the frames of a video.
    """

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        self._read, self._size = read, size
        self._start, self._block, self._length = 0, b"", _BLOCK

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, key: slice, /) -> bytes:
        start, stop, _ = key.indices(self._size)
        if stop <= start:
            return b""
        end = self._start + len(self._block)
        if self._start <= start and stop <= end:
            return self._block[start - self._start : stop - self._start]
        if stop - start > self._length:
            return self._bytes(start, stop)
        if self._block:
            follows = self._start <= start <= end + self._length
            self._length = min(self._length * 2, _LONGEST_BLOCK) if follows else _BLOCK
        stop_of_block = min(start + max(self._length, stop - start), self._size)
        self._start, self._block = start, self._bytes(start, stop_of_block)
        return self._block[: stop - start]

    def _bytes(self, start: int, stop: int) -> bytes:
        found = self._read(start, stop)
        # A web server that knows no ranges sends the whole file
        return found[start:stop] if len(found) > stop - start else found


def front_of(blob: Blob) -> Blob:
    """What has to be read of a file: of a PNG whose metadata is in front of its pixels, as ComfyUI writes it,
    only that, closed by an end; the whole file otherwise.

    A picture that has nothing there is read to its end, because animated ones have it behind the pixels.
    """
    if blob[0:8] != _PNG:
        return blob
    start, found = 8, False
    while start + 8 <= len(blob):
        head = blob[start : start + 8 + _KEYWORD]
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if kind == b"IDAT":
            return blob[0:start] + _END if found else blob
        keyword = head[8:].partition(b"\0")[0].lower()
        found = found or (kind in _TEXTS and keyword in _WANTED)
        start += 12 + length
    return blob
