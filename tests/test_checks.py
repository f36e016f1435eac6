"""The offline verdict against the real server's, and the rules on prompts (P3xx)."""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyc.catalog import Catalog
from comfyc.checks import check, expressions, prompt_schema, verdict
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer, Severity
from tests.every import every
from tests.examples import examples
from tests.verdict_cases import CATALOG, REPLACEMENTS, VerdictCase, verdict_cases

CASES = verdict_cases()
FAULTS = [case for case in CASES if case.code is not None]


def value_at(document: Any, pointer: Pointer) -> Any:
    """What a pointer leads to; an error if it leads nowhere."""
    for step in pointer:
        document = document[step]
    return document


@cache
def catalog_named(name: str | None) -> Catalog:
    if name == "core":
        return Catalog.load()
    replacements = json.loads(REPLACEMENTS.read_text("utf-8"))
    return Catalog.from_object_info(json.loads(CATALOG.read_text("utf-8")), node_replacements=replacements)


def catalog_of(case: VerdictCase) -> Catalog:
    return catalog_named(case.options.get("catalog"))


def found_in(case: VerdictCase) -> Collector:
    diagnostics = Collector()
    assume = case.options.get("assume_files", False)
    check(case.prompt, catalog_of(case), diagnostics, request=case.request, assume_files=assume)
    return diagnostics


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if not case.options.keys() & {"disk", "catalog"}],
    ids=lambda case: case.name,
)
def test_the_verdict_is_the_servers(case: VerdictCase) -> None:
    assert dict(verdict(case.prompt, catalog_of(case), request=case.request)) == case.verdict


@every(CASES, name=lambda case: case.name, group=lambda case: case.folder.parent.name)
def test_a_refused_prompt_has_an_error_and_an_accepted_one_is_known(case: VerdictCase) -> None:
    assert case.verdict is not None
    found = list(found_in(case))
    errors = {one.rule.code for one in found if one.severity is Severity.ERROR}
    if "disk" in case.options:
        return
    if not case.verdict["valid"]:
        assert errors or "P307" in {one.rule.code for one in found}
    elif not case.verdict["node_errors"]:
        assert all(code >= "P331" for code in errors)


@every(FAULTS, name=lambda case: case.name, group=lambda case: case.folder.parent.name)
def test_a_finding_names_its_node_and_its_place(case: VerdictCase) -> None:
    for found in found_in(case):
        assert found.message
        assert not found.message.endswith(".")
        assert "\n" not in found.message
        location = found.location
        if location.node is None:
            continue
        place: Any = case.prompt
        for key in location.pointer:
            place = place[key]
        assert location.pointer[0] == location.node
        node = case.prompt[location.node]
        if isinstance(node, dict) and isinstance(node.get("class_type"), str):
            assert location.title


def test_a_place_can_be_told_in_another_file() -> None:
    prompt = {"7:2": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x"}}}
    diagnostics = Collector()
    where = {("7:2", "images"): (("nodes", 3, "inputs", 0), "Keep it")}
    check(prompt, Catalog.load(), diagnostics, where=lambda node, name: where[node, str(name)])
    (found,) = diagnostics
    assert (found.location.pointer, found.location.title) == (("nodes", 3, "inputs", 0), "Keep it")
    assert (found.location.node, found.rule.code) == ("7:2", "P302")
    assert found.data["input"] == "images"


# --- how the answers help ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code", "hint"),
    [
        ("P301/unknown-class", "P301", "use 'EmptyImage'"),
        ("P302/misspelt", "P302", "rename 'widht' to 'width'"),
        ("P304/latent-into-image", "P304", "VAEDecode"),
        ("P304/other-output-fits", "P304", "link output 0 of node '1'"),
        ("P306/misspelt", "P306", "use 'lanczos'"),
        ("P306/case", "P306", "use 'area'"),
        ("P314/number", "P314", "link node '1'"),
        ("P335/wrong", "P335", "use 'scale by multiplier'"),
        ("P336/past-group", "P336", "50 inputs of 'images'"),
        ("P347/misspelt", "P347", "rename it to 'mask'"),
    ],
)
def test_a_hint_says_what_was_meant(name: str, code: str, hint: str) -> None:
    (case,) = [case for case in CASES if case.name == name]
    hints = [found.hint or "" for found in found_in(case) if found.rule.code == code]
    assert any(hint in one for one in hints), hints


