"""Python's module ``ast``, for packs that look for their node classes in their own source."""

from __future__ import annotations

import ast
from collections.abc import Callable

from comfyc.scan.limits import MAX_ITEMS, MAX_SOURCE
from comfyc.scan.machine import Machine
from comfyc.scan.values import UNKNOWN, PyList, RaisedError, Value

Arguments = list[Value]
Keywords = dict[str, Value]


def syntax_attribute(node: ast.AST, name: str) -> Value:
    """An attribute of a node of a syntax tree."""
    if name not in node._fields and name not in ("lineno", "col_offset", "end_lineno"):
        raise RaisedError(AttributeError)
    found = getattr(node, name, None)
    return PyList(found) if isinstance(found, list) else found


def is_syntax(node: ast.AST, name: str) -> bool | None:
    """Whether a node is of a class of the module; None if there is no such class."""
    kind = getattr(ast, name.rpartition(".")[2], None) if name.startswith("ast.") else None
    return isinstance(node, kind) if isinstance(kind, type) else None


def _parse(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    source = arguments[0] if arguments else UNKNOWN
    if not isinstance(source, str) or len(source) > MAX_SOURCE:
        return UNKNOWN
    machine.spend(len(source) >> 4)
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise RaisedError(SyntaxError) from None


def _nodes(function: Callable[[ast.AST], object]) -> Callable[[Machine, Arguments, Keywords], Value]:
    """``ast.walk`` and ``ast.iter_child_nodes``."""

    def call(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
        if not arguments or not isinstance(arguments[0], ast.AST):
            return UNKNOWN
        found = PyList()
        for node in function(arguments[0]):  # type: ignore[attr-defined]
            machine.spend()
            if len(found) < MAX_ITEMS:
                found.append(node)
        return found

    return call


def _segment(_: Machine, arguments: Arguments, __: Keywords) -> Value:
    if len(arguments) < 2 or not isinstance(arguments[0], str) or not isinstance(arguments[1], ast.AST):
        return UNKNOWN
    return ast.get_source_segment(arguments[0], arguments[1])


SYNTAX: dict[str, Callable[[Machine, Arguments, Keywords], Value]] = {
    "ast.parse": _parse,
    "ast.walk": _nodes(ast.walk),
    "ast.iter_child_nodes": _nodes(ast.iter_child_nodes),
    "ast.get_source_segment": _segment,
}
"""Functions of the module by their dotted names."""
