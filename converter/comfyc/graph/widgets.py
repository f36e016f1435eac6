"""Widgets and their values, as the editor holds them; two kinds of collections of them with one face."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comfyc.diagnostics import Pointer
from comfyc.javascript.values import is_safe

BROWSER_KINDS = frozenset({"webcam", "load3D", "load3DAdvanced", "audiorecord"})
"""Kinds of widgets whose value the browser makes while it exports."""


class _NoOptions(Mapping[str, Any]):
    """An empty mapping that may be a default of a dataclass field: hashable, and no dict for Python 3.10."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def get(self, key: str, default: Any = None) -> Any:
        return default


NO_OPTIONS: Mapping[str, Any] = _NoOptions()


class _Absent:
    """No value at all, which is not ``null``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False

    def __copy__(self) -> _Absent:
        return self

    def __deepcopy__(self, memo: object) -> _Absent:
        return self


ABSENT: Any = _Absent()


@dataclass(slots=True)
class Widget:
    """A widget of a node.

    ``kind`` is the editor's type of it ("number", "combo", "customtext", ...); ``sent`` says whether it goes
    into the prompt, ``stored`` whether ``widgets_values`` has a value for it; ``options`` are those of its
    input in object_info; ``finish`` names the last change that its text gets when the prompt is written
    ("dynamic", "filename", "index", "scene"; "always" for ``options["always"]`` instead).

    ``saved_at`` is where the file has the value: an index or a key of the node's ``widgets_values``, or a
    whole pointer where the value stands elsewhere; None for a default.
    """

    name: str
    kind: str
    value: Any
    sent: bool = True
    stored: bool = True
    options: Mapping[str, Any] = NO_OPTIONS
    finish: str | None = None
    saved_at: int | str | Pointer | None = None
    change: Callable[[Any, Widget, Any], None] | None = None
    """What assigning a value does while a file is loaded, where it is more than setting ``value``."""

    def anew(self) -> Widget:
        """A widget like this one, whose value stands nowhere in the file."""
        return Widget(
            self.name,
            self.kind,
            self.value,
            self.sent,
            self.stored,
            self.options,
            self.finish,
            None,
            self.change,
        )


class Widgets(ABC):
    """The widgets of one node, in order, to be read. ``editable`` gives a list of them to change."""

    __slots__ = ()

    @abstractmethod
    def __iter__(self) -> Iterator[Widget]: ...

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def get(self, name: str) -> Widget | None:
        """The first widget of this name."""

    @abstractmethod
    def has(self, name: str) -> bool:
        """Whether there is a widget of this name."""

    @abstractmethod
    def plain_values(self) -> dict[str, Any] | None:
        """The values that go into the prompt, by name, if each is written as it stands.

        That is so for texts, booleans and numbers whose widgets' names are no array indexes, which
        JavaScript would list first. None where a value or a name is of another kind.
        """

    @abstractmethod
    def special(self) -> Sequence[Widget]:
        """The widgets that the prompt may have another value for: those with a ``finish``, those whose value
        the browser makes, and those with an integer that JavaScript rounds."""

    @abstractmethod
    def editable(self) -> WidgetList:
        """The widgets as a list: these themselves if they are one, else made anew."""


class WidgetList(list[Widget], Widgets):
    """Widgets one by one, to be changed and rearranged."""

    __slots__ = ()

    def get(self, name: str) -> Widget | None:
        for widget in self:
            if widget.name == name:
                return widget
        return None

    def has(self, name: str) -> bool:
        return self.get(name) is not None

    def plain_values(self) -> dict[str, Any] | None:
        return None

    def special(self) -> Sequence[Widget]:
        return [
            widget
            for widget in self
            if widget.finish is not None
            or widget.kind in BROWSER_KINDS
            or (widget.value.__class__ is int and not is_safe(widget.value))
        ]

    def editable(self) -> WidgetList:
        return self
