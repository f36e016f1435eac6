"""Unpack untrusted compressed data piece by piece, because a few bytes may unpack to gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

PIECE = 1 << 16
"""Upper bound on the bytes that are unpacked at once."""

_EITHER = 32 + zlib.MAX_WBITS
"""zlib's setting for detecting gzip and zlib ("deflate") automatically."""
_MEMBERS = 1000


class Inflater:
    """Unpacks gzip or zlib data as it arrives. The caller must limit the unpacked bytes.

    Up to 1,000 gzip members may follow each other (RFC 1952, 2.2), with zero bytes between them.
    """

    def __init__(self) -> None:
        self._unpacker = zlib.decompressobj(_EITHER)
        self._members = 1

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Unpack ``data`` and yield the result in pieces; ``ValueError`` if it is damaged."""
        for start in range(0, len(data), PIECE):
            yield from self._feed(data[start : start + PIECE])

    def finish(self) -> None:
        """Raise ``ValueError`` if the data fed so far is truncated."""
        if not self._unpacker.eof:
            raise ValueError("the gzip data is cut off")

    def _feed(self, block: bytes) -> Iterator[bytes]:
        try:
            while block:
                if self._unpacker.eof:
                    block = block.lstrip(b"\0")
                    if not block:
                        return
                    self._members += 1
                    if self._members > _MEMBERS:
                        raise ValueError(f"gzip data of more than {_MEMBERS} members")
                    self._unpacker = zlib.decompressobj(_EITHER)
                piece = self._unpacker.decompress(block, PIECE)
                if piece:
                    yield piece
                block = self._unpacker.unused_data if self._unpacker.eof else self._unpacker.unconsumed_tail
        except zlib.error as error:
            raise ValueError(f"damaged gzip data ({error})") from error


def inflate(data: bytes, most: int) -> bytes:
    """Unpack gzip data; ``ValueError`` if it is damaged, truncated, or unpacks to more than ``most``
    bytes."""
    inflater, found = Inflater(), bytearray()
    for piece in inflater.feed(data):
        found += piece
        if len(found) > most:
            raise ValueError(f"more than {most} bytes when unpacked")
    inflater.finish()
    return bytes(found)
