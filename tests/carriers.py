"""Builders for the containers that carry workflows, byte by byte: for what no library would write."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

PNG = b"\x89PNG\r\n\x1a\n"
TEXT = '{"nodes": [], "links": [], "version": 0.4}'


def chunk(kind: bytes, body: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks: bytes) -> bytes:
    """A PNG file, without the picture."""
    return PNG + b"".join(chunks) + chunk(b"IEND", b"")


def exif(texts: dict[int, bytes], *, order: str = "<", user_comment: bytes | None = None) -> bytes:
    """A TIFF directory of ASCII entries by tag, and a second one with a UserComment."""
    entries = [(tag, 2, value + b"\0") for tag, value in texts.items()]
    count = len(entries) + (user_comment is not None)
    at = 8 + 2 + 12 * count + 4
    directory, heap = struct.pack(order + "H", count), b""
    for tag, kind, value in entries:
        directory += struct.pack(order + "HHII", tag, kind, len(value), at + len(heap))
        heap += value
    if user_comment is not None:
        inner = at + len(heap)
        directory += struct.pack(order + "HHII", 0x8769, 4, 1, inner)
        heap += struct.pack(order + "HHHIII", 1, 0x9286, 7, len(user_comment), inner + 18, 0) + user_comment
    head = b"II*\0" if order == "<" else b"MM\0*"
    return head + struct.pack(order + "I", 8) + directory + bytes(4) + heap


def webp(body: bytes) -> bytes:
    """A WebP file with one EXIF chunk behind an odd chunk."""
    chunks = b"VP8 \x03\0\0\0abc\0" + b"EXIF" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def jpeg(*segments: tuple[int, bytes]) -> bytes:
    """A JPEG file of (marker, content) segments, with fill bytes before the first."""
    body = b"".join(
        struct.pack(">BBH", 0xFF, marker, 2 + len(content)) + content for marker, content in segments
    )
    return b"\xff\xd8\xff\xff" + body[1:] + b"\xff\xda\0\x02"


def box(kind: bytes, *content: bytes, long: bool = False) -> bytes:
    """An ISO media box; ``long`` writes its size in 64 bits."""
    body = b"".join(content)
    if long:
        return struct.pack(">I4sQ", 1, kind, 16 + len(body)) + body
    return struct.pack(">I4s", 8 + len(body), kind) + body


def metadata_list(texts: dict[str, str]) -> bytes:
    """The ``keys`` and ``ilst`` boxes of a ``meta`` box."""
    keys = b"".join(box(b"mdta", key.encode()) for key in texts)
    items = b"".join(
        box(struct.pack(">I", number), box(b"data", struct.pack(">II", 1, 0), text.encode()))
        for number, text in enumerate(texts.values(), 1)
    )
    return box(b"keys", struct.pack(">II", 0, len(texts)), keys) + box(b"ilst", items)


def avif(tiff: bytes, *, in_meta: bool) -> bytes:
    """AVIF without a picture: the EXIF item lies in ``idat`` or, in two pieces, behind the meta box."""
    item = bytes(4) + tiff
    head = box(b"ftyp", b"avif", bytes(4), b"mif1")
    infe = box(b"infe", struct.pack(">IHH4s", 2 << 24, 7, 0, b"Exif"), b"\0")
    iinf = box(b"iinf", struct.pack(">IH", 0, 1), infe)

    def meta(base: int) -> bytes:
        half = len(item) // 2
        extents = [(0, len(item))] if in_meta else [(0, half), (half, len(item) - half)]
        row = struct.pack(">HHHIH", 7, int(in_meta), 0, base, len(extents))
        row += b"".join(struct.pack(">II", *extent) for extent in extents)
        iloc = box(b"iloc", struct.pack(">IBBH", 1 << 24, 0x44, 0x40, 1), row)
        return box(b"meta", bytes(4), iinf, iloc, box(b"idat", item) if in_meta else b"")

    whole = head + meta(0 if in_meta else len(head) + len(meta(0)))
    return whole if in_meta else whole + item


def element(id_: int, *content: bytes, unknown: bool = False) -> bytes:
    """An EBML element, its size in eight bytes, or unknown."""
    body = b"".join(content)
    size = b"\xff" if unknown else struct.pack(">Q", len(body) | 1 << 56)
    return id_.to_bytes((id_.bit_length() + 7) // 8, "big") + size + body


def matroska(*segment: bytes) -> bytes:
    return element(0x1A45DFA3) + element(0x18538067, *segment, unknown=True)


def simple_tag(name: str, text: str) -> bytes:
    return element(
        0x1254C367,
        element(0x7373, element(0x67C8, element(0x45A3, name.encode()), element(0x4487, text.encode()))),
    )


def vorbis_comments(comments: Iterable[tuple[str, str]]) -> bytes:
    """A comment block: the name of the encoder, then ``NAME=text``."""
    rows = [f"{key}={value}".encode() for key, value in comments]
    lengths = (struct.pack("<I", len(row)) + row for row in rows)
    return struct.pack("<I", 3) + b"abc" + struct.pack("<I", len(rows)) + b"".join(lengths)


def flac(*blocks: bytes) -> bytes:
    """A FLAC file of comment blocks behind an empty stream info."""
    bodies = [(0, bytes(34)), *((4, block) for block in blocks)]
    last = len(bodies) - 1
    return b"fLaC" + b"".join(
        struct.pack(">I", (kind | (0x80 if place == last else 0)) << 24 | len(body)) + body
        for place, (kind, body) in enumerate(bodies)
    )


def ogg(*packets: bytes, stream: int = 1) -> bytes:
    """An Ogg stream, each packet from a page of its own on, over as many pages as it takes."""
    pages = b""
    for packet in packets:
        lacing = [255] * (len(packet) // 255) + [len(packet) % 255]
        at = 0
        for first in range(0, len(lacing), 255):
            row = lacing[first : first + 255]
            pages += b"OggS\0\0" + bytes(8) + struct.pack("<III", stream, 0, 0) + bytes([len(row), *row])
            pages += packet[at : at + sum(row)]
            at += sum(row)
    return pages


def syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def id3(version: int, *frames: bytes, flags: int = 0) -> bytes:
    """An ID3v2 tag with padding behind the frames."""
    body = b"".join(frames) + bytes(20)
    return b"ID3" + bytes([version, 0, flags]) + syncsafe(len(body)) + body


def user_text(
    version: int, key: str, text: str, *, encoding: int = 0, flags: int = 0, packed: bytes | None = None
) -> bytes:
    """A TXXX frame; ``packed`` takes the place of the content that the arguments make."""
    codec, zero = (("latin-1", b"\0"), ("utf-16", b"\0\0"), ("utf-16-be", b"\0\0"), ("utf-8", b"\0"))[
        encoding
    ]
    body = packed or bytes([encoding]) + key.encode(codec) + zero + text.encode(codec)
    if version == 2:
        return b"TXX" + len(body).to_bytes(3, "big") + body
    size = syncsafe(len(body)) if version == 4 else struct.pack(">I", len(body))
    return b"TXXX" + size + bytes([0, flags]) + body


def glb(text: bytes, kind: bytes = b"JSON") -> bytes:
    return b"glTF" + struct.pack("<III", 2, 20 + len(text), len(text)) + kind + text


def safetensors(header: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header


def exr(**attributes: str) -> bytes:
    rows = (
        f"{key}\0string\0".encode() + struct.pack("<i", len(text)) + text.encode()
        for key, text in attributes.items()
    )
    return b"v/1\x01\x02\0\0\0" + b"".join(rows) + b"\0"
