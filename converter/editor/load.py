"""Load a workflow as the editor does: every node made from its type, then given its saved state.

Source: ``LGraph.configure``, ``LGraphNode.configure``, ``ComfyNode.configure``
(``services/litegraphService.ts``), ``linkDeduplication.ts`` (realignInputLinkSlots) and the patches
of ``scripts/app.ts`` loadGraphData, frontend 1.58.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from converter import codes
from converter.catalog import Catalog
from converter.diagnostics import Diagnostics
from converter.editor.construct import Shape, add_input, shape_of
from converter.editor.dynamic import grow
from converter.editor.hosts import bind_promoted, host_inputs
from converter.editor.live import LiveInput, LiveNode
from converter.editor.proxies import apply_proxies
from converter.editor.unknown import UnknownTypes, configure_unknown
from converter.editor.values import restore
from converter.graph import ABSENT, Widget
from converter.jsvalues import truthy
from converter.packs import Packs
from converter.workflow import FileGraph, FileLink, FileNode, FileSlot, Workflow


@dataclass(slots=True)
class Scope:
    """One graph of the file, loaded: the root, or a subgraph definition (shared by its hosts)."""

    file: FileGraph
    nodes: dict[str, LiveNode] = field(default_factory=dict)
    links: dict[Any, FileLink] = field(default_factory=dict)
    inputs: list[FileSlot] = field(default_factory=list)
    outputs: list[FileSlot] = field(default_factory=list)
    settled: dict[str, list[Any]] = field(default_factory=dict)
    """Output types of nodes with match types, as far as they have been worked out."""


@dataclass(slots=True)
class Editor:
    """A loaded workflow: the root scope and the definitions' scopes by id."""

    catalog: Catalog
    packs: Packs
    diagnostics: Diagnostics
    unknown: UnknownTypes = UnknownTypes.FROM_FILE
    scopes: dict[str, Scope] = field(default_factory=dict)
    hosts: dict[str, list[LiveNode]] = field(default_factory=dict)
    """The hosts made so far, by definition id."""
    root: Scope = field(default_factory=lambda: Scope(FileGraph("", "", ())))
    shapes: dict[str, Shape | None] = field(init=False)

    def __post_init__(self) -> None:
        self.shapes = self.catalog.memo.setdefault("shapes", {})

    def shape(self, kind: str) -> Shape | None:
        """The shape of a node type, None for a type that the catalogue lacks."""
        try:
            return self.shapes[kind]
        except KeyError:
            info = self.catalog.info(kind)
            title = self.catalog.title(kind)
            shape = self.shapes[kind] = None if info is None else shape_of(kind, info, title)
            return shape


def load(workflow: Workflow, editor: Editor) -> None:
    """Fill ``editor.root`` and ``editor.scopes`` from the workflow."""
    for definition in workflow.definitions.values():
        editor.scopes[definition.id] = Scope(
            definition, links=definition.links, inputs=definition.inputs, outputs=definition.outputs
        )
    for ident in _leaves_first(workflow.definitions):
        _configure(editor.scopes[ident], editor)
    editor.root = Scope(workflow.root, links=workflow.root.links)
    _configure(editor.root, editor)
    for scope in (*editor.scopes.values(), editor.root):
        _patch(scope)


def _leaves_first(definitions: dict[str, FileGraph]) -> list[str]:
    """The order in which definitions are configured (``topologicalSortSubgraphs``).

    Its count of dependencies goes up per node but down per parent, so that a definition used twice
    by one parent ends the sort early; then the editor takes the order of the file.
    """
    dependents: dict[str, dict[str, None]] = {ident: {} for ident in definitions}
    waiting = dict.fromkeys(definitions, 0)
    for definition in definitions.values():
        for node in definition.nodes:
            if node.type in dependents:
                dependents[node.type][definition.id] = None
                waiting[definition.id] += 1
    queue = [ident for ident, count in waiting.items() if count == 0]
    for ident in queue:
        for parent in dependents[ident]:
            waiting[parent] -= 1
            if waiting[parent] == 0:
                queue.append(parent)
    return queue if len(queue) == len(definitions) else list(definitions)


