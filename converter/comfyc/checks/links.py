"""Links in a prompt, and which output may go into which input (comfy_execution/validation.py)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

ANY = "*"
MATCH = "COMFY_MATCHTYPE_V3"

LINK_ONLY = frozenset(
    {
        *("IMAGE", "MASK", "LATENT", "MODEL", "CLIP", "VAE", "CONDITIONING", "CONTROL_NET", "STYLE_MODEL"),
        *("CLIP_VISION", "CLIP_VISION_OUTPUT", "GLIGEN", "UPSCALE_MODEL", "LATENT_UPSCALE_MODEL", "HOOKS"),
        *("SAMPLER", "SIGMAS", "NOISE", "GUIDER", "AUDIO", "AUDIO_ENCODER", "AUDIO_ENCODER_OUTPUT", "VIDEO"),
        *("MODEL_PATCH", "PHOTOMAKER", "LORA_MODEL", "MESH", "VOXEL", "HOOK_KEYFRAMES", "TIMESTEPS_RANGE"),
    }
)
"""Types whose values exist only inside the server and cannot be written as JSON."""


def is_link(value: Any) -> bool:
    """Whether the server runs a value as a link (graph_utils.is_link). In validation any list counts as
    one."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int | float)
    )


def may_link(received: Any, wanted: Any) -> bool:
    """Whether an output of type ``received`` may go into an input of type ``wanted``.

    A type is a string ("A,B" means either) or, for a V1 combo, its list of options.
    """
    if isinstance(received, str) and isinstance(wanted, str):
        return _share_a_type(received, wanted)
    if received == wanted:
        return True
    if ANY in (received, wanted) or MATCH in (received, wanted):
        return True
    return isinstance(received, list) and wanted == "COMBO"


@lru_cache(maxsize=4096)
def _share_a_type(received: str, wanted: str) -> bool:
    if received == wanted or MATCH in (received, wanted):
        return True
    given = {part.strip() for part in received.split(",")}
    taken = {part.strip() for part in wanted.split(",")}
    return ANY in given or ANY in taken or not given.isdisjoint(taken)
