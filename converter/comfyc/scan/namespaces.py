"""``globals()``, ``locals()``, ``vars()`` and ``dir()``."""

from __future__ import annotations

from typing import Any

from comfyc.scan.machine import Machine
from comfyc.scan.values import UNKNOWN, PyClass, PyDict, PyList, Value


def globals_(machine: Machine, _: object, __: object) -> Value:
    """``globals()``."""
    scope = machine.scope
    return UNKNOWN if scope is None else NamesView(scope.module.names)


def locals_(machine: Machine, _: object, __: object) -> Value:
    """``locals()``."""
    return UNKNOWN if machine.scope is None else NamesView(machine.scope.names)


class NamesView(PyDict):
    """``globals()``: a dictionary whose changes are those of a module's or a class's names."""

    __slots__ = ("names",)

    def __init__(self, names: dict[str, Value]) -> None:
        super().__init__(names)
        self.names = names

    def __setitem__(self, key: Value, value: Value) -> None:
        super().__setitem__(key, value)
        if isinstance(key, str):
            self.names[key] = value

    def update(self, *arguments: Any, **keywords: Value) -> None:
        for key, value in dict(*arguments, **keywords).items():
            self[key] = value


def vars_(machine: Machine, arguments: list[Value], _: object) -> Value:
    """``vars(value)``."""
    if not arguments:
        return locals_(machine, (), {})
    return NamesView(arguments[0].names) if hasattr(arguments[0], "names") else UNKNOWN


def dir_(machine: Machine, arguments: list[Value], _: object) -> Value:
    """``dir(value)``."""
    value: Value = arguments[0] if arguments else machine.scope
    if isinstance(value, PyClass):
        return PyList(sorted({name for one in value.order if isinstance(one, PyClass) for name in one.names}))
    return PyList(sorted(value.names)) if hasattr(value, "names") else PyList(is_open=True)
