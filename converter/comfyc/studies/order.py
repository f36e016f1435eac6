"""The order in which rows are made: what is expensive to load changes least.

A server keeps the outputs of nodes that two prompts in a row have in common (comfy_execution/caching.py),
and the models that it has loaded. So rows that need the same models are made together, on the same server if
there are several, and among these the inputs that most nodes depend on change least.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from comfyc.catalog import Catalog
from comfyc.interface.tracing import Target
from comfyc.prompt import Prompt

_MODELS = frozenset({"MODEL", "CLIP", "VAE", "CLIP_VISION", "CONTROL_NET", "STYLE_MODEL", "UPSCALE_MODEL"})
_MODEL = 1000
"""What a node that loads a model weighs; any other node weighs 1."""
_MOST_VALUES = 4096
"""Values of a column that are told apart; what comes later keeps the order of the rows."""


class Ordering:
    """Says of each row what it needs loaded, and sorts it. ``columns`` has the inputs of the prompt that each
    column sets."""

    def __init__(self, prompt: Prompt, catalog: Catalog, columns: Mapping[str, Sequence[Target]]) -> None:
        loading = {ident for ident, node in prompt.items() if _loads(node, catalog)}
        users = _users(prompt)
        weights = {name: _weight(targets, users, loading) for name, targets in columns.items()}
        self._loads = [
            name for name, targets in columns.items() if any(node in loading for node, _ in targets)
        ]
        self._columns = sorted(weights, key=lambda name: (name not in self._loads, -weights[name]))
        self._ranks: dict[str, dict[str, int]] = {name: {} for name in self._columns}

    def load_of(self, parameters: Mapping[str, Any]) -> str:
        """What is expensive to load for a row, as a text that is the same for all rows that share it."""
        return json.dumps([parameters.get(name) for name in self._loads]) if self._loads else ""

    def order_of(self, parameters: Mapping[str, Any]) -> bytes:
        """Sorts the rows: by the values of the heaviest column first, which keep the order they came in."""
        ranks = []
        for name in self._columns:
            known, value = self._ranks[name], repr(parameters.get(name))
            if value not in known and len(known) < _MOST_VALUES:
                known[value] = len(known)
            ranks.append(known.get(value, _MOST_VALUES))
        return struct.pack(f">{len(ranks)}H", *ranks)


def _loads(node: Any, catalog: Catalog) -> bool:
    """Does a node of this class put out a model? By the types of its outputs in object_info."""
    info = catalog.info(str(node.get("class_type")))
    outputs = info.get("output") if info is not None else None
    return isinstance(outputs, list) and any(isinstance(one, str) and one in _MODELS for one in outputs)


def _users(prompt: Prompt) -> dict[str, set[str]]:
    """The nodes that take an output of each node."""
    users: dict[str, set[str]] = {ident: set() for ident in prompt}
    for ident, node in prompt.items():
        for value in node["inputs"].values():
            if isinstance(value, list) and len(value) == 2 and value[0] in users:
                users[value[0]].add(ident)
    return users


def _weight(targets: Sequence[Target], users: Mapping[str, set[str]], loading: set[str]) -> int:
    """What the nodes weigh that run again when these inputs change."""
    found: set[str] = set()
    waiting = [node for node, _ in targets if node in users]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += users[node]
    return sum(_MODEL if node in loading else 1 for node in found)
