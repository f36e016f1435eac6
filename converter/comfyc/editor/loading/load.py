"""Load a workflow as the editor does: make every node from its type, then give it its saved state.

Source: ``LGraph.configure`` and the corrections of ``scripts/app.ts`` loadGraphData, frontend 1.58.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from comfyc import codes
from comfyc.catalog.core_types import REROUTE, Trait, types_with
from comfyc.collector import Collector
from comfyc.editor.loading.configure import configure_node, make_node
from comfyc.editor.loading.known import shape_in
from comfyc.editor.loading.match_types import settle_match_types
from comfyc.editor.loading.reroutes import settle_reroutes
from comfyc.editor.nodes.folded import SavedWidgets
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.restore import report_defaults
from comfyc.editor.nodes.shapes import Shape
from comfyc.editor.nodes.state import Editor, Scope
from comfyc.editor.nodes.values import first_option
from comfyc.editor.promoted.proxies import apply_proxies
from comfyc.editor.promoted.values import correct_promoted
from comfyc.graph import ABSENT, Widget
from comfyc.workflow.model import FileGraph, Workflow

_SAMPLERS = types_with(Trait.SAMPLER)


def load(workflow: Workflow, editor: Editor) -> None:
    """Fill ``editor.root`` and ``editor.scopes`` from the workflow; report to ``editor.diagnostics``."""
    for definition in workflow.definitions.values():
        editor.scopes[definition.id] = Scope(
            definition, links=definition.links, inputs=list(definition.inputs), outputs=definition.outputs
        )
    editor.root = Scope(workflow.root, links=workflow.root.links)
    for ident in _leaves_first(workflow.definitions) if workflow.definitions else ():
        _configure(editor.scopes[ident], editor)
    _configure(editor.root, editor)
    for scope in editor.scopes_in_order():
        _correct(scope)
        settle_match_types(scope, editor.diagnostics)
        if REROUTE in editor.scripted:
            settle_reroutes(scope, editor.diagnostics, browser_exact=editor.browser_exact)
    if editor.catalog.sorts_inputs:
        from comfyc.editor.loading.lost_order import report_lost_order  # noqa: PLC0415 - rarely needed

        report_lost_order(workflow, editor)
    for failure in editor.packs.failures:
        editor.diagnostics.report(
            codes.PACK_UNLOADABLE,
            failure,
            hint="update or uninstall the distribution",
        )


def _leaves_first(definitions: dict[str, FileGraph]) -> list[str]:
    """The order in which definitions are configured (``topologicalSortSubgraphs``).

    The editor counts a dependency once for each node but removes it once for each parent. If a parent uses a
    definition twice, the sort therefore ends early, and the editor falls back to the order of the file.
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
    """Make and configure all nodes of a graph, in the order of the file."""
    graph, definitions, shapes = scope.file, editor.scopes, editor.shapes
    for file in graph.nodes:
        kind = file.type
        shape = None if kind in definitions else shapes.get(kind) or shape_in(editor, kind)
        node = None if shape is None else shape.folded(file, graph)
        if shape is not None and node is not None:
            scope.nodes[file.id] = node
            if isinstance(node.widgets, SavedWidgets) and node.widgets.lacks_values:
                _report_missing(node, shape, node.widgets.missing(), editor.diagnostics)
            if node.matchtypes is None and node.type not in _SAMPLERS:
                continue
        else:
            node = scope.nodes[file.id] = make_node(file, editor)
            configure_node(node, scope, editor)
        scope.special.append(node)
    scope.is_configured = True
    for node in scope.special:
        if node.definition is not None and "proxyWidgets" in node.properties:
            apply_proxies(node, editor)


def _report_missing(
    node: LiveNode, shape: Shape, names: Sequence[str | None], diagnostics: Collector
) -> None:
    """Report widgets without a value, if the node was saved with values at all."""
    if node.file.raw.get("widgets_values") is not None:
        report_defaults(node, shape, names, diagnostics)


def _correct(scope: Scope) -> None:
    """Correct the values that the editor corrects in every file it opens (``loadGraphData``)."""
    for node in scope.special:
        is_sampler = node.type in _SAMPLERS
        if node.definition is not None:
            correct_promoted(node)
        elif not isinstance(node.widgets, SavedWidgets) or (is_sampler and _has_old_name(node.widgets)):
            _correct_values(node, is_sampler=is_sampler)


def _correct_values(node: LiveNode, *, is_sampler: bool) -> None:
    for widget in list(node.own_widgets()):
        value = widget.value
        if value is None or value is ABSENT:
            first = first_option(widget, value)
            if first is not value:
                node.assign(widget, first)
        elif is_sampler and widget.name == "sampler_name" and isinstance(value, str):
            widget.value = value.removeprefix("sample_")


def _has_old_name(widgets: Iterable[Widget]) -> bool:
    return any(widget.value.__class__ is str and widget.value.startswith("sample_") for widget in widgets)
