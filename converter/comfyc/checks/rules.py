"""The inputs a node has, as the server sees them: fixed ones, and those that its values bring.

Source of the behaviour: execution.validate_inputs, comfy_execution/graph.get_input_info and the
expansion of dynamic inputs in comfy_api/latest/_io.py (get_finalized_class_inputs). Three kinds of input
make further ones, named by a dotted path: a dynamic combo has those of the option that is chosen, a group
that grows has one for each of its names, a dynamic slot has its own while it is there. ComfyUI after 0.33
has a fourth: a dynamic group has its fields in each row that a prompt gives (tests-unit of ComfyUI for
DynamicGroup).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from comfyc.catalog import Catalog
from comfyc.checks.facts import Validator, is_v3_of_core, validator_of

AUTOGROW = "COMFY_AUTOGROW_V3"
DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3"
DYNAMIC_SLOT = "COMFY_DYNAMICSLOT_V3"
DYNAMIC_GROUP = "COMFY_DYNAMICGROUP_V3"
_DYNAMIC = frozenset({AUTOGROW, DYNAMIC_COMBO, DYNAMIC_SLOT, DYNAMIC_GROUP})
_V3_TYPE = re.compile(r"COMFY_[A-Z]+_V3")
_V3_MEMBERS = ("output_matchtypes", "price_badge")
_V3_FLAGS = ("deprecated", "experimental", "dev_only")
"""Flags of an entry that are written for a V1 class only where they are true."""
_ROW = re.compile(r"(0|[1-9][0-9]{0,7})\.([^.]+)")
_MAX_ROWS = 100
_MAX_NAMES = 100
"""No group grows beyond this, whatever its definition says (Autogrow._MaxNames)."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One input: ``type`` is a text or a list of options, ``options`` what else the definition says."""

    name: str
    required: bool
    type: Any
    options: Mapping[str, Any]

    @property
    def config(self) -> list[Any]:
        """The pair that the server quotes as ``input_config``."""
        return [self.type, self.options]

    @property
    def choices(self) -> Any:
        """What the value of a combo must be one of; ``None`` if this is no combo."""
        if isinstance(self.type, list):
            return self.type
        return self.options.get("options", []) if self.type == "COMBO" else None


@dataclass(frozen=True, slots=True)
class Growing:
    """A declared input that makes others: its full name, its kind, its options, whether it is required."""

    name: str
    kind: str
    options: Mapping[str, Any]
    required: bool


@dataclass(frozen=True, slots=True)
class Table:
    """The inputs of one node: by name, required ones first. ``dynamic``: some came from its values.

    ``growing`` holds the dynamic inputs that were met, also those that brought nothing. ``fault`` is the name
    of a group whose rows the server refuses with an exception, and why.
    """

    inputs: Mapping[str, Declared]
    dynamic: bool
    growing: tuple[Growing, ...] = ()
    fault: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class NodeRules:
    """What the server holds against a node of one class. ``fixed`` is its table if no value changes it."""

    class_type: str
    entry: Mapping[str, Any]
    is_output: bool
    returns: list[Any] | tuple[Any, ...]
    validator: Validator | None
    fixed: Table | None

    def table(self, live: Mapping[str, Any]) -> Table:
        """The inputs that a node with these values has."""
        if self.fixed is not None:
            return self.fixed
        return expand(self.entry["input"], live)


class Rules:
    """The rules of a catalogue's classes, each made when it is first needed and kept with the catalogue."""

    __slots__ = ("_made", "catalog")

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._made: dict[str, NodeRules | None] = {}

    def of(self, class_type: object) -> NodeRules | None:
        """The rules of a class; ``None`` for what the catalogue does not know."""
        if not isinstance(class_type, str):
            return None
        if class_type not in self._made:
            entry = self.catalog.info(class_type)
            self._made[class_type] = None if entry is None else _rules(class_type, entry)
        return self._made[class_type]


@lru_cache(maxsize=4)
def rules_of(catalog: Catalog) -> Rules:
    """The rules of a catalogue, shared by all prompts that are judged against it."""
    return Rules(catalog)


def is_v3(class_type: str, entry: Mapping[str, Any]) -> bool:
    """Whether the class is written against the V3 schema, as far as its entry tells.

    A declared type that only that schema has is proof. So are the members that only those classes have, but
    catalogues that were trimmed, or come from an older ComfyUI, lack them; then the core's own names tell.
    """
    return (
        any(member in entry for member in _V3_MEMBERS)
        or any(entry.get(flag) is False for flag in _V3_FLAGS)
        or any(_V3_TYPE.fullmatch(kind) for kind in _types(entry["input"]))
        or is_v3_of_core(class_type)
    )


def _rules(class_type: str, entry: Mapping[str, Any]) -> NodeRules:
    outputs = entry.get("output") or []
    return NodeRules(
        class_type,
        entry,
        is_output=entry.get("output_node") is True,
        # A V1 class has a tuple and a V3 class a list; the server's exceptions say which.
        returns=outputs if is_v3(class_type, entry) else tuple(outputs),
        validator=validator_of(class_type),
        fixed=_fixed(entry["input"]) if _DYNAMIC.isdisjoint(_types(entry["input"])) else None,
    )


def _types(sections: Mapping[str, Any]) -> Iterator[str]:
    """The types of the declared inputs, lists of options left out."""
    for section in ("required", "optional"):
        for spec in sections.get(section, {}).values():
            if isinstance(spec[0], str):
                yield spec[0]


