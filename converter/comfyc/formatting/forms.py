"""How each part of a document is written: the order of its members, and what is on one line.

The orders are those in which the editor (frontend 1.58.1) saves a file, but that the title of a node comes
after its type. Members that are not named here follow in the order that they had. A prompt keeps
the order of all its members, because its export keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from comfyc.documents import Kind, kind_inside, kind_of
from comfyc.javascript.values import key_order


class Spread(Enum):
    """Over how many lines a list or an object goes."""

    LINE = "one line, however long"
    LINES = "a line for each member"
    FIT = "one line if it is a list of numbers, or short and without lists and objects"


@dataclass(frozen=True, slots=True)
class Form:
    """How a list or an object is written.

    ``members`` are the forms of known members of an object, in the order in which they are written; ``each``
    is the form of the other members, and of the items of a list. ``left_out`` names members that are not
    written. ``is_editors`` says that only the editor reads the numbers, which are therefore written as it
    writes them: 1.0 is 1. ``is_around`` says that a workflow or a prompt may be somewhere inside.
    """

    members: Mapping[str, Form] = field(default_factory=dict)
    each: Form | None = None
    spread: Spread = Spread.FIT
    left_out: frozenset[str] = frozenset()
    is_editors: bool = True
    is_around: bool = False

    def of(self, key: str | None, value: Any) -> Form:
        """The form of a member, or of an item (``key`` is None), that is a list or an object."""
        found = self.each if key is None else self.members.get(key, self.each)
        if found is not None:
            return found
        if self.is_around:
            return _form_inside(value)
        return _VALUE if self.is_editors else _EXACT

    def written(self, value: dict[str, Any]) -> list[tuple[str, Any]]:
        """The members of an object in the order in which they are written."""
        known = [(key, value[key]) for key in self.members if key in value]
        others = [key for key in value if key not in self.members and key not in self.left_out]
        if any(key[:1].isdigit() for key in others):
            others = key_order(others)
        return known + [(key, value[key]) for key in others]


_VALUE = Form()
_LINE = Form(spread=Spread.LINE)
_LINES = Form(spread=Spread.LINES)


def _object(names: str, spread: Spread = Spread.LINES, left_out: str = "", **forms: Form) -> Form:
    """The form of an object whose members are written in the order of these names."""
    members = {name: forms.get(name, _VALUE) for name in names.split()}
    return Form(members, spread=spread, left_out=frozenset(left_out.split()))


def _each(form: Form) -> Form:
    return Form(each=form, spread=Spread.LINES)


_SLOTS = _each(
    _object("id name label localized_name type shape widget link links linkIds slot_index pos", Spread.LINE)
)
_LINKS = _each(_object("id origin_id origin_slot target_id target_slot type parentId", Spread.LINE))
_REROUTES = _each(_object("id parentId pos linkIds floating", Spread.LINE))
_NODE = _object(
    "id type title pos size flags order mode showAdvanced inputs outputs properties widgets_values "
    "widgets_values_named color bgcolor boxcolor shape",
    inputs=_SLOTS,
    outputs=_SLOTS,
    properties=_LINES,
    widgets_values=_LINES,
    widgets_values_named=_LINES,
)
_GROUPS = _each(_object("id title bounding color font_size flags"))
_GROUP_NODE = _object(
    "nodes links external config", nodes=_each(_NODE), links=_each(_LINE), external=_each(_LINE)
)
_EXTRA = _object(
    "groupNodes reroutes linkExtensions",
    left_out="ds",
    groupNodes=_each(_GROUP_NODE),
    reroutes=_REROUTES,
    linkExtensions=_LINKS,
)
"""``ds`` is the part of the canvas that was in view when the file was saved. Without it, the editor shows all
of the graph."""
_SUBGRAPH = _object(
    "id version state revision config name category description inputNode outputNode inputs outputs widgets "
    "nodes groups links floatingLinks reroutes extra",
    inputNode=_LINE,
    outputNode=_LINE,
    inputs=_SLOTS,
    outputs=_SLOTS,
    nodes=_each(_NODE),
    groups=_GROUPS,
    links=_LINKS,
    floatingLinks=_LINKS,
    reroutes=_REROUTES,
    extra=_EXTRA,
)
_WORKFLOW = _object(
    "id revision last_node_id last_link_id state nodes links floatingLinks reroutes groups definitions "
    "config extra version",
    nodes=_each(_NODE),
    links=_LINKS,
    floatingLinks=_LINKS,
    reroutes=_REROUTES,
    groups=_GROUPS,
    definitions=_object("subgraphs", subgraphs=_each(_SUBGRAPH)),
    extra=_EXTRA,
)

_EXACT = Form(is_editors=False)
"""A server reads a prompt with Python, to which 1.0 and 1 are two things."""
_EXACT_LINES = Form(spread=Spread.LINES, is_editors=False)
_PROMPT_NODE = Form(each=_EXACT_LINES, spread=Spread.LINES, is_editors=False)
_PROMPT = Form(each=_PROMPT_NODE, spread=Spread.LINES, is_editors=False)
_AROUND = Form(is_editors=False, is_around=True)


def form_of(document: Any) -> Form:
    """The form of a document, whatever it is."""
    kind = kind_of(document)
    return _WORKFLOW if kind.is_workflow else _PROMPT if kind is Kind.PROMPT else _AROUND


def _form_inside(value: Any) -> Form:
    """The form of what is inside another document."""
    kind = kind_inside(value)
    return _WORKFLOW if kind.is_workflow else _PROMPT if kind is Kind.PROMPT else _AROUND
