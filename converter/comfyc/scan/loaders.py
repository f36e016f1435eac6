"""What loads and inspects modules: ``importlib``, ``pkgutil``, ``inspect``, ``sys.path``, ``sys.modules``."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable

from comfyc.scan.imports import import_by_name, module_of
from comfyc.scan.kinds import iterate, may_be_class
from comfyc.scan.machine import Machine
from comfyc.scan.operators import truth
from comfyc.scan.paths import path_text
from comfyc.scan.values import (
    UNKNOWN,
    Bound,
    Function,
    Module,
    Native,
    PyClass,
    PyDict,
    PyList,
    RaisedError,
    Record,
    Value,
    is_unknown,
)

Arguments = list[Value]
Keywords = dict[str, Value]


def _first(arguments: Arguments) -> Value:
    return arguments[0] if arguments else UNKNOWN


def _module(machine: Machine) -> Module:
    if machine.scope is None:
        raise RaisedError(ImportError)
    return machine.scope.module


def _import_module(machine: Machine, arguments: Arguments, keywords: Keywords) -> Value:
    name = _first(arguments) if arguments else keywords.get("name", UNKNOWN)
    package = arguments[1] if len(arguments) > 1 else keywords.get("package")
    if not isinstance(name, str):
        return UNKNOWN
    return import_by_name(machine, _module(machine), name, package if isinstance(package, str) else "")


def _builtin_import(machine: Machine, arguments: Arguments, keywords: Keywords) -> Value:
    """``__import__(name, ..., fromlist, level)``."""
    name = _first(arguments)
    level = arguments[4] if len(arguments) > 4 else keywords.get("level", 0)
    if not isinstance(name, str) or not isinstance(level, int) or not 0 <= level < 20:
        return UNKNOWN
    return import_by_name(machine, _module(machine), "." * level + name, "")


def _spec_from_file(machine: Machine, arguments: Arguments, keywords: Keywords) -> Value:
    path = path_text(arguments[1] if len(arguments) > 1 else keywords.get("location", UNKNOWN))
    relative = None if path is None else machine.files.relative(path)
    if relative is None:
        return UNKNOWN
    if relative not in machine.files.files:
        raise RaisedError(FileNotFoundError)
    loader = Record(
        "loader",
        {
            "exec_module": Native("exec_module", _exec_module),
            "load_module": Native("load_module", lambda machine, _, __: module_of(machine, relative)),
        },
    )
    return Record("spec", {"path": relative, "origin": path, "name": _first(arguments), "loader": loader})


def _module_from_spec(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    spec = _first(arguments)
    if not isinstance(spec, Record) or spec.kind != "spec":
        return UNKNOWN
    return module_of(machine, spec.names["path"])


def _exec_module(_: Machine, __: Arguments, ___: Keywords) -> Value:
    return None


def _iter_modules(machine: Machine, arguments: Arguments, keywords: Keywords, *, deep: bool) -> Value:
    """``pkgutil.iter_modules(paths, prefix)``."""
    folders, _ = iterate(machine, arguments[0] if arguments else keywords.get("path", UNKNOWN))
    prefix = arguments[1] if len(arguments) > 1 else keywords.get("prefix", "")
    found: list[Value] = []
    for folder in folders:
        text = path_text(folder)
        relative = None if text is None else machine.files.relative(text)
        if relative is not None:
            _list_modules(machine, relative, prefix if isinstance(prefix, str) else "", found, deep=deep)
    return PyList(found, is_open=not folders)


def _list_modules(machine: Machine, folder: str, prefix: str, found: list[Value], *, deep: bool) -> None:
    for name in machine.files.folders.get(folder, ()):
        machine.spend()
        path = posixpath.join(folder, name)
        is_package = f"{path}/__init__.py" in machine.files.files
        if (name.endswith(".py") and name != "__init__.py") or is_package:
            stem = prefix + name.removesuffix(".py")
            finder = Record("finder", {"path": posixpath.join(machine.files.virtual, folder)})
            fields = (finder, stem, is_package)
            found.append(fields)
            if is_package and deep:
                _list_modules(machine, path, f"{stem}.", found, deep=True)


def _get_members(machine: Machine, arguments: Arguments, keywords: Keywords) -> Value:
    """``inspect.getmembers(module, predicate)``."""
    value = _first(arguments)
    if not hasattr(value, "names"):
        return PyList(is_open=True)
    predicate = arguments[1] if len(arguments) > 1 else keywords.get("predicate")
    members = sorted(value.names.items())
    if predicate is not None:
        members = [one for one in members if truth(machine.call(predicate, one[1])) is True]
    return PyList(members)


def _is_class(_: Machine, arguments: Arguments, __: Keywords) -> Value:
    value = _first(arguments)
    known = may_be_class(value) if is_unknown(value) else isinstance(value, (PyClass, type))
    return UNKNOWN if known is None else known


def _is_function(_: Machine, arguments: Arguments, __: Keywords) -> Value:
    return isinstance(_first(arguments), (Function, Bound))


def _is_module(_: Machine, arguments: Arguments, __: Keywords) -> Value:
    return isinstance(_first(arguments), Module)


def _search_path(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    """``sys.path.append(folder)`` and ``sys.path.insert(0, folder)``."""
    text = path_text(arguments[-1]) if arguments else None
    relative = None if text is None else machine.files.relative(text)
    if relative is not None and relative not in machine.search and len(machine.search) < 50:
        machine.search.insert(0, relative)
    return None


EMPTY = PyClass("_empty", None, (), {})
"""``inspect.Parameter.empty``."""
EMPTY.order = (EMPTY,)


def _signature(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    """``inspect.signature(function)``."""
    function = arguments[0] if arguments else UNKNOWN
    first = 1 if isinstance(function, Bound) else 0
    function = function.function if isinstance(function, Bound) else function
    if not isinstance(function, Function):
        return UNKNOWN
    given = function.node.args
    names = [*given.posonlyargs, *given.args]
    defaults = [EMPTY] * (len(names) - len(function.defaults)) + list(function.defaults)
    parameters = PyDict()
    for at, one in enumerate(names):
        if at >= first:
            parameters[one.arg] = _parameter(machine, function, one, defaults[at])
    for one in given.kwonlyargs:
        parameters[one.arg] = _parameter(
            machine, function, one, function.keyword_defaults.get(one.arg, EMPTY)
        )
    returns = getattr(function.node, "returns", None)
    shown = EMPTY if returns is None else machine.evaluate(returns, function.scope)
    return Record("signature", {"parameters": parameters, "return_annotation": shown, "empty": EMPTY})


def _parameter(machine: Machine, function: Function, one: ast.arg, default: Value) -> Record:
    shown = EMPTY if one.annotation is None else machine.evaluate(one.annotation, function.scope)
    return Record("parameter", {"name": one.arg, "default": default, "annotation": shown, "empty": EMPTY})


def _stack(_: Machine, __: Arguments, ___: Keywords) -> Value:
    """``inspect.stack()`` while the server makes the answer of ``/object_info``."""
    return PyList(Record("frame", {"function": "node_info", "filename": "server.py"}) for _ in range(8))


class ModuleTable(PyDict):
    """``sys.modules``: the modules of the pack by their dotted names, and others that are not known."""

    __slots__ = ("machine",)

    def __init__(self, machine: Machine) -> None:
        super().__init__(is_open=True)
        self.machine = machine

    def _find(self, key: Value) -> Module | None:
        return next((one for one in self.machine.modules.values() if one.name == key), None)

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or self._find(key) is not None

    def __getitem__(self, key: Value) -> Value:
        found = self._find(key)
        return super().__getitem__(key) if found is None else found


LOADERS: dict[str, Callable[[Machine, Arguments, Keywords], Value]] = {
    "importlib.import_module": _import_module,
    "builtins.__import__": _builtin_import,
    "importlib.util.spec_from_file_location": _spec_from_file,
    "importlib.util.module_from_spec": _module_from_spec,
    "pkgutil.iter_modules": lambda machine, arguments, keywords: _iter_modules(
        machine, arguments, keywords, deep=False
    ),
    "pkgutil.walk_packages": lambda machine, arguments, keywords: _iter_modules(
        machine, arguments, keywords, deep=True
    ),
    "inspect.getmembers": _get_members,
    "inspect.stack": _stack,
    "inspect.signature": _signature,
    "inspect.isclass": _is_class,
    "inspect.isfunction": _is_function,
    "inspect.ismodule": _is_module,
    "sys.path.append": _search_path,
    "sys.path.insert": _search_path,
}
"""Functions that load and inspect modules, by their dotted names."""
