"""Merging of one node that both sides have: values by input, slots by name, and all else by member."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comfyc.editor.nodes.live import CONTROL_MODES
from comfyc.graph import ABSENT
from comfyc.merging.drafts import slot_keys
from comfyc.merging.values import OnConflict, merged_members, merged_value, quietly, same, silently

Names = Callable[[int], Mapping[str, int] | None]
"""The index of each named value of the node in its ``widgets_values``, on side 0 (base), 1 (ours) or 2
(theirs); None if the values have no names there."""

LAYOUT = frozenset(
    {"pos", "size", "order", "flags", "color", "bgcolor", "boxcolor", "shape", "horizontal", "showAdvanced"}
)
"""Members of a node that say how it looks: they never conflict."""
_VERSIONS = frozenset(
    {"ver", "cnr_id", "aux_id", "Node name for S&R", "enableTabs", "tabWidth", "tabXOffset"}
)
"""Members of ``properties`` that the editor writes by itself, and those of the look of a node."""
_GOES_ON = frozenset(CONTROL_MODES) - {"fixed"}
_SLOTS = ("inputs", "outputs")


def meaning(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node without its looks, and without its slots, whose links are those of the graph."""
    found = {key: value for key, value in node.items() if key not in LAYOUT and key not in _SLOTS}
    if isinstance(node.get("properties"), dict):
        found["properties"] = {
            key: value for key, value in node["properties"].items() if key not in _VERSIONS
        }
    return found


@dataclass(frozen=True, slots=True)
class NodeMerger:
    """Merges a node. ``base`` is {} for one that both sides have added."""

    base: Mapping[str, Any]
    ours: Mapping[str, Any]
    theirs: Mapping[str, Any]
    names: Names
    on_conflict: OnConflict

    def merged(self) -> dict[str, Any]:
        """The node with the changes of both sides; the links in its slots are not up to date."""
        special: dict[str, Callable[[Any, Any, Any], Any]] = {
            "id": lambda _base, ours, _theirs: ours,
            "widgets_values": self._values,
            "properties": self._properties,
            **dict.fromkeys(_SLOTS, merged_slots),
            **dict.fromkeys(LAYOUT, quietly),
        }
        return merged_members(self.base, self.ours, self.theirs, (), self.on_conflict, special)

    def _properties(self, base: Any, ours: Any, theirs: Any) -> Any:
        if not isinstance(ours, dict) or not isinstance(theirs, dict):
            return merged_value(base, ours, theirs, ("properties",), self.on_conflict)
        special = dict.fromkeys(_VERSIONS, quietly)
        before = base if isinstance(base, dict) else {}
        return merged_members(before, ours, theirs, ("properties",), self.on_conflict, special)

    def _values(self, base: Any, ours: Any, theirs: Any) -> Any:
        path = ("widgets_values",)
        if same(ours, theirs) or same(base, theirs):
            return ours
        if same(base, ours):
            return theirs
        if not isinstance(ours, list) or not isinstance(theirs, list):
            return merged_value(base, ours, theirs, path, self.on_conflict)
        before = base if isinstance(base, list) else []
        if len(ours) == len(theirs) and len(before) in (0, len(ours)):
            return self._by_position(before or [ABSENT] * len(ours), ours, theirs)
        found = self._by_name(before, ours, theirs)
        if found is None:
            self.on_conflict(path, base, ours, theirs)
            return ours
        return found

    def _by_position(self, base: Sequence[Any], ours: Sequence[Any], theirs: Sequence[Any]) -> list[Any]:
        merged = []
        for index, values in enumerate(zip(base, ours, theirs, strict=True)):
            on_conflict = silently if _goes_on(index, ours, theirs) else self.on_conflict
            merged.append(merged_value(*values, ("widgets_values", index), on_conflict))
        return merged

    def _by_name(self, base: Sequence[Any], ours: Sequence[Any], theirs: Sequence[Any]) -> list[Any] | None:
        """The longer or shorter list that one side has made, with the values that the other side has changed;
        None if both sides have changed the length, or if the values have no names."""
        if len(base) == len(ours):
            shape, other, theirs_counts = 2, 1, True
        elif len(base) == len(theirs):
            shape, other, theirs_counts = 1, 2, False
        else:
            return None
        lists = (base, ours, theirs)
        names = [self.names(side) for side in range(3)]
        if any(not found for found in names):
            return None
        before, within, changed = names[0] or {}, names[shape] or {}, names[other] or {}
        named = set(changed.values())
        if any(not same(base[at], lists[other][at]) for at in range(len(base)) if at not in named):
            return None
        merged = list(lists[shape])
        for name, at in changed.items():
            old = base[before[name]] if name in before else ABSENT
            new = lists[other][at]
            if same(old, new):
                continue
            if name not in within:
                self.on_conflict(
                    ("widgets_values", at), old, *((new, ABSENT) if theirs_counts else (ABSENT, new))
                )
                continue
            here = within[name]
            sides = (new, merged[here]) if theirs_counts else (merged[here], new)
            merged[here] = merged_value(old, *sides, ("widgets_values", here), self.on_conflict)
        return merged


def _goes_on(index: int, ours: Sequence[Any], theirs: Sequence[Any]) -> bool:
    """Whether a value is a seed that changes with each run on both sides: nobody has chosen it."""
    behind = index + 1
    return (
        behind < len(ours)
        and isinstance(ours[index], (int, float))
        and isinstance(theirs[index], (int, float))
        and ours[behind] in _GOES_ON
        and theirs[behind] in _GOES_ON
    )


def merged_slots(base: Any, ours: Any, theirs: Any) -> Any:
    """The inputs or outputs of a node, by name; they never conflict. What is linked says the link table."""
    if not isinstance(ours, list) or not isinstance(theirs, list):
        return quietly(base, ours, theirs)
    before, own, others = (_by_key(side if isinstance(side, list) else []) for side in (base, ours, theirs))
    if same([*map(_bare, ours)], [*map(_bare, theirs)]) or _is_same_list(before, others):
        return ours
    if _is_same_list(before, own):
        return theirs
    first, second = (others, own) if list(own) == list(before) else (own, others)
    merged: list[Any] = []
    for key in (*first, *(key for key in second if key not in first)):
        old, mine, other = (side.get(key) for side in (before, own, others))
        if mine is not None and other is not None:
            merged.append(merged_members(old or {}, mine, other, (), silently))
        else:  # one side has added or taken away the slot; one that was changed stays
            slot = mine if mine is not None else other
            if old is None or not same(_bare(old), _bare(slot)):
                merged.append(slot)
    return merged


def _by_key(slots: list[Any]) -> dict[Any, Any]:
    return dict(zip(slot_keys(slots), slots, strict=True))


def _is_same_list(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> bool:
    return list(one) == list(other) and all(same(_bare(one[key]), _bare(other[key])) for key in one)


def _bare(slot: Any) -> Any:
    """A slot without its links."""
    if not isinstance(slot, dict):
        return slot
    return {key: value for key, value in slot.items() if key not in ("link", "links")}
