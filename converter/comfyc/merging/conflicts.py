"""Conflicts of a merge: what both sides have changed, as a record, as JSON in the file, and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comfyc.documents import is_workflow
from comfyc.graph import ABSENT, BYPASSED, MUTED
from comfyc.javascript.values import shown
from comfyc.merging.values import Path

MEMBER = "comfyc"
"""The member of ``extra`` (in a prompt, of a node's ``_meta``) that has the list ``conflicts``."""
_NAMES = ("base", "ours", "theirs")
_MODES = {0: "runs", MUTED: "muted", BYPASSED: "bypassed"}


@dataclass(frozen=True, slots=True)
class Conflict:
    """One value that both sides have changed, or a node that one side has changed and the other deleted.

    ``graph`` is the id of a definition, "" for the main graph. ``node`` is the id of the node in it, None for
    what belongs to no node. ``kind`` is "value", "link" or "node"; ``path`` leads from the node, or from the
    graph, to the value; ``input`` is the name of the input, if it is known. The three values may be
    ``ABSENT``. A link is ``[id of its origin, output slot]``. ``links`` are those of a deleted node:
    ``[origin, output slot, target, name of the input]``.
    """

    graph: str
    node: str | int | None
    kind: str
    path: Path
    base: Any
    ours: Any
    theirs: Any
    title: str = ""
    input: str | None = None
    links: tuple[tuple[Any, ...], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The conflict as it is listed in the file; a value that is absent is left out."""
        about = {
            "kind": self.kind,
            "graph": self.graph or None,
            "node": self.node,
            "title": self.title or None,
            "input": self.input,
            "path": list(self.path) or None,
        }
        found: dict[str, Any] = {name: value for name, value in about.items() if value is not None}
        values = zip(_NAMES, (self.base, self.ours, self.theirs), strict=True)
        found |= {name: value for name, value in values if value is not ABSENT}
        if self.links:
            found["links"] = [list(link) for link in self.links]
        return found

    @classmethod
    def of_json(cls, raw: Mapping[str, Any]) -> Conflict | None:
        """The conflict that an entry of the list describes; None for an entry that has not its form."""
        path, node, links = raw.get("path", []), raw.get("node"), raw.get("links", [])
        if raw.get("kind") not in ("value", "link", "node") or not isinstance(path, list):
            return None
        if not isinstance(node, (str, int, type(None))) or not all(isinstance(at, (str, int)) for at in path):
            return None
        if not isinstance(links, list) or not all(
            isinstance(link, list) and len(link) == 4 for link in links
        ):
            return None
        graph, title, name = raw.get("graph", ""), raw.get("title", ""), raw.get("input")
        base, ours, theirs = (raw.get(one, ABSENT) for one in _NAMES)
        return cls(
            graph if isinstance(graph, str) else "",
            node,
            raw["kind"],
            tuple(path),
            base,
            ours,
            theirs,
            title if isinstance(title, str) else "",
            name if isinstance(name, str) else None,
            tuple(map(tuple, links)),
        )

    @property
    def where(self) -> str:
        """The node and the input in words: ``KSampler #3, steps``."""
        node = "" if self.node is None else f"{self.title} #{self.node}".strip()
        names = [] if self.kind == "node" else [self.input or _in_words(self.path)]
        graph = f"subgraph {self.graph}" if self.graph else ""
        return ", ".join(part for part in (graph, node, *names) if part)

    def words(self) -> str:
        """The conflict in one line."""
        if self.kind == "node":
            if self.ours is not ABSENT and self.theirs is not ABSENT:
                return f"{self.where}: both sides changed the node, one of them its type"
            sides = ("deleted", "changed") if self.ours is ABSENT else ("changed", "deleted")
            return f"{self.where}: ours {sides[0]} the node, theirs {sides[1]} it"
        values = zip(_NAMES, (self.base, self.ours, self.theirs), strict=True)
        return f"{self.where}: " + ", ".join(f"{name} {self._value(value)}" for name, value in values)

    def _value(self, value: Any) -> str:
        if value is ABSENT:
            return "none"
        if self.kind == "link" and isinstance(value, list) and len(value) == 2:
            return f"output {value[1]} of node {value[0]}"
        if self.path == ("mode",) and isinstance(value, int):
            return _MODES.get(value, shown(value))
        return shown(value)


def _in_words(path: Path) -> str:
    return "".join(f"[{at}]" if isinstance(at, int) else f".{at}" for at in path).removeprefix(".")


def listed(document: Any) -> Iterator[tuple[Path, Any]]:
    """The entries of all lists of conflicts in a workflow or prompt, with the pointers to them."""
    if not isinstance(document, dict):
        return
    holders: list[tuple[Path, Any]] = []
    if is_workflow(document):
        holders.append((("extra",), document.get("extra")))
    else:
        for ident, node in document.items():
            holders.append(((ident, "_meta"), node.get("_meta") if isinstance(node, dict) else None))
    for pointer, holder in holders:
        own = holder.get(MEMBER) if isinstance(holder, dict) else None
        entries = own.get("conflicts") if isinstance(own, dict) else None
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            yield (*pointer, MEMBER, "conflicts", index), entry
