"""By what prompts are found again among many: a hash of what a server would run, and the types of nodes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def prompt_hash(prompt: Mapping[str, Any]) -> str:
    """The SHA-256 of what a server would run: neither titles nor the order of nodes and inputs count; "" for
    no nodes.

    It is that of the prompt without ``_meta`` as JSON text in ASCII, with sorted keys and no white space.
    """
    if not prompt:
        return ""
    bare = {
        ident: {key: value for key, value in node.items() if key != "_meta"}
        if isinstance(node, dict)
        else node
        for ident, node in prompt.items()
    }
    spelt = json.dumps(bare, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(spelt.encode("ascii")).hexdigest()


def node_types(prompt: Mapping[str, Any]) -> tuple[str, ...]:
    """The types of the nodes in a prompt, each once, sorted."""
    nodes = (one for one in prompt.values() if isinstance(one, dict))
    return tuple(sorted({kind for one in nodes if isinstance(kind := one.get("class_type"), str)}))
