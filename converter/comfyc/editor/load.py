"""Load a workflow as the editor does: every node made from its type, then given its saved state.

Source: ``LGraph.configure``, ``LGraphNode.configure``, ``ComfyNode.configure``
(``services/litegraphService.ts``), ``linkDeduplication.ts`` (realignInputLinkSlots) and the patches
of ``scripts/app.ts`` loadGraphData, frontend 1.58.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comfyc import codes
from comfyc.catalog import Catalog
from comfyc.diagnostics import Diagnostics
from comfyc.editor.autogrow import compact, grow
from comfyc.editor.construct import Shape, add_input
from comfyc.editor.folding import all_outputs, fold, title_of
from comfyc.editor.known import is_custom, known_shape
from comfyc.editor.links import place, realign, settle
from comfyc.editor.live import LiveInput, LiveNode
from comfyc.editor.matchtypes import settle_match_types
from comfyc.editor.promoted.hosts import End, bind_promoted, host_inputs, widget_behind
from comfyc.editor.promoted.proxies import apply_proxies
from comfyc.editor.reroutes import settle_reroutes
from comfyc.editor.scripts import meet_custom
from comfyc.editor.unknown import UnknownTypes, configure_unknown
from comfyc.editor.values import restore
from comfyc.graph import ABSENT, Widget
from comfyc.javascript.values import shown
from comfyc.packs import Behaviour, Packs
from comfyc.workflow import FileGraph, FileLink, FileNode, FileSlot, Workflow

_VISITS = 16
"""Visits of a graph after which nothing changes any more: each halves the inputs in a row that are to go."""

_SAMPLERS = frozenset({"KSampler", "KSamplerAdvanced"})
"""Types whose values are corrected whatever they are (:func:`_patch`)."""


@dataclass(slots=True)
class Scope:
    """One graph of the file, loaded: the root, or a subgraph definition (shared by its hosts)."""

    file: FileGraph
    nodes: dict[str, LiveNode] = field(default_factory=dict)
    links: dict[Any, FileLink] = field(default_factory=dict)
    inputs: list[FileSlot] = field(default_factory=list)
    outputs: list[FileSlot] = field(default_factory=list)
    special: list[LiveNode] = field(default_factory=list)
    """The nodes that are more than their links and values, or whose values may need a correction."""
    is_configured: bool = False
    """Whether all nodes have their saved state: what is inside changes only by ``proxies`` then."""
    named: dict[str, FileSlot] | None = None
    suffixes: dict[str, int] = field(default_factory=dict)
    ends: dict[int, End] = field(default_factory=dict)
    leaving: dict[str, list[FileLink]] | None = None
    """What ``proxies`` and ``hosts`` found out: inputs by name, the last suffix of a name, what inputs
    stand for, links by origin as they were at first."""


@dataclass(slots=True)
class Editor:
    """A loaded workflow: the root scope and the definitions' scopes by id."""

    catalog: Catalog
    packs: Packs
    diagnostics: Diagnostics
    unknown: UnknownTypes = UnknownTypes.FROM_FILE
    browser_exact: bool = False
    """Whether what the editor does against the author's evident will is done, too (``Options``)."""
    scopes: dict[str, Scope] = field(default_factory=dict)
    hosts: dict[str, list[LiveNode]] = field(default_factory=dict)
    """The hosts made so far, by definition id."""
    broken_groups: dict[str, tuple[str, str]] = field(default_factory=dict)
    """For each group node type that cannot be unpacked: why, and the names of missing types."""
    root: Scope = field(init=False)
    custom: set[str] = field(default_factory=set)
    """The node types of packs that the workflow has."""
    scripted: dict[str, Behaviour] = field(default_factory=dict)
    """What the packs do to the node types that the workflow has, by type."""
    shapes: dict[str, Shape | None] = field(init=False)
    known_visits: dict[str, int] | None = None
    host_slots: int = 0
    """How many inputs, outputs and widgets nodes were given in all."""

    def has_room(self, count: int, file: FileNode) -> bool:
        """Whether a node may get so many slots: those of its type, its definition or all in its group."""
        before = self.host_slots
        self.host_slots += count
        most = self.diagnostics.limits.slots
        if self.host_slots <= most:
            return True
        if before <= most:
            self.diagnostics.report(
                codes.EXPANSION_TOO_LARGE,
                f"the nodes have {self.diagnostics.limits.told('slots', 'in all')}",
                pointer=file.pointer,
                node=file.id,
            )
        return False

    def visits(self, scope: Scope) -> int:
        """How often the editor comes to a graph by all ways through hosts (``forEachNode``), 16 at most."""
        if scope is self.root:
            return 1
        if self.known_visits is None:
            counts = self.known_visits = dict.fromkeys(self.scopes, 0)
            inside: dict[int, list[str]] = {}
            pending = [self.root]
            while pending:
                graph = pending.pop().file
                if id(graph) not in inside:
                    inside[id(graph)] = [node.type for node in graph.nodes if node.type in counts]
                for kind in inside[id(graph)]:
                    if counts[kind] < _VISITS:
                        counts[kind] += 1
                        pending.append(self.scopes[kind])
        # What no definition is, as the members of a group node, is come to once
        return max(1, self.known_visits.get(scope.file.id, 1))

    def __post_init__(self) -> None:
        memo = self.catalog.memo
        if memo.get("packs") is not self.packs:
            memo["packs"], memo["shapes"] = self.packs, {}
        self.shapes = memo["shapes"].setdefault(self.unknown, {})

    def shape(self, kind: str) -> Shape | None:
        """The shape of a node type, None for one that the catalogue lacks or that only the editor knows."""
        try:
            return self.shapes[kind]
        except KeyError:
            shape = self.shapes[kind] = known_shape(kind, self)
            return shape

    def behaviour(self, kind: str) -> Behaviour | None:
        """What packs do to a node type, None for most."""
        own = self.packs.core.get(kind)
        if own is not None:
            return own
        info = self.catalog.info(kind)
        return self.packs.behaviour(kind, custom=info is None or is_custom(info))


