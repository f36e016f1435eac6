"""The inputs that a node class declares, including those that depend on the node's values.

Source of the behaviour: execution.validate_inputs, comfy_execution/graph.get_input_info and the
expansion of dynamic inputs in comfy_api/latest/_io.py (get_finalized_class_inputs). Three kinds of input
declare further inputs, named by a dotted path: a dynamic combo those of the chosen option, an autogrow group
one for each of its names, a dynamic slot its own while it is present. ComfyUI after 0.33 has a fourth: a
dynamic group declares its fields for each row in the prompt (tests-unit of ComfyUI for DynamicGroup).
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
"""Flags that the entry of a V1 class has only where they are true."""
_ROW = re.compile(r"(0|[1-9][0-9]{0,7})\.([^.]+)")
_MAX_ROWS = 100
_MAX_GROUP_SIZE = 100
"""Inputs of an autogrow group at most, whatever its definition says (Autogrow._MaxNames)."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One declared input: ``type`` is a string or, for a V1 combo, the list of options; ``options`` holds the
    rest of its definition."""

    name: str
    required: bool
    type: Any
    options: Mapping[str, Any]

    @property
    def config(self) -> list[Any]:
        """The pair that the server reports as ``input_config``."""
        return [self.type, self.options]

    @property
    def choices(self) -> Any:
        """The values that a combo allows; ``None`` if the input is not a combo."""
        if isinstance(self.type, list):
            return self.type
        return self.options.get("options", []) if self.type == "COMBO" else None


@dataclass(frozen=True, slots=True)
class Growing:
    """A declared input that declares others; ``kind`` is its type, such as ``COMFY_AUTOGROW_V3``."""

    name: str
    kind: str
    options: Mapping[str, Any]
    required: bool


@dataclass(frozen=True, slots=True)
class DeclaredInputs:
    """The declared inputs of one node by name, required ones first.

    ``dynamic`` is true if some depend on the node's values. ``growing`` holds all dynamic inputs, also those
    that declare nothing here. ``fault`` is (name, reason) of a dynamic group whose rows make the server
    raise.
    """

    inputs: Mapping[str, Declared]
    dynamic: bool
    growing: tuple[Growing, ...] = ()
    fault: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class NodeRules:
    """What the server knows of one node class. ``fixed`` holds its inputs if no value changes them;
    ``lists_files`` says whether its combos list the files of a real server."""

    class_type: str
    entry: Mapping[str, Any]
    is_output: bool
    returns: list[Any] | tuple[Any, ...]
    validator: Validator | None
    fixed: DeclaredInputs | None
    lists_files: bool

    def declared_inputs(self, live: Mapping[str, Any]) -> DeclaredInputs:
        """The inputs of a node that has these values, by input name."""
        if self.fixed is not None:
            return self.fixed
        return expanded_inputs(self.entry["input"], live)


class Rules:
    """The rules of a catalogue's classes, made on first use and kept with the catalogue."""

    __slots__ = ("_made", "catalog")

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._made: dict[str, NodeRules | None] = {}

    def of(self, class_type: object) -> NodeRules | None:
        """The rules of a class; ``None`` if the catalogue does not have it."""
        if not isinstance(class_type, str):
            return None
        if class_type not in self._made:
            entry = self.catalog.info(class_type)
            self._made[class_type] = None if entry is None else self._rules(class_type, entry)
        return self._made[class_type]

    def _rules(self, class_type: str, entry: Mapping[str, Any]) -> NodeRules:
        outputs = entry.get("output") or []
        return NodeRules(
            class_type,
            entry,
            is_output=entry.get("output_node") is True,
            # a tuple for V1 and a list for V3 classes, which shows in the server's exceptions
            returns=outputs if is_v3(class_type, entry) else tuple(outputs),
            validator=validator_of(class_type),
            fixed=_fixed(entry["input"]) if _DYNAMIC.isdisjoint(_types(entry["input"])) else None,
            lists_files=self.catalog.lists_files_of(class_type),
        )


@lru_cache(maxsize=4)
def rules_for(catalog: Catalog) -> Rules:
    """The rules of a catalogue, shared by all prompts that are validated against it."""
    return Rules(catalog)


