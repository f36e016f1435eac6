"""Job files: how their forms are read, and what is a job file at all. Their faults are in fixtures/faults."""

from __future__ import annotations

import json
import re
import sys
from importlib import import_module, resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comfyc.api import convert_parsed
from comfyc.diagnostics import ComfycError
from comfyc.interface import Interface, Requests, interface_for, set_values
from comfyc.jobs import JobFile, is_job_name, read_job
from comfyc.jobs.templates import job_template
from comfyc.jobs.texts import MAX_BYTES
from comfyc.options import DynamicPrompts, Options
from comfyc.sources.toml_positions import toml_positions
from tests.discovery import FIXTURES
from tests.in_process import comfyc

KEPT = Options(dynamic_prompts=DynamicPrompts.KEEP)
WORKFLOW = FIXTURES / "runnable" / "01_image_scale_save.json"
FORMS = {
    "job.toml": """
seed = 5
[set]
"12:57.text" = "a fox"
"Text to Image.steps" = 8
[set."v1.5 sampler"]
"mode.cfg" = 2.5
points = [[1, 2], {x = 3}]
on = true
[in]
prompt = "@fox.txt"
""",
    "job.yaml": """
seed: 5
set:
  12:57.text: a fox
  Text to Image.steps: 8
  v1.5 sampler:
    mode.cfg: 2.5
    points: [[1, 2], {x: 3}]
    on: true
in:
  prompt: "@fox.txt"
""",
    "job.json": """
{"seed": 5, "set": {"12:57.text": "a fox", "Text to Image.steps": 8,
 "v1.5 sampler": {"mode.cfg": 2.5, "points": [[1, 2], {"x": 3}], "on": true}}, "in": {"prompt": "@fox.txt"}}
""",
}


def read(path: Path) -> JobFile:
    job, report = read_job(str(path))
    assert job is not None, report
    return job


def test_the_three_forms_say_the_same(tmp_path: Path) -> None:
    jobs = []
    for name, text in FORMS.items():
        (tmp_path / name).write_text(text, "utf-8")
        jobs.append(read(tmp_path / name))
    for job in jobs:
        assert (job.seed, job.count, job.set_all, job.folder) == (5, None, None, tmp_path)
        assert {one.name: one.value for one in job.values} == {
            "12:57.text": "a fox",
            "Text to Image.steps": 8,
            "v1.5 sampler.mode.cfg": 2.5,
            "v1.5 sampler.points": [[1, 2], {"x": 3}],
            "v1.5 sampler.on": True,
        }
        assert [(one.name, one.value) for one in job.app_values] == [("prompt", "@fox.txt")]
        lines = Path(job.name).read_text("utf-8").split("\n")
        for one in (*job.values, *job.app_values):
            line, column = one.position
            written = re.match(r'(?:"(.+?)"|(.+?)) ?(?:: |=)', lines[line - 1][column - 1 :])
            assert job.name.endswith(".json") or (written and one.name.endswith(written[1] or written[2]))


def test_the_examples_of_the_page_say_the_same(tmp_path: Path) -> None:
    page = (FIXTURES.parent / "docs" / "jobs.md").read_text("utf-8")
    jobs = []
    for form, text in re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL):
        (tmp_path / f"job.{form}").write_text(text, "utf-8")
        job = read(tmp_path / f"job.{form}")
        values = [[(one.name, one.value) for one in each] for each in (job.values, job.app_values)]
        jobs.append((job.seed, job.count, values))
    assert (
        jobs == [(42, 4, [[("12:57.text", "a fox"), ("Text to Image.steps", 8)], [("image", "@me.jpg")]])] * 3
    )


