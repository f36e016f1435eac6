"""What partner nodes cost: the nodes that would run, their prices, and what there is to say of them."""

from __future__ import annotations

import io
import json
import os
from typing import Any

import pytest

from comfyc.catalog import Catalog, bundled_core
from comfyc.catalog.bundled import prices
from comfyc.prices import (
    Estimates,
    Price,
    estimate,
    estimate_lines,
    estimates_to_json,
    partner_nodes,
    total_text,
    worker,
)
from comfyc.prices import expressions as evaluation
from comfyc.prices.amounts import price_of
from comfyc.prices.badges import context_of, read_badge
from comfyc.prices.estimates import total_of
from comfyc.prices.expressions import PriceError, evaluated
from tests.discovery import FIXTURES, read_packed

RECORDED = FIXTURES / "prices" / "labels.jsonl.gz"
FLUX = {"class_type": "FluxProUltraImageNode", "inputs": {"prompt": "a fox"}}
SAVED = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}


def server() -> Catalog:
    """The catalogue of a server with ComfyUI's own nodes, one of which has a price."""
    core = bundled_core()
    entries = {name: {**(core.info(name) or {})} for name in ("FluxProUltraImageNode", "SaveImage")}
    entries["FluxProUltraImageNode"] = {
        **entries["FluxProUltraImageNode"],
        "price_badge": badge('{"usd":0.06}'),
    }
    return Catalog.from_object_info(entries)


def of(*nodes: dict[str, Any], catalog: Catalog | None = None) -> Estimates:
    """The estimates of a prompt with these nodes, whose ids are "1", "2", ..."""
    return estimate({str(index + 1): node for index, node in enumerate(nodes)}, catalog or server())


def priced(badge: Any, **inputs: Any) -> Estimates:
    """The estimate of a lone output of a server whose node has this badge."""
    entry = {
        "input": {
            "required": {"model": [["A", "B"], {}], "n": ["INT", {"default": 2}]},
            "optional": {"kind": ["COMBO", {"options": ["X", "Y"]}], "image": ["IMAGE"]},
        },
        "output": [],
        "name": "Paid",
        "output_node": True,
        "api_node": True,
        "price_badge": badge,
    }
    catalog = Catalog.from_object_info({"Paid": entry})
    return of({"class_type": "Paid", "inputs": inputs}, catalog=catalog)


def badge(expression: str, *widgets: tuple[str, str], **more: Any) -> dict[str, Any]:
    named = [{"name": name, "type": kind} for name, kind in widgets]
    return {"engine": "jsonata", "expr": expression, "depends_on": {"widgets": named, **more}}


def test_a_partner_node_has_the_price_of_its_badge() -> None:
    found = of(FLUX, SAVED)
    (one,) = found.nodes
    assert (one.node, one.class_type, one.why) == ("1", "FluxProUltraImageNode", "")
    assert one.price == Price((0.06,))
    assert estimate_lines(found) == ["1 FluxProUltraImageNode: $0.06"]
    assert total_text(found.total(3)) == "$0.18"
    assert estimates_to_json(found, 3)["total"] == {
        "low_usd": 0.18,
        "high_usd": 0.18,
        "approximate": False,
        "complete": True,
        "open": [],
        "runs": 3,
        "text": "$0.18",
    }


def test_what_counts_is_what_would_run() -> None:
    core = bundled_core()
    idle = {"1": FLUX}
    assert partner_nodes(idle, core) == []
    shown = {**idle, "2": SAVED, "3": {"class_type": "SaveImage", "inputs": {"images": ["9", 0]}}, "4": 5}
    assert partner_nodes(shown, core) == ["1"]
    assert partner_nodes(shown, core, targets=["3"]) == []
    assert partner_nodes(shown, core, targets=["2"]) == ["1"]
    unknown = {**idle, "2": {"class_type": "Nobody", "inputs": {"any": ["1", 0]}}}
    assert partner_nodes(unknown, core) == ["1"], "a type that nobody knows may be an output"
    bare = Catalog.from_object_info({"SaveImage": core.info("SaveImage")})
    assert partner_nodes(shown, bare) == ["1"], "what a server lacks is a partner node if it is one elsewhere"
    ring = {
        "1": {**FLUX, "inputs": {"image_prompt": ["2", 0]}},
        "2": {**SAVED, "inputs": {"images": ["1", 0]}},
    }
    assert partner_nodes(ring, core) == ["1"]


