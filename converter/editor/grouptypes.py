"""The node type that a legacy group node is an instance of, made from its inner nodes.

Source: ``extensions/core/groupNode.ts`` (GroupNodeConfig), frontend 1.58.1. The type has a widget or
an input for everything that the inner nodes leave open. Slots of the group node are counted here as
the editor counts them - plain inputs, then inputs that were converted from widgets - which is not
where it puts them: widgets have inputs of their own today. What that loses is lost in the editor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from converter.catalog import Catalog
from converter.editor.construct import has_widget
from converter.editor.groupdata import GroupData, GroupLink
from converter.editor.primitives import combine_numbers
from converter.graph import NO_OPTIONS
from converter.jsvalues import key_order, text, truthy
from converter.specs import InputSpec, extended_inputs, node_spec

_SEEDS = ("seed", "noise_seed")


@dataclass(slots=True)
class GroupType:
    """The made-up type: its ``info`` has the shape of an entry of object_info.

    ``inputs``: for each inner node, its inputs by name and the slot of the group node that feeds it.
    ``outputs``: for each output of the group node, the inner node and its output.
    ``widgets``: for each inner node, its widgets by name and the name that they have on the group
    node (None: converted to an input that an inner node feeds).
    """

    data: GroupData
    required: dict[str, Any] = field(default_factory=dict)
    output_types: list[Any] = field(default_factory=list)
    inputs: dict[int, dict[str, int]] = field(default_factory=dict)
    outputs: list[tuple[int, int]] = field(default_factory=list)
    widgets: dict[int, dict[str, str | None]] = field(default_factory=dict)

    @property
    def info(self) -> dict[str, Any]:
        """The definition, as if a server had sent it."""
        required = {name: self.required[name] for name in key_order(self.required)}
        return {"input": {"required": required}, "output": self.output_types}


def missing_widget(info: dict[str, Any]) -> str | None:
    """The widget that an upload button of the type is for and does not find, so that no node can be made."""
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


def group_type(data: GroupData, catalog: Catalog) -> GroupType:
    """Make the type of a group whose inner types are all known."""
    return _Maker(data, catalog).run()


@dataclass(slots=True)
class _Definition:
    """What the editor knows of an inner node's type: input definitions by name, output types."""

    inputs: dict[str, Any]
    outputs: list[Any]


