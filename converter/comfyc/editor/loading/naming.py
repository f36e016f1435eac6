"""Name the saved values of a node whose type the catalogue lacks.

Values saved by name have their names. Else the prompt that the file carries beside the workflow names them,
else other nodes of the type in the file, else the inputs of the node itself. Nothing is guessed: a name that
could have more than one value gets none.
"""

from __future__ import annotations

import enum
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comfyc.editor.naming.alignment import Alignment, WidgetName, align_names, kind_of
from comfyc.editor.naming.witnesses import (
    Inputs,
    Witnesses,
    example_of,
    marked_widgets,
    widget_names,
    without_absent,
)
from comfyc.editor.nodes.infer import BY_TYPE
from comfyc.editor.nodes.live import CONTROL_MODES, LiveInput, LiveNode
from comfyc.editor.nodes.state import Editor, Scope
from comfyc.graph import ABSENT
from comfyc.workflow.model import FileNode

Row = tuple[str, Any, Any]
"""A name, its value (ABSENT for a widget whose value is not known) and ``Widget.saved_at``."""


class NamedBy(enum.Enum):
    """Where the names of values come from."""

    FILE = enum.auto()
    """The values are saved by name, or they have no names."""
    INPUTS = enum.auto()
    """The inputs of the node that have a widget."""
    PROMPT = enum.auto()
    """The prompt that the file carries beside the workflow."""
    OTHERS = enum.auto()
    """Other nodes of the type in the file."""


@dataclass(slots=True)
class Naming:
    """What is known of the widgets of a node.

    ``unnamed`` are values without a name, with their indexes. ``differing`` has, by name, the prompt's value
    where it is not the workflow's; ``absent`` are the names for which only the prompt has a value;
    ``doubtful`` those that could have several values.
    """

    rows: list[Row] = field(default_factory=list)
    unnamed: list[tuple[int, Any]] = field(default_factory=list)
    by: NamedBy = NamedBy.FILE
    differing: dict[str, Any] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Subject:
    """A saved node whose values are to be named.

    ``linked`` are the names of its linked inputs, ``marked`` the names of widgets that its inputs mention
    with the types of the inputs, ``controls`` the indexes of the values that the ``control_after_generate``
    of a number seems to have.
    """

    file: FileNode
    values: Sequence[Any]
    is_inner: bool
    linked: Container[str]
    marked: Mapping[str, Any]
    controls: Container[int]


def subject_of(node: LiveNode, scope: Scope, editor: Editor) -> Subject:
    """The node as it is in the file, with its values if they are a list."""
    saved = node.file.raw.get("widgets_values")
    values = saved if isinstance(saved, list) else []
    linked = {slot.name for index, slot in enumerate(node.inputs) if index in node.links}
    is_inner = scope is not editor.root
    return Subject(node.file, values, is_inner, linked, marked_widgets(node.file), controls_in(values))


def name_values(node: LiveNode, scope: Scope, editor: Editor) -> Naming:
    """Name the saved values of a node of an unknown type.

    Every widget that the file mentions has a row, so that subgraph nodes find it. A node inside a subgraph
    gets an input for each widget that subgraph nodes show, if the file has none.
    """
    subject, witnesses = subject_of(node, scope, editor), witnesses_of(editor)
    saved = node.file.raw.get("widgets_values")
    by_name = node.file.raw.get("widgets_values_named")
    if isinstance(by_name, dict) and by_name:
        base = (*node.file.pointer, "widgets_values_named")
        rows: list[Row] = [(name, value, (*base, name)) for name, value in by_name.items()]
        naming = Naming(_without_controls(rows))
    elif isinstance(saved, dict):
        naming = Naming([(name, value, name) for name, value in saved.items()])
    else:
        naming = (
            by_prompt(subject, witnesses) or _by_others(subject, witnesses) or _by_inputs(subject, witnesses)
        )
    known = {row[0] for row in naming.rows}
    shown = witnesses.shown(scope.file.id, node.file) if subject.is_inner else ()
    for name in (*subject.marked, *shown):
        if name not in known:
            known.add(name)
            naming.rows.append((name, ABSENT, None))
    if shown:
        slots = {slot.widget for slot in node.inputs}
        node.own_inputs().extend(LiveInput(name, "*", name) for name in shown if name not in slots)
    return naming


def witnesses_of(editor: Editor) -> Witnesses:
    """What the documents at hand say about unknown types; collected when it is first needed."""
    if editor.witnesses is None:
        graphs: dict[str | None, Any] = {ident: scope.file for ident, scope in editor.scopes.items()}
        read_prompt = editor.beside or (lambda: editor.root.file.extra.get("prompt"))
        editor.witnesses = Witnesses(read_prompt, {**graphs, None: editor.root.file})
    return editor.witnesses


