"""Load a workflow as the editor does: every node made from its type, then given its saved state.

Source: ``LGraph.configure``, ``LGraphNode.configure``, ``ComfyNode.configure``
(``services/litegraphService.ts``), ``linkDeduplication.ts`` (realignInputLinkSlots) and the patches
of ``scripts/app.ts`` loadGraphData, frontend 1.58.1.
"""

from __future__ import annotations

from collections.abc import Hashable
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

SAVED_ALIAS = "Node name for S&R"
"""The property under which the editor notes a node's class for text replacement."""


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
    shapes: dict[str, Shape | None] = field(default_factory=dict)
    scopes: dict[str, Scope] = field(default_factory=dict)
    hosts: dict[str, list[LiveNode]] = field(default_factory=dict)
    """The hosts made so far, by definition id."""
    root: Scope = field(default_factory=lambda: Scope(FileGraph("", "", ())))

    def shape(self, kind: str) -> Shape | None:
        """The shape of a node type, None for a type that the catalogue lacks."""
        try:
            return self.shapes[kind]
        except KeyError:
            info = self.catalog.info(kind)
            shape = self.shapes[kind] = None if info is None else shape_of(kind, info)
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
    raw = file.raw
    properties = raw.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    kind = file.type
    definition = editor.scopes.get(kind)
    behaviour = editor.packs.behaviour(kind)
    shape = None
    if definition is not None:
        node = LiveNode("", None, None, 0, file, properties, definition=kind)
        node.inputs = host_inputs(definition.inputs)
        node.outputs = [slot.type for slot in definition.outputs]
        title: Any = definition.file.name
        editor.hosts.setdefault(kind, []).append(node)
    elif behaviour is not None and behaviour.stands_for is not None:
        node = LiveNode("", kind, None, 0, file, properties, stands_for=behaviour.stands_for)
        title = behaviour.title
    else:
        shape = editor.shape(kind)
        node = LiveNode("", None, None, 0, file, properties) if shape is None else shape.node()
        title = editor.catalog.title(kind) if shape is not None else ""
    node.id = file.id
    node.file = file
    node.properties = properties
    if shape is not None and shape.aliased and SAVED_ALIAS not in properties:
        node.properties = {**properties, SAVED_ALIAS: kind}
    mode = raw.get("mode")
    node.mode = 0 if mode is None else mode
    saved_title = raw.get("title")
    node.title = saved_title if truthy(saved_title) else title
    return node


def _configure_node(node: LiveNode, scope: Scope, incoming: Any, editor: Editor) -> None:
    file = node.file
    shape = editor.shapes.get(file.type) if node.type is not None and node.stands_for is None else None
    if node.definition is not None:
        _align(node, scope, incoming, editor.diagnostics)
        bind_promoted(node, editor.scopes[node.definition])
        return
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
    _drop_stray_widget_inputs(node)
    outputs = file.raw.get("outputs")
    if isinstance(outputs, list) and len(outputs) > len(node.outputs):
        node.outputs = [*node.outputs, *_file_outputs(file)[len(node.outputs) :]]
    _align(node, scope, incoming, editor.diagnostics)
    if node.type == "CustomCombo" or any(item.kind == "branchnames" for item in node.widgets):
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
    known = {slot.name for slot in node.inputs}
    for slot in node.file.inputs:
        if slot["name"] not in known:
            node.inputs.append(_file_input(slot))


def _grow_saved(node: LiveNode, scope: Scope) -> None:
    linked = {
        slot["name"]
        for slot in node.file.inputs
        if isinstance(slot.get("link"), Hashable) and slot.get("link") in scope.links
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


def _drop_stray_widget_inputs(node: LiveNode) -> None:
    """An input bound to a widget that the node does not have goes (``onGraphConfigured``)."""
    names = {widget.name for widget in node.widgets}
    for slot in node.inputs:
        if slot.widget is not None and slot.widget not in names:
            node.inputs = [slot for slot in node.inputs if slot.widget is None or slot.widget in names]
            return


def _align(node: LiveNode, scope: Scope, incoming: Any, diagnostics: Diagnostics) -> None:
    """Give each link that goes into this node the input whose saved state names it.

    The link table decides that there is a link; the input's name decides where it goes. A link that
    no input names goes into the slot that its row says.
    """
    named: dict[Any, list[str]] = {}
    for position, saved in enumerate(node.file.inputs):
        ident = saved.get("link")
        if ident is None or not isinstance(ident, Hashable):
            continue
        link = scope.links.get(ident)
        if link is None or link.target != node.id:
            _report_dangling(node, position, ident, link, diagnostics)
        else:
            named.setdefault(ident, []).append(saved["name"])
    if not incoming:
        return
    inputs = node.inputs
    loose = [link for link in incoming if link.id not in named]
    taken: dict[int, FileLink] = {}
    for link in loose:
        slot = _slot_number(link.target_slot)
        if slot is not None and 0 <= slot < len(inputs):
            taken[slot] = link
            _report_loose(node, inputs[slot], link, diagnostics)
        elif slot is not None and node.definition is None:
            _report_lost(node, link, diagnostics)
    if named:
        slots_of: dict[str, list[int]] = {}
        for index, item in enumerate(inputs):
            slots_of.setdefault(item.name, []).append(index)
        for link in incoming:
            names = named.get(link.id)
            if names is not None:
                _place(node, link, names, slots_of, taken, diagnostics)
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
    named_slots = {slot for slots in slots_of.values() for slot in slots}
    if not grouped and own in named_slots and own not in taken:
        taken[own] = link  # type: ignore[index]
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
