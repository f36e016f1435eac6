"""``comfyc format``: one layout, and nothing that means something is lost."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyc.api import convert
from comfyc.documents import is_prompt, is_workflow
from comfyc.formatting import format_workflow
from comfyc.javascript.values import key_order
from comfyc.safety.jsonable import json_value
from comfyc.sources import Source
from comfyc.sources.file import file_from
from tests.discovery import FIXTURES, TEMPLATE_EXPORTS, Case, cases, read_packed
from tests.every import every
from tests.examples import examples
from tests.formats import digest, formatted_or_not, recorded, template_texts
from tests.growth import steps
from tests.in_process import comfyc
from tests.mutations import JSON, changed, changes
from tests.test_conversion import AS_RECORDED, catalog

CASES = list(cases())
TEMPLATES = [
    Case("templates", key, text, None, None, None, None, CASES[0].provenance)
    for key, text in list(template_texts())[::12]
]
WORKFLOW = FIXTURES / "text_to_image" / "workflow.json"
PROMPT = FIXTURES / "text_to_image" / "prompt.json"


def formatted(text: str) -> str:
    made = format_workflow(text.encode("utf-8", "surrogatepass"))
    assert made.text is not None, list(made.diagnostics)
    return made.text


def read(text: str) -> Any:
    return file_from(Source("x", text.encode("utf-8", "surrogatepass"))).value


def numbers_as_doubles(value: Any) -> Any:
    """What JavaScript sees of a document: numbers are doubles, and members have no order."""
    if isinstance(value, dict):
        return {key: numbers_as_doubles(item) for key, item in value.items()}
    if isinstance(value, list):
        return [numbers_as_doubles(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value) if abs(value) < 10**300 else str(value)
    return value


def without_view(document: Any) -> Any:
    """A workflow without what formatting leaves out."""
    if not is_workflow(document):
        return document
    definitions = document.get("definitions")
    subgraphs = definitions.get("subgraphs") if isinstance(definitions, dict) else None
    found = {**document, "extra": _without_ds(document)}
    if isinstance(subgraphs, list):
        kept = [
            {**one, "extra": _without_ds(one)} if isinstance(one, dict) and "extra" in one else one
            for one in subgraphs
        ]
        found["definitions"] = {**definitions, "subgraphs": kept}
    return found if "extra" in document else {key: found[key] for key in found if key != "extra"}


def without_any_ds(value: Any) -> Any:
    """A document around workflows, without what formatting leaves out of these."""
    if isinstance(value, list):
        return [without_any_ds(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {**value, "extra": _without_ds(value)} if "extra" in value else value
    return {key: without_any_ds(item) for key, item in kept.items()}


def _without_ds(graph: dict[str, Any]) -> Any:
    extra = graph.get("extra")
    return {key: extra[key] for key in extra if key != "ds"} if isinstance(extra, dict) else extra


def holds(text: str, case: Case | None = None) -> None:
    """All that must hold of a file and the formatted one."""
    made = formatted(text)
    assert formatted(made) == made
    before, after = read(text), read(made)
    is_plain = is_workflow(before) or is_prompt(before)
    expected, found = (without_view(before), after) if is_plain else map(without_any_ds, (before, after))
    assert numbers_as_doubles(found) == numbers_as_doubles(expected)
    with_types = catalog(case.catalog if case else None)
    assert convert(after, with_types, AS_RECORDED).text == convert(before, with_types, AS_RECORDED).text


@every([*CASES, *TEMPLATES], name=lambda case: case.name, group=lambda case: case.topic)
def test_a_formatted_file_is_the_same_workflow(case: Case) -> None:
    if format_workflow(case.workflow.encode()).text is not None:
        holds(case.workflow, case)


def test_the_editor_has_opened_formatted_files_to_the_same_export() -> None:
    """The very texts that comfyc makes today: scripts/record_formats.py asks the browser."""
    opened = recorded()
    texts = {f"{case.topic}/{case.label}": case.workflow for case in [*CASES, *TEMPLATES] if case.workflow}
    found = opened.keys() & texts.keys()
    assert len(found) > 100
    assert [key for key in sorted(found) if digest(formatted_or_not(texts[key])) != opened[key]] == []


def test_exported_prompts_stay_what_they_are() -> None:
    for row in list(read_packed(TEMPLATE_EXPORTS))[::25]:
        text = formatted(row["text"])
        assert convert(text).text == row["text"]
        assert formatted(text) == text


@examples(60)
@given(st.sampled_from(CASES), changes())
def test_the_laws_hold_of_changed_workflows(case: Case, drawn: list[tuple[str, int, Any]]) -> None:
    document = changed(json.loads(case.workflow.lstrip("\ufeff")), drawn)
    try:
        text = json.dumps(document)
    except (RecursionError, ValueError):
        return
    if format_workflow(text.encode()).text is None:
        return
    try:
        holds(text, case)
    except RecursionError:  # the values nest too deeply to be compared here
        made = formatted(text)
        assert formatted(made) == made


@examples(60)
@given(st.dictionaries(st.text(max_size=3), JSON, max_size=5), st.booleans(), st.randoms())
def test_the_laws_hold_of_any_values(values: dict[str, Any], in_prompt: bool, rng: random.Random) -> None:
    document: dict[str, Any] = {**values, "1": {**values, "class_type": "X", "inputs": values}}
    if not in_prompt:
        node = {**values, "id": 1, "type": "X", "widgets_values": [*values.values()], "properties": values}
        document = {"nodes": [node], "links": [], "version": 0.4, "extra": {"ds": 1, **values}}
        keys = list(document)
        rng.shuffle(keys)
        document = {key: document[key] for key in keys}
    holds(json.dumps(document))


def test_the_order_of_members_in_a_prompt_is_kept() -> None:
    prompt = {
        "9": {"_meta": {}, "class_type": "X", "inputs": {"b": 1, "10": 0, "a": {"z": 0, "y": 0}}},
        "1": {},
    }
    made = json.loads(formatted(json.dumps(prompt)))
    assert list(made) == ["1", "9"]
    assert list(made["9"]) == ["_meta", "class_type", "inputs"]
    assert list(made["9"]["inputs"]) == key_order(prompt["9"]["inputs"]) == ["10", "b", "a"]
    assert list(made["9"]["inputs"]["a"]) == ["z", "y"]


@pytest.mark.parametrize(
    ("number", "in_workflow", "in_prompt"),
    [
        ("1.0", "1", "1.0"),
        ("-0.0", "0", "-0.0"),
        ("1e2", "100", "100.0"),
        ("18446744073709551615", "18446744073709551615", "18446744073709551615"),
        ("1E-7", "1e-7", "1e-7"),
        ("1e400", "1e999", "1e999"),
        ("-1e400", "-1e999", "-1e999"),
        ("NaN", "null", "null"),
        ('"\\ud800"', '"\\ud800"', '"\\ud800"'),
        ('"\\u00e9\\u2028"', '"é\u2028"', '"é\u2028"'),
    ],
)
def test_values_are_written_as_their_reader_writes_them(
    number: str, in_workflow: str, in_prompt: str
) -> None:
    workflow = f'{{"version": 0.4, "nodes": [{{"id": 1, "widgets_values": [{number}]}}], "links": []}}'
    assert f"\n        {in_workflow}\n" in formatted(workflow)
    assert f'"x": {in_prompt}\n' in formatted(f'{{"1": {{"class_type": "N", "inputs": {{"x": {number}}}}}}}')


def test_the_layout() -> None:
    workflow = {
        "links": [[1, 1, 0, 2, 0, "IMAGE"]],
        "version": 0.4,
        "made_by": "hand",
        "extra": {"ds": {"scale": 1, "offset": [0, 0]}, "note": {"a": [1.5, [2]]}},
        "nodes": [
            {
                "widgets_values": ["a", {"on": True, "lora": "x"}],
                "type": "X",
                "id": 1,
                "size": {"0": 1, "1": 2},
                "mine": 1,
                "outputs": [{"links": [1], "widget": {"name": "x"}, "name": "IMAGE"}],
                "properties": {"points": [10**9] * 12, "urls": ["https://example.com/" + 90 * "x"]},
                "title": "First",
            }
        ],
    }
    points = ", ".join(["1000000000"] * 12)
    assert (
        formatted(json.dumps(workflow))
        == f"""{{
  "nodes": [
    {{
      "id": 1,
      "type": "X",
      "title": "First",
      "size": {{"0": 1, "1": 2}},
      "outputs": [
        {{"name": "IMAGE", "widget": {{"name": "x"}}, "links": [1]}}
      ],
      "properties": {{
        "points": [{points}],
        "urls": [
          "https://example.com/{90 * "x"}"
        ]
      }},
      "widgets_values": [
        "a",
        {{"on": true, "lora": "x"}}
      ],
      "mine": 1
    }}
  ],
  "links": [
    [1, 1, 0, 2, 0, "IMAGE"]
  ],
  "extra": {{
    "note": {{
      "a": [
        1.5,
        [2]
      ]
    }}
  }},
  "version": 0.4,
  "made_by": "hand"
}}
"""
    )


def test_workflows_inside_other_documents_have_their_layout() -> None:
    workflow, prompt = json.loads(WORKFLOW.read_text()), json.loads(PROMPT.read_text())
    body = {"prompt": prompt, "extra_data": {"extra_pnginfo": {"workflow": workflow}}, "client_id": "x"}
    made = formatted(json.dumps(body))
    assert json.loads(made) == {**body, "extra_data": {"extra_pnginfo": {"workflow": without_view(workflow)}}}
    assert '\n      "inputs": {\n        "seed": 1234,\n' in made
    assert '"offset"' not in made
    assert formatted(made) == made


def test_encodings_and_line_ends_do_not_matter() -> None:
    text = WORKFLOW.read_text()
    expected = formatted(text)
    copies = [text.replace("\n", "\r\n").encode(), text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode()]
    assert [format_workflow(data).text for data in copies] == [expected] * 3


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"KSampler": {"input": {}, "output": []}}'])
def test_what_is_no_workflow_is_refused(text: str) -> None:
    made = format_workflow(text.encode())
    assert made.text is None
    assert made.diagnostics.has_errors


def test_bytes_that_are_not_utf_8_would_be_lost() -> None:
    made = format_workflow(WORKFLOW.read_bytes().replace(b"KSampler", b"\xff"))
    assert not made.ok
    assert [one.rule.code for one in made.diagnostics] == ["W012"]


def test_a_parsed_document_is_left_as_it_is() -> None:
    document = json.loads(WORKFLOW.read_text())
    made = format_workflow(document)
    assert made.text == formatted(WORKFLOW.read_text())
    assert document == json.loads(WORKFLOW.read_text())


def test_formatting_takes_time_in_proportion() -> None:
    document = json.loads(WORKFLOW.read_text())
    once = steps(lambda: format_workflow(document))
    document["nodes"] *= 20
    assert steps(lambda: format_workflow(document)) < 25 * once


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flow.json").write_bytes(WORKFLOW.read_bytes())
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "prompt.json").write_bytes(PROMPT.read_bytes())
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "picture.png").write_bytes((FIXTURES / "carriers" / "image.png").read_bytes())
    return tmp_path


def test_files_are_formatted_in_place_and_once(folder: Path) -> None:
    ended = comfyc("format", ".", cwd=folder)
    assert ended.code == 0
    assert ended.out == ""
    assert "formatted: flow.json\nformatted: sub/prompt.json\n2 files were formatted\n" in ended.err
    assert (folder / "flow.json").read_text() == formatted(WORKFLOW.read_text())
    assert (folder / "package.json").read_text() == '{"name": "x"}'
    before = (folder / "flow.json").stat()
    ended = comfyc("format", ".", cwd=folder)
    assert (ended.code, ended.err.splitlines()[-1]) == (0, "2 files are formatted already")
    assert (folder / "flow.json").stat() == before


def test_check_and_diff_write_nothing(folder: Path) -> None:
    (folder / "flow.json").write_text(formatted(WORKFLOW.read_text()))
    ended = comfyc("format", "--check", ".", cwd=folder)
    assert ended.code == 1
    assert (
        "would format: sub/prompt.json\n1 file would be formatted; 1 file is formatted already\n" in ended.err
    )
    ended = comfyc("format", "--diff", "sub", cwd=folder)
    assert ended.code == 1
    assert ended.out.startswith("--- sub/prompt.json\n+++ sub/prompt.json\n@@ -7,22 +7,10 @@\n")
    assert '\n+      "model": ["4", 0],\n' in ended.out
    assert (folder / "sub" / "prompt.json").read_bytes() == PROMPT.read_bytes()
    assert comfyc("format", "--check", "flow.json", cwd=folder).code == 0


def test_stdin_goes_to_stdout_and_o_to_a_file(folder: Path) -> None:
    expected = formatted(WORKFLOW.read_text())
    ended = comfyc("format", "-", stdin=WORKFLOW.read_bytes())
    assert (ended.code, ended.out, ended.err) == (0, expected, "")
    ended = comfyc("format", "flow.json", "-o", "other.json", cwd=folder)
    assert (ended.code, ended.out) == (0, "")
    assert (folder / "other.json").read_text() == expected
    assert (folder / "flow.json").read_bytes() == WORKFLOW.read_bytes()
    assert comfyc("format", "flow.json", "-o", "-", cwd=folder).out == expected


def test_a_picture_is_not_written_but_its_workflow_may_be(folder: Path) -> None:
    before = (folder / "picture.png").read_bytes()
    ended = comfyc("format", "picture.png", cwd=folder)
    assert ended.code == 2
    assert "'picture.png' is no workflow file: it carries one" in ended.err
    assert comfyc("format", "picture.png", "-o", "flow2.json", cwd=folder).code == 0
    assert is_workflow(json.loads((folder / "flow2.json").read_text()))
    assert "has the name of a PNG picture" in comfyc("format", "flow.json", "-o", "a.png", cwd=folder).err
    (folder / "bare").write_bytes(before)
    assert comfyc("format", "bare", "-o", "bare", cwd=folder).code == 2
    assert (folder / "bare").read_bytes() == (folder / "picture.png").read_bytes() == before


def test_broken_files_are_left_and_named(folder: Path) -> None:
    (folder / "broken.json").write_text('{"nodes": [')
    ended = comfyc("format", "broken.json", "flow.json", "none.json", cwd=folder)
    assert ended.code == 2
    assert "error[W011]" in ended.err
    assert "left as it is: broken.json\n" in ended.err
    assert "there is no file 'none.json'" in ended.err
    assert (folder / "broken.json").read_text() == '{"nodes": ['
    assert (folder / "flow.json").read_text() == formatted(WORKFLOW.read_text())
    assert comfyc("format", "broken.json", cwd=folder).code == 1


def test_what_only_wraps_a_workflow_is_formatted_by_its_name_only(folder: Path) -> None:
    text = json.dumps({"workflow": json.loads(WORKFLOW.read_text())})
    (folder / "wrapper.json").write_text(text)
    ended = comfyc("format", ".", cwd=folder)
    assert "skipped: 3 files have no workflow" in ended.err
    assert (folder / "wrapper.json").read_text() == text
    assert comfyc("format", "wrapper.json", cwd=folder).code == 0
    assert (folder / "wrapper.json").read_text() == formatted(text)


def test_the_hook_passes_over_other_files(folder: Path) -> None:
    ended = comfyc("format", "--skip-others", "--allow-empty", "--", "package.json", cwd=folder)
    assert ended.code == 0
    assert comfyc("format", "package.json", cwd=folder).code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-", "flow.json"], "pass - alone"),
        (["flow.json", "sub/prompt.json", "-o", "x.json"], "only one output"),
        (["flow.json", "--check", "-o", "x.json"], "--check writes nothing"),
        (["none"], "there is no file 'none'"),
    ],
)
def test_what_does_not_go_together_is_refused(folder: Path, arguments: list[str], message: str) -> None:
    ended = comfyc("format", *arguments, cwd=folder)
    assert ended.code == 2
    assert message in ended.err


def test_json_says_what_changes(folder: Path) -> None:
    answer = json.loads(comfyc("format", "--check", "--diff", "--json", "flow.json", cwd=folder).out)
    (result,) = answer["results"]
    assert answer["command"] == "format"
    assert (result["file"], result["ok"], result["changes"], result["output"]) == (
        "flow.json",
        False,
        True,
        None,
    )
    assert result["diff"].startswith("--- flow.json\n")
    answer = json.loads(comfyc("format", "--json", "flow.json", cwd=folder).out)
    assert answer["results"] == [
        {
            "file": "flow.json",
            "ok": True,
            "changes": True,
            "output": "flow.json",
            "text": None,
            "stripped": [],
        }
    ]
    answer = json.loads(comfyc("format", "--json", "-", stdin=WORKFLOW.read_bytes()).out)
    assert json_value(answer["results"][0]["text"]) == formatted(WORKFLOW.read_text())
