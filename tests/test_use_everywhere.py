"""Anything Everywhere: who is reached, rule by rule (as read in the scripts of cg-use-everywhere 7.8).

What a browser made of whole workflows stands in fixtures/packs/ue_*.
"""

from __future__ import annotations

from typing import Any

import pytest

from comfyc import codes
from comfyc.api import Conversion, convert
from comfyc.options import Button, Options
from comfyc.packs import use_everywhere
from comfyc.packs.use_everywhere import rules
from tests.growth import steps


def source(ident: int, **more: Any) -> dict[str, Any]:
    outputs: list[Any] = [{"name": name, "type": name, "links": []} for name in ("MODEL", "CLIP", "VAE")]
    return {
        "id": ident,
        "type": "CheckpointLoaderSimple",
        "outputs": outputs,
        "widgets_values": ["a"],
        **more,
    }


def sender(ident: int, links: list[int], properties: Any = None, **more: Any) -> dict[str, Any]:
    inputs = [{"name": f"anything{i}", "type": "*", "link": link} for i, link in enumerate(links)]
    settings = {"ue_properties": {"version": "7.8", **(properties or {})}}
    return {"id": ident, "type": "Anything Everywhere", "inputs": inputs, "properties": settings, **more}


def encoder(ident: int, **more: Any) -> dict[str, Any]:
    return {"id": ident, "type": "CLIPTextEncode", "widgets_values": ["x"], **more}


def queued(nodes: list[dict[str, Any]], links: list[list[Any]], **more: Any) -> Conversion:
    document = {"version": 0.4, "nodes": nodes, "links": links, **more}
    return convert(document, options=Options(button=Button.QUEUE))


CLIP_OF_1 = [1, 1, 1, 2, 0, "CLIP"]


def reached(conversion: Conversion, *idents: int, name: str = "clip") -> list[Any]:
    return [conversion.prompt[str(ident)]["inputs"].get(name) for ident in idents]


def test_open_inputs_of_the_type_are_linked_and_no_others() -> None:
    linked = encoder(4, inputs=[{"name": "clip", "type": "CLIP", "link": 2}])
    conversion = queued(
        [source(1), sender(2, [1]), encoder(3), linked, source(5)], [CLIP_OF_1, [2, 5, 1, 4, 0, "CLIP"]]
    )
    assert reached(conversion, 3, 4) == [["1", 1], ["5", 1]]
    assert conversion.prompt["3"]["inputs"]["text"] == "x"  # a widget takes part only if the file says so


@pytest.mark.parametrize("mode", [2, 4])
def test_a_sender_or_a_source_that_does_not_run_sends_nothing(mode: int) -> None:
    assert reached(queued([source(1), sender(2, [1], mode=mode), encoder(3)], [CLIP_OF_1]), 3) == [None]
    assert reached(queued([source(1, mode=mode), sender(2, [1]), encoder(3)], [CLIP_OF_1]), 3) == [None]


def test_patterns_for_titles_and_inputs() -> None:
    nodes = [source(1), encoder(3, title="Yes 1"), encoder(4, title="no")]
    for settings, expected in (
        ({"title_regex": "^Yes"}, [["1", 1], None]),
        ({"title_regex": "^Yes", "title_regex_invert": True}, [None, ["1", 1]]),
        ({"input_regex": "mask"}, [None, None]),
        ({"title_regex": "("}, [["1", 1], ["1", 1]]),
    ):
        assert reached(queued([*nodes, sender(2, [1], settings)], [CLIP_OF_1]), 3, 4) == expected


def test_groups_and_colours() -> None:
    nodes = [
        source(1),
        encoder(3, pos=[10, 10], size=[100, 50], color="#111"),
        encoder(4, pos=[900, 10], size=[100, 50], color="#222"),
    ]
    groups = [{"title": "left", "bounding": [-100, -100, 500, 500]}]
    for settings, expected in (
        ({"group_restricted": 1}, [["1", 1], None]),
        ({"group_restricted": 2}, [None, ["1", 1]]),
        ({"group_regex": "LEFT|left"}, [["1", 1], None]),
        ({"color_restricted": 1}, [["1", 1], None]),
        ({"color_restricted": 2}, [None, ["1", 1]]),
    ):
        one = sender(2, [1], settings, pos=[0, 0], size=[50, 50], color="#111")
        assert reached(queued([*nodes, one], [CLIP_OF_1], groups=groups), 3, 4) == expected


