"""MP4 and MOV: the metadata list, by its keys (frontend ``scripts/metadata/isobmff.ts``).

ComfyUI's SaveVideo (libav with ``use_metadata_tags``) writes ``moov/udta/meta`` with ``keys`` and ``ilst``.
"""

from __future__ import annotations

from comfyc.sources.blob import Blob, DamagedError, big, take
from comfyc.sources.fields import Field, Fields, wanted
from comfyc.sources.isobmff import Box, boxes, find, meta_content

_COMMENTS = (b"\xa9cmt", b"desc", b"ldes")


def fields(data: Blob) -> Fields:
    """The wanted items of every metadata list, inside or outside ``moov``, with or without ``udta``."""
    for box in boxes(data, 0, len(data)):
        if box.kind == b"moov":
            for inner in boxes(data, box.start, box.end):
                yield from _lists(data, inner)
        else:
            yield from _lists(data, box)


def _lists(data: Blob, box: Box) -> Fields:
    if box.kind == b"meta":
        yield from _items(data, meta_content(data, box))
    elif box.kind == b"udta":
        meta = find(data, box, b"meta")
        if meta:
            yield from _items(data, meta_content(data, meta))


def _items(data: Blob, meta: Box) -> Fields:
    keys, items = find(data, meta, b"keys"), find(data, meta, b"ilst")
    if not items:
        return
    names = _names(data, keys) if keys else {}
    for item in boxes(data, items.start, items.end):
        if item.kind == b"----":  # iTunes' free form, with the name in a box of its own
            name_box = find(data, item, b"name")
            name = _name(data, name_box.start + 4, name_box.end) if name_box else ""
        elif item.kind in _COMMENTS:
            name = "comment"
        else:
            name = names.get(int.from_bytes(item.kind, "big"), "")
        value = find(data, item, b"data") if wanted(name) else None
        if value:
            start = value.start + 8  # after type and locale
            yield Field(name, take(data, start, max(value.end - start, 0)))


def _names(data: Blob, keys: Box) -> dict[int, str]:
    """The wanted names of a ``keys`` box by their number, which counts from 1."""
    names: dict[int, str] = {}
    start = keys.start + 8  # after version, flags and count
    number = 0
    while start + 8 <= keys.end:
        size, number = big(data, start), number + 1
        if size < 8 or start + size > keys.end:
            raise DamagedError(f"the metadata key at byte {start} has an invalid size")
        name = _name(data, start + 8, start + size)
        if wanted(name):
            names[number] = name
        start += size
    return names


def _name(data: Blob, start: int, end: int) -> str:
    return take(data, start, min(max(end - start, 0), 64)).decode("utf-8", errors="replace")
