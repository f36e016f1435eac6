"""Folded nodes: nodes whose saved values are used as the file has them.

Loading changes nothing about most nodes. Such a node is *folded*: it shares its inputs with all nodes of its
type, and its widgets are a :class:`SavedWidgets`, which reads the file's own list of values. One
:class:`Sketch` for each type says which widget each value belongs to.

A node whose inputs come and go is made and configured step by step once. The next node that was saved with
the same inputs and the same choices is folded, with the sketch of the first one's outcome (``outcomes``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comfyc.editor.nodes.live import CONTROL_MODES, LiveInput, LiveNode
from comfyc.editor.nodes.values import TEXT_KINDS
from comfyc.graph import BROWSER_KINDS, Widget, WidgetList, Widgets
from comfyc.javascript.values import MAX_SAFE_INTEGER, is_index
from comfyc.workflow.model import FileGraph, FileLink, FileNode

_SPECIAL = frozenset({"curve", "branchnames", "customindex", *BROWSER_KINDS})
"""Kinds of widgets whose value in the prompt may differ from the saved one."""

_IDLE = frozenset({"button", "toggle"})
"""Kinds of widgets that may hold null, provided that they are not sent."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """The inputs and widgets that all folded nodes of a type share.

    Such a node was saved with the values of its ``stored`` widgets in order, at least ``least`` of them.
    Every index in this class is an index of that list of values.
    """

    inputs: tuple[LiveInput, ...]
    input_names: list[str]
    widgets: tuple[Widget, ...]
    """All widgets, at their defaults."""
    names: tuple[str | None, ...]
    """By index: the input name that the value is sent under, None for a value that is not sent."""
    defaults: tuple[Any, ...]
    """By index: the default that replaces a missing value."""
    least: int
    is_simple: bool
    """Whether every widget that is sent has a value in the list."""
    finished: tuple[tuple[int, Widget], ...]
    """The indexes of values with a ``finish``, and their widgets."""
    texts: tuple[int, ...]
    """The indexes of values in text areas."""
    controls: tuple[int, ...]
    """The indexes of seed controls."""
    idle: frozenset[int]
    """The indexes of values that may be null because nothing ever reads them."""
    by_name: Mapping[str, tuple[int | None, Widget]]
    """By widget name: the index of the widget's value (None for a widget that is not stored) and the
    widget."""


class SavedWidgets(Widgets):
    """The widgets of a folded node: the values as the file has them, and a sketch of the rest."""

    __slots__ = ("sketch", "values")

    def __init__(self, sketch: Sketch, values: Sequence[Any]) -> None:
        self.sketch = sketch
        self.values = values

    def __iter__(self) -> Iterator[Widget]:
        index = 0
        for pattern in self.sketch.widgets:
            if pattern.stored:
                yield self._widget(index, pattern)
                index += 1
            else:
                yield pattern.anew()

    def __len__(self) -> int:
        return len(self.sketch.widgets)

    def get(self, name: str) -> Widget | None:
        index, pattern = self.sketch.by_name.get(name, (None, None))
        return None if pattern is None else self._widget(index, pattern)

    def has(self, name: str) -> bool:
        return name in self.sketch.by_name

    def _widget(self, index: int | None, pattern: Widget) -> Widget:
        """A widget with its saved value, or with its default where the file has none."""
        w = pattern
        if index is None or index >= len(self.values):
            return w.anew()
        value = self.values[index]
        return Widget(w.name, w.kind, value, w.sent, w.stored, w.options, w.finish, index, w.change)

    def plain_values(self) -> dict[str, Any] | None:
        sketch, values = self.sketch, self.values
        if not sketch.is_simple:
            return None
        names = sketch.names
        found: dict[Any, Any] = dict(zip(names, values))  # noqa: B905 - the file may have fewer
        if len(values) < len(names):
            count = len(values)
            found.update(zip(names[count:], sketch.defaults[count:], strict=True))
        found.pop(None, None)  # values that are not sent
        return found

    @property
    def lacks_values(self) -> bool:
        """Whether there are widgets without a saved value."""
        return len(self.values) < len(self.sketch.names)

    def missing(self) -> Sequence[str | None]:
        """The names of the stored widgets without a saved value, None for each that is not sent."""
        return self.sketch.names[len(self.values) :]

    def special(self) -> Sequence[Widget]:
        finished = self.sketch.finished
        return [self._widget(index, pattern) for index, pattern in finished] if finished else ()

    def editable(self) -> WidgetList:
        return WidgetList(self)


def sketch_of(node: LiveNode, *, needs_all: bool) -> Sketch | None:
    """Make the sketch of a node; None if its prompt depends on more than the names and values of its widgets.

    ``needs_all``: fold only nodes that were saved with one value for every stored widget.
    """
    widgets = [widget.anew() for widget in node.widgets]  # copies, because the node's own may still change
    stored = [widget for widget in widgets if widget.stored]
    if not _can_be_folded(node.inputs, widgets):
        return None
    indexes: dict[str, tuple[int | None, Widget]] = {
        widget.name: (None, widget) for widget in reversed(widgets) if not widget.stored
    }
    indexes.update((widget.name, (index, widget)) for index, widget in reversed(list(enumerate(stored))))
    return Sketch(
        inputs=tuple(slot.anew() for slot in node.inputs),
        input_names=[slot.name for slot in node.inputs],
        widgets=tuple(widgets),
        names=tuple(widget.name if widget.sent else None for widget in stored),
        defaults=tuple(widget.value for widget in stored),
        least=len(stored) if needs_all else _least(stored),
        is_simple=all(widget.stored for widget in widgets if widget.sent),
        finished=tuple((at, widget) for at, widget in enumerate(stored) if widget.finish is not None),
        texts=_indexes(stored, lambda widget: widget.kind in TEXT_KINDS),
        controls=_indexes(stored, lambda widget: widget.kind == "control"),
        idle=frozenset(_indexes(stored, lambda widget: not widget.sent and widget.kind in _IDLE)),
        by_name=indexes,
    )


def _can_be_folded(inputs: Sequence[LiveInput], widgets: Sequence[Widget]) -> bool:
    names = [slot.name for slot in inputs]
    sent = [widget.name for widget in widgets if widget.sent]
    return (
        len(set(names)) == len(names)
        and all(name and not is_index(name) for name in names + sent)
        and all(widget.kind not in _SPECIAL for widget in widgets)
        and all(widget.finish in (None, "dynamic", "filename") for widget in widgets)
    )


def _least(stored: Sequence[Widget]) -> int:
    """The number of values up to the last one that is read for more than being sent."""
    looked_at = _indexes(
        stored,
        lambda widget: (
            widget.finish is not None
            or widget.kind in TEXT_KINDS
            or widget.kind == "control"
            or not isinstance(widget.value, (str, int, float))
        ),
    )
    return looked_at[-1] + 1 if looked_at else 0


def _indexes(widgets: Sequence[Widget], is_meant: Callable[[Widget], bool]) -> tuple[int, ...]:
    return tuple(index for index, widget in enumerate(widgets) if is_meant(widget))


def links_of(file: FileNode, sketch: Sketch, graph: FileGraph, *, exact: bool) -> dict[int, FileLink] | None:
    """The links into a saved node, by the index of the sketch's input, in ascending order.

    ``exact`` also requires that the link table names the same slots as the saved inputs. Returns None if the
    node cannot be folded: a link that several inputs or no input names, an input that the sketch does not
    have, or inputs in another order.
    """
    ident, table = file.id, graph.links
    saved, names = file.input_names, sketch.input_names
    indexes = range(len(saved)) if saved == names[: len(saved)] else _ascending(saved, names)
    if indexes is None:
        return None
    linked = [
        (index, item)
        for index, item in zip(indexes, file.inputs)  # noqa: B905 - of one length
        if item.get("link") is not None
    ]
    if len(linked) != len(graph.incoming.get(ident, ())):
        return None
    links: dict[int, FileLink] = {}
    for index, item in linked:
        number = item["link"]
        link = table.get(number) if number.__class__ is int else None
        if link is None or link.target != ident or (exact and not _is_at(file, link, item)):
            return None
        links[index] = link
    is_named_twice = len(links) > 1 and len({link.id for link in links.values()}) < len(links)
    return None if is_named_twice else links


def _is_at(file: FileNode, link: FileLink, item: Mapping[str, Any]) -> bool:
    at = link.target_slot
    return at.__class__ is int and 0 <= at < len(file.inputs) and file.inputs[at] is item


def _ascending(saved: list[str], names: list[str]) -> Sequence[int] | None:
    """The indexes of the saved names among the sketch's names; None if a name is missing or out of order."""
    indexes: list[int] = []
    at = -1
    for name in saved:
        try:
            at = names.index(name, at + 1)
        except ValueError:
            return None
        indexes.append(at)
    return indexes