def test_every_unknown_class_is_told_where_the_server_names_the_first() -> None:
    (case,) = [case for case in CASES if case.name == "verdicts/first-unknown-class-only"]
    assert [found.location.node for found in found_in(case)] == ["1", "2", "3"]


def test_a_cycle_is_told_once() -> None:
    (case,) = [case for case in CASES if case.name == "P310/three"]
    assert [found.rule.code for found in found_in(case) if found.severity is Severity.ERROR] == ["P310"]


# --- what only the server can know ---------------------------------------------------------------


def test_an_upload_is_held_against_the_list_and_named_as_unknowable() -> None:
    (case,) = [case for case in CASES if case.name == "P307/upload"]
    found = verdict(case.prompt, catalog_of(case))
    assert not found.valid
    assert found.unknowable == {("1", "image")}
    assert verdict(case.prompt, catalog_of(case), assume_files=True).valid
    assert verdict(case.prompt, catalog_of(case), brought={"1"}).valid
    assert verdict(case.prompt, catalog_named("core")).valid


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("example.png", True),
        ("example.png [input]", True),
        ("Example.PNG", True),
        ("nope.png", False),
        ("nope.png [input]", False),
        ("nope.JPEG", False),
        ("nope.png [output]", True),
        ("nope.png [temp]", True),
        ("sub/nope.png", True),
        ("nope", True),
        ("nope.xcf", True),
    ],
)
def test_an_upload_is_missing_only_if_it_would_be_on_the_list(value: str, valid: bool) -> None:
    prompt = {
        "1": {"class_type": "LoadImage", "inputs": {"image": value}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
    }
    found = verdict(prompt, catalog_named(None))
    assert found.valid is valid
    if not valid:
        (error,) = found.node_errors["1"]["errors"]
        assert error["details"] == f"image - Invalid image file: {value}"


def test_a_model_is_held_against_the_list_and_named_as_unknowable() -> None:
    (case,) = [case for case in CASES if case.name == "P307/model"]
    assert verdict(case.prompt, catalog_of(case)).unknowable == {("1", "ckpt_name")}
    assert not verdict(case.prompt, catalog_of(case)).valid
    assert verdict(case.prompt, catalog_of(case), assume_files=True).valid
    assert verdict(case.prompt, catalog_named("core")).valid


# --- robustness ----------------------------------------------------------------------------------


def chain(length: int) -> dict[str, Any]:
    prompt: dict[str, Any] = {
        str(number): {"class_type": "ImageInvert", "inputs": {"image": [str(number - 1), 0]}}
        for number in range(1, length)
    }
    prompt["0"] = {
        "class_type": "EmptyImage",
        "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0},
    }
    return prompt


def test_ten_thousand_nodes_in_a_row_do_not_meet_our_recursion_limit() -> None:
    prompt = chain(10_000)
    prompt["out"] = {"class_type": "SaveImage", "inputs": {"images": ["9999", 0], "filename_prefix": "x"}}
    diagnostics = Collector()
    found = check(prompt, Catalog.load(), diagnostics)
    assert not found.valid
    assert [one.rule.code for one in diagnostics if one.severity is Severity.ERROR] == ["P317"]


def test_a_prompt_is_never_changed() -> None:
    for case in CASES:
        before = copy.deepcopy(case.prompt)
        found_in(case)
        assert case.prompt == before


@pytest.mark.parametrize("depth", [200, 5000])
@pytest.mark.parametrize("name", ["width", "images", "filename_prefix", "undeclared"])
def test_a_deeply_nested_value_is_no_crash(depth: int, name: str) -> None:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    for wrapped in (value, [value], [value, 0], ["1", value], {"__value__": [value]}):
        prompt = chain(1)
        prompt["out"] = {"class_type": "SaveImage", "inputs": {"images": ["0", 0], "filename_prefix": "x"}}
        prompt["0" if name == "width" else "out"]["inputs"][name] = wrapped
        assert check(prompt, Catalog.load(), Collector()).http_status in (200, 400)


PROMPTS = [case.prompt for case in FAULTS if isinstance(case.prompt, dict) and len(case.prompt) < 9]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2**70),
    st.floats(),
    st.sampled_from(["", "1", "2", "x", "inputs", "class_type", "EmptyImage", "SaveImage", "LoadImage"]),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["__value__", "inputs", "class_type", "_meta", "1"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


@examples(150)
@given(st.data())
def test_any_damage_gives_a_verdict(data: st.DataObject) -> None:
    prompt: Any = copy.deepcopy(data.draw(st.sampled_from(PROMPTS)))
    for _ in range(data.draw(st.integers(1, 4))):
        place, steps = prompt, data.draw(st.integers(0, 3))
        for _ in range(steps):
            if not isinstance(place, dict) or not place:
                break
            key = data.draw(st.sampled_from(sorted(place)))
            if data.draw(st.booleans()) or not isinstance(place[key], dict):
                place[key] = data.draw(JSON)
                break
            place = place[key]
    request = data.draw(
        st.one_of(st.none(), st.dictionaries(st.sampled_from(["number", "extra_data"]), JSON))
    )
    found = check(prompt, catalog_named(None), Collector(), request=request)
    assert found.http_status in (200, 400, 500)
    assert found.valid is (found.http_status == 200)


@examples(100)
@given(JSON)
def test_any_json_gives_a_verdict(prompt: Any) -> None:
    assert verdict(prompt, catalog_named(None)).http_status in (400, 500)


@examples(100)
@given(st.dictionaries(st.sampled_from(["input", "output", "output_node", "output_matchtypes"]), JSON))
def test_any_catalogue_gives_a_verdict(entry: dict[str, Any]) -> None:
    prompt = {"1": {"class_type": "Odd", "inputs": {"a": ["1", 0], "b": 5, "c": "x"}}}
    catalog = Catalog.from_object_info({"Odd": {**entry, "output_node": True}})
    diagnostics = Collector()
    found = check(prompt, catalog, diagnostics)
    assert found.valid is (found.http_status == 200)
    assert found.valid or found.error is not None
    for one in diagnostics:
        assert one.location.node in (None, "1")
        value_at(prompt, one.location.pointer)


# --- the schema ----------------------------------------------------------------------------------


@cache
def validator(name: str | None) -> jsonschema.protocols.Validator:
    schema = prompt_schema(catalog_named(name))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize(
    "case",
    [case for case in FAULTS if case.silent and case.verdict and case.verdict["valid"]],
    ids=lambda case: case.name,
)
def test_the_schema_takes_what_the_server_takes(case: VerdictCase) -> None:
    unneeded = {"P332/ok-empty"}  # a node without its values, which no output needs
    errors = [error.message for error in validator(None).iter_errors(case.prompt)]
    assert not errors or case.name in unneeded


@pytest.mark.parametrize(
    "name",
    [
        *("P301/unknown-class", "P301/no-class", "P302/values", "P302/option-input", "P303/three"),
        *("P305/word", "P305/fraction-text", "P306/misspelt", "P306/in-option", "P308/zero", "P309/many"),
        *("P319/null-node", "P319/inputs-list", "P332/unreachable", "P334/null", "P335/wrong"),
        "P335/missing",
    ],
)
def test_the_schema_rejects(name: str) -> None:
    (case,) = [case for case in CASES if case.name == name]
    assert not validator(None).is_valid(case.prompt)


@pytest.mark.parametrize("pattern", ["(?:(?:a?){6000}){6000}", "(?P<x>(a*)*)(?P<y>b|b)*", "a"])
def test_what_a_replacement_refers_to_is_found_out_without_running_the_pattern(pattern: str) -> None:
    whole = re.compile(pattern)
    stand_in = expressions.stand_in(whole)
    assert (stand_in.groups, stand_in.groupindex) == (whole.groups, whole.groupindex)
    assert not set("*+?{|") & set(stand_in.pattern.replace("(?P<", ""))