def test_the_highest_priority_wins_and_a_tie_is_told() -> None:
    links = [CLIP_OF_1, [2, 5, 1, 6, 0, "CLIP"]]
    nodes = [source(1), source(5), sender(2, [1]), encoder(3)]
    conversion = queued([*nodes, sender(6, [2])], links)
    assert reached(conversion, 3) == [None]
    assert [found.rule.code for found in conversion.diagnostics].count("G144") == 1
    assert reached(queued([*nodes, sender(6, [2], {"input_regex": "clip"})], links), 3) == [["5", 1]]
    assert reached(queued([*nodes, sender(6, [2], {"priority": 5})], links), 3) == [["1", 1]]


def test_two_of_a_type_go_by_name() -> None:
    links = [[1, 1, 1, 2, 0, "CLIP"], [2, 5, 1, 2, 1, "CLIP"]]
    one = sender(2, [1, 2])
    one["inputs"][1]["label"] = "clip"
    assert reached(queued([source(1), source(5), one, encoder(3)], links), 3) == [["5", 1]]


def test_settings_of_old_files() -> None:
    old = sender(2, [1], widgets_values=["^Yes", ".*", ".*"])
    old["type"], old["properties"] = "Anything Everywhere?", {}
    conversion = queued([source(1), old, encoder(3, title="Yes"), encoder(4, title="no")], [CLIP_OF_1])
    assert reached(conversion, 3, 4) == [["1", 1], None]


def test_any_node_may_be_made_to_send() -> None:
    silent = {"output_not_broadcasting": {"MODEL": True}}
    one = source(1, properties={"ue_convert": True, "ue_properties": {"version": "7.8", **silent}})
    sampler = {"id": 4, "type": "KSampler", "widgets_values": [0, "fixed", 20, 8, "euler", "simple", 1]}
    conversion = queued([one, encoder(3), sampler], [], extra={"ue_links": [{"downstream": 3}]})
    assert reached(conversion, 3) == [["1", 1]]
    assert "model" not in conversion.prompt["4"]["inputs"]


def test_links_that_were_added_before_saving_are_worked_out_anew() -> None:
    stale = encoder(3, inputs=[{"name": "clip", "type": "CLIP", "link": 9}])
    links = [CLIP_OF_1, [9, 7, 1, 3, 0, "CLIP"]]
    conversion = queued(
        [source(1), sender(2, [1]), stale, source(7)], links, extra={"links_added_by_ue": [9]}
    )
    assert reached(conversion, 3) == [["1", 1]]


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b?$", "a?" * 34 + "a" * 34, "a" * 34 + "|" + "x" * 300])
def test_a_pattern_that_others_never_finish_is_searched(pattern: str) -> None:
    nodes = [source(1), sender(2, [1], {"title_regex": pattern}), encoder(3, title="a" * 34), encoder(4)]
    conversion = queued(nodes, [CLIP_OF_1])
    assert reached(conversion, 3)[0] == ["1", 1]
    assert not any(found.rule is codes.PATTERN_NOT_SEARCHED for found in conversion.diagnostics)


@pytest.mark.parametrize("more", [{}, {"title_regex_invert": True}])
def test_a_pattern_that_cannot_be_searched_lets_nothing_through_and_is_told(more: Any) -> None:
    nodes = [source(1), sender(2, [1], {"title_regex": "(?=Y)Yes", **more}), encoder(3, title="Yes")]
    conversion = queued(nodes, [CLIP_OF_1])
    assert reached(conversion, 3) == [None]
    told = [found for found in conversion.diagnostics if found.rule is codes.PATTERN_NOT_SEARCHED]
    assert [(found.node, found.message) for found in told] == [
        ("2", "'title_regex' is '(?=Y)Yes', which uses lookahead: the node sends nothing")
    ]


def test_patterns_that_take_too_many_steps_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_PATTERN_STEPS", 100)
    nodes = [source(1), sender(2, [1], {"title_regex": "(a|b)*$"}), encoder(3, title="ab" * 100)]
    conversion = queued(nodes, [CLIP_OF_1])
    assert reached(conversion, 3) == [None]
    assert [found.node for found in conversion.diagnostics if found.rule is codes.PATTERN_NOT_SEARCHED] == [
        "2"
    ]


@pytest.mark.slow
def test_many_senders_and_inputs_are_bounded_work(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = [source(1)]
    links = []
    for ident in range(2, 100):
        nodes.append(sender(ident, [ident], {"title_regex": f"never {ident}"}))
        links.append([ident, 1, 1, ident, 0, "CLIP"])
    nodes += [encoder(ident) for ident in range(200, 400)]
    whole = steps(lambda: queued(nodes, links))
    monkeypatch.setattr(use_everywhere, "MAX_CHECKS", 0)
    none = steps(lambda: queued(nodes, links))
    monkeypatch.setattr(use_everywhere, "MAX_CHECKS", 200)
    assert queued(nodes, links).prompt
    assert 3 * (steps(lambda: queued(nodes, links)) - none) < whole - none
