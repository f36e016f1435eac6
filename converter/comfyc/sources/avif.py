"""AVIF, HEIF: the EXIF item (ISO/IEC 23008-12, 14496-12 8.11; frontend ``scripts/metadata/avif.ts``)."""

from __future__ import annotations

from collections.abc import Iterator

from comfyc.sources import exif
from comfyc.sources.blob import DamagedError, Metered, big, take
from comfyc.sources.fields import Fields
from comfyc.sources.isobmff import Box, boxes, find


def fields(data: Metered) -> Fields:
    """The texts of the first item of type ``Exif``, wherever its extents lie."""
    box = next((box for box in boxes(data, 0, len(data)) if box.kind == b"meta"), None)
    if box:
        meta = Box(box.kind, box.start + 4, box.end)
        item = _exif_item(data, meta)
        if item is not None:
            yield from exif.fields(data.inner(_tiff(_content(data, meta, item))))


def _tiff(item: bytes) -> bytes:
    """The TIFF data of an EXIF item, whose first four bytes give its offset; some writers get it wrong."""
    start = 4 + int.from_bytes(item[:4], "big")
    if item[start : start + 2] not in (b"II", b"MM"):
        start = min((at for at in (item.find(b"II*\0"), item.find(b"MM\0*")) if at >= 0), default=len(item))
    return item[start:]


def _exif_item(data: Metered, meta: Box) -> int | None:
    listing = find(data, meta, b"iinf")
    if not listing:
        return None
    entries = listing.start + (6 if big(data, listing.start, 1) == 0 else 8)
    for entry in boxes(data, entries, listing.end):
        version = big(data, entry.start, 1)
        width = 2 if version == 2 else 4
        at = entry.start + 4
        if entry.kind == b"infe" and version >= 2 and take(data, at + width + 2, 4) == b"Exif":
            return big(data, at, width)
    return None


def _content(data: Metered, meta: Box, item: int) -> bytes:
    """The bytes of an item, found with the item location box."""
    location = find(data, meta, b"iloc")
    for number, method, extents in _locations(data, location.start) if location else ():
        if number == item:
            origin = _data_start(data, meta) if method == 1 else 0
            return b"".join([take(data, origin + start, length) for start, length in extents])
    raise DamagedError("the image has EXIF data, but no location for it")


def _locations(data: Metered, at: int) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """(item, construction method, (start, length) of each extent) for the items of an ``iloc`` box."""
    version, sizes = big(data, at, 1), big(data, at + 4, 2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size, method_size = (sizes & 15, 2) if version in (1, 2) else (0, 0)
    step = index_size + offset_size + length_size
    width = 2 if version < 2 else 4
    count, at = big(data, at + 6, width), at + 6 + width
    for _ in range(count):
        number, method = big(data, at, width), big(data, at + width, method_size) & 15
        at += width + method_size + 2
        base, extents = big(data, at, base_size), big(data, at + base_size, 2)
        first = at + base_size + 2 + index_size
        spans = range(first, first + step * extents, step) if step else ()
        yield (
            number,
            method,
            [
                (base + big(data, span, offset_size), big(data, span + offset_size, length_size))
                for span in spans
            ],
        )
        at += base_size + 2 + step * extents


def _data_start(data: Metered, meta: Box) -> int:
    """The offset of the content of the ``idat`` box, to which construction method 1 adds its offsets."""
    found = find(data, meta, b"idat")
    if not found:
        raise DamagedError("the box that holds the EXIF data is missing")
    return found.start
