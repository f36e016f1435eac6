"""Width, height and duration of videos, from their headers."""

from __future__ import annotations

import struct
from typing import NamedTuple

from comfyc.sources.blob import Blob, DamagedError, big, take
from comfyc.sources.ebml import Element, elements
from comfyc.sources.isobmff import Box, boxes, find


class Playing(NamedTuple):
    """What a video says of itself; None where it says nothing."""

    width: int | None = None
    height: int | None = None
    duration: float | None = None


def mp4(data: Blob) -> Playing:
    """MP4, MOV: the header of the movie, and of the first track that is seen (ISO/IEC 14496-12 8.2.2, 8.3.2;
    8.8.2 for files in fragments)."""
    movie = next((box for box in boxes(data, 0, len(data)) if box.kind == b"moov"), None)
    header = find(data, movie, b"mvhd") if movie else None
    if movie is None or header is None:
        raise DamagedError("there is no header of the movie")
    wide = 8 if big(data, header.start, 1) == 1 else 4
    scale = big(data, header.start + 4 + 2 * wide)
    length = big(data, header.start + 8 + 2 * wide, wide) or _length_of_fragments(data, movie)
    width, height = _seen(data, movie)
    return Playing(width, height, length / scale if scale and length else None)


def _length_of_fragments(data: Blob, movie: Box) -> int:
    extends = find(data, movie, b"mvex")
    header = find(data, extends, b"mehd") if extends else None
    return big(data, header.start + 4, 8 if big(data, header.start, 1) == 1 else 4) if header else 0


def _seen(data: Blob, movie: Box) -> tuple[int | None, int | None]:
    for box in boxes(data, movie.start, movie.end):
        header = find(data, box, b"tkhd") if box.kind == b"trak" else None
        if header is None:
            continue
        at = header.start + (88 if big(data, header.start, 1) == 1 else 76)
        width, height = big(data, at) >> 16, big(data, at + 4) >> 16  # 16.16
        if width and height:
            return width, height
    return None, None


_HEADER, _DOC_TYPE = 0x1A45DFA3, 0x4282
_SEGMENT, _INFO, _SCALE, _DURATION = 0x18538067, 0x1549A966, 0x2AD7B1, 0x4489
_TRACKS, _TRACK, _VIDEO, _WIDTH, _HEIGHT = 0x1654AE6B, 0xAE, 0xE0, 0xB0, 0xBA
_CLUSTER = 0x1F43B675
_OPENED = (_SEGMENT, _INFO, _TRACKS, _TRACK, _VIDEO)


def webm(data: Blob) -> Playing:
    """WebM, Matroska: the elements before the first cluster (RFC 9559 5.1.2, 5.1.4). A recording that was
    sent as it was made has no duration."""
    found: dict[int, float] = {}
    for element in elements(data, 0, len(data), _OPENED, until=_CLUSTER):
        if element.id in (_WIDTH, _HEIGHT, _SCALE):
            size = min(element.end - element.start, 8)  # RFC 8794 7.2
            found.setdefault(element.id, big(data, element.start, size))
        elif element.id == _DURATION:
            found[_DURATION] = _real(data, element)
    width, height = found.get(_WIDTH), found.get(_HEIGHT)
    duration = found[_DURATION] * found.get(_SCALE, 1e6) / 1e9 if _DURATION in found else None
    return Playing(int(width) if width else None, int(height) if height else None, duration)


def _real(data: Blob, element: Element) -> float:
    size = element.end - element.start
    if size not in (4, 8):
        raise DamagedError(f"the number at byte {element.start} has {size} bytes")
    value: float = struct.unpack(">f" if size == 4 else ">d", take(data, element.start, size))[0]
    return value
