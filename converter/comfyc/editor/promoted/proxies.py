"""``properties.proxyWidgets``: how files of mid 2025 list the promoted widgets of a subgraph node.

The editor turns each entry into a promoted input of the definition
(``core/graph/subgraph/migration/proxyWidgetMigration.ts``, frontend 1.58.1). Every subgraph node of the
definition (its hosts) gets the new input; the value saved at the entry's index belongs to this host only.
"""

from __future__ import annotations

import enum
from typing import Any

from comfyc import codes
from comfyc.catalog.core_types import PRIMITIVE
from comfyc.collector import Collector
from comfyc.editor.nodes.growing import grow
from comfyc.editor.nodes.live import LiveInput, LiveNode
from comfyc.editor.nodes.state import Editor, Target
from comfyc.editor.promoted.ends import end_of, linked_input, links_by_origin, widget_behind
from comfyc.editor.promoted.entries import ProxyEntry, inputs_by_name, read_entry, target_of_input
from comfyc.editor.promoted.values import is_proxy_entry, parse_property, promote, saved_values, set_saved
from comfyc.graph import ABSENT, Widget
from comfyc.javascript.values import shown
from comfyc.workflow.model import INPUT_NODE, FileLink, FileSlot

_PREVIEW_KINDS = frozenset({"preview", "video", "audioUI"})


class _Plan(enum.Enum):
    """The treatment of an entry whose widget is not yet behind an input of the definition."""

    CREATE = enum.auto()
    """Make a new input of the definition."""
    REDIRECT = enum.auto()
    """Turn the PrimitiveNode that the entry names into an input of the definition."""
    SKIP = enum.auto()
    """Do nothing: the entry names a preview, which holds no value."""
    LOSE = enum.auto()
    """Report that the entry leads nowhere."""


def apply_proxies(host: LiveNode, editor: Editor) -> None:
    """Apply the ``proxyWidgets`` of the subgraph node ``host``; entries that lead nowhere are reported."""
    raw = parse_property(host.properties.get("proxyWidgets"))
    pointer = (*host.file.pointer, "properties", "proxyWidgets")
    if not all(is_proxy_entry(entry) for entry in raw):
        editor.diagnostics.report(
            codes.PROXY_IGNORED,
            "an entry of proxyWidgets is not a list of two or three texts, so the editor ignores all entries",
            pointer=pointer,
            node=host.id,
        )
        return
    values = saved_values(host, len(raw))
    entries = [read_entry(host, index, entry, values, editor) for index, entry in enumerate(raw)]
    for entry in _Migration(host, editor).apply(entries):
        _lose(host, entry, (*pointer, entry.index), editor.diagnostics)


class _Slots:
    """The inputs of an inner node, by every name that an entry may use; if two share a name, the first."""

    def __init__(self, node: LiveNode, editor: Editor) -> None:
        self.by_name: dict[str, LiveInput] = {}
        self.by_inner: dict[Target, LiveInput] = {}
        self.promoted: dict[str, LiveInput] = {}
        self.position: dict[int, int] = {}
        scope = editor.scopes.get(node.definition or "")
        for position, slot in enumerate(node.inputs):
            self.position[id(slot)] = position
            if scope is None:
                if slot.widget is not None:
                    self.by_name.setdefault(slot.widget, slot)
                continue
            target = target_of_input(scope, slot.name)
            self.by_name.setdefault(slot.name, slot)
            if target is not None:
                self.by_inner.setdefault(target, slot)
                self.by_name.setdefault(target[1], slot)
            if slot.promoted is not None:
                self.promoted.setdefault(slot.name, slot)

    def find(self, entry: ProxyEntry, *, nested: bool) -> LiveInput | None:
        if nested and entry.inner is not None:
            return self.by_inner.get((entry.inner, entry.name))
        return self.by_name.get(entry.name)


