"""What a file is, by its first bytes; its name is not asked."""

from __future__ import annotations

import re

from comfyc.sources.blob import Blob

_JSON_STARTS = (b'{"', b"{\n", b"{\r", b"{ ", b"{}")
_NOT_JSON_START = rb'[^\s{\["]'

_CONTAINERS = (
    rb"(?P<png>\x89PNG)|(?P<webp>RIFF.{4}WEBP)|(?P<jpeg>\xff\xd8\xff)|(?P<webm>\x1aE\xdf\xa3)"
    rb"|(?P<flac>fLaC)|(?P<ogg>OggS)|(?P<mp3>ID3|\xff[\xfb\xfa\xf3\xf2])|(?P<glb>glTF)|(?P<exr>v/1\x01)"
    rb"|(?P<avif>.{4}ftyp(?:.{4})*?(?:avif|avis|mif1|msf1|heic|heix|hevc))"
    rb"|(?P<mp4>" + _NOT_JSON_START + rb".{3}(?:ftyp|moov|mdat|wide|free|skip|pnot))"
    rb"|(?P<safetensors>.{3}\0{5}\{\s*[\"}])"
)
"""Compiled when a file turns up that does not begin like JSON, as the other patterns here."""

_SAME_RUN = "look for the PNG, WebP, FLAC or MP4 file of the same run"
_OTHERS = (
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

_CONTROL = rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]"
_UTF16_MARK = rb"\xff\xfe|\xfe\xff"
_WIDE = rb"\0{0,3}[{\[\s]\0{1,3}[\s\"{}\[\]]?"


def container(data: Blob) -> str | None:
    """The container family of a file, 'json' for text, None for what can hold no workflow."""
    head = data[0:64]
    if head[:2] in _JSON_STARTS:
        return "json"
    found = re.match(_CONTAINERS, head, re.DOTALL)
    if found:
        return found.lastgroup
    start = data[0:4096]
    if any(re.match(magic, head, re.DOTALL) for magic, _, _ in _OTHERS) or not _is_text(start):
        return None
    return "svg" if _is_svg(start) else "json"


def other_format(data: Blob) -> tuple[str, str | None]:
    """What a file that is no container is, for a message, and what to do with it."""
    head = data[0:64]
    found = ((name, hint) for magic, name, hint in _OTHERS if re.match(magic, head, re.DOTALL))
    return next(found, ("binary data of an unknown kind", None))


def _is_text(start: bytes) -> bool:
    """UTF-8 or some single-byte encoding, or UTF-16 and UTF-32 of what may be JSON."""
    wide = re.match(_UTF16_MARK, start) or re.match(_WIDE, start)
    return bool(wide) or not re.search(_CONTROL, start)


def _is_svg(start: bytes) -> bool:
    head = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not head.startswith(b"<"):
        return False
    svg, html = head.find(b"<svg"), head.find(b"<html")
    return svg >= 0 and not 0 <= html < svg
