"""Messages for schema violations: what is wrong, what is expected, and at which node."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from comfyc import codes
from comfyc.catalog.entry import SAVE_HINT
from comfyc.diagnostics import Pointer, Rule
from comfyc.javascript.values import text
from comfyc.safety.escaping import shortened

if TYPE_CHECKING:
    from comfyc.schema.errors import Violation

_KINDS = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}
_TABLES = frozenset(
    {
        "nodes",
        "links",
        "inputs",
        "outputs",
        "groups",
        "subgraphs",
        "reroutes",
        "floatingLinks",
        "linkExtensions",
    }
)
"""Members whose list items are called rows; items of other lists are called members."""
_MAX_QUOTED = 60
"""Characters of a name or value from the file that a message quotes."""


def describe(violation: Violation, document: Any, kind: str) -> tuple[Pointer, str]:
    """The pointer to a violation, and the message that says what is wrong and what is expected."""
    if violation.keyword == "maxContains":
        return _unread_rows(violation, document, kind)
    where = _where(document, violation.pointer, kind)
    return violation.pointer, _PHRASES[violation.keyword](where, violation)


def hint_for(rule: Rule, kind: str) -> str | None:
    """The hint for a finding under this rule in a document of this kind."""
    if kind == "object_info":
        return SAVE_HINT
    if rule in (codes.SCHEMA_VIOLATION, codes.MISSING_MEMBER) and kind == "prompt":
        return "export the prompt again: File > Export (API)"
    return _HINTS.get(rule.code)


def node_of(document: Any, pointer: Pointer, kind: str) -> tuple[str | None, str | None]:
    """The id and the title of the node that a pointer leads into; None for what it does not have."""
    _, end = _ends(pointer, kind)
    if not end:
        return None, None
    node = _at(document, pointer[:end])
    if kind == "prompt":
        ident, title = pointer[0], _member(_member(node, "_meta"), "title")
    else:
        ident, title = _member(node, "id"), _member(node, "title")
    if isinstance(ident, bool) or not isinstance(ident, (str, int, float)):
        return None, None
    return str(ident) if isinstance(ident, int) else text(ident), title if isinstance(title, str) else None


def _type(where: str, violation: Violation) -> str:
    return f"{where} is {_type_words(violation.value)}, expected {violation.schema['title']}"


def _required(where: str, violation: Violation) -> str:
    missing = [f"'{name}'" for name in violation.schema["required"] if name not in violation.value]
    return f"{where} has no {' and no '.join(missing)}"


def _length(where: str, violation: Violation) -> str:
    low, high = violation.schema.get("minItems", 0), violation.schema.get("maxItems")
    count = len(violation.value)
    wanted = f"at least {low}" if high is None else f"{low} or {high}"
    members = "member" if count == 1 else "members"
    return f"{where} has {count or 'no'} {members}, expected {wanted}"


def _value(where: str, violation: Violation) -> str:
    value = violation.value
    plain = value is None or isinstance(value, (str, int, float))
    said = shortened(json.dumps(value, ensure_ascii=False), _MAX_QUOTED) if plain else _type_words(value)
    return f"{where} is {said}, expected {violation.schema['title']}"


def _empty(where: str, violation: Violation) -> str:
    return f"{where} is empty, expected {violation.schema['title']}"


_PHRASES: Mapping[str, Callable[[str, Violation], str]] = {
    "type": _type,
    "required": _required,
    "minItems": _length,
    "maxItems": _length,
    "enum": _value,
    "const": _value,
    "minLength": _empty,
}

_HINTS = {
    "W031": "repair the file, or open it in the editor and save it again",
    "W032": "repair the file, or open it in the editor and save it again",
    "W034": "set it to 0 to run the node, to 2 to mute it or to 4 to bypass it",
    "W035": 'set "version" to 0.4 if the links are lists, to 1 if they are objects',
    "W036": "remove these rows",
    "W037": "repair the row, or remove it and link the nodes again in the editor",
    "W039": "remove the node, or export the prompt again where its class is installed",
}


def _unread_rows(violation: Violation, document: Any, kind: str) -> tuple[Pointer, str]:
    """One message for all rows of a link table that the editor does not read, and the pointer to the
    first."""
    pointer = violation.pointer
    as_arrays = kind == "workflow-0.4" and pointer == ("links",)
    other, one, many = (dict, "an object", "objects") if as_arrays else (list, "a list", "lists")
    nulls = [index for index, row in enumerate(violation.value) if row is None]
    others = [index for index, row in enumerate(violation.value) if isinstance(row, other)]
    counts = [_count(nulls, "null", "null"), _count(others, one, many)]
    found = " and ".join(filter(None, counts))
    message = f"{_where(document, pointer, kind)} has rows that the editor does not read: {found}"
    return (*pointer, min(nulls + others)), message


def _count(rows: list[int], one: str, many: str) -> str:
    if not rows:
        return ""
    return f"1 that is {one}" if len(rows) == 1 else f"{len(rows)} that are {many}"


def _where(document: Any, pointer: Pointer, kind: str) -> str:
    """A pointer in words, innermost first, relative to its node: "'name' of 'inputs' row 0"."""
    graph, node = _ends(pointer, kind)
    phrases: list[str] = []
    if not node and graph:
        name = _member(_at(document, pointer[:graph]), "name")
        phrases.append(
            f"the subgraph '{shortened(name, _MAX_QUOTED)}'" if isinstance(name, str) else "the subgraph"
        )
    for depth in range(node or graph, len(pointer)):
        step = pointer[depth]
        if isinstance(step, str):
            phrases.append(f"'{shortened(step, _MAX_QUOTED)}'")
        elif phrases and pointer[depth - 1] in _TABLES:
            phrases[-1] += f" row {step}"
        else:
            phrases.append(f"member {step}")
    whole = {"prompt": "the prompt", "object_info": "the catalogue"}.get(kind, "the workflow")
    return " of ".join(reversed(phrases)) or ("the node" if node else whole)


def _ends(pointer: Pointer, kind: str) -> tuple[int, int]:
    """The lengths of the parts of a pointer that lead to its graph and to its node (0: not in a node)."""
    if kind == "prompt":
        return 0, min(1, len(pointer))
    graph = 0
    if kind == "object_info":
        return graph, 0
    while pointer[graph : graph + 2] == ("definitions", "subgraphs") and len(pointer) > graph + 2:
        graph += 3
    in_node = pointer[graph : graph + 1] == ("nodes",) and len(pointer) > graph + 1
    return graph, graph + 2 if in_node else 0


def _at(document: Any, pointer: Pointer) -> Any:
    for step in pointer:
        document = document[step]
    return document


def _type_words(value: Any) -> str:
    return next((words for cls, words in _KINDS.items() if isinstance(value, cls)), "a foreign value")


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
