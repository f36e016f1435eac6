"""The server's format: what ``Export (API)`` downloads, as a value and as the very text.

Sources: ``utils/executionUtil.ts`` graphToPrompt and ``JSON.stringify`` of frontend 1.58.1.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, TypedDict

from converter import codes
from converter.diagnostics import Diagnostics
from converter.graph import ABSENT, Const, Graph, Input, Link, Node, Widget
from converter.jsvalues import MAX_SAFE_INTEGER, double, is_index, key_order, number_text


class _PromptNodeBase(TypedDict):
    inputs: dict[str, Any]


class PromptNode(_PromptNodeBase, total=False):
    """One node of a prompt; ``class_type`` is missing only for unknown types as the browser writes them."""

    class_type: str
    _meta: dict[str, Any]


Prompt = dict[str, PromptNode]
"""A prompt: nodes by execution id. It is the JSON that ``POST /prompt`` takes."""

META = ("full", "title", "none")
"""What of ``_meta`` is written: all as frontend 1.58.1, the title as older ones, or nothing."""

_REPO_NAME = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,98}[a-zA-Z0-9])?\Z")
_GITHUB_USER = re.compile(r"(?!-)(?!.*--)[a-zA-Z0-9-]{1,39}(?<!-)\Z")
_GIT_HASH = re.compile(r"[0-9a-fA-F]{4,40}\Z")
_NUMERIC = r"(?:0|[1-9][0-9]*)"
_SEMVER = re.compile(
    rf"{_NUMERIC}\.{_NUMERIC}\.{_NUMERIC}(?:-[0-9a-z-]+(?:\.[0-9a-z-]+)*)?(?:\+[0-9a-z-]+(?:\.[0-9a-z-]+)*)?\Z"
)


def emit(graph: Graph, *, meta: str = "full") -> Prompt:
    """Write the nodes of a graph in which every link points at one of them. Total: never fails."""
    return {node.id: _emit_node(node, meta) for node in graph.nodes.values()}


def _emit_node(node: Node, meta: str) -> PromptNode:
    record: PromptNode = {"inputs": _inputs(node)}
    if node.type is not None:
        record["class_type"] = node.type
    if meta != "none":
        record["_meta"] = _meta(node, full=meta == "full")
    return record


def _inputs(node: Node) -> dict[str, Any]:
    """Widgets first, then links and promoted values in slot order, over a widget's value if there is one."""
    inputs: dict[str, Any] = {}
    for widget in node.widgets:
        if widget.sent and widget.name:
            value = widget.value
            if value.__class__ is list:
                value = {"__value__": value}
            if widget.kind == "curve" and value is not None and value is not ABSENT:
                value = {"__type__": "CURVE", "__value__": widget.value}
            inputs[widget.name] = value
    for slot in node.inputs:
        bound = slot.binding
        if isinstance(bound, Link):
            inputs[slot.name] = [bound.node, bound.slot]
        elif isinstance(bound, Const):
            value = bound.value
            inputs[slot.name] = {"__value__": value} if value.__class__ is list else value
    for name, value in inputs.items():
        if value is ABSENT or (name[:1].isdigit() and is_index(name)):
            return {key: inputs[key] for key in key_order(inputs) if inputs[key] is not ABSENT}
    return inputs


def _meta(node: Node, *, full: bool) -> dict[str, Any]:
    meta: dict[str, Any] = {"title": node.title}
    if full:
        properties = node.properties
        if "cnr_id" in properties and _is_repo_name(properties["cnr_id"]):
            meta["cnr_id"] = properties["cnr_id"]
        if "aux_id" in properties and _is_aux_id(properties["aux_id"]):
            meta["aux_id"] = properties["aux_id"]
        version = properties.get("ver")
        if isinstance(version, str):
            bare = version.removeprefix("v")
            if _SEMVER.match(bare) or _GIT_HASH.match(bare) or version == "unknown":
                meta["ver"] = bare if version != "unknown" else version
    return meta


def _is_repo_name(value: Any) -> bool:
    return isinstance(value, str) and _REPO_NAME.match(value) is not None


def _is_aux_id(value: Any) -> bool:
    if not isinstance(value, str) or value.count("/") != 1:
        return False
    user, _, repository = value.partition("/")
    return _GITHUB_USER.match(user) is not None and _is_repo_name(repository)


