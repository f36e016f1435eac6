"""What a person is told: diagnostics at the place in the file, progress lines, bars, NDJSON, pictures."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic, Pointer
from comfyc.running import Run, run_to_json
from comfyc.running.display.bars import Rows, RunCount, rows_of
from comfyc.running.display.board import Board
from comfyc.running.display.listening import both
from comfyc.running.display.progress import Kind, open_progress, preview_to_file
from comfyc.running.faults import node_error_diagnostics, run_diagnostics
from comfyc.running.records.events import (
    Ended,
    Event,
    NodeFailed,
    NodeFinished,
    NodePreview,
    NodeProgress,
    NodeStarted,
    NodeText,
    Started,
    Submitted,
)
from comfyc.running.records.outcome import Output
from comfyc.safety.escaping import printable
from tests.server.fake import FakeComfy, Faults
from tests.server.running import pace, run_async, run_on
from tests.server.scripts import load_script

EVIL = "a\x1b]0;owned\x07\x1b[31m[red]b[/red]\r\n\u202eevil\x9b2J"


def where(node: str, name: str | None) -> tuple[Pointer, str | None]:
    """As a caller's: only nodes of the prompt have a place."""
    if "." in node:
        return (), None
    return (
        "nodes",
        int(node) if node.isdecimal() else 0,
        *(("inputs", name) if name else ()),
    ), f"Node {node}"


def told(run: Run, **options: Any) -> list[Diagnostic]:
    diagnostics = Collector()
    run_diagnostics(run, diagnostics, where, **options)
    return list(diagnostics)


def run_session(name: str, faults: Faults | None = None, **options: Any) -> Run:
    async def main() -> Run:
        async with FakeComfy(name, faults) as fake:
            return await run_on(fake, **options)

    return run_async(main)


# --- diagnostics ---


def test_a_run_that_goes_well_is_not_worth_a_word() -> None:
    assert told(run_session("02_image_run")) == []


def test_the_servers_node_errors_are_told_at_the_place_in_the_file() -> None:
    answer = load_script("11_partial_validation").post
    diagnostics = Collector()
    node_error_diagnostics({**answer, "error": {"type": "x", "message": "X"}}, diagnostics, where)
    whole, found = diagnostics
    assert whole.rule is codes.PROMPT_REJECTED
    assert found.rule is codes.NODE_REJECTED
    assert found.location.pointer == ("nodes", 9, "inputs", "width")
    assert (found.location.node, found.location.title) == ("9", "Node 9")
    assert found.message == "value 0 smaller than min of 1: width"
    assert found.data["leaves_out"] == ["8"]


@pytest.mark.parametrize(("allowed", "rule"), [(False, codes.OUTPUT_REJECTED), (True, codes.OUTPUT_LEFT_OUT)])
def test_partial_validation_is_an_error_unless_allowed(allowed: bool, rule: Any) -> None:
    run = run_session("11_partial_validation")
    assert [one.rule for one in told(run, allow_partial=allowed)] == [rule]


def test_a_prompt_that_names_no_node_is_told_at_the_node_that_the_server_means() -> None:
    error = {
        "type": "missing_node_type",
        "message": "Node 'Foo' not found.",
        "details": "Node ID '#7'",
        "extra_info": {"node_id": "7", "class_type": "Foo"},
    }
    diagnostics = Collector()
    node_error_diagnostics({"error": error, "node_errors": {}}, diagnostics, where)
    (found,) = diagnostics
    assert found.location.pointer == ("nodes", 7)
    assert found.message == "node 'Foo' not found.: Node ID '#7'"
    assert "install" in str(found.hint)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"node_errors": []},
        {"node_errors": {"1": None, "2": {"errors": "x"}, "3": {"errors": [None, 5, {}]}}},
        {"error": {"type": 5, "message": [], "extra_info": "x"}, "node_errors": None},
        {"error": "text"},
        {"node_errors": {"3": {"errors": [{"extra_info": {"input_name": 5}, "message": EVIL}]}}},
    ],
)
def test_answers_of_any_shape_are_told_or_passed_over(answer: dict[str, Any]) -> None:
    diagnostics = Collector()
    node_error_diagnostics(answer, diagnostics, where)
    for found in diagnostics:
        assert found.message.isprintable()


