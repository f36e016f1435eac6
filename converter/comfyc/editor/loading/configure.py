"""Make one node of a workflow from its type, then give it its saved inputs, values, outputs and links.

Source: ``LGraphNode.configure``, ``ComfyNode.configure`` (``services/litegraphService.ts``) and
``linkDeduplication.ts`` (realignInputLinkSlots), frontend 1.58.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from comfyc.collector import Collector
from comfyc.editor.loading.known import behaviour_in, meet_custom, shape_in
from comfyc.editor.loading.lost_links import drop_odd_links, report_lost, report_undeclared
from comfyc.editor.loading.unknown import configure_unknown
from comfyc.editor.nodes.growing import compact, grow
from comfyc.editor.nodes.links import drop_beyond, put_as_saved, realign
from comfyc.editor.nodes.live import LiveInput, LiveNode, all_outputs, saved_state
from comfyc.editor.nodes.restore import DEFAULTS_USED, restore
from comfyc.editor.nodes.shapes import Shape
from comfyc.editor.nodes.state import Editor, Scope
from comfyc.editor.promoted.values import host_inputs, read_promoted
from comfyc.graph import Widget, WidgetList
from comfyc.packs.behaviour import Behaviour
from comfyc.workflow.model import FileLink, FileNode


def make_node(file: FileNode, editor: Editor) -> LiveNode:
    """Make a new node of the saved node's type, with the saved title, mode and properties."""
    kind = file.type
    title, mode, properties = saved_state(file)
    if kind in editor.scopes:
        definition = editor.scopes[kind]
        node = _bare_node(file, None, definition.file.name if title is None else title, mode, properties)
        if editor.has_room(len(definition.inputs) + len(definition.outputs), file):
            node.inputs = host_inputs(definition.inputs)
            node.outputs = [slot.type for slot in definition.outputs]
        node.definition = kind
        editor.hosts.setdefault(kind, []).append(node)
        return node
    shape = shape_in(editor, kind)
    if shape is None:
        behaviour = behaviour_in(editor, kind)
        if behaviour is None or behaviour.stands_for is None:
            return _bare_node(file, None, "" if title is None else title, mode, properties)
        editor.scripted[kind] = behaviour
        node = _bare_node(file, kind, behaviour.title if title is None else title, mode, properties)
        node.stands_for = behaviour.stands_for
        return node
    if shape.scripts is not None and kind not in editor.custom:
        editor.custom.add(kind)
        meet_custom(shape.scripts, file, editor)
    if not editor.has_room(shape.size, file):
        return _bare_node(file, None, title, mode, properties)
    return shape.node(file, shape.title if title is None else title, mode, properties)


def _bare_node(
    file: FileNode, kind: str | None, title: Any, mode: Any, properties: Mapping[str, Any]
) -> LiveNode:
    """A node without inputs, outputs or widgets."""
    return LiveNode(file, file.id, kind, title, mode, properties)


def configure_node(node: LiveNode, scope: Scope, editor: Editor) -> None:
    """Give a new node its saved inputs, values and outputs, and the links that go into it."""
    file, diagnostics = node.file, editor.diagnostics
    if node.definition is not None:
        _align(node, scope, diagnostics)
        read_promoted(node, editor.scopes[node.definition])
        return
    shape = editor.shapes.get(file.type) if node.type is not None and node.stands_for is None else None
    if shape is None:
        _take_saved_slots(node, editor.scripted.get(file.type))
        _align(node, scope, diagnostics)
        if node.stands_for is None:
            configure_unknown(node, scope, editor)
        return
    _configure_inputs(node, shape, scope, editor)
    node.outputs = all_outputs(node.outputs, file)
    if shape.has_branches:
        _label_branches(node)


