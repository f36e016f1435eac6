"""``properties.proxyWidgets``: how files of mid 2025 say which inner widgets a host shows.

The editor turns each entry into a promoted input of the definition
(``core/graph/subgraph/migration/proxyWidgetMigration.ts``, frontend 1.58.1). The new input belongs to
every host of the definition; the saved value of the entry's index belongs to this host only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from converter import codes
from converter.diagnostics import Diagnostics
from converter.editor.hosts import is_proxy_entry, linked_input, parse_property, promote, widget_behind
from converter.editor.live import LiveInput, LiveNode
from converter.graph import Widget
from converter.jsvalues import shown
from converter.workflow import INPUT_NODE, FileLink, FileSlot

if TYPE_CHECKING:
    from converter.editor.load import Editor, Scope

_PREFIX = re.compile(r"\s*(\d+)\s*:\s*(.+)\Z", re.ASCII)
_PREVIEW_KINDS = frozenset({"preview", "video", "audioUI"})
_DEPTH = 100


@dataclass(slots=True)
class _Entry:
    index: int
    node: str
    name: str
    inner: str | None
    values: list[Any]
    """The saved value as a one-element list, or [] where the file has none."""


def apply_proxies(host: LiveNode, editor: Editor) -> None:
    """Apply a host's ``proxyWidgets``; entries that lead nowhere are reported."""
    raw = parse_property(host.properties.get("proxyWidgets"))
    pointer = (*host.file.pointer, "properties", "proxyWidgets")
    if not all(is_proxy_entry(entry) for entry in raw):
        editor.diagnostics.report(
            codes.PROXY_IGNORED,
            "one entry of proxyWidgets is no list of two or three texts, so the editor ignores them all",
            pointer=pointer,
            node=host.id,
        )
        return
    values = host.file.raw.get("widgets_values")
    values = values if isinstance(values, list) else []
    entries = [_normalize(host, index, entry, values, editor) for index, entry in enumerate(raw)]
    primitives: dict[str, list[_Entry]] = {}
    lost: list[_Entry] = []
    plans = [(entry, _plan(host, entry, editor)) for entry in entries]
    for entry, plan in plans:
        if isinstance(plan, LiveInput):
            _set(plan, entry, host)
        elif plan == "primitive":
            primitives.setdefault(entry.node, []).append(entry)
        elif plan == "create":
            if not _create(host, entry, editor):
                lost.append(entry)
        elif plan == "lost":
            lost.append(entry)
    for cohort in primitives.values():
        if not _redirect_primitive(host, cohort, editor):
            lost += cohort
    for entry in lost:
        _lose(host, entry, (*pointer, entry.index), editor.diagnostics)


def _normalize(host: LiveNode, index: int, raw: list[str], values: list[Any], editor: Editor) -> _Entry:
    node, name = raw[0], raw[1]
    inner = raw[2] if len(raw) == 3 else None
    if not _resolves(host, node, name, editor):
        while match := _PREFIX.match(name):  # names of nested sources used to carry "13: seed"
            inner, name = match.groups()
    return _Entry(index, node, name, inner, values[index : index + 1])


def _resolves(host: LiveNode, node_id: str, name: str, editor: Editor) -> bool:
    for _ in range(_DEPTH):
        scope = editor.scopes[host.definition or ""]
        node = scope.nodes.get(node_id)
        if node is None:
            return False
        if node.definition is None:
            return node.widget(name) is not None
        target = _target(editor.scopes[node.definition], name)
        if target is None:
            return False
        host, (node_id, name) = node, target
    return False


def _target(scope: Scope, input_name: str) -> tuple[str, str] | None:
    """Node id and widget (or input) name that a definition's input of this name stands for."""
    declared = next((slot for slot in scope.inputs if slot.name == input_name), None)
    return None if declared is None else _slot_target(scope, declared)


def _slot_target(scope: Scope, declared: FileSlot) -> tuple[str, str] | None:
    for ident in declared.link_ids:
        found = linked_input(scope, ident)
        if found is None:
            continue
        node, slot = found
        if node.definition is not None:
            return node.id, slot.name
        widget = widget_behind(node, slot)
        if widget is not None:
            return node.id, widget.name
    return None


def _plan(host: LiveNode, entry: _Entry, editor: Editor) -> LiveInput | str:
    scope = editor.scopes[host.definition or ""]
    for slot, declared in zip(host.inputs, scope.inputs, strict=False):
        if _slot_target(scope, declared) == (entry.node, entry.name):
            same = [other for other in host.inputs if other.name == slot.name]
            return slot if len(same) == 1 and slot.promoted is not None else "lost"
    node = scope.nodes.get(entry.node)
    if node is None:
        return "lost"
    if node.file.type == "PrimitiveNode":
        linked = any(link.origin == node.id for link in scope.links.values())
        return "primitive" if linked else "lost"
    if entry.name.startswith("$$"):
        return "preview"
    widget = _source_widget(node, entry, editor)
    if widget is None:
        return "lost"
    if not (widget.stored and widget.sent) and widget.kind in _PREVIEW_KINDS:
        return "preview"
    return "create"