def _configure(scope: Scope, editor: Editor) -> None:
    incoming: dict[str, list[FileLink]] = {}
    for link in scope.links.values():
        incoming.setdefault(link.target, []).append(link)
    for file in scope.file.nodes:
        scope.nodes[file.id] = _make(file, editor)
    for node in scope.nodes.values():
        _configure_node(node, scope, incoming.get(node.id, ()), editor)
    for node in scope.nodes.values():
        if node.definition is not None and "proxyWidgets" in node.properties:
            apply_proxies(node, editor)


def _make(file: FileNode, editor: Editor) -> LiveNode:
    raw, kind = file.raw, file.type
    properties = raw.get("properties")
    if properties.__class__ is not dict:
        properties = {}
    mode = raw.get("mode")
    mode = 0 if mode is None else mode
    title = raw.get("title")
    titled = title.__class__ is str and title or truthy(title)
    definition = editor.scopes.get(kind)
    if definition is not None:
        title = title if titled else definition.file.name
        node = LiveNode(file.id, None, title, mode, file, properties, host_inputs(definition.inputs))
        node.definition = kind
        node.outputs = [slot.type for slot in definition.outputs]
        editor.hosts.setdefault(kind, []).append(node)
        return node
    behaviour = editor.packs.behaviour(kind)
    if behaviour is not None and behaviour.stands_for is not None:
        title = title if titled else behaviour.title
        return LiveNode(file.id, kind, title, mode, file, properties, stands_for=behaviour.stands_for)
    shape = editor.shape(kind)
    if shape is None:
        return LiveNode(file.id, None, title if titled else "", mode, file, properties)
    return shape.node(file, title if titled else shape.title, mode, properties)


def _configure_node(node: LiveNode, scope: Scope, incoming: Sequence[FileLink], editor: Editor) -> None:
    file = node.file
    if node.definition is not None:
        _align(node, scope, incoming, editor.diagnostics)
        bind_promoted(node, editor.scopes[node.definition])
        return
    shape = editor.shapes.get(file.type) if node.type is not None and node.stands_for is None else None
    if shape is None:
        node.inputs = [_file_input(slot) for slot in file.inputs]
        node.outputs = _file_outputs(file)
        _align(node, scope, incoming, editor.diagnostics)
        if node.stands_for is None:
            configure_unknown(node, editor)
        return
    _add_extra_inputs(node)
    if node.autogrow:
        _grow_saved(node, scope)
    restore(node, shape, editor.diagnostics)
    if node.autogrow:  # a chosen option may have brought a group, whose saved links make it grow
        _grow_saved(node, scope)
    outputs = file.raw.get("outputs")
    if isinstance(outputs, list) and len(outputs) > len(node.outputs):
        node.outputs = [*node.outputs, *_file_outputs(file)[len(node.outputs) :]]
    _align(node, scope, incoming, editor.diagnostics)
    _drop_stray_widget_inputs(node, editor.diagnostics)
    if any(item.kind == "branchnames" for item in node.widgets):
        _label_branches(node)


def _file_input(slot: dict[str, Any]) -> LiveInput:
    widget = slot.get("widget")
    name = widget.get("name") if isinstance(widget, dict) else None
    return LiveInput(slot["name"], slot.get("type"), name if isinstance(name, str) else None)


def _file_outputs(file: FileNode) -> list[Any]:
    outputs = file.raw.get("outputs")
    if not isinstance(outputs, list):
        return []
    return [slot.get("type") if isinstance(slot, dict) else None for slot in outputs]


def _add_extra_inputs(node: LiveNode) -> None:
    """Saved inputs that the type does not have stay, behind those that it has."""
    inputs = node.inputs
    count = len(inputs)
    known: set[str] | None = None
    for position, slot in enumerate(node.file.inputs):
        if position < count and inputs[position].name == slot["name"]:
            continue
        if known is None:
            known = {item.name for item in inputs[:count]}
        if slot["name"] not in known:
            inputs.append(_file_input(slot))


