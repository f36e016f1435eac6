"""EXIF, the metadata of WebP, JPEG and AVIF pictures: a TIFF directory with text entries.

ComfyUI writes ``workflow:{...}`` and ``prompt:{...}`` into the text tags from Make (0x010F) downwards and
into Model (0x0110); other savers use ImageDescription or UserComment. (Frontend ``scripts/pnginfo.ts``,
``scripts/metadata/avif.ts``.)
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from comfyc.sources.blob import DamagedError, Metered, take
from comfyc.sources.fields import Field, Fields, wanted

_BYTES, _ASCII, _UNDEFINED = 1, 2, 7
"""Types of entries. UserComment is undefined bytes, which Pillow writes as bytes."""
_EXIF_DIRECTORY, _USER_COMMENT, _SOFTWARE = 0x8769, 0x9286, 0x0131

_NAME = 32
"""Bytes of a text that are searched for a name and its colon."""


def fields(tiff: Metered) -> Fields:
    """The wanted texts of the first directory, and its UserComment; ``tiff`` begins with II or MM.

    They are sorted by tag, whatever their order in the file: if texts share a name, the last one counts, as
    in the editor.
    """
    head = tiff[0:8]
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        raise DamagedError("the EXIF data does not begin with a TIFF header")
    (first,) = struct.unpack_from(order + "I", head, 4)
    second = None
    for tag, kind, start, size in sorted(_entries(tiff, order, first)):
        if tag == _EXIF_DIRECTORY:
            second = start
        elif kind == _ASCII:
            yield from _named(tiff, tag, start, size)
    for tag, _, start, size in _entries(tiff, order, second) if second is not None else ():
        if tag == _USER_COMMENT:
            yield Field("usercomment", _user_comment(take(tiff, start, size)))


def _entries(tiff: Metered, order: str, directory: int) -> Iterator[tuple[int, int, int, int]]:
    """(tag, type, start, size in bytes) of the texts; for the directory pointer, start is its target."""
    if directory + 2 > len(tiff):
        raise DamagedError("the EXIF directory is outside the EXIF data")
    (count,) = struct.unpack(order + "H", take(tiff, directory, 2))
    for at in range(directory + 2, min(directory + 2 + 12 * count, len(tiff) - 11), 12):
        tag, kind, size, start = struct.unpack(order + "HHII", take(tiff, at, 12))
        if tag == _EXIF_DIRECTORY:
            yield tag, 0, start, 0
        elif kind in (_BYTES, _ASCII, _UNDEFINED):
            yield tag, kind, start if size > 4 else at + 8, size


def _named(tiff: Metered, tag: int, start: int, size: int) -> Fields:
    """The field of a text ``name:text``, or of a JSON object, which may hold workflow and prompt."""
    head = tiff[start : start + min(size, _NAME)]
    name, colon, _ = head.partition(b":")
    key = name.decode("latin-1")
    if tag == _SOFTWARE:
        key, skip = "software", 0
    elif head.lstrip().startswith(b"{"):
        key, skip = "description", 0
    else:
        skip = len(name) + 1
    if not (wanted(key) and (colon or not skip)):
        return
    yield Field(key, take(tiff, start + skip, max(size - skip, 0)).rstrip(b"\0"))


def _user_comment(comment: bytes) -> str | bytes:
    """The text after the eight bytes that name its character set (EXIF 2.32, 4.6.5)."""
    charset, body = comment[:8], comment[8:]
    if charset.startswith(b"UNICODE"):
        little_endian = body[1::2].count(0) > body[::2].count(0)
        return body.decode("utf-16-le" if little_endian else "utf-16-be", errors="replace")
    return (body if charset.startswith((b"ASCII", bytes(8))) else comment).rstrip(b"\0")