class _Maker:
    def __init__(self, data: GroupData, catalog: Catalog) -> None:
        self.data = data
        self.catalog = catalog
        self.made = GroupType(data)
        self.seen: dict[str, int] = {}
        self.slots = 0
        self.primitives: dict[int, list[Any]] = {}
        self.late: list[Callable[[], None]] = []
        self.leaving: dict[int, dict[int, list[GroupLink]]] = {}
        self.arriving: dict[int, dict[int, GroupLink]] = {}
        for link in data.links:
            if link.origin is not None:
                self.leaving.setdefault(link.origin, {}).setdefault(link.slot, []).append(link)
                self.arriving.setdefault(link.target, {})[link.target_slot] = link

    def run(self) -> GroupType:
        for index in range(len(self.data.nodes)):
            definition = self.definition(index)
            if definition is not None:
                if definition.inputs:
                    self.add_inputs(index, definition.inputs)
                self.add_outputs(index, definition.outputs)
        for add_converted in self.late:
            add_converted()
        return self.made

    # --- what is known of an inner node ---

    def definition(self, index: int) -> _Definition | None:
        kind = self.data.kind(index)
        info = self.catalog.info(kind)
        if info is not None:
            inputs = extended_inputs(kind, info)
            outputs = info.get("output")
            inputs = {name: inputs[name] for name in key_order(inputs)}
            return _Definition(inputs, outputs if isinstance(outputs, list) else [])
        if kind == "PrimitiveNode":
            return self.primitive(index)
        return self.reroute(index) if kind == "Reroute" else None

    def primitive(self, index: int) -> _Definition | None:
        leaving = self.leaving.get(index)
        if leaving is None:
            return None
        first = next(iter(leaving.get(0, ())), None)
        kind = _slot_type(first.type) if first is not None else None
        if kind == "COMBO" and first is not None:
            kind = self.combo_type(index, first.target)
        spec: list[Any] = [kind, {}]
        self.primitives[index] = spec
        return _Definition({"value": spec}, [kind])

    def combo_type(self, index: int, target: int) -> Any:
        """The type of a PrimitiveNode for a combo: none at all where the combo lists its options."""
        output = next(iter(self.data.outputs(index)), None)
        widget = output.get("widget") if isinstance(output, dict) else None
        named = isinstance(widget, dict) and truthy(widget.get("name"))
        if not named or not 0 <= target < len(self.data.nodes) or not self.data.kind(target):
            return "COMBO"
        spec = self.widget_spec(target, widget)
        return spec[0] if spec is not None and isinstance(spec[0], str) else None

    def widget_spec(self, index: int, widget: Any) -> list[Any] | None:
        """The definition of the input that a saved slot names as its widget."""
        name = widget.get("name") if isinstance(widget, dict) else None
        kind = self.data.kind(index) if 0 <= index < len(self.data.nodes) else ""
        info = self.catalog.info(kind)
        if info is None or not isinstance(name, str):
            return None
        spec = extended_inputs(kind, info).get(name)
        return spec if isinstance(spec, list) and spec else None

    def reroute(self, index: int) -> _Definition | None:
        leaving, arriving = self.leaving.get(index), self.arriving.get(index)
        external = self.data.external.get((index, 0))
        if leaving is not None and arriving is not None and not truthy(external):
            return None  # inside the group only
        kind: Any = "*"
        options: dict[str, Any] = {}
        if leaving is not None:
            for link in leaving.get(0, ()):
                target = self.data.input_at(link.target, link.target_slot)
                if truthy(target.get("type")) and kind == "*":
                    kind = target["type"]
                spec = self.widget_spec(link.target, target.get("widget"))
                options = options if spec is None else _merged(spec, options)
        elif arriving is not None:
            output = self.output_behind(arriving.get(0))
            kind = kind if output is None else output.get("type")
        else:
            piped = (link.type for link in self.data.links if link.target == index)
            kind = next((kind for kind in piped if _slot_type(kind) is not None), "*")
            if kind == "*" and truthy(external):
                kind = external
        name = text(_slot_type(kind))
        return _Definition({name: [name, {**options, "forceInput": True}]}, [name])

    def output_behind(self, link: GroupLink | None) -> dict[str, Any] | None:
        """The saved output that a link comes from."""
        if link is None or link.origin is None:
            return None
        outputs = self.data.outputs(link.origin)
        output = outputs[link.slot] if 0 <= link.slot < len(outputs) else None
        return output if isinstance(output, dict) else None

    # --- inputs and widgets ---

    def add_inputs(self, index: int, inputs: dict[str, Any]) -> None:
        self.made.widgets[index] = {}
        self.made.inputs[index] = {}
        converted: dict[int, str] = {}
        plain: list[str] = []
        for name, spec in inputs.items():
            if not _is_widget(spec):
                plain.append(name)
                continue
            position = self.converted_at(index, name)
            if position is None:
                self.made.widgets[index][name] = self.declare(index, name, spec)
            else:
                converted[position] = name
                self.made.widgets[index][name] = None
        arriving = self.arriving.get(index, {})
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
        arriving = self.arriving.get(index, {})
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

    def converted_at(self, index: int, name: str) -> int | None:
        """Where among the saved inputs a widget stands that was converted to an input."""
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
        """Name an input or widget of the group node; names that are taken get the node's title in front."""
        node = self.data.nodes[index]
        shown, prefix = self.shown_name(index, name), ""
        key = shown
        titled = self.data.kind(index) == "PrimitiveNode" and truthy(node.get("title"))
        if titled or shown in self.seen:
            prefix = self.prefix_of(index)
            key = shown = prefix + name
            if shown in self.seen:
                shown = f"{prefix}{self.seen[shown]} {name}"
        self.seen[key] = self.seen.get(key, 1) + 1
        options = dict(extra)
        if name in _SEEDS:
            options["control_after_generate"] = prefix + "control_after_generate"
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
        """An inner PrimitiveNode takes the options of the input that it feeds."""
        origin = link.origin
        spec = self.primitives.get(origin) if origin is not None else None
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
        leaving = self.leaving.get(index, {})
        for slot, kind in enumerate(outputs):
            inside = slot in leaving and not truthy(self.data.external.get((index, slot)))
            visible = self.data.custom(index, "output", slot).get("visible")
            if truthy(visible if visible is not None else not inside) and isinstance(kind, (str, list)):
                self.made.outputs.append((index, slot))
                self.made.output_types.append(kind)


def _is_widget(spec: Any) -> bool:
    if not isinstance(spec, list) or not spec or not isinstance(spec[0], (str, list)):
        return False
    options = spec[1] if len(spec) > 1 and isinstance(spec[1], dict) else {}
    kind = "COMBO" if isinstance(spec[0], list) else spec[0]
    return options.get("forceInput") is not True and has_widget(InputSpec("", kind, False, NO_OPTIONS))


def _merged(spec: list[Any], options: dict[str, Any]) -> dict[str, Any]:
    """The options that a reroute takes over from a number widget it feeds (``mergeIfValid``)."""
    own = spec[1] if len(spec) > 1 and isinstance(spec[1], dict) else {}
    return (combine_numbers(options, own) if spec[0] in ("INT", "FLOAT") else None) or {}


def _slot_type(kind: Any) -> Any:
    """A type as text or number, None for what is no slot type (``slotTypeKey``)."""
    if isinstance(kind, list):
        return ",".join(kind) if all(isinstance(item, str) for item in kind) else None
    return kind if isinstance(kind, (str, int, float)) and not isinstance(kind, bool) else None
