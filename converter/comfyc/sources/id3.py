"""MP3: the user texts (TXXX) of an ID3v2 tag (id3.org: ID3v2.2, 2.3 and 2.4).

The editor does not parse the tag: it searches the first bytes for ``workflow``, a zero byte and ``{``
(frontend ``scripts/metadata/mp3.ts``).
"""

from __future__ import annotations

from collections.abc import Iterator

from comfyc.sources.blob import Blob, Budget, DamagedError, Metered, big, inflate, take
from comfyc.sources.fields import Field, Fields, wanted
from comfyc.sources.vorbis import flac_fields

_HEADER = 10
_NAME = 256
"""Bytes of a user text that are searched for its name."""
_ENCODINGS = ("latin-1", "utf-16", "utf-16-be", "utf-8")


def tag_size(data: Blob) -> int:
    """The size in bytes of the ID3v2 tag at the beginning of the file, with header and footer; 0 if none."""
    head = data[0:_HEADER]
    if len(head) < _HEADER or head[:3] != b"ID3":
        return 0
    return _HEADER + _syncsafe(head[6:10]) + (_HEADER if head[5] & 0x10 else 0)


def fields(data: Metered) -> Fields:
    """The wanted user texts, whose name is their description, and those of a FLAC stream after the tag."""
    size = tag_size(data)
    if not size:
        return
    yield from _tag_fields(data)
    if data[size : size + 4] == b"fLaC":
        yield from flac_fields(data, size)


def _tag_fields(data: Metered) -> Fields:
    version, _, flags = data[3:6]
    announced = _HEADER + _syncsafe(data[6:10])
    tag, start, end = data, _HEADER, min(announced, len(data))
    unsynchronised = bool(flags & 0x80)
    if unsynchronised and version < 4:  # before 2.4 this applies to the whole tag, since 2.4 to each frame
        tag = data.inner(_synchronised(take(data, start, end - start)))
        start, end = 0, len(tag)
    if flags & 0x40 and version > 2:  # an extended header; 2.3 does not count the bytes of its size
        size = tag[start : start + 4]
        start += _syncsafe(size) if version > 3 else 4 + int.from_bytes(size, "big")
    for body, frame_flags in _user_frames(tag, start, end, version):
        if version > 3:
            content = _content(body, frame_flags, unsynchronised, data.budget)
        else:
            content = _content_2_3(body, frame_flags, data.budget)
        yield from _user_text(content)
    if announced > len(data):
        raise DamagedError("the tag is truncated")


def _user_frames(tag: Blob, start: int, end: int, version: int) -> Iterator[tuple[bytes, int]]:
    """(content as stored, format flags) of the TXXX frames."""
    name_size, header = (3, 6) if version < 3 else (4, 10)
    while True:
        name = tag[start : start + name_size]
        if start + header > end or not name.strip(b"\0"):  # padding
            return
        field = tag[start + name_size : start + 2 * name_size]
        # iTunes writes plain sizes into 2.4 tags too
        size = _syncsafe(field) if version > 3 and max(field) < 0x80 else int.from_bytes(field, "big")
        if name == b"TXXX"[:name_size]:
            yield take(tag, start + header, size), big(tag, start + 9, 1) if version > 2 else 0
        start += header + size
        if start > end:
            raise DamagedError(f"the tag is truncated in the frame {name.decode('latin-1')!r}")


def _content(body: bytes, flags: int, unsynchronised: bool, budget: Budget) -> bytes:
    """The content of a frame of 2.4, without group and length, synchronised and decompressed; empty if the
    frame is encrypted."""
    if flags & 0x04:
        return b""
    body = body[(1 if flags & 0x40 else 0) + (4 if flags & 0x01 else 0) :]
    if unsynchronised or flags & 0x02:
        body = _synchronised(body)
    return inflate(body, budget) if flags & 0x08 else body


def _content_2_3(body: bytes, flags: int, budget: Budget) -> bytes:
    """The content of a frame of 2.3 or, without flags, of 2.2; empty if the frame is encrypted."""
    if flags & 0x40:
        return b""
    body = body[(4 if flags & 0x80 else 0) + (1 if flags & 0x20 else 0) :]
    return inflate(body, budget) if flags & 0x80 else body


def _user_text(content: bytes) -> Fields:
    """``encoding, description, zero, text``; text in UTF-8 stays bytes, other text is decoded."""
    encoding = _ENCODINGS[content[0]] if content and content[0] < len(_ENCODINGS) else None
    if encoding is None:
        return
    zero = b"\0\0" if encoding.startswith("utf-16") else b"\0"
    end = 1
    while (end := content.find(zero, end, _NAME)) > 0 and (end - 1) % len(zero):
        end += 1
    key = content[1:end].decode(encoding, errors="replace") if end > 0 else ""
    if wanted(key):
        value = content[end + len(zero) :]
        if encoding == "utf-8":
            yield Field(key, value.rstrip(b"\0"))
        else:
            yield Field(key, value.decode(encoding, errors="replace").rstrip("\0"))


def _syncsafe(four: bytes) -> int:
    return sum((byte & 0x7F) << 7 * index for index, byte in enumerate(reversed(four)))


def _synchronised(body: bytes) -> bytes:
    return body.replace(b"\xff\0", b"\xff")
