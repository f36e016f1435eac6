"""Pictures of AUTOMATIC1111: the prompt is what Export (API) gives after one was dropped on the editor, and
the workflow the one that it shows."""

from __future__ import annotations

import json
import re
from functools import cache
from random import Random
from typing import Any

import pytest

from comfyc import codes
from comfyc.a1111.settings import LONGEST_LINE, read_settings
from comfyc.api import Conversion, convert
from comfyc.catalog import Catalog
from comfyc.documents import Parameters
from comfyc.interface import requests_of
from comfyc.javascript.values import SPACE
from comfyc.needs.packs import needed_packs
from comfyc.options import Arrangement, Options
from comfyc.rebuilt import to_workflow
from comfyc.running.prepare import prepare
from comfyc.safety.limits import Limits
from comfyc.validation import holds_workflow, validate
from tests.discovery import FIXTURES, read_packed, read_toml
from tests.every import every
from tests.test_conversion import AS_RECORDED
from tests.web_ui_pictures import RECORDED, TEXTS, object_info, picture

ABOUT = read_toml(TEXTS)
ANSWERS: dict[str, dict[str, Any]] = {row["name"]: row for row in read_packed(RECORDED) if "name" in row}
CARRIERS = FIXTURES / "carriers"
OPENED = json.loads((CARRIERS / "opened.json").read_text("utf-8"))
LINE = "Steps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 512x512"


@cache
def catalog(*, lists: bool = False) -> Catalog:
    given = ABOUT["lists"] if lists else {}
    return Catalog.from_object_info(object_info(given), embeddings=given.get("embeddings", ()))


@cache
def recorded(name: str) -> Conversion:
    row = ABOUT["texts"][name]
    return convert(picture(row["text"]), catalog(lists=row.get("lists", False)), AS_RECORDED)


def of(text: str, options: Options | None = None, *, lists: bool = False) -> Conversion:
    return convert(Parameters(text), catalog(lists=lists), options)


def said(found: Conversion, *rules: object) -> list[str]:
    return [one.message for one in found.diagnostics if one.rule in rules]


# --- the editor as the measure -----------------------------------------------------------------------


def test_every_text_was_given_to_the_editor() -> None:
    assert ANSWERS.keys() == ABOUT["texts"].keys()
    assert sum("prompt" in answer for answer in ANSWERS.values()) > 80


@every(ANSWERS, name=str, group=lambda name: name.partition("_")[0][0])
def test_gives_what_the_browser_exports(name: str) -> None:
    found, answer = recorded(name), ANSWERS[name]
    if "prompt" in answer:
        assert found.text == answer["prompt"]
        assert said(found, codes.BUILT_FROM_PARAMETERS)
    elif said(found, codes.PARAMETERS_UNREAD):
        assert found.ok
    else:
        assert found.prompt == {}
        assert not found.ok


@every(ANSWERS, name=str, group=lambda name: name.partition("_")[0][0])
def test_shows_what_the_browser_shows(name: str) -> None:
    """Node for node, with positions, sizes and the ids of links."""
    answer = ANSWERS[name].get("workflow")
    if answer is None:
        pytest.skip("the editor builds none")
    row = ABOUT["texts"][name]
    rebuilt = to_workflow(picture(row["text"]), catalog(lists=row.get("lists", False)), AS_RECORDED)
    assert rebuilt.ok
    made = json.loads(rebuilt.text)
    for member in ("id", "extra"):  # a random number, and the part of the canvas that was in view
        del answer[member], made[member]
    assert made == answer


@every(ANSWERS, name=str, group=lambda name: name.partition("_")[0][0])
def test_the_workflow_gives_the_same_prompt(name: str) -> None:
    """The way back, in either layout; but null stands in a file for a combo without a choice."""
    if "workflow" not in ANSWERS[name]:
        pytest.skip("the editor builds none")
    row = ABOUT["texts"][name]
    known = catalog(lists=row.get("lists", False))
    for layout in Arrangement:
        made = to_workflow(picture(row["text"]), known, AS_RECORDED, layout=layout)
        again = json.loads(convert(made.workflow, known, AS_RECORDED).text)
        assert _without_nulls(again) == _without_nulls(json.loads(ANSWERS[name]["prompt"]))


def _without_nulls(prompt: dict[str, Any]) -> dict[str, Any]:
    return {
        ident: {name: value for name, value in node["inputs"].items() if value is not None}
        for ident, node in prompt.items()
    }


@pytest.mark.parametrize(
    "name", sorted(name for name, row in OPENED.items() if row and row[0] == "parameters")
)
def test_reads_pictures_as_the_browser_does(name: str) -> None:
    assert convert(CARRIERS / name, catalog(), AS_RECORDED).prompt == OPENED[name][1]


