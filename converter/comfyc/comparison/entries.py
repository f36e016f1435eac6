"""What changed from one entry of a node type to another: inputs, outputs, and what the server says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from comfyc.catalog.entry import unknown_parts
from comfyc.catalog.scanned import OPEN_CHOICES
from comfyc.catalog.specs import DYNAMIC_COMBO, InputSpec, node_spec
from comfyc.checks.facts import lists_files
from comfyc.comparison.saved_values import DYNAMIC_GROUP, Fit, fit_of, options_of, saved_widgets

_COSMETIC = frozenset(
    {
        "advanced",
        "display",
        "display_name",
        "label_off",
        "label_on",
        "placeholder",
        "tooltip",
        OPEN_CHOICES,
    }
)
"""Options of an input that change neither a saved value nor a prompt."""
_SECTIONS = ("required", "optional")
_FLAGS = ("output_node", "deprecated", "experimental")
_DEPTH = 8
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two entries of a type.

    ``part`` is "input", "output" or "node"; ``name`` is that of the input (dotted below a dynamic combo,
    where ``when`` is "combo = option") or of the output, or of the flag of the node. ``what`` is "added",
    "removed", "moved", "type", "optional", "options", "name", "list", "value" (of a flag), or the name of the
    option of the input that differs, such as "default" or "min". ``before`` and ``after`` are the values:
    the types of what was added or removed, positions (from 0) of what was moved, and for "options" those
    that only one side has; None where a side has no value.

    ``shifts`` marks a change that gives saved values of the node to other widgets.
    """

    part: str
    name: str
    what: str
    before: Any = None
    after: Any = None
    shifts: bool = False
    when: str = ""


@dataclass(frozen=True, slots=True)
class _Input:
    """An input on one side: its definition, its index among all, its saved widgets, and what is unknown."""

    spec: InputSpec
    index: int
    widgets: int
    when: str
    unknown: frozenset[str]


