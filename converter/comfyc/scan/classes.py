"""Classes: making them of their bodies, and of ``type(name, bases, names)``; their objects."""

from __future__ import annotations

import ast

from comfyc.scan.functions import is_own, owned
from comfyc.scan.machine import Machine
from comfyc.scan.scopes import NameScope
from comfyc.scan.values import (
    UNKNOWN,
    Bound,
    Function,
    Instance,
    Module,
    PyClass,
    PyDict,
    PyList,
    PySet,
    RaisedError,
    Record,
    Value,
    is_unknown,
    method_order,
)

_ENUMS = {"Enum", "StrEnum", "IntEnum", "Flag", "IntFlag"}
_NATIVE: dict[type, Value] = {str: "", int: 0, float: 0.0, bool: False, tuple: ()}


def make_class(machine: Machine, node: ast.ClassDef, scope: NameScope) -> Value:
    """The class of a ``class`` statement: body, metaclass, ``__init_subclass__`` and decorators run."""
    bases = tuple(machine.evaluate(one, scope) for one in node.bases if not isinstance(one, ast.Starred))
    keywords = {one.arg: machine.evaluate(one.value, scope) for one in node.keywords if one.arg}
    names: dict[str, Value] = {"__module__": scope.module.name, "__qualname__": node.name}
    body = NameScope(names, scope.module, scope, is_class=True)
    documentation = ast.get_docstring(node)
    if documentation is not None:
        names["__doc__"] = documentation
    machine.parts.execute(machine, node.body, body)
    value: Value = build_class(machine, node.name, scope.module, bases, names, keywords, node.lineno)
    for decorator in reversed(node.decorator_list):
        value = _decorated(machine, decorator, value, scope)
    return value


def build_class(
    machine: Machine,
    name: str,
    module: Module | None,
    bases: tuple[Value, ...],
    names: dict[str, Value],
    keywords: dict[str, Value] | None = None,
    line: int = 0,
) -> PyClass:
    """A class of its name, bases and attributes."""
    bases = tuple(base.names["origin"] if _is_alias(base) else base for base in bases)
    made = PyClass(name, module, bases, names, line)
    made.order = method_order(made)
    made.is_enum = any(_is_enum(base) for base in bases)
    made.is_dataclass = any(isinstance(base, PyClass) and base.is_dataclass for base in bases)
    for key, value in names.items():
        names[key] = owned(value, made)
    if made.is_enum:
        _make_members(machine, made)
    rest = dict(keywords or {})
    metaclass = rest.pop("metaclass", None) or next(
        (base.metaclass for base in bases if isinstance(base, PyClass)), None
    )
    made.metaclass = metaclass
    if isinstance(metaclass, PyClass):
        _run_metaclass(machine, made, metaclass)
    _run_hook(machine, made, rest)
    return made


def _is_alias(base: Value) -> bool:
    """Whether a base is ``dict[str, int]`` or the like."""
    return isinstance(base, Record) and base.kind == "alias"


def _is_enum(base: Value) -> bool:
    if isinstance(base, PyClass):
        return base.is_enum
    return is_unknown(base) and base.name.rpartition(".")[2] in _ENUMS


def _make_members(machine: Machine, made: PyClass) -> None:
    """Replace the attributes of an enumeration with its members."""
    mixes = any(base in (str, int, float) for base in made.order if isinstance(base, type))
    mixes = mixes or any(
        is_unknown(base) and base.name.endswith(("StrEnum", "IntEnum")) for base in made.order
    )
    count = 0
    for key, value in made.names.items():
        if key.startswith("_") or isinstance(value, (Function, PyClass)) or hasattr(value, "call"):
            continue
        count += 1
        if is_unknown(value) and value.name == "enum.auto()":
            value = key.lower() if mixes and any(_is_str(base) for base in made.order) else count
        member = Instance(made, {"name": key, "value": value, "_name_": key, "_value_": value})
        native = value[0] if mixes and isinstance(value, tuple) and value else value
        member.native = native if mixes and isinstance(native, (str, int, float)) else None
        if machine.has(made, "__new__") or machine.has(made, "__init__"):
            _initialise_member(machine, made, member, value)
        made.names[key] = member


def _is_str(base: Value) -> bool:
    return base is str or (is_unknown(base) and base.name.endswith("StrEnum"))


def _initialise_member(machine: Machine, made: PyClass, member: Instance, value: Value) -> None:
    initialise = machine.get(made, "__init__")
    if isinstance(initialise, Function):
        arguments = list(value) if isinstance(value, tuple) else [value]
        machine.parts.call(machine, Bound(initialise, member), arguments, {})
    if "_value_" in member.names:
        member.names["value"] = member.names["_value_"]


