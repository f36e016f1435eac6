"""Make the node type of a legacy group node from its inner nodes.

Source: ``extensions/core/groupNode.ts`` (GroupNodeConfig), frontend 1.58.1. The type has a widget or an input
for each widget and unlinked input of the inner nodes. Slots are numbered as the editor numbers them: plain
inputs first, then inputs that were converted from widgets. Today's widgets have inputs of their own, so these
numbers can be wrong; links that are lost because of that are lost in the editor, too.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc.catalog import Catalog
from comfyc.catalog.core_types import PRIMITIVE
from comfyc.catalog.specs import InputSpec, node_spec
from comfyc.editor.groups.data import GroupData, GroupLink
from comfyc.editor.groups.inner import InnerTypes
from comfyc.editor.nodes.adding import has_widget
from comfyc.graph import NO_OPTIONS
from comfyc.javascript.values import key_order, text, truthy

_SEEDS = ("seed", "noise_seed")


@dataclass(slots=True)
class GroupType:
    """The node type of a group node. Its ``info`` has the shape of an entry of object_info.

    ``inputs``: for each inner node, the slots of the group node that feed its inputs, by input name.
    ``outputs``: for each output of the group node, the index of the inner node and of its output.
    ``widgets``: for each inner node, the names that its widgets have on the group node, by widget name (None
    for a widget that was converted to an input and is fed by an inner node).
    """

    data: GroupData
    required: dict[str, Any] = field(default_factory=dict)
    output_types: list[Any] = field(default_factory=list)
    inputs: dict[int, dict[str, int]] = field(default_factory=dict)
    outputs: list[tuple[int, int]] = field(default_factory=list)
    widgets: dict[int, dict[str, str | None]] = field(default_factory=dict)

    @property
    def info(self) -> dict[str, Any]:
        """The definition of the type, as a server would send it."""
        required = {name: self.required[name] for name in key_order(self.required)}
        return {"input": {"required": required}, "output": self.output_types}


def missing_widget(info: dict[str, Any]) -> str | None:
    """The widget that an upload button of the type needs and does not find; None if none is missing.

    The editor cannot make a node of a type with such a button.
    """
    seen: set[str] = set()
    for spec in node_spec("", info).ordered:
        if not has_widget(spec):
            continue
        needed: tuple[Any, ...] = ()
        if spec.widget_type == "IMAGEUPLOAD":
            needed = (spec.options.get("imageInputName"),)
        elif spec.widget_type == "AUDIOUPLOAD":
            needed = ("audio", "audioUI")
        for name in needed:
            if name not in seen:
                return text(name)
        seen.add(spec.name)
    return None


def group_type(
    data: GroupData,
    catalog: Catalog,
    widget_types: Container[str] = frozenset(),
    *,
    unknown: Container[str] = frozenset(),
) -> GroupType:
    """Make the type of a group.

    ``widget_types`` are the input types that custom node packs have widgets for; ``unknown`` are the inner
    types that the catalogue lacks, whose definitions are made from the file.
    """
    return _Maker(data, catalog, widget_types, unknown).run()


class _Maker:
    def __init__(
        self, data: GroupData, catalog: Catalog, widget_types: Container[str], unknown: Container[str]
    ) -> None:
        self.data = data
        self.widget_types = widget_types
        self.inner = InnerTypes(data, catalog, unknown)
        self.made = GroupType(data)
        self.seen: dict[str, int] = {}
        self.slots = 0
        self.late: list[Callable[[], None]] = []

    def run(self) -> GroupType:
        for index in range(len(self.data.nodes)):
            definition = self.inner.definition(index)
            if definition is not None:
                if definition.inputs:
                    self.add_inputs(index, definition.inputs)
                self.add_outputs(index, definition.outputs)
        for add_converted in self.late:
            add_converted()
        return self.made

    # --- inputs and widgets ---

    def add_inputs(self, index: int, inputs: dict[str, Any]) -> None:
        self.made.widgets[index] = {}
        self.made.inputs[index] = {}
        converted: dict[int, str] = {}
        plain: list[str] = []
        for name, spec in inputs.items():
            if not self.is_widget(spec):
                plain.append(name)
                continue
            position = self.converted_at(index, name)
            if position is None:
                self.made.widgets[index][name] = self.declare(index, name, spec)
            else:
                converted[position] = name
                self.made.widgets[index][name] = None
        arriving = self.inner.arriving.get(index, {})
        for position, name in enumerate(plain):
            link = arriving.get(self.position_of(index, name, position))
            if link is not None:
                self.feed_primitive(link, inputs[name])
                continue
            custom = self.data.custom(index, "input", name)
            self.declare(index, name, inputs[name], hidden=custom.get("visible") is False)
            if custom.get("visible") is not False:
                self.add_slot(index, name)
        self.late.append(lambda: self.add_converted(index, inputs, converted))

    def add_converted(self, index: int, inputs: dict[str, Any], converted: dict[int, str]) -> None:
        arriving = self.inner.arriving.get(index, {})
        for position in sorted(converted):
            name = converted[position]
            link = arriving.get(position)
            if link is not None:
                self.feed_primitive(link, inputs[name])
            elif name:
                shown = self.declare(index, name, inputs[name], {"defaultInput": True})
                self.made.widgets[index][name] = shown
                self.add_slot(index, name)

    def add_slot(self, index: int, name: str) -> None:
        self.made.inputs[index][name] = self.slots
        self.slots += 1

    def is_widget(self, spec: Any) -> bool:
        if not isinstance(spec, list) or not spec or not isinstance(spec[0], (str, list)):
            return False
        options = spec[1] if len(spec) > 1 and isinstance(spec[1], dict) else {}
        if options.get("forceInput") is True:
            return False
        kind = "COMBO" if isinstance(spec[0], list) else spec[0]
        return kind in self.widget_types or has_widget(InputSpec("", kind, False, NO_OPTIONS))

    def converted_at(self, index: int, name: str) -> int | None:
        """The index among the saved inputs of a widget that was converted to an input; None for others."""
        for position, item in enumerate(self.data.inputs[index]):
            widget = item.get("widget")
            if item.get("name") == name and isinstance(widget, dict) and widget.get("name") == name:
                return position
        return None

    def position_of(self, index: int, name: str, otherwise: int) -> int:
        items = self.data.inputs[index]
        return next((at for at, item in enumerate(items) if item.get("name") == name), otherwise)

    def declare(
        self, index: int, name: str, spec: Any, extra: Mapping[str, Any] = NO_OPTIONS, *, hidden: bool = False
    ) -> str:
        """Add an input or widget to the type and return its name; if ``name`` is taken, with the node's title
        in front."""
        node = self.data.nodes[index]
        shown, prefix = self.shown_name(index, name), ""
        key = shown
        titled = self.data.kind(index) == PRIMITIVE and truthy(node.get("title"))
        if titled or shown in self.seen:
            prefix = self.prefix_of(index)
            key = shown = prefix + name
            if shown in self.seen:
                shown = f"{prefix}{self.seen[shown]} {name}"
        self.seen[key] = self.seen.get(key, 1) + 1
        options = dict(extra)
        if name in _SEEDS:
            options["control_after_generate"] = True  # the editor sets a name here, which has the same effect
        if options:
            own = spec[1] if len(spec) > 1 and isinstance(spec[1], dict) else {}
            spec = [spec[0], {**own, **options}]
        if not hidden:
            self.made.required[shown] = spec
        return shown

    def shown_name(self, index: int, name: str) -> str:
        custom = self.data.custom(index, "input", name).get("name")
        if custom is not None:
            return text(custom)
        item = next((item for item in self.data.inputs[index] if item.get("name") == name), {})
        label = item.get("label")
        return name if label is None else text(label)

    def prefix_of(self, index: int) -> str:
        title = self.data.nodes[index].get("title")
        return f"{self.data.kind(index) if title is None else text(title)} "

    def feed_primitive(self, link: GroupLink, target: Any) -> None:
        """Give an inner PrimitiveNode the options of the input that it feeds."""
        origin = link.origin
        spec = self.inner.primitives.get(origin) if origin is not None else None
        if origin is None or spec is None:
            return
        options = target[1] if isinstance(target, list) and len(target) > 1 else None
        spec[1] = dict(options) if isinstance(options, dict) else {}
        name = self.made.widgets.get(origin, {}).get("value")
        if name:
            spec[1]["control_after_generate"] = True
            spec[1]["control_prefix"] = name[:-6]

    # --- outputs ---

    def add_outputs(self, index: int, outputs: list[Any]) -> None:
        leaving = self.inner.leaving.get(index, {})
        for slot, kind in enumerate(outputs):
            inside = slot in leaving and not truthy(self.data.external.get((index, slot)))
            visible = self.data.custom(index, "output", slot).get("visible")
            if truthy(visible if visible is not None else not inside) and isinstance(kind, (str, list)):
                self.made.outputs.append((index, slot))
                self.made.output_types.append(kind)