def _source_input(node: LiveNode, entry: _Entry, editor: Editor) -> LiveInput | None:
    """On a nested host: the input that the entry means, by name or by what it stands for."""
    scope = editor.scopes[node.definition or ""]
    for slot in node.inputs:
        target = _target(scope, slot.name)
        if entry.inner is not None:
            if target == (entry.inner, entry.name):
                return slot
        elif slot.name == entry.name or (target is not None and target[1] == entry.name):
            return slot
    return None


def _source_widget(node: LiveNode, entry: _Entry, editor: Editor) -> Widget | None:
    if node.definition is None:
        return node.widget(entry.name)
    slot = _source_input(node, entry, editor)
    if slot is not None and slot.promoted is not None:
        return slot.source
    return next(
        (slot.source for slot in node.inputs if slot.promoted is not None and slot.name == entry.name), None
    )


def _create(host: LiveNode, entry: _Entry, editor: Editor) -> bool:
    scope = editor.scopes[host.definition or ""]
    node = scope.nodes[entry.node]
    if node.definition is not None:
        slot = _source_input(node, entry, editor)
    else:
        slot = next((slot for slot in node.inputs if slot.widget == entry.name), None)
    if slot is None:
        return False
    declared = _declare(scope, entry.name, slot.type if slot.type is not None else "*", entry, host)
    _connect(scope, declared, node, slot)
    own = _give_to_hosts(host, declared, node, slot, editor)
    _set(own, entry, host)
    return True


def _declare(scope: Scope, base: str, kind: Any, entry: _Entry, host: LiveNode) -> FileSlot:
    names = {slot.name for slot in scope.inputs}
    name, count = base, 0
    while name in names:
        count += 1
        name = f"{base}_{count}"
    pointer = (*host.file.pointer, "properties", "proxyWidgets", entry.index)
    declared = FileSlot(name, kind, [], pointer)
    scope.inputs = [*scope.inputs, declared]
    return declared


def _connect(scope: Scope, declared: FileSlot, node: LiveNode, slot: LiveInput) -> None:
    index = next(i for i, item in enumerate(scope.inputs) if item is declared)
    position = next(i for i, item in enumerate(node.inputs) if item is slot)
    ident = ("promoted", declared.name, len(declared.link_ids))
    link = FileLink(ident, INPUT_NODE, index, node.id, position, declared.pointer)
    scope.links[ident] = link
    declared.link_ids.append(ident)
    node.put(link, position)


def _give_to_hosts(
    host: LiveNode, declared: FileSlot, node: LiveNode, slot: LiveInput, editor: Editor
) -> LiveInput:
    own = LiveInput(declared.name, declared.type)
    for other in editor.hosts[host.definition or ""]:
        added = own if other is host else LiveInput(declared.name, declared.type)
        promote(added, node, slot)
        other.inputs.append(added)
    return own


def _set(slot: LiveInput, entry: _Entry, host: LiveNode) -> None:
    if entry.values and slot.promoted is not None:
        slot.promoted[0] = entry.values[0]
        slot.place = (*host.file.pointer, "widgets_values", entry.index)


def _redirect_primitive(host: LiveNode, cohort: list[_Entry], editor: Editor) -> bool:
    """A promoted PrimitiveNode becomes an input of the definition that feeds its targets directly."""
    scope = editor.scopes[host.definition or ""]
    primitive = scope.nodes[cohort[0].node]
    if len({entry.name for entry in cohort}) != 1:
        return False
    links = [
        link for link in scope.links.values() if link.origin == primitive.id and link.origin_slot in (0, "0")
    ]
    targets = [found for link in links if (found := linked_input(scope, link.id)) is not None]
    kind = primitive.outputs[0] if primitive.outputs and primitive.outputs[0] is not None else "*"
    if not targets or any("*" not in (kind, slot.type) and kind != slot.type for _, slot in targets):
        return False
    widgets = [widget for target in targets if (widget := widget_behind(*target)) is not None]
    if any(_limits(widget) != _limits(widgets[0]) for widget in widgets):
        return False
    title = primitive.title if isinstance(primitive.title, str) and primitive.title != "PrimitiveNode" else ""
    declared = _declare(scope, title or cohort[0].name, kind, cohort[0], host)
    for link in links:
        del scope.links[link.id]
    for node, slot in targets:
        _connect(scope, declared, node, slot)
    source = next((target for target in targets if widget_behind(*target) is not None), targets[0])
    own = _give_to_hosts(host, declared, *source, editor)
    _set(own, next((entry for entry in cohort if entry.values), cohort[0]), host)
    return True


def _limits(widget: Widget) -> tuple[Any, ...]:
    return (widget.kind, *(widget.options.get(key) for key in ("min", "max", "step")))


def _lose(host: LiveNode, entry: _Entry, pointer: tuple[str | int, ...], diagnostics: Diagnostics) -> None:
    if entry.node == "-1" and entry.values:
        slot = next((slot for slot in host.inputs if slot.name == entry.name), None)
        if slot is not None:
            _set(slot, entry, host)
            return
    if entry.values and entry.values[0] is not None:
        diagnostics.report(
            codes.PROXY_IGNORED,
            f"the value {shown(entry.values[0])} of '{entry.name}' is not used:"
            f" the subgraph has no such widget on a node {entry.node}",
            pointer=pointer,
            node=host.id,
            title=host.title if isinstance(host.title, str) else None,
        )