def _grow_saved(node: LiveNode, scope: Scope) -> None:
    linked = {
        slot["name"]
        for slot in node.file.inputs
        if isinstance(slot.get("link"), (int, str, float)) and slot.get("link") in scope.links
    }
    seen: set[str] = set()
    index = 0
    while index < len(node.inputs):
        slot = node.inputs[index]
        if slot.name in linked and slot.name not in seen:
            seen.add(slot.name)
            grow(node, slot, add_input)
            index = 0
        else:
            index += 1


def _drop_stray_widget_inputs(node: LiveNode, diagnostics: Diagnostics) -> None:
    """An input bound to a widget that the node does not have goes (``onGraphConfigured``)."""
    names = {widget.name for widget in node.widgets}
    strays = [slot for slot in node.inputs if slot.widget is not None and slot.widget not in names]
    if not strays:
        return
    node.inputs = [slot for slot in node.inputs if slot.widget is None or slot.widget in names]
    for slot in strays:
        if slot.link is not None:
            _report_lost(node, slot.link, diagnostics, slot.name)


def _align(node: LiveNode, scope: Scope, incoming: Sequence[FileLink], diagnostics: Diagnostics) -> None:
    """Give each link that goes into this node the input whose saved state names it.

    The link table decides that there is a link; the input's name decides where it goes. A link that
    no input names goes into the slot that its row says.
    """
    saved_inputs, inputs, links = node.file.inputs, node.inputs, scope.links
    placed = 0
    slot_of: dict[str, LiveInput] | None = None
    for position, saved in enumerate(saved_inputs):
        ident = saved.get("link")
        if ident is None:
            continue
        link = links.get(ident) if isinstance(ident, (int, str, float)) else None
        if link is None or link.target != node.id:
            _report_dangling(node, position, ident, link, diagnostics)
            continue
        name = saved["name"]
        if position < len(inputs) and inputs[position].name == name:
            slot = inputs[position]
        else:
            if slot_of is None:
                slot_of = {slot.name: slot for slot in inputs}
            if name not in slot_of:
                break
            slot = slot_of[name]
        if slot.link is not None:
            break
        slot.link = link
        placed += 1
    else:
        if placed == len(incoming) and (node.definition is None or len({s.name for s in inputs}) == len(inputs)):
            return
    _align_odd(node, links, incoming, diagnostics)


def _align_odd(
    node: LiveNode, links: Mapping[Any, FileLink], incoming: Sequence[FileLink], diagnostics: Diagnostics
) -> None:
    """The general case: links that no input names, names that several inputs share, links without a place."""
    inputs = node.inputs
    named: dict[Any, list[str]] = {}
    for saved in node.file.inputs:
        ident = saved.get("link")
        link = links.get(ident) if isinstance(ident, (int, str, float)) else None
        if link is not None and link.target == node.id:
            named.setdefault(ident, []).append(saved["name"])
    taken: dict[int, FileLink] = {}
    slots_of: dict[str, list[int]] = {}
    for index, item in enumerate(inputs):
        item.link = None
        slots_of.setdefault(item.name, []).append(index)
    for link in incoming:
        slot = _slot_number(link.target_slot)
        if link.id in named:
            continue
        if slot is not None and 0 <= slot < len(inputs):
            taken[slot] = link
            _report_loose(node, inputs[slot], link, diagnostics)
        else:
            _report_lost(node, link, diagnostics)
    for link in incoming:
        if link.id in named:
            _place(node, link, named[link.id], slots_of, taken, diagnostics)
    for index, link in taken.items():
        inputs[index].link = link


