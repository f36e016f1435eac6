"""WebM and Matroska: the simple tags (RFC 8794, RFC 9559; frontend ``scripts/metadata/ebml.ts``)."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import NamedTuple

from comfyc.sources.blob import Blob, DamagedError, big, take
from comfyc.sources.fields import Field, Fields, wanted

_SEGMENT, _CLUSTER, _TAGS, _TAG, _SIMPLE_TAG = 0x18538067, 0x1F43B675, 0x1254C367, 0x7373, 0x67C8
_TAG_NAME, _TAG_STRING = 0x45A3, 0x4487
_OPENED = (_SEGMENT, _TAGS, _TAG)


class Element(NamedTuple):
    """An EBML element by its id; ``start`` and ``end`` enclose its content."""

    id: int
    start: int
    end: int


def fields(data: Blob) -> Fields:
    """The wanted simple tags of the file, whatever they apply to; libav writes their names in capitals.

    The containers are not walked as a tree: the header of an opened element is skipped, so that its children
    follow. This also handles elements of unknown length, which live recordings have.
    """
    for element in elements(data, 0, len(data), _OPENED):
        if element.id == _SIMPLE_TAG:
            yield from _simple_tag(data, element)


def _simple_tag(data: Blob, tag: Element) -> Fields:
    name, value = "", None
    for element in elements(data, tag.start, tag.end, _OPENED):
        if element.id == _TAG_NAME:
            name = take(data, element.start, min(element.end - element.start, 64)).decode("utf-8", "replace")
        elif element.id == _TAG_STRING:
            value = element
    name = name.strip("\0 ")
    if value and wanted(name):
        yield Field(name, take(data, value.start, value.end - value.start).split(b"\0", 1)[0])


def elements(
    data: Blob, start: int, end: int, opened: Container[int], *, until: int | None = None
) -> Iterator[Element]:
    """The elements one after another, up to the first with the id ``until``. Those that are ``opened`` or of
    unknown length are replaced by their children."""
    while start < end:
        id_, content = _number(data, start, marked=True)
        if id_ == until:
            return
        size, content = _number(data, content)
        unknown = size == (1 << 7 * (content - start - _width(id_))) - 1
        if id_ in opened or unknown:
            start = content
            continue
        if content + size > end:
            raise DamagedError(f"the element at byte {start} is truncated")
        start = content + size
        yield Element(id_, content, start)


def _width(id_: int) -> int:
    return (id_.bit_length() + 7) // 8


def _number(data: Blob, start: int, *, marked: bool = False) -> tuple[int, int]:
    """A variable-length number and the offset of its end; ``marked`` keeps the length marker, as in ids."""
    first = big(data, start, 1)
    width = 9 - first.bit_length()
    if width > (4 if marked else 8):
        raise DamagedError(f"there is no element at byte {start}")
    value = big(data, start, width)
    return (value if marked else value & (1 << 7 * width) - 1), start + width