def is_v3(class_type: str, entry: Mapping[str, Any]) -> bool:
    """Whether the class is written against the V3 schema, as far as its entry shows.

    An input type or member that only V3 classes have proves it. Trimmed catalogues and those of an older
    ComfyUI lack these members; then the recorded names of core V3 classes decide.
    """
    return (
        any(member in entry for member in _V3_MEMBERS)
        or any(entry.get(flag) is False for flag in _V3_FLAGS)
        or any(_V3_TYPE.fullmatch(kind) for kind in _types(entry["input"]))
        or is_v3_of_core(class_type)
    )


def _types(sections: Mapping[str, Any]) -> Iterator[str]:
    """The types of the declared inputs, without V1 combos."""
    for section in ("required", "optional"):
        for spec in sections.get(section, {}).values():
            if isinstance(spec[0], str):
                yield spec[0]


def _fixed(sections: Mapping[str, Any]) -> DeclaredInputs:
    return DeclaredInputs(_by_name(sections.get("required", {}), sections.get("optional", {})), dynamic=False)


def _by_name(required: Mapping[str, Any], optional: Mapping[str, Any]) -> dict[str, Declared]:
    """Merge both sections; a name in both counts as required (get_input_info looks there first)."""
    inputs = {name: _declared(name, spec, required=True) for name, spec in required.items()}
    for name, spec in optional.items():
        if name not in inputs:
            inputs[name] = _declared(name, spec, required=False)
    return inputs


def _declared(name: str, spec: Any, *, required: bool) -> Declared:
    return Declared(name, required, spec[0], spec[1] if len(spec) > 1 else {})


class _Expansion:
    """Expands dynamic inputs, in the order in which the server does."""

    __slots__ = ("dynamic", "fault", "growing", "live", "sections")

    def __init__(self, live: Mapping[str, Any]) -> None:
        self.live = live
        self.sections: dict[str, dict[str, Any]] = {"required": {}, "optional": {}}
        self.growing: list[Growing] = []
        self.dynamic = False
        self.fault: tuple[str, str] | None = None

    def add(self, sections: Any, prefix: str) -> None:
        """Add the inputs of a node, an option or a slot; ``prefix`` ends in a dot or is empty."""
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
        # the template may itself be a dynamic input, once it has a value
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
                self.fault = self.fault or (path, f"'{name}' is not a field of a row of '{path}'")
            else:
                rows[int(found[1])] = None
        least, most = options.get("min", 0), options.get("max", _MAX_ROWS)
        if isinstance(least, int) and isinstance(most, int) and not least <= len(rows) <= most:
            text = f"'{path}' received {len(rows)} rows; expected between {least} and {most}"
            self.fault = self.fault or (path, text)
        for row in sorted(rows):
            self.add(sections, f"{path}.{row}.")
        self.dynamic = True


def expanded_inputs(sections: Mapping[str, Any], live: Mapping[str, Any]) -> DeclaredInputs:
    """The inputs that ``sections`` declare for a node with these values (get_finalized_class_inputs)."""
    expansion = _Expansion(live)
    expansion.add(sections, "")
    inputs = _by_name(expansion.sections["required"], expansion.sections["optional"])
    return DeclaredInputs(inputs, expansion.dynamic, tuple(expansion.growing), expansion.fault)


def chosen_option(options: Mapping[str, Any], key: Any) -> Mapping[str, Any] | None:
    """The option of a dynamic combo whose key equals the value by Python's ``==``; ``None`` without one."""
    choices = options.get("options")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and choice.get("key") == key:
            return choice
    return None


def group_names(template: Any) -> list[str]:
    """The names of the inputs of an autogrow group, without the group's own name and dot."""
    if not isinstance(template, Mapping):
        return []
    names = template.get("names")
    if isinstance(names, list):
        return [name for name in names if isinstance(name, str)][:_MAX_GROUP_SIZE]
    most = template.get("max")
    count = min(most, _MAX_GROUP_SIZE) if isinstance(most, int) else 0
    return [f"{template.get('prefix', '')}{index}" for index in range(count)]


def _template_input(template: Any) -> tuple[Any, bool]:
    """The definition of each input of an autogrow group, and whether it can be required."""
    sections = template.get("input") if isinstance(template, Mapping) else None
    for section, inputs in (sections or {}).items():
        if inputs:
            return next(iter(inputs.values())), section == "required"
    return None, False
