"""The server's format: what ``Export (API)`` downloads, as a value and as the very text.

Sources: ``utils/executionUtil.ts`` graphToPrompt and ``JSON.stringify`` of frontend 1.58.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, TypedDict

from comfyc import codes
from comfyc.collector import Collector
from comfyc.documents import is_prompt
from comfyc.graph import ABSENT, Graph, Input, Link, Node, Widget, WidgetList, inputs_of
from comfyc.javascript.values import is_index, key_order
from comfyc.options import Meta


class _PromptNodeBase(TypedDict):
    inputs: dict[str, Any]


class PromptNode(_PromptNodeBase, total=False):
    """One node of a prompt; ``class_type`` is missing only for unknown types as the browser writes them."""

    class_type: str
    _meta: dict[str, Any]


Prompt = dict[str, PromptNode]
"""A prompt: nodes by execution id. It is the JSON that ``POST /prompt`` takes."""

_REPO_NAME = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,98}[a-zA-Z0-9])?\Z")
_GITHUB_USER = re.compile(r"(?!-)(?!.*--)[a-zA-Z0-9-]{1,39}(?<!-)\Z")
_GIT_HASH = re.compile(r"[0-9a-fA-F]{4,40}\Z")
_NUMERIC = r"(?:0|[1-9][0-9]*)"
_SEMVER = re.compile(
    rf"{_NUMERIC}\.{_NUMERIC}\.{_NUMERIC}(?:-[0-9a-z-]+(?:\.[0-9a-z-]+)*)?(?:\+[0-9a-z-]+(?:\.[0-9a-z-]+)*)?\Z"
)


def emit(graph: Graph, limit: int, *, meta: Meta = Meta.FULL) -> Prompt | None:
    """Write the nodes of a graph in which every link points at one of them.

    Returns None if the text of the prompt would take more than ``limit`` bytes of memory, which is decided
    without making it: a value stands in memory once, however many nodes it goes into; in the text it is
    repeated.
    """
    prompt: Prompt = {}
    size = 0
    measured: dict[int, int] = {}
    for ident, node in graph.nodes.items():
        inputs = _inputs(node)
        size += _AROUND + len(ident) + _BESIDE * len(inputs) + sum(map(len, inputs))
        for value in inputs.values():
            kind = value.__class__
            if kind is str:
                size += len(value)
            elif kind is list:
                size += len(value[0])  # a link; other lists are wrapped
            elif kind is dict:
                size += _size_of(value, measured, limit)
        size += len(node.title) if node.title.__class__ is str else measure(node.title, limit)
        if size > limit:
            return None
        if node.type is not None and meta is Meta.FULL:
            prompt[ident] = {"inputs": inputs, "class_type": node.type, "_meta": _meta(node)}
        else:
            prompt[ident] = _record(node, inputs, meta)
    return None if is_wider(prompt, size, limit) else prompt


def _record(node: Node, inputs: dict[str, Any], meta: Meta) -> PromptNode:
    record: PromptNode = {"inputs": inputs}
    if node.type is not None:
        record["class_type"] = node.type
    if meta is not Meta.NONE:
        record["_meta"] = _meta(node) if meta is Meta.FULL else {"title": node.title}
    return record


def _size_of(value: dict[str, Any], measured: dict[int, int], limit: int) -> int:
    """The size of an object, or of the list that is wrapped in one, measured once for all nodes."""
    shared = value.get("__value__", value)
    if id(shared) not in measured:
        measured[id(shared)] = measure(shared, limit)
    return measured[id(shared)]


def _inputs(node: Node) -> dict[str, Any]:
    """Widgets first, then links and promoted values in slot order, over a widget's value if there is one."""
    plain = node.widgets.plain_values()
    inputs = _widget_values(node.widgets) if plain is None else plain
    is_odd = plain is None  # a member may vanish, or have a number for a name, which JavaScript lists first
    declared = node.inputs.declared
    for index, bound in node.inputs.bindings.items():
        name = declared[index].name
        if isinstance(bound, Link):
            inputs[name] = [bound.origin, bound.origin_slot]
        else:
            value = bound.value
            inputs[name] = {"__value__": value} if value.__class__ is list else value
            is_odd = is_odd or value is ABSENT
    if is_odd:
        for name, value in inputs.items():
            if value is ABSENT or (name < ":" and is_index(name)):  # ":" comes after the digits
                return {key: inputs[key] for key in key_order(inputs) if inputs[key] is not ABSENT}
    return inputs


def _widget_values(widgets: Iterable[Widget]) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for widget in widgets:
        if widget.sent and widget.name:
            value = widget.value
            if value.__class__ is list:
                value = {"__value__": value}
            if widget.kind == "curve" and value is not None and value is not ABSENT:
                value = {"__type__": "CURVE", "__value__": widget.value}
            inputs[widget.name] = value
    return inputs


