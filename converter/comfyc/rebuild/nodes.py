"""Nodes that are made of the nodes of a prompt, before anything is linked.

Source: ``scripts/app.ts`` loadApiJson, ``services/litegraphService.ts`` and ``LiteGraphGlobal.ts``
createNode, frontend 1.58.1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc.catalog import bundled_packs
from comfyc.editor.loading.known import shape_in
from comfyc.editor.nodes.live import LiveInput, LiveNode
from comfyc.editor.nodes.shapes import Shape
from comfyc.editor.nodes.state import Editor
from comfyc.graph import NO_OPTIONS, Widget, WidgetList
from comfyc.javascript.values import number, number_text, text
from comfyc.workflow.model import FileLink, FileNode

Id = int | str
"""The id of a node in a workflow."""

_WITH_UPLOAD_TEXT = frozenset({"LoadAudio", "LoadImage", "LoadImageMask", "LoadImageOutput", "LoadVideo"})
"""Types whose upload button has a text of its own in the English texts of the frontend."""

NODE_WIDTH, NODE_HEIGHT = 140.0, 60.0
"""The size of a node before anything is in it."""


@dataclass(slots=True, eq=False)
class NewNode:
    """A node of the new workflow.

    ``key`` is its id in the prompt, ``id`` its id in the workflow, ``entry`` its type's entry in object_info
    ({} for an unknown type). ``size`` and ``pos`` are in pixels.
    """

    key: str
    id: Id
    live: LiveNode
    entry: Mapping[str, Any]
    shape: Shape | None
    title: Any
    properties: dict[str, Any] = field(default_factory=dict)
    size: tuple[float, float] = (NODE_WIDTH, NODE_HEIGHT)
    pos: tuple[float, float] = (10.0, 10.0)
    order: int = 0
    leaving: list[dict[int, FileLink]] = field(default_factory=list)
    """For each output the links that leave it, by id, in their order."""

    @property
    def is_known(self) -> bool:
        """Whether the node is of a type that the catalogue has."""
        return self.shape is not None


@dataclass(slots=True)
class NewGraph:
    """The new workflow: its nodes by their id in the prompt, and its links by id, both in order."""

    editor: Editor
    nodes: dict[str, NewNode] = field(default_factory=dict)
    links: dict[int, FileLink] = field(default_factory=dict)
    kinds: dict[int, Any] = field(default_factory=dict)
    """The types of the links by id."""
    last_link: int = 0
    faithful: bool = False
    """Whether to keep values and links that the editor would not take over from the prompt."""


def workflow_ids(keys: Iterable[str]) -> dict[str, Id]:
    """The ids that nodes get in the workflow, by their ids in the prompt.

    A number becomes a number. The colons of "12:3" would lead into a subgraph; they are replaced by "_".
    """
    keys = list(keys)
    taken = {key for key in keys if ":" not in key}
    ids: dict[str, Id] = {}
    for key in keys:
        if ":" in key:
            name = key.replace(":", "_")
            while name in taken:
                name += "_"
            taken.add(name)
            ids[key] = name
        else:
            ids[key] = plain_id(key)
    return _unique(ids)


def exact_id(key: str) -> Id:
    """The id that is exported as ``key``, which has no colon: a number if that has the same text."""
    ident = plain_id(key)
    return ident if str(ident) == key else key


def _unique(ids: dict[str, Id]) -> dict[str, Id]:
    """The ids, where a number that two of them have ("5" and "05") is the first one's alone."""
    seen: set[Id] = set()
    last = max((ident for ident in ids.values() if not isinstance(ident, str)), default=0)
    for key, ident in ids.items():
        if ident in seen:
            last += 1
            ids[key] = last
        seen.add(ids[key])
    return ids


def plain_id(key: str) -> Id:
    """The id of a node whose id in the prompt has no colon."""
    value = number(key)
    if math.isnan(value) or math.isinf(value):
        return key
    return int(value) if value == int(value) else number_text(value)


def make_node(
    key: str, ident: Id, node: Mapping[str, Any], editor: Editor, *, faithful: bool = False
) -> NewNode:
    """Make the node of the workflow for a node of the prompt, with the defaults of its type.

    ``faithful``: what the prompt says of the node's pack is kept, also for a node of a known type.
    """
    kind = node["class_type"]
    meta = node.get("_meta")
    meta = meta if isinstance(meta, dict) else {}
    file = FileNode(key, kind, {}, (key,))
    shape = shape_in(editor, kind)
    if shape is None or not editor.has_room(shape.size, file):
        return _unknown(key, ident, node, meta, file)
    live = shape.node(file, None, 0, NO_OPTIONS)
    live.outputs = list(live.outputs)
    title = meta.get("title")
    made = NewNode(
        key,
        ident,
        live,
        editor.catalog.info(kind) or bundled_packs().info(kind) or {},
        shape,
        shape.title if title is None else title,
    )
    made.leaving = [{} for _ in live.outputs]
    if faithful:
        made.properties = _provenance(meta)
    return made


def _unknown(
    key: str, ident: Id, node: Mapping[str, Any], meta: Mapping[str, Any], file: FileNode
) -> NewNode:
    """A node of a type that the catalogue lacks: an input for each link, a named value for the rest."""
    title = meta.get("title")
    title = node["class_type"] if title is None else title
    live = LiveNode(file, key, node["class_type"], title, 0, NO_OPTIONS, is_unknown=True)
    widgets = WidgetList()
    for name, value in node["inputs"].items():
        if isinstance(value, list):
            live.own_inputs().append(LiveInput(name, "*"))
        else:
            widgets.append(Widget(name, "unknown", unwrapped(value)))
    live.widgets = widgets
    return NewNode(key, ident, live, {}, None, title, _provenance(meta))


def _provenance(meta: Mapping[str, Any]) -> dict[str, Any]:
    """What the prompt says of the pack that a node is from."""
    return {name: meta[name] for name in ("cnr_id", "aux_id", "ver") if isinstance(meta.get(name), str)}


def unwrapped(value: Any) -> Any:
    """A value without what Export (API) wraps lists and curves in (``unwrapExportedWidgetValue``)."""
    if isinstance(value, dict) and "__value__" in value:
        inner = value["__value__"]
        if value.get("__type__") == "CURVE" or isinstance(inner, list):
            return inner
    return value


def slot_label(slot: LiveInput, live: LiveNode) -> str:
    """What stands beside an input: its display name, else its name without those of the groups it is in."""
    spec = slot.made_of
    if spec is None:
        return slot.name
    if slot.name == "upload" and live.type in _WITH_UPLOAD_TEXT:
        return "choose file to upload"
    label = row_label(slot, live)
    if label is not None:
        return label
    parent, dot, last = slot.name.rpartition(".")
    if dot and parent and spec is not live.declared.get(slot.name):
        return last
    shown = spec.options.get("display_name")
    return text(shown) if shown else slot.name


def row_label(slot: LiveInput, live: LiveNode) -> str | None:
    """What stands beside an input in a row of a dynamic group; None for any other input."""
    if "." not in slot.name or slot.made_of is None:
        return None
    for controller in live.widgets:
        if controller.kind != "rows" or not slot.name.startswith(f"{controller.name}."):
            continue
        row, _, member = slot.name[len(controller.name) + 1 :].partition(".")
        if row.isdigit():
            group = controller.options.get("group_name", controller.name)
            shown = slot.made_of.options.get("display_name")
            return f"{text(group)} #{int(row) + 1} {member if shown is None else text(shown)}"
    return None
