"""Which nodes can be folded (``comfyc.graph.Sketch``): nothing of them changes while they are loaded.

That is so for most types. Nodes whose inputs come and go are made and configured step by step once;
the next one that was saved with the same inputs, and the same choices, is folded into what became of
the first (:class:`Outcome`).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from comfyc.diagnostics import Diagnostics
from comfyc.editor.live import CONTROL_MODES, Autogrow, LiveInput, LiveNode
from comfyc.editor.values import TEXT_KINDS, report_defaults
from comfyc.graph import BROWSER_KINDS, Sketch
from comfyc.javascript.values import MAX_SAFE_INTEGER, is_index, truthy
from comfyc.workflow import FileGraph, FileLink, FileNode

if TYPE_CHECKING:
    from comfyc.editor.construct import Shape

_SPECIAL = frozenset({"curve", "branchnames", "customindex", *BROWSER_KINDS})
"""Kinds of widgets that are not simply sent as the file has them."""

_IDLE = frozenset({"button", "toggle"})
"""Kinds of widgets for which null is a value like any other, if they are not sent."""

_NONE: list[Any] = []
"""The values of a folded node that has none."""

_MOST = 64
"""Outcomes of one type that are kept, for as long as its catalogue is in use."""


def sketch_of(node: LiveNode, *, needs_all: bool) -> Sketch | None:
    """The sketch of a node, None where more counts than the names and values of its widgets.

    ``needs_all``: a file with another number of values is not read as it stands.
    """
    inputs = node.inputs
    widgets = [widget.anew() for widget in node.widgets]  # as the node's own may change yet
    names = [slot.name for slot in inputs]
    sent = [widget.name for widget in widgets if widget.sent]
    kept = [widget for widget in widgets if widget.stored]
    if (
        len(set(names)) < len(names)
        or any(not name or is_index(name) for name in names + sent)
        or any(widget.kind in _SPECIAL for widget in widgets)
        or any(widget.finish not in (None, "dynamic", "filename") for widget in widgets)
    ):
        return None
    looked_at = [
        place
        for place, widget in enumerate(kept)
        if widget.finish is not None
        or widget.kind in TEXT_KINDS
        or widget.kind == "control"
        or not isinstance(widget.value, (str, int, float))
    ]
    least = len(kept) if needs_all else looked_at[-1] + 1 if looked_at else 0
    return Sketch(
        tuple(slot.anew() for slot in inputs),
        names,
        tuple(widgets),
        tuple(widget.name if widget.sent else None for widget in kept),
        tuple(widget.value for widget in kept),
        least,
        all(widget.stored for widget in widgets if widget.sent),
        tuple((place, widget.finish) for place, widget in enumerate(kept) if widget.finish is not None),
        tuple(place for place, widget in enumerate(kept) if widget.kind in TEXT_KINDS),
        tuple(place for place, widget in enumerate(kept) if widget.kind == "control"),
        frozenset(p for p, widget in enumerate(kept) if not widget.sent and widget.kind in _IDLE),
        {
            **{widget.name: (None, widget) for widget in reversed(widgets) if not widget.stored},
            **{widget.name: (place, widget) for place, widget in reversed(list(enumerate(kept)))},
        },
    )


def fold(file: FileNode, shape: Shape, graph: FileGraph, diagnostics: Diagnostics) -> LiveNode | None:
    """The node that a saved one becomes, folded; None where anything about its links or values is odd."""
    outcome, sketch = None, shape.sketch
    if sketch is None:
        outcome = shape.outcomes.of(file) if shape.outcomes is not None else None
        if outcome is None:
            return None
        sketch = outcome.sketch
    raw, pattern = file.raw, shape.pattern
    linked = _linked_inputs(file, sketch, graph, exact=shape.is_dynamic)
    values = raw.get("widgets_values")
    missing = _missing_values(values, sketch)
    if linked is None or missing < 0:
        return None
    title, mode, properties = title_of(file), raw.get("mode"), raw.get("properties")
    node = LiveNode(
        file.id,
        pattern.type,
        shape.title if title is None else title,
        0 if mode is None else mode,
        linked,
        all_outputs(pattern.outputs, file),
        _NONE if values is None or not sketch.names else values,
        properties if properties.__class__ is dict else {},
        file,
        None,
        False,
        raw,
        None,
        sketch,
        file,
        None,
        None if outcome is None or outcome.autogrow is None else dict(outcome.autogrow),
        None if outcome is None or outcome.matchtypes is None else dict(outcome.matchtypes),
        pattern.output_matchtypes,
        pattern.declared,
    )
    if missing:
        report_defaults(node, sketch.names[-missing:], diagnostics)
    return node


def title_of(file: FileNode) -> Any:
    """The title that a node was saved with, None if it has the one of its type."""
    title = file.raw.get("title")
    if title.__class__ is str or title is None:
        return title or None
    return title if truthy(title) else None


def all_outputs(kinds: list[Any], file: FileNode) -> list[Any]:
    """The types of a node's outputs, with those that the file has beyond them."""
    saved = file.raw.get("outputs")
    if saved.__class__ is not list or len(saved) <= len(kinds):
        return kinds
    return [*kinds, *(slot.get("type") if isinstance(slot, dict) else None for slot in saved[len(kinds) :])]


