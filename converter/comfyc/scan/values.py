"""The values of the interpreter.

Numbers, texts, tuples and None are Python's own. Lists, dictionaries and sets are subclasses that can be
*open*: they may have further members, which only the machine knows. Everything else has a class here. What is
not known at all is an :class:`Unknown`; it carries the dotted name by which the source calls it, so that
``folder_paths.get_filename_list("loras")`` can be recognised as a list of files.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comfyc.scan.machine import Machine
    from comfyc.scan.scopes import NameScope

Value = Any
"""A value of the interpreted program."""

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Unknown:
    """A value that is not known. ``name`` is what the source calls it ("torch.cuda"), "" if it has no
    name."""

    __slots__ = ("name",)

    def __init__(self, name: str = "") -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<unknown {self.name}>"


UNKNOWN = Unknown()
ABSENT = Unknown()
"""Whether there is a file outside of the pack: not known, but not on a fresh installation."""
PRESENT = Unknown()
"""The opposite."""


class PyList(list[Value]):
    """A list; ``is_open`` says that it may have further members, which are not known."""

    __slots__ = ("is_open",)

    def __init__(self, members: Any = (), *, is_open: bool = False) -> None:
        super().__init__(members)
        self.is_open = is_open

    __hash__ = None


class PyDict(dict[Value, Value]):
    """A dictionary; ``is_open`` as in :class:`PyList`. ``default`` makes missing values (a defaultdict)."""

    __slots__ = ("default", "is_open")

    def __init__(self, members: Any = (), *, is_open: bool = False, default: Value = None) -> None:
        super().__init__(members)
        self.is_open = is_open
        self.default = default

    __hash__ = None


class PySet(dict[Value, None]):
    """A set in the order of its making, so that no result depends on Python's hashes."""

    __slots__ = ("is_open",)

    def __init__(self, members: Any = (), *, is_open: bool = False) -> None:
        super().__init__(dict.fromkeys(members))
        self.is_open = is_open

    __hash__ = None


@dataclass(eq=False, slots=True)
class Module:
    """A module of the pack. ``path`` is its file, relative to the pack's folder; ``name`` its dotted name."""

    path: str
    name: str
    names: dict[str, Value] = field(default_factory=dict)
    has_ended: bool = False
    is_open: bool = False
    """Whether it has imported all names of a module that is not known."""
    fault: str = ""
    """Why the rest of it was not interpreted, "" if all of it was."""


@dataclass(eq=False, slots=True)
class PyClass:
    """A class. ``names`` are its attributes; ``line`` is where it stands in the file of ``module``."""

    name: str
    module: Module | None
    bases: tuple[Value, ...]
    names: dict[str, Value]
    line: int = 0
    order: tuple[Value, ...] = ()
    """The method resolution order, the class itself first; unknown bases are among it."""
    is_enum: bool = False
    is_dataclass: bool = False
    metaclass: Value = None

    def __repr__(self) -> str:
        return f"<class {self.name}>"


@dataclass(eq=False, slots=True)
class Instance:
    """An object of a class of the pack. ``native`` is its value as a text, number, list or dictionary, if the
    class is a subclass of one of these."""

    kind: PyClass
    names: dict[str, Value] = field(default_factory=dict)
    native: Value = None

    def __eq__(self, other: object) -> bool:
        """Members of an enumeration of texts equal these texts, also as keys; others only themselves."""
        if isinstance(self.native, (str, int, float)):
            return bool(self.native == native(other))
        return self is other

    def __hash__(self) -> int:
        return hash(self.native) if isinstance(self.native, (str, int, float)) else id(self)


@dataclass(eq=False, slots=True)
class Function:
    """A function of the pack with the scope in which it was defined."""

    node: FunctionNode
    scope: NameScope
    module: Module
    name: str
    defaults: tuple[Value, ...] = ()
    keyword_defaults: dict[str, Value] = field(default_factory=dict)
    kind: str = ""
    """"classmethod", "staticmethod", "property" or ""."""
    owner: PyClass | None = None
    is_generator: bool | None = None
    """None until the first call."""
    names: dict[str, Value] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Bound:
    """A function with its first argument."""

    function: Value
    receiver: Value


@dataclass(eq=False, slots=True)
class Native:
    """A function that the interpreter provides."""

    name: str
    call: Callable[[Machine, list[Value], dict[str, Value]], Value]


@dataclass(eq=False, slots=True)
class Method:
    """A method of a text, a list, a dictionary, a path, ..."""

    owner: Value
    name: str


@dataclass(eq=False, slots=True)
class Super:
    """``super()``: attributes of ``receiver`` that come after ``owner`` in the order of its class."""

    owner: PyClass
    receiver: Value


@dataclass(eq=False, slots=True)
class Record:
    """An object of a known library with attributes only: a module's spec, an open file."""

    kind: str
    names: dict[str, Value]


class RaisedError(Exception):
    """The interpreted program raises ``kind``: an exception class of Python or of the pack."""

    def __init__(self, kind: Value, value: Value = UNKNOWN) -> None:
        super().__init__(getattr(kind, "__name__", None) or getattr(kind, "name", ""))
        self.kind = kind
        self.value = value


def is_unknown(value: Value) -> bool:
    """Whether nothing is known of a value."""
    return value.__class__ is Unknown


def is_open(value: Value) -> bool:
    """Whether a list, dictionary or set may have further members, or the value is not known at all."""
    return value.__class__ is Unknown or getattr(value, "is_open", False) is True


def native(value: Value) -> Value:
    """The text, number or list that an object stands for, if it is an object of a subclass of these."""
    return value.native if isinstance(value, Instance) and value.native is not None else value


def python_type(value: Value) -> type:
    """The type that Python has for a plain value."""
    types: dict[type, type] = {PyList: list, PyDict: dict, PySet: set}
    return types.get(type(value), type(value))


def method_order(own: PyClass) -> tuple[Value, ...]:
    """The classes in which attributes are looked up: C3 as Python has it, or depth first where that fails."""
    queues = [list(base.order) if isinstance(base, PyClass) else [base] for base in own.bases]
    queues.append(list(own.bases))
    merged: list[Value] = [own]
    while queues := [queue for queue in queues if queue]:
        for queue in queues:
            head = queue[0]
            if not any(head is later for other in queues for later in other[1:]):
                break
        else:
            head = queues[0][0]
        merged.append(head)
        queues = [[one for one in queue if one is not head] for queue in queues]
    return tuple(merged)
