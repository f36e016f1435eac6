"""Expressions: each kind of node of Python's syntax tree has a function here."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from comfyc.scan.comprehensions import comprehension, dict_comprehension
from comfyc.scan.guesses import either
from comfyc.scan.machine import Machine
from comfyc.scan.operators import binary, compare, is_hashable, truth, unary
from comfyc.scan.scopes import NameScope
from comfyc.scan.subscripts import subscript
from comfyc.scan.texts import text_of
from comfyc.scan.values import (
    UNKNOWN,
    Function,
    PyDict,
    PyList,
    PySet,
    RaisedError,
    Super,
    Unknown,
    Value,
    is_unknown,
)


def evaluate(machine: Machine, node: ast.expr, scope: NameScope) -> Value:
    """The value of an expression."""
    machine.spend()
    known = _EXPRESSIONS.get(type(node))
    return UNKNOWN if known is None else known(machine, node, scope)


def _constant(_: Machine, node: ast.Constant, __: NameScope) -> Value:
    return node.value


def _name(machine: Machine, node: ast.Name, scope: NameScope) -> Value:
    name = node.id
    holder = scope.shared.get(name) or scope.holder(name)
    if holder is not None and name in holder.names:
        return holder.names[name]
    found = machine.parts.outside(machine, f"builtins.{name}")
    if machine.guesses and is_unknown(found) and not scope.module.is_open:
        raise RaisedError(NameError)
    return Unknown(name) if is_unknown(found) else found


def _items(machine: Machine, nodes: list[ast.expr], scope: NameScope) -> tuple[list[Value], bool]:
    """The values of a display, with what is starred in it; and whether there may be others."""
    values: list[Value] = []
    opened = False
    for node in nodes:
        if isinstance(node, ast.Starred):
            members, more = machine.parts.iterate(machine, evaluate(machine, node.value, scope))
            values.extend(members)
            opened = opened or more
        else:
            values.append(evaluate(machine, node, scope))
    return values, opened


def _list(machine: Machine, node: ast.List, scope: NameScope) -> Value:
    values, opened = _items(machine, node.elts, scope)
    return PyList(values, is_open=opened)


def _tuple(machine: Machine, node: ast.Tuple, scope: NameScope) -> Value:
    values, opened = _items(machine, node.elts, scope)
    return PyList(values, is_open=True) if opened else tuple(values)


def _set(machine: Machine, node: ast.Set, scope: NameScope) -> Value:
    values, opened = _items(machine, node.elts, scope)
    return PySet(filter(is_hashable, values), is_open=opened or not all(map(is_hashable, values)))


def _dict(machine: Machine, node: ast.Dict, scope: NameScope) -> Value:
    made = PyDict()
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = evaluate(machine, value_node, scope) if key_node is None else None
        if key_node is None:
            if isinstance(value, PyDict):
                made.update(value)
                made.is_open = made.is_open or value.is_open
            else:
                made.is_open = True
            continue
        key = evaluate(machine, key_node, scope)
        value = evaluate(machine, value_node, scope)
        if is_unknown(key) or not is_hashable(key):
            made.is_open = True
        else:
            made[key] = value
    return made


def _joined(machine: Machine, node: ast.JoinedStr, scope: NameScope) -> Value:
    parts: list[str] = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            text = _formatted(machine, part, scope)
            if text is None:
                return UNKNOWN
            parts.append(text)
        elif isinstance(part, ast.Constant):
            parts.append(str(part.value))
    return machine.weigh("".join(parts))


def _formatted(machine: Machine, node: ast.FormattedValue, scope: NameScope) -> str | None:
    value = evaluate(machine, node.value, scope)
    spec = evaluate(machine, node.format_spec, scope) if node.format_spec is not None else ""
    text = text_of(value, shown=node.conversion == ord("r"))
    if text is None or not isinstance(spec, str):
        return None
    if not spec:
        return text
    if not isinstance(value, (str, int, float)) or re.search(r"\d{4}", spec):
        return None
    try:
        return format(value, spec)
    except ValueError:
        return None


def _binary(machine: Machine, node: ast.BinOp, scope: NameScope) -> Value:
    left = evaluate(machine, node.left, scope)
    return binary(machine, node.op, left, evaluate(machine, node.right, scope))


def _unary(machine: Machine, node: ast.UnaryOp, scope: NameScope) -> Value:
    return unary(node.op, evaluate(machine, node.operand, scope))


def _boolean(machine: Machine, node: ast.BoolOp, scope: NameScope) -> Value:
    """``and`` and ``or``. If a part is not known, the result is, unless a later part decides it."""
    stops_at = isinstance(node.op, ast.Or)
    unclear = False
    value: Value = None
    for part in node.values:
        value = evaluate(machine, part, scope)
        known = truth(value)
        if known is None:
            unclear = True
        elif known is stops_at:
            return UNKNOWN if unclear and known is False and not isinstance(value, bool) else value
    return UNKNOWN if unclear else value


def _compare(machine: Machine, node: ast.Compare, scope: NameScope) -> Value:
    left = evaluate(machine, node.left, scope)
    unclear = False
    for kind, right_node in zip(node.ops, node.comparators, strict=True):
        right = evaluate(machine, right_node, scope)
        answer = compare(machine, kind, left, right)
        if answer is False:
            return False
        unclear = unclear or answer is None
        left = right
    return UNKNOWN if unclear else True


def _choice(machine: Machine, node: ast.IfExp, scope: NameScope) -> Value:
    """``a if c else b``; if the condition is not known, what is known of both."""
    known = truth(evaluate(machine, node.test, scope))
    if known is not None:
        return evaluate(machine, node.body if known else node.orelse, scope)
    return either(_tried(machine, node.orelse, scope), _tried(machine, node.body, scope))


def _tried(machine: Machine, node: ast.expr, scope: NameScope) -> Value:
    """The value of an expression that may not be evaluated at all: unknown if it raises."""
    try:
        return evaluate(machine, node, scope)
    except RaisedError:
        return UNKNOWN


def _subscript(machine: Machine, node: ast.Subscript, scope: NameScope) -> Value:
    owner = evaluate(machine, node.value, scope)
    return subscript(machine, owner, evaluate(machine, node.slice, scope))


def _slice(machine: Machine, node: ast.Slice, scope: NameScope) -> Value:
    parts = [
        None if one is None else evaluate(machine, one, scope) for one in (node.lower, node.upper, node.step)
    ]
    return slice(*parts) if all(part is None or isinstance(part, int) for part in parts) else UNKNOWN


def _attribute(machine: Machine, node: ast.Attribute, scope: NameScope) -> Value:
    return machine.attribute(evaluate(machine, node.value, scope), node.attr)


def _call(machine: Machine, node: ast.Call, scope: NameScope) -> Value:
    if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
        call = scope.call()
        return Super(call.owner, call.receiver) if call is not None and call.owner is not None else UNKNOWN
    function = evaluate(machine, node.func, scope)
    arguments, opened = _items(machine, node.args, scope)
    if opened:
        arguments.append(UNKNOWN)
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        value = evaluate(machine, keyword.value, scope)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        elif isinstance(value, PyDict):
            keywords.update((key, one) for key, one in value.items() if isinstance(key, str))
    machine.scope = scope
    return machine.parts.call(machine, function, arguments, keywords)


def _lambda(machine: Machine, node: ast.Lambda, scope: NameScope) -> Value:
    defaults = tuple(evaluate(machine, one, scope) for one in node.args.defaults)
    return Function(node, scope.around(), scope.module, "<lambda>", defaults)


def _named(machine: Machine, node: ast.NamedExpr, scope: NameScope) -> Value:
    value = evaluate(machine, node.value, scope)
    scope.store(node.target.id, value)
    return value


def _await(machine: Machine, node: ast.Await, scope: NameScope) -> Value:
    return evaluate(machine, node.value, scope)


def _yield(machine: Machine, node: ast.Yield, scope: NameScope) -> Value:
    value = None if node.value is None else evaluate(machine, node.value, scope)
    _yielded(scope, [value])
    return UNKNOWN


def _yield_from(machine: Machine, node: ast.YieldFrom, scope: NameScope) -> Value:
    _yielded(scope, machine.members(evaluate(machine, node.value, scope)))
    return UNKNOWN


def _yielded(scope: NameScope, values: list[Value]) -> None:
    holder: NameScope | None = scope
    while holder is not None and holder.yielded is None:
        holder = holder.parent
    if holder is not None and holder.yielded is not None:
        holder.yielded.extend(values)


_EXPRESSIONS: dict[type[ast.expr], Callable[[Machine, Any, NameScope], Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.List: _list,
    ast.Tuple: _tuple,
    ast.Set: _set,
    ast.Dict: _dict,
    ast.JoinedStr: _joined,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _choice,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Lambda: _lambda,
    ast.NamedExpr: _named,
    ast.Await: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
    ast.ListComp: comprehension,
    ast.GeneratorExp: comprehension,
    ast.SetComp: comprehension,
    ast.DictComp: dict_comprehension,
}
