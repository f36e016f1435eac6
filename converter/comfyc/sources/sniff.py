"""Recognise the format of a file by its first bytes, whatever its name."""

from __future__ import annotations

import re

from comfyc.carriers import CARRIERS, JSON
from comfyc.sources.blob import Blob

_JSON_STARTS = (b'{"', b"{\n", b"{\r", b"{ ", b"{}")

_SAME_RUN = "look for the PNG, WebP, FLAC or MP4 file of the same run"
OTHERS = (
    (rb"PK\x03\x04", "a ZIP archive", "unpack it and pass the file inside"),
    (rb"\x1f\x8b", "a gzip archive", "unpack it with gunzip"),
    (rb"7z\xbc\xaf", "a 7-Zip archive", "unpack it and pass the file inside"),
    (rb"Rar!", "a RAR archive", "unpack it and pass the file inside"),
    (rb"%PDF", "a PDF document", None),
    (rb"GIF8", "a GIF picture", _SAME_RUN),
    (rb"BM.{4}\0{4}", "a BMP picture", _SAME_RUN),
    (rb"II\*\0|MM\0\*", "a TIFF picture", _SAME_RUN),
    (rb"8BPS", "a Photoshop document", _SAME_RUN),
    (rb"RIFF.{4}WAVE", "a WAV sound", _SAME_RUN),
    (rb"RIFF.{4}AVI ", "an AVI video", _SAME_RUN),
)
"""Formats that cannot hold a workflow: magic, what a message calls them, and a hint."""

_CONTROL = rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]"
_UTF16_MARK = rb"\xff\xfe|\xfe\xff"
_WIDE = rb"\0{0,3}[{\[\s]\0{1,3}[\s\"{}\[\]]?"


def container(data: Blob) -> str | None:
    """The name of the carrier that a file is (``Carrier.name``), 'json' for other text, and None for a file
    that cannot hold a workflow."""
    head = data[0:64]
    if head[:2] in _JSON_STARTS:
        return JSON
    found = _first_match(head, is_text=False)
    if found is not None:
        return found
    start = data[0:4096]
    if any(re.match(magic, head, re.DOTALL) for magic, _, _ in OTHERS) or not _is_text(start):
        return None
    return _first_match(start, is_text=True) or JSON


def _first_match(start: bytes, *, is_text: bool) -> str | None:
    """The first carrier whose magic matches. Not called for files that begin like JSON, so that the patterns
    need not be compiled for them."""
    rows = (one for one in CARRIERS if one.is_text is is_text)
    return next((one.name for one in rows if re.match(one.magic, start, re.DOTALL)), None)


def other_format(data: Blob) -> tuple[str, str | None]:
    """The name of a format that cannot hold a workflow, for a message, and a hint."""
    head = data[0:64]
    found = ((name, hint) for magic, name, hint in OTHERS if re.match(magic, head, re.DOTALL))
    return next(found, ("binary data of an unknown kind", None))


def _is_text(start: bytes) -> bool:
    """Whether the bytes may be text: UTF-8 or a single-byte encoding, or JSON in UTF-16 or UTF-32."""
    wide = re.match(_UTF16_MARK, start) or re.match(_WIDE, start)
    return bool(wide) or not re.search(_CONTROL, start)
