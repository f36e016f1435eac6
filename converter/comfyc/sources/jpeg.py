"""JPEG: EXIF in an APP1 segment, and comments (ITU T.81 B.1.1, EXIF 2.32 4.5.4).

The editor does not read JPEG files. Several custom savers write the same texts into them as into WebP files.
"""

from __future__ import annotations

from comfyc.sources import exif
from comfyc.sources.blob import DamagedError, Metered, big, take
from comfyc.sources.fields import Field, Fields

_END, _SCAN, _APP1, _COMMENT = 0xD9, 0xDA, 0xE1, 0xFE
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length: TEM, restarts, start of image."""


def fields(data: Metered) -> Fields:
    """The texts of the segments before the picture data."""
    offset = 2
    while True:
        if take(data, offset, 1) != b"\xff":
            raise DamagedError(f"there is no marker at byte {offset}")
        marker = big(data, offset + 1, 1)
        if marker in (_END, _SCAN):
            return
        if marker == 0xFF or marker in _BARE:  # 0xFF: a fill byte
            offset += 1 if marker == 0xFF else 2
            continue
        length = big(data, offset + 2, 2)
        if marker in (_APP1, _COMMENT):
            body = take(data, offset + 4, max(length - 2, 0))
            if marker == _COMMENT:
                yield Field("comment", body)
            elif body.startswith(b"Exif\0\0"):
                yield from exif.fields(data.inner(body[6:]))
        offset += 2 + length
