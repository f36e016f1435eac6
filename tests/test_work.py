"""What a workflow costs grows with its size and not with the square of that: counted in lines and bytes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from converter.api import Options, convert
from tests.growth import growth
from tests.hostility import node, slot, workflow


def setters_of_one_name(size: int) -> dict[str, Any]:
    nodes = [node(2 * one, "SetNode", widgets_values=["v"], inputs=[slot("a")]) for one in range(size)]
    nodes += [node(2 * one + 1, "GetNode", widgets_values=["v"]) for one in range(size)]
    return workflow(nodes)


def getters_without_setter(size: int) -> dict[str, Any]:
    """Each is used, and has a name that is like that of every setter."""
    nodes = [node(one, "SetNode", widgets_values=[f"value {one}"], inputs=[slot("a")]) for one in range(size)]
    links = []
    for one in range(size):
        getter, reader, link = size + 2 * one, size + 2 * one + 1, one + 1
        outputs = [{"name": "a", "type": "IMAGE", "links": [link]}]
        nodes.append(node(getter, "GetNode", widgets_values=[f"valve {one}"], outputs=outputs))
        nodes.append(node(reader, "PreviewImage", inputs=[slot("images", link, "IMAGE")]))
        links.append([link, getter, 0, reader, 0, "IMAGE"])
    return workflow(nodes, links)


def broadcasters(size: int) -> dict[str, Any]:
    """A pattern each, and a title each to find it in."""
    settings = {"version": "7.8", "title_regex": "(a|b)*c"}
    links = [[one, 0, 0, one, 0, "IMAGE"] for one in range(1, size)]
    nodes = [node(0, "EmptyImage", outputs=[{"name": "IMAGE", "type": "IMAGE", "links": []}])]
    for one in range(1, size):
        inputs = [slot("anything", one)]
        nodes.append(node(one, "Anything Everywhere", inputs=inputs, properties={"ue_properties": settings}))
    nodes += [node(size + one, "PreviewImage", title=f"{one}" + "ab" * 9) for one in range(4)]
    return workflow(nodes, links)


@pytest.mark.parametrize("made", [setters_of_one_name, getters_without_setter, broadcasters])
def test_work_grows_with_the_size(made: Callable[[int], dict[str, Any]]) -> None:
    def work(size: int) -> Callable[[], object]:
        document = made(size)
        return lambda: convert(document, options=Options(as_queue=True))

    assert growth(work, 60) < 2


@pytest.mark.parametrize("copies", [10**3, 10**9, 10**20, 10**400])
@pytest.mark.parametrize("mode", [["single", "create"], ["multi", "create"], ["multi", "reuse"]])
def test_a_number_of_copies_costs_no_memory(copies: int, mode: list[str]) -> None:
    inputs = [slot("source", None), slot("repeats", None, "INT", "repeats")]
    document = workflow([node(1, "Repeater|pysssss", inputs=inputs, widgets_values=[copies, *mode])])
    convert(document)
    tracemalloc.start()
    try:
        assert convert(document).prompt
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 << 20
