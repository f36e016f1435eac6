"""Remember the outcomes of nodes whose inputs come and go, so that similar nodes are not built step by step.

Two things decide the outcome of such a node: its saved inputs (their names, types and widgets, and which have
links) and its choices (the values of the widgets that add and remove other widgets).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comfyc.editor.nodes.folded import Sketch, sketch_of
from comfyc.editor.nodes.live import Autogrow, LiveNode
from comfyc.workflow.model import FileLink, FileNode

MAX_OUTCOMES = 64
"""Upper bound on the outcomes kept for one type. They are kept for as long as the catalogue is in use."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one node: its sketch, and the choices that led to it."""

    sketch: Sketch
    count: int | None
    """The number of saved values, None if the node was saved without a list of values."""
    choices: tuple[tuple[int, Any], ...]
    """The indexes of the choices among the saved values, and their values."""
    autogrow: dict[str, Autogrow] | None
    matchtypes: dict[str, tuple[str, Any]] | None

    def fits(self, values: Sequence[Any] | None) -> bool:
        """Whether a node with these saved values has this outcome."""
        if values is None or self.count is None:
            return values is None and self.count is None
        return len(values) == self.count and all(
            values[at].__class__ is was.__class__ and values[at] == was for at, was in self.choices
        )


@dataclass(slots=True)
class Outcomes:
    """The outcomes of one type so far, by the saved inputs of the node."""

    known: dict[Hashable, list[Outcome]] = field(default_factory=dict)
    count: int = 0

    def of(self, file: FileNode) -> Outcome | None:
        """The known outcome of a saved node; None if no node like it has been seen."""
        values = file.raw.get("widgets_values")
        if not self.count or not (values is None or values.__class__ is list):
            return None
        return next((one for one in self.known.get(_saved_inputs(file), ()) if one.fits(values)), None)

    def learn(self, node: LiveNode, as_saved: Mapping[int, FileLink]) -> None:
        """Keep the outcome of a node if only its saved inputs and its choices decide it.

        ``as_saved`` has the links into the node by the slots that the file's link table names.
        """
        key, saved = _saved_inputs(node.file), node.file.raw.get("widgets_values")
        if self.count == MAX_OUTCOMES or key is None or not (saved is None or saved.__class__ is list):
            return
        values: list[Any] = saved or []
        stored = [widget for widget in node.widgets if widget.stored]
        count = len(values)
        if len(stored) < count or any(
            (widget.saved_at != index or widget.value is not values[index])
            if index < count
            else widget.saved_at is not None
            for index, widget in enumerate(stored)
        ):
            return
        sketch = sketch_of(node, needs_all=False)
        if (
            sketch is None
            or sketch.least > count
            or not _are_links_as_saved(node, as_saved)
            or self.of(node.file) is not None
        ):
            return
        choices = tuple(
            (at, widget.value) for at, widget in enumerate(stored[:count]) if widget.change is not None
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


def _are_links_as_saved(node: LiveNode, as_saved: Mapping[int, FileLink]) -> bool:
    """Whether each link goes into the input that both the saved inputs and the link table name."""
    at = -1
    inputs, remaining = node.inputs, len(node.links)
    for index, item in enumerate(node.file.inputs):
        at = next((i for i in range(at + 1, len(inputs)) if inputs[i].name == item["name"]), len(inputs))
        link = node.links.get(at) if at < len(inputs) else None
        if at == len(inputs) or (link.id if link is not None else None) != item.get("link"):
            return False
        if link is not None:
            remaining -= 1
            if as_saved.get(index) is not link:
                return False
    return remaining == 0
