"""What happens under conditions that are not known."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from comfyc.scan.machine import Machine
from comfyc.scan.scopes import NameScope
from comfyc.scan.values import UNKNOWN, PyDict, PyList, RaisedError, Value, is_unknown


def maybe(machine: Machine, body: Sequence[ast.stmt], scope: NameScope) -> str:
    """Run statements of which it is not known whether they run."""
    guess(machine, ((), body), scope)
    return ""


def guess(machine: Machine, branches: Sequence[Sequence[ast.stmt]], scope: NameScope) -> str:
    """Run both branches of an unknown condition. The effects of the last one, the likely one, count; a text,
    number or list of texts in which the branches differ is not known."""
    ended = ""
    before = dict(scope.names)
    between: dict[str, Value] = before
    returned: Value = scope.returned
    machine.guesses += 1
    try:
        for branch in branches:
            between, first = dict(scope.names), scope.returned
            try:
                now = machine.parts.execute(machine, branch, scope)
            except RaisedError:
                continue
            if now == "return" and ended == "return":
                scope.returned = either(first, scope.returned)
            ended = now or ended
    finally:
        machine.guesses -= 1
    for name, value in list(scope.names.items()):
        for other in (between.get(name, value), before.get(name, value)):
            if value is not other:
                scope.names[name] = either(other, value)
                break
    if ended != "return":
        scope.returned = returned
    return ended


def either(other: Value, value: Value) -> Value:
    """What is known of a value that is one of two."""
    if is_unknown(value):
        return other if isinstance(other, (PyList, PyDict)) and other else value
    if isinstance(value, PyList) and isinstance(other, PyList):
        if list(value) == list(other):
            return value
        common = [one for one in value if any(one is each or one == each for each in other)]
        return PyList(common, is_open=True)
    plain = (str, int, float)
    if isinstance(value, plain) and isinstance(other, plain) and value != other:
        return UNKNOWN
    return value