def _place(
    node: LiveNode,
    link: FileLink,
    names: list[str],
    slots_of: dict[str, list[int]],
    taken: dict[int, FileLink],
    diagnostics: Diagnostics,
) -> None:
    slots = slots_of.get(names[0], []) if len(names) == 1 else [i for name in names for i in slots_of.get(name, ())]
    if slots:
        slot = link.target_slot if link.target_slot in slots else min(slots)
        if taken.setdefault(slot, link) is not link:
            own = _slot_number(link.target_slot)
            if own is not None and 0 <= own < len(node.inputs):
                taken.setdefault(own, link)
        return
    own = _slot_number(link.target_slot)
    group = names[0].rpartition(".")[0]
    grouped = group and any(widget.name == group for widget in node.widgets)
    if not grouped and own is not None and 0 <= own < len(node.inputs) and own not in taken:
        taken[own] = link
        return
    _report_lost(node, link, diagnostics, names[0])


def _slot_number(slot: Any) -> int | None:
    if type(slot) is int:
        return slot
    if isinstance(slot, str) and slot.isascii() and slot.isdigit():
        return int(slot)
    return int(slot) if isinstance(slot, float) and slot == int(slot) else None


def _report_dangling(
    node: LiveNode, position: int, ident: Any, link: FileLink | None, diagnostics: Diagnostics
) -> None:
    name = node.file.inputs[position]["name"]
    if link is None:
        message = f"input '{name}' names link {ident!r}, which is not in the link table: it counts as unlinked"
    else:
        message = f"input '{name}' names link {ident!r}, which goes to node {link.target}: it counts as unlinked"
    diagnostics.report(
        codes.DANGLING_LINK,
        message,
        pointer=(*node.file.pointer, "inputs", position, "link"),
        node=node.id,
        title=_title(node),
        hint="open the workflow in the editor, draw the link again and save",
    )


def _report_loose(node: LiveNode, slot: LiveInput, link: FileLink, diagnostics: Diagnostics) -> None:
    diagnostics.report(
        codes.LINK_ONLY_IN_TABLE,
        f"link {link.id!r} stands only in the link table; as in the editor it goes into input '{slot.name}'",
        pointer=link.pointer,
        node=node.id,
        title=_title(node),
    )


def _report_lost(node: LiveNode, link: FileLink, diagnostics: Diagnostics, name: str | None = None) -> None:
    where = f"input '{name}'" if name is not None else f"input slot {link.target_slot}"
    diagnostics.report(
        codes.LINK_LOST,
        f"link {link.id!r} is dropped: the node has no {where}",
        pointer=link.pointer,
        node=node.id,
        title=_title(node),
        hint="check that the catalogue has the version of the node that the workflow was made with",
    )


def _title(node: LiveNode) -> str | None:
    return node.title if isinstance(node.title, str) and node.title else None


def _label_branches(node: LiveNode) -> None:
    """A branch-names widget holds the labels of the linked inputs (``customWidgets.ts``)."""
    labels = {slot["name"]: slot.get("label") or slot.get("localized_name") for slot in node.file.inputs}
    linked = [slot.name for slot in node.inputs if slot.name.startswith("autogrow.") and slot.link is not None]
    for widget in node.widgets:
        if widget.kind == "branchnames":
            widget.value = [labels.get(name) or name for name in linked]


def _patch(scope: Scope) -> None:
    """Values that the editor corrects in every file it opens (``loadGraphData``)."""
    for node in scope.nodes.values():
        if node.definition is not None:
            for slot in node.inputs:
                if slot.promoted is not None and slot.promoted[0] is None and slot.source is not None:
                    slot.promoted[0] = _first_option(slot.source, None)
            continue
        sampler = node.type in ("KSampler", "KSamplerAdvanced")
        for widget in list(node.widgets):
            value = widget.value
            if value is None or value is ABSENT:
                first = _first_option(widget, value)
                if first is not value:
                    node.assign(widget, first)
            elif sampler and widget.name == "sampler_name" and isinstance(value, str):
                widget.value = value.removeprefix("sample_")


def _first_option(widget: Widget, otherwise: Any) -> Any:
    """The first option of a combo, which the editor chooses where a file holds null."""
    options = widget.options.get("options")
    return options[0] if widget.kind == "combo" and isinstance(options, list) and options else otherwise