def _linked_inputs(
    file: FileNode, sketch: Sketch, graph: FileGraph, *, exact: bool
) -> list[LiveInput] | None:
    """The inputs of a node with its links, all of them, if the file names them in the sketch's order.

    ``exact`` wants the link table to have them where the file has them, too. None where anything is odd.
    """
    ident, links = file.id, graph.links
    saved = [item["name"] for item in file.inputs]
    places = range(len(saved)) if saved == sketch.slots else _places(saved, sketch.slots)
    if places is None:
        return None
    inputs: Sequence[Any] = sketch.inputs
    linked: list[LiveInput] = []
    for at, item in zip(places, file.inputs):  # noqa: B905 - of one length
        number = item.get("link")
        if number is None:
            continue
        link = links.get(number) if number.__class__ is int else None
        if link is None or link.target != ident or (exact and not _is_at(file, link, item)):
            return None
        if link.at is not None:  # an input before names it, too
            return None
        slot = inputs[at]
        linked.append(LiveInput(slot.name, slot.type, slot.widget, link, slot.spec))
        link.at = at
    count = file.taken.bit_count() if graph.is_counted else graph.count_into(file)
    return linked if len(linked) == count else None


def _is_at(file: FileNode, link: FileLink, item: Mapping[str, Any]) -> bool:
    at = link.target_slot
    return at.__class__ is int and 0 <= at < len(file.inputs) and file.inputs[at] is item


def _places(saved: list[str], names: list[str]) -> Sequence[int] | None:
    """Where the saved names are among those of the sketch, None where they are not in its order."""
    if saved == names[: len(saved)]:
        return range(len(saved))
    places: list[int] = []
    at = -1
    for name in saved:
        try:
            at = names.index(name, at + 1)
        except ValueError:
            return None
        places.append(at)
    return places


def _missing_values(values: Any, sketch: Sketch) -> int:
    """The number of widgets for which the file has no value; -1 if anything is odd about those it has."""
    if values is None:
        return 0 if sketch.least == 0 else -1  # which nobody is told
    if values.__class__ is not list:
        return -1
    names, count = sketch.names, len(values)
    missing = len(names) - count
    if missing < 0 or count < sketch.least:
        return 0 if not names and all(value is None or value == "" for value in values) else -1
    return -1 if _is_odd(values, sketch) else missing


def _is_odd(values: list[Any], sketch: Sketch) -> bool:
    """Whether a value is not what its widget holds and sends, just as the file has it."""
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
    for place in sketch.texts:
        if values[place].__class__ is not str:
            return True
    for place in sketch.controls:  # noqa: SIM110 - most have none, for which any() takes long
        if values[place] not in CONTROL_MODES:
            return True
    return False


