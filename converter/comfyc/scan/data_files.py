"""JSON and TOML that the code of a pack reads from its own files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from comfyc.safety.foreign import parse
from comfyc.scan.limits import is_small
from comfyc.scan.machine import Machine
from comfyc.scan.paths import open_file, path_text, read_file
from comfyc.scan.values import UNKNOWN, PyDict, PyList, RaisedError, Record, Value

Arguments = list[Value]
Keywords = dict[str, Value]
_TOML = 100_000
"""Characters of a TOML text."""
_PARTS = 30
"""Dots in a line of it: ``tomllib`` recurses with the parts of a key."""


def _first(arguments: Arguments) -> Value:
    return arguments[0] if arguments else UNKNOWN


def own_values(value: Any) -> Value:
    """A value that JSON was parsed to, as a value of the interpreter."""
    if value is not None and not isinstance(value, (dict, list, str, int, float)):
        return UNKNOWN
    if isinstance(value, dict):
        return PyDict({key: own_values(one) for key, one in value.items()})
    return PyList([own_values(one) for one in value]) if isinstance(value, list) else value


def _parsed(machine: Machine, text: Value) -> Value:
    if not isinstance(text, str):
        return UNKNOWN
    machine.spend(len(text) >> 4)
    try:
        return own_values(parse(text.encode("utf-8", "replace")))
    except (ValueError, RecursionError) as error:
        raise RaisedError(json.JSONDecodeError if isinstance(error, ValueError) else ValueError) from None


def _json_load(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    return _parsed(machine, read_file(machine, _first(arguments)))


def _json_loads(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    return _parsed(machine, _first(arguments))


def _json_dumps(machine: Machine, arguments: Arguments, keywords: Keywords) -> Value:
    value = _first(arguments)
    indent = keywords.get("indent")
    if not is_small(value, 5_000) or not (indent is None or (isinstance(indent, int) and indent < 16)):
        return UNKNOWN
    try:
        return machine.weigh(
            json.dumps(value, indent=indent, ensure_ascii=keywords.get("ensure_ascii") is not False)
        )
    except (TypeError, ValueError):
        return UNKNOWN


def _toml(text: Value) -> Value:
    """The values of a TOML text."""
    if (
        not isinstance(text, str)
        or len(text) > _TOML
        or any(line.count(".") > _PARTS for line in text.split("\n"))
    ):
        return UNKNOWN
    module: Any = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        return own_values(module.loads(text))
    except (ValueError, RecursionError):
        raise RaisedError(ValueError) from None


def _toml_load(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    """``tomllib.load(file)``, and ``toml.load(path)``."""
    file = _first(arguments)
    if not isinstance(file, Record) and path_text(file) is not None:
        file = open_file(machine, file)
    return _toml(read_file(machine, file))


def _toml_loads(_: Machine, arguments: Arguments, __: Keywords) -> Value:
    return _toml(_first(arguments))


DATA_FILES: dict[str, Callable[[Machine, Arguments, Keywords], Value]] = {
    "json.load": _json_load,
    "json.loads": _json_loads,
    "json.dumps": _json_dumps,
    **{f"{name}.load": _toml_load for name in ("tomllib", "tomli", "toml")},
    **{f"{name}.loads": _toml_loads for name in ("tomllib", "tomli", "toml")},
}
"""Functions that read data files, by their dotted names."""
