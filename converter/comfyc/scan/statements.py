"""Statements. Where a condition is not known, what a fresh installation would most likely do counts."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from comfyc.scan.assignments import assign, augmented, delete_targets
from comfyc.scan.classes import make_class
from comfyc.scan.exceptions import catches
from comfyc.scan.functions import make_function
from comfyc.scan.guesses import guess, maybe
from comfyc.scan.imports import import_from, import_modules
from comfyc.scan.limits import MAX_ROUNDS
from comfyc.scan.machine import Machine
from comfyc.scan.operators import compare, truth
from comfyc.scan.scopes import NameScope
from comfyc.scan.values import (
    ABSENT,
    UNKNOWN,
    Instance,
    PyDict,
    RaisedError,
    Value,
    is_unknown,
)

_PERHAPS = "perhaps continue"
"""How an ``if`` ends that may skip the rest of a loop's round: the rest is a guess."""
_JUMPS = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def execute(machine: Machine, body: Sequence[ast.stmt], scope: NameScope) -> str:
    """Run statements; "" or how they ended: "return", "break", "continue"."""
    outer = machine.guesses
    try:
        for node in body:
            machine.spend()
            known = _STATEMENTS.get(type(node))
            ended = "" if known is None else known(machine, node, scope)
            if ended == _PERHAPS:
                machine.guesses += 1
            elif ended:
                return ended
    finally:
        machine.guesses = outer
    return ""


def _expression(machine: Machine, node: ast.Expr, scope: NameScope) -> str:
    if not isinstance(node.value, ast.Constant):
        machine.evaluate(node.value, scope)
    return ""


def _assign(machine: Machine, node: ast.Assign, scope: NameScope) -> str:
    value = machine.evaluate(node.value, scope)
    for target in node.targets:
        assign(machine, target, value, scope)
    return ""


def _annotated(machine: Machine, node: ast.AnnAssign, scope: NameScope) -> str:
    if isinstance(node.target, ast.Name) and scope.is_class:
        fields = scope.names.setdefault("__annotations__", PyDict())
        fields[node.target.id] = UNKNOWN
    if node.value is not None:
        assign(machine, node.target, machine.evaluate(node.value, scope), scope)
    return ""


def _if(machine: Machine, node: ast.If, scope: NameScope) -> str:
    test = machine.evaluate(node.test, scope)
    known = truth(test)
    if known is not None:
        return execute(machine, node.body if known else node.orelse, scope)
    if not node.orelse:
        if isinstance(node.body[-1], _JUMPS):
            return _PERHAPS if isinstance(node.body[-1], ast.Continue) else ""
        return maybe(machine, node.body, scope)
    likely_last = (node.body, node.orelse) if test is ABSENT else (node.orelse, node.body)
    return guess(machine, likely_last, scope)


def _for(machine: Machine, node: ast.For, scope: NameScope) -> str:
    members, opened = machine.parts.iterate(machine, machine.evaluate(node.iter, scope))
    for member in members:
        machine.spend()
        assign(machine, node.target, member, scope)
        ended = execute(machine, node.body, scope)
        if ended == "break":
            return ""
        if ended == "return":
            return ended
    if opened:
        # one more round for the members that are not known: what it adds to lists is not known either
        assign(machine, node.target, UNKNOWN, scope)
        maybe(machine, node.body, scope)
    return execute(machine, node.orelse, scope)


def _while(machine: Machine, node: ast.While, scope: NameScope) -> str:
    for _ in range(MAX_ROUNDS):
        machine.spend()
        if truth(machine.evaluate(node.test, scope)) is not True:
            break
        ended = execute(machine, node.body, scope)
        if ended == "break":
            return ""
        if ended == "return":
            return ended
    return ""


def _try(machine: Machine, node: ast.Try, scope: NameScope) -> str:
    try:
        ended = execute(machine, node.body, scope) or execute(machine, node.orelse, scope)
        if not ended and any(isinstance(one, ast.ImportFrom) for one in node.body):
            _take_fallbacks(machine, node.handlers, scope)
    except RaisedError as error:
        handler = next((one for one in node.handlers if _handles(machine, one, error, scope)), None)
        if handler is None:
            execute(machine, node.finalbody, scope)
            raise
        if handler.name:
            scope.store(handler.name, error.value)
        ended = execute(machine, handler.body, scope)
    return execute(machine, node.finalbody, scope) or ended


