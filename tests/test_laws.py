"""What holds of the conversion of any document whatever: tried on changed copies of all workflows here."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from comfyc.api import Conversion, convert_parsed
from comfyc.catalog import Catalog
from comfyc.codes import RULES
from comfyc.collector import Collector
from comfyc.editor.nodes import outcomes, shapes
from comfyc.editor.nodes.live import LiveNode
from comfyc.graph import ABSENT, Const, Input, Link, Widget
from comfyc.javascript.values import double, key_order
from comfyc.options import Button, DynamicPrompts, Meta, Options, UnknownTypes
from comfyc.sources import Source, load
from tests.discovery import FIXTURES, cases, catalog_file
from tests.every import every
from tests.examples import examples
from tests.mutations import JSON, changed, changes

MAX_BYTES = 60_000
"""Larger workflows take too long to change so often."""

ALLOWED = {
    "derandomize": True,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
lawful = examples(100, **ALLOWED)
often = examples(350, **ALLOWED)

OPTIONS = st.builds(
    Options,
    meta=st.sampled_from(Meta),
    js_numbers=st.booleans(),
    unknown=st.sampled_from(UnknownTypes),
    dynamic_prompts=st.sampled_from(DynamicPrompts),
    random_seed=st.integers(0, 9),
    now=st.just(datetime.datetime(2026, 1, 2, 3, 4, 5)),
    button=st.sampled_from(Button),
)


@dataclass(frozen=True)
class Workflow:
    """A workflow of fixtures/, as JSON text, and the made-up catalogue that it is about."""

    name: str
    text: str = field(repr=False)
    catalog: Path | None

    def document(self) -> Any:
        return json.loads(self.text)


@cache
def catalog_of(path: Path | None) -> Catalog:
    return Catalog.load(path)


def workflows() -> Iterator[Workflow]:
    """All but the large ones, and those that are no JSON."""
    found = [(case.name, case.workflow.encode("utf-8", "surrogatepass"), case.catalog) for case in cases()]
    for path in sorted(FIXTURES.glob("faults/*/*/workflow.json")):
        if path.parent.parent.name != "G111":
            note = path.parent / "catalog.txt"
            catalog = catalog_file(note.read_text("utf-8").strip()) if note.is_file() else None
            found.append((f"{path.parent.parent.name}/{path.parent.name}", path.read_bytes(), catalog))
    packs = sorted(FIXTURES.glob("packs/*/workflow.json"))
    found += [(f"packs/{path.parent.name}", path.read_bytes(), None) for path in packs]
    for name, data, catalog in found:
        document = load(Source(name, data), Collector()) if len(data) <= MAX_BYTES else None
        if document is not None:
            yield Workflow(name, json.dumps(document.value), catalog)


DOCUMENTS = list(workflows())


def convert_lawfully(document: Any, catalog: Catalog, options: Options) -> Conversion:
    """Convert, and check everything that holds of the result whatever the document is."""
    conversion = convert_parsed(document, catalog, options)
    check_findings(conversion)
    check_text(conversion)
    return conversion


def check_findings(conversion: Conversion) -> None:
    for found in conversion.diagnostics:
        assert RULES[found.rule.code] is found.rule
        assert all(type(step) in (str, int) for step in found.location.pointer), found
        assert found.location.node is None or isinstance(found.location.node, str), found
        assert found.location.title is None or isinstance(found.location.title, str), found
        assert not found.message[:1].isupper(), found.message
        assert not found.message.endswith(".") or found.message.endswith("..."), found.message
        assert found.hint is None or not found.hint.endswith("."), found.hint


def check_text(conversion: Conversion) -> None:
    text = conversion.text
    text.encode("utf-8")
    try:
        parsed = json.loads(text)
    except RecursionError:  # ours is written without recursion
        return
    assert_same(conversion.prompt, parsed, js_numbers=conversion.options.js_numbers)


def assert_same(value: Any, parsed: Any, *, js_numbers: bool) -> None:
    """The parsed text is the value, with numbers and the order of members as JavaScript has them."""
    pending = [(value, parsed)]
    while pending:  # without recursion, as values may nest as deeply as json.loads can read
        ours, theirs = pending.pop()
        if isinstance(ours, dict):
            assert list(theirs) == key_order(ours)
            pending += [(member, theirs[key]) for key, member in ours.items()]
        elif isinstance(ours, list):
            assert isinstance(theirs, list)
            pending += zip(ours, theirs, strict=True)
        else:
            assert_same_atom(ours, theirs, js_numbers=js_numbers)


def assert_same_atom(value: Any, parsed: Any, *, js_numbers: bool) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        assert parsed is None
    elif isinstance(value, float):  # beyond 2^53 its digits are those of an integer that it is not
        assert float(parsed) == value
    elif type(value) is int and js_numbers and abs(value) >= 2**53:
        rounded = double(value)
        assert parsed is None if math.isinf(rounded) else float(parsed) == rounded
    elif type(value) is int:
        assert type(parsed) is int
        assert parsed == value
    else:
        assert parsed == value
        assert type(parsed) is type(value)


def check_graph(conversion: Conversion) -> None:
    """Nothing that vanishes is left, and every link comes from a node of the prompt."""
    prompt = conversion.prompt
    assert list(prompt) == list(conversion.ir.nodes)
    for ident, node in conversion.ir.nodes.items():
        assert not node.vanishes, ident
        for slot in node.inputs:
            if isinstance(slot.binding, Link):
                assert slot.binding.origin in prompt
    for record in prompt.values():
        for value in record["inputs"].values():
            if isinstance(value, list):
                assert value[0] in prompt
    assert set(conversion.graph.nodes) == set(prompt)


@lawful
@given(JSON, OPTIONS)
def test_any_json_is_answered(document: Any, options: Options) -> None:
    convert_lawfully(document, Catalog.load(), options)


@lawful
@given(st.lists(JSON, max_size=6), st.lists(JSON, max_size=4), st.lists(JSON, max_size=3), OPTIONS)
def test_any_lists_of_nodes_links_and_definitions_are_answered(
    nodes: list[Any], links: list[Any], definitions: list[Any], options: Options
) -> None:
    document = {
        "version": 0.4,
        "nodes": nodes,
        "links": links,
        "definitions": {"subgraphs": definitions},
        "extra": {"groupNodes": {"a": {"nodes": nodes, "links": links}}},
    }
    check_graph(convert_lawfully(document, Catalog.load(), options))


@often
@given(st.sampled_from(DOCUMENTS), changes(), OPTIONS)
def test_a_damaged_workflow_is_answered(workflow: Workflow, todo: list[Any], options: Options) -> None:
    document = changed(workflow.document(), todo)
    conversion = convert_lawfully(document, catalog_of(workflow.catalog), options)
    if isinstance(document, dict) and "nodes" in document:
        check_graph(conversion)


@lawful
@given(st.sampled_from(DOCUMENTS), changes(), OPTIONS)
def test_a_conversion_depends_on_nothing_else_and_changes_nothing(
    workflow: Workflow, todo: list[Any], options: Options
) -> None:
    document = changed(workflow.document(), todo)
    before = repr_of(document)
    first = convert_parsed(document, catalog_of(workflow.catalog), options)
    assert repr_of(document) == before
    second = convert_parsed(document, catalog_of(workflow.catalog), options)
    assert first.text == second.text
    assert list(first.diagnostics) == list(second.diagnostics)


@lawful
@given(st.sampled_from(DOCUMENTS), changes(), OPTIONS)
def test_folding_changes_nothing(workflow: Workflow, todo: list[Any], options: Options) -> None:
    """A catalogue that has seen all sorts of nodes, and one that keeps nothing and folds nothing."""
    document = changed(workflow.document(), todo)
    folded, plain = (
        convert_parsed(document, catalog_of(workflow.catalog), options),
        convert_unfolded(document, workflow, options),
    )
    assert folded.text == plain.text
    assert list(folded.diagnostics) == list(plain.diagnostics)
    assert list(folded.graph.edges(data=True)) == list(plain.graph.edges(data=True))
    for ours, theirs in zip(folded.ir.nodes.values(), plain.ir.nodes.values(), strict=True):
        assert [slot_facts(slot) for slot in ours.inputs] == [slot_facts(slot) for slot in theirs.inputs]
        assert [widget_facts(item) for item in ours.widgets] == [
            widget_facts(item) for item in theirs.widgets
        ]


def convert_unfolded(document: Any, workflow: Workflow, options: Options) -> Conversion:
    catalog = catalog_of(workflow.catalog)
    kept, catalog.memo = catalog.memo, {}
    try:
        with patch.object(shapes, "sketch_of", no_sketch), patch.object(outcomes, "sketch_of", no_sketch):
            return convert_parsed(document, catalog, options)
    finally:
        catalog.memo = kept


def no_sketch(node: LiveNode, *, needs_all: bool) -> None:
    return None


def slot_facts(slot: Input) -> tuple[Any, ...]:
    bound = slot.binding
    held = repr_of(bound.value) if isinstance(bound, Const) and bound.value is not ABSENT else None
    source = (bound.origin, bound.origin_slot) if isinstance(bound, Link) else None
    return slot.name, slot.type, slot.widget, held, source, bound and bound.pointer


def widget_facts(widget: Widget) -> tuple[Any, ...]:
    value = ABSENT if widget.value is ABSENT else repr_of(widget.value)
    return widget.name, widget.kind, value, widget.sent, widget.stored, widget.saved_at, widget.finish


def repr_of(document: Any) -> str:
    """The whole document as text; "" where Python cannot write it for depth."""
    try:
        return json.dumps(document)
    except RecursionError:
        return ""


@every(DOCUMENTS, name=lambda one: one.name, group=lambda one: one.name.split("/")[0])
def test_a_workflow_is_converted_lawfully(workflow: Workflow) -> None:
    options = Options(random_seed=1, now=datetime.datetime(2026, 1, 2, 3, 4, 5))
    document = workflow.document()
    conversion = convert_lawfully(document, catalog_of(workflow.catalog), options)
    if isinstance(document, dict) and "nodes" in document:
        check_graph(conversion)
    for found in conversion.diagnostics:
        assert_leads_somewhere(document, found.location.pointer)


def assert_leads_somewhere(document: Any, pointer: tuple[str | int, ...]) -> None:
    """A finding points at a place in the document; only the last member may be the one that is missing."""
    place = document
    for step in pointer[:-1]:
        assert place is not None, pointer
        place = place[step]
    if pointer and isinstance(pointer[-1], int):
        assert pointer[-1] < len(place), pointer