def _configure_inputs(node: LiveNode, shape: Shape, scope: Scope, editor: Editor) -> None:
    """Apply the saved inputs, values and links to a node of a known type."""
    diagnostics = editor.diagnostics
    before = len(diagnostics)
    _add_extra_inputs(node)
    as_saved: Mapping[int, FileLink] = {}
    if shape.is_dynamic:
        as_saved = _configure_dynamic(node, shape, scope, diagnostics)
    else:
        if editor.beside is None or not _is_put_right(node, shape, scope, editor):
            _restore(node, shape, diagnostics)
        _align(node, scope, diagnostics)
    declared = len(shape.pattern.inputs)
    if not shape.is_plain or len(node.inputs) != declared:
        _drop_stray_widget_inputs(node, scope, editor)
    if len(node.inputs) > declared and not (shape.scripts and shape.scripts.grows):
        report_undeclared(node, declared, diagnostics)
    if shape.outcomes is not None and all(found.rule in DEFAULTS_USED for found in diagnostics.since(before)):
        shape.outcomes.learn(node, as_saved)


def _restore(node: LiveNode, shape: Shape, diagnostics: Collector) -> None:
    if shape.scripts is None:
        restore(node, shape, diagnostics)
    else:
        shape.scripts.restore(node, lambda: restore(node, shape, diagnostics), diagnostics)


def _is_put_right(node: LiveNode, shape: Shape, scope: Scope, editor: Editor) -> bool:
    from comfyc.editor.loading.versions import restore_by_prompt  # noqa: PLC0415 - for pictures only

    return restore_by_prompt(node, shape, scope, editor)


def _connected(node: LiveNode, index: int) -> None:
    grow(node, index)


def _configure_dynamic(
    node: LiveNode, shape: Shape, scope: Scope, diagnostics: Collector
) -> Mapping[int, FileLink]:
    """Configure a node whose inputs come and go meanwhile, in the editor's order of events.

    Returns the links into the node by the slots that the link table names.
    """
    saved = _merged_inputs(node)
    put_as_saved(node, scope.file.into(node.file))
    as_saved = dict(node.links)
    index = 0
    while node.autogrow and index < min(len(node.inputs), len(saved)):
        ident = saved[index].get("link")
        if isinstance(ident, (int, str, float)) and ident in scope.links:
            _connected(node, index)
        index += 1
    names = {widget.name for widget in node.widgets}
    ordinary = [item for item in saved if item["name"].rpartition(".")[0] not in (node.autogrow or {})]
    if any(item["name"].rpartition(".")[0] in names for item in ordinary):
        realign(node, ordinary, scope.links, _connected)
    _restore(node, shape, diagnostics)
    realign(node, node.file.inputs, scope.links, _connected)
    if node.grown is not None:
        compact(node, diagnostics)
    drop_odd_links(node, drop_beyond(node), scope, diagnostics)
    return as_saved


def _merged_inputs(node: LiveNode) -> list[dict[str, Any]]:
    """For each input of the new node its saved state, or just its name if none was saved
    (``ComfyNode.configure``)."""
    saved = {item["name"]: item for item in node.file.inputs}
    return [saved.get(slot.name, {"name": slot.name}) for slot in node.inputs]


def _take_saved_slots(node: LiveNode, behaviour: Behaviour | None) -> None:
    """Give an editor-only node, or one of an unknown type, the slots that the file has for it."""
    file = node.file
    node.inputs = [_file_input(slot) for slot in file.inputs]
    node.outputs = all_outputs([], file)
    if behaviour is not None and behaviour.inputs and not file.raw.get("inputs"):
        node.inputs = [LiveInput(name, kind) for name, kind in behaviour.inputs]
    if behaviour is not None and file.raw.get("outputs") is None:
        node.outputs = list(behaviour.outputs)
    if behaviour is not None and behaviour.widgets:
        node.widgets = _saved_widgets(behaviour.widgets, file.raw.get("widgets_values"))


def _saved_widgets(names: Sequence[str], saved: Any) -> WidgetList:
    """The widgets of an editor-only node, with their saved values."""
    values: Mapping[Any, Any] = saved if isinstance(saved, dict) else {}
    if isinstance(saved, list):
        values = dict(zip(names, saved, strict=False))
    return WidgetList(
        Widget(name, "custom", values.get(name), saved_at=index if isinstance(saved, list) else name)
        if name in values
        else Widget(name, "custom", None)
        for index, name in enumerate(names)
    )