def _take_fallbacks(machine: Machine, handlers: Sequence[ast.ExceptHandler], scope: NameScope) -> None:
    """The lists and dictionaries that a pack has for the case that an import from outside fails: they are
    known, unlike what is imported."""
    for node in handlers[0].body if handlers else ():
        if isinstance(node, ast.Assign) and isinstance(node.value, (ast.List, ast.Dict)):
            value = machine.evaluate(node.value, scope)
            for target in node.targets:
                if isinstance(target, ast.Name) and is_unknown(scope.names.get(target.id)) and value:
                    scope.names[target.id] = value


def _handles(machine: Machine, handler: ast.ExceptHandler, error: RaisedError, scope: NameScope) -> bool:
    return handler.type is None or catches(machine.evaluate(handler.type, scope), error.kind)


def _raise(machine: Machine, node: ast.Raise, scope: NameScope) -> str:
    value = machine.evaluate(node.exc, scope) if node.exc is not None else UNKNOWN
    kind = value.kind if isinstance(value, Instance) else value
    raise RaisedError(Exception if is_unknown(kind) else kind, value)


def _assert(machine: Machine, node: ast.Assert, scope: NameScope) -> str:
    if truth(machine.evaluate(node.test, scope)) is False:
        raise RaisedError(AssertionError)
    return ""


def _return(machine: Machine, node: ast.Return, scope: NameScope) -> str:
    scope.returned = None if node.value is None else machine.evaluate(node.value, scope)
    return "return"


def _break(_: Machine, __: ast.Break, ___: NameScope) -> str:
    return "break"


def _continue(_: Machine, __: ast.Continue, ___: NameScope) -> str:
    return "continue"


def _with(machine: Machine, node: ast.With | ast.AsyncWith, scope: NameScope) -> str:
    for item in node.items:
        value = machine.evaluate(item.context_expr, scope)
        if item.optional_vars is not None:
            entered = (
                machine.call(machine.attribute(value, "__enter__"))
                if machine.has(value, "__enter__")
                else value
            )
            assign(machine, item.optional_vars, entered, scope)
    return execute(machine, node.body, scope)


def _global(_: Machine, node: ast.Global, scope: NameScope) -> str:
    top = scope
    while top.parent is not None:
        top = top.parent
    scope.shared.update(dict.fromkeys(node.names, top))
    return ""


def _nonlocal(_: Machine, node: ast.Nonlocal, scope: NameScope) -> str:
    for name in node.names:
        holder = scope.parent.holder(name) if scope.parent is not None else None
        if holder is not None:
            scope.shared[name] = holder
    return ""


def _class(machine: Machine, node: ast.ClassDef, scope: NameScope) -> str:
    scope.store(node.name, make_class(machine, node, scope))
    return ""


def _function(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: NameScope) -> str:
    scope.store(node.name, make_function(machine, node, scope))
    return ""


def _match(machine: Machine, node: ast.Match, scope: NameScope) -> str:
    subject = machine.evaluate(node.subject, scope)
    for case in node.cases:
        if _matches(machine, case.pattern, subject, scope):
            return execute(machine, case.body, scope)
    return ""


def _matches(machine: Machine, pattern: ast.pattern, subject: Value, scope: NameScope) -> bool:
    """Whether a pattern of values and alternatives surely matches; other patterns never do."""
    if isinstance(pattern, ast.MatchValue):
        return compare(machine, ast.Eq(), subject, machine.evaluate(pattern.value, scope)) is True
    if isinstance(pattern, ast.MatchOr):
        return any(_matches(machine, one, subject, scope) for one in pattern.patterns)
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        if pattern.name is not None:
            scope.store(pattern.name, subject)
        return True
    return isinstance(pattern, ast.MatchSingleton) and subject is pattern.value


def _import(machine: Machine, node: ast.Import, scope: NameScope) -> str:
    import_modules(machine, node, scope)
    return ""


def _import_from(machine: Machine, node: ast.ImportFrom, scope: NameScope) -> str:
    import_from(machine, node, scope)
    return ""


_STATEMENTS: dict[type[ast.stmt], Callable[[Machine, Any, NameScope], str]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: augmented,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.Try: _try,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.Return: _return,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Delete: delete_targets,
    ast.Global: _global,
    ast.Nonlocal: _nonlocal,
    ast.ClassDef: _class,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.Match: _match,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
}
if hasattr(ast, "TryStar"):
    _STATEMENTS[ast.TryStar] = _try
