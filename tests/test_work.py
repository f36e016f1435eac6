"""What a workflow costs grows with its size and not with the square of that: counted in lines and bytes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from comfyc.api import convert
from comfyc.options import Button, Options
from tests import hostility as made
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


GROWING: dict[str, tuple[Callable[[int], Any], int]] = {
    "setters of one name": (setters_of_one_name, 60),
    "getters without setter": (getters_without_setter, 60),
    "broadcasters": (broadcasters, 60),
    "a chain of nodes": (made.chain, 60),
    "a chain of reroutes": (lambda size: made.chain(size, "Reroute"), 60),
    "a chain of bypassed nodes": (lambda size: made.chain(size, mode=4), 60),
    "a chain of muted nodes": (lambda size: made.chain(size, mode=2), 60),
    "a node with many inputs": (lambda size: made.wide_node(size, "SaveImage"), 200),
    "inputs in another order": (lambda size: made.wide_node(size, "NoSuchType", shift=7), 200),
    "inputs of one name": (lambda size: made.wide_node(size, "NoSuchType", one_name=True), 200),
    "links that wait for each other": (made.held_up_links, 200),
    "links into one input": (made.competing_links, 200),
    "links that replace others": (made.outlived_links, 200),
    "nodes of one id": (made.one_id, 100),
    "nodes of one id in subgraphs": (made.one_id_inside, 100),
    "PrimitiveNodes": (made.primitives, 60),
    "one PrimitiveNode": (made.one_primitive, 60),
    "deep subgraphs": (made.deep_subgraphs, 30),
    "long lists of links": (made.many_hosts_of_long_lists, 30),
    "many links of an input": (made.many_links_of_one_input, 100),
    "one promoted widget": (made.one_proxy, 100),
    "lost promoted widgets": (made.lost_proxies, 100),
    "promoted widgets": (made.proxies_of_many, 60),
    "a promoted PrimitiveNode": (made.proxies_of_a_primitive, 100),
    "promoted widgets of a nested host": (made.proxies_into_nested, 100),
    "a name of prefixes": (made.long_prefix, 300),
    "open braces": (lambda size: made.prompt_text("a" + "{a|b}" * size), 300),
    "nested braces": (lambda size: made.prompt_text("{a|" * size + "}" * size), 200),
    "comments": (lambda size: made.prompt_text("/**/" * size), 300),
    "backslashes": (lambda size: made.prompt_text("\\{" * size), 300),
    "tokens": (lambda size: made.file_name("%a.b%" * size), 300),
    "tokens of dates": (lambda size: made.file_name("%date:yyyy%" * size), 300),
    "long types": (made.long_types, 60),
    "switches": (made.switches, 30),
    "claimed lengths": (made.claimed_lengths, 60),
    "a large group node": (lambda size: made.group_nodes({"a": ["KSampler"] * size}, "a"), 30),
}
"""Documents of any size, and a size to begin with; what does not depend on it is counted as well."""


@pytest.mark.parametrize("name", GROWING)
def test_work_grows_with_the_size(name: str) -> None:
    make, small = GROWING[name]

    def work(size: int) -> Callable[[], object]:
        document = make(size)
        return lambda: convert(document, options=Options(button=Button.QUEUE, random_seed=1))

    assert growth(work, small) < 1.8


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