@pytest.mark.parametrize("name", ["a1111.jpg", "a1111_little_endian.jpg", "a1111.webp", "a1111.avif"])
def test_reads_pictures_that_the_browser_does_not_read(name: str) -> None:
    found = convert(CARRIERS / name, catalog(), AS_RECORDED)
    assert found.prompt["3"]["inputs"]["text"] == "a grünes square"
    assert len(said(found, codes.PARAMETERS_UNREAD)) == 1


# --- the text ----------------------------------------------------------------------------------------

_SIGNS = "[^\n\r\u2028\u2029]"
PATTERN = re.compile(
    rf'[{SPACE}]*([^:]+:[{SPACE}]*([^"{{]{_SIGNS}*?|"{_SIGNS}*?"|\{{{_SIGNS}*?\}}))[{SPACE}]*(,|\Z)'
)
"""How the editor finds settings, for Python."""


def test_finds_the_settings_that_the_pattern_finds() -> None:
    random = Random(1111)
    for _ in range(3000):
        line = "Steps: 1," + "".join(random.choices(' ::,"{}ab\r\u2028x1 ', k=random.randrange(1, 16)))
        expected = {}
        for match in PATTERN.finditer(line):
            name, value, *_ = match[0].split(":")
            expected[name.strip(SPACE).lower()] = value.removesuffix(",").strip(SPACE)
        found = read_settings(f"a\n{line}")
        assert found is not None
        assert {name: one.value for name, one in found.by_name.items()} == expected, line
        for one in found.by_name.values():
            assert f"a\n{line}".startswith(one.label, one.offset)


@pytest.mark.parametrize(
    "line",
    [
        ":" * LONGEST_LINE,
        "a:" * LONGEST_LINE,
        'a:"' * LONGEST_LINE,
        "a: {" * LONGEST_LINE,
        "a:\r" * LONGEST_LINE,
        "," * LONGEST_LINE,
        " " * LONGEST_LINE,
        "a: b," * LONGEST_LINE,
    ],
    ids=["colons", "names", "quotes", "brackets", "returns", "commas", "blanks", "settings"],
)
def test_a_long_line_takes_no_longer_than_it_is_long(line: str) -> None:
    read_settings(f"a\nSteps: 1,{line}")


@pytest.mark.parametrize("prompt", ["<lora:" * 300_000, "<lora:a:" * 300_000, "<lora:a:>" * 300_000])
def test_a_long_prompt_takes_no_longer_than_it_is_long(prompt: str) -> None:
    assert of(f"{prompt}\n{LINE}").prompt["3"]["inputs"]["text"] == prompt


def test_too_many_loras_are_refused() -> None:
    found = of("<lora:a:1>" * 200 + f"\n{LINE}", Options(limits=Limits(nodes=100)))
    assert found.prompt == {}
    assert not found.ok


# --- what is said ------------------------------------------------------------------------------------


def test_names_what_is_dropped() -> None:
    found = recorded("all_extras")
    dropped = " ".join(said(found, codes.SETTING_DROPPED))
    for name in ("Face restoration", "VAE:", "ENSD", "Variation seed", "Tiling", "ControlNet 0", "ADetailer"):
        assert name in dropped
    for name in ("Version", "hash", "Clip skip", "Seed:"):
        assert name not in dropped
    assert said(found, codes.EMBEDDING_AS_WORD) == [
        "the embedding 'easynegative' stays a word: it is in no list that comfyc knows"
    ]


def test_a_setting_of_json_is_named_once() -> None:
    dropped = said(recorded("civitai"), codes.SETTING_DROPPED)
    assert [message for message in dropped if "modelName" in message] == []
    assert any("Civitai resources" in message for message in dropped)


def test_a_text_without_a_prompt() -> None:
    """The web UI removes empty lines at the front, without which the editor is at a loss."""
    found = recorded("steps_first")
    assert found.prompt["5"]["inputs"]["steps"] == 12
    assert [found.prompt[node]["inputs"]["text"] for node in ("3", "4")] == ["", ""]
    assert said(recorded("negative_first"), codes.SETTING_UNKNOWN) == [
        "without a prompt before it, the editor takes the negative prompt for the prompt"
    ]


def test_names_what_stays_in_the_text() -> None:
    found = recorded("loras_odd_forms")
    said_of = {
        one.data["network"]: (one.line, one.column) for one in found.diagnostics if "network" in one.data
    }
    text = ABOUT["texts"]["loras_odd_forms"]["text"].splitlines()
    for network in ("<lora::1>", "<lyco:e:1>", "<hypernet:f:1>"):
        line = next(number for number, row in enumerate(text, 1) if network in row)
        assert said_of.pop(network) == (line, text[line - 1].index(network) + 1)
    assert "<lora:alone>, <lora:b:1>" in said_of  # for the editor this is one LoRA, whose weight is 'b'