def test_what_a_job_file_is(tmp_path: Path) -> None:
    texts = {
        "a.toml": ("", True),
        "a.yml": ("nodes: []", True),
        "a.json": ('{"set": {"57.nodes": 1}}', True),
        "b.json": ('{"in": {"input": "a.png"}}', True),
        "c.json": ('{"sets": {}}', True),
        "d.json": ('{"nodes" : []}', False),
        "e.json": ('{"1": {"class_type": "A", "inputs": {}}}', False),
        "f.json": ("{}", False),
        "g.json": ("{", False),
        "h.json": ('{"count": 1, "pad": "' + "x" * MAX_BYTES + '"}', False),
        "a.png": ("", False),
    }
    for name, (text, _) in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    found = {name: is_job_name(str(tmp_path / name)) for name in texts}
    assert found == {name: expected for name, (_, expected) in texts.items()}
    assert is_job_name("missing.toml")
    assert not is_job_name("missing.json")


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x7f", exclude_categories=["Cc"]))
PLAIN = st.from_regex(r"[\w-]{1,4}", fullmatch=True).filter(str.isascii)
KEYS = st.one_of(
    PLAIN.map(lambda word: (word, word)),
    WORDS.filter(lambda text: "'" not in text).map(lambda text: (text, f"'{text}'")),
    WORDS.map(lambda text: (text, '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')),
)
VALUES = st.recursive(
    st.sampled_from(
        [
            "1",
            "-1.5e3",
            "true",
            "1979-05-27 07:32:00Z",
            "07:32:00",
            "'a = [x]'",
            '"a \\" # = {x"',
            '"""\nx = 1\n[y]"" \\""""',
            "'''\nx = 1'''''",
            '""""""',
        ]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[ # x = 1\n" + ", ".join(items) + "\n]"),
        st.lists(st.tuples(KEYS, inner), max_size=2, unique_by=lambda pair: pair[0][0]).map(
            lambda pairs: "{" + ", ".join(f"{key[1]} = {value}" for key, value in pairs) + "}"
        ),
    ),
    max_leaves=4,
)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(KEYS, st.lists(st.tuples(KEYS, VALUES), max_size=3)), max_size=3),
    st.sampled_from(["\n", "\r\n"]),
)
def test_each_key_of_toml_has_the_position_where_it_is_written(tables: Any, end: str) -> None:
    lines: list[str] = ["# a = 1"]
    written: dict[tuple[str, ...], tuple[int, int]] = {}
    for table, pairs in tables:
        if (table[0],) in written:
            continue
        lines.append(f"  [ {table[1]} ] # x")
        written[table[0],] = (len("\n".join(lines).split("\n")), 5)
        for key, value in pairs:
            if (table[0], key[0]) not in written:
                lines.append(f" {key[1]}\t= {value}")
                number = len("\n".join(lines).split("\n")) - value.count("\n")
                written[table[0], key[0]] = (number, 2)
    text = end.join("\n".join(lines).split("\n"))
    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    assert toml.loads(text).keys() == {path[0] for path in written}
    found = toml_positions(text)
    assert {path: found.get(path) for path in written} == written


def test_a_job_file_in_yaml_without_pyyaml_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "comfyc.jobs.yaml_text", raising=False)
    (tmp_path / "job.yaml").write_text("seed: 5", "utf-8")
    with pytest.raises(ComfycError, match="is YAML, which needs PyYAML") as caught:
        read_job(str(tmp_path / "job.yaml"))
    assert 'pip install "comfyc[yaml]"' in str(caught.value.hint)


