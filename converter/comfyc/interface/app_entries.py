"""The inputs and outputs that a workflow declares for the editor's App mode, as the editor takes them up.

The editor keeps them in ``extra.linearData``: ``{"inputs": [[ID, NAME, {"description"}?]...], "outputs":
[ID...]}``. An entry that leads nowhere is dropped without a word; here it is reported.

Sources: ``stores/appModeStore.ts`` (pruneLinearData, upgradeAndValidateInput),
``components/builder/useResolvedSelectedInputs.ts``, ``AppModeWidgetList.vue``, ``types/widgetId.ts`` and
``types/nodeIdentification.ts`` of frontend 1.58.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from comfyc import codes
from comfyc.api import Conversion
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.editor import Editor
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.promoted.entries import target_of_input
from comfyc.graph import BYPASSED, OFF
from comfyc.javascript.values import shown, text
from comfyc.workflow.model import FileLink

_ENTITY = re.compile(r"[^:]+:([^:]+):([^:]+)")
"""The id of a widget: that of the root graph, its node's id and its name, the last two percent-encoded."""
_LOCATOR = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:([^:]+)", re.IGNORECASE)
"""The id of a subgraph, and that of a node in it."""
_POINTER: Pointer = ("extra", "linearData")
_CHOOSE = "in the app builder of the editor"
_SHOWN = 8
"""So many subgraph nodes are named that an input could belong to."""


@dataclass(frozen=True, slots=True)
class AppEntry:
    """A declared input that the editor shows.

    ``input`` is the name of a widget of ``node``, which is a node of the main graph; ``name`` is the name
    that the file declares, and ``pointer`` leads to the declaration.
    """

    node: LiveNode
    input: str
    name: str
    description: str
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class AppEntries:
    """What a workflow declares: its inputs that the editor shows, and its output nodes by their ids in the
    prompt. ``opens_as_app``: the editor opens the file in App mode."""

    inputs: tuple[AppEntry, ...]
    outputs: tuple[str, ...]
    opens_as_app: bool


def app_entries(editor: Editor, diagnostics: Collector) -> AppEntries | None:
    """Resolve the declarations of a loaded workflow and report those that come to nothing (I620 to I629).

    None if the workflow declares nothing and does not open as an app.
    """
    extra = editor.root.file.extra
    declared = extra.get("linearData")
    opens_as_app = extra.get("linearMode") is True
    if declared is None and not opens_as_app:
        return None
    if not isinstance(declared, dict):
        if declared is not None:
            _report_form(diagnostics, _POINTER, "'linearData' is not an object")
        declared = {}
    resolution = _Resolution(editor, diagnostics)
    inputs = tuple(resolution.inputs(_rows(declared, "inputs", diagnostics)))
    rows = _rows(declared, "outputs", diagnostics)
    outputs = tuple(dict.fromkeys(resolution.outputs(rows)))
    if opens_as_app and not rows:
        diagnostics.report(
            codes.APP_WITHOUT_OUTPUTS,
            "the file opens as an app but declares no outputs",
            pointer=("extra", "linearMode"),
            hint=f"choose outputs {_CHOOSE}, or set `extra.linearMode` to false",
        )
    return AppEntries(inputs, outputs, opens_as_app)


def declared_outputs(conversion: Conversion) -> tuple[str, ...] | None:
    """The output nodes of a prompt that its workflow declares; None if it declares none that are there."""
    if conversion.editor is None or not conversion.editor.root.file.extra.get("linearData"):
        return None
    entries = app_entries(conversion.editor, Collector(conversion.options.limits))
    outputs = () if entries is None else entries.outputs
    return tuple(one for one in outputs if one in conversion.prompt) or None


