"""Files made to hurt: each is answered in bounded memory, with findings, without a traceback.

How the work grows with such a file is counted in tests/test_work.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from comfyc.api import Conversion, convert
from comfyc.catalog import Catalog
from comfyc.options import Options
from comfyc.safety.limits import DEFAULTS
from tests import hostility as made
from tests.hostility import nested, node, slot, workflow

MEMORY = 1 << 30
"""Bytes beyond those that the tests have already."""


@pytest.fixture(autouse=True, scope="module")
def bounded_memory() -> Iterator[None]:
    """Running out of memory is an error of one test, not the end of the machine."""
    resource = pytest.importorskip("resource")
    with open("/proc/self/statm", encoding="ascii") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def codes(conversion: Conversion) -> set[str]:
    return {found.rule.code for found in conversion.diagnostics}


# --- nesting -------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [600, 3_000, 100_000])
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
    assert codes(conversion) == {"W006"}
    assert conversion.prompt == {}


def test_text_of_deep_values_is_exact() -> None:
    deep = {"a": nested(3_000, {"b": [True, None, 1.5, "x"]})}
    text = convert({"1": {"class_type": "KSampler", "inputs": deep}}).text
    lines = text.split("\n")
    assert len(lines) == 2 * 3_000 + 15
    assert lines[3_004].strip() == '"b": ['
    assert json.loads(convert({"1": {"class_type": "K", "inputs": {"a": nested(200)}}}).text)


# --- what multiplies -----------------------------------------------------------------------------

ANSWERED: dict[str, tuple[Callable[[], Any], int, set[str]]] = {
    "a chain of nodes": (lambda: made.chain(10_000), 10_002, set()),
    "a chain of reroutes": (lambda: made.chain(10_000, "Reroute"), 2, set()),
    "a chain of bypassed nodes": (lambda: made.chain(10_000, mode=4), 2, set()),
    "a chain of muted nodes": (lambda: made.chain(10_000, mode=2), 2, {"G116"}),
    "a node with many inputs": (lambda: made.wide_node(10_000, "SaveImage"), 2, {"N213"}),
    "inputs in another order": (lambda: made.wide_node(10_000, "NoSuchType", shift=7), 2, {"N201"}),
    "inputs of one name": (lambda: made.wide_node(10_000, "NoSuchType", one_name=True), 2, {"N201"}),
    "links that wait for each other": (lambda: made.held_up_links(10_000), 2, {"N201", "G106"}),
    "links into one input": (lambda: made.competing_links(10_000), 4, {"N201", "G103"}),
    "links that replace others": (lambda: made.outlived_links(10_000), 3, {"N201", "G103"}),
    "nodes of one id": (lambda: made.one_id(10_000), 10_000, {"G102"}),
    "nodes of one id in subgraphs": (lambda: made.one_id_inside(4_000), 4_000, {"G102", "G104"}),
    "PrimitiveNodes": (lambda: made.primitives(4_000), 4_000, set()),
    "one PrimitiveNode": (lambda: made.one_primitive(4_000), 4_000, set()),
    "a subgraph inside itself": (made.inside_itself, 2, {"G104", "G110"}),
    "subgraphs inside each other": (lambda: made.inside_each_other(50), 0, {"G110", "G111"}),
    "deep subgraphs": (lambda: made.deep_subgraphs(3_000), 1, set()),
    "definitions in definitions": (lambda: made.nested_lists_of_definitions(900), 1, {"G104"}),
    "long lists of links": (lambda: made.many_hosts_of_long_lists(10_000), 10_000, set()),
    "many links of an input": (lambda: made.many_links_of_one_input(10_000), 2, {"N201", "G116"}),
    "one promoted widget": (lambda: made.one_proxy(10_000), 1, set()),
    "lost promoted widgets": (lambda: made.lost_proxies(10_000), 1, {"N208"}),
    "promoted widgets": (lambda: made.proxies_of_many(10_000), 10_000, set()),
    "a promoted PrimitiveNode": (lambda: made.proxies_of_a_primitive(10_000), 1, set()),
    "a name of prefixes": (lambda: made.long_prefix(300_000), 1, set()),
    "open braces": (lambda: made.prompt_text("a" + "{a|b}" * 100_000), 1, {"N211"}),
    "nested braces": (lambda: made.prompt_text("{a|" * 100_000 + "}" * 100_000), 1, {"N211"}),
    "open comments": (lambda: made.prompt_text("/* " * 500_000), 1, set()),
    "comments": (lambda: made.prompt_text("/**/" * 300_000), 1, {"N210"}),
    "backslashes": (lambda: made.prompt_text("\\{" * 500_000), 1, set()),
    "tokens": (lambda: made.file_name("%a.b%" * 1_000_000), 1, set()),
    "tokens of dates": (lambda: made.file_name("%date:yyyy%" * 300_000), 1, set()),
    "a long token": (lambda: made.file_name("%date:" + "dd" * 500_000 + "%"), 1, set()),
    "tokens among many nodes": (
        lambda: made.file_name("%x.seed%" * 100_000, *made.one_id(10_000)["nodes"]),
        10_001,
        {"G102"},
    ),
    "long types": (lambda: made.long_types(30_000), 2, {"N201", "G116"}),
    "switches": (lambda: made.switches(3_000), 3_001, set()),
    "claimed lengths": (lambda: made.claimed_lengths(500), 500, {"N201", "N203", "N204"}),
    "group nodes in themselves": (lambda: made.group_nodes({"a": ["workflow>a"] * 2}, "a"), 1, {"N201"}),
    "a chain of group nodes": (
        lambda: made.group_nodes(
            {f"g{at}": [f"workflow>g{at - 1}" if at else "VAEDecode"] * 3 for at in range(40)}, "g39"
        ),
        3,
        {"G117", "G119"},
    ),
    "large group nodes": (
        lambda: made.group_nodes({"a": ["KSampler"] * 1_000}, "a"),
        1_000,
        {"G117"},
    ),
    "promoted widgets of a nested host": (lambda: made.proxies_into_nested(10_000), 1, {"N201"}),
}
"""What is converted whole: the document, the nodes of the prompt and the findings."""


@pytest.mark.slow
@pytest.mark.parametrize("name", ANSWERED)
def test_the_whole_file_is_answered(name: str) -> None:
    make, nodes, found = ANSWERED[name]
    conversion = convert(make(), options=Options(random_seed=1))
    assert len(conversion.prompt) == nodes
    assert codes(conversion) == found
    assert len(conversion.text) <= 64 << 20


REFUSED: dict[str, Callable[[], Any]] = {
    "2 to the power of 17 nodes": lambda: made.doubling(17),
    "2 to the power of 60 nodes": lambda: made.doubling(60),
    "ids of many megabytes": lambda: made.deep_subgraphs(12_000),
    "many subgraph nodes with many slots": lambda: made.many_hosts_of_wide(10_000),
    "many copies of a wide node": lambda: made.many_copies_of_wide(10_000),
    "many copies of a long text": lambda: made.many_copies_of_text(10_000),
    "braces in braces": lambda: made.prompt_text("{" * 900 + "a{b|c}" * 100_000 + "}" * 900),
    "braces that stay open": lambda: made.prompt_text("{" * 100_000),
    "a long text in many names": lambda: made.long_text_in_names(1_000),
    "a bypassed wide node": lambda: made.bypassed_wide_node(1_000),
    "reroutes to many types": lambda: made.reroutes_to_many_types(600),
    "many large group nodes": lambda: made.group_nodes({"a": ["KSampler"] * 300}, *["a"] * 45),
    "many hosts with many promoted widgets": lambda: made.proxies_of_many(250, hosts=600),
}
"""What would not fit anywhere."""
FEW_SLOTS = Options(limits=DEFAULTS._replace(slots=DEFAULTS.slots // 4))
"""Limits that the last two meet with a quarter of the nodes."""
SPLICE = import_module("comfyc.passes.splice")
"""Limits the steps of reroutes and bypassed nodes; a name for it, as the package has a function called so."""


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_growth_is_limited(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SPLICE, "MAX_STEPS", SPLICE.MAX_STEPS // 4)
    conversion = convert(REFUSED[name](), options=FEW_SLOTS)
    assert [found.rule.code for found in conversion.diagnostics].count("G111") in (1, 2, 3)
    assert len(conversion.text) <= 64 << 20


def test_claims_of_a_catalogue() -> None:
    catalog = Catalog((made.ROWS,), name="made up")
    conversion = convert(made.claimed_rows(1_000), catalog)
    assert len(conversion.prompt["1"]["inputs"]) == 20
    members = convert(workflow([node(1, "Members", widgets_values=[])]), catalog)
    assert len(members.prompt["1"]["inputs"]) == 1_000


@pytest.mark.slow
def test_groups_in_groups_of_a_catalogue() -> None:
    catalog = Catalog((made.nested_groups(40, 3),), name="made up")
    conversion = convert(workflow([node(1, "Nested")]), catalog)
    assert len(conversion.text) < 50_000_000


def test_a_list_of_a_billion_characters_is_not_made() -> None:
    """Numbers of thousands of digits are valid JSON; so are slots written as text."""
    digits = "9" * 4_000
    large = int(digits)
    inputs = [slot("images", large, large), slot("other", digits, digits)]
    nodes = [
        node(large, "KSampler", widgets_values=[large] * 7),
        node(2, "SaveImage", inputs=inputs, mode=large),
    ]
    links = [[large, large, large, 2, large, "x"], [1, digits, digits, 2, digits, "x"]]
    for counter in (large, digits, 10**4_299):
        document = workflow([*nodes, *nodes, node(7, "Reroute", inputs=inputs)], links, last_node_id=counter)
        assert json.loads(convert(document).text)
