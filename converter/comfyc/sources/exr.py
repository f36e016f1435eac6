"""OpenEXR: string attributes of the header, as ComfyUI's SaveImageAdvanced writes them.

The editor does not read EXR files; the server's ``comfy_extras/nodes_images.py`` writes them.
"""

from __future__ import annotations

from comfyc.sources.blob import Blob, DamagedError, little, take
from comfyc.sources.fields import Field, Fields, wanted

_NAME = 256
"""Upper bound on the bytes of an attribute's name or type, including the zero byte at its end."""


def fields(data: Blob) -> Fields:
    """The wanted attributes ``name, type, size, value`` up to the empty name that ends the header."""
    offset = 8
    while name := _name(data, offset):
        offset += len(name) + 1
        offset += len(_name(data, offset)) + 1
        size = little(data, offset)
        key = name.decode("latin-1")
        if wanted(key):
            yield Field(key, take(data, offset + 4, size))
        offset += 4 + size


def _name(data: Blob, offset: int) -> bytes:
    name, zero, _ = take(data, offset, min(_NAME, max(len(data) - offset, 1))).partition(b"\0")
    if not zero:
        raise DamagedError(f"there is no attribute at byte {offset}")
    return name
