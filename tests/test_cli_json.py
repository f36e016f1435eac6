"""``--json`` of every command: one envelope, whatever happens; and the other outputs that it agrees with."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer

from comfyc.cli import COMMANDS, GROUPS, build_app
from comfyc.report.formats import VALIDATE_NAMES
from comfyc.schema import schema_file
from tests.answers import answer
from tests.discovery import FIXTURES
from tests.in_process import comfyc
from tests.test_cli_convert import PROMPT, WORKFLOW

ROOT = FIXTURES.parent
DEAD = "127.0.0.1:9"
OFFLINE: list[tuple[str, ...]] = [
    ("convert", "flow.json"),
    ("convert", "flow.json", "-o", "out/x.json"),
    ("convert", ".", "--out-dir", "out"),
    ("validate", "flow.json"),
    ("validate",),
    ("inputs", "flow.json", "--links"),
    ("graph", "flow.json"),
    ("graph", "flow.json", "-o", "out/x.svg"),
    ("format", "--check", "."),
    ("format", "flow.json", "-o", "out/x.json"),
    ("diff", "flow.json", "flow.json"),
    ("report", "flow.json", "-o", "out/site"),
    ("needs", "flow.json", "flow.json"),
    ("packs", "flow.json", "flow.json"),
    ("schema", "workflow-1"),
    ("schema", "prompt", "-o", "out/x.json"),
    ("explain", "N201"),
    ("explain", "--all"),
    ("catalog", "list"),
    ("catalog", "show", "KSampler"),
    ("catalog", "search", "sampler", "--pack", "comfy-core"),
]
SERVER: list[tuple[str, ...]] = [
    ("run", "flow.json"),
    ("convert-and-run", "flow.json"),
    ("plan", "flow.json"),
    ("wait", "x"),
    ("queue",),
    ("cancel", "x"),
    ("interrupt",),
    ("status",),
    ("convert", "flow.json"),
    ("validate", "flow.json"),
    ("inputs", "flow.json"),
    ("needs", "flow.json"),
    ("packs", "flow.json"),
    ("schema", "prompt"),
    ("catalog", "show", "KSampler"),
    ("catalog", "search", "KSampler"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good workflow, one with errors, and other JSON."""
    shutil.copy(WORKFLOW, tmp_path / "flow.json")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "bad.json").write_text(WORKFLOW.read_text("utf-8").replace('"euler"', '"eulerr"'))
    (tmp_path / "package.json").write_text("{}")
    return tmp_path


def named(command: Sequence[str]) -> str:
    """The command as an envelope names it."""
    words = [word for word in command if re.fullmatch("[a-z-]+", word)]
    name = " ".join(words[:2]) if words[0] == "catalog" else words[0]
    return "run" if name == "convert-and-run" else name


@pytest.mark.parametrize("command", OFFLINE, ids=" ".join)
def test_every_command_prints_one_envelope(folder: Path, command: tuple[str, ...]) -> None:
    ended = comfyc(*command, "--json", cwd=folder)
    found = answer(ended.out)
    assert found["command"] == named(command)
    assert found["comfyc"] == metadata.version("comfyc")
    assert (found["exit_code"], found["ok"]) == (ended.code, ended.code == 0)
    assert found["results"]
    assert not found["errors"]


@pytest.mark.parametrize("command", SERVER, ids=" ".join)
def test_a_dead_server_is_told_in_json_too(folder: Path, command: tuple[str, ...]) -> None:
    place = ("--server", f"http://{DEAD}")
    ended = comfyc(*command, *place, "--json", cwd=folder)
    found = answer(ended.out)
    assert (ended.code, found["exit_code"], found["command"]) == (2, 2, named(command))
    (error,) = found["errors"]
    assert f"cannot reach 'http://{DEAD}'" in error["message"]
    flags = set(re.findall(r"--[a-z-]+", error["hint"]))
    helped = comfyc(*command[: 2 if command[0] == "catalog" else 1], "--help").out
    assert all(flag in helped for flag in flags)
    rows = [{"server": f"http://{DEAD}", "reachable": False, "error": error}]
    assert found.get("results", []) == (rows if command == ("status",) else [])  # of wait: a record
    if command[0] in ("queue", "status"):
        plain = comfyc(*command, *place, cwd=folder)
        assert plain.code == 2
        assert (DEAD in plain.out) == (command == ("status",))