def load(workflow: Workflow, editor: Editor) -> None:
    """Fill ``editor.root`` and ``editor.scopes`` from the workflow."""
    for definition in workflow.definitions.values():
        editor.scopes[definition.id] = Scope(
            definition, links=definition.links, inputs=list(definition.inputs), outputs=definition.outputs
        )
    editor.root = Scope(workflow.root, links=workflow.root.links)
    for ident in _leaves_first(workflow.definitions) if workflow.definitions else ():
        _configure(editor.scopes[ident], editor)
    _configure(editor.root, editor)
    for scope in (*editor.scopes.values(), editor.root):
        _patch(scope)
        settle_match_types(scope, editor.diagnostics)
        if "Reroute" in editor.scripted:
            settle_reroutes(scope, editor.diagnostics, browser_exact=editor.browser_exact)
    if editor.catalog.sorts_inputs:
        from comfyc.editor.lostorder import report_lost_order  # noqa: PLC0415 - rarely needed

        report_lost_order(workflow, editor)
    for failure in editor.packs.failures:
        editor.diagnostics.report(
            codes.PACK_UNLOADABLE,
            failure,
            hint="update or uninstall the distribution",
        )


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
    graph, nodes, scopes, shapes = scope.file, scope.nodes, editor.scopes, editor.shapes
    for file in graph.nodes:
        kind = file.type
        shape = None if kind in scopes else shapes.get(kind) or editor.shape(kind)
        node = fold(file, shape, graph, editor.diagnostics) if shape is not None else None
        if node is None:
            node = nodes[file.id] = make_node(file, editor)
            configure_node(node, scope, editor)
        else:
            nodes[file.id] = node
        if node.sketch is None or node.matchtypes is not None or node.type in _SAMPLERS:
            scope.special.append(node)
    graph.grouped = None  # no longer needed, but large
    scope.is_configured = True
    for node in scope.special:
        if node.definition is not None and "proxyWidgets" in node.properties:
            apply_proxies(node, editor)