def test_a_failed_node_is_told_with_its_exception_and_the_end_of_its_traceback() -> None:
    (found,) = told(run_session("10_execution_error"))
    assert found.rule is codes.NODE_FAILED
    assert found.message == "'PT_Error' raised ValueError: boom"
    assert found.location.pointer == ("nodes", 1)
    assert found.data["traceback"][-1].endswith("raise ValueError(text)")
    assert len(found.data["traceback"]) <= 6


def test_a_child_of_an_expanded_node_is_told_at_its_parent() -> None:
    failure = NodeFailed("p", "1.0.0.2", "1", "X", "RuntimeError", "CUDA out of memory", ())
    (found,) = told(Run("error", "node-failed", "s", failure=failure))
    assert found.location.pointer == ("nodes", 1)
    assert found.location.node == "1.0.0.2"
    assert "smaller" in str(found.hint)


def test_a_blocked_node_is_a_warning() -> None:
    (found,) = told(run_session("14_block_message"))
    assert found.rule is codes.NODE_BLOCKED
    assert found.message == "'PreviewAny' did not run: Execution Blocked: not allowed"


def test_a_cached_run_is_told() -> None:
    assert [one.rule for one in told(run_session("03_identical_again_cached"))] == [codes.ALL_CACHED]


@pytest.mark.parametrize(
    ("after", "patience", "rule"),
    [
        (8, {"total": 0.2}, codes.RUN_TIMED_OUT),
        (8, {"idle": 0.2}, codes.RUN_SILENT),
        (3, {"dead_worker": 0.2}, codes.DEAD_WORKER),
    ],
)
def test_a_run_that_was_given_up_is_told(after: int, patience: dict[str, float], rule: Any) -> None:
    faults = Faults(stall_after=after)
    run = run_session("08_progress_with_metadata_preview", faults, pace=pace(grace=0.1, **patience))
    (found,) = told(run)
    assert found.rule is rule
    assert found.hint
    assert found.data["prompt_id"] == run.prompt_id
    assert found.location.node == ("1" if after == 8 else None)


def test_every_bad_end_has_its_rule() -> None:
    from typing import get_args  # noqa: PLC0415

    from comfyc.running.records.events import Reason  # noqa: PLC0415

    for reason in get_args(Reason):
        rejection = {"type": "x", "message": "no"} if reason == "rejected" else None
        found = told(Run("error", reason, "s", "p", rejection=rejection))
        assert len(found) == 1, reason
        assert found[0].severity.value == "error"


def test_files_that_are_missing_or_renamed_are_told() -> None:
    outputs = {
        "3": (
            Output("file", "images", "a.png", path="/o/a.png", size=1),
            Output("file", "images", "b.png", problem="the connection was lost"),
            Output("file", "images", "../c.png", path="/o/c.png", size=1),
        )
    }
    found = told(Run("success", None, "s", "p", outputs=outputs))
    assert [one.rule for one in found] == [codes.OUTPUT_NOT_SAVED, codes.FILE_RENAMED]
    assert found[0].message == "output 'b.png' was not saved: the connection was lost"


def test_messages_are_printable_whatever_the_server_says() -> None:
    failure = NodeFailed("p", EVIL, EVIL, EVIL, EVIL, EVIL, (EVIL,))
    outputs = {EVIL: (Output("file", "images", EVIL, problem=EVIL),)}
    run = Run("error", "node-failed", "s", "p", failure=failure, blocked=(failure,), outputs=outputs)
    for found in told(run):
        assert found.message.isprintable()


# --- the result as JSON ---


@pytest.mark.parametrize(
    "name", ["02_image_run", "10_execution_error", "14_block_message", "33_interrupt_running"]
)
def test_a_run_is_json(name: str, tmp_path: Path) -> None:
    record = json.loads(json.dumps(run_to_json(run_session(name, out_dir=tmp_path))))
    assert {"status", "server", "prompt_id", "outputs"} <= record.keys()
    for outputs in record["outputs"].values():
        for output in outputs:
            assert output["kind"] != "file" or Path(output["path"]).exists()


# --- progress ---


def shown(kind: Kind, name: str, titles: dict[str, str] | None = None) -> str:
    stream = io.StringIO()
    with open_progress(kind, stream) as progress:
        run_session(name, events=Listening(progress.follow("flow.json", titles)))
    return stream.getvalue()


