"""A key for all that the scan of a pack depends on: the contents of its files, and the scanner itself.

Times and sizes of files do not say whether a pack is the same; a check-out or a copy changes them, and an
edit may not.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

import comfyc.scan
from comfyc.catalog.bundled import CORE
from comfyc.safety.opening import read_regular
from comfyc.scan.files import PackFiles
from comfyc.scan.limits import MAX_DATA
from comfyc.version import version

_MOST = 256 << 20
"""Bytes of a pack that are compared, four times what a scan reads; what lies beyond counts by its size."""
_OF_MEDIA = re.compile(
    r"\.(7z|avif|bin|bmp|ckpt|flac|gguf|gif|glb|gz|ico|jpe?g|mov|mp[34]|np[yz]|ogg|onnx|otf|pdf|pkl|png|pth?"
    r"|safetensors|so|tar|ttf|wav|web[mp]|whl|woff2?|zip)",
    re.IGNORECASE,
)
"""Kinds of files from which no source code makes a definition of a node: they count by name and size."""


def key_of(name: str, files: PackFiles) -> str:
    """The key of a pack that ComfyUI calls ``name``: two packs of the same key have the same scan."""
    found = hashlib.blake2b(digest_size=16)
    for part in (name, files.package, version(), CORE, _scanner()):
        found.update(part.encode("utf-8", "surrogateescape") + b"\0")
    left = _MOST
    for path in sorted(files.files):
        contents, size = _contents(files.root / path, left)
        left -= size
        found.update(f"{path}\0".encode("utf-8", "surrogateescape") + contents)
    for folder in sorted(files.folders):
        found.update(f"{folder}\0".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def _contents(path: Path, left: int) -> tuple[bytes, int]:
    """What counts of a file: a hash of its contents, or its size; and how many bytes were read for that."""
    try:
        if not _OF_MEDIA.fullmatch(path.suffix):
            data = read_regular(path, min(MAX_DATA, left))
            return hashlib.blake2b(data, digest_size=16).digest(), len(data)
    except OSError:  # it cannot be read by a scan either, or is too large for one
        pass
    try:
        return b"size" + path.lstat().st_size.to_bytes(12, "big"), 0
    except OSError:
        return b"gone", 0


@cache
def _scanner() -> str:
    """A hash of the scanner's own source, so that another scanner does not take what this one has found."""
    found = hashlib.blake2b(digest_size=16)
    for path in sorted(Path(comfyc.scan.__file__).parent.glob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()
