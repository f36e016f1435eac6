"""Every recorded conversation, replayed: the run says what the real server's history says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comfyc.running.records.events import (
    Cached,
    Ended,
    FileSaved,
    NodeEvent,
    NodeFailed,
    NodeFinished,
    NodeOutput,
    NodePreview,
    NodeProgress,
    NodeStarted,
    NodeText,
    Started,
    Submitted,
)
from tests.server.fake import FakeComfy, Faults
from tests.server.running import files_in, run_async, run_on
from tests.server.scripts import SESSIONS, Script, load_script, messages_of


def final_of(script: Script) -> str:
    """How it ended, by the last message of the recorded history."""
    last = script.history["status"]["messages"][-1][0]
    names = {
        "execution_success": "success",
        "execution_error": "error",
        "execution_interrupted": "interrupted",
    }
    return names[last]


def files_of(script: Script) -> list[dict[str, Any]]:
    return [
        item
        for output in script.history["outputs"].values()
        for items in output.values()
        for item in items
        if isinstance(item, dict)
    ]


@pytest.mark.parametrize("name", SESSIONS)
def test_a_replayed_session_ends_as_its_history_says(name: str, tmp_path: Path) -> None:
    script = load_script(name)
    fake = FakeComfy(script)
    events: list[Any] = []

    async def main() -> Any:
        async with fake:
            return await run_on(fake, tmp_path, events=events)

    run = run_async(main)
    assert run.status == final_of(script)
    assert fake.accepted == fake.executed == [run.prompt_id]
    assert {one.filename for one in run.files} == {item["filename"] for item in files_of(script)}
    for output in run.files:
        assert output.path is not None
        assert Path(output.path).read_bytes() == fake.files[output.type, output.subfolder, output.filename]
    assert len(files_in(tmp_path)) == len(files_of(script))
    texts = [text for output in script.history["outputs"].values() for text in output.get("text", [])]
    assert [one.text for _, one in run.each_output() if one.kind == "text"] == texts
    assert run.node_errors == script.post["node_errors"]


@pytest.mark.parametrize("name", SESSIONS)
def test_events_come_once_and_in_order(name: str, tmp_path: Path) -> None:
    script = load_script(name)
    events: list[Any] = []

    async def main() -> Any:
        async with FakeComfy(script) as fake:
            return await run_on(fake, tmp_path, events=events)

    run = run_async(main)
    kinds = [type(event) for event in events]
    assert kinds.count(Submitted) == kinds.count(Started) == kinds.count(Ended) == 1
    assert kinds.index(Submitted) < kinds.index(Started) < kinds.index(Ended)
    assert set(kinds[kinds.index(Ended) + 1 :]) <= {FileSaved}
    assert all(event.prompt_id == run.prompt_id for event in events)
    started = [event.node for event in events if isinstance(event, NodeStarted)]
    finished = [event.node for event in events if isinstance(event, NodeFinished)]
    assert len(set(started)) == len(started)
    assert len(set(finished)) == len(finished)
    assert started == list(dict.fromkeys(executing_nodes(script)))
    assert set(finished) <= set(started)
    if run.status == "success":
        assert set(finished) == set(started) == run.timings.keys()
    cached = [event.nodes for event in events if isinstance(event, Cached)]
    assert [node for nodes in cached for node in nodes] == list(run.cached)


def executing_nodes(script: Script) -> list[str]:
    nodes = [message["data"].get("node") for message in messages_of(script) if message["type"] == "executing"]
    return [node for node in nodes if node is not None]


def events_of(name: str, kind: type[NodeEvent]) -> list[Any]:
    events: list[Any] = []

    async def main() -> None:
        async with FakeComfy(name) as fake:
            await run_on(fake, events=events)

    run_async(main)
    return [event for event in events if isinstance(event, kind)]


def test_steps_previews_and_texts_reach_the_listener() -> None:
    name = "08_progress_with_metadata_preview"
    assert [(one.value, one.maximum) for one in events_of(name, NodeProgress)] == [(1, 3), (2, 3), (3, 3)]
    previews = events_of(name, NodePreview)
    assert [one.node for one in previews] == ["1", "1", "1"]
    assert all(one.mime == "image/jpeg" and one.data.startswith(b"\xff\xd8\xff") for one in previews)
    assert [(one.node, one.text) for one in events_of("09_progress_text", NodeText)] == [("1", "status line")]


def test_children_of_an_expanded_node_name_their_parent() -> None:
    started = events_of("12_expand", NodeStarted)
    assert {one.display_node for one in started if one.node.startswith("1.")} == {"1"}
    assert "1.0.0.2" in {one.node for one in started}


def test_a_failed_node_is_told_with_its_exception() -> None:
    fake = FakeComfy("10_execution_error")

    async def main() -> Any:
        async with fake:
            return await run_on(fake)

    run = run_async(main)
    assert run.failure is not None
    assert (run.failure.node, run.failure.class_type) == ("1", "PT_Error")
    assert (run.failure.exception_type, run.failure.message) == ("ValueError", "boom")
    assert run.failure.traceback[-1].endswith("raise ValueError(text)")
    assert [one.filename for one in run.files] == ["before_error_00002_.png"]
    assert run.exit_code() == 1


def test_a_blocked_node_is_told_although_the_prompt_succeeds() -> None:
    failed = events_of("14_block_message", NodeFailed)
    assert [(one.node, one.is_blocked) for one in failed] == [("2", True)]

    async def main() -> Any:
        async with FakeComfy("14_block_message") as fake:
            return await run_on(fake)

    run = run_async(main)
    assert run.status == "success"
    assert [one.message for one in run.blocked] == ["Execution Blocked: not allowed"]


def test_a_wholly_cached_run_says_so_and_still_downloads(tmp_path: Path) -> None:
    async def main() -> Any:
        async with FakeComfy("03_identical_again_cached") as fake:
            return await run_on(fake, tmp_path)

    run = run_async(main)
    assert run.is_all_cached
    assert len(run.paths) == 1
    assert not run.timings


def test_a_partly_cached_run_is_not_called_cached() -> None:
    async def main() -> Any:
        async with FakeComfy("04_one_input_changed") as fake:
            return await run_on(fake)

    run = run_async(main)
    assert run.cached
    assert not run.is_all_cached


def test_partial_validation_fails_unless_it_is_allowed() -> None:
    async def main() -> Any:
        async with FakeComfy("11_partial_validation") as fake:
            return await run_on(fake)

    run = run_async(main)
    assert run.status == "success"
    assert "9" in run.node_errors
    assert (run.exit_code(), run.exit_code(allow_partial=True)) == (1, 0)


@pytest.mark.parametrize("name", ["02_image_run", "08_progress_with_metadata_preview", "12_expand"])
def test_repeated_messages_are_told_once(name: str) -> None:
    def listen(faults: Faults) -> list[Any]:
        events: list[Any] = []

        async def main() -> None:
            async with FakeComfy(name, faults) as fake:
                await run_on(fake, events=events)

        run_async(main)
        kinds = (NodeStarted, NodeProgress, NodeOutput, NodeFinished)
        return [(type(event), event.node) for event in events if isinstance(event, kinds)]

    assert listen(Faults(twice=True)) == listen(Faults())
