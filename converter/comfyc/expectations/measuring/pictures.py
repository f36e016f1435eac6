"""Width and height of pictures, from their headers."""

from __future__ import annotations

from comfyc.sources.blob import Blob, DamagedError, big, little, take
from comfyc.sources.isobmff import Box, boxes, find

Extent = tuple[int, int]
"""Width and height in pixels."""

_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""JPEG's markers of a frame, SOF0 to SOF15 (ITU T.81 table B.1)."""
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


def png(data: Blob) -> Extent:
    """PNG: the chunk IHDR, which is the first (PNG specification 11.2.1)."""
    if take(data, 12, 4) != b"IHDR":
        raise DamagedError("the first chunk is not IHDR")
    return big(data, 16), big(data, 20)


def gif(data: Blob) -> Extent:
    """GIF: the logical screen descriptor (GIF89a 18)."""
    return little(data, 6, 2), little(data, 8, 2)


def jpeg(data: Blob) -> Extent:
    """JPEG: the first header of a frame (ITU T.81 B.2.2)."""
    offset = 2
    while True:
        if take(data, offset, 1) != b"\xff":
            raise DamagedError(f"there is no marker at byte {offset}")
        marker = big(data, offset + 1, 1)
        if marker in _FRAMES:
            return big(data, offset + 7, 2), big(data, offset + 5, 2)
        if marker == 0xFF or marker in _BARE:
            offset += 1 if marker == 0xFF else 2
        else:
            offset += 2 + big(data, offset + 2, 2)


def webp(data: Blob) -> Extent:
    """WebP: the canvas of an extended file, or the one picture (WebP container specification; RFC 6386
    9.1)."""
    kind, start = take(data, 12, 4), 20
    if kind == b"VP8X":
        return little(data, start + 4, 3) + 1, little(data, start + 7, 3) + 1
    if kind == b"VP8L":
        packed = little(data, start + 1)
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return little(data, start + 6, 2) & 0x3FFF, little(data, start + 8, 2) & 0x3FFF
    raise DamagedError("the first chunk holds no picture")


def avif(data: Blob) -> Extent:
    """AVIF, HEIF: the largest of the items, of which the others are tiles and thumbnails (property ``ispe``,
    ISO/IEC 23008-12 6.5.3)."""
    meta = next((box for box in boxes(data, 0, len(data)) if box.kind == b"meta"), None)
    properties = find(data, Box(meta.kind, meta.start + 4, meta.end), b"iprp") if meta else None
    items = find(data, properties, b"ipco") if properties else None
    extents = [
        (big(data, box.start + 4), big(data, box.start + 8))
        for box in (boxes(data, items.start, items.end) if items else ())
        if box.kind == b"ispe"
    ]
    if not extents:
        raise DamagedError("no item has an extent")
    return max(extents, key=lambda extent: extent[0] * extent[1])
