"""safetensors and ComfyUI's .latent: ``__metadata__`` of the header (frontend ``scripts/pnginfo.ts``)."""

from __future__ import annotations

from converter.sources.blob import Blob, little, text
from converter.sources.fields import Fields, unbundle


def fields(data: Blob) -> Fields:
    """``workflow`` and ``prompt`` of the metadata, which are JSON texts."""
    header = text(data, 8, little(data, 0, 8))
    yield from unbundle(header.decode("utf-8", errors="replace"), "__metadata__")
