"""The examples of README.md and docs/ that need no server, run as they are written."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from comfyc import Catalog, Diagnostic, convert, validate
from comfyc.report.document import record
from comfyc.report.findings import FileFindings, located
from tests.discovery import FIXTURES, parse_toml
from tests.in_process import comfyc
from tests.server.fake import FakeComfy
from tests.server.running import PROMPT
from tests.server.test_python_api import fake_in_thread
from tests.studies.small import small_study

ROOT = FIXTURES.parent
README = (ROOT / "README.md").read_text("utf-8")
PAGES = {file.stem: file.read_text("utf-8") for file in sorted((ROOT / "docs").glob("*.md"))}
BASH = shutil.which("bash")
SETUP = re.findall(r"^    ((?:cp|echo) .*)$", README, re.MULTILINE)
SERVERS = re.compile(
    r"http://|gpu-box|^comfyc (run|convert-and-run|resume|retry|sheet|wait|queue|cancel|interrupt|status)\b"
    r"|object_info\.json|~/ComfyUI"
)
REPOSITORY = re.compile(r"^comfyc (git (?!textconv)|diff (HEAD|v1))")
"""Commands for a git repository, which the folder of the examples is not."""
FINDINGS = {0, 1}


def shell_lines(page: str) -> list[str]:
    """The examples in a page: its indented lines, without the comments behind them."""
    lines = re.findall(r"^    ((?:comfyc|cat) .*)$", page, re.MULTILINE)
    return [re.sub(r"\s+# .*", "", line) for line in lines]


EVERYTHING = [line for page in (README, *PAGES.values()) for line in shell_lines(page)]
OFFLINE = [
    line for line in dict.fromkeys(EVERYTHING) if not SERVERS.search(line) and not REPOSITORY.search(line)
]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the fixtures, a study and the files that the README has us make, and ``comfyc`` on the
    path."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "fixtures").symlink_to(FIXTURES)
    (folder / "bin").mkdir()
    command = folder / "bin" / "comfyc"
    source = ROOT / "converter"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{source}" exec "{sys.executable}" -m comfyc "$@"\n', "utf-8")
    command.chmod(0o755)
    small_study(folder / "out")
    assert len(SETUP) == 3
    for line in SETUP:
        assert run(line, folder).returncode == 0
    return folder


class Done(NamedTuple):
    """How an example ended."""

    returncode: int
    stderr: str


def run(line: str, folder: Path) -> Done:
    """Run an example as a shell does; in this process if there is nothing in it for a shell to do."""
    if line.startswith("comfyc ") and not re.search(r"[|<>*?$;&~`{(]", line):
        ended = comfyc(*shlex.split(line)[1:], cwd=folder)
        return Done(ended.code, ended.err)
    environment = {**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [str(BASH), "-o", "pipefail", "-c", line],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stderr)


@pytest.mark.skipif(BASH is None, reason="there is no bash")
@pytest.mark.parametrize("line", OFFLINE)
def test_an_example_does_what_it_says(checkout: Path, line: str) -> None:
    done = run(line, checkout)
    judges = line.startswith("comfyc validate") or "comfyc diff" in line
    assert done.returncode in (FINDINGS if judges else {0}), done.stderr
    assert "error:" not in done.stderr
    for output in re.findall(r"(?:-o |--out-dir |=|2> )([\w.-]+/?)(?= |$)", line):
        assert (checkout / output).exists() or re.search(r"--(set|in) ", line)


def test_there_are_examples_of_every_offline_command() -> None:
    words = {line.split()[1] for line in OFFLINE if line.startswith("comfyc")}
    about_files = {"convert", "validate", "inputs", "set", "needs", "packs", "graph"}
    about_files |= {"diff", "format", "git", "report", "studies"}
    assert words == about_files | {"catalog", "schema", "explain"}


def test_files_that_are_named_exist() -> None:
    folders = "fixtures|scripts|benchmarks|docs|converter|schemas|tests|editor|passes|cli"
    pages = [README, (ROOT / "CONTRIBUTING.md").read_text("utf-8"), *PAGES.values()]
    for name in re.findall(rf"\b((?:{folders})/[\w/-]+\.(?:py|json|md|tsv))", "\n".join(pages)):
        if not re.search(r"/[A-Z]+[/.]", name):  # which stands for any name
            assert (ROOT / name).exists() or (ROOT / "converter" / "comfyc" / name).exists(), name


def test_the_two_commands_of_the_set_up_are_there() -> None:
    head = README.partition("## Convert")[0]
    commands = re.findall(r"^    ((?:python3|\./test).*)$", head, re.MULTILINE)
    assert len(commands) == 2
    file = re.findall(r"comfyc convert (\S+)$", commands[0])[0]
    assert (ROOT / file).is_file()


def test_the_python_examples(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    bad = (FIXTURES / "text_to_image" / "workflow.json").read_text("utf-8").replace("KSampler", "NoSampler")
    shutil.copy(checkout / "flow.json", checkout / "kept.json")
    try:
        (checkout / "flow.json").write_text(bad, "utf-8")
        done = subprocess.run(
            [sys.executable, "-c", first], cwd=checkout, capture_output=True, text=True, check=True
        )
    finally:
        shutil.move(checkout / "kept.json", checkout / "flow.json")
    assert re.search(
        r"^warning N201 flow.json:\d+:\d+ /nodes/\d+/type .*NoSampler", done.stdout, re.MULTILINE
    )
    monkeypatch.chdir(checkout)
    names: dict[str, Any] = {"prompt": PROMPT, "workflow": {"nodes": [], "links": []}}
    with fake_in_thread(FakeComfy()) as url:
        text = second.replace("http://gpu-box:8188", url)
        code = compile(text, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        asyncio.run(eval(code, names))
    assert names["result"].status == "success"
    assert list((checkout / "pictures").iterdir())


def blocks() -> list[tuple[str, str, str]]:
    """Page, language and text of every fenced block in the pages of the repository."""
    block = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
    return [
        (page.name, language, textwrap.dedent(text))
        for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
        for language, text in block.findall(page.read_text("utf-8"))
    ]


RUN = {
    ("README.md", "python"): "above",
    ("api.md", "python"): "tests/test_docs.py",
    ("packs.md", "python"): "tests/test_docs.py",
    ("diff.md", "python"): "tests/test_docs.py",
    ("diff.md", "text"): "tests/test_docs.py",
    ("studies.md", "python"): "tests/server/test_studies.py",
    ("studies.md", "text"): "tests/server/test_study_progress.py",
    ("assertions.md", "text"): "tests/test_expectations.py",
    ("assertions.md", "yaml"): "tests/test_expectations.py",
    ("git.md", "text"): "tests/test_git_merge.py",
    ("prices.md", "python"): "tests/test_docs.py",
    ("ci.md", "yaml"): "tests/test_ci.py",
    ("corpora.md", "sh"): "tests/test_corpora.py",
    ("corpora.md", "sql"): "tests/test_corpora.py",
    ("corpora.md", "python"): "tests/test_corpora.py",
    ("jobs.md", "yaml"): "tests/test_jobs.py",
    ("architecture.md", "text"): "a drawing",
}
"""Where the blocks of a page are run. A block of another page or language needs a test of its own."""


def test_every_block_is_run_or_parsed() -> None:
    found = blocks()
    assert len(found) > 6
    for page, language, text in found:
        if language == "json":
            assert json.loads(re.sub(r",\s*\.\.\.", "", text)), page  # an excerpt ends in dots
        elif language == "toml":
            assert parse_toml(text), page
        else:
            assert (page, language) in RUN, text


def test_a_finding_has_the_names_of_its_json() -> None:
    document = json.loads((FIXTURES / "text_to_image" / "workflow.json").read_text("utf-8"))
    document["nodes"][0]["type"] = "NoSampler"
    found = next(iter(convert(document, Catalog.load()).diagnostics))
    report = located(FileFindings("flow.json", [found], json.dumps(document, indent=1)))
    told = record(report, report.findings[0])
    shown = report.findings[0].diagnostic
    other = {"container", "member"}  # of the file, not of the finding
    assert {key: getattr(shown, key) for key in told if key not in other | {"severity"}} == {
        key: value for key, value in told.items() if key not in other | {"severity"}
    }
    assert (shown.severity.value, found.code) == (told["severity"], told["code"])
    assert shown.position.startswith(f"flow.json:{shown.line}:{shown.column} {shown.pointer}")
    assert isinstance(found, Diagnostic)
    assert validate(document, Catalog.load()).diagnostics


@pytest.mark.parametrize("page", [README, *PAGES.values()], ids=["README", *PAGES])
def test_tables_are_whole(page: str) -> None:
    """A blank line ends a table: every row then stands below a head of its own, with as many cells."""
    lines = ["", *page.splitlines(), ""]
    for number, line in enumerate(lines):
        if not line.startswith("|"):
            continue
        if not lines[number - 1].startswith("|"):
            assert re.fullmatch(r"\|(\s*:?-+:?\s*\|)+", lines[number + 1]), line
        else:
            cells = [len(re.split(r"(?<!\\)\|", each)) for each in (lines[number - 1], line)]
            assert cells[0] == cells[1], line


def test_numbers_agree() -> None:
    from comfyc.catalog.bundled import pack_entries  # noqa: PLC0415

    headers, types = pack_entries().volumes, set(pack_entries())
    templates = json.loads((FIXTURES / "templates" / "sha256.json").read_text("utf-8"))["templates"]
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    pages = {"README.md": README, "docs/packs.md": PAGES["packs"], "CHANGELOG.md": changes}
    counts = {
        name: set(re.findall(r"(\d[\d,]*) (?:custom-node )?packs\b", page)) for name, page in pages.items()
    }
    served = [volume for volume in headers if volume.origin == "server"]
    assert {name: found - {str(len(headers)), str(len(served))} for name, found in counts.items()} == {
        name: set() for name in pages
    }
    assert f"{len(types):,} node types" in PAGES["packs"]
    counted = re.findall(r"(\d+)(?: of (\d+))? (?:templates|files) ?(?=in|\||,)", README)
    assert f"{len(templates)} of {len(templates)}" in README
    assert {number for pair in counted for number in pair if number} == {str(len(templates))}
