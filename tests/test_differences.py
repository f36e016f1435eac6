"""The laws of ``diff``: what is the same has no differences, and a single change is named, alone."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyc import Catalog, Conversion, DifferenceKind, Differences, Options, convert, diff
from comfyc.api import convert_parsed
from comfyc.catalog import bundled_core
from comfyc.cli.output.differences_text import differences_text
from comfyc.diagnostics import Pointer
from comfyc.differences import LinkEnd, differences_of, options_for
from comfyc.differences.values import is_same
from comfyc.differences.words import pieces_of
from comfyc.documents import value_at
from tests.changes import graphs, moved, renumbered, shuffled
from tests.discovery import FIXTURES, cases, read_packed

OPTIONS = options_for(Options())
FLOW = json.loads((FIXTURES / "text_to_image" / "workflow.json").read_text("utf-8"))
EVERY = 12
"""One template of so many is looked at; scripts/measure_differences.py looks at all."""
LAYOUT = {one for one in DifferenceKind if one.is_layout}


@cache
def catalog() -> Catalog:
    return Catalog.load()


def converted(document: Any) -> Conversion:
    return convert_parsed(document, catalog(), OPTIONS)


def compared(old: Any, new: Any, *, what_runs: bool = False) -> Differences:
    return differences_of(converted(old), converted(new), what_runs=what_runs)


def template_text(key: str) -> str:
    folder = files("comfyui_workflow_templates_json") / "templates"
    return (folder / f"{key}.json").read_text("utf-8")


def templates() -> Iterator[tuple[str, Any]]:
    """Every so many official template that is a workflow, by name."""
    folder = files("comfyui_workflow_templates_json") / "templates"
    names = sorted(one.name for one in folder.iterdir() if one.name.endswith(".json"))
    for name in names[::EVERY]:
        document = json.loads((folder / name).read_text("utf-8"))
        if isinstance(document, dict) and "nodes" in document:
            yield name, document


TEMPLATES = dict(templates())
NEWER = FIXTURES / "differences" / "newer.jsonl.gz"
SAVED = list(read_packed(FIXTURES / "differences" / "saved.jsonl.gz"))[1:]


# --- what is the same -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_changed_in_form_only_is_the_same(name: str) -> None:
    document = TEMPLATES[name]
    found = compared(document, shuffled(document))
    assert found.is_same, found.changes[:3]
    assert not found.layout
    found = compared(document, moved(document))
    assert found.is_same, found.changes[:3]
    assert found.layout
    if "proxyWidgets" not in json.dumps(document):
        found = compared(document, renumbered(document))
        assert found.is_same, found.changes[:3]


@pytest.mark.slow
def test_the_cases_are_the_same_as_themselves() -> None:
    for case in cases()[::4]:
        source = case.workflow.encode("utf-8", "surrogatepass")
        found = diff(source, source, catalog())
        assert (found.changes, found.layout) == ([], []), case.name


@pytest.mark.parametrize("row", SAVED, ids=lambda row: str(row["key"]))
def test_what_the_editor_saves_is_the_same(row: dict[str, Any]) -> None:
    """As it was opened, and after everything was moved, collapsed and colored. What the editor exports
    otherwise of the file that it saved is different to us as well."""
    case = {one.name: one for one in cases()}.get(row["key"])
    entries = Catalog.load(str(case.catalog)) if case is not None and case.catalog else bundled_core()
    text = case.workflow if case is not None else template_text(row["key"])
    old = convert(text.encode("utf-8", "surrogatepass"), entries, OPTIONS)
    for name in ("saved", "moved"):
        found = differences_of(old, convert_parsed(row[name], entries, OPTIONS))
        assert found.is_same == row["same"], (name, found.changes[:3])


@pytest.mark.parametrize("row", list(read_packed(NEWER)), ids=lambda row: str(row["key"]))
def test_versions_of_templates_differ_as_was_read_by_eye(row: dict[str, Any]) -> None:
    found = compared(json.loads(template_text(row["key"])), row["workflow"])
    shown = (NEWER.parent / "shown" / f"{row['key']}.txt").read_text("utf-8")
    assert differences_text(found, verbose=True) == shown


# --- one change -----------------------------------------------------------------------------------

Change = tuple[Any, set[tuple[DifferenceKind, str, str]]]
"""A changed document, and the differences that there are: kind, id of the node, and name."""
K = DifferenceKind


def node_in(document: Any, ident: Any) -> Any:
    return next(one for one in document["nodes"] if one["id"] == ident)


def with_value(document: Any) -> Change:
    node_in(document, 3)["widgets_values"][2] = 33
    return document, {(K.VALUE, "3", "steps")}


def with_mode(document: Any) -> Change:
    node_in(document, 9)["mode"] = 2
    return document, {(K.MODE, "9", "")}


def with_title(document: Any) -> Change:
    node_in(document, 3)["title"] = "First pass"
    return document, {(K.TITLE, "3", "")}


def without_a_link(document: Any) -> Change:
    link = next(one for one in document["links"] if one[3] == 3 and one[5] == "LATENT")
    document["links"].remove(link)
    for node in document["nodes"]:
        for slot in node["inputs"]:
            slot["link"] = None if slot.get("link") == link[0] else slot.get("link")
    return document, {(K.LINK, "3", "latent_image")}


def with_another_origin(document: Any) -> Change:
    """The sampler's negative prompt comes from the positive one."""
    links = [one for one in document["links"] if one[3] == 3 and one[5] == "CONDITIONING"]
    positive, negative = sorted(links, key=lambda one: one[4])
    negative[1:3] = positive[1:3]
    return document, {(K.LINK, "3", "negative")}


