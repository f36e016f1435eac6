"""ComfyUI's own node types, and those of the editor that never reach the prompt (its ``extensions/core``)."""

from __future__ import annotations

from functools import cache

from comfyc.catalog.bundle import read_header
from comfyc.catalog.bundled import CATALOGS, CORE
from comfyc.catalog.core_types import EDITOR_ONLY, PRIMITIVE, REROUTE, Trait, types_with
from comfyc.packs.behaviour import Behaviour, pass_through


@cache
def core_types() -> frozenset[str]:
    """ComfyUI's own node types on the server, for entries of object_info that name no module."""
    return frozenset(read_header(CATALOGS / CORE)["names"])


BEHAVIOURS = {
    REROUTE: Behaviour(pass_through, EDITOR_ONLY[REROUTE], (("", "*"),), ("*",)),
    PRIMITIVE: Behaviour(pass_through, EDITOR_ONLY[PRIMITIVE], outputs=("*",)),
    **{name: Behaviour(pass_through, EDITOR_ONLY[name]) for name in types_with(Trait.NOTE)},
}