def make_node(file: FileNode, editor: Editor) -> LiveNode:
    """A new node of the file node's type, with its title, mode and properties."""
    raw, kind = file.raw, file.type
    properties = raw.get("properties")
    if properties.__class__ is not dict:
        properties = {}
    mode = raw.get("mode")
    mode = 0 if mode is None else mode
    title = title_of(file)
    if kind in editor.scopes:
        definition = editor.scopes[kind]
        node = _bare_node(file, None, definition.file.name if title is None else title, mode, properties)
        if editor.has_room(len(definition.inputs) + len(definition.outputs), file):
            node.inputs = host_inputs(definition.inputs)
            node.outputs = [slot.type for slot in definition.outputs]
        node.definition = kind
        editor.hosts.setdefault(kind, []).append(node)
        return node
    shape = editor.shape(kind)
    if shape is None:
        behaviour = editor.behaviour(kind)
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
    """A node that brings no inputs, outputs or widgets of its own."""
    return LiveNode(file.id, kind, title, mode, [], [], [], properties, file, raw=file.raw, file=file)


def configure_node(node: LiveNode, scope: Scope, editor: Editor) -> None:
    """Give a new node its saved inputs, values and outputs, and the links that go into it."""
    file, diagnostics = node.file, editor.diagnostics
    if node.definition is not None:
        _align(node, scope, diagnostics)
        bind_promoted(node, editor.scopes[node.definition])
        return
    shape = editor.shapes.get(file.type) if node.type is not None and node.stands_for is None else None
    if shape is None:
        _take_saved_slots(node, editor.scripted.get(file.type))
        _align(node, scope, diagnostics)
        if node.stands_for is None:
            configure_unknown(node, editor)
        return
    _configure_inputs(node, shape, scope, editor)
    node.outputs = all_outputs(node.outputs, file)
    if shape.has_branches:
        _label_branches(node)


def _configure_inputs(node: LiveNode, shape: Shape, scope: Scope, editor: Editor) -> None:
    """Saved inputs, values and links of a node, whatever the file has."""
    diagnostics = editor.diagnostics
    before = len(diagnostics)
    _add_extra_inputs(node)
    if shape.is_dynamic:
        _configure_dynamic(node, shape, scope, diagnostics)
    else:
        _restore(node, shape, diagnostics)
        _align(node, scope, diagnostics)
    declared = len(shape.pattern.inputs)
    if not shape.is_plain or len(node.inputs) != declared:
        _drop_stray_widget_inputs(node, scope, editor)
    if len(node.inputs) > declared and not (shape.scripts and shape.scripts.grows):
        _report_undeclared(node, declared, diagnostics)
    if shape.outcomes is not None and all(
        found.rule is codes.DEFAULT_USED for found in diagnostics.since(before)
    ):
        shape.outcomes.learn(node)


def _restore(node: LiveNode, shape: Shape, diagnostics: Diagnostics) -> None:
    if shape.scripts is None:
        restore(node, shape, diagnostics)
    else:
        shape.scripts.restore(node, lambda: restore(node, shape, diagnostics), diagnostics)


def _connected(node: LiveNode, index: int) -> None:
    grow(node, index, add_input)


def _configure_dynamic(node: LiveNode, shape: Shape, scope: Scope, diagnostics: Diagnostics) -> None:
    """A node whose inputs come and go while it is configured, in the editor's order of events."""
    saved = _merged_inputs(node)
    place(node, scope.file.into(node.file))
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
    _drop_odd_links(node, settle(node), scope, diagnostics)


def _merged_inputs(node: LiveNode) -> list[dict[str, Any]]:
    """For each input of the new node its saved state, or only its name (``ComfyNode.configure``)."""
    saved = {item["name"]: item for item in node.file.inputs}
    return [saved.get(slot.name, {"name": slot.name}) for slot in node.inputs]


def _drop_odd_links(
    node: LiveNode, beyond: Sequence[FileLink], scope: Scope, diagnostics: Diagnostics
) -> None:
    """Report the links that did not arrive, and those that arrived without being named.

    Links that lost their input are in the table no more, but for those that go ``beyond`` the inputs.
    """
    arrived = {id(slot.binding): slot for slot in node.inputs if slot.binding is not None}
    kept = {id(link) for link in beyond}
    named: dict[int, str] = {}
    for position, item in enumerate(node.file.inputs):
        ident = item.get("link")
        if ident is None:
            continue
        link = scope.links.get(ident) if isinstance(ident, (int, str, float)) else None
        if link is None or link.target != node.id:
            _report_dangling(node, position, ident, link, diagnostics)
        else:
            named[id(link)] = item["name"]
    for link in scope.file.into(node.file):
        if id(link) not in arrived:
            _report_lost(node, link, diagnostics, named.get(id(link)))
            if id(link) not in kept:
                scope.links.pop(link.id, None)
        elif id(link) not in named:
            _report_loose(node, arrived[id(link)], link, diagnostics)


