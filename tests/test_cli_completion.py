"""Shell completion: as the scripts ask for it, and as people see it in a bash, a zsh and a fish."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pty")

import pty
import select

from tests.in_process import comfyc

ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with a workflow in it, and ``comfyc`` as a command."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "comfyc"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m comfyc "$@"\n')
    command.chmod(0o755)
    (tmp_path / "my_flow.json").write_text("{}")
    return tmp_path


def environment(folder: Path, **more: str) -> dict[str, str]:
    path = os.environ.get("PYTHONPATH", "")
    return {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT / 'converter'}:{path}",
        "HOME": str(folder),
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
        **more,
    }


def ask(folder: Path, shell: str, line: str) -> list[str]:
    """What comfyc answers to the script of a shell, for a line that ends where the cursor is."""
    words = line.split(" ")
    asked = {"_COMFYC_COMPLETE": f"complete_{shell}"}
    asked |= (
        {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
        if shell == "bash"
        else {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    )
    ended = comfyc(cwd=folder, env=asked)
    assert ended.err == ""
    return [one.partition("\t")[0] for one in ended.out.split("\n") if one]


LINES = [
    ("comfyc con", ["convert", "convert-and-run"]),
    ("comfyc validate --for", ["--format"]),
    ("comfyc validate --format ju", ["junit"]),
    ("comfyc validate --format serv", ["server"]),
    ("comfyc convert --format s", ["sarif"]),
    ("comfyc convert --meta ", ["full", "title", "none"]),
    ("comfyc catalog sh", ["show"]),
    ("comfyc queue --any", ["--anyone"]),
    ("comfyc convert my", []),
    ("comfyc convert my_flow.json -o x", []),
    ("comfyc --show", ["--show-completion"]),
]


@pytest.mark.parametrize("shell", ["bash", "fish"])
@pytest.mark.parametrize(("line", "words"), LINES, ids=[line for line, _ in LINES])
def test_what_may_come_next(folder: Path, shell: str, line: str, words: list[str]) -> None:
    assert ask(folder, shell, line) == words


def test_every_option_is_one_word_of_the_answer(folder: Path) -> None:
    """Long help texts are no further words."""
    words = ask(folder, "fish", "comfyc validate --")
    assert len(words) > 20
    assert all(word.startswith("--") for word in words)


def test_zsh_is_told_of_words_or_of_files(folder: Path) -> None:
    assert "_arguments" in ask(folder, "zsh", "comfyc con")[0]
    assert ask(folder, "zsh", "comfyc convert my") == ["_files"]


def typed(folder: Path, shell: list[str], setup: str, keys: str) -> str:
    """The line after ``keys`` were pressed in a shell, TAB among them: it is made to print it."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        shell, stdin=slave, stdout=slave, stderr=slave, env=environment(folder), cwd=folder, close_fds=True
    )
    os.close(slave)

    def shown_until(mark: str, found: str = "") -> str:
        while mark not in found:
            ready, _, _ = select.select([master], [], [], 60)
            assert ready, found
            found += os.read(master, 65536).decode("utf-8", "replace")
        return found

    try:
        os.write(master, f"{setup}; echo set''up\n".encode())
        shown_until("setup\r\n")
        os.write(master, keys.encode())
        shown = shown_until(">done\r\n")
    finally:
        process.kill()
        process.wait()
        os.close(master)
    return shown.rpartition("line<")[2].partition(">done")[0].strip()


BASH = ["bash", "--norc", "--noprofile", "-i"]
ZSH = ["zsh", "-f", "-i"]
SCRIPTS = {
    "bash": 'bind "set bell-style none"; eval "$(_COMFYC_COMPLETE=source_bash comfyc)"',
    "zsh": 'autoload -Uz compinit; compinit -u; eval "$(_COMFYC_COMPLETE=source_zsh comfyc)"',
}
PRESSED = [
    ("comfyc con\t", "comfyc convert"),
    ("comfyc validate --for\t", "comfyc validate --format"),
    ("comfyc convert my_\t", "comfyc convert my_flow.json"),
    ("comfyc convert my_flow.json -o my_\t", "comfyc convert my_flow.json -o my_flow.json"),
]


@pytest.mark.parametrize("shell", [BASH, ZSH], ids=["bash", "zsh"])
@pytest.mark.parametrize(("keys", "line"), PRESSED, ids=[line for _, line in PRESSED])
def test_tab_completes(folder: Path, shell: list[str], keys: str, line: str) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"there is no {shell[0]}")
    # Behind the cursor comes the end of a text, before it its beginning: the whole is one word of printf
    pressed = f"{keys}\x05>done'\x01printf '%s\\n' 'line<\n"
    assert typed(folder, shell, SCRIPTS[shell[0]], pressed) == line


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("comfyc con", {"convert", "convert-and-run"}),
        ("comfyc validate --for", {"--format"}),
        ("comfyc convert my_", {"my_flow.json"}),
    ],
)
def test_fish_completes(folder: Path, line: str, words: set[str]) -> None:
    if shutil.which("fish") is None:
        pytest.skip("there is no fish")
    program = f"_COMFYC_COMPLETE=source_fish comfyc | source; complete -C '{line}'"
    ended = subprocess.run(
        ["fish", "--no-config", "-c", program],
        env=environment(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {one.partition("\t")[0] for one in ended.stdout.splitlines()} == words


def test_the_script_for_a_shell_is_printed_and_installed(folder: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    program = "comfyc --show-completion; comfyc --install-completion; true"
    ended = subprocess.run(
        [bash, "--norc", "-c", program],
        env=environment(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "complete -o default -F _comfyc_completion comfyc" in ended.stdout
    assert "_comfyc_completion" in (folder / ".bash_completions" / "comfyc.sh").read_text()
