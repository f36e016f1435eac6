"""Autogrow groups: each time the last input of a group is linked, the group gains an input.

Source: ``core/graph/widgets/dynamicWidgets.ts`` (autogrow), frontend 1.58.1. A malformed definition, on
which the editor would fail, adds no input at all.
"""

from __future__ import annotations

from comfyc import codes
from comfyc.catalog.specs import InputSpec, input_spec
from comfyc.collector import Collector
from comfyc.editor.nodes.adding import add_input, fields
from comfyc.editor.nodes.links import capture, commit
from comfyc.editor.nodes.live import Autogrow, LiveInput, LiveNode
from comfyc.editor.nodes.widgets import MAKERS
from comfyc.graph import ABSENT, Widget, WidgetList, rename_duplicates
from comfyc.javascript.values import text
from comfyc.workflow.model import FileLink

_DIGITS = "0123456789"

MAX_MEMBERS = 1000
"""Upper bound on the members of a group; ComfyUI allows 100 (comfy_api, Autogrow)."""

MAX_MOVES = 1_000_000
"""Upper bound on the inputs visited while gaps are closed; further gaps stay. No real workflow comes near
it."""


def apply_autogrow(node: LiveNode, spec: InputSpec) -> None:
    """Register an autogrow group and add its first ``min + 1`` members."""
    template = spec.options.get("template")
    template = template if isinstance(template, dict) else {}
    names = template.get("names")
    specs = tuple(
        input_spec(name, row, optional=optional) for name, row, optional in fields(template.get("input"))
    )
    smallest, largest = template.get("min"), template.get("max")
    group = Autogrow(
        specs,
        tuple(text(name) for name in names) if isinstance(names, list) else None,
        text(template.get("prefix") or ""),
        smallest if isinstance(smallest, int) else 1,
        min(
            len(names) if isinstance(names, list) else largest if isinstance(largest, int) else 100,
            MAX_MEMBERS,
        ),
    )
    if not specs:
        return
    if node.autogrow is None:
        node.autogrow = {}
    node.autogrow[spec.name] = group
    for ordinal in range(max(1, min(group.smallest, group.largest) + 1)):
        _add_members(node, spec.name, ordinal)


def grow(node: LiveNode, index: int) -> None:
    """Add the members that follow a linked input of a group (``autogrowInputConnected``).

    ``index`` is the index of the linked input. Inputs that belong to no group change nothing.
    """
    slot = node.inputs[index]
    name, _, member = slot.name.rpartition(".")
    group = node.autogrow.get(name) if node.autogrow else None
    if group is None:
        return
    if slot.widget is not None and not node.widgets.has(slot.widget):
        node.own_widgets().append(Widget(slot.name, "shim", ABSENT, stored=False))
        node.own_inputs()[index].widget = slot.name
    ordinal = _ordinal(group, member)
    if ordinal is not None:
        _add_members(node, name, ordinal + 1)


def grow_last(node: LiveNode, index: int) -> None:
    """Add the members that follow a linked input, if it is one of the last member of its group.

    This is what happens outside of files that are being opened, where :func:`grow` is right.
    """
    name, _, member = node.inputs[index].name.rpartition(".")
    group = node.autogrow.get(name) if node.autogrow else None
    if group is None:
        return
    last = next(slot for slot in reversed(node.inputs) if slot.name.startswith(f"{name}."))
    ordinal = _ordinal(group, member)
    if ordinal is not None and ordinal == _ordinal(group, last.name[len(name) + 1 :]):
        _add_members(node, name, ordinal + 1)


def _ordinal(group: Autogrow, member: str) -> int | None:
    if group.names is not None:
        return group.names.index(member) if member in group.names else None
    digits = member[len(member.rstrip(_DIGITS)) :]
    return int(digits[:9]) if digits else None


