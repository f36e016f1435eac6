"""Files made to hurt: each is answered within seconds, in bounded memory, with findings, without a traceback.

The bounds are generous (a slow machine under load must pass); what they exclude is cost that grows with the
square of the file, or with what the file only claims to be.
"""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest

from converter.api import convert


def nested(depth: int, value: Any = 0) -> Any:
    """Lists inside each other; made without recursion, as they are to be read without it."""
    for _ in range(depth):
        value = [value]
    return value


def node(ident: Any, kind: Any, **members: Any) -> dict[str, Any]:
    return {"id": ident, "type": kind, **members}


def workflow(nodes: list[Any], links: list[Any] | None = None, **members: Any) -> dict[str, Any]:
    return {"version": 0.4, "nodes": nodes, "links": links or [], **members}


# --- nesting -------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [600, 5_000, 100_000])
@pytest.mark.parametrize(
    "kind", ["KSampler", "CLIPTextEncode", "PrimitiveFloat", "CustomCombo", "NoSuchType", "Note", "Reroute"]
)
def test_deep_values(kind: str, depth: int) -> None:
    deep = nested(depth)
    conversion = convert(workflow([node(1, kind, widgets_values=[deep, deep]), node(2, "VAEDecode")]))
    assert "VAEDecode" in conversion.text or conversion.diagnostics.has_errors


@pytest.mark.parametrize(
    "member", ["id", "type", "title", "mode", "properties", "inputs", "outputs", "flags"]
)
def test_deep_members_of_a_node(member: str) -> None:
    conversion = convert(workflow([node(1, "KSampler", **{member: nested(100_000)}), node(2, "VAEDecode")]))
    assert "VAEDecode" in conversion.text or conversion.diagnostics.has_errors


def test_deep_links() -> None:
    deep = nested(100_000)
    inputs = [{"name": "samples", "type": deep, "link": deep}, {"name": "vae", "type": deep, "link": 1}]
    links = [[deep, 1, 0, 2, 0, "x"], [1, deep, 0, 2, 1, "x"], [1, 1, deep, 2, deep, deep]]
    conversion = convert(workflow([node(2, "VAEDecode", inputs=inputs)], links))
    assert len(conversion.prompt) == 1
    assert all(len(found.message) < 300 for found in conversion.diagnostics)


def test_a_deep_prompt() -> None:
    inputs = {"a": nested(100_000), "b": [nested(5_000), 0]}
    conversion = convert({"1": {"class_type": "KSampler", "inputs": inputs}})
    assert conversion.diagnostics.has_errors or conversion.text


def test_text_of_deep_values_is_exact() -> None:
    deep = {"a": nested(3_000, {"b": [True, None, 1.5, "x"]})}
    text = convert({"1": {"class_type": "KSampler", "inputs": deep}}).text
    lines = text.split("\n")
    assert len(lines) == 2 * 3_000 + 15
    assert lines[3_004].strip() == '"b": ['
    assert json.loads(convert({"1": {"class_type": "K", "inputs": {"a": nested(200)}}}).text)


# --- growth --------------------------------------------------------------------------------------


def test_a_long_text_in_many_nodes_is_not_written_out() -> None:
    """Ten thousand instances of one long text: small in memory, 10 GB as text."""
    inner = {
        "id": "big",
        "name": "big",
        "nodes": [node(5, "CLIPTextEncode", widgets_values=["x" * 1_000_000])],
    }
    document = workflow([node(k + 10, "big") for k in range(10_000)], definitions={"subgraphs": [inner]})
    tracemalloc.start()
    try:
        conversion = convert(document)
        text = conversion.text
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert text == "{}"
    assert [found.rule.code for found in conversion.diagnostics] == ["G111"]
    assert peak < 200 << 20