def by_prompt(subject: Subject, witnesses: Witnesses, *, only_own: bool = False) -> Naming | None:
    """Name values as the prompt beside the workflow does; None if it does not know the type, or if there are
    too many names and values to compare them.

    A node may be in the prompt several times, if it is in several subgraph nodes: the entry that fits best
    counts. If it is not there, other nodes of the type name its widgets, unless ``only_own``.
    """
    if not witnesses.knows(subject.file.type):
        return None
    own = witnesses.own(subject.file, is_inner=subject.is_inner)
    best: tuple[tuple[int, int], list[WidgetName], Alignment] | None = None
    for mine in own or ([] if only_own else [{}]):
        names = _names(subject, mine, witnesses)
        if not witnesses.takes(len(names), len(subject.values)):
            return None
        found = align_names(names, subject.values, subject.controls)
        key = (found.repeated, -len(found.differing))
        if best is None or key > best[0]:
            best = key, names, found
    if best is None:
        return None
    _, names, found = best
    naming = _naming(names, found, subject, NamedBy.PROMPT)
    if not found.differing and not found.doubtful:
        lacking = [at for at, name in enumerate(names) if name.is_own and at not in found.indexes]
        for position in lacking if lacking and witnesses.is_same_state() else ():
            name = names[position]
            naming.rows[position] = (name.name, name.example, None)
            naming.absent.append(name.name)
    return naming


def _names(subject: Subject, mine: Inputs, witnesses: Witnesses) -> list[WidgetName]:
    """The names of a node's widgets in the order of the prompt, each with the value that it has there."""
    order = widget_names(mine, subject.marked)
    examples = witnesses.examples(subject.file.type)
    witnesses.insert(order, list(examples))
    known = without_absent({name: example_of(mine, name) for name in order})
    return [
        WidgetName(
            name,
            known.get(name, examples.get(name, ABSENT)),
            name in known and name not in subject.linked,
            _kind(subject.marked.get(name)),
        )
        for name in order
    ]


def _by_others(subject: Subject, witnesses: Witnesses) -> Naming | None:
    """Name values as other nodes of the type in the file do; None if they say no more than the node's own
    inputs, or if there are too many names and values to compare them."""
    kind = subject.file.type
    names = [WidgetName(name, value) for name, value in witnesses.saved_by_name(kind).items()]
    marked = witnesses.marked(kind)
    if not names and len(marked) > len(subject.marked):
        names = [WidgetName(name, kind=_kind(of_input)) for name, of_input in marked.items()]
    if not names or not subject.values or not witnesses.takes(len(names), len(subject.values)):
        return None
    found = align_names(names, subject.values, subject.controls)
    naming = _naming(names, found, subject, NamedBy.OTHERS)
    naming.rows = _without_controls(naming.rows)
    return naming


def _by_inputs(subject: Subject, witnesses: Witnesses) -> Naming:
    """Name values after the inputs of the node that have a widget."""
    values = subject.values
    names = [WidgetName(name, kind=_kind(kind)) for name, kind in subject.marked.items()]
    columns = [index for index in range(len(values)) if index not in subject.controls]
    if len(columns) <= len(names):  # every value has a name: they go by position, as in the editor
        rows: list[Row] = [(name.name, values[at], at) for name, at in zip(names, columns, strict=False)]
        return Naming(rows, by=NamedBy.INPUTS if rows else NamedBy.FILE)
    if not witnesses.takes(len(names), len(values)):
        return Naming(unnamed=list(enumerate(values)))
    found = align_names(names, values, subject.controls)
    return _naming(names, found, subject, NamedBy.INPUTS if found.indexes else NamedBy.FILE)


def _naming(names: Sequence[WidgetName], found: Alignment, subject: Subject, by: NamedBy) -> Naming:
    """What an alignment says: every name is a widget, whether its value is known or not."""
    used = set(found.indexes.values())
    naming = Naming(by=by)
    naming.unnamed = [
        (at, value)
        for at, value in enumerate(subject.values)
        if at not in used and at not in subject.controls
    ]
    naming.doubtful = [names[position].name for position in found.doubtful]
    naming.differing = {names[position].name: names[position].example for position in found.differing}
    for position, name in enumerate(names):
        at = found.indexes.get(position)
        naming.rows.append((name.name, ABSENT, None) if at is None else (name.name, subject.values[at], at))
    return naming


def _kind(of_input: Any) -> str:
    return BY_TYPE.get(of_input, "") if isinstance(of_input, str) else ""


def controls_in(values: Sequence[Any]) -> set[int]:
    """The indexes of values that the ``control_after_generate`` of a number seems to have."""
    return {
        index
        for index, value in enumerate(values)
        if isinstance(value, str)
        and value in CONTROL_MODES
        and index
        and kind_of(values[index - 1]) == "number"
    }


def _without_controls(rows: Sequence[Row]) -> list[Row]:
    return [
        row for row in rows if not (row[0].endswith("control_after_generate") and row[1] in CONTROL_MODES)
    ]
