"""Completion of commands, flags and file names in the shells, by the scripts that comfyc prints for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

Completer = Callable[[Path, str], str]

BASH = """source comp.bash
complete -p comfyc > /dev/null
COMP_WORDS=({line} ""); COMP_WORDS=("${{COMP_WORDS[@]:0:{count}}}"); COMP_CWORD=$(({count} - 1))
_comfyc_completion comfyc
echo "${{COMPREPLY[@]}}"
"""
FISH = """source comp.fish
complete -C "{line}"
"""
ZSH = """zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; autoload -U compinit; compinit -u -d dump; source comp.zsh; echo re''ady"
zpty -r -m shell output '*ready*'
zpty -w -n shell "{line}"$'\\t\\t'
zpty -r -m shell output "*{last}*"
print -r -- "$output"
zpty -d shell
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with ``comfyc`` in bin/, the completion script of each shell, and a workflow."""
    command = tmp_path / "bin" / "comfyc"
    command.parent.mkdir()
    path = os.pathsep.join(filter(None, sys.path))
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{path}" exec "{sys.executable}" -m comfyc "$@"\n', "utf-8")
    command.chmod(0o755)
    for shell in ("bash", "zsh", "fish"):
        environment = {**os.environ, "_COMFYC_COMPLETE": f"source_{shell}"}
        done = subprocess.run([str(command)], env=environment, capture_output=True, text=True, check=True)
        (tmp_path / f"comp.{shell}").write_text(done.stdout, "utf-8")
    (tmp_path / "flow.json").write_text("{}", "utf-8")
    return tmp_path


def answer(shell: str, script: str, folder: Path) -> str:
    """What a shell prints for a script."""
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"there is no {shell}")
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "HOME": str(folder), "TERM": "dumb"}
    done = subprocess.run(
        [found, "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,  # zsh waits for its line for ever
    )
    return done.stdout


def bash(folder: Path, line: str) -> str:
    return answer("bash", BASH.format(line=line, count=len(line.split())), folder)


def fish(folder: Path, line: str) -> str:
    return answer("fish", FISH.format(line=line), folder)


@pytest.mark.parametrize("complete", [bash, fish])
@pytest.mark.parametrize(
    ("line", "expected", "other"),
    [
        ("comfyc con", "convert", "validate"),
        ("comfyc validate --form", "--format", "--ignore"),
        ("comfyc catalog s", "save", "list"),
    ],
)
def test_commands_and_flags(complete: Completer, folder: Path, line: str, expected: str, other: str) -> None:
    found = complete(folder, line).split()
    assert expected in found
    assert other not in found


def test_zsh(folder: Path) -> None:
    assert "convert-and-run" in answer("zsh", ZSH.format(line="comfyc con", last="convert-and-run"), folder)


def test_file_names_are_completed_by_the_shell(folder: Path) -> None:
    assert "flow.json" in fish(folder, "comfyc convert fl")
    assert "-o default" in answer("bash", "source comp.bash; complete -p comfyc", folder)
