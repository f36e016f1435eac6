"""FLAC and Ogg (Vorbis, Opus, FLAC, Theora, Speex): the comments.

A comment block is a list of ``NAME=text`` (Vorbis I specification, section 5; RFC 9639 8.6; RFC 7845 5.2).
The editor reads FLAC properly, and searches Ogg files for ``workflow={`` (frontend ``scripts/metadata/``
``flac.ts`` and ``ogg.ts``).
"""

from __future__ import annotations

from collections.abc import Iterator

from comfyc.sources.blob import DamagedError, Metered, big, little, take
from comfyc.sources.fields import Field, Fields, wanted

_COMMENT_BLOCK = 4
_NAME = 64
"""Bytes of a comment that are searched for its name."""

_HEADERS = (b"\x03vorbis", b"OpusTags", b"\x81theora")


def flac_fields(data: Metered, start: int = 0) -> Fields:
    """The wanted comments of a FLAC stream that begins at ``start``."""
    start += 4
    last = False
    while not last:
        head = big(data, start)
        last, kind, length = bool(head >> 31), head >> 24 & 0x7F, head & 0xFFFFFF
        if kind == _COMMENT_BLOCK:
            yield from _comments(data.inner(take(data, start + 4, length)), 0)
        start += 4 + length


def ogg_fields(data: Metered) -> Fields:
    """The wanted comments of each stream. They are its second packet, which may extend over many pages."""
    packets: dict[int, bytearray] = {}  # by stream: the part of the comment packet read so far
    counts: dict[int, int] = {}  # by stream: packets that are complete
    start, waiting = 0, 0
    while start < len(data) and (waiting or not counts):
        page = take(data, start, 27)
        if page[:4] != b"OggS":
            raise DamagedError(f"there is no page at byte {start}")
        lacing = take(data, start + 27, page[26])
        stream, at = int.from_bytes(page[14:18], "little"), start + 27 + page[26]
        start = at + sum(lacing)
        if stream not in counts:
            counts[stream], packets[stream], waiting = 0, bytearray(), waiting + 1
        if counts[stream] > 1:
            continue
        for length, complete in _pieces(lacing):
            if counts[stream] == 1:
                packets[stream] += take(data, at, length)
            at += length
            counts[stream] += complete
            if counts[stream] > 1:
                waiting -= 1
                yield from _comment_packet(data.inner(bytes(packets.pop(stream))))
                break
    if waiting:
        raise DamagedError("the file ends before the comments are complete")


def _pieces(lacing: bytes) -> Iterator[tuple[int, bool]]:
    """(length, whether the packet ends) for the packets on a page. A segment below 255 bytes ends a
    packet."""
    length = 0
    for segment in lacing:
        length += segment
        if segment < 255:
            yield length, True
            length = 0
    if length:
        yield length, False


def _comment_packet(packet: Metered) -> Fields:
    head = packet[0:8]
    for header in _HEADERS:
        if head.startswith(header):
            return _comments(packet, len(header))
    is_flac = (
        head and head[0] & 0x7F == _COMMENT_BLOCK and int.from_bytes(head[1:4], "big") == len(packet) - 4
    )
    return _comments(packet, 4) if is_flac else iter(())


def _comments(block: Metered, start: int) -> Fields:
    start += 4 + little(block, start)  # after the name of the encoder
    count, start = little(block, start), start + 4
    for _ in range(count):
        length, start = little(block, start), start + 4
        name, equals, _ = take(block, start, min(length, _NAME)).partition(b"=")
        key = name.decode("utf-8", errors="replace")
        if equals and wanted(key):
            yield Field(key, take(block, start + len(name) + 1, length - len(name) - 1))
        start += length
