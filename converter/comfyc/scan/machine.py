"""The interpreter's state for one pack, and the names by which its parts call each other.

The parts stand in modules of their own (statements, expressions, calls, attributes, imports) and need one
another in circles; each of them takes the :class:`Machine` as its first argument and calls the others through
it. ``interpreter.py`` puts them together.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from comfyc.scan.limits import MAX_ITEMS, MAX_TEXT, PACK_FUEL, OutOfFuelError, is_small
from comfyc.scan.scopes import NameScope
from comfyc.scan.values import UNKNOWN, Module, RaisedError, Value, is_unknown

if TYPE_CHECKING:
    from comfyc.catalog import Catalog
    from comfyc.scan.files import PackFiles


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a file that could not be read or interpreted."""

    path: str
    line: int | None
    column: int | None
    message: str


@dataclass(slots=True)
class Parts:
    """The parts of the interpreter."""

    evaluate: Callable[[Machine, ast.expr, NameScope], Value]
    execute: Callable[[Machine, Sequence[ast.stmt], NameScope], str]
    """Runs statements; "" or how they ended: "return", "break", "continue"."""
    assign: Callable[[Machine, ast.expr, Value, NameScope], None]
    call: Callable[[Machine, Value, list[Value], dict[str, Value]], Value]
    attribute: Callable[[Machine, Value, str], Value]
    """The attribute of a value; raises ``RaisedError`` where Python would raise AttributeError."""
    iterate: Callable[[Machine, Value], tuple[list[Value], bool]]
    """The members of a value, and whether there may be others."""
    load: Callable[[Machine, str], Module]
    """The module of a file of the pack, interpreted unless it is already."""
    outside: Callable[[Machine, str], Value]
    """What is known of a dotted name outside of the pack, else an unknown with this name."""


@dataclass(slots=True)
class Machine:
    """The state of the interpretation of one pack."""

    files: PackFiles
    core: Catalog
    parts: Parts
    modules: dict[str, Module] = field(default_factory=dict)
    """The modules by file."""
    faults: list[Fault] = field(default_factory=list)
    search: list[str] = field(default_factory=list)
    """Folders of the pack in which absolute imports are looked up."""
    fuel: int = 0
    """Steps left for what is being interpreted."""
    left: int = PACK_FUEL
    """Steps left for the pack, without those of ``fuel``."""
    depth: int = 0
    guesses: int = 0
    """How many branches and rounds around the present statement run although that is not known."""
    scope: NameScope | None = None
    """The scope from which a native function is called."""
    memo: dict[str, Any] = field(default_factory=dict)
    """What the parts remember for the whole pack."""

    def spend(self, steps: int = 1) -> None:
        """Burn fuel; ``OutOfFuelError`` if there is none."""
        self.fuel -= steps
        if self.fuel < 0:
            raise OutOfFuelError

    @contextmanager
    def budget(self, steps: int) -> Iterator[None]:
        """Fuel for one thing, out of what the pack has left."""
        outer, given = self.fuel, min(steps, self.left)
        self.left -= given
        self.fuel = given
        try:
            yield
        finally:
            self.left += max(self.fuel, 0)
            self.fuel = outer

    def evaluate(self, node: ast.expr, scope: NameScope) -> Value:
        return self.parts.evaluate(self, node, scope)

    def call(self, function: Value, *arguments: Value, **keywords: Value) -> Value:
        return self.parts.call(self, function, list(arguments), keywords)

    def attribute(self, value: Value, name: str) -> Value:
        return self.parts.attribute(self, value, name)

    def has(self, value: Value, name: str) -> bool:
        """Whether a value has an attribute, as far as it is known."""
        try:
            return not is_unknown(self.attribute(value, name))
        except RaisedError:
            return False

    def get(self, value: Value, name: str, default: Value = UNKNOWN) -> Value:
        """The attribute of a value, or the default if it has none."""
        try:
            return self.attribute(value, name)
        except RaisedError:
            return default

    def members(self, value: Value) -> list[Value]:
        """The known members of a value, for loops."""
        return self.parts.iterate(self, value)[0]

    def weigh(self, value: Value) -> Value:
        """The value, or an unknown if it is too large; burns fuel for its size."""
        if isinstance(value, (str, bytes)):
            self.spend(len(value) >> 6)
            return value if len(value) <= MAX_TEXT else UNKNOWN
        if isinstance(value, (list, dict, tuple)):
            self.spend(len(value) >> 3)
            return value if len(value) <= MAX_ITEMS else UNKNOWN
        return value

    def is_plain(self, *values: Value) -> bool:
        """Whether all values are known and small enough to be given to Python's own functions."""
        return all(not is_unknown(value) and is_small(value) for value in values)