def test_a_dead_server_to_save_from(tmp_path: Path) -> None:
    ended = comfyc("catalog", "save", DEAD, "-o", tmp_path / "x.json", "--json")
    found = answer(ended.out)
    assert (ended.code, found["command"], len(found["errors"])) == (2, "catalog save", 1)


USAGE: list[tuple[str, ...]] = [
    ("convert",),
    ("convert", "nowhere.json"),
    ("convert", "flow.json", "--bogus"),
    ("convert", "flow.json", "--meta", "some"),
    ("convert", "flow.json", "--now", "yesterday"),
    ("convert", "https://example.org/flow.json"),
    ("validate", "--format", "yaml"),
    ("validate", "nowhere.json"),
    ("validate", "--jobs", "many"),
    ("inputs",),
    ("inputs", "nowhere.json"),
    ("packs", "nowhere.json"),
    ("packs", "--format", "yaml", "flow.json"),
    ("schema",),
    ("schema", "nothing"),
    ("explain", "X999"),
    ("catalog",),
    ("catalog", "shaw"),
    ("catalog", "show", "KSamplr"),
    ("catalog", "save", "nowhere:1"),
    ("run",),
    ("run", "nowhere.json"),
    ("run", "flow.json", "--seed", "many"),
    ("wait",),
    ("cancel",),
    ("queue", "--server", "ftp://x"),
    ("status", "--timeout", "5"),
    ("interrupt", "more"),
    ("nonsense",),
    ("--nonsense",),
]


@pytest.mark.parametrize("command", USAGE, ids=" ".join)
def test_what_cannot_be_done_is_one_error_in_our_form(folder: Path, command: tuple[str, ...]) -> None:
    plain = comfyc(*command, cwd=folder)
    assert (plain.code, plain.out) == (2, "")
    assert re.fullmatch(r"error: .+\n  help: .+\n", plain.err)
    ended = comfyc(*command, "--json", cwd=folder)
    found = answer(ended.out)
    assert (ended.code, found["ok"], found["exit_code"]) == (2, False, 2)
    (error,) = found["errors"]
    assert ended.err == f"error: {error['message']}\n  help: {error['hint']}\n"
    assert ended.err == plain.err or command == ("catalog",)  # which knows no flag


@pytest.mark.parametrize(
    "command", ["validate --jobs", "run --seed", "catalog show --object-info", "status --server"]
)
def test_the_help_that_is_named_is_that_of_the_command(command: str) -> None:
    asked = comfyc(*command.split())
    assert asked.err.endswith(f"  help: comfyc {command.rpartition(' ')[0]} --help shows the usage\n")


def test_a_file_called_json_is_no_flag(folder: Path) -> None:
    assert comfyc("convert", "--", "--json", cwd=folder).out == ""


def test_findings_are_those_of_the_json_report(folder: Path) -> None:
    ended = comfyc("validate", "--json", "-q", cwd=folder)
    report = json.loads(comfyc("validate", "--format", "json", cwd=folder).out)
    found = answer(ended.out)
    assert ended.code == 1
    assert found["findings"] == report["diagnostics"] != []
    assert found["summary"] == report["summary"]
    assert found["skipped"] == ["package.json"]
    verdicts = [
        json.loads(line) for line in comfyc("validate", "--format", "server", cwd=folder).out.splitlines()
    ]
    rows = found["results"]
    assert [{"file": row["file"], **row["verdict"]} for row in rows] == verdicts
    assert {row["file"]: row["ok"] for row in rows} == {"flow.json": True, "sub/bad.json": False}
    saved = comfyc("validate", "--json", "-o", "report.json", cwd=folder)
    assert answer(saved.out)["findings"] == found["findings"]
    assert json.loads((folder / "report.json").read_text("utf-8")) == report


