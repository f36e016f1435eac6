"""Colours: the same variables count for findings, errors, help pages and bars."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from comfyc.cli.output.colors import colors_for_rich, use_color
from tests.in_process import Ended, comfyc
from tests.test_cli_convert import WORKFLOW

CASES: list[tuple[dict[str, str], bool | None]] = [
    ({}, None),
    ({"NO_COLOR": "1"}, False),
    ({"NO_COLOR": ""}, None),
    ({"FORCE_COLOR": "1"}, True),
    ({"FORCE_COLOR": "3"}, True),
    ({"FORCE_COLOR": "0"}, None),
    ({"FORCE_COLOR": ""}, None),
    ({"CLICOLOR_FORCE": "1"}, True),
    ({"CLICOLOR_FORCE": "0"}, None),
    ({"CLICOLOR": "0"}, False),
    ({"CLICOLOR": "1"}, None),
    ({"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, True),
    ({"CLICOLOR_FORCE": "1", "TERM": "dumb"}, True),
    ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ({"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, False),
]


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    file = tmp_path / "bad.json"
    file.write_text(WORKFLOW.read_text("utf-8").replace('"euler"', '"eulerr"'), "utf-8")
    return file


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "GITHUB_ACTIONS", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delitem(sys.modules, "typer.rich_utils", raising=False)  # which reads them when imported


COMMANDS: dict[str, Callable[[Path, dict[str, str]], Ended]] = {
    "validate": lambda bad, env: comfyc("validate", bad, env=env),
    "convert": lambda bad, env: comfyc("convert", bad.with_name("gone.json"), env=env),
    "usage": lambda bad, env: comfyc("convert", "--bogus", env=env),
    "help": lambda bad, env: comfyc("convert", "--help", env=env),
}


@pytest.mark.parametrize(("env", "wanted"), CASES, ids=str)
@pytest.mark.parametrize("command", COMMANDS)
def test_where_there_is_no_terminal(
    bad: Path, command: str, env: dict[str, str], wanted: bool | None
) -> None:
    if command == "help" and env.get("TERM") == "dumb":
        pytest.skip("rich, which draws the help pages, gives a dumb terminal no colours whatever is forced")
    ended = COMMANDS[command](bad, env)
    assert ("\x1b[" in ended.out + ended.err) is bool(wanted)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("env", "wanted"), CASES, ids=str)
def test_where_there_is_a_terminal(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], wanted: bool | None
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert use_color(Terminal()) is (wanted is not False)
    before = dict(os.environ)
    with colors_for_rich():
        from rich.console import Console  # noqa: PLC0415

        console = Console(file=io.StringIO())
        if env.get("TERM") != "dumb":
            assert (console.is_terminal and not console.no_color) is bool(wanted)
        assert Console(file=Terminal()).no_color is (wanted is False)
    assert dict(os.environ) == before


def test_a_dumb_terminal_has_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert not use_color(Terminal())


def test_files_have_no_colours(bad: Path) -> None:
    comfyc("validate", bad, "-o", bad.with_name("report.txt"), env={"FORCE_COLOR": "1"})
    assert "\x1b" not in bad.with_name("report.txt").read_text("utf-8")
