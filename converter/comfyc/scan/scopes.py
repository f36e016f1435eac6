"""The names that a piece of code sees: those of its function, of the functions around it, of its module."""

from __future__ import annotations

from dataclasses import dataclass, field

from comfyc.scan.values import Module, PyClass, Value


@dataclass(eq=False, slots=True)
class NameScope:
    """The names of a module, a class body, a call or a comprehension; ``parent`` is the scope around it."""

    names: dict[str, Value]
    module: Module
    parent: NameScope | None = None
    is_class: bool = False
    owner: PyClass | None = None
    """In a call: the class whose method runs, for ``super()``."""
    receiver: Value = None
    """In a call: the first argument."""
    shared: dict[str, NameScope] = field(default_factory=dict)
    """Names that ``global`` and ``nonlocal`` give to another scope."""
    yielded: list[Value] | None = None
    """In a call of a generator: what it has yielded so far."""
    returned: Value = None

    def holder(self, name: str) -> NameScope | None:
        """The scope that has a name; None if there is none."""
        scope: NameScope | None = self
        while scope is not None:
            if name in scope.names:
                return scope
            scope = scope.parent
        return None

    def store(self, name: str, value: Value) -> None:
        """Bind a name here, or where ``global`` or ``nonlocal`` says."""
        self.shared.get(name, self).names[name] = value

    def around(self) -> NameScope:
        """The scope that functions defined here see: a class body is invisible for its methods."""
        return self.parent if self.is_class and self.parent is not None else self

    def call(self) -> NameScope | None:
        """The nearest call of a method, for ``super()``."""
        scope: NameScope | None = self
        while scope is not None and scope.owner is None:
            scope = scope.parent
        return scope
