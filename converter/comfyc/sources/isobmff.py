"""The boxes of ISO base media files (ISO/IEC 14496-12), which MP4, MOV and AVIF are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from comfyc.sources.blob import Blob, DamagedError, big, take


class Box(NamedTuple):
    """A box by its type; ``start`` and ``end`` enclose its content in the file."""

    kind: bytes
    start: int
    end: int


def boxes(data: Blob, start: int, end: int) -> Iterator[Box]:
    """The boxes one after another in ``data[start:end]``.

    A box that reaches beyond ``end`` or the file is the last, and :class:`DamagedError` is raised only after
    it, so that its intact parts can be read. A rest that is shorter than a header (QuickTime's terminator of
    ``udta``) is ignored.
    """
    end = min(end, len(data))
    while start + 8 <= end:
        size, kind, header = big(data, start), take(data, start + 4, 4), 8
        if size == 1:
            size, header = big(data, start + 8, 8), 16
        elif size == 0:  # the box extends to the end of its parent
            size = end - start
        if size < header:
            raise DamagedError(f"the box at byte {start} is smaller than its header")
        yield Box(kind, start + header, start + size)
        start += size
    if start > end:
        raise DamagedError(f"the last box is truncated at byte {end}")


def find(data: Blob, parent: Box, kind: bytes) -> Box | None:
    """The first box of that type directly in ``parent``."""
    return next((box for box in boxes(data, parent.start, parent.end) if box.kind == kind), None)


def meta_content(data: Blob, meta: Box) -> Box:
    """The part of a ``meta`` box with the boxes: after version and flags, which QuickTime's kind lacks."""
    plain = meta.end - meta.start >= 8 and take(data, meta.start + 4, 4) == b"hdlr"
    return meta if plain else Box(meta.kind, meta.start + 4, meta.end)
