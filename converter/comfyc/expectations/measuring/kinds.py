"""What the bytes of a file are, whatever its name."""

from __future__ import annotations

import re
from pathlib import Path

from comfyc.carriers import JSON
from comfyc.sources.blob import Blob
from comfyc.sources.sniff import container

_FINER = (
    ("opus", rb"OggS.{24}.*?OpusHead"),
    ("mkv", rb"\x1aE\xdf\xa3.*?matroska"),
    ("mov", rb".{4}ftypqt  "),
    ("m4a", rb".{4}ftypM4A "),
    ("gif", rb"GIF8"),
    ("bmp", rb"BM.{4}\0{4}"),
    ("tiff", rb"II\*\0|MM\0\*"),
    ("wav", rb"RIFF.{4}WAVE"),
)
"""Types that are no carriers, or of which a carrier has several (``carriers.py``)."""

PICTURES = frozenset({"png", "webp", "jpeg", "avif", "exr", "svg", "gif", "bmp", "tiff"})
VIDEOS = frozenset({"mp4", "mov", "webm", "mkv"})
SOUNDS = frozenset({"flac", "ogg", "opus", "mp3", "wav", "m4a"})
_BY_NAME_ONLY = (None, JSON, "safetensors")
"""What the bytes do not say enough of: text of any kind, and what is unknown."""


def type_of(data: Blob, path: Path) -> str:
    """The type of a file in small letters, as its bytes say; its ending if they do not say it."""
    head = data[0:64]
    finer = next((name for name, magic in _FINER if re.match(magic, head, re.DOTALL)), None)
    if finer is not None:
        return finer
    found = container(data)
    ending = path.suffix.casefold().removeprefix(".")
    return (ending or "unknown") if found is None or found in _BY_NAME_ONLY else found


def kind_of(type_: str) -> str:
    """Which of the kinds of ``terms.KINDS`` a file of this type is of: "files" if it is nothing more."""
    if type_ in PICTURES:
        return "images"
    if type_ in VIDEOS:
        return "videos"
    return "audio" if type_ in SOUNDS else "files"