def _meta(node: Node) -> dict[str, Any]:
    member = node.properties.get
    try:
        meta = _provenance(member("cnr_id"), member("aux_id"), member("ver")).copy()
    except TypeError:  # a list or an object
        recorded = (member("cnr_id"), member("aux_id"), member("ver"))
        meta = _provenance(*(value if isinstance(value, str) else None for value in recorded)).copy()
    meta["title"] = node.title
    return meta


@lru_cache(1000)
def _provenance(pack: Any, repository: Any, version: Any) -> dict[str, Any]:
    """A node's ``_meta`` but for its title: where it comes from, as its properties tell it if well formed."""
    meta: dict[str, Any] = {"title": None}
    if isinstance(pack, str) and _REPO_NAME.match(pack):
        meta["cnr_id"] = pack
    if isinstance(repository, str) and _is_aux_id(repository):
        meta["aux_id"] = repository
    if isinstance(version, str):
        bare = version.removeprefix("v")  # as versions are written without it
        if _SEMVER.match(bare) or _GIT_HASH.match(bare) or version == "unknown":
            meta["ver"] = bare
    return meta


def _is_aux_id(value: str) -> bool:
    user, slash, repository = value.partition("/")
    return bool(slash and _GITHUB_USER.match(user) and _REPO_NAME.match(repository))


# --- a prompt as input ---------------------------------------------------------------------------


def read_prompt(document: Any, diagnostics: Collector, *, meta: Meta = Meta.FULL) -> Prompt:
    """A document that is a prompt already, as the server would read it.

    A member that is not a node is reported and left out; anything else is reported as neither workflow nor
    prompt.
    """
    if not is_prompt(document):
        diagnostics.report(
            codes.NOT_A_WORKFLOW,
            "the JSON is neither a workflow nor a prompt",
            hint="pass a file that the editor saved (File > Save) or exported (File > Export (API))",
        )
        return {}
    prompt: Prompt = {}
    for ident in key_order(document):
        node = document[ident]
        if not isinstance(node, dict) or not isinstance(node.get("inputs", {}), dict):
            diagnostics.report(
                codes.MALFORMED,
                "a node of the prompt is not an object with inputs",
                pointer=(ident,),
                node=ident,
            )
            continue
        inputs = node.get("inputs", {})
        record: dict[str, Any] = {"inputs": {key: inputs[key] for key in key_order(inputs)}}
        record.update((key, value) for key, value in node.items() if key not in ("inputs", "_meta"))
        if meta is not Meta.NONE and "_meta" in node:
            kept = node["_meta"]
            if meta is Meta.TITLE and isinstance(kept, dict):
                kept = {key: value for key, value in kept.items() if key == "title"}
            record["_meta"] = kept
        prompt[ident] = record  # type: ignore[assignment]
    return prompt


def graph_of(prompt: Prompt) -> Graph:
    """The graph of a prompt: a link for every input that is a list of id and slot, a widget for others."""
    graph = Graph()
    for ident, node in prompt.items():
        meta = node.get("_meta")
        title = meta.get("title") if isinstance(meta, dict) else None
        slots: list[Input] = []
        widgets = WidgetList()
        for name, value in node["inputs"].items():
            pointer = (ident, "inputs", name)
            if isinstance(value, list) and len(value) == 2:
                slots.append(Input(name, "*", None, Link(str(value[0]), value[1], pointer)))
            else:
                widgets.append(Widget(name, "value", value, saved_at=pointer))
        kind = node.get("class_type")
        kind = kind if isinstance(kind, str) else None
        title = title if isinstance(title, str) else None
        graph.nodes[ident] = Node(ident, kind, title, 0, inputs_of(slots), [], widgets, {}, (ident,))
    return graph


# --- text ----------------------------------------------------------------------------------------


_AROUND, _BESIDE = 100, 12
"""Characters of a node's text and of an input's that are neither names nor values."""


def is_wider(prompt: Any, size: int, limit: int) -> bool:
    """Whether the text of a prompt, which has so many characters, takes more than ``limit`` bytes of memory:
    up to four for each, if any of its characters needs them."""
    return 4 * size > limit and size * _width(prompt) > limit


def _width(value: Any) -> int:
    """Bytes in memory of each character of a text with all the texts in this value."""
    widest, pending = 0, [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            widest = max(widest, 0 if one.isascii() else ord(max(one)))
        elif isinstance(one, dict):
            pending += one
            pending += one.values()
        elif isinstance(one, list):
            pending += one
    return 1 if widest < 0x100 else 2 if widest < 0x10000 else 4


def measure(value: Any, limit: int) -> int:
    """About how many characters the lines of a value are, indented as they are."""
    size, depth = 0, 4
    pending: list[Iterator[Any]] = [iter((value,))]
    while pending and size <= limit:
        for item in pending[-1]:
            size += 2 * depth
            if isinstance(item, str):
                size += len(item)
            elif isinstance(item, (list, dict)):
                size += sum(map(len, item)) if isinstance(item, dict) else 0
                pending.append(iter(item.values() if isinstance(item, dict) else item))
                depth += 1
                break
        else:
            pending.pop()
            depth -= 1
    return size