class Listening(list[Event]):
    """A list that passes on what is added to it."""

    def __init__(self, listener: Callable[[Event], None]) -> None:
        super().__init__()
        self._listener = listener

    def append(self, event: Event) -> None:
        self._listener(event)


def test_plain_lines_tell_the_story() -> None:
    lines = shown("plain", "02_image_run", {"1": "Empty", "2": "Scale", "3": "Save"}).splitlines()
    assert all(line.startswith("flow.json: ") for line in lines)
    words = [line.removeprefix("flow.json: ") for line in lines]
    assert words[0].startswith("submitted to http://127.0.0.1:")
    assert words[-5:] == ["running", "Empty [1]", "Scale [2]", "Save [3]", "success"]


def test_json_lines_are_events() -> None:
    records = [json.loads(line) for line in shown("json", "08_progress_with_metadata_preview").splitlines()]
    assert records[0]["event"] == "submitted"
    assert records[-1]["event"] == "ended"
    assert {record["run"] for record in records} == {"flow.json"}
    previews = [record for record in records if record["event"] == "node-preview"]
    assert all(record["data"] > 1000 for record in previews)


def test_none_is_silent_and_auto_is_plain_where_there_is_no_terminal() -> None:
    assert shown("none", "02_image_run") == ""
    auto, plain = (shown(kind, "02_image_run").splitlines()[1:] for kind in ("auto", "plain"))
    assert auto == plain  # the first line has the server and the id
    assert "flow.json: running" in plain


@pytest.mark.parametrize("kind", ["plain", "live", "json"])
@pytest.mark.parametrize(
    "name", ["08_progress_with_metadata_preview", "09_progress_text", "10_execution_error"]
)
def test_titles_and_texts_cannot_steer_the_terminal(kind: Kind, name: str) -> None:
    stream = Terminal()
    with open_progress(kind, stream) as progress:
        listener = progress.follow(EVIL, dict.fromkeys("123", EVIL))
        run_session(name, events=Listening(listener))
        listener(NodeStarted("p", EVIL, "1"))
        listener(NodeText("p", "1", "1", EVIL))
    out = stream.getvalue()
    assert "\x1b]0;" not in out
    assert "\x07" not in out
    assert "\u202e" not in out
    assert "\x9b" not in out
    assert kind == "json" or "[red]b[" in out  # markup is text


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_bars_are_drawn_and_taken_away() -> None:
    stream = Terminal()
    with open_progress("live", stream, 2) as progress:
        listener = progress.follow("flow.json", {"1": "Sampler", "2": "Save"})
        listener(Submitted("p", "http://gpu", 1))
        listener(NodeStarted("p", "1", "1"))
        listener(NodeProgress("p", "1", "1", 3, 20))
        with progress.paused():
            stream.write("a line\n")
        drawn = bare(stream.getvalue().rpartition("a line\n")[2])
        assert [line.split("  ━")[0].strip() for line in drawn.split("\n")] == [
            "0/2 runs",
            "flow.json",
            "Sampler [1]",
        ]
        assert "3/20" in drawn
        assert "0/2 nodes" in drawn
        assert "on http://gpu" in drawn
        listener(Ended("p", "success", None))
        progress.over("flow.json", failed=True)
        with progress.paused():
            stream.write("another\n")
        drawn = bare(stream.getvalue().rpartition("another\n")[2])
        assert drawn.startswith("1/2 runs")
        assert "1 failed" in drawn
        assert "flow.json" not in drawn
    screen = pyte.Screen(80, 24)
    pyte.Stream(screen).feed(stream.getvalue().replace("\n", "\r\n"))
    assert [line.strip() for line in screen.display if line.strip()] == ["a line", "another"]
    assert not screen.cursor.hidden