def compact(node: LiveNode, diagnostics: Collector) -> None:
    """Close gaps in groups of match-type inputs by moving their links up (``autogrowInputDisconnected``).

    Shortly after it has opened a file, the editor visits each index at which it made such an input, once.
    Each visit to an unlinked input makes the gap there smaller by one.
    """
    gaps = [index for index in node.grown or () if index not in node.links]
    before = _linked_names(node)
    for index in gaps[: MAX_MOVES // (len(node.inputs) + 1)]:
        _close_gap(node, index)
    _report_moved(node, before, diagnostics)


def close_gaps(gaps: list[tuple[LiveNode, int]], diagnostics: Collector) -> None:
    """Close the gaps that cut links have left; ``gaps`` are the nodes and the indexes of the inputs."""
    moves = 0
    for node, index in gaps:
        moves += len(node.inputs) if node.autogrow else 0
        if node.autogrow and moves <= MAX_MOVES:
            before = _linked_names(node)
            _close_gap(node, index)
            _report_moved(node, before, diagnostics)


def _linked_names(node: LiveNode) -> dict[int, tuple[FileLink, str]]:
    """The links into a node with the names of their inputs, by the ``id()`` of the link."""
    inputs = node.inputs
    return {id(link): (link, inputs[at].name) for at, link in node.links.items() if 0 <= at < len(inputs)}


def _report_moved(node: LiveNode, before: dict[int, tuple[FileLink, str]], diagnostics: Collector) -> None:
    now = _linked_names(node)
    moved = [
        (link, name, now[key][1])
        for key, (link, name) in before.items()
        if key in now and now[key][1] != name
    ]
    if moved:
        link, old, new = moved[0]
        more = f" (and {len(moved) - 1} more)" if len(moved) > 1 else ""
        diagnostics.report(
            codes.GAP_CLOSED,
            f"the link of input '{old}' moves to '{new}' because an input before it is unlinked, as in the"
            f" editor{more}",
            pointer=link.pointer,
            node=node.id,
            title=node.label,
        )


def _close_gap(node: LiveNode, index: int) -> None:
    """Move the links after an unlinked input of a group up by one."""
    inputs = node.inputs
    if index >= len(inputs) or index in node.links:
        return
    name, _, member = inputs[index].name.rpartition(".")
    group = node.autogrow.get(name) if node.autogrow else None
    ordinal = _ordinal(group, member) if group is not None else None
    if group is None or ordinal is None or ordinal + 1 < group.smallest:
        return
    stride = len(group.specs)
    members = [slot for slot in inputs if slot.name.rpartition(".")[0] == name]
    if stride + index >= len(inputs) or len(members) % stride:
        return
    previous = capture(node)
    links = dict(previous.links)
    for at in range(ordinal * stride, len(members) - stride):
        link = links.pop(id(members[at + stride]), None)
        links.pop(id(members[at]), None)
        if link is not None:
            links[id(members[at])] = link
    most = group.smallest * stride
    linked = [at for at in range(most, len(members)) if id(members[at]) in links]
    kept = (max(linked) - most) // stride + 2 if linked else 1
    surplus = {id(slot) for slot in members[most + kept * stride :]}
    node.inputs = [slot for slot in inputs if id(slot) not in surplus]
    if commit(node, previous, links) is not None:
        gone = {slot.widget for slot in members if id(slot) in surplus}
        node.widgets = WidgetList(widget for widget in node.own_widgets() if widget.name not in gone)


def _add_members(node: LiveNode, name: str, ordinal: int) -> None:
    group = node.autogrow[name] if node.autogrow else None
    if group is None or ordinal >= group.largest or _is_there(node, group, name, ordinal):
        return
    previous = capture(node)
    links = dict(previous.links)
    added: list[LiveInput] = []
    for spec in group.specs:
        optional = ordinal >= group.smallest or spec.optional
        before = len(node.inputs)
        add_input(node, InputSpec(group.name(name, ordinal, spec.name), spec.type, optional, spec.options))
        if len(node.inputs) == before:
            continue
        slot = node.own_inputs().pop()
        if node.matchtypes is not None and slot.name in node.matchtypes:
            node.grown = [*(node.grown or ()), len(node.inputs)]
        if len(group.specs) != 1 and (slot.widget is None or not node.widgets.has(slot.widget)):
            node.own_widgets().append(Widget(slot.name, "shim", ABSENT, stored=False))
            slot.widget = slot.name
        added.append(slot)
    new = {slot.name: slot for slot in added}
    for old in node.inputs:
        if old.name in new and id(old) in links:
            links.setdefault(id(new[old.name]), links[id(old)])
    node.inputs = inputs = [slot for slot in node.inputs if slot.name not in new]
    last_name = group.name(name, ordinal - 1, group.specs[-1].name)
    last = max((index for index, slot in enumerate(inputs) if slot.name.startswith(last_name)), default=None)
    spot = len(inputs) if last is None else last + 1
    inputs[spot:spot] = added
    rename_duplicates(node.own_widgets())
    commit(node, previous, links)


def _is_there(node: LiveNode, group: Autogrow, name: str, ordinal: int) -> bool:
    """Whether the group's only input for this ordinal, a plain socket, is already where it would be added."""
    spec = group.specs[0]
    kind = spec.widget_type
    if len(group.specs) > 1 or kind in MAKERS or (kind is not None and kind.startswith("COMFY_")):
        return False
    own_name, last_name = group.name(name, ordinal, spec.name), group.name(name, ordinal - 1, spec.name)
    own = [index for index, slot in enumerate(node.inputs) if slot.name == own_name]
    if len(own) != 1:
        return False
    slot = node.inputs[own[0]]
    if slot.type != spec.type or slot.widget is not None or slot.spec is not None:
        return False
    last = [index for index, slot in enumerate(node.inputs) if slot.name.startswith(last_name)]
    return max((index for index in last if index != own[0]), default=len(node.inputs) - 2) == own[0] - 1