def _take_saved_slots(node: LiveNode, behaviour: Behaviour | None) -> None:
    """An editor-only node or an unknown one has the slots that the file gives it."""
    file = node.file
    node.slots = [_file_input(slot) for slot in file.inputs]
    node.outputs = all_outputs([], file)
    if behaviour is not None and behaviour.inputs and not file.raw.get("inputs"):
        node.slots = [LiveInput(name, kind) for name, kind in behaviour.inputs]
    if behaviour is not None and file.raw.get("outputs") is None:
        node.outputs = list(behaviour.outputs)
    if behaviour is not None and behaviour.widgets:
        node.widgets = _saved_widgets(behaviour.widgets, file.raw.get("widgets_values"))


def _saved_widgets(names: Sequence[str], saved: Any) -> list[Widget]:
    """The widgets of an editor-only node with what the file holds for them."""
    values: Mapping[Any, Any] = saved if isinstance(saved, dict) else {}
    if isinstance(saved, list):
        values = dict(zip(names, saved, strict=False))
    return [
        Widget(name, "custom", values.get(name), place=place if isinstance(saved, list) else name)
        if name in values
        else Widget(name, "custom", None)
        for place, name in enumerate(names)
    ]


def _stem(name: str) -> str:
    """The name of an input of a row, without its number: scripts of packs add more of a row."""
    return name.rstrip("0123456789")


def _report_undeclared(node: LiveNode, declared: int, diagnostics: Diagnostics) -> None:
    rows = {_stem(slot.name) for slot in node.inputs[:declared] if slot.name[-1:].isdigit()}
    for slot in node.inputs[declared:]:
        if slot.binding is not None and "." not in slot.name and _stem(slot.name) not in rows:
            diagnostics.report(
                codes.UNDECLARED_INPUT,
                f"input '{slot.name}' is none that the node type has; its link is exported all the same",
                pointer=slot.binding.pointer,
                node=node.id,
                title=node.label,
            )


def _file_input(slot: dict[str, Any]) -> LiveInput:
    widget = slot.get("widget")
    name = widget.get("name") if isinstance(widget, dict) else None
    return LiveInput(slot["name"], slot.get("type"), name if isinstance(name, str) else None)


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


def _drop_stray_widget_inputs(node: LiveNode, scope: Scope, editor: Editor) -> None:
    """An input bound to a widget that the node does not have goes (``onGraphConfigured``).

    The editor looks past the input behind each of these, which then stands in its place and stays, unless
    it looks again: at what is inside a subgraph for each of its hosts.
    """
    names = {widget.name for widget in node.widgets}
    if all(slot.widget is None or slot.widget in names for slot in node.inputs):
        return
    for _ in range(editor.visits(scope)):
        kept: list[LiveInput] = []
        strays: list[LiveInput] = []
        looks_past = False
        for slot in node.inputs:
            is_stray = slot.widget is not None and slot.widget not in names and not looks_past
            (strays if is_stray else kept).append(slot)
            looks_past = is_stray
        if not strays:
            return
        node.inputs = kept
        for slot in strays:
            if slot.binding is not None:
                _report_lost(node, slot.binding, editor.diagnostics, slot.name)
                scope.links.pop(slot.binding.id, None)


