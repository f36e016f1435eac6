"""Every golden of the real frontend: our text is the text that Export (API) gave, byte for byte."""

from __future__ import annotations

import datetime
import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from comfyc.api import Conversion, convert
from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.options import DynamicPrompts, Options, UnknownTypes
from comfyc.sources import Source, load
from tests.discovery import CLOCK, FIXTURES, TEMPLATE_EXPORTS, Case, cases, read_packed
from tests.every import every

AS_RECORDED = Options(
    js_numbers=True,
    unknown=UnknownTypes.BROWSER,
    dynamic_prompts=DynamicPrompts.FIRST,
    now=datetime.datetime.fromisoformat(CLOCK.removesuffix("Z")),
    browser_exact=True,
)
"""The options under which the browser was recorded."""

TEMPLATES = {row["key"]: row["text"] for row in read_packed(TEMPLATE_EXPORTS)}
"""What the browser exports of each official template; tests/test_fixtures.py holds the hashes to it."""


GIVES_UP = {
    r"export: RecursionError": {"G113", "G115"},
    r"export: InvalidLinkError: No input node found": {"G114"},
    r"export: SlotIndexError: No input found": {"G107"},
    r"export: TypeError: .* \(reading 'type'\)": {"G114"},
    r"export: Error: No output node found": {"G108"},
    r"export: Error: No webcam image captured": {"N212"},
    r"load: TypeError: .* undefined \(reading 'widget'\)": {"G107"},
    r"load: TypeError: .* \(reading 'replace'\)": {"W030"},
    r"load: TypeError: .* null \(reading '(type|target_id|align_to_grid)'\)": {"W050"},
    r"load: TypeError: e.lastIndexOf is not a function": {"N231"},
    r"load: RangeError: Maximum call stack": {"G110"},
    r"load: RangeError: Invalid saved row count": {"N205"},
    r"load: Error: Widget .* not found": {"N205"},
    r"load: Error: Failed to find input socket": {"N204", "N205"},
}
"""What the browser fails at -> the findings of which one tells it. Where its own error has no name here, the
test fails: somebody has to say what comfyc makes of it."""


@cache
def catalog(path: Path | None) -> Catalog:
    return Catalog.load(path)


def converted(case: Case) -> Conversion:
    source = Source(case.name, case.workflow.encode("utf-8", "surrogatepass"))
    document = load(source, Collector())
    assert document is not None
    return convert(document.value, catalog(case.catalog), AS_RECORDED)


@pytest.mark.parametrize(
    "case", [case for case in cases() if case.prompt and not case.reason], ids=lambda c: c.name
)
def test_the_text_is_the_browsers(case: Case) -> None:
    assert converted(case).text == (case.prompt or "")


@pytest.mark.parametrize("case", [case for case in cases() if case.error], ids=lambda c: c.name)
def test_where_the_browser_gives_up_we_say_so(case: Case) -> None:
    """The rest is converted, and a finding tells what the browser fails at."""
    (expected,) = (codes for words, codes in GIVES_UP.items() if re.match(words, case.error or ""))
    conversion = converted(case)
    assert conversion.prompt
    assert {found.code for found in conversion.diagnostics} & expected


@pytest.mark.parametrize(
    "case", [case for case in cases() if case.prompt and case.reason], ids=lambda c: c.name
)
def test_an_exception_is_still_one(case: Case) -> None:
    """A case listed as impossible that has become equal must lose its reason."""
    assert converted(case).text != (case.prompt or "")


@every(TEMPLATES, name=str, group=lambda key: key.split("_")[0])
def test_official_template(key: str) -> None:
    source = files("comfyui_workflow_templates_json") / "templates" / f"{key}.json"
    conversion = convert(json.loads(source.read_text(encoding="utf-8")), catalog(None), AS_RECORDED)
    assert conversion.text == TEMPLATES[key]


def _fault(name: str) -> Conversion:
    document = json.loads((FIXTURES / "faults" / name / "workflow.json").read_text(encoding="utf-8"))
    return convert(document, catalog(None))


def test_links_are_read_in_either_form() -> None:
    """A file without a version, as programs write it: the editor would drop all of its links."""
    prompt = _fault("G101/no-version").prompt
    assert prompt["3"]["inputs"] == {"samples": ["1", 0], "vae": ["2", 0]}
    assert prompt["4"]["inputs"] == {"images": ["3", 0]}


def test_what_is_switched_off_inside_a_subgraph_does_not_run() -> None:
    document = json.loads((FIXTURES / "faults/G112/output-node-inside/workflow.json").read_text("utf-8"))
    exact = convert(document, catalog(None), Options(browser_exact=True)).prompt
    assert {ident for ident in exact if ident.startswith("2:12")} == {"2:12:11", "2:12:40"}
    assert not any(ident.startswith("2:12") for ident in _fault("G112/output-node-inside").prompt)
    harmless = _fault("G112/muted").prompt
    assert "2:12:11" in harmless, "nothing of it would run: as the editor writes it"


def test_a_link_through_a_reroute_without_types_stays() -> None:
    assert _fault("G129/untyped-reroute").prompt["2"]["inputs"] == {"images": ["1", 0]}


def test_values_of_a_node_with_damaged_output_links_stay() -> None:
    prompt = _fault("W050/links-of-an-output").prompt
    assert prompt["3"]["inputs"]["filename_prefix"] == "latents/mine"


def test_a_misspelt_core_type_is_no_missing_pack() -> None:
    found = [one for one in _fault("N201/misspelt-core-type").diagnostics if one.rule.code == "N201"]
    assert all((one.hint or "").startswith("did you mean 'CLIPTextEncode'?") for one in found)
    assert not any("install" in (one.hint or "") or "pack" in one.data for one in found)


def test_a_setter_out_of_reach_is_named() -> None:
    found = next(one for one in _fault("G140/setter-in-a-subgraph").diagnostics if one.rule.code == "G140")
    assert found.data["elsewhere"] == ["1:102"]
    assert "this node searches only its own graph" in found.message


def test_a_primitive_gives_its_value_to_a_node_of_an_unknown_type() -> None:
    conversion = _fault("N202/primitive-into-an-unknown-type")
    assert conversion.prompt["2"]["inputs"] == {"width": 768}
    dropped = next(one for one in conversion.diagnostics if one.rule.code == "N202")
    assert "50, 768, 512" in dropped.message, "none of them is known to be the width"


def test_the_kinds_of_values_tell_their_places_in_an_unknown_type() -> None:
    inputs = _fault("N202/kinds-tell-the-places").prompt["1"]["inputs"]
    assert inputs["language"] == "english", "and not the boolean before it"