@pytest.mark.parametrize(
    ("sampler", "meant"),
    [
        ("Euler a", "euler_ancestral"),
        ("DPM++ 2S a Karras", "dpmpp_2s_ancestral"),
        ("UniPC", "uni_pc"),
        ("X", "NAME"),
    ],
)
def test_says_which_sampler_is_meant(sampler: str, meant: str) -> None:
    found = of(f"a cat\n{LINE.replace('Euler', sampler)}")
    (one,) = (one for one in found.diagnostics if one.rule is codes.SETTING_UNKNOWN)
    assert one.hint == f"set it: --set 5.sampler_name={meant}"
    assert found.prompt["5"]["inputs"]["sampler_name"] == "euler"


@pytest.mark.parametrize(
    ("model", "used", "hint"),
    [
        ("sd15", "sd15-inpaint.ckpt", "sd15.safetensors"),
        ("v1-5", "v1-5-pruned-emaonly.safetensors", "FILE"),
        ("dreamshaper_8", "dreamshaper_8", "photo/dreamshaper_8.safetensors"),
        ("absent", "absent", "FILE"),
    ],
)
def test_says_which_file_was_guessed(model: str, used: str, hint: str) -> None:
    found = of(f"a cat\n{LINE}, Model: {model}", lists=True)
    (one,) = (one for one in found.diagnostics if one.rule is codes.FILE_GUESSED)
    assert one.hint is not None
    assert one.hint.endswith(f"1.ckpt_name={hint}")
    assert found.prompt["1"]["inputs"]["ckpt_name"] == used


def test_a_file_that_is_meant_is_not_guessed() -> None:
    assert said(of(f"a cat\n{LINE}, Model: v1-5-pruned-emaonly", lists=True), codes.FILE_GUESSED) == []


def test_findings_have_lines_of_the_text() -> None:
    text = f"a cat\nin the rain\nNegative prompt: dog\n{LINE}, VAE: x, Model: sd15"
    found = validate(picture(text), catalog(lists=False))
    places = {one.name: (one.line, one.column, one.pointer) for one in found.diagnostics}
    assert places["setting-dropped"] == (4, len(LINE) + 3, "")
    assert places["file-guessed"] == (4, len(LINE) + 11, "")


def test_the_verdict_has_lines_of_the_text() -> None:
    """A value that the server refuses is shown where the picture says it."""
    found = validate(picture(f"a cat\n{LINE.replace('20', '0')}"), catalog(lists=True))
    (one,) = (one for one in found.diagnostics if one.rule.code.startswith("P3") and "steps" in one.message)
    assert (one.line, one.column, one.pointer) == (2, 1, "")
    assert found.verdict["node_errors"].keys() == {"5"}


# --- what else takes such a picture ------------------------------------------------------------------


def test_values_are_set_in_what_is_built() -> None:
    prepared = prepare(Parameters(f"a cat\n{LINE}"), catalog(), requests_of(["5.steps=7", "3.text=a dog"]))
    assert prepared.prompt["5"]["inputs"]["steps"] == 7
    workflow = prepared.workflow()
    assert workflow["nodes"][2]["widgets_values"] == ["a dog"]
    assert workflow["nodes"][4]["widgets_values"][2] == 7


def test_no_packs_are_needed() -> None:
    assert needed_packs(Parameters(f"a cat\n{LINE}")) == []
    assert holds_workflow(Parameters(f"a cat\n{LINE}"))


@pytest.mark.parametrize("kind", ["KSampler", "SaveImage"])
def test_says_what_the_catalogue_lacks(kind: str) -> None:
    trimmed = {name: entry for name, entry in object_info(None).items() if name != kind}
    found = convert(Parameters(f"a cat\n{LINE}"), Catalog.from_object_info(trimmed))
    assert said(found, codes.NODES_LACKING) == [
        f"the catalogue has no node type '{kind}', so what needs it is left out"
    ]
    assert found.prompt == {}


def test_goes_as_far_as_the_catalogue_allows() -> None:
    """What enlarges the picture is built up to the type that is missing, as in the editor."""
    trimmed = {name: entry for name, entry in object_info(None).items() if name != "ImageScale"}
    text = f"a <lora:b:1> cat\n{LINE}, Hires upscale: 2, Hires upscaler: 4x-UltraSharp"
    found = convert(Parameters(text), Catalog.from_object_info(trimmed))
    assert len(said(found, codes.NODES_LACKING)) == 1
    assert not found.ok