def _fixed(sections: Mapping[str, Any]) -> Table:
    return Table(_by_name(sections.get("required", {}), sections.get("optional", {})), dynamic=False)


def _by_name(required: Mapping[str, Any], optional: Mapping[str, Any]) -> dict[str, Declared]:
    """One mapping of both sections; a name in both is required (get_input_info looks there first)."""
    inputs = {name: _declared(name, spec, required=True) for name, spec in required.items()}
    for name, spec in optional.items():
        if name not in inputs:
            inputs[name] = _declared(name, spec, required=False)
    return inputs


def _declared(name: str, spec: Any, *, required: bool) -> Declared:
    return Declared(name, required, spec[0], spec[1] if len(spec) > 1 else {})


class _Expansion:
    """The sections that an expansion fills, in the order in which the server fills them."""

    __slots__ = ("dynamic", "fault", "growing", "live", "sections")

    def __init__(self, live: Mapping[str, Any]) -> None:
        self.live = live
        self.sections: dict[str, dict[str, Any]] = {"required": {}, "optional": {}}
        self.growing: list[Growing] = []
        self.dynamic = False
        self.fault: tuple[str, str] | None = None

    def add(self, sections: Any, prefix: str) -> None:
        """Take over the inputs of a node, an option or a slot; ``prefix`` ends in a dot or is empty."""
        if not isinstance(sections, Mapping):
            return
        for section in ("required", "optional"):
            for name, spec in sections.get(section, {}).items():
                path = prefix + name
                if isinstance(spec[0], str) and spec[0] in _DYNAMIC:
                    self._grow(section, path, spec)
                else:
                    self.sections[section][path] = spec
                    self.dynamic |= bool(prefix)

    def _grow(self, section: str, path: str, spec: Any) -> None:
        options = spec[1] if len(spec) > 1 else {}
        self.growing.append(Growing(path, spec[0], options, section == "required"))
        if spec[0] == AUTOGROW:
            self._add_group(path, options.get("template"))
        elif spec[0] == DYNAMIC_GROUP:
            self._add_rows(path, options)
        elif path in self.live:
            chosen = options
            if spec[0] == DYNAMIC_COMBO:
                found = chosen_option(options, self.live[path])
                if found is None:
                    return
                chosen = found
            self.add(chosen.get("inputs"), path + ".")
            self.sections[section][path] = spec
            self.dynamic = True

    def _add_group(self, path: str, template: Any) -> None:
        names = group_names(template)
        spec, required = _template_input(template)
        if spec is None:
            return
        least = template.get("min")
        given: dict[str, dict[str, Any]] = {"required": {}, "optional": {}}
        for index, name in enumerate(names):
            needed = required and isinstance(least, int) and index < least
            section = "required" if needed else "optional"
            grown = f"{path}.{name}"
            self.sections[section][grown] = spec
            if grown in self.live:
                given[section][name] = spec
        # the template may itself be an input that makes others, once a value is there
        self.dynamic |= not any(given.values())
        self.add(given, path + ".")

    def _add_rows(self, path: str, options: Mapping[str, Any]) -> None:
        template = options.get("template")
        sections = template if isinstance(template, Mapping) else {}
        fields = {name for section in ("required", "optional") for name in sections.get(section, {})}
        rows: dict[int, None] = {}
        for name in self.live:
            if not name.startswith(f"{path}."):
                continue
            found = _ROW.fullmatch(name, len(path) + 1)
            if found is None or found[2] not in fields or int(found[1]) >= _MAX_ROWS:
                self.fault = self.fault or (path, f"'{name}' is no field of a row of '{path}'")
            else:
                rows[int(found[1])] = None
        least, most = options.get("min", 0), options.get("max", _MAX_ROWS)
        if isinstance(least, int) and isinstance(most, int) and not least <= len(rows) <= most:
            text = f"'{path}' received {len(rows)} rows; expected between {least} and {most}"
            self.fault = self.fault or (path, text)
        for row in sorted(rows):
            self.add(sections, f"{path}.{row}.")
        self.dynamic = True


def expand(sections: Mapping[str, Any], live: Mapping[str, Any]) -> Table:
    """The inputs that definitions make together with a node's values (get_finalized_class_inputs)."""
    expansion = _Expansion(live)
    expansion.add(sections, "")
    inputs = _by_name(expansion.sections["required"], expansion.sections["optional"])
    return Table(inputs, expansion.dynamic, tuple(expansion.growing), expansion.fault)


def chosen_option(options: Mapping[str, Any], key: Any) -> Mapping[str, Any] | None:
    """The option of a dynamic combo whose key equals the value, as Python compares."""
    choices = options.get("options")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and choice.get("key") == key:
            return choice
    return None


def group_names(template: Any) -> list[str]:
    """The names that the inputs of a growing group have after its dot."""
    if not isinstance(template, Mapping):
        return []
    names = template.get("names")
    if isinstance(names, list):
        return [name for name in names if isinstance(name, str)][:_MAX_NAMES]
    most = template.get("max")
    count = min(most, _MAX_NAMES) if isinstance(most, int) else 0
    return [f"{template.get('prefix', '')}{index}" for index in range(count)]


def _template_input(template: Any) -> tuple[Any, bool]:
    """What each input of a group is, and whether it can be required."""
    sections = template.get("input") if isinstance(template, Mapping) else None
    for section, inputs in (sections or {}).items():
        if inputs:
            return next(iter(inputs.values())), section == "required"
    return None, False