def test_converted_prompts_are_in_the_answer_or_in_files(folder: Path) -> None:
    prompt = json.loads(PROMPT.read_text("utf-8"))
    found = answer(comfyc("convert", ".", "--json", cwd=folder).out)
    assert [(row["file"], row["output"]) for row in found["results"]] == [
        ("flow.json", None),
        ("sub/bad.json", None),
    ]
    assert found["results"][0]["prompt"] == prompt
    assert found["skipped"] == ["package.json"]
    (row,) = answer(comfyc("convert", "flow.json", "-o", "x.json", "--json", cwd=folder).out)["results"]
    assert row == {"file": "flow.json", "ok": True, "output": "x.json", "prompt": None}
    (folder / "sub" / "broken.json").write_text('{"nodes": [', "utf-8")
    ended = comfyc("convert", "sub/broken.json", "flow.json", "--json", cwd=folder)
    found = answer(ended.out)
    assert (ended.code, [row["ok"] for row in found["results"]]) == (1, [False, True])
    assert [one["code"] for one in found["findings"]] == ["W011"]


def test_numbers_that_json_lacks_are_null_as_in_the_prompt(tmp_path: Path) -> None:
    inputs = f'{{"width": {"9" * 5000}, "height": 1e999, "batch_size": [NaN], "color": 1.5}}'
    text = f'{{"1": {{"class_type": "EmptyImage", "inputs": {inputs}}}}}'
    (tmp_path / "odd.json").write_text(text, "utf-8")
    (row,) = answer(comfyc("convert", "odd.json", "--json", cwd=tmp_path).out)["results"]
    rows = answer(comfyc("inputs", "odd.json", "--links", "--json", cwd=tmp_path).out)["results"]
    values = {row["input"]: row["value"] for row in rows}
    assert values == row["prompt"]["1"]["inputs"]
    assert values["width"] is values["height"] is None
    for command in ("validate", "needs", "packs"):
        assert answer(comfyc(command, "odd.json", "--json", cwd=tmp_path).out)["results"]


def test_the_standard_input_has_one_name(folder: Path) -> None:
    bad = (folder / "sub" / "bad.json").read_bytes()
    names = set()
    (needed,) = answer(comfyc("needs", "-", "--json", stdin=bad).out)["results"]
    assert needed["files"] == ["<stdin>"]
    for command in ("convert", "validate", "inputs", "graph", "format", "packs"):
        found = answer(comfyc(command, "-", "--json", stdin=bad).out)
        names |= {row["file"] for row in (*found["results"], *found["findings"])}
    for command in ("convert", "validate", "inputs", "graph", "format", "needs", "packs", "run"):
        ended = comfyc(command, "-", stdin=b"{")
        assert "<stdin>" in ended.out + ended.err
        assert "-:" not in ended.out + ended.err
    for command in ("convert", "validate", "format", "needs", "packs"):
        skipped = comfyc(command, "-", "--skip-others", "--json", stdin=b"{}")
        found = answer(skipped.out)
        assert (found["skipped"], found["exit_code"]) == (["<stdin>"], 2)
        assert "no workflow was found in '<stdin>'" in skipped.err
    for form in VALIDATE_NAMES:
        out = comfyc("validate", "-", "--format", form, stdin=bad).out
        assert re.search("<stdin>|&lt;stdin&gt;|&#60;stdin&#62;|%3Cstdin%3E", out), out
    assert names == {"<stdin>"}


def test_a_source_tree_that_is_not_installed_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", nowhere)
    assert answer(comfyc("explain", "N201", "--json").out)["comfyc"] == "unknown"
    assert comfyc("--version").out == "comfyc unknown\n"


def test_rules_can_be_listed(folder: Path) -> None:
    everything = comfyc("explain", "--all").out.splitlines()
    assert everything == comfyc("explain").out.splitlines()
    some = comfyc("explain", "n2").out.splitlines()
    assert [line.split() for line in some] == [line.split() for line in everything if line.startswith("N2")]
    rows = answer(comfyc("explain", "N2", "--json").out)["results"]
    assert [row["code"] for row in rows] == [line.split()[0] for line in some]
    (row,) = answer(comfyc("explain", "unknown-type", "--json").out)["results"]
    assert row["code"] == "N201"
    assert comfyc("explain", "N201", "--all").code == 2


# --- one word per thing --------------------------------------------------------------------------


def commands() -> dict[str, Any]:
    """Every command by the words that call it."""
    app = typer.main.get_command(build_app())
    found: dict[str, Any] = dict(app.commands)  # type: ignore[attr-defined]
    for word in GROUPS:
        group = found.pop(word)
        found |= {f"{word} {name}": one for name, one in group.commands.items()}
    return found


