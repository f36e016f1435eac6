"""From values for settings to the changed workflow: each value is written where the editor would save it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from comfyc import codes
from comfyc.catalog.core_types import PRIMITIVE
from comfyc.diagnostics import Pointer
from comfyc.documents import is_workflow
from comfyc.editor import Editor
from comfyc.editor.groups import PREFIX
from comfyc.editor.nodes.live import LiveInput, LiveNode
from comfyc.editor.nodes.state import Scope
from comfyc.graph import ABSENT
from comfyc.interface import Assignment, Interface, Setting, ValuesSet
from comfyc.interface.converting import decides_inputs
from comfyc.interface.tracing import live_node, live_nodes
from comfyc.interface.values import has_link_form
from comfyc.saving.cutting import cut, link_into
from comfyc.saving.draft import Draft
from comfyc.saving.hosts import pointer_of_value, write_promoted
from comfyc.saving.unsaved import UnsavedError
from comfyc.saving.widgets import write_widgets

_GROUPS = ("extra", "groupNodes")


def write_values(draft: Draft, interface: Interface, outcome: ValuesSet) -> None:
    """Write the values of all assignments into the draft of the document that ``interface`` is of.

    Raises :class:`UnsavedError` for a value that the document cannot hold.
    """
    if not is_workflow(interface.conversion.opened.value):
        for one in outcome.assignments:
            for node, name in one.setting.targets:
                draft.put((node, "inputs", name), one.value)
        return
    _Writing(draft, interface, outcome).write()


class _Writing:
    """Writes assignments into a workflow. The values of one node are written together."""

    def __init__(self, draft: Draft, interface: Interface, outcome: ValuesSet) -> None:
        self.draft, self.interface = draft, interface
        self.conversion = interface.conversion
        self.after = {node.file.pointer: node for node in live_nodes(outcome.conversion.editor)}
        self.live = {node.file.pointer: node for node in live_nodes(self.conversion.editor)}
        self.assignments = {(one.setting.node, one.setting.input): one for one in outcome.assignments}
        self.widgets: dict[Pointer, dict[str, Any]] = {}
        self.anew: set[Pointer] = set()
        self.settings: dict[Pointer, Setting] = {}

    def write(self) -> None:
        for one in self.assignments.values():
            with _about(one.setting):
                self.assign(self.holder(one))
        for pointer, values in self.widgets.items():
            node = self.live[pointer]
            if pointer in self.anew:
                node = self.after[pointer]
                self.cut_lost(self.live[pointer], node)
            with _about(self.settings[pointer]):
                write_widgets(self.draft, node, values, anew=pointer in self.anew)

    def holder(self, one: Assignment) -> Assignment:
        """The assignment itself, or one to the setting that holds the value, if that goes nowhere else."""
        setting = one.setting
        if setting.held_by is None:
            return one
        holder = self.interface.setting(*setting.held_by)
        if holder is not None and holder.targets == setting.targets:
            return self.holder(Assignment(holder, one.value))
        name = ".".join(setting.held_by)
        raise UnsavedError(
            codes.SETTING_CHANGES_OTHERS,
            f"'{setting.path}' takes its value from '{name}', which other inputs take theirs from, too",
            f"set '{name}' to change it for all of them, or convert with --set",
        )

    def assign(self, one: Assignment) -> None:
        setting, value = one.setting, one.value
        if has_link_form(value):
            raise UnsavedError(
                codes.SETTING_UNSAVED,
                f"the value for '{setting.path}' is a link, which comfyc does not draw",
                "link it in the editor, or convert with --set",
            )
        if setting.kind == "primitive":
            self.assign_primitive(one)
            return
        node = self.node_of(one)
        if setting.link:
            self.unlink(one, node)
        if setting.kind == "subgraph":
            is_group = node.file.type.startswith(PREFIX)
            if is_group and self.draft.get(setting.pointer) is ABSENT:
                raise _no_node(one)
            write_promoted(self.draft, node, setting.input, value, self.conversion)
            return
        pointer = node.file.pointer
        flat = self.conversion.ir.nodes.get(setting.node)
        if flat is not None and pointer[:2] != _GROUPS and decides_inputs(flat, setting.input):
            self.anew.add(pointer)
        elif self.draft.get(setting.pointer) is not ABSENT:
            self.draft.put(setting.pointer, value)
            return
        elif pointer[:2] == _GROUPS:
            raise _no_node(one)
        self.widgets.setdefault(pointer, {})[setting.input] = value
        self.settings[pointer] = setting

    def node_of(self, one: Assignment) -> LiveNode:
        """The node of a setting, as the editor has loaded it."""
        setting = one.setting
        flat = self.conversion.ir.nodes.get(setting.node)
        node = self.live.get(flat.pointer) if flat is not None else None
        if node is None:
            node = live_node(self.conversion.editor, setting.node)
        if node is None or self.draft.get(node.file.pointer) is ABSENT:
            raise _no_node(one)
        return node

    def unlink(self, one: Assignment, node: LiveNode) -> None:
        scope = _scope_of(self.conversion.editor, node)
        if scope is None or not cut(self.draft, scope, node, link_into(node, one.setting.input)):
            raise UnsavedError(
                codes.SETTING_UNSAVED,
                f"the file has no link into '{one.setting.path}' that could be cut",
                "it is made by the script of a pack: convert with --set and --unlink",
            )

    def cut_lost(self, before: LiveNode, after: LiveNode) -> None:
        """Remove the links that a node lost when its inputs changed."""
        left = {link.id for link in after.links.values()}
        scope = _scope_of(self.conversion.editor, before)
        for link in [link for link in before.links.values() if link.id not in left]:
            if scope is not None:
                cut(self.draft, scope, before, link)

    def assign_primitive(self, one: Assignment) -> None:
        """Write the value of a PrimitiveNode, and those of the widgets that it feeds, where these have been
        the same: the editor writes them too."""
        before = self.draft.get(one.setting.pointer)
        self.draft.put(one.setting.pointer, one.value)
        node = self.live.get(one.setting.pointer[:-2])
        scope = _scope_of(self.conversion.editor, node) if node is not None else None
        if node is None or scope is None:
            return
        for link in scope.links.values():
            if link.origin != node.id:
                continue
            target = scope.target_of(link)
            pointer = None if target is None else _saved_at(target[0], target[0].inputs[target[1]])
            if pointer is not None and self.draft.get(pointer) == before:
                self.draft.put(pointer, one.value)


@contextmanager
def _about(setting: Setting) -> Iterator[None]:
    """What cannot be written is about this setting."""
    try:
        yield
    except UnsavedError as refused:
        refused.setting = setting
        raise


def _no_node(one: Assignment) -> UnsavedError:
    return UnsavedError(
        codes.SETTING_UNSAVED,
        f"the file has no node {one.setting.node}: the editor makes it of a legacy group node",
        "open the workflow in the editor and save it, or convert with --set",
    )


def _scope_of(editor: Editor | None, node: LiveNode) -> Scope | None:
    scopes: Sequence[Scope] = editor.scopes_in_order() if editor is not None else ()
    return next((scope for scope in scopes if scope.nodes.get(node.id) is node), None)


def _saved_at(node: LiveNode, slot: LiveInput) -> Pointer | None:
    """The pointer of the value that a node has saved for a widget which a PrimitiveNode feeds."""
    if slot.promoted is not None:
        return pointer_of_value(node, slot)
    stored = [widget.name for widget in node.widgets if widget.stored]
    if node.file.type == PRIMITIVE or slot.widget not in stored:
        return None
    return (*node.file.pointer, "widgets_values", stored.index(slot.widget))
