"""GLB: ``asset.extras`` of the JSON chunk (glTF 2.0 section 4; frontend ``scripts/metadata/gltf.ts``)."""

from __future__ import annotations

from comfyc.sources.blob import DamagedError, Metered, little, take
from comfyc.sources.fields import Fields, unbundle


def fields(data: Metered) -> Fields:
    """``workflow`` and ``prompt`` of the extras: JSON texts as ComfyUI's SaveGLB writes them, or objects."""
    if take(data, 16, 4) != b"JSON":
        raise DamagedError("the first chunk of the GLB file is not JSON")
    body = take(data, 20, little(data, 12))
    yield from unbundle(body, data.budget, "asset", "extras")
