"""Assignments: to names, attributes, subscripts, or several of them at once."""

from __future__ import annotations

import ast
from typing import Any

from comfyc.scan.limits import MAX_ITEMS
from comfyc.scan.machine import Machine
from comfyc.scan.operators import binary
from comfyc.scan.scopes import NameScope
from comfyc.scan.subscripts import delete, store
from comfyc.scan.values import (
    UNKNOWN,
    Function,
    Instance,
    Module,
    PyClass,
    PyDict,
    PyList,
    PySet,
    Value,
    is_open,
    is_unknown,
    native,
)


def augmented(machine: Machine, node: ast.AugAssign, scope: NameScope) -> str:
    """``target += value`` and the like; lists and dictionaries change in place."""
    target: Any = node.target
    if isinstance(target, ast.Name):
        holder = scope.shared.get(target.id) or scope.holder(target.id)
        old = UNKNOWN if holder is None else holder.names.get(target.id, UNKNOWN)
    else:
        old = machine.evaluate(target, scope)
    value = machine.evaluate(node.value, scope)
    if isinstance(node.op, ast.Add) and isinstance(old, PyList):
        members, opened = machine.parts.iterate(machine, value)
        if machine.guesses and all(isinstance(one, (str, int, float)) for one in members):
            old.is_open = True
        elif len(old) + len(members) <= MAX_ITEMS:
            old.extend(members)
            old.is_open = old.is_open or opened
        return ""
    if isinstance(node.op, ast.BitOr) and isinstance(old, (PyDict, PySet)):
        old.update(native(value) if isinstance(native(value), (PyDict, PySet)) else {})
        old.is_open = old.is_open or is_open(value)
        return ""
    assign(machine, target, binary(machine, node.op, old, value), scope)
    return ""


def assign(machine: Machine, target: ast.expr, value: Value, scope: NameScope) -> None:
    """Bind a value to a target: a name, an attribute, a subscript, or several of them."""
    if isinstance(target, ast.Name):
        scope.store(target.id, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(machine, target.elts, value, scope)
    elif isinstance(target, ast.Subscript):
        owner = machine.evaluate(target.value, scope)
        store(machine, owner, machine.evaluate(target.slice, scope), value)
    elif isinstance(target, ast.Attribute):
        owner = machine.evaluate(target.value, scope)
        if isinstance(owner, (PyClass, Instance, Module, Function)) or hasattr(owner, "names"):
            owner.names[target.attr] = value
        elif is_unknown(owner) and owner.name:
            # packs keep values in modules of others; all of the pack sees them there
            machine.memo.setdefault("outside", {})[f"{owner.name}.{target.attr}"] = value


def _unpack(machine: Machine, targets: list[ast.expr], value: Value, scope: NameScope) -> None:
    members, opened = machine.parts.iterate(machine, value)
    star = next((at for at, one in enumerate(targets) if isinstance(one, ast.Starred)), None)
    if star is not None:
        after = len(targets) - star - 1
        middle = members[star : len(members) - after]
        members = [*members[:star], PyList(middle, is_open=opened), *members[len(members) - after :]]
    members = members[: len(targets)] + [UNKNOWN] * (len(targets) - len(members))
    for target, member in zip(targets, members, strict=True):
        assign(machine, target.value if isinstance(target, ast.Starred) else target, member, scope)


def delete_targets(machine: Machine, node: ast.Delete, scope: NameScope) -> str:
    """``del a, b[key], c.name``."""
    for target in node.targets:
        if isinstance(target, ast.Name):
            scope.shared.get(target.id, scope).names.pop(target.id, None)
        elif isinstance(target, ast.Subscript):
            owner = machine.evaluate(target.value, scope)
            delete(owner, machine.evaluate(target.slice, scope))
        elif isinstance(target, ast.Attribute):
            owner = machine.evaluate(target.value, scope)
            if isinstance(owner, (PyClass, Instance, Module)):
                owner.names.pop(target.attr, None)
    return ""
