"""safetensors and ComfyUI's .latent: ``__metadata__`` of the header (frontend ``scripts/pnginfo.ts``)."""

from __future__ import annotations

from comfyc.sources.blob import Metered, little, take
from comfyc.sources.fields import Fields, unbundle


def fields(data: Metered) -> Fields:
    """``workflow`` and ``prompt`` of the metadata, which are JSON texts."""
    header = take(data, 8, little(data, 0, 8))
    yield from unbundle(header, data.budget, "__metadata__")