def without_a_node(document: Any) -> Change:
    document["nodes"].remove(node_in(document, 9))
    document["links"] = [one for one in document["links"] if one[3] != 9]
    return document, {(K.NODE_REMOVED, "9", "")}


def without_an_origin(document: Any) -> Change:
    """The links into the rest go with the node that they came from."""
    document["nodes"].remove(node_in(document, 5))
    document["links"] = [one for one in document["links"] if one[1] != 5]
    return document, {(K.NODE_REMOVED, "5", "")}


def with_a_node(document: Any) -> Change:
    node = {"id": 77, "type": "SaveImage", "pos": [0, 0], "size": [10, 10], "mode": 0, "order": 99}
    node |= {"inputs": [{"name": "images", "type": "IMAGE", "link": None}], "widgets_values": ["again"]}
    document["nodes"].append(node)
    return document, {(K.NODE_ADDED, "77", "")}


def with_another_class(document: Any) -> Change:
    node_in(document, 9)["type"] = "PreviewImage"
    node_in(document, 9)["widgets_values"] = []
    return document, {(K.TYPE, "9", ""), (K.VALUE, "9", "filename_prefix")}


def with_a_move(document: Any) -> Change:
    node_in(document, 3)["pos"] = [1, 2]
    return document, {(K.MOVED, "3", "")}


def with_a_size(document: Any) -> Change:
    node_in(document, 3)["size"] = [1000, 2000]
    return document, {(K.RESIZED, "3", "")}


def with_a_color(document: Any) -> Change:
    node_in(document, 3)["color"] = "#abc"
    return document, {(K.RECOLORED, "3", "")}


def collapsed(document: Any) -> Change:
    node_in(document, 3)["flags"] = {"collapsed": True}
    return document, {(K.COLLAPSED, "3", "")}


def with_a_group(document: Any) -> Change:
    document["groups"] = [{"title": "All", "bounding": [0, 0, 10, 10], "color": "#fff"}]
    return document, {(K.GROUP, "", "All")}


def with_a_property(document: Any) -> Change:
    node_in(document, 3)["properties"]["ver"] = "9.9.9"
    return document, {(K.PROPERTY, "3", "ver")}


def as_an_app(document: Any) -> Change:
    document["extra"]["linearData"] = {"inputs": [[3, "seed"]], "outputs": [9]}
    return document, {(K.APP, "", "linearData")}