def test_values_are_read_as_the_editor_reads_them() -> None:
    echo = badge(
        '{"type":"text","text":$string(widgets) & $string(inputs) & $string(inputGroups)}',
        *(("model", "COMBO"), ("n", "INT"), ("kind", "COMBO"), ("on", "BOOLEAN")),
        inputs=["image"],
        input_groups=["refs"],
    )

    def echoed(**inputs: Any) -> Any:
        (one,) = priced(echo, **inputs).nodes
        assert one.price is not None
        return one.price.text

    many = {"refs.a": ["9", 0], "refs.b": ["9", 0], "refs.c": "no link", "refsd": ["9", 0]}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"model": " ABC ", "n": "7", "on": " TRUE "}, '{"model":"abc","n":7,"kind":"x","on":true}'),
        ({"model": 3, "n": 1.5, "on": "no", "kind": False}, '{"model":3,"n":1.5,"kind":false,"on":null}'),
        ({"model": ["p", 1, 2], "n": " ", "on": 1}, '{"model":"p,1,2","n":null,"kind":"x","on":null}'),
        ({"n": True, "kind": None}, '{"model":"a","n":null,"kind":null,"on":null}'),
        ({"n": 10**400}, '{"model":"a","n":null,"kind":"x","on":null}'),
        ({}, '{"model":"a","n":2,"kind":"x","on":null}'),
    ]
    for inputs, expected in cases:
        assert echoed(**inputs, **many) == expected + '{"image":{"connected":false}}{"refs":2}'
    assert echoed(image=["9", 0]).endswith('{"image":{"connected":true}}{"refs":0}')


def test_a_linked_value_leaves_the_price_open() -> None:
    doubled = badge('{"type":"usd","usd":widgets.n * 2}', ("n", "INT"), ("model", "COMBO"))
    (one,) = priced(doubled, n=["9", 0]).nodes
    assert one.price is None
    assert one.depends_on == ("n", "model")
    assert estimate_lines(priced(doubled, n=["9", 0])) == [
        "1 Paid: unknown: 'n' is linked; the price depends on n, model"
    ]
    total = total_of([(of(FLUX, SAVED), 2), (priced(doubled, n=["9", 0]), 1), (priced(doubled), 1)])
    assert (total.low, total.high, total.count, total.is_complete) == (4.12, 4.12, 4, False)
    assert total_text(total) == "$4.12, plus 1 node whose price is not known before the run"


FORMS: list[tuple[Any, Price | None, str]] = [
    ({"usd": "0.5"}, Price((0.5,)), "105.5 credits/Run"),
    ({"usd": " "}, None, ""),
    ({"type": "usd", "usd": 1}, Price((1.0,)), "211 credits/Run"),
    ({"type": "usd", "usd": "1"}, None, ""),
    ({"type": "usd", "usd": -1}, None, ""),
    ({"type": "usd", "usd": True}, None, ""),
    (
        {"type": "range_usd", "min_usd": 1, "max_usd": 10},
        Price((1.0, 10.0), separator="-"),
        "211-2,110 credits/Run",
    ),
    ({"type": "range_usd", "min_usd": 1}, None, ""),
    ({"type": "text", "text": "Free"}, Price(text="Free"), "Free"),
    ({"type": "text", "text": 1}, None, ""),
    ({"type": "list_usd", "usd": []}, None, ""),
    ({"type": "list_usd", "usd": [1, 2, 3]}, Price((1.0, 2.0, 3.0)), "211/422/633 credits/Run"),
    ({"type": "else", "usd": 1}, None, ""),
    ([1], None, ""),
    (None, None, ""),
    (
        {"type": "usd", "usd": 0.05, "format": {"suffix": "/second", "note": "(in)", "approximate": True}},
        Price((0.05,), "/second", "(in)", True),
        "~10.6 credits/second (in)",
    ),
    (
        {"type": "range_usd", "min_usd": 1, "max_usd": 1, "format": {"suffix": "", "note": ""}},
        Price((1.0, 1.0), "", separator="-"),
        "211 credits",
    ),
]


def test_every_form_of_a_result_is_read() -> None:
    for result, price, label in FORMS:
        assert price_of(result) == price
        assert (price.label if price is not None else "") == label