class _Resolution:
    """Finds the nodes and widgets that entries mean, with tables that are made once for all entries."""

    def __init__(self, editor: Editor, diagnostics: Collector) -> None:
        self.editor = editor
        self.diagnostics = diagnostics
        self.nodes = editor.root.nodes
        self.known: dict[str, Mapping[str, FileLink | None]] = {}

    def widgets(self, node: LiveNode) -> Mapping[str, FileLink | None]:
        """The widgets of a node of the main graph by name, each with the link that feeds it."""
        if node.id not in self.known:
            feeding: dict[str | None, FileLink | None] = {}
            for index, slot in enumerate(node.inputs):
                feeding.setdefault(slot.widget, node.links.get(index))
            if node.definition is None:
                names = [widget.name for widget in node.widgets]
            else:
                names = [slot.name for slot in node.inputs if slot.promoted is not None]
            self.known[node.id] = {name: feeding.get(name) for name in names}
        return self.known[node.id]

    @cached_property
    def promoted(self) -> Mapping[tuple[str, str], list[tuple[LiveNode, str]]]:
        """The inputs of subgraph nodes by the inner node and widget that they promote."""
        found: dict[tuple[str, str], list[tuple[LiveNode, str]]] = {}
        for host in self.nodes.values():
            if host.definition is None:
                continue
            scope = self.editor.scopes[host.definition]
            for slot in host.inputs:
                target = target_of_input(scope, slot.name) if slot.promoted is not None else None
                if target is not None:
                    found.setdefault(target, []).append((host, slot.name))
        return found

    @cached_property
    def inner(self) -> frozenset[str]:
        """The ids of all nodes inside subgraphs."""
        return frozenset(ident for scope in self.editor.scopes.values() for ident in scope.nodes)

    def inputs(self, rows: list[Any]) -> Iterator[AppEntry]:
        """The inputs that the editor shows, each once."""
        seen: set[tuple[str, str]] = set()
        for index, row in enumerate(rows):
            pointer = (*_POINTER, "inputs", index)
            if not _is_input(row):
                message = f"the input {shown(row)} is not a list of a node id and the name of a widget"
                _report_form(self.diagnostics, pointer, message)
                continue
            found = self.widget(_id(row[0]) or "", row[1], pointer)
            if found is None or (found[0].id, found[1]) in seen or self.is_hidden(*found, pointer):
                continue
            seen.add((found[0].id, found[1]))
            options = row[2] if len(row) > 2 and isinstance(row[2], dict) else {}
            description = options.get("description") or ""
            yield AppEntry(*found, row[1], text(description), pointer)

    def widget(self, ident: str, name: str, pointer: Pointer) -> tuple[LiveNode, str] | None:
        """The node of the main graph and the name of its widget that an input means; None, and a report, if
        there are none."""
        local = ident
        if entity := _ENTITY.fullmatch(ident):
            local, name = unquote(entity[1]), unquote(entity[2])
        elif locator := _LOCATOR.fullmatch(ident):
            host = self.nodes.get(locator[1])  # such an id is heeded for subgraph nodes alone
            local = ident if host is None or host.definition is None else locator[1]
        node = self.nodes.get(local)
        if node is not None and name in self.widgets(node):
            return node, name
        hosts = self.promoted.get((local, name), []) if ":" not in ident else []
        if len(hosts) == 1:
            return hosts[0]
        self.report_lost(local, name, hosts, pointer)
        return None

    def report_lost(self, ident: str, name: str, hosts: list[tuple[LiveNode, str]], pointer: Pointer) -> None:
        """Report an input that leads to no widget."""
        node = self.nodes.get(ident)
        rule, hint = codes.APP_INPUT_NODE_MISSING, f"remove the input {_CHOOSE}"
        message = f"there is no node {ident} for the input '{name}'"
        if hosts:
            named = ", ".join(f"'{host.id}.{slot}'" for host, slot in hosts[:_SHOWN])
            rule, hint = codes.APP_INPUT_AMBIGUOUS, f"choose one of them {_CHOOSE}"
            message = f"{len(hosts)} subgraph nodes promote '{name}' of node {ident}: {named}"
        elif node is not None:
            if node.is_unknown:
                return  # an editor that has the type may well know the widget
            rule = codes.APP_INPUT_WIDGET_MISSING
            which = "" if node.stands_for is None else " with a value for the prompt"
            message = f"node {ident} has no widget '{name}'{which}"
        elif ident in self.inner:
            rule, hint = codes.APP_INPUT_NOT_PROMOTED, f"promote the widget, and choose it {_CHOOSE}"
            message = f"node {ident} is inside a subgraph, and no subgraph node promotes its widget '{name}'"
        title = node.label if node is not None else None
        self.diagnostics.report(rule, message, pointer=pointer, node=ident, title=title, hint=hint)

    def is_hidden(self, node: LiveNode, name: str, pointer: Pointer) -> bool:
        """Whether an app does not show a widget, which is then reported."""
        link = self.widgets(node)[name]
        if node.mode != 0:
            rule, hint = codes.APP_INPUT_INACTIVE, f"make the node active, or remove the input {_CHOOSE}"
            why = f"node {node.id} is {_state(node)}"
        elif link is not None:
            rule, hint = codes.APP_INPUT_LINKED, f"remove the link, or the input {_CHOOSE}"
            why = f"a link from node {link.origin} feeds it"
        else:
            return False
        self.diagnostics.report(
            rule,
            f"the input '{name}' is not shown, because {why}",
            pointer=pointer,
            node=node.id,
            title=node.label,
            hint=hint,
        )
        return True

    def outputs(self, rows: list[Any]) -> Iterator[str]:
        """The ids of the nodes whose results the editor shows.

        It compares the declared ids with those that the server names, which are the ids of the prompt.
        """
        for index, row in enumerate(rows):
            pointer = (*_POINTER, "outputs", index)
            ident = _id(row)
            if ident is None:
                _report_form(self.diagnostics, pointer, f"the output {shown(row)} is not a node id")
                continue
            nodes = self.nodes_on_path(ident)
            why = self.silence(nodes) if nodes else "is not there"
            if why is None:
                yield ident
                continue
            if not nodes and ident in self.inner:
                why = "is inside a subgraph, where the editor does not look for it"
            self.diagnostics.report(
                codes.APP_OUTPUT_SILENT if nodes else codes.APP_OUTPUT_MISSING,
                f"node {ident} is declared as an output but {why}",
                pointer=pointer,
                node=ident,
                title=nodes[-1].label if nodes else None,
                hint=f"choose another output {_CHOOSE}",
            )

    def nodes_on_path(self, ident: str) -> list[LiveNode]:
        """The subgraph nodes that an id of the prompt leads through, and the node itself; [] if there is
        none."""
        if ident in self.nodes:
            return [self.nodes[ident]]
        scope, path = self.editor.root, list[LiveNode]()
        for step in ident.split(":"):
            definition = path[-1].definition if path else None
            if path and definition is None:
                return []
            scope = scope if definition is None else self.editor.scopes[definition]
            if step not in scope.nodes:
                return []
            path.append(scope.nodes[step])
        return path

    def silence(self, nodes: list[LiveNode]) -> str | None:
        """Why the last of these nodes has no results to show; None if it may have."""
        node = nodes[-1]
        off = next((one for one in nodes if one.mode in OFF), None)
        if off is not None:
            return f"is {_state(off)}" if off is node else f"is inside node {off.id}, which is {_state(off)}"
        if node.definition is not None:
            return "is a subgraph node: only the nodes inside have results"
        info = None if node.type is None or node.is_unknown else self.editor.catalog.info(node.type)
        is_idle = node.stands_for is not None or (info is not None and not info.get("output_node"))
        return f"is no output node: {shown(node.file.type)} shows no results" if is_idle else None


def _rows(declared: dict[str, Any], name: str, diagnostics: Collector) -> list[Any]:
    rows = declared.get(name)
    if rows is None or isinstance(rows, list):
        return rows or []
    _report_form(diagnostics, (*_POINTER, name), f"'{name}' is not a list")
    return []


def _is_input(row: Any) -> bool:
    return isinstance(row, list) and len(row) > 1 and _id(row[0]) is not None and isinstance(row[1], str)


def _id(value: Any) -> str | None:
    """An id as text; None for a value that the editor takes for none (``parseNodeId``)."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    return text(value) if is_number else value if isinstance(value, str) and value else None


def _state(node: LiveNode) -> str:
    return "bypassed" if node.mode == BYPASSED else "muted" if node.mode in OFF else "not active"


def _report_form(diagnostics: Collector, pointer: Pointer, message: str) -> None:
    hint = f"choose inputs and outputs anew {_CHOOSE}"
    diagnostics.report(codes.APP_MALFORMED, message, pointer=pointer, hint=hint)