class _Migration:
    """Migrates the entries of one subgraph node into its definition."""

    def __init__(self, host: LiveNode, editor: Editor) -> None:
        self.host = host
        self.editor = editor
        self.scope = editor.scopes[host.definition or ""]
        self.slots: dict[str, _Slots] = {}
        self.shown: dict[Target, LiveInput] = {}
        for slot, declared in zip(host.inputs, self.scope.inputs, strict=False):
            target = end_of(self.scope, declared)[1]
            if target is not None:
                self.shown.setdefault(target, slot)
        self.shared: set[str] = set()
        """The names that more than one input has."""
        names: set[str] = set()
        for slot in host.inputs:
            (self.shared if slot.name in names else names).add(slot.name)

    def apply(self, entries: list[ProxyEntry]) -> list[ProxyEntry]:
        """Plan all entries, then apply them. Returns the entries that lead nowhere."""
        primitives: dict[str, list[ProxyEntry]] = {}
        lost: list[ProxyEntry] = []
        plans = [(entry, self.plan(entry)) for entry in entries]
        for entry, plan in plans:
            if isinstance(plan, LiveInput):
                _set(plan, entry, self.host)
            elif plan is _Plan.REDIRECT:
                primitives.setdefault(entry.node, []).append(entry)
            elif plan is _Plan.LOSE or (plan is _Plan.CREATE and not self.create(entry)):
                lost.append(entry)
        for cohort in primitives.values():
            if not self.redirect_primitive(cohort):
                lost += cohort
        return lost

    def plan(self, entry: ProxyEntry) -> LiveInput | _Plan:
        """The input that leads to the entry's widget, or what to do if there is none."""
        slot = self.shown.get((entry.node, entry.name))
        if slot is not None:
            return slot if slot.name not in self.shared and slot.promoted is not None else _Plan.LOSE
        node = self.scope.nodes.get(entry.node)
        if node is None:
            return _Plan.LOSE
        if node.file.type == PRIMITIVE:
            return _Plan.REDIRECT if self.links_from(node) else _Plan.LOSE
        if entry.name.startswith("$$"):
            return _Plan.SKIP
        widget = self.source_widget(node, entry)
        if widget is None:
            return _Plan.LOSE
        if not (widget.stored and widget.sent) and widget.kind in _PREVIEW_KINDS:
            return _Plan.SKIP
        return _Plan.CREATE

    def slots_of(self, node: LiveNode) -> _Slots:
        slots = self.slots.get(node.id)
        if slots is None:
            slots = self.slots[node.id] = _Slots(node, self.editor)
        return slots

    def source_widget(self, node: LiveNode, entry: ProxyEntry) -> Widget | None:
        if node.definition is None:
            return node.widgets.get(entry.name)
        slot = self.source_slot(node, entry)
        return None if slot is None else widget_behind(node, slot)

    def source_slot(self, node: LiveNode, entry: ProxyEntry) -> LiveInput | None:
        """The input of the widget that an entry names (``resolveSourceWidget``).

        On a nested subgraph node, if the input that fits holds no value, the one that holds a value under the
        entry's name.
        """
        slots = self.slots_of(node)
        slot = slots.find(entry, nested=node.definition is not None)
        if node.definition is not None and (slot is None or slot.promoted is None):
            return slots.promoted.get(entry.name)
        return slot

    def create(self, entry: ProxyEntry) -> bool:
        """Make a new input of the definition for an entry; False if there is no inner input to link it
        with."""
        hosts = self.editor.hosts[self.host.definition or ""]
        if not self.editor.has_room(len(hosts), self.host.file):
            return True  # nothing to report for this entry: lack of room is an error of the whole file
        node = self.scope.nodes[entry.node]
        slot = self.source_slot(node, entry)
        if slot is None:
            return False
        declared = self.declare(entry.name, slot.type if slot.type is not None else "*", entry)
        self.connect(declared, node, self.slots_of(node).position[id(slot)])
        _set(self.give_to_hosts(declared, node, slot), entry, self.host)
        return True

    def declare(self, base: str, kind: Any, entry: ProxyEntry) -> FileSlot:
        named, suffixes = inputs_by_name(self.scope), self.scope.suffixes
        name, count = base, 0
        if name in named:
            count = suffixes.get(base, 1)
            while (name := f"{base}_{count}") in named:
                count += 1
            suffixes[base] = count
        pointer = (*self.host.file.pointer, "properties", "proxyWidgets", entry.index)
        declared = named[name] = FileSlot(name, kind, [], pointer)
        self.scope.inputs.append(declared)
        return declared

    def connect(self, declared: FileSlot, node: LiveNode, position: int) -> None:
        """Link the input that was declared last with the input at ``position`` of an inner node."""
        ident = ("promoted", declared.name, len(declared.link_ids))
        index = len(self.scope.inputs) - 1
        link = FileLink(INPUT_NODE, index, declared.pointer, ident, node.id, position)
        self.scope.links[ident] = link
        declared.link_ids.append(ident)
        node.insert(link, position)
        if node.autogrow:
            grow(node, position)
            self.slots.pop(node.id, None)

    def give_to_hosts(self, declared: FileSlot, node: LiveNode, slot: LiveInput) -> LiveInput:
        own = LiveInput(declared.name, declared.type)
        for other in self.editor.hosts[self.host.definition or ""]:
            added = own if other is self.host else LiveInput(declared.name, declared.type)
            promote(added, node, slot)
            other.own_inputs().append(added)
        return own

    def links_from(self, node: LiveNode) -> list[FileLink]:
        scope = self.scope
        if scope.leaving is None:
            scope.leaving = links_by_origin(scope)
        return [link for link in scope.leaving.get(node.id, ()) if scope.links.get(link.id) is link]

    def redirect_primitive(self, cohort: list[ProxyEntry]) -> bool:
        """Replace a promoted PrimitiveNode with an input of the definition that feeds its targets directly.

        ``cohort`` has the entries that name the PrimitiveNode. False if its targets do not fit together.
        """
        scope = self.scope
        primitive = scope.nodes[cohort[0].node]
        links = [link for link in self.links_from(primitive) if link.origin_slot in (0, "0")]
        targets = [found for link in links if (found := linked_input(scope, link.id)) is not None]
        kind = primitive.outputs[0] if primitive.outputs and primitive.outputs[0] is not None else "*"
        if len({entry.name for entry in cohort}) != 1 or not _fit_together(kind, targets):
            return False
        indexes = [link.target_slot for link in links if linked_input(scope, link.id) is not None]
        titled = isinstance(primitive.title, str) and primitive.title != PRIMITIVE
        declared = self.declare((titled and primitive.title) or cohort[0].name, kind, cohort[0])
        for link in links:
            del scope.links[link.id]
        for (node, _), index in zip(targets, indexes, strict=True):
            self.connect(declared, node, index)
        source = next((target for target in targets if widget_behind(*target) is not None), targets[0])
        own = self.give_to_hosts(declared, *source)
        _set(own, next((entry for entry in cohort if entry.value is not ABSENT), cohort[0]), self.host)
        return True