def folded_widgets(values: Any, sketch: Sketch) -> SavedWidgets | None:
    """The widgets of a node that was saved with these ``widgets_values``; None if it cannot be folded."""
    if values is None:
        return SavedWidgets(sketch, ()) if sketch.least == 0 else None
    if values.__class__ is not list:
        return None
    names, count = sketch.names, len(values)
    if count > len(names) or count < sketch.least:
        is_empty = not names and all(value is None or value == "" for value in values)
        return SavedWidgets(sketch, ()) if is_empty else None
    return None if _is_odd(values, sketch) else SavedWidgets(sketch, values)


def _is_odd(values: list[Any], sketch: Sketch) -> bool:
    """Whether the widget of some value would change it on loading or sending.

    ``__class__ is`` instead of isinstance: a boolean is an int, and this check runs on every value of a file.
    """
    for value in values:
        kind = value.__class__
        if kind is str:
            continue
        if kind is int:
            if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
                continue
            return True
        if kind is not float and kind is not bool and not _are_idle(values, sketch):
            return True
    for index in sketch.texts:
        if values[index].__class__ is not str:
            return True
    for index in sketch.controls:  # noqa: SIM110 - usually empty, and any() costs more than the loop
        if values[index] not in CONTROL_MODES:
            return True
    return False


def _are_idle(values: list[Any], sketch: Sketch) -> bool:
    """Whether every value is a text, number or boolean, or a null that nothing reads."""
    return all(
        isinstance(value, (str, int, float)) or (value is None and index in sketch.idle)
        for index, value in enumerate(values)
    )
