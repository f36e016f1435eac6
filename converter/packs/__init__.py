"""What nodes do in the browser beyond what object_info says: one :class:`Behaviour` per node type.

A pack is a table of them. The editor's own nodes are the pack ``core``; custom-node packs follow.
Nothing registers itself on import: :class:`Packs` is built from the tables it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from converter.graph import StandsFor


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one node type behaves in the editor.

    ``stands_for`` makes it an editor-only node: it never reaches the prompt, and its outputs stand
    for what the function says. ``title`` is what such a node is called where the file has no title;
    ``inputs`` (name and type) and ``outputs`` (type) are its slots where the file lists none.
    """

    stands_for: StandsFor | None = None
    title: str = ""
    inputs: tuple[tuple[str, str], ...] = ()
    outputs: tuple[str, ...] = ()


class Packs:
    """Behaviours by node type; of two tables with one type the later wins."""

    __slots__ = ("_behaviours",)

    def __init__(self, tables: Iterable[Mapping[str, Behaviour]]) -> None:
        self._behaviours: dict[str, Behaviour] = {}
        for table in tables:
            self._behaviours.update(table)

    def behaviour(self, node_type: str) -> Behaviour | None:
        """The behaviour of a node type, None for the many that have none."""
        return self._behaviours.get(node_type)


@cache
def default_packs() -> Packs:
    """The packs that ship with comfyc."""
    from converter.packs import core  # noqa: PLC0415 - the tables need Behaviour from here

    return Packs([core.BEHAVIOURS])
