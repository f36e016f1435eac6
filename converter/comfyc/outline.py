"""A workflow or prompt as text that people read, and that tools for texts compare line by line.

    KSampler #3
        model <- Load Checkpoint.MODEL #4
        seed = 1234

What is in it means something: nodes with their titles, types and modes, their values by the names of inputs,
and what their inputs are linked to. Positions, sizes, colors, groups, ids of links and the order of the file
are not. Nodes are sorted by their ids, because the editor saves them in another order after a mere click.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from comfyc.api import Conversion
from comfyc.catalog import Catalog
from comfyc.catalog.core_types import EDITOR_ONLY
from comfyc.drawing.panels import input_labels
from comfyc.drawing.slots import Seen, entries_of, exits_of, shown_widgets
from comfyc.editor import Editor
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.state import Scope
from comfyc.graph import BYPASSED, MUTED
from comfyc.javascript.stringify import compact_text
from comfyc.javascript.values import text
from comfyc.merging.conflicts import Conflict, listed
from comfyc.safety.escaping import shortened, visible
from comfyc.workflow.model import INPUT_NODE, OUTPUT_NODE, FileLink, FileSlot

_STATES = {BYPASSED: " [bypassed]", MUTED: " [muted]"}
_BUTTON = "button"
_LONGEST = 200
"""Characters of a name in each of the lines that repeat it; the line of the node has all of it."""


def outline_of(conversion: Conversion) -> str | None:
    """The text of a workflow or prompt that has been converted; None if there is nothing in it.

    What a terminal would obey is escaped. Values are whole, however long they are.
    """
    if conversion.editor is not None:
        lines = list(_workflow(conversion.editor, conversion.opened.value))
    else:
        lines = list(_prompt(conversion.prompt))
    notes = [
        Conflict.of_json(entry) for _, entry in listed(conversion.opened.value) if isinstance(entry, dict)
    ]
    if notes and lines:
        lines += [
            "",
            "Conflicts of a merge",
            *(f"    {visible(one.words())}" for one in notes if one is not None),
        ]
    return "\n".join(lines[1:]) + "\n" if lines else None


# --- workflows -----------------------------------------------------------------------------------


def _workflow(editor: Editor, document: Any) -> Iterator[str]:
    """The lines, each node behind an empty one."""
    labels, seen = input_labels(editor, document), Seen()
    yield from _graph(editor.root, editor, labels, "", seen)
    for ident, scope in editor.scopes.items():
        name = _short(scope.file.name or ident)
        yield from ("", f"Subgraph {name} #{visible(ident)}")
        inputs = labels[ident]
        yield from (f"    input {visible(inputs[slot.name])} ({_type(slot)})" for slot in scope.inputs)
        into = {link.target_slot: link for link in scope.links.values() if link.target == OUTPUT_NODE}
        for index, slot in enumerate(scope.outputs):
            link = into.get(index)
            origin = "" if link is None else f" <- {_origin(link, scope, editor, inputs)}"
            yield f"    output {visible(slot.name)} ({_type(slot)}){origin}"
        yield from _graph(scope, editor, labels, f"{name} / ", seen)


def _graph(
    scope: Scope, editor: Editor, labels: Mapping[str, Mapping[str, str]], path: str, seen: Seen
) -> Iterator[str]:
    outer = labels.get(scope.file.id, {})
    for node in sorted(scope.nodes.values(), key=lambda node: _order(node.id)):
        kind = node.file.type if node.definition is None else editor.scopes[node.definition].file.name
        yield ""
        yield path + _heading(title_of(node, editor), kind, node.id) + _STATES.get(node.mode, "")
        widgets = list(node.widgets)
        entries = entries_of(node, widgets, labels.get(node.definition or "", {}), seen)
        for index, link in sorted(node.links.items()):
            if index < len(entries):
                yield f"    {visible(entries[index].name)} <- {_origin(link, scope, editor, outer)}"
        for shown in shown_widgets(node, widgets, entries, seen):
            if not shown.is_linked and shown.widget.kind != _BUTTON:
                yield from _value(shown.widget.name, shown.widget.value)
        for index, value in _unnamed(node, [widget.saved_at for widget in widgets]):
            yield from _value(f"widgets_values[{index}]", value)


def title_of(node: LiveNode, editor: Editor) -> str:
    """The title of a node as the editor shows it: its own, or that of its type."""
    if node.title is not None:
        return text(node.title)
    if node.definition is not None:
        return editor.scopes[node.definition].file.name
    shape = editor.shapes.get(node.file.type)
    return (shape.title if shape is not None else "") or EDITOR_ONLY.get(node.file.type) or node.file.type


def _origin(link: FileLink, scope: Scope, editor: Editor, outer: Mapping[str, str]) -> str:
    """The output that a link comes from. ``outer`` are the labels of the inputs of the definition."""
    slot = link.origin_slot
    if link.origin == INPUT_NODE and scope is not editor.root:
        slots = scope.inputs
        name = slots[slot].name if isinstance(slot, int) and 0 <= slot < len(slots) else text(slot)
        return f"input {_short(outer.get(name, name))}"
    node = scope.nodes.get(link.origin)
    if node is None:
        return f"{visible(text(slot))} of the missing node #{visible(link.origin)}"
    exits = exits_of(node, editor)
    name = exits[slot].label if isinstance(slot, int) and 0 <= slot < len(exits) else text(slot)
    return _output(title_of(node, editor), name, link.origin)


def _unnamed(node: LiveNode, named: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """The saved values of a node of an unknown type whose names nobody knows."""
    saved = node.file.raw.get("widgets_values")
    if node.is_unknown and isinstance(saved, list):
        known = set(named)
        yield from ((index, value) for index, value in enumerate(saved) if index not in known)


def _type(slot: FileSlot) -> str:
    return visible(text(slot.type))


# --- prompts -------------------------------------------------------------------------------------


def _prompt(prompt: Mapping[str, Any]) -> Iterator[str]:
    catalog = Catalog.load()
    titles = {ident: _title_in_prompt(node, catalog) for ident, node in prompt.items()}
    for ident in sorted(prompt, key=_order):
        node = prompt[ident]
        yield from ("", _heading(titles[ident], text(node.get("class_type")), ident))
        for name, value in node["inputs"].items():
            if _is_link(value) and value[0] in prompt:
                origin, slot = value
                info = catalog.info(text(prompt[origin].get("class_type"))) or {}
                names = info.get("output_name")
                output = names[slot] if isinstance(names, list) and 0 <= slot < len(names) else slot
                yield f"    {visible(name)} <- {_output(titles[origin], output, origin)}"
            else:
                yield from _value(name, value)


def _title_in_prompt(node: Mapping[str, Any], catalog: Catalog) -> str:
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    kind = text(node.get("class_type"))
    return title if isinstance(title, str) and title else catalog.title(kind) or kind


def _is_link(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and value[1].__class__ is int
    )


# --- both ----------------------------------------------------------------------------------------


def _heading(title: str, kind: str, ident: str) -> str:
    of_type = f" ({visible(kind)})" if kind != title else ""
    return f"{visible(title)}{of_type} #{visible(ident)}"


def _short(name: str) -> str:
    """A name that may be repeated any number of times."""
    return visible(shortened(name, _LONGEST))


def _output(title: str, name: Any, ident: str) -> str:
    return f"{_short(title)}.{_short(text(name))} #{visible(ident)}"


def _value(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and "\n" in value:
        yield f"    {visible(name)} ="
        yield from (f"        | {visible(line)}" for line in value.split("\n"))
    else:
        yield f"    {visible(name)} = {_in_line(value)}"


def _in_line(value: Any) -> str:
    if value.__class__.__name__ == "_Absent":
        return "(none)"
    return visible(json.dumps(value, ensure_ascii=False) if isinstance(value, str) else compact_text(value))


def _order(ident: str) -> tuple[int, int, str]:
    is_number = ident.isascii() and ident.isdigit() and len(ident) < 20
    return (0, int(ident), "") if is_number else (1, 0, ident)
