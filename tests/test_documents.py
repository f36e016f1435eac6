"""What a document is: every answer, and what does not suffice for it."""

from __future__ import annotations

from typing import Any

import pytest

from comfyc.documents import Kind, describes_nodes, has_typed_nodes, kind_inside, kind_of, request_of

NODE = {"class_type": "KSampler", "inputs": {}}
EDITOR_NODE = {"id": 1, "type": "KSampler", "widgets_values": []}
ENTRY = {"input": {"required": {}}, "output": ["IMAGE"]}


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"nodes": [], "links": [], "version": 0.4}, Kind.WORKFLOW_04),
        ({"nodes": [], "links": [{"id": 1}], "version": 0.4}, Kind.WORKFLOW_04),
        ({"nodes": [], "links": [], "version": 1}, Kind.WORKFLOW_1),
        ({"nodes": [], "links": [], "version": True}, Kind.WORKFLOW_04),
        ({"nodes": [], "links": [{"id": 1}]}, Kind.WORKFLOW_1),
        ({"nodes": 5, "1": NODE}, Kind.WORKFLOW_04),
        ({}, Kind.PROMPT),
        ({"1": NODE, "extra": 5}, Kind.PROMPT),
        ({"1": {"inputs": {}}}, Kind.PROMPT),
        ({"prompt": NODE}, Kind.PROMPT),
        ({"KSampler": ENTRY}, Kind.OBJECT_INFO),
        ({"prompt": {"1": NODE}, "client_id": "x"}, Kind.REQUEST),
        ({"prompt": {}}, Kind.REQUEST),
        ({"prompt": [1, "id", {"1": NODE}]}, Kind.NOTHING),
        ({"name": "package", "scripts": {"test": "x"}}, Kind.NOTHING),
        ([{"nodes": []}], Kind.NOTHING),
        ("nodes", Kind.NOTHING),
        (None, Kind.NOTHING),
    ],
)
def test_what_a_document_is_meant_to_be(document: Any, kind: Kind) -> None:
    assert kind_of(document) is kind
    assert kind.is_workflow is (isinstance(document, dict) and "nodes" in document)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"nodes": [EDITOR_NODE]}, Kind.WORKFLOW_04),
        ({"nodes": [EDITOR_NODE], "version": 1}, Kind.WORKFLOW_1),
        ({"nodes": [5, EDITOR_NODE]}, Kind.WORKFLOW_04),
        ({"1": NODE}, Kind.PROMPT),
        ({"nodes": [], "links": []}, Kind.NOTHING),
        ({"nodes": [{"type": "KSampler"}]}, Kind.NOTHING),
        ({"nodes": {"1": EDITOR_NODE}}, Kind.NOTHING),
        ({"1": {"inputs": {}}}, Kind.NOTHING),
        ({}, Kind.NOTHING),
        ([NODE], Kind.NOTHING),
    ],
)
def test_a_value_inside_a_document_has_to_show_what_it_is(value: Any, kind: Kind) -> None:
    assert kind_inside(value) is kind


def test_a_file_that_was_found_has_to_show_that_it_is_a_workflow() -> None:
    assert has_typed_nodes({"nodes": [{"type": "KSampler"}]})
    assert has_typed_nodes({"nodes": [], "links": []})
    assert not has_typed_nodes({"nodes": []})
    assert not has_typed_nodes({"nodes": [{"id": 1}], "links": []})
    assert not has_typed_nodes({"nodes": {"type": 1}, "links": []})


def test_a_type_may_be_called_nodes() -> None:
    assert describes_nodes({"nodes": ENTRY})
    assert not describes_nodes({"nodes": [ENTRY], "x": ENTRY})


def test_a_request_is_taken_apart() -> None:
    assert request_of({"prompt": {"1": NODE}, "client_id": "x"}) == ({"1": NODE}, {"client_id": "x"})
    assert request_of({"prompt": NODE}) is None
    assert request_of([]) is None