def test_a_job_sets_values_and_flags_count_more(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "name.txt").write_text("my name\n", "utf-8")
    (tmp_path / "jobs" / "a.toml").write_text(
        'count = 3\n[set]\n"SaveImage.filename_prefix" = "@name.txt"\n1 = {width = 64, height = 32}\n'
    )
    (tmp_path / "b.json").write_text('{"set": {"1.height": 16}}')
    ended = comfyc("convert", WORKFLOW, "jobs/a.toml", "b.json", "--set", "1.width=128", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    prompt = json.loads(ended.out)
    inputs = prompt["1"]["inputs"]
    assert (inputs["width"], inputs["height"]) == (128, 16)
    assert prompt["3"]["inputs"]["filename_prefix"] == "my name"


def test_what_is_wrong_in_a_job_file_has_its_line_there(tmp_path: Path) -> None:
    texts = {
        "key.toml": "[set]\n1.width = 64\n\n[sett]\n",
        "names.yaml": "set:\n  1.width: wide\n  9.foo: 2\n  1:\n    heigth: 64\n",
        "value.json": '{"set": {\n "1.height": 100000000}}',
    }
    expected = {
        "key.toml": ["key.toml:4:2: error[I642] the job file has an unknown key 'sett'"],
        "names.yaml": [
            "(names.yaml:2:3)",
            "(names.yaml:3:3)",
            "node 1 ('EmptyImage') has no input 'heigth' (names.yaml:5:5)",
        ],
        "value.json": ["(value.json:2:14)"],
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
        ended = comfyc("convert", WORKFLOW, name, "--format", "concise", cwd=tmp_path)
        assert (ended.code, ended.out) == (1, "")
        assert [each for each in expected[name] if each not in ended.err] == [], ended.err


def test_a_job_file_alone_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("", "utf-8")
    for command in ("convert", "run"):
        ended = comfyc(command, "a.toml", cwd=tmp_path)
        assert ended.code == 2
        assert "'a.toml' is a job file, and there is no workflow that it is for" in ended.err
    assert comfyc("convert", WORKFLOW, "missing.toml", cwd=tmp_path).code == 2


def templates() -> list[Path]:
    """Some official templates, and a prompt with texts that have a meaning of their own in some form."""
    folder = resources.files("comfyui_workflow_templates_json") / "templates"
    files = sorted(Path(str(one)) for one in folder.iterdir() if one.name.endswith(".json"))
    chosen = ("basic_image_color_adjustment", "depth_control_to_image", "seedance2_0_mini_r2v", "bria_eraser")
    return [*files[::50], *(file for file in files if any(word in file.name for word in chosen))]


NASTY = '@a "b" \\ {x} [y]: #z\n= \x7f\x85\u2028 名 😀'
NASTY_PROMPT = {
    "1:2": {
        "class_type": "StringConcatenate",
        "inputs": {"string_a": NASTY, "string_b": '"5"', "delimiter": "true"},
        "_meta": {"title": f"# {NASTY}"},
    },
    "x y": {"class_type": "PreviewAny", "inputs": {"source": ["1:2", 0], "own: a": {"b": [1, {"c": NASTY}]}}},
}


def changed_by(job: JobFile, interface: Interface) -> bool:
    conversion = interface.conversion
    requests = Requests(tuple(job.requests))
    made = set_values(interface, conversion.opened.value, requests, conversion.catalog)
    assert made.is_understood
    return made.conversion.prompt != conversion.prompt


@pytest.mark.slow
@pytest.mark.parametrize("form", ["toml", "yaml", "json"])
def test_a_template_changes_nothing_and_says_what_could_be_changed(form: str, tmp_path: Path) -> None:
    documents = [(file.name, file.read_text("utf-8")) for file in templates()]
    documents = [one for one in documents if '"nodes"' in one[1]] + [("nasty.json", json.dumps(NASTY_PROMPT))]
    for name, text in documents:
        interface = interface_for(convert_parsed(json.loads(text), options=KEPT))
        free = [one for one in interface.settings if not one.link and one.held_by is None]
        written = job_template(name, interface, free, form)
        (tmp_path / f"job.{form}").write_text(written, "utf-8")
        job = read(tmp_path / f"job.{form}")
        assert not changed_by(job, interface), name
        if form == "json":
            continue
        assert job == JobFile(job.name)
        filled = re.sub(r"(?m)^( *)#(?=\S)", r"\1", written)
        (tmp_path / f"job.{form}").write_text(filled, "utf-8")
        job = read(tmp_path / f"job.{form}")
        assert len(job.requests) >= len({one.path for one in free if one.value is not None}), name
        values = {one.name: one.value for one in job.values}
        expected = {one.path: one.value for one in free if one.path in values and one.value is not None}
        assert {path: value for path, value in values.items() if path in expected} == {
            path: f"@{value}" if isinstance(value, str) and value.startswith("@") else value
            for path, value in expected.items()
        }, name


def test_the_form_of_a_template_goes_by_its_name(tmp_path: Path) -> None:
    printed = comfyc("inputs", WORKFLOW, "--template", "-", cwd=tmp_path)
    assert (printed.code, printed.err) == (0, "")
    for name in ("job.toml", "job.yml", "job.json"):
        assert comfyc("inputs", WORKFLOW, "--template", name, cwd=tmp_path).code == 0
        assert "#1.width" in (text := (tmp_path / name).read_text("utf-8")) or '"width": 64' in text
    assert (tmp_path / "job.toml").read_text("utf-8") == printed.out
    for arguments, said in (
        (("--template", "job.txt"), "'job.txt' has not the ending of a job file"),
        (("--template", "-", "--json"), "would both go to stdout"),
    ):
        refused = comfyc("inputs", WORKFLOW, *arguments, cwd=tmp_path)
        assert (refused.code, said in refused.err) == (2, True)
