"""Widgets and their values as the editor holds them, and the interface of a node's collection of widgets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comfyc.diagnostics import Pointer
from comfyc.javascript.values import is_safe

BROWSER_KINDS = frozenset({"webcam", "load3D", "load3DAdvanced", "audiorecord"})
"""Kinds of widgets whose value the browser produces while it exports."""


class _NoOptions(Mapping[str, Any]):
    """An empty mapping that can be the default of a dataclass field (Python 3.10 requires a hashable one)."""

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
    """The absence of a value (JavaScript's ``undefined``), as opposed to ``null``."""

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

    ``kind`` is the editor's type of the widget ("number", "combo", "customtext", ...); ``sent`` says whether
    its value goes into the prompt, ``stored`` whether ``widgets_values`` has a value for it; ``options`` are
    those of its input in object_info; ``finish`` names the change that is made to the value when the prompt
    is written ("dynamic", "filename", "index", "scene"; "always" replaces it with ``options["always"]``).

    ``saved_at`` locates the value in the file: an index or a key of the node's ``widgets_values``, or a whole
    JSON pointer for a value that is saved elsewhere; None for a default.
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
    """Called to assign a value while a file is loaded, with the node, the widget and the value; None if
    assigning only sets ``value``."""

    def anew(self) -> Widget:
        """A copy without ``saved_at``, for another node."""
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
    """The widgets of one node, in order, for reading. :meth:`editable` returns a list that can be changed."""

    __slots__ = ()

    @abstractmethod
    def __iter__(self) -> Iterator[Widget]: ...

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def get(self, name: str) -> Widget | None:
        """The first widget of this name, None if there is none."""

    @abstractmethod
    def has(self, name: str) -> bool:
        """Whether there is a widget of this name."""

    @abstractmethod
    def plain_values(self) -> dict[str, Any] | None:
        """The values that go into the prompt, by name, if all of them are written unchanged.

        That holds for texts, booleans and numbers, provided that no widget's name is an array index, which
        JavaScript would list first. None for any other values or names.
        """

    @abstractmethod
    def special(self) -> Sequence[Widget]:
        """The widgets whose value may differ in the prompt: those with a ``finish``, those whose value the
        browser produces, and those with an integer that JavaScript rounds."""

    @abstractmethod
    def editable(self) -> WidgetList:
        """The widgets as a list that can be changed: this object if it is one, else a copy."""


class WidgetList(list[Widget], Widgets):
    """A list of widgets that can be changed and rearranged."""

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


def numbered_name(base: str, count: int) -> str:
    """The name of widget number ``count`` of those that share the name ``base`` (``types/widgetId.ts``)."""
    return f"{base}#{count}"


def rename_duplicates(widgets: WidgetList) -> None:
    """Rename widgets that share a name to ``name#1``, ``name#2`` ..., as ``types/widgetId.ts`` does."""
    names = {widget.name for widget in widgets}
    if len(names) == len(widgets):
        return
    used: set[str] = set()
    counts: dict[str, int] = {}
    for widget in widgets:
        base = name = widget.name
        count = counts.get(base, 0)
        while name in used or (count and name in names):
            count += 1
            name = numbered_name(base, count)
        counts[base] = count
        widget.name = name
        used.add(name)
        names.add(name)