def _file_input(slot: dict[str, Any]) -> LiveInput:
    widget = slot.get("widget")
    name = widget.get("name") if isinstance(widget, dict) else None
    return LiveInput(slot["name"], slot.get("type"), name if isinstance(name, str) else None)


def _add_extra_inputs(node: LiveNode) -> None:
    """Append the saved inputs that the type does not have to those of the type."""
    inputs = node.own_inputs()
    count = len(inputs)
    known: set[str] | None = None
    for position, slot in enumerate(node.file.inputs):
        if position < count and inputs[position].name == slot["name"]:
            continue
        if known is None:
            known = {item.name for item in inputs[:count]}
        if slot["name"] not in known:
            inputs.append(_file_input(slot))


def _drop_stray_widget_inputs(node: LiveNode, scope: Scope, editor: Editor) -> None:
    """Remove inputs that are bound to a widget the node does not have (``onGraphConfigured``).

    After removing an input, the editor skips the one that moves to its index, so that a second stray input in
    a row survives the visit. It visits the inside of a subgraph once for each of its subgraph nodes.
    """
    names = {widget.name for widget in node.widgets}
    if all(slot.widget is None or slot.widget in names for slot in node.inputs):
        return
    for _ in range(editor.visits(scope)):
        kept: list[LiveInput] = []
        links: dict[int, FileLink] = {}
        strays: list[tuple[LiveInput, FileLink | None]] = []
        looks_past = False
        for index, slot in enumerate(node.inputs):
            link = node.links.get(index)
            looks_past = slot.widget is not None and slot.widget not in names and not looks_past
            if looks_past:
                strays.append((slot, link))
                continue
            if link is not None:
                links[len(kept)] = link
            kept.append(slot)
        if not strays:
            return
        node.inputs, node.links = kept, {}
        for index, link in links.items():
            node.put(link, index)
        for slot, link in strays:
            if link is not None:
                report_lost(node, link, editor.diagnostics, slot.name)
                scope.links.pop(link.id, None)


def _align(node: LiveNode, scope: Scope, diagnostics: Collector) -> None:
    """Put each link into the input whose saved state names the link.

    The link table decides whether there is a link; the input's name decides where it goes. A link that no
    input names goes into the slot that its row in the table names.
    """
    incoming = scope.file.into(node.file)
    named = _links_by_name(node, scope)
    if named is not None and len(named) == len(incoming):
        for index, link in sorted(named.items()):
            node.put(link, index)
        return
    put_as_saved(node, incoming)  # the general case: shared, missing or contradictory names
    realign(node, node.file.inputs, scope.links, _ignore)
    drop_odd_links(node, drop_beyond(node), scope, diagnostics)


def _links_by_name(node: LiveNode, scope: Scope) -> dict[int, FileLink] | None:
    """The links that the saved inputs name, by the index of the input. None in the general case: if inputs
    share a name, or if the saved inputs and the link table contradict each other."""
    inputs, links = node.inputs, scope.links
    index_of = {slot.name: index for index, slot in enumerate(inputs)}
    if len(index_of) < len(inputs):
        return None
    found: dict[int, FileLink] = {}
    seen: set[int] = set()
    for saved in node.file.inputs:
        ident = saved.get("link")
        if ident is None:
            continue
        link = links.get(ident) if isinstance(ident, (int, str, float)) else None
        index = index_of.get(saved["name"])
        if link is None or link.target != node.id or index is None or index in found or id(link) in seen:
            return None
        found[index] = link
        seen.add(id(link))
    return found


def _ignore(node: LiveNode, index: int) -> None:
    """Do nothing when a link moves: the inputs of this node are fixed."""


def _label_branches(node: LiveNode) -> None:
    """Put the labels of the linked inputs into the branch-names widgets (``customWidgets.ts``)."""
    labels = {slot["name"]: slot.get("label") or slot.get("localized_name") for slot in node.file.inputs}
    names = [slot.name for index, slot in enumerate(node.inputs) if index in node.links]
    for widget in node.own_widgets():
        if widget.kind == "branchnames":
            widget.value = [labels.get(name) or name for name in names if name.startswith("autogrow.")]