def test_every_command_takes_json() -> None:
    """Every command but git, which git itself calls, or people once."""
    found = commands()
    assert {name.split()[0] for name in found} == set(COMMANDS)
    for word, names in GROUPS.items():
        assert {name.split()[1] for name in found if name.startswith(f"{word} ")} == set(names)
    lacking = [name for name, one in found.items() if not any("--json" in each.opts for each in one.params)]
    assert lacking == ["git"]


def test_a_flag_takes_the_same_everywhere() -> None:
    shapes: dict[str, set[tuple[object, ...]]] = {}
    for one in commands().values():
        for each in one.params:
            if each.opts[0].startswith("-"):
                shape = (each.metavar, tuple(each.opts), each.is_flag, type(each.type).__name__)
                shapes.setdefault(max(each.opts, key=len), set()).add(shape)
    # packs has other forms; run takes the queue's prompt by default; report writes a folder
    several = {"--format", "--as", "--output"}
    assert {flag for flag, found in shapes.items() if len(found) > 1} <= several
    places = {
        each.metavar
        for one in commands().values()
        for each in one.params
        if each.opts[0] in ("files", "paths")
    }
    assert places == {"FILE...", "PATH...", "[PATH...]"}


def test_the_findings_of_the_schema_are_those_of_reports() -> None:
    ours, theirs = (
        json.loads(schema_file(name).read_text("utf-8"))["$defs"] for name in ("answer", "diagnostics")
    )
    assert (ours["finding"], ours["summary"]) == (theirs["diagnostic"], theirs["summary"])


def test_the_schema_tells_the_commands_of_an_envelope() -> None:
    schema = json.loads(comfyc("schema", "answer").out)
    grouped = {f"{word} {name}" for word, names in GROUPS.items() for name in names}
    names = {*COMMANDS, *grouped, None} - {"convert-and-run"}
    assert set(schema["properties"]["command"]["enum"]) == names
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"comfyc": "1", "format": 2}, schema)


def test_run_has_its_own_help() -> None:
    for name in ("run", "convert-and-run"):
        helped = comfyc(name, "--help").out
        assert f"Usage: comfyc {name} " in helped
        assert "Run workflows on a server" in helped
    assert "The same as run." in comfyc("--help").out


@pytest.mark.parametrize(
    "command", ["convert", "validate", "inputs", "graph", "format", "needs", "packs", "run"]
)
def test_an_address_is_no_file_and_the_hint_is_a_command(command: str) -> None:
    url = "https://example.org/flows/a b.json?raw=1&x=*"
    ended = comfyc(command, url)
    assert ended.code == 2
    hint = f"curl -L '{url}' | comfyc {command} -"
    assert hint in ended.err
    shell = subprocess.run(["sh", "-n", "-c", hint], check=False)
    assert shell.returncode == 0


def test_the_page_about_json_shows_a_real_answer(folder: Path) -> None:
    page = (ROOT / "docs" / "json.md").read_text("utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    shown = answer(json.dumps(json.loads(example)) + "\n")
    real = answer(
        comfyc("convert", "flow.json", "missing.json", "--out-dir", "api", "--json", cwd=folder).out
    )
    assert shown == real


def test_json_is_not_given_with_another_product_on_stdout(folder: Path) -> None:
    for command in (
        ("convert", "flow.json", "--also", "sarif=-"),
        ("validate", "flow.json", "--json", "--also", "sarif=-"),
        ("validate", "flow.json", "-o", "-", "--also", "sarif=-"),
        ("validate", "flow.json", "--also", "json=-", "--also", "sarif=-"),
    ):
        ended = comfyc(*command, cwd=folder)
        assert ended.code == 2
        assert "both go to stdout" in ended.err
        assert not (folder / "-").exists()


def test_a_conversion_does_not_import_what_json_needs() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "comfyc", "convert", str(WORKFLOW)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    heavy = {
        "comfyc.report.findings",
        "comfyc.validation",
        "comfyc.cli.settings.configuration",
        "importlib.metadata",
        "rich",
        "multiprocessing",
        "asyncio",
        "httpcore",
        "glob",
        "comfyc.catalog.address",
    }
    assert not loaded & heavy