CHANGES: list[Callable[[Any], Change]] = [
    with_value, with_mode, with_title, without_a_link, with_another_origin, without_a_node,
    without_an_origin, with_a_node, with_another_class, with_a_move, with_a_size, with_a_color, collapsed,
    with_a_group, with_a_property, as_an_app,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_named_and_nothing_else(change: Callable[[Any], Change]) -> None:
    document, expected = change(copy.deepcopy(FLOW))
    found = compared(FLOW, document)
    named = {(one.kind, one.node or "", one.name) for one in (*found.changes, *found.layout)}
    assert named == expected
    assert found.is_same == all(kind in LAYOUT for kind, _, _ in expected)
    back = compared(document, FLOW)
    assert len(back.changes) == len(found.changes)
    assert len(back.layout) == len(found.layout)
    assert compared(renumbered(FLOW), document).changes != ()


@given(st.data())
def test_values_that_change_are_named_and_nothing_else(data: st.DataObject) -> None:
    """Some values of any node of any graph, changed in the file."""
    document = TEMPLATES[data.draw(st.sampled_from(sorted(TEMPLATES)))]
    old = converted(document)
    found = list(texts_and_numbers(old))
    chosen = data.draw(st.lists(st.sampled_from(found), min_size=1, max_size=4, unique_by=str))
    changed = copy.deepcopy(document)
    for _, pointer, _ in chosen:
        holder = value_at(changed, pointer[:-1])
        value = holder[pointer[-1]]
        holder[pointer[-1]] = f"{value} changed" if isinstance(value, str) else value + 1
    differences = differences_of(old, converted(changed))
    named = {(one.kind, one.graph, one.new_node, one.name) for one in differences.changes}
    assert named == {(K.VALUE, graph, node, name) for graph, _, (node, name) in chosen}
    assert not differences.layout


def texts_and_numbers(conversion: Conversion) -> Iterator[tuple[str, Pointer, tuple[str, str]]]:
    """The graph, the pointer, and the node and name of values that no link overrides: those that can be any
    text or number, and on which no other input depends."""
    editor = conversion.editor
    assert editor is not None
    for scope in editor.scopes_in_order():
        graph = "" if scope is editor.root else scope.file.id
        for node in scope.nodes.values():
            linked = {node.inputs[index].widget for index in node.links}
            for widget in node.widgets if node.definition is None and not node.is_unknown else ():
                plain = widget.kind in ("customtext", "text", "number") and isinstance(widget.saved_at, int)
                if plain and widget.name not in linked and widget.value.__class__ in (str, int, float):
                    pointer: Pointer = (*node.file.pointer, "widgets_values", int(str(widget.saved_at)))
                    yield graph, pointer, (node.id, widget.name)


# --- what is shown --------------------------------------------------------------------------------


def test_a_link_is_named_by_the_titles_of_its_ends() -> None:
    document, _ = with_another_origin(copy.deepcopy(FLOW))
    (one,) = compared(FLOW, document).changes
    assert one.old == LinkEnd("7", "Negative Prompt", "CONDITIONING")
    assert one.new == LinkEnd("6", "Positive Prompt", "CONDITIONING")


def test_what_runs_is_compared_in_the_prompts() -> None:
    muted, _ = with_mode(copy.deepcopy(FLOW))
    assert not compared(FLOW, muted, what_runs=True).is_same
    titled, _ = with_a_property(copy.deepcopy(FLOW))
    assert compared(FLOW, titled, what_runs=True).is_same
    document, _ = with_value(copy.deepcopy(muted))
    assert compared(muted, document, what_runs=True).of_prompts


def test_a_workflow_and_its_prompt_are_the_same() -> None:
    found = compared(FLOW, converted(FLOW).prompt)
    assert found.is_same
    assert found.of_prompts
    changed = copy.deepcopy(converted(FLOW).prompt)
    changed["3"]["inputs"]["steps"] = 4
    changed["3"]["inputs"]["model"] = ["9", 0]
    del changed["3"]["_meta"]
    assert [(one.kind, one.name) for one in compared(FLOW, changed).changes] == [
        (K.VALUE, "steps"),
        (K.LINK, "model"),
    ]


def test_both_versions_of_the_format_are_compared() -> None:
    names = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
    newer = copy.deepcopy(FLOW)
    newer["version"] = 1
    newer["links"] = [dict(zip(names, row, strict=True)) for row in newer["links"]]
    newer["state"] = {"lastNodeId": 10, "lastLinkId": 9, "lastGroupId": 0, "lastRerouteId": 0}
    assert compared(FLOW, newer).is_same
    changed, expected = with_value(newer)
    found = compared(FLOW, changed)
    assert {(one.kind, one.node, one.name) for one in found.changes} == expected


def test_files_and_texts_are_read() -> None:
    path = FIXTURES / "text_to_image" / "workflow.json"
    document, _ = with_value(copy.deepcopy(FLOW))
    found = diff(path, json.dumps(document))
    assert [(one.old, one.new) for one in found.changes] == [(20, 33)]


def test_a_definition_with_another_id_and_renamed_inputs_is_the_same_one() -> None:
    name, document = next(
        (name, one) for name, one in TEMPLATES.items()
        if len(graphs(one)) == 2 and any(slot.get("linkIds") for slot in graphs(one)[1].get("inputs", []))
    )  # fmt: skip
    definition = graphs(document)[1]
    changed = json.loads(
        json.dumps(document).replace(definition["id"], "0f0f0f0f-0000-4000-8000-000000000000")
    )
    found = compared(document, changed)
    assert found.is_same, (name, found.changes[:3])
    slot = graphs(changed)[1]["inputs"][0]
    slot["label"] = "another label"
    (one,) = compared(document, changed).changes
    assert (one.kind, one.name) == (K.INPUT, slot["name"])
    assert "another label" in one.new


def test_an_output_that_an_input_goes_through_to_is_compared() -> None:
    """Nobody uses the subgraph, so that no prompt shows the change."""
    slots = {
        "inputs": [{"id": "a", "name": "image", "type": "IMAGE", "linkIds": [1]}],
        "outputs": [{"id": "b", "name": "IMAGE", "type": "IMAGE", "linkIds": [1]}],
    }
    ends = {"origin_id": -10, "origin_slot": 0, "target_id": -20, "target_slot": 0, "type": "IMAGE"}
    through = {"id": "0f0f0f0f-0000-4000-8000-000000000000", "name": "through", "nodes": [], **slots}
    old, new = copy.deepcopy(FLOW), copy.deepcopy(FLOW)
    old["definitions"] = {"subgraphs": [{**through, "links": [{"id": 1, **ends}]}]}
    new["definitions"] = {"subgraphs": [{**through, "links": []}]}
    (one,) = compared(old, new).changes
    assert (one.kind, one.name, one.old) == (K.LINK, "IMAGE", LinkEnd("", "", "image"))


def test_a_prompt_that_differs_is_shown_even_if_the_graphs_do_not() -> None:
    """A mode of 0 that is written as text is no mode to the editor's export."""
    old, new = converted(FLOW), converted(FLOW)
    new.prompt["3"]["inputs"]["steps"] = 99
    found = differences_of(old, new)
    assert found.of_prompts
    assert [(one.name, one.new) for one in found.changes] == [("steps", 99)]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [(1, 1.0, True), (1, True, False), ("1", 1, False), (None, False, False), ([[]], [{}], False),
     ([1, {"a": 2.0}], [1, {"a": 2}], True), ({"a": 1}, {"a": 1, "b": 1}, False), ([1], [1, 2], False)],
)  # fmt: skip
def test_values_are_the_same_as_in_javascript(old: Any, new: Any, same: bool) -> None:
    assert is_same(old, new) is same
    assert is_same(new, old) is same


def test_words_are_marked_in_long_texts() -> None:
    old = "a red fox in the snow, highly detailed, with a very long description of the light behind it"
    new = old.replace("red", "blue").replace("snow", "deep snow")
    pieces = pieces_of(old, new)
    assert pieces is not None
    assert [(one.sort, one.text) for one in pieces if one.sort != "same"] == [
        ("removed", "red"),
        ("added", "blue"),
        ("added", " deep"),
    ]
    assert pieces[-2].is_cut or pieces[-1].is_cut
    assert pieces_of("euler", "dpmpp_2m") is None
    assert pieces_of("x" * 40, "an entirely different text about something else") is None
    long = "word " * 5000
    assert pieces_of(long, long + "end") is not None
