"""Name the saved values of a node whose type the catalogue lacks.

Values saved by name have their names. Else the prompt that the file carries beside the workflow names them, else other
nodes of the type in the file, else the inputs of the node itself. Nothing is guessed: a name that could have more than
one value gets none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from comfyc.editor.naming.alignment import Alignment, Name, align_names, is_control, is_repeated
from comfyc.editor.naming.witnesses import (
    Inputs,
    Witnesses,
    example_of,
    insert_names,
    marked_widgets,
    widget_names,
)
from comfyc.editor.nodes.infer import BY_TYPE, align, only_alignment
from comfyc.editor.nodes.live import CONTROL_MODES, LiveNode
from comfyc.editor.nodes.state import Editor, Scope
from comfyc.graph import ABSENT, Widget

_MOST_PAIRS = 1 << 16

Row = tuple[str, Any, Any]
"""A name, its value (ABSENT for a widget whose value is not known) and ``Widget.saved_at``."""


@dataclass(slots=True)
class Naming:
    """What is known of the widgets of a node.

    ``unnamed`` are values without a name, with their indexes. ``source`` says where the names come from, "" if the
    values are saved by name or have none. ``differing`` are the rows whose value is another in the prompt, with that
    value; ``absent`` those that only the prompt has a value for; ``doubtful`` the names that could have several values.
    """

    rows: list[Row]
    unnamed: list[tuple[int, Any]] = field(default_factory=list)
    source: str = ""
    differing: list[tuple[Row, Any]] = field(default_factory=list)
    absent: list[Row] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)


INPUTS, PROMPT, OTHERS = "inputs", "prompt", "others"
"""Where names come from: the inputs of the node, the prompt beside the workflow, other nodes of the type."""


def name_values(node: LiveNode, scope: Scope, editor: Editor) -> Naming:
    """Name the saved values of a node of an unknown type."""
    saved = node.file.raw.get("widgets_values")
    by_name = node.file.raw.get("widgets_values_named")
    if isinstance(by_name, dict) and by_name:
        base = (*node.file.pointer, "widgets_values_named")
        rows = [(name, value, (*base, name)) for name, value in by_name.items()]
        return Naming([row for row in rows if not _is_control_row(row[0], row[1])])
    if isinstance(saved, dict):
        return Naming([(name, value, name) for name, value in saved.items()])
    values = saved if isinstance(saved, list) else []
    witnesses = witnesses_of(editor)
    found = _by_prompt(node, values, witnesses, is_inner=scope is not editor.root)
    return found or _by_others(node, values, witnesses) or _by_inputs(node, values)


def witnesses_of(editor: Editor) -> Witnesses:
    """What the documents at hand say about unknown types; collected when it is first needed."""
    if editor.witnesses is None:
        editor.witnesses = Witnesses(editor.beside, [scope.file for scope in editor.scopes_in_order()])
    return editor.witnesses


def _by_prompt(node: LiveNode, values: Sequence[Any], witnesses: Witnesses, *, is_inner: bool) -> Naming | None:
    """Name values as the prompt beside the workflow does; None if it does not know the type."""
    entries = witnesses.of_type(node.file.type)
    if not entries:
        return None
    own = witnesses.own(node.file, is_inner=is_inner)
    marked = marked_widgets(node.file)
    best: Naming | None = None
    best_key = (-1, 0)
    for mine in own or [{}]:
        names = _names(mine, entries, marked, node)
        if not witnesses.take((len(names) + 1) * (len(values) + 1)):
            return None
        found = align_names(names, values)
        key = (found.repeated, -found.differing)
        if key > best_key:
            best, best_key = _naming(names, found, values, PROMPT), key
    return best


def _names(mine: Inputs, entries: Sequence[Inputs], marked: dict[str, Any], node: LiveNode) -> list[Name]:
    """The names of a node's widgets in order, each with the value that the prompt has."""
    order = widget_names(mine, marked)
    examples: dict[str, Any] = {}
    for inputs in (mine, *sorted(entries, key=len, reverse=True)):
        others = widget_names(inputs, marked)
        insert_names(order, others)
        for name in others:
            examples.setdefault(name, example_of(inputs, name))
            if examples[name] is ABSENT:
                examples[name] = example_of(inputs, name)
    linked = {slot.name for index, slot in enumerate(node.inputs) if index in node.links}
    return [
        Name(name, examples[name], name not in linked and example_of(mine, name) is not ABSENT, _kind(marked.get(name)))
        for name in order
    ]


