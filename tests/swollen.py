"""Small files that claim, repeat or unpack to gigabytes, one of each kind for each carrier."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Callable

from tests import carriers
from tests.carriers import box, chunk, element

Made = Callable[[], bytes]

LARGE = 66 << 20
"""Bytes that a bomb unpacks to: more than may come out of one file."""
MANY = 4_000
"""Parts of one kind; the time that they cost is bounded elsewhere (tests/test_limits.py)."""

_LISTS = '{"nodes":[' + ",".join(["[]"] * 60_000) + "]}"
"""A text each value of which is worth a finding."""


def zipped(size: int = LARGE) -> bytes:
    """A JSON object of so many bytes, compressed a thousandfold."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(b"{")]
    parts += [packer.compress(b" " * (1 << 20)) for _ in range(size >> 20)]
    return b"".join([*parts, packer.compress(b"}"), packer.flush()])


def _broken(size: int) -> bytes:
    return zipped(size)[:-8]


def tiff(count: int, body: bytes) -> bytes:
    """A TIFF directory of ``count`` entries that all name the same text."""
    at = 10 + 12 * count
    entry = struct.pack("<HHII", 0x010F, 2, len(body), at)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", count) + entry * count + body


_LONG = b"workflow:" + bytes(1 << 20)
_PAGE = carriers.vorbis_comments([("workflow", "")] * 5000)
_INSIDE = b'{"asset":{"extras":{"workflow":' + _LISTS.encode() + b"}}}"
_META = b'{"__metadata__":{"workflow":' + _LISTS.encode() + b"}}"


def _mp4(*boxes: bytes) -> bytes:
    return box(b"ftyp", b"isom") + box(b"moov", box(b"udta", box(b"meta", bytes(4), *boxes)))


def _items(count: int, text: str) -> bytes:
    """A metadata list with one key and many items of it."""
    keys = box(b"keys", struct.pack(">II", 0, 1), box(b"mdta", b"workflow"))
    item = box(b"\0\0\0\1", box(b"data", bytes(8), text.encode()))
    return _mp4(keys, box(b"ilst", item * count))


def _zlib_frame(body: bytes) -> bytes:
    return carriers.user_text(4, "", "", flags=0x09, packed=bytes(4) + body)


CARRIERS: dict[str, dict[str, Made]] = {
    "png": {
        "bomb": lambda: carriers.png(chunk(b"zTXt", b"workflow\0\0" + zipped())),
        "bombs beside each other": lambda: carriers.png(
            *[
                chunk(b"zTXt", key + b"\0\0" + zipped(24 << 20))
                for key in (b"workflow", b"prompt", b"Comment")
            ]
        ),
        "damaged bombs": lambda: carriers.png(*[chunk(b"zTXt", b"workflow\0\0" + _broken(8 << 20))] * 30),
        "empty texts": lambda: carriers.png(*[chunk(b"tEXt", b"workflow\0")] * MANY),
        "damaged texts": lambda: carriers.png(*[chunk(b"zTXt", b"workflow\0\0x")] * MANY),
        "cut off": lambda: carriers.PNG + chunk(b"zTXt", b"workflow\0\0" + zipped())[:-500],
        "findings": lambda: carriers.png(chunk(b"zTXt", b"workflow\0\0" + zlib.compress(_LISTS.encode()))),
    },
    "webp": {
        "many entries over one text": lambda: carriers.webp(tiff(9_000, _LONG)),
        "empty texts": lambda: carriers.webp(tiff(9_000, b"workflow:")),
        "damaged texts": lambda: carriers.webp(tiff(9_000, _LONG)[:-500]),
        "findings": lambda: carriers.webp(carriers.exif({0x010F: b"workflow:" + _LISTS.encode()})),
    },
    "jpeg": {
        "many entries over one text": lambda: carriers.jpeg(
            *[(0xE1, b"Exif\0\0" + tiff(2000, b"workflow:" + bytes(40_000)))] * 3
        ),
        "empty texts": lambda: carriers.jpeg(*[(0xFE, b"")] * MANY),
        "damaged texts": lambda: carriers.jpeg(*[(0xE1, b"Exif\0\0" + tiff(5000, b"")[:-1])] * 3),
    },
    "avif": {
        "many entries over one text": lambda: carriers.avif(tiff(9_000, _LONG), in_meta=True),
        "cut off": lambda: carriers.avif(tiff(100, _LONG), in_meta=False)[:-5000],
    },
    "mp4": {
        "many texts": lambda: _items(90, '{"a":"' + "x" * (1 << 20)),
        "empty texts": lambda: _items(MANY, ""),
        "cut off": lambda: _items(3, "x" * (1 << 20))[:-5000],
        "findings": lambda: _items(1, _LISTS),
    },
    "mov": {"empty lists": lambda: box(b"moov", box(b"udta", box(b"meta", bytes(4))) * MANY)},
    "webm": {
        "many texts": lambda: carriers.matroska(carriers.simple_tag("workflow", "{" + " " * (1 << 20)) * 90),
        "empty texts": lambda: carriers.matroska(carriers.simple_tag("workflow", "") * MANY),
        "cut off": lambda: carriers.matroska(carriers.simple_tag("workflow", _LISTS))[:-5000],
        "findings": lambda: carriers.matroska(carriers.simple_tag("workflow", _LISTS)),
        "unknown lengths": lambda: carriers.matroska(element(0x1F43B675, unknown=True) * MANY),
    },
    "flac": {
        "many texts": lambda: carriers.flac(
            *[carriers.vorbis_comments([("workflow", "x" * (8 << 20))])] * 12
        ),
        "empty texts": lambda: carriers.flac(*[_PAGE] * 2),
        "cut off": lambda: carriers.flac(carriers.vorbis_comments([("workflow", _LISTS)]))[:-5000],
        "findings": lambda: carriers.flac(carriers.vorbis_comments([("workflow", _LISTS)])),
        "base64": lambda: carriers.flac(
            carriers.vorbis_comments([("workflow", base64.b64encode(bytes(1 << 20)).decode())])
        ),
    },
    "ogg": {
        "empty texts": lambda: carriers.ogg(b"OpusHead", b"OpusTags" + _PAGE * 2),
        "streams": lambda: b"".join(carriers.ogg(b"OpusHead", stream=at) for at in range(2_000)),
        "cut off": lambda: carriers.ogg(b"OpusHead", b"OpusTags" + _PAGE)[:-500],
        "findings": lambda: carriers.ogg(
            b"OpusHead", b"OpusTags" + carriers.vorbis_comments([("workflow", _LISTS)])
        ),
    },
    "mp3": {
        "bomb": lambda: carriers.id3(4, _zlib_frame(zipped())),
        "damaged bombs": lambda: carriers.id3(4, *[_zlib_frame(_broken(8 << 20))] * 30),
        "unsynchronised bombs": lambda: carriers.id3(
            4, *[_zlib_frame(zipped(8 << 20).replace(b"\xff", b"\xff\0"))] * 40, flags=0x80
        ),
        "empty texts": lambda: carriers.id3(4, *[carriers.user_text(4, "workflow", "")] * MANY),
        "cut off": lambda: carriers.id3(3, carriers.user_text(3, "workflow", _LISTS, encoding=1))[:-5000],
        "zeros": lambda: carriers.id3(4, carriers.user_text(4, "", "", packed=b"\1" + b"a\0\0b" * (1 << 19))),
    },
    "exr": {
        "empty texts": lambda: b"v/1\x01\x02\0\0\0" + b"workflow\0string\0\0\0\0\0" * MANY + b"\0",
        "cut off": lambda: carriers.exr(workflow=_LISTS)[:-5000],
        "findings": lambda: carriers.exr(workflow=_LISTS),
    },
    "svg": {
        "findings": lambda: f"<svg><metadata><![CDATA[{_LISTS}]]></metadata></svg>".encode(),
        "cut off": lambda: f"<svg><metadata><![CDATA[{_LISTS}".encode(),
        "openings": lambda: b"<svg>" + b"<metadata><![CDATA[" * MANY,
    },
    "glb": {
        "findings": lambda: carriers.glb(_INSIDE),
        "cut off": lambda: carriers.glb(_INSIDE)[:-5000],
        "values": lambda: carriers.glb(b'{"asset":[' + b"[]," * 2_000_000 + b"0]}"),
    },
    "safetensors": {
        "findings": lambda: carriers.safetensors(_META),
        "cut off": lambda: carriers.safetensors(_META)[:-5000],
        "values": lambda: carriers.safetensors(b'{"a":[' + b"[]," * 2_000_000 + b"0]}"),
    },
}
"""By container the kinds of hostile files."""


def _repeated(value: str, count: int) -> str:
    return ",".join([value] * count)


def _nodes(node: str, count: int) -> str:
    nodes = ",".join(node % at for at in range(count))
    return f'{{"version":0.4,"nodes":[{nodes}],"links":[]}}'


def _deep(levels: int) -> str:
    """Subgraphs of two nodes of the next kind: two to the power of ``levels`` nodes."""
    definitions = [
        {"id": f"g{at}", "name": "g", "links": [], "nodes": [{"id": n, "type": f"g{at + 1}"} for n in (1, 2)]}
        for at in range(levels)
    ]
    document = {"version": 0.4, "links": [], "nodes": [{"id": 1, "type": "g0"}]}
    return json.dumps({**document, "definitions": {"subgraphs": definitions}})


DOCUMENTS: dict[str, Callable[[], str]] = {
    "lists for nodes": lambda: _LISTS,
    "values": lambda: "[" + _repeated("[]", 1_000_001) + "]",
    "unclosed objects": lambda: '{"a":' * 300_000,
    "wide letters": lambda: "[" + ",".join(f'{{"😀{at}":"😀{at}"}}' for at in range(600_000)) + "]",
    "keys that come again": lambda: '{"nodes":[' + _repeated('{"a":0,"a":0}', 100_000) + "]}",
    "nodes": lambda: _nodes('{"id":%d,"type":"Note"}', 60_000),
    "nodes with many widgets": lambda: _nodes('{"id":%d,"type":"LoRA Stacker"}', 8_000),
    "links": lambda: (
        '{"version":0.4,"nodes":[{"id":1,"type":"EmptyImage"},{"id":2,"type":"SaveImage"}],"links":['
        + ",".join(f'[{at},1,0,2,{at},"x"]' for at in range(60_000))
        + "]}"
    ),
    "inputs": lambda: (
        '{"version":0.4,"links":[],"nodes":[{"id":1,"type":"X","inputs":['
        + ",".join(f'{{"name":"a{at}"}}' for at in range(600_000))
        + "]}]}"
    ),
    "widget values": lambda: (
        '{"version":0.4,"links":[],"nodes":[{"id":1,"type":"X","widgets_values":['
        + _repeated("0", 300_000)
        + "]}]}"
    ),
    "a definition 2 to the power of 30 times": lambda: _deep(30),
    "a prompt": lambda: "{" + ",".join(f'"{at}":{{"class_type":"SaveImage"}}' for at in range(60_000)) + "}",
    "JSON in a text": lambda: json.dumps({"prompt": _LISTS}),
    "values in a text": lambda: json.dumps({"prompt": '{"nodes":[' + _repeated("[]", 1_000_001) + "]}"}),
    "JSON Lines": lambda: "1\n" * 1_000_000,
    "letters that are none": lambda: '["' + "\udcff" * 2_000_000,
}
"""Texts by what multiplies in them; each as a file of its own."""


def files() -> dict[str, Made]:
    """All of them, by name."""
    made = {f"{kind}: {what}": make for kind, cases in CARRIERS.items() for what, make in cases.items()}
    return made | {f"json: {what}": _encoded(make) for what, make in DOCUMENTS.items()}


def _encoded(make: Callable[[], str]) -> Made:
    return lambda: make().encode("utf-8", "surrogateescape")
