"""Functions: making them, and calling them with their arguments bound."""

from __future__ import annotations

import ast
from dataclasses import replace

from comfyc.scan.limits import MAX_CALLS
from comfyc.scan.machine import Machine
from comfyc.scan.scopes import NameScope
from comfyc.scan.values import (
    UNKNOWN,
    Bound,
    Function,
    Native,
    PyClass,
    PyDict,
    PyList,
    RaisedError,
    Value,
    is_unknown,
)

_KINDS = {
    "classmethod": "classmethod",
    "staticmethod": "staticmethod",
    "property": "property",
    "classproperty": "classproperty",
    "cached_property": "property",
    "class_property": "classproperty",
}


def make_function(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: NameScope) -> Value:
    """The function of a ``def``, with its decorators. Those that are not known change nothing."""
    arguments = node.args
    function = Function(
        node,
        scope.around(),
        scope.module,
        node.name,
        defaults=tuple(machine.evaluate(one, scope) for one in arguments.defaults),
        keyword_defaults={
            one.arg: machine.evaluate(default, scope)
            for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default is not None
        },
    )
    if scope.is_class and node.name in ("__new__", "__init_subclass__", "__class_getitem__"):
        function.kind = "staticmethod" if node.name == "__new__" else "classmethod"
    value: Value = function
    for decorator in reversed(node.decorator_list):
        value = _decorated(machine, decorator, value, scope)
    return value


def _decorated(machine: Machine, decorator: ast.expr, value: Value, scope: NameScope) -> Value:
    name = (
        decorator.id
        if isinstance(decorator, ast.Name)
        else decorator.attr
        if isinstance(decorator, ast.Attribute)
        else ""
    )
    if name in _KINDS and isinstance(value, Function):
        value.kind = _KINDS[name]
        return value
    if name in ("setter", "deleter", "abstractmethod", "override", "final"):
        return value
    try:
        function = machine.evaluate(decorator, scope)
        made = machine.call(function, value) if is_own(function) else UNKNOWN
    except RaisedError:
        return value
    return value if is_unknown(made) or made is None else made


def is_own(value: Value) -> bool:
    """Whether a call of a value runs code of the pack, or of a library that the interpreter knows."""
    return isinstance(value, (Function, Bound, Native, PyClass)) or hasattr(value, "kind")


def _yields(body: list[ast.stmt]) -> bool:
    """Whether a function is a generator."""
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            pending.extend(ast.iter_child_nodes(node))
    return False


def call_function(
    machine: Machine, function: Function, arguments: list[Value], keywords: dict[str, Value]
) -> Value:
    """Run a function. Calls that are too deep are not known."""
    if machine.depth >= MAX_CALLS:
        return UNKNOWN
    scope = NameScope({}, function.module, function.scope, owner=function.owner)
    scope.receiver = arguments[0] if arguments else None
    _bind(function, scope, arguments, keywords)
    node = function.node
    machine.depth += 1
    try:
        if isinstance(node, ast.Lambda):
            return machine.evaluate(node.body, scope)
        if function.is_generator is None:
            function.is_generator = _yields(node.body)
        if function.is_generator:
            scope.yielded = []
        machine.parts.execute(machine, node.body, scope)
    finally:
        machine.depth -= 1
    return scope.returned if scope.yielded is None else PyList(scope.yielded)


def _bind(function: Function, scope: NameScope, arguments: list[Value], keywords: dict[str, Value]) -> None:
    """Give the parameters their values. What the call leaves out and has no default is not known."""
    parameters = function.node.args
    names = [one.arg for one in (*parameters.posonlyargs, *parameters.args)]
    first_default = len(names) - len(function.defaults)
    for at, name in enumerate(names):
        if at < len(arguments):
            scope.names[name] = arguments[at]
        elif name in keywords:
            scope.names[name] = keywords[name]
        else:
            scope.names[name] = function.defaults[at - first_default] if at >= first_default else UNKNOWN
    for one in parameters.kwonlyargs:
        scope.names[one.arg] = keywords.get(one.arg, function.keyword_defaults.get(one.arg, UNKNOWN))
    if parameters.vararg is not None:
        scope.names[parameters.vararg.arg] = tuple(arguments[len(names) :])
    if parameters.kwarg is not None:
        rest = {key: value for key, value in keywords.items() if key not in scope.names}
        scope.names[parameters.kwarg.arg] = PyDict(rest)


def owned(function: Value, owner: PyClass) -> Value:
    """A function as a method of a class, which ``super()`` in it needs."""
    if isinstance(function, Function) and function.owner is None:
        function.owner = owner
    elif isinstance(function, Function) and function.owner is not owner and function.scope.is_class:
        return replace(function, owner=owner)
    return function
