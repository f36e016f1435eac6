"""Which classes a pack registers, and their entries.

Source: ``load_custom_node`` in nodes.py of ComfyUI 0.33.0: ``NODE_CLASS_MAPPINGS`` of the pack's module,
else what ``comfy_entrypoint`` lists. A mapping of another module counts only where the pack's own was not
understood.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from comfyc.scan.limits import CLASS_FUEL, MAX_CLASSES, MODULE_FUEL, OutOfFuelError
from comfyc.scan.machine import Fault, Machine
from comfyc.scan.plain import Notes, UnknownValueError
from comfyc.scan.v1 import UnreadableError, v1_entry
from comfyc.scan.v3 import schema_of, v3_entry
from comfyc.scan.v3_values import NODE_BASE
from comfyc.scan.values import (
    UNKNOWN,
    Module,
    PyClass,
    PyDict,
    PyList,
    Value,
    native,
)


@dataclass(slots=True)
class Found:
    """The nodes of a module: entries by name, and the reason why others could not be read."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    where: dict[str, tuple[str, int]] = field(default_factory=dict)
    """File and line of each class."""
    is_open: bool = False
    """Whether the module may register further classes."""
    guessed: bool = False
    """Whether the classes come from modules that the pack's own does not show to use."""


def load_guarded(machine: Machine, path: str) -> Module | None:
    """The module of a file; None, with a fault noted, if it takes too much."""
    try:
        with machine.budget(MODULE_FUEL):
            return machine.parts.load(machine, path)
    except OutOfFuelError:
        machine.faults.append(Fault(path, None, None, "its interpretation takes too many steps"))
    except RecursionError:
        machine.faults.append(Fault(path, None, None, "it is nested too deeply"))
    machine.depth = 0
    return machine.modules.get(path)


def read_module(machine: Machine, module: Module, python_module: str) -> Found:
    """The nodes that a module registers."""
    found = Found()
    mappings = native(module.names.get("NODE_CLASS_MAPPINGS"))
    if isinstance(mappings, PyDict):
        found.is_open = mappings.is_open
        _read_mappings(
            machine, found, mappings, module.names.get("NODE_DISPLAY_NAME_MAPPINGS"), python_module
        )
    elif mappings is not None:
        found.is_open = True
    elif "comfy_entrypoint" in module.names:
        _read_entrypoint(machine, found, module.names["comfy_entrypoint"], python_module)
    elif module.fault:
        found.is_open = True
    return found


def _read_mappings(
    machine: Machine, found: Found, mappings: PyDict, shown: Value, python_module: str
) -> None:
    displays = native(shown) if isinstance(native(shown), PyDict) else PyDict()
    for key, kind in list(mappings.items())[:MAX_CLASSES]:
        if not isinstance(native(key), str):
            found.is_open = True
            continue
        name = native(key)
        _read_class(machine, found, name, kind, displays.get(name, name), python_module)


def _read_class(
    machine: Machine, found: Found, name: str, kind: Value, display: Value, python_module: str
) -> None:
    if not isinstance(kind, PyClass):
        found.unread[name] = "its class is not known"
        return
    if kind.module is not None:
        found.where[name] = kind.module.path, kind.line
    try:
        with machine.budget(CLASS_FUEL):
            entry, notes = _entry(machine, name, kind, display, python_module)
    except (UnreadableError, UnknownValueError) as error:
        found.unread[name] = str(error) or "a part of it is not known"
        return
    except OutOfFuelError:
        found.unread[name] = "it takes too many steps"
        machine.depth = 0
        return
    except RecursionError:
        found.unread[name] = "it is nested too deeply"
        machine.depth = 0
        return
    except Exception as error:  # a class that the interpreter fails at is no reason to lose the others
        found.unread[name] = f"it raises {error or type(error).__name__}"
        machine.depth = 0
        return
    if notes.unknown:
        entry["unknown"] = notes.as_json()
    found.entries[name] = entry


def _entry(
    machine: Machine, name: str, kind: PyClass, display: Value, python_module: str
) -> tuple[dict[str, Any], Notes]:
    if is_v3(kind):
        return v3_entry(machine, schema_of(machine, kind), name, python_module)
    return v1_entry(machine, name, kind, display, python_module)


def is_v3(kind: PyClass) -> bool:
    """Whether a class is a V3 node."""
    if any(one is NODE_BASE for one in kind.order):
        return True
    for one in kind.order:
        if isinstance(one, PyClass) and "define_schema" in one.names:
            return True
        if isinstance(one, PyClass) and "INPUT_TYPES" in one.names:
            return False
    return False


def _read_entrypoint(machine: Machine, found: Found, entrypoint: Value, python_module: str) -> None:
    """The nodes that ``comfy_entrypoint()`` lists."""
    listed: Value = UNKNOWN
    try:
        with machine.budget(MODULE_FUEL):
            extension = machine.call(entrypoint)
            machine.call(machine.get(extension, "on_load"))
            listed = machine.call(machine.attribute(extension, "get_node_list"))
    except Exception:  # as for a class: what the interpreter fails at costs this pack's list and no more
        machine.depth = 0
    if not isinstance(listed, PyList):
        found.is_open = True
        return
    found.is_open = listed.is_open
    for kind in listed[:MAX_CLASSES]:
        if not isinstance(kind, PyClass):
            found.is_open = True
            continue
        name = _node_id(machine, kind)
        _read_class(machine, found, name, kind, name, python_module)


def _node_id(machine: Machine, kind: PyClass) -> str:
    try:
        with machine.budget(CLASS_FUEL):
            schema = schema_of(machine, kind)
    except Exception:
        machine.depth = 0
        return kind.name
    identity = schema.names.get("node_id")
    return identity if isinstance(identity, str) else kind.name


def read_others(machine: Machine, found: Found, python_module: str) -> None:
    """The mappings of all modules of a pack, for a pack whose own is not understood."""
    for path in sorted(machine.files.files, key=lambda one: (one.count("/"), one)):
        if not path.endswith(".py") or _is_aside(path) or machine.left <= 0:
            continue
        module = machine.modules.get(path) or load_guarded(machine, path)
        if module is None:
            continue
        mappings = native(module.names.get("NODE_CLASS_MAPPINGS"))
        if not isinstance(mappings, PyDict):
            continue
        others = PyDict(
            (key, kind)
            for key, kind in mappings.items()
            if key not in found.entries and isinstance(kind, PyClass) and kind.module is not None
        )
        before = len(found.entries)
        _read_mappings(machine, found, others, module.names.get("NODE_DISPLAY_NAME_MAPPINGS"), python_module)
        found.guessed = found.guessed or len(found.entries) > before
    for name in found.entries:
        found.unread.pop(name, None)


def _is_aside(path: str) -> bool:
    """Whether a file is a test, an example or a script for the installation."""
    parts = path.lower().split("/")
    return any(part in ("tests", "test", "examples", "example") for part in parts) or parts[-1].startswith(
        ("test_", "install", "setup")
    )