def _align(node: LiveNode, scope: Scope, diagnostics: Diagnostics) -> None:
    """Give each link that goes into this node the input whose saved state names it.

    The link table decides that there is a link; the input's name decides where it goes. A link that
    no input names goes into the slot that its row says.
    """
    saved_inputs, inputs, links = node.file.inputs, node.inputs, scope.links
    placed: set[int] = set()
    index_of: dict[str, int] | None = None
    for position, saved in enumerate(saved_inputs):
        ident = saved.get("link")
        if ident is None:
            continue
        link = links.get(ident) if isinstance(ident, (int, str, float)) else None
        if link is None or link.target != node.id:
            break
        name = saved["name"]
        if position < len(inputs) and inputs[position].name == name:
            index = position
        else:
            if index_of is None:
                index_of = {slot.name: index for index, slot in enumerate(inputs)}
            if name not in index_of:
                break
            index = index_of[name]
        slot = inputs[index]
        if slot.binding is not None or id(link) in placed:
            break
        slot.binding = link
        link.at = index
        placed.add(id(link))
    else:
        has_all = len(placed) == scope.file.count_into(node.file)
        if has_all and len({slot.name for slot in inputs}) == len(inputs):
            return
    for slot in inputs:  # the general case: odd, shared or missing names
        slot.binding = None
    place(node, scope.file.into(node.file))
    realign(node, saved_inputs, links, _ignore)
    _drop_odd_links(node, settle(node), scope, diagnostics)


def _ignore(node: LiveNode, index: int) -> None:
    """Nodes whose inputs are fixed do not care that a link moved."""


def _report_dangling(
    node: LiveNode, position: int, ident: Any, link: FileLink | None, diagnostics: Diagnostics
) -> None:
    name = node.file.inputs[position]["name"]
    truth = "is not in the link table" if link is None else f"goes to node {link.target}"
    diagnostics.report(
        codes.DANGLING_LINK,
        f"input '{name}' names link {shown(ident)}, which {truth}: it counts as unlinked",
        pointer=(*node.file.pointer, "inputs", position, "link"),
        node=node.id,
        title=node.label,
        hint="open the workflow in the editor, draw the link again and save",
    )


def _report_loose(node: LiveNode, slot: LiveInput, link: FileLink, diagnostics: Diagnostics) -> None:
    diagnostics.report(
        codes.LINK_ONLY_IN_TABLE,
        f"link {shown(link.id)} stands only in the link table;"
        f" as in the editor it goes into input '{slot.name}'",
        pointer=link.pointer,
        node=node.id,
        title=node.label,
    )


def _report_lost(node: LiveNode, link: FileLink, diagnostics: Diagnostics, name: str | None = None) -> None:
    where = f"input '{name}'" if name is not None else f"input slot {link.target_slot}"
    diagnostics.report(
        codes.LINK_LOST,
        f"link {shown(link.id)} is dropped: the node has no {where}",
        pointer=link.pointer,
        node=node.id,
        title=node.label,
        hint="check that the catalogue has the version of the node that the workflow was made with",
    )


def _label_branches(node: LiveNode) -> None:
    """A branch-names widget holds the labels of the linked inputs (``customWidgets.ts``)."""
    labels = {slot["name"]: slot.get("label") or slot.get("localized_name") for slot in node.file.inputs}
    linked = [
        slot.name for slot in node.inputs if slot.name.startswith("autogrow.") and slot.binding is not None
    ]
    for widget in node.widgets:
        if widget.kind == "branchnames":
            widget.value = [labels.get(name) or name for name in linked]


def _patch(scope: Scope) -> None:
    """Values that the editor corrects in every file it opens (``loadGraphData``)."""
    for node in scope.special:
        sampler = node.type in _SAMPLERS
        if node.sketch is not None and not (sampler and _has_old_name(node.held)):
            continue
        if node.definition is not None:
            for slot in node.inputs:
                if slot.promoted is not None and slot.promoted.value is None:
                    widget = widget_behind(node, slot)
                    slot.promoted.value = None if widget is None else _first_option(widget, None)
            continue
        for widget in list(node.widgets):
            value = widget.value
            if value is None or value is ABSENT:
                first = _first_option(widget, value)
                if first is not value:
                    node.assign(widget, first)
            elif sampler and widget.name == "sampler_name" and isinstance(value, str):
                widget.value = value.removeprefix("sample_")


def _has_old_name(values: list[Any]) -> bool:
    return any(value.__class__ is str and value.startswith("sample_") for value in values)


def _first_option(widget: Widget, otherwise: Any) -> Any:
    """The first option of a combo, which the editor chooses where a file holds null."""
    options = widget.options.get("options")
    return options[0] if widget.kind == "combo" and isinstance(options, list) and options else otherwise
