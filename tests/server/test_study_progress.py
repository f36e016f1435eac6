"""A study as it is shown: a block on a terminal, a line for each row, events."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from comfyc.running.display.progress import Kind
from comfyc.running.display.study_listening import StudyDisplay, StudyEvent
from comfyc.running.display.study_live import LiveStudy
from comfyc.running.display.study_progress import open_study_progress
from comfyc.running.display.study_tally import StudyTally
from comfyc.running.display.terminal_links import takes_links
from comfyc.running.records import events
from comfyc.running.records.events import Ended, NodeProgress, NodeStarted, Queued, Started, Submitted
from tests.server.fake import FakeComfy
from tests.server.terminal import Terminal as Screen
from tests.server.test_cli_run import WORKFLOW, on, serving
from tests.server.test_terminal import HELD, until
from tests.server.test_told import EVIL, Terminal, bare, drawn_rows

DOCS = Path(__file__).parents[2] / "docs"
GPU1, GPU2 = "http://gpu1:8188", "http://gpu2:8188"


def play(display: StudyDisplay) -> None:
    """Three rows on two servers, of which one goes away and comes back."""
    display.row_sent("0001", GPU1, row=1, parameters={"cfg": 4})
    listen = display.follow("0001", {"1": "Sampler", "2": "Save"}, GPU1)
    for event in (Submitted("p", GPU1, 1), Started("p"), NodeStarted("p", "1", "1")):
        listen(event)
    listen(NodeProgress("p", "1", "1", 3, 20))
    display.row_sent("0002", GPU2, row=2, parameters={"cfg": 6})
    display.server_is(GPU2, "away", "it does not answer")
    display.row_given_back("0002", GPU2, row=2, why="it does not answer")
    listen(Ended("p", "success", None))
    display.row_ended("0001", GPU1, row=1, failed=False, seconds=3.21, paths=["out/0001.png"])
    display.server_is(GPU2, "here")
    display.row_sent("0002", GPU2, row=2, attempt=2)
    display.row_ended("0002", GPU2, row=2, failed=True, seconds=0.5, problem="Sampler [1]:\nout of memory")
    display.row_ended("0003", GPU1, row=3, failed=False, paths=[f"out/{n}.png" for n in range(5)])


def shown(kind: Kind) -> list[str]:
    stream = io.StringIO()
    with open_study_progress(kind, stream, 10, done=1, servers=[GPU1, GPU2]) as display:
        play(display)
    return stream.getvalue().splitlines()


def test_a_log_gets_a_line_for_each_row() -> None:
    assert (
        shown("auto")
        == shown("plain")
        == [
            f"{GPU2} is away: it does not answer",
            f"[2/10] 0001 done in 3.2 s on {GPU1}: out/0001.png",
            f"{GPU2} is back",
            f"[3/10] 0002 failed after 0.5 s on {GPU2}: Sampler [1]: out of memory",
            f"[4/10] 0003 done on {GPU1}: out/0.png, out/1.png, out/2.png and 2 more",
        ]
    )
    assert shown("none") == []


def test_a_program_gets_events() -> None:
    found = [json.loads(line) for line in shown("json")]
    study = [one for one in found if "prompt_id" not in one]
    assert [one["event"] for one in study] == [
        "study-started",
        *("row-sent", "row-sent", "server", "row-given-back", "row-ended", "server", "row-sent"),
        *("row-ended", "row-ended", "study-ended"),
    ]
    assert study[0] | {"time": 0} == {
        "event": "study-started",
        "total": 10,
        "done": 1,
        "failed": 0,
        "left": 9,
        "servers": [GPU1, GPU2],
        "time": 0,
    }
    assert (study[1]["row"], study[1]["run"], study[1]["parameters"]) == (1, "0001", {"cfg": 4})
    assert (study[7]["row"], study[7]["attempt"]) == (2, 2)
    assert study[5]["paths"] == ["out/0001.png"]
    assert (study[8]["state"], study[8]["problem"]) == ("failed", "Sampler [1]:\nout of memory")
    assert (study[-1]["done"], study[-1]["failed"], study[-1]["left"]) == (3, 1, 6)
    of_run = [one["event"] for one in found if one.get("run") == "0001" and "prompt_id" in one]
    assert of_run == ["submitted", "started", "node-started", "node-progress", "ended"]


def test_every_event_is_documented() -> None:
    documented: dict[str, set[str]] = {}
    for name, members in re.findall(
        r"^\| `([a-z-]+)` \|.*\| ([^|]*)\|$", (DOCS / "json.md").read_text(), re.M
    ):
        documented[name] = set(re.findall(r"`(\w+)`", members))
    of_runs = [
        one
        for one in vars(events).values()
        if isinstance(one, type) and issubclass(one, events.Event) and one.kind not in ("event", "node")
    ]
    assert len(of_runs) > 15
    for kind in (*of_runs, *get_args(StudyEvent)):
        fields = {field.name for field in dataclasses.fields(kind)} - {"prompt_id"}
        assert documented[kind.kind] == fields, kind


def live(total: int, servers: int, now: float = 0.0) -> LiveStudy:
    names = [f"http://gpu{number}:8188" for number in range(1, servers + 1)]
    return LiveStudy(Terminal(), StudyTally(total, 0, 0, now), names)


def lines_of(display: LiveStudy, height: int, now: float, width: int = 100) -> list[str]:
    return drawn_rows(display._rows(height, now), width, color=True)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr("comfyc.running.display.study_live.time.monotonic", lambda: now[0])
    return now


def test_the_block_has_the_study_its_servers_and_the_last_pictures(clock: list[float]) -> None:
    display = live(100, 3)
    for number in range(1, 11):
        clock[0] = 6.0 * number
        path = f"out/{number:04}.png"
        display.row_ended(f"{number:04}", GPU1, row=number, failed=number == 2, paths=[path])
    listen = display.follow("0011", {"1": "Sampler", "2": "Save"}, GPU1)
    for event in (Submitted("p", GPU1, 1), Started("p"), NodeStarted("p", "1", "1")):
        listen(event)
    display.follow("0013", {}, GPU1)(Queued("q", 1))
    clock[0] = 62.0
    listen(NodeProgress("p", "1", "1", 5, 20))
    clock[0] = 64.0
    listen(NodeProgress("p", "1", "1", 10, 20))
    display.row_sent("0012", GPU2, row=12)
    display.server_is(GPU2, "away", "it does not answer")
    bar = "━" * 30
    assert lines_of(display, 20, 66.0, 120) == [
        f"10/100 rows       {bar[:3]}╺{bar[4:]}  1 failed  9:54 left  9.09 rows/min  1:06",
        f"http://gpu1:8188  {bar[:15]}╺{bar[16:]}  0011  Sampler [1]  10/20  0:06  2.5 it/s",
        "http://gpu2:8188  away 0:02  it does not answer",
        "http://gpu3:8188  idle",
        *(f"out/{number:04}.png" for number in (8, 9, 10)),
    ]
    display.server_is(GPU2, "here")
    assert "http://gpu2:8188  idle" in lines_of(display, 20, 66.0, 120)


@pytest.mark.slow
def test_a_terminal_has_a_block_while_rows_are_made_and_one_line_after_that(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("SaveImage.filename_prefix\na\nb\nc\n")

    async def test(server: FakeComfy) -> None:
        command = ("run", WORKFLOW, "--table", "t.csv", "--server", server.url, "-d", "out")
        async with Screen(tmp_path, *command, columns=100) as terminal:
            await until(lambda: any(re.match(r"0/3 rows .*━", line) for line in terminal.lines()))
            await until(
                lambda: any(re.match(rf"{server.url} .*━.*  0001  Empty", line) for line in terminal.lines())
            )
            server.release.set()
            assert await terminal.ended() == 0
        *_, line = terminal.lines()
        assert line == "3 of 3 rows done; their files are in out"
        assert "━" not in "\n".join(terminal.lines())

    on(serving(HELD), test)


def test_time_left_comes_from_the_pace_of_late_and_sinks_while_nothing_ends() -> None:
    tally = StudyTally(1000, 0, 0, 0.0)
    assert tally.seconds_left(10.0) is None
    now = 300.0  # the first row loads the models
    for _ in range(200):
        now += 2.0
        tally.row_ended(now, failed=False)
    assert tally.seconds_left(now) == pytest.approx(1600.0)
    assert tally.seconds_left(now + 198.0) == pytest.approx(3200.0)


@settings(max_examples=20)
@given(st.integers(1, 120), st.integers(1, 40), st.integers(0, 200), st.text(max_size=400))
def test_it_fits_any_terminal(width: int, height: int, servers: int, text: str) -> None:
    display = live(100_000, servers)
    for number in range(0, servers, 3):
        server = f"http://gpu{number + 1}:8188"
        display.follow(text, {"1": text}, server)(NodeStarted("p", "1", "1"))
        display.row_ended("x", server, row=number, failed=True, paths=[text], problem=text)
        display.server_is(text, "away", text)
    lines = lines_of(display, height, 5.0, width)
    assert len(lines) <= height
    assert all(cell_len(line) <= width for line in lines)
    assert servers < height or height < 3 or any(" more" in line for line in lines) or width < 60


def test_what_is_kept_does_not_grow() -> None:
    display = live(100_000, 1)
    for number in range(1000):  # none of them ends
        display.follow(f"{number}", {}, GPU1)(Queued("p", 1))
        display.row_ended("other", GPU1, row=number, failed=False, paths=[f"{number}.png"])
    assert len(display._servers) == 1
    assert len(display._servers[GPU1].boards) == 8
    assert len(display._pictures) == 3
    assert len(display._tally._ends) == 100


def test_it_is_taken_away_and_steers_nothing() -> None:
    stream = Terminal()
    with open_study_progress("auto", stream, 10, servers=[GPU1]) as display:
        play(display)
        display.follow(EVIL, {"1": EVIL}, EVIL)(NodeStarted("p", "1", "1"))
        display.row_ended(EVIL, EVIL, row=1, failed=True, paths=[EVIL], problem=EVIL)
        display.server_is(EVIL, "away", EVIL)
        with display.paused():
            stream.write("a line\n")
        assert bare(stream.getvalue().rpartition("a line\n")[2]).startswith("4/10 rows")
    assert not set("\x07\u202e\x9b") & set(stream.getvalue())
    screen = pyte.Screen(80, 24)
    pyte.Stream(screen).feed(stream.getvalue().replace("\n", "\r\n"))
    assert [line.strip() for line in screen.display if line.strip()] == ["a line"]


@pytest.mark.parametrize(
    ("environment", "has_links"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "6003"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4205"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "WezTerm", "TMUX": "/tmp/x"}, False),
        ({"TERM": "linux"}, False),
    ],
)
def test_links_are_for_terminals_that_show_them(
    environment: Mapping[str, str], has_links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert takes_links(environment) is has_links
    monkeypatch.setattr("comfyc.running.display.study_live.os.environ", environment)
    display: Any = live(10, 1)
    display.row_ended("1", GPU1, row=1, failed=False, paths=["out/a b.png"])
    (_, link), *_ = display._pictures
    assert (re.fullmatch(r"file://[^/]+/.*/out/a%20b\.png", link) is not None) is has_links