def _run_metaclass(machine: Machine, made: PyClass, metaclass: PyClass) -> None:
    """``__init__`` and ``__new__`` of a metaclass, which mostly write the class into a list of nodes."""
    for name in ("__new__", "__init__"):
        function = machine.get(metaclass, name)
        if isinstance(function, Function):
            first = metaclass if name == "__new__" else made
            machine.memo["class being made"] = made
            try:
                machine.call(function, first, made.name, made.bases, PyDict(made.names))
            except RaisedError:
                continue
            finally:
                machine.memo.pop("class being made", None)


def _run_hook(machine: Machine, made: PyClass, keywords: dict[str, Value]) -> None:
    """``__init_subclass__`` of a base."""
    for base in made.order[1:]:
        if isinstance(base, PyClass) and isinstance(base.names.get("__init_subclass__"), Function):
            machine.parts.call(machine, base.names["__init_subclass__"], [made], keywords)
            return


def _decorated(machine: Machine, decorator: ast.expr, value: Value, scope: NameScope) -> Value:
    try:
        function = machine.evaluate(decorator, scope)
        if is_unknown(function):
            if isinstance(value, PyClass) and function.name.startswith("dataclasses.dataclass"):
                value.is_dataclass = True
            return value
        made = machine.call(function, value) if is_own(function) else UNKNOWN
    except RaisedError:
        return value
    return value if is_unknown(made) or made is None else made


def make_object(machine: Machine, kind: PyClass, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """``Class(...)``: an object of a class of the pack."""
    if kind.is_enum:
        return _member_of(machine, kind, arguments)
    made = Instance(kind)
    made.native = _native_of(machine, kind, arguments, keywords)
    create = machine.get(kind, "__new__")
    if isinstance(create, Function):
        created = machine.parts.call(machine, create, [kind, *arguments], keywords)
        if isinstance(created, Instance):
            made = created
    initialise = machine.get(kind, "__init__")
    if isinstance(initialise, Function):
        machine.parts.call(machine, Bound(initialise, made), arguments, keywords)
    elif kind.is_dataclass or _is_tuple(kind):
        _fill_fields(machine, made, arguments, keywords)
    return made


def _member_of(machine: Machine, kind: PyClass, arguments: list[Value]) -> Value:
    for member in machine.members(kind):
        if arguments and isinstance(member, Instance) and member.names.get("value") == arguments[0]:
            return member
    if arguments and is_unknown(arguments[0]):
        return UNKNOWN
    raise RaisedError(ValueError)


def _native_of(machine: Machine, kind: PyClass, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """The text, number, list or dictionary that an object of a subclass of these is."""
    for base in kind.order:
        if base in (list, dict, set):
            of: Value = {list: PyList, dict: PyDict, set: PySet}[base]()
            first = arguments[0] if arguments else None
            if isinstance(first, PyDict) and base is dict:
                of.update(first)
            elif base is not dict and first is not None:
                return machine.call(base, first)
            if base is dict and not machine.has(kind, "__init__"):
                of.update(keywords)
            return of
        if isinstance(base, type) and base in _NATIVE:
            if not arguments or is_unknown(arguments[0]):
                return UNKNOWN if arguments else _NATIVE[base]
            return machine.call(base, arguments[0])
    return None


def _is_tuple(kind: PyClass) -> bool:
    return any(is_unknown(base) and base.name.endswith(("NamedTuple", "BaseModel")) for base in kind.order)


def _fill_fields(
    machine: Machine, made: Instance, arguments: list[Value], keywords: dict[str, Value]
) -> None:
    """The fields of a dataclass, in the order of their annotations."""
    fields: dict[str, Value] = {}
    for base in reversed(made.kind.order):
        if isinstance(base, PyClass):
            for name in base.names.get("__annotations__", ()):
                fields[name] = base.names.get(name, UNKNOWN)
    for at, name in enumerate(fields):
        default = fields[name]
        if is_unknown(default) and default.name == "":
            default = UNKNOWN
        value = arguments[at] if at < len(arguments) else keywords.get(name, default)
        made.names[name] = _default_of(machine, value)
    after = machine.get(made.kind, "__post_init__")
    if isinstance(after, Function):
        machine.call(Bound(after, made))
    if _is_tuple(made.kind):
        made.native = tuple(made.names.values())


def _default_of(machine: Machine, value: Value) -> Value:
    """The default of a field of a dataclass, made anew if it has a factory."""
    if isinstance(value, Record) and value.kind == "field":
        return machine.call(value.names["factory"])
    return value