def is_alike(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether two entries are the same but for how they look; quicker than :func:`compare_entries`."""
    return _essence(old) == _essence(new)


def _essence(entry: Mapping[str, Any]) -> list[Any]:
    order = entry.get("input_order") or {}
    ordered = [list(order.get(section) or entry["input"].get(section, {})) for section in _SECTIONS]
    inputs = [_bare(entry["input"].get(section, {})) for section in _SECTIONS]
    return [
        inputs,
        ordered,
        _slots(entry),
        entry.get("unknown"),
        *(entry.get(flag) is True for flag in _FLAGS),
    ]


def _bare(value: Any, depth: int = 4 * _DEPTH) -> Any:
    """A value of an input's definition without what only changes its looks."""
    if isinstance(value, dict) and depth:
        kept = {key: inner for key, inner in value.items() if key not in _COSMETIC or isinstance(inner, list)}
        return {
            key: _bare(inner, depth - 1) for key, inner in kept.items()
        }  # a list is an input of this name
    return [_bare(inner, depth - 1) for inner in value] if isinstance(value, list) and depth else value


def compare_entries(
    node_type: str, old: Mapping[str, Any], new: Mapping[str, Any], *, with_files: bool = True
) -> list[Change]:
    """The changes from one entry of a type to another: inputs first, in the order of the new entry.

    Both are results of ``Catalog.info``. What an entry marks as unknown (``"unknown"`` of a scan) is not
    compared. ``with_files``: whether the files that combos list count.
    """
    before, after = dict(_inputs(node_type, old)), dict(_inputs(node_type, new))
    moved = _moved([key for key in before if key in after], [key for key in after if key in before])
    changes: list[Change] = []
    for key, one in before.items():
        if key not in after and "inputs" not in unknown_parts(new, "*"):
            shifts = bool(one.widgets) and _is_followed(key, before, after)
            kind = _kind(one.spec)
            changes.append(Change("input", key[0], "removed", kind, shifts=shifts, when=one.when))
    for key, one in after.items():
        known = before.get(key)
        if known is None and "inputs" in unknown_parts(old, "*"):
            continue
        if known is None:
            shifts = bool(one.widgets) and _is_followed(key, after, before)
            added = Change("input", key[0], "added", None, _kind(one.spec), shifts, one.when)
            changes.append(added)
            continue
        if key in moved:
            shifts = bool(one.widgets) and _passes_others(key, before, after)
            move = Change("input", key[0], "moved", known.index, one.index, shifts, one.when)
            changes.append(move)
        shifts = known.widgets != one.widgets and _is_followed(key, after, before)
        changes += _changes_of_input(node_type, key[0], known, one, shifts, with_files)
    if any(one.shifts for one in changes) and fit_of(node_type, old, new) is not Fit.SHIFTED:
        changes = [replace(one, shifts=False) for one in changes]  # each alone would, together they do not
    return [*changes, *_outputs(old, new), *_flags(old, new)]


_Key = tuple[str, str]
"""The name of an input and the option that brings it."""


def _inputs(node_type: str, entry: Mapping[str, Any]) -> Iterator[tuple[_Key, _Input]]:
    sections = entry["input"]
    own = {*sections.get("required", {}), *sections.get("optional", {})}
    specs = [spec for spec in node_spec(node_type, entry).ordered if spec.name in own]
    for index, (spec, when) in enumerate(_with_brought(specs)):
        definition = [spec.type, dict(spec.options)]
        widgets = saved_widgets(node_type, {"input": {"required": {spec.name: definition}}})
        yield (spec.name, when), _Input(spec, index, len(widgets), when, unknown_parts(entry, spec.name))


def _with_brought(
    specs: Sequence[InputSpec], prefix: str = "", when: str = "", depth: int = _DEPTH
) -> Iterator[tuple[InputSpec, str]]:
    """Inputs, each followed by those that its options bring, with the option."""
    for spec in specs:
        named = InputSpec(prefix + spec.name, spec.type, spec.optional, spec.options)
        yield named, when
        if spec.type in (DYNAMIC_COMBO, DYNAMIC_GROUP) and depth:
            for option, brought in options_of(spec).items():
                inner = node_spec("", {"input": brought}).ordered
                condition = f"{named.name} = {option}" if spec.type == DYNAMIC_COMBO else ""
                yield from _with_brought(inner, f"{named.name}.", condition, depth - 1)


def _moved(old: Sequence[_Key], new: Sequence[_Key]) -> set[_Key]:
    """The fewest inputs of which one can say that they were moved."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return set(new) - {key for block in blocks for key in new[block.b : block.b + block.size]}


def _is_followed(key: _Key, here: Mapping[_Key, _Input], there: Mapping[_Key, _Input]) -> bool:
    """Whether a widget that both sides have comes after this input."""
    index = here[key].index
    return any(one.index > index and one.widgets and other in there for other, one in here.items())


def _passes_others(key: _Key, before: Mapping[_Key, _Input], after: Mapping[_Key, _Input]) -> bool:
    """Whether an input has other widgets before it on one side than on the other, of those that both have."""
    both = [other for other, one in after.items() if one.widgets and other in before]
    sides = ([other for other in both if side[other].index < side[key].index] for side in (before, after))
    first, second = sides
    return first != second


def _changes_of_input(
    node_type: str, name: str, old: _Input, new: _Input, shifts: bool, with_files: bool
) -> Iterator[Change]:
    unknown = old.unknown | new.unknown
    if "type" in unknown:
        return
    if _kind(old.spec) != _kind(new.spec):
        yield Change("input", name, "type", _kind(old.spec), _kind(new.spec), shifts, new.when)
    if old.spec.optional != new.spec.optional:
        yield Change("input", name, "optional", old.spec.optional, new.spec.optional, when=new.when)
    before, after = _choices(old.spec), _choices(new.spec)
    of_files = any(lists_files(node_type, name, list(choices)) for choices in (before, after) if choices)
    if "options" not in unknown and (with_files or not of_files):
        gone, added = _without(before, after), _without(after, before)
        if gone or added:
            yield Change("input", name, "options", gone, added, when=new.when)
    compares_default = not {"options", "default"} & unknown and (with_files or not of_files)
    for option in dict.fromkeys([*old.spec.options, *new.spec.options, "default"]):
        is_unknown = option in unknown or "settings" in unknown
        if option in _COSMETIC or option == "options" or (option == "default" and not compares_default):
            continue
        first, second = _bare(_option(old.spec, option)), _bare(_option(new.spec, option))
        if not is_unknown and not _is_same(first, second):
            changes_list = shifts and option in ("control_after_generate", "forceInput", "multiline")
            yield Change("input", name, option, _or_none(first), _or_none(second), changes_list, new.when)


def _option(spec: InputSpec, name: str) -> Any:
    """An option of an input; for the default of a combo, the first choice if it has none."""
    value = spec.options.get(name, _MISSING)
    if name == "default" and value is _MISSING:
        return next(iter(_choices(spec)), _MISSING)
    return value


def _choices(spec: InputSpec) -> list[Any]:
    """The choices of a combo, or the keys of a dynamic one."""
    options = spec.options.get("options")
    if not isinstance(options, list):
        return []
    return [choice.get("key") if isinstance(choice, dict) else choice for choice in options]


def _without(choices: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    seen = {repr(other) for other in others}
    return [choice for choice in choices if repr(choice) not in seen]


def _is_same(first: Any, second: Any) -> bool:
    """Equal as JSON has it: 8 is 8.0, but not true."""
    return bool(first == second) and isinstance(first, bool) == isinstance(second, bool)


def _or_none(value: Any) -> Any:
    return None if value is _MISSING else value


def _kind(spec: InputSpec) -> str:
    return spec.type if isinstance(spec.type, str) else "COMBO"


def _outputs(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    if "outputs" in unknown_parts(old, "*") | unknown_parts(new, "*"):
        return
    before, after = _slots(old), _slots(new)
    for slot in range(max(len(before), len(after))):
        if slot >= len(after):
            yield Change("output", before[slot][0], "removed", before[slot][1])
        elif slot >= len(before):
            yield Change("output", after[slot][0], "added", None, after[slot][1])
        else:
            for index, what in enumerate(("name", "type", "list")):
                if before[slot][index] != after[slot][index]:
                    yield Change("output", before[slot][0], what, before[slot][index], after[slot][index])


def _slots(entry: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Name, type and whether it is a list, for each output."""
    names, lists = entry.get("output_name") or [], entry.get("output_is_list") or []
    slots = []
    for slot, kind in enumerate(entry["output"]):
        shown = "COMBO" if isinstance(kind, list) else kind
        name = str(names[slot]) if slot < len(names) else shown
        slots.append((name, shown, slot < len(lists) and lists[slot] is True))
    return slots


def _flags(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for flag in _FLAGS:
        before, after = old.get(flag) is True, new.get(flag) is True
        if before != after and flag not in unknown_parts(old, "*") | unknown_parts(new, "*"):
            yield Change("node", flag, "value", before, after)
