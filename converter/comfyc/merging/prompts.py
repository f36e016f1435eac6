"""Merging of prompts: by node and input. Conflicts are noted in the ``_meta`` of their nodes."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from comfyc.editor.naming.witnesses import is_link
from comfyc.graph import ABSENT
from comfyc.merging.conflicts import Conflict
from comfyc.merging.values import Path, merged_members, same

Prompt = Mapping[str, Any]


def merged_prompts(base: Prompt, ours: Prompt, theirs: Prompt) -> tuple[dict[str, Any], list[Conflict]]:
    """The prompt with the changes of both sides, and the conflicts. A node that one side has deleted and the
    other has changed stays: it is where the conflict is noted."""
    theirs = _without_collisions(base, ours, theirs)
    found: list[Conflict] = []
    merged: dict[str, Any] = {}
    for ident in (*ours, *(ident for ident in theirs if ident not in ours)):
        old, own, other = (side.get(ident, ABSENT) for side in (base, ours, theirs))
        if own is not ABSENT and other is not ABSENT:
            merged[ident] = _node(ident, old, own, other, found)
            continue
        side, left = (ours, own) if own is not ABSENT else (theirs, other)
        if old is ABSENT:
            merged[ident] = left
        elif not same(_meant(old), _meant(left)) or _feeds_more(ident, base, side):
            merged[ident] = left
            found.append(Conflict("", ident, "node", (), old, own, other, _title(left)))
    return merged, found


def _node(ident: str, old: Any, own: Any, other: Any, found: list[Conflict]) -> Any:
    def report(path: Path, base: Any, ours: Any, theirs: Any) -> None:
        is_input = path[:1] == ("inputs",) and len(path) > 1
        name = str(path[1]) if is_input else None
        kind = "link" if is_input and (is_link(ours) or is_link(theirs)) else "value"
        found.append(Conflict("", ident, kind, path, base, ours, theirs, _title(own), input=name))

    def inputs(base: Any, ours: Any, theirs: Any) -> Any:
        merged: dict[str, Any] = {}
        for name in (*ours, *(name for name in theirs if name not in ours)):
            was, mine, new = base.get(name, ABSENT), ours.get(name, ABSENT), theirs.get(name, ABSENT)
            value = mine
            if same(was, mine):
                value = new
            elif not same(was, new) and not same(mine, new):
                report(("inputs", name), was, mine, new)
            if value is not ABSENT:
                merged[name] = value
        return merged

    before = old if isinstance(old, dict) else {}
    if own["class_type"] != other["class_type"]:  # the inputs of one class mean nothing to another
        if before and same(_meant(before), _meant(own)):
            return other
        if not before or not same(_meant(before), _meant(other)):
            found.append(Conflict("", ident, "node", (), old, own, other, _title(own)))
        return own
    ways = {"inputs": lambda *_: inputs(before.get("inputs", {}), own["inputs"], other["inputs"])}
    return merged_members(before, own, other, (), report, ways)


def _meant(node: Any) -> Any:
    return {key: value for key, value in node.items() if key != "_meta"}


def _feeds_more(ident: str, base: Prompt, side: Prompt) -> bool:
    """Whether a side has linked more to a node."""
    before = {(target, name) for target, name, origin in _links(base) if origin == ident}
    return any((target, name) not in before for target, name, origin in _links(side) if origin == ident)


def _links(prompt: Prompt) -> Iterator[tuple[str, str, str]]:
    for ident, node in prompt.items():
        for name, value in node["inputs"].items():
            if is_link(value):
                yield ident, name, value[0]


def _title(node: Mapping[str, Any]) -> str:
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    return title if isinstance(title, str) and title else str(node.get("class_type", ""))


def _without_collisions(base: Prompt, ours: Prompt, theirs: Prompt) -> Prompt:
    """Their prompt, in which no added node has the id of another one that ours has added."""
    both = [ident for ident in theirs if ident not in base and ident in ours]
    twins = {ident for ident in both if _is_twin(base, ours[ident], theirs[ident])}
    fed: dict[str, set[str]] = {}
    for target, _, origin in _links(theirs):
        fed.setdefault(target, set()).add(origin)
    while stale := {one for one in twins if fed.get(one, set()) & (set(both) - twins)}:
        twins -= stale
    colliding = [ident for ident in both if ident not in twins]
    if not colliding:
        return theirs
    known = [int(one) for side in (base, ours, theirs) for one in side if one.isascii() and one.isdigit()]
    numbers = {ident: str(max(known, default=0) + 1 + at) for at, ident in enumerate(colliding)}
    made: dict[str, Any] = {}
    for ident, node in copy.deepcopy(dict(theirs)).items():
        for value in node["inputs"].values():
            if is_link(value):
                value[0] = numbers.get(value[0], value[0])
        made[numbers.get(ident, ident)] = node
    return made


def _is_twin(base: Prompt, mine: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two added nodes of one id are the same: if there is no base, both are versions of one node."""
    return bool(mine["class_type"] == other["class_type"]) if not base else same(_meant(mine), _meant(other))