def _naming(names: Sequence[Name], found: Alignment, values: Sequence[Any], source: str) -> Naming:
    """The rows of an alignment: every name is a widget, whether its value is known or not."""
    used = set(found.indexes.values())
    unnamed = [(index, value) for index, value in enumerate(values) if index not in used]
    naming = Naming([], _without_controls(unnamed, values), source)
    naming.doubtful = [names[position].name for position in found.doubtful]
    agrees = found.differing == 0 and (found.repeated > 0 or not values) and not found.doubtful
    for position, name in enumerate(names):
        index = found.indexes.get(position)
        row: Row = (name.name, ABSENT, None)
        if index is not None:
            row = (name.name, values[index], index)
            if name.is_own and not is_repeated(values[index], name.example):
                naming.differing.append((row, name.example))
        elif agrees and name.is_own:
            row = (name.name, name.example, None)
            naming.absent.append(row)
        naming.rows.append(row)
    return naming


def _by_others(node: LiveNode, values: Sequence[Any], witnesses: Witnesses) -> Naming | None:
    """Name values as other nodes of the type do; None if they name no more than the node itself."""
    kind = node.file.type
    named = witnesses.saved_by_name(kind)
    marked = {**witnesses.marked(kind), **marked_widgets(node.file)}
    if named:
        names = [Name(name, value) for name, value in named.items()]
    elif len(marked) > len(marked_widgets(node.file)):
        order = list(witnesses.marked(kind))
        names = [Name(name, kind=_kind(marked[name])) for name in order]
    else:
        return None
    if not values or not witnesses.take((len(names) + 1) * (len(values) + 1)):
        return None
    naming = _naming(names, align_names(names, values), values, OTHERS)
    naming.rows = [row for row in naming.rows if not _is_control_row(row[0], row[1])]
    return naming


def _by_inputs(node: LiveNode, values: Sequence[Any]) -> Naming:
    """Name values after the inputs of the node that have a widget."""
    names = [Name(name, kind=_kind(kind)) for name, kind in marked_widgets(node.file).items()]
    columns = [index for index in range(len(values)) if not is_control(values, index)]
    if len(columns) <= len(names):  # all widgets have a name, as in the editor
        rows: list[Row] = [
            (name.name, values[index], index) for name, index in zip(names, columns, strict=False)
        ]
        return Naming(rows, source=INPUTS if rows else "")
    if len(names) * len(values) > _MOST_PAIRS:
        return Naming([(name.name, ABSENT, None) for name in names], list(enumerate(values)))
    naming = _naming(names, align_names(names, values), values, INPUTS)
    return naming


def _kind(of_input: Any) -> str:
    return BY_TYPE.get(of_input, "") if isinstance(of_input, str) else ""


def _without_controls(unnamed: Iterable[tuple[int, Any]], values: Sequence[Any]) -> list[tuple[int, Any]]:
    return [(index, value) for index, value in unnamed if not is_control(values, index)]


def _without_modes(unnamed: Iterable[tuple[int, Any]]) -> list[tuple[int, Any]]:
    return [(index, value) for index, value in unnamed if value not in CONTROL_MODES]


def _is_control_row(name: str, value: Any) -> bool:
    return name.endswith("control_after_generate") and value in CONTROL_MODES