# --- a prompt as input ---------------------------------------------------------------------------


def read_prompt(document: Any, diagnostics: Diagnostics, *, meta: str = "full") -> Prompt:
    """A document that is a prompt already (or the body of a ``POST /prompt``), as the server would read it.

    What is no node is reported and left out; anything else is reported as neither workflow nor prompt.
    """
    if (
        isinstance(document, dict)
        and isinstance(document.get("prompt"), dict)
        and "class_type" not in document
    ):
        document = document["prompt"]
    if not isinstance(document, dict) or not any(
        isinstance(node, dict) and "class_type" in node for node in document.values()
    ):
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
                codes.MALFORMED, "a node of the prompt is no object with inputs", pointer=(ident,), node=ident
            )
            continue
        inputs = node.get("inputs", {})
        record: dict[str, Any] = {"inputs": {key: inputs[key] for key in key_order(inputs)}}
        record.update((key, value) for key, value in node.items() if key not in ("inputs", "_meta"))
        if meta != "none" and "_meta" in node:
            kept = node["_meta"]
            if meta == "title" and isinstance(kept, dict):
                kept = {key: value for key, value in kept.items() if key == "title"}
            record["_meta"] = kept
        prompt[ident] = record  # type: ignore[assignment]
    return prompt


def graph_of(prompt: Prompt) -> Graph:
    """The graph of a prompt: a link for every input that is a list of id and slot, a widget for the others."""
    graph = Graph()
    for ident, node in prompt.items():
        meta = node.get("_meta")
        title = meta.get("title") if isinstance(meta, dict) else None
        slots: list[Input] = []
        widgets: list[Widget] = []
        for name, value in node["inputs"].items():
            place = (ident, "inputs", name)
            if isinstance(value, list) and len(value) == 2:
                slots.append(Input(name, "*", None, Link(str(value[0]), value[1], place)))
            else:
                widgets.append(Widget(name, "value", value, place=place))
        graph.nodes[ident] = Node(ident, node.get("class_type"), title, 0, slots, [], widgets, {}, (ident,))
    return graph


# --- text ----------------------------------------------------------------------------------------

_quote = json.encoder.encode_basestring
_SURROGATE = re.compile("[\ud800-\udfff]")


def to_text(value: Any, *, js_numbers: bool = False) -> str:
    """``JSON.stringify(value, null, 2)``: the text of the browser's download, without a final newline.

    Integers beyond 2^53 stay exact unless ``js_numbers``.
    """
    parts: list[str] = []
    _write(value, "\n", parts.append, js_numbers)
    text = "".join(parts)
    if _SURROGATE.search(text):
        text = _SURROGATE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
    return text


def _write(value: Any, indent: str, put: Any, js_numbers: bool) -> None:
    kind = value.__class__
    if kind is str:
        put(_quote(value))
    elif kind is int:
        put(_integer(value, js_numbers))
    elif kind is dict:
        _write_object(value, indent, put, js_numbers)
    elif kind is list:
        if not value:
            put("[]")
            return
        inner = indent + "  "
        opening = "["
        for item in value:
            put(opening)
            put(inner)
            _write(item, inner, put, js_numbers)
            opening = ","
        put(indent)
        put("]")
    elif value is True:
        put("true")
    elif value is False:
        put("false")
    elif kind is float and math.isfinite(value):
        put(number_text(value))
    else:
        put("null")


def _write_object(value: Mapping[str, Any], indent: str, put: Any, js_numbers: bool) -> None:
    if not value:
        put("{}")
        return
    keys: Any = value
    for key in value:
        if key[:1].isdigit() and is_index(key):
            keys = key_order(value)
            break
    inner = indent + "  "
    opening = "{"
    for key in keys:
        put(opening)
        put(inner)
        put(_quote(key))
        put(": ")
        _write(value[key], inner, put, js_numbers)
        opening = ","
    put(indent)
    put("}")


def _integer(value: int, js_numbers: bool) -> str:
    if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return str(value)
    if js_numbers:
        rounded = double(value)
        return number_text(rounded) if math.isfinite(rounded) else "null"
    return format(value, "d")