def _fit_together(kind: Any, targets: list[tuple[LiveNode, LiveInput]]) -> bool:
    """Whether one value of the type ``kind`` may feed all targets: their types and limits must agree."""
    if not targets or any("*" not in (kind, slot.type) and kind != slot.type for _, slot in targets):
        return False
    widgets = [widget for target in targets if (widget := widget_behind(*target)) is not None]
    return all(_limits(widget) == _limits(widgets[0]) for widget in widgets)


def _set(slot: LiveInput, entry: ProxyEntry, host: LiveNode) -> None:
    if entry.value is not ABSENT:
        set_saved(slot, host, entry.value, entry.key)


def _limits(widget: Widget) -> tuple[Any, ...]:
    return (widget.kind, *(widget.options.get(key) for key in ("min", "max", "step")))


def _lose(host: LiveNode, entry: ProxyEntry, pointer: tuple[str | int, ...], diagnostics: Collector) -> None:
    """Report an entry that leads nowhere, if it has a value. An entry for node -1 instead sets the subgraph
    node's input of that name."""
    if entry.node == "-1" and entry.value is not ABSENT:
        slot = next((slot for slot in host.inputs if slot.name == entry.name), None)
        if slot is not None:
            _set(slot, entry, host)
            return
    if entry.value is not ABSENT and entry.value is not None:
        diagnostics.report(
            codes.PROXY_IGNORED,
            f"the value {shown(entry.value)} of '{entry.name}' is not used:"
            f" the subgraph has no node {entry.node} with such a widget",
            pointer=pointer,
            node=host.id,
            title=host.label,
        )
