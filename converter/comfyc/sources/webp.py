"""WebP: the EXIF chunk of a RIFF file (WebP container specification; frontend ``scripts/pnginfo.ts``)."""

from __future__ import annotations

from comfyc.sources import exif
from comfyc.sources.blob import DamagedError, Metered, little, take
from comfyc.sources.fields import Fields


def fields(data: Metered) -> Fields:
    """The texts of the first EXIF chunk. The editor does not look for a second one, either."""
    offset = 12
    while offset + 8 <= len(data):
        length = little(data, offset + 4)
        if take(data, offset, 4) == b"EXIF":
            yield from exif.fields(data.inner(take(data, offset + 8, length).removeprefix(b"Exif\0\0")))
            return
        offset += 8 + length + length % 2
    if offset > len(data) + 1:
        raise DamagedError(f"the image is truncated at byte {len(data)}")
