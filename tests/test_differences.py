"""The laws of ``diff``: what is the same has no differences, and a single change is named, alone."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import pytest

from comfyc import Catalog, Conversion, DifferenceKind, Differences, Options, diff
from comfyc.api import convert_parsed
from comfyc.differences import LinkEnd, differences_of, options_for
from comfyc.differences.values import is_same
from comfyc.differences.words import pieces_of
from tests.changes import graphs, moved, renumbered, shuffled
from tests.discovery import FIXTURES, cases

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


def templates() -> Iterator[tuple[str, Any]]:
    """Every so many official template that is a workflow, by name."""
    folder = files("comfyui_workflow_templates_json") / "templates"
    names = sorted(one.name for one in folder.iterdir() if one.name.endswith(".json"))
    for name in names[::EVERY]:
        document = json.loads((folder / name).read_text("utf-8"))
        if isinstance(document, dict) and "nodes" in document:
            yield name, document


TEMPLATES = dict(templates())


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


def test_the_cases_are_the_same_as_themselves() -> None:
    for case in cases()[::4]:
        source = case.workflow.encode("utf-8", "surrogatepass")
        found = diff(source, source, catalog())
        assert (found.changes, found.layout) == ([], []), case.name


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


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_value_is_named(name: str) -> None:
    """A value of each node in turn, of the main graph and of definitions."""
    document = TEMPLATES[name]
    for index, graph in enumerate(graphs(document)):
        for number, node in enumerate(graph["nodes"]):
            values = node.get("widgets_values")
            if number % 5 or not isinstance(values, list):
                continue
            at = next((i for i, value in enumerate(values) if isinstance(value, str) and value), None)
            if at is None:
                continue
            made = copy.deepcopy(document)
            graphs(made)[index]["nodes"][number]["widgets_values"][at] += " changed"
            for one in compared(document, made).changes:
                assert one.kind is K.VALUE or one.kind is K.LINK, one
                assert one.old is None or one.old != one.new


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