def _are_idle(values: list[Any], sketch: Sketch) -> bool:
    """Whether all that is no text, number or boolean is null where nothing looks at it."""
    return all(
        isinstance(value, (str, int, float)) or (value is None and place in sketch.idle)
        for place, value in enumerate(values)
    )


# --- nodes whose inputs come and go --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a node: its sketch, and the places and values of the choices that led there."""

    sketch: Sketch
    count: int | None
    """How many values the node was saved with, None for no list of them."""
    choices: tuple[tuple[int, Any], ...]
    autogrow: dict[str, Autogrow] | None
    matchtypes: dict[str, tuple[str, Any]] | None

    def fits(self, values: Sequence[Any] | None) -> bool:
        if values is None or self.count is None:
            return values is None and self.count is None
        return len(values) == self.count and all(
            values[at].__class__ is was.__class__ and values[at] == was for at, was in self.choices
        )


@dataclass(slots=True)
class Outcomes:
    """The outcomes of one type so far, by the inputs that a node was saved with."""

    known: dict[Hashable, list[Outcome]] = field(default_factory=dict)
    count: int = 0

    def of(self, file: FileNode) -> Outcome | None:
        """What would become of a saved node, None where none like it has been seen.

        What does is told by its inputs - their names, types and widgets, and which have links - and by
        the values of the widgets that add and remove others.
        """
        values = file.raw.get("widgets_values")
        if not self.count or not (values is None or values.__class__ is list):
            return None
        return next((one for one in self.known.get(_saved_inputs(file), ()) if one.fits(values)), None)

    def learn(self, node: LiveNode) -> None:
        """Keep what became of a node, if it is a matter of its saved inputs and its choices alone."""
        key, saved = _saved_inputs(node.file), node.file.raw.get("widgets_values")
        if self.count == _MOST or key is None or not (saved is None or saved.__class__ is list):
            return
        values: list[Any] = saved or []
        kept = [widget for widget in node.widgets if widget.stored]
        count = len(values)
        if len(kept) < count or any(
            (widget.place != place or widget.value is not values[place])
            if place < count
            else widget.place is not None
            for place, widget in enumerate(kept)
        ):
            return
        sketch = sketch_of(node, needs_all=False)
        if sketch is None or sketch.least > count or not _is_in_place(node) or self.of(node.file) is not None:
            return
        choices = tuple(
            (at, widget.value) for at, widget in enumerate(kept[:count]) if widget.change is not None
        )
        one = Outcome(
            sketch,
            None if saved is None else count,
            choices,
            None if node.autogrow is None else dict(node.autogrow),
            None if node.matchtypes is None else dict(node.matchtypes),
        )
        self.known.setdefault(key, []).append(one)
        self.count += 1


def _saved_inputs(file: FileNode) -> Hashable:
    parts: list[Any] = []
    for item in file.inputs:
        widget, kind = item.get("widget"), item.get("type")
        name = widget.get("name") if widget.__class__ is dict else None
        if kind.__class__ is not str or not (name is None or name.__class__ is str):
            return None
        parts += (item["name"], kind, name, item.get("link") is None)
    return tuple(parts)


def _is_in_place(node: LiveNode) -> bool:
    """Whether each link of a node is where the file has it, in its inputs and in the link table."""
    at = -1
    inputs, linked = node.inputs, sum(slot.binding is not None for slot in node.inputs)
    for index, item in enumerate(node.file.inputs):
        at = next((i for i in range(at + 1, len(inputs)) if inputs[i].name == item["name"]), len(inputs))
        link = inputs[at].binding if at < len(inputs) else None
        if at == len(inputs) or (link.id if link is not None else None) != item.get("link"):
            return False
        if link is not None:
            linked -= 1
            if link.target_slot != index:
                return False
    return linked == 0