def bare(text: str) -> str:
    """What is written, without what steers the terminal."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def board_at_work() -> Board:
    board = Board("flow.json #2", {"1": "Sampler", "2": "Save"})
    board.update(Submitted("p", "http://gpu:8188", 1), 100.0)
    board.update(Started("p"), 110.0)
    board.update(NodeStarted("p", "1", "1"), 120.0)
    board.update(NodeProgress("p", "1", "1", 5, 20), 125.0)
    board.update(NodeProgress("p", "1", "1", 10, 20), 130.0)
    return board


def drawn_rows(rows: Rows, width: int, *, color: bool = False) -> list[str]:
    """What rich makes of the rows on a terminal of this width."""
    stream = io.StringIO()
    system: Any = "truecolor" if color else None
    Console(file=stream, width=width, force_terminal=True, color_system=system).print(rows)
    return [line.rstrip() for line in bare(stream.getvalue()).removesuffix("\n").split("\n")]


def test_every_line_has_its_own_clock_and_what_is_left() -> None:
    tally = RunCount(4, 0.0, 1)
    runs, run, node = drawn_rows(rows_of(tally, [board_at_work()], 20, 132.0), 100, color=True)
    bar = "━" * 30
    assert runs == f"1/4 runs       {bar[:7]}╸{bar[8:]}  2:12  6:36 left"
    assert run == f"flow.json #2   {bar}  0/2 nodes  0:22  on http://gpu:8188"
    assert node == f"  Sampler [1]  {bar[:15]}╺{bar[16:]}  10/20  0:12  0:10 left  1.0 it/s"
    board = board_at_work()
    board.update(NodeFinished("p", "1", "1", 12.0), 132.0)
    board.update(NodeStarted("p", "2", "2"), 140.0)
    assert drawn_rows(rows_of(tally, [board], 20, 141.0), 100)[2] == "  Save [2]    0:01"


def test_without_colours_a_bar_ends_where_it_is_filled_to() -> None:
    (runs,) = drawn_rows(rows_of(RunCount(4, 0.0, 2), [], 20, 132.0), 100)
    assert runs == f"2/4 runs  {'━' * 15}                 2:12  2:12 left"


@pytest.mark.parametrize("label", ["漢字.json", "🙂.json", "e\u0301.json"])
def test_columns_are_counted_in_cells(label: str) -> None:
    board = board_at_work()
    board.label = label
    runs, run, _ = drawn_rows(rows_of(RunCount(4, 0.0, 1), [board], 20, 132.0), 100, color=True)
    assert cell_len(runs.partition("━")[0]) == cell_len(run.partition("━")[0])


@given(st.integers(1, 120), st.integers(1, 12), st.integers(0, 5), st.text(max_size=80))
def test_lines_fit_whatever_they_say(width: int, height: int, count: int, title: str) -> None:
    boards = [board_at_work() for _ in range(count)]
    for board in boards:
        board.titles = {"1": title}
        board.label = title
    rows = rows_of(RunCount(9, 0.0, 3, 1), boards, height, 200.0)
    lines = drawn_rows(rows, width)
    assert len(lines) == len(rows.rows) <= height
    assert all(cell_len(line) <= width for line in lines)


def test_the_pace_of_steps_is_measured() -> None:
    board = Board("x", {"1": "Sampler"})
    board.update(NodeStarted("p", "1", "1"), 0.0)
    for step in range(1, 6):
        board.update(NodeProgress("p", "1", "1", step, 20), float(step) / 2)
    assert board.steps() == "5/20 2.0 it/s"
    board.update(NodeProgress("p", "1", "1", 6, 20), 100.0)
    assert board.steps().endswith("s/it")


def test_the_newest_preview_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "preview.jpg"
    events: list[Event] = []
    listener = both(preview_to_file(path), events.append)
    run_session("08_progress_with_metadata_preview", events=Listening(listener))
    assert path.read_bytes() in [event.data for event in events if isinstance(event, NodePreview)]
    assert [one.name for one in tmp_path.iterdir()] == ["preview.jpg"]


def test_a_preview_that_cannot_be_kept_is_told_once_and_ends_no_run(tmp_path: Path) -> None:
    failures: list[OSError] = []
    listener = preview_to_file(tmp_path / "gone" / "preview.jpg", failures.append)
    run = run_session("08_progress_with_metadata_preview", events=Listening(listener))
    assert (run.status, len(failures)) == ("success", 1)


def test_printable_text_is_left_as_it_is() -> None:
    assert printable("KSampler [äöü] 漢字 🙂 100 %") == "KSampler [äöü] 漢字 🙂 100 %"
    assert printable(EVIL) == "a\\x1b]0;owned\\x07\\x1b[31m[red]b[/red] \\u202eevil\\x9b2J"
    assert len(printable("x" * 10_000)) == 2000
