"""What stands on a real terminal: nothing that was printed is ever overwritten, and no bar stays."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pty")

from tests.server.fake import FakeComfy
from tests.server.running import run_async
from tests.server.scripts import load_script, made_script
from tests.server.terminal import Terminal
from tests.server.test_cli_run import LIMIT, RUNNABLE, on, serving

pytestmark = pytest.mark.slow

SEEDED = RUNNABLE / "17_noise_seed.json"
PICTURES = made_script(
    {
        "1": {"text": ["a text of the server, which is rather long"]},
        "3": {"images": [{"filename": "a_00001_.png", "subfolder": "", "type": "output"}]},
    }
)


def whole(lines: list[str], columns: int) -> str:
    """The text that was printed: lines that fill the terminal go on in the next."""
    return "".join(line if len(line) >= columns else line + "\n" for line in lines)


@pytest.mark.parametrize(
    ("columns", "rows", "piped"),
    [(20, 6, False), (80, 6, True), (200, 24, False)],
)
def test_nothing_that_is_printed_is_overwritten(tmp_path: Path, columns: int, rows: int, piped: bool) -> None:
    async def test(server: FakeComfy) -> None:
        options = ("--seed", "random", "--count", "8", "--concurrency", "3")
        command = ("run", SEEDED, "--server", server.url, *options)
        async with Terminal(tmp_path, *command, columns=columns, rows=rows, piped=piped) as terminal:
            assert await terminal.ended() == 0
        shown = whole(terminal.lines(), columns)
        printed = terminal.out if piped else shown
        for line in ("a_00001_.png", "a text of the server, which is rather long"):
            assert printed.count(f"{line}\n") == 8, shown
        for body in server.bodies:
            seed = body["prompt"]["2"]["inputs"]["seed"]
            assert len(re.findall(rf"^17_noise_seed\.json #[1-8]: seed {seed}$", shown, re.M)) == 1, shown
        assert "nodes" not in shown
        assert " runs" not in shown
        assert not set("━╸╺") & set(shown)

    on(serving(PICTURES), test)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.02)


HELD = replace(load_script("08_progress_with_metadata_preview"), hold_at=12)


def test_bars_tell_runs_server_nodes_and_clocks(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        command = ("run", SEEDED, "--count", "2", "--force", "--server", server.url)
        async with Terminal(tmp_path, *command, columns=120) as terminal:

            def are_shown() -> bool:
                """All three at once: a terminal is also read in the middle of a repaint."""
                runs, run, node = ("", "", "", *terminal.lines())[-3:]
                return all(
                    (
                        re.fullmatch(r"0/2 runs +━{30}  0:0\d", runs),
                        run.startswith("17_noise_seed.json #1 "),
                        run.endswith(f"on {server.url}"),
                        re.search(r"\d/3 nodes  0:0\d", run),
                        re.search(r"[━╸╺]{30}  \d+/\d+  0:0[1-9]", node),
                    )
                )

            await until(are_shown)
            server.release.set()
            await terminal.ended()
        assert " runs" not in "\n".join(terminal.lines())

    on(serving(HELD), test)


@pytest.mark.parametrize("columns", [20, 100])
def test_ctrl_c_is_answered_where_it_can_be_read(tmp_path: Path, columns: int) -> None:
    async def test(server: FakeComfy) -> None:
        command = ("run", SEEDED, "--count", "3", "--seed", "7", "--force", "--server", server.url)
        async with Terminal(tmp_path, *command, columns=columns) as terminal:
            await until(lambda: bool(server.running))
            await asyncio.sleep(0.4)
            terminal.type("\x03")
            assert await terminal.ended() == 130
        shown = whole(terminal.lines(), columns)
        assert "17_noise_seed.json #1: seed 7\n" in shown
        words = "stopping: cancelling our prompts and saving their outputs (Ctrl-C again exits at once)"
        assert "".join(words.split()) in "".join(shown.split())
        assert " nodes" not in shown.replace("nodes cached", "")

    on(serving(HELD), test)


def with_titles(title: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(SEEDED.read_text("utf-8"))
    for node in document["nodes"]:
        node["title"] = title
    return document


@pytest.mark.parametrize(
    ("title", "columns"),
    [("漢字" * 40, 41), ("e\u0301" * 60, 20), ("🙂" * 40, 20), ("\u202eevil\x1b[2J" * 20, 41)],
    ids=["wide", "combining", "emoji", "hostile"],
)
def test_wide_titles_take_one_row(tmp_path: Path, title: str, columns: int) -> None:
    file = tmp_path / f"{title[:20]}.json".replace("\x1b", "")
    file.write_text(json.dumps(with_titles(title)), encoding="utf-8")

    async def test(server: FakeComfy) -> None:
        command = ("run", file, "--count", "2", "--seed", "7", "--force", "--server", server.url)
        async with Terminal(tmp_path, *command, columns=columns) as terminal:
            await until(lambda: " runs" in "\n".join(terminal.lines()) and bool(server.running))
            await asyncio.sleep(0.6)
            block = terminal.lines()[-3:]
            assert " runs" in block[0], block
            assert not any(" runs" in line for line in terminal.lines()[:-3])
            server.release.set()
            assert await terminal.ended() == 0
        shown = "".join(terminal.lines())
        assert len(re.findall(r"#[12]:\s*seed\s*\d+", shown)) == 2
        assert " runs" not in shown

    on(serving(HELD), test)


def test_a_terminal_that_changes_its_size_loses_nothing(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        command = ("run", SEEDED, "--count", "2", "--seed", "7", "--force", "--server", server.url)
        async with Terminal(tmp_path, *command, columns=100, rows=20) as terminal:
            await until(lambda: bool(server.running) and " runs" in "\n".join(terminal.lines()))
            for columns in (60, 120, 30, 100):
                await asyncio.sleep(0.4)
                terminal.resize(columns, 20)
            await asyncio.sleep(0.4)
            server.release.set()
            assert await terminal.ended() == 0
        shown = terminal.lines()
        assert sum("seed " in line for line in shown) == 2
        assert not any(" runs" in line for line in shown)

    on(serving(HELD), test)


def test_what_others_write_while_we_are_stopped_stays(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        command = ("run", SEEDED, "--count", "2", "--force", "--server", server.url)
        async with Terminal(tmp_path, *command, columns=100) as terminal:
            await until(lambda: bool(server.running) and " runs" in "\n".join(terminal.lines()))
            for turn in range(5):
                await asyncio.sleep(0.3)
                terminal.process.send_signal(signal.SIGSTOP)
                await until(lambda: state(terminal.process.pid) == "T")
                terminal.write(f"\r\nsomebody {turn}\r\nelse {turn}\r\n")
                terminal.process.send_signal(signal.SIGCONT)
                await until(lambda: " runs" in "\n".join(terminal.lines()[-3:]))
            server.release.set()
            await terminal.ended()
        shown = terminal.lines()
        assert all(f"{word} {turn}" in shown for word in ("somebody", "else") for turn in range(5))

    on(serving(HELD), test)


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2][0]


@pytest.mark.parametrize("columns", [20, 80])
def test_a_batch_takes_its_bar_away(tmp_path: Path, columns: int) -> None:
    async def main() -> None:
        files = sorted(RUNNABLE.glob("[0-9]*.json"))
        command: list[str | Path] = ["convert", *files, "--out-dir", tmp_path / "api"]
        async with Terminal(tmp_path, *command, columns=columns) as terminal:
            assert await terminal.ended() == 0
        shown = "".join(terminal.lines())
        assert f"{len(files)} of {len(files)} files converted" in " ".join(shown.split())
        assert not set("━╸╺") & set(shown)

    run_async(main, LIMIT)