def test_a_badge_that_is_none_gives_no_price() -> None:
    for raw in [None, 5, {}, {"expr": ""}, {"expr": "1", "engine": "lua"}, {"expr": "1", "depends_on": 1}]:
        assert read_badge(raw) is None
        assert [one.why for one in priced(raw).nodes] == ["its definition has no price"]
    for depends_on in [
        {"widgets": {}},
        {"widgets": [1]},
        {"widgets": [{"name": 1, "type": "INT"}]},
        {"inputs": [1]},
    ]:
        assert read_badge({"expr": "1", "depends_on": depends_on}) is None


def test_an_expression_that_fails_or_never_ends_gives_no_price(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = "($f:=function($o,$n){$n=0?$o:$f({'a':$o,'b':$o},$n-1)};$f({},60)=$f({},60))"
    fails = {
        "1 +": "its expression fails: ",
        "$error('no')": "its expression fails: no",
        "($f:=function(){$f()};$f())": "its expression fails: ",
        "$" + "a" * 40_000: "its expression is longer than 32768 characters",
        "nothing": "its expression gives no price for these values",
    }
    for expression, why in fails.items():
        (one,) = priced(badge(expression)).nodes
        assert one.price is None
        assert one.why.startswith(why)
    monkeypatch.setattr(evaluation, "_SECONDS", 0.1)
    (one,) = priced(badge(shared)).nodes
    assert one.why == "its expression takes too long, or too much memory"
    monkeypatch.undo()
    assert priced(badge('{"usd": 1}')).nodes[0].price == Price((1.0,)), "the next one has a process again"


def test_without_the_engine_the_inputs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "find_spec", lambda name: None)
    found = priced(badge("1", ("n", "INT"), inputs=["image"]))
    assert estimate_lines(found) == [
        "1 Paid: unknown: to compute it, run: pip install 'comfyc[prices]'; the price depends on n, image"
    ]


def test_the_process_answers_line_by_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(worker, "_begin", lambda: None)
    questions = [["widgets.n + 1", {"widgets": {"n": 1}}], [")", {}]]
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{json.dumps(one)}\n" for one in questions)))
    worker.main()
    begun, first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (begun, first) == ({}, {"result": 2})
    assert list(second) == ["error"]


def test_without_a_server_the_inputs_are_named() -> None:
    kling = {"class_type": "KlingImage2VideoNode", "inputs": {}}
    (one,) = of(kling, SAVED, catalog=bundled_core()).nodes
    assert one.price is None
    assert one.why == "a server knows it, and the bundled catalogue does not"
    assert one.depends_on


@pytest.mark.live
def test_prices_are_those_of_the_editor() -> None:
    """What the editor shows for nodes of ComfyUI 0.33.0, and what its engine gives for their expressions,
    which only a server has."""
    if not os.environ.get("COMFYC_SERVER"):
        pytest.skip("COMFYC_SERVER is not set")
    catalog = Catalog.load(os.environ["COMFYC_SERVER"], refresh=True)
    rows = list(read_packed(RECORDED))
    assert len({row["class_type"] for row in rows}) > 200
    for row in rows:
        found = read_badge(catalog.price_badge(row["class_type"]))
        assert found is not None
        assert found.expression is not None
        context = context_of(found, row["inputs"], catalog.info(row["class_type"]) or {})
        try:
            result = evaluated(found.expression, context)
        except PriceError:
            result = None
        assert result == row["result"], row
        price = price_of(result)
        assert (price.label if price is not None else "") == row["label"], row


def test_recorded_results_are_shown_as_in_the_editor() -> None:
    for row in read_packed(RECORDED):
        price = price_of(row["result"])
        assert (price.label if price is not None else "") == row["label"], row


def test_every_price_is_recorded() -> None:
    assert {row["class_type"] for row in read_packed(RECORDED)} == set(prices())


def test_what_prices_depend_on_is_bundled_for_partner_nodes() -> None:
    core = bundled_core()
    assert len(prices()) > 200
    for name in prices():
        entry = core.info(name)
        assert entry is not None
        assert entry["api_node"] is True
        found = read_badge(core.price_badge(name))
        assert found is not None
        assert found.expression is None
    assert core.price_badge("KSampler") is None
    assert core.price_badge("Nobody") is None
