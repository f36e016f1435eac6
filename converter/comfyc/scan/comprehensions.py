"""Comprehensions. What is not known of their rounds makes the result open."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from comfyc.scan.machine import Machine
from comfyc.scan.operators import is_hashable, truth
from comfyc.scan.scopes import NameScope
from comfyc.scan.values import PyDict, PyList, PySet, Value, is_unknown


def _rounds(
    machine: Machine, clauses: list[ast.comprehension], scope: NameScope
) -> Iterator[NameScope | None]:
    """The scopes of the rounds of a comprehension; None stands for rounds that are not known."""
    first, rest = clauses[0], clauses[1:]
    members, opened = machine.parts.iterate(machine, machine.evaluate(first.iter, scope))
    if opened:
        yield None
    for member in members:
        machine.spend()
        inner = NameScope({}, scope.module, scope)
        machine.parts.assign(machine, first.target, member, inner)
        answers = [truth(machine.evaluate(one, inner)) for one in first.ifs]
        if False in answers:
            continue
        if None in answers:
            yield None
        elif rest:
            yield from _rounds(machine, rest, inner)
        else:
            yield inner


def comprehension(
    machine: Machine, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, scope: NameScope
) -> Value:
    """A list, set or generator comprehension; generators are lists."""
    values: list[Value] = []
    opened = False
    for inner in _rounds(machine, node.generators, scope):
        if inner is None:
            opened = True
        else:
            values.append(machine.evaluate(node.elt, inner))
    if isinstance(node, ast.SetComp):
        return PySet(filter(is_hashable, values), is_open=opened)
    return machine.weigh(PyList(values, is_open=opened))


def dict_comprehension(machine: Machine, node: ast.DictComp, scope: NameScope) -> Value:
    """A dictionary comprehension."""
    made = PyDict()
    for inner in _rounds(machine, node.generators, scope):
        if inner is None:
            made.is_open = True
            continue
        key = machine.evaluate(node.key, inner)
        value = machine.evaluate(node.value, inner)
        if is_unknown(key) or not is_hashable(key):
            made.is_open = True
        else:
            made[key] = value
    return machine.weigh(made)
