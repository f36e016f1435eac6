"""Whatever a server sends: it is read or passed over, never an exception; and some laws of the tracker."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyc.collector import Collector
from comfyc.running import Run, open_access, run_to_json
from comfyc.running.client.client import _items
from comfyc.running.client.wire import Frame, Message, parse
from comfyc.running.faults import run_diagnostics
from comfyc.running.following.history import read_entry
from comfyc.running.following.tracker import Tracker
from comfyc.running.http.transport import HttpAnswer
from comfyc.running.records.events import Event, NodeEvent, NodeFinished, NodeStarted, event_to_json
from comfyc.running.records.outcome import read_outputs
from comfyc.running.records.redaction import redacted
from tests.examples import examples

NUMBERS = st.integers() | st.integers(10**400, 10**401) | st.floats()
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=8) | st.sampled_from(["1", "2", "p"])
KEYS = st.sampled_from(
    [
        "node",
        "nodes",
        "display_node",
        "output",
        "prompt_id",
        "value",
        "max",
        "state",
        "images",
        "filename",
        "status",
        "messages",
        "outputs",
        "traceback",
        "exception_type",
        "exception_message",
        "timestamp",
        "1",
        "text",
        "errors",
    ]
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=4)
    ),
)
KINDS = st.sampled_from(
    [
        "execution_start",
        "execution_cached",
        "executing",
        "progress_state",
        "progress",
        "executed",
        "execution_error",
        "execution_interrupted",
        "execution_success",
        "status",
        "unknown",
    ]
)
DATA = st.dictionaries(KEYS, JSON, max_size=5)
MESSAGES = st.builds(lambda kind, data: Message(kind, {**data, "prompt_id": "p"}), KINDS, DATA)
STATES = st.dictionaries(
    st.sampled_from("123"),
    st.fixed_dictionaries(
        {"state": st.sampled_from(["running", "finished"]), "value": NUMBERS, "max": NUMBERS}
    ),
)
SOUND = st.one_of(
    st.builds(lambda node: Message("executing", {"node": node, "prompt_id": "p"}), st.sampled_from("123")),
    st.builds(lambda nodes: Message("progress_state", {"nodes": nodes, "prompt_id": "p"}), STATES),
    st.builds(
        lambda node, value: Message("progress", {"node": node, "value": value, "max": 9, "prompt_id": "p"}),
        st.sampled_from("123"),
        st.integers(0, 9),
    ),
)
ACCESS = open_access(token="t0ken", headers={"X": "null", "Y": "true", "Z": '": {"'})


@pytest.mark.slow
@given(st.lists(MESSAGES, max_size=6))
def test_the_tracker_takes_any_message(messages: list[Message]) -> None:
    tracker = Tracker("p", 5)
    for now, message in enumerate(messages):
        for event in tracker.feed(message, float(now)):
            json.dumps(event_to_json(redacted(ACCESS, event)))
    kept = [len(tracker.nodes), len(tracker.cached), len(tracker.outputs), len(tracker.blocked)]
    assert max(kept) <= 5


@given(st.binary(max_size=64) | st.text(st.characters(codec="utf-8"), max_size=64) | JSON.map(json.dumps))
def test_anything_can_be_parsed(raw: str | bytes) -> None:
    message = parse(raw.encode() if isinstance(raw, str) else raw)
    assert message is None or isinstance(message, Message | Frame)
    if message is not None:
        Tracker("p", 5).feed(message, 0.0)


@given(DATA)
def test_any_history_entry_can_be_read_and_told(entry: dict[str, Any]) -> None:
    ending = read_entry("p", entry)
    outputs = read_outputs(ending.outputs, 1000)[0]
    failed = ending.final == "error"
    run = Run(
        ending.final, "node-failed" if failed else None, "s", "p", outputs=outputs, failure=ending.failure
    )
    json.dumps(run_to_json(redacted(ACCESS, run)))
    diagnostics = Collector()
    run_diagnostics(run, diagnostics, lambda node, name: ((), None))
    assert all(found.message.isprintable() for found in diagnostics)


@given(JSON, JSON)
def test_any_answer_to_a_submission_can_be_told(error: Any, node_errors: Any) -> None:
    run = Run("error", "rejected", "s", rejection=error, node_errors=node_errors)
    diagnostics = Collector()
    run_diagnostics(run, diagnostics, lambda node, name: ((), None))
    assert all(found.message.isprintable() for found in diagnostics)


@given(JSON)
def test_any_queue_can_be_read(queue: Any) -> None:
    assert sorted(_items(queue), key=lambda item: item.number) is not None


@examples(300)
@given(st.lists(SOUND, max_size=12))
def test_a_node_starts_once_and_finishes_once_and_not_before(messages: list[Message]) -> None:
    tracker = Tracker("p", 100)
    events: list[Event] = []
    for now, message in enumerate(messages):
        events += tracker.feed(message, float(now))
    for node in "123":
        kinds = [type(event) for event in events if isinstance(event, NodeEvent) and event.node == node]
        assert kinds.count(NodeStarted) <= 1
        assert kinds.count(NodeFinished) <= 1
        if NodeFinished in kinds:
            assert kinds[-1] is NodeFinished
        if NodeStarted in kinds:
            assert kinds[0] is NodeStarted


@given(st.lists(SOUND, max_size=6))
def test_hearing_everything_twice_changes_nothing(messages: list[Message]) -> None:
    def events(heard: list[Message]) -> list[Event]:
        tracker = Tracker("p", 100)
        return [event for message in heard for event in tracker.feed(message, 0.0)]

    assert events(messages) == events([message for message in messages for _ in (1, 2)])


def nested(depth: int) -> Any:
    value: Any = "x"
    for level in range(depth):
        value = {"text": value} if level % 2 else [value]
    return value


def test_what_nests_too_deeply_is_cut_off() -> None:
    for depth in (100, 400, 900):
        tracker = Tracker("p", 5)
        data = {"node": "1", "output": {"x": nested(depth)}, "prompt_id": "p"}
        message = parse(json.dumps({"type": "executed", "data": data}).encode())
        assert isinstance(message, Message)
        for event in tracker.feed(message, 0.0):
            json.dumps(event_to_json(redacted(ACCESS, event)))
        answer = HttpAnswer(200, json.dumps({"outputs": {"1": {"x": nested(depth)}}}).encode())
        ending = read_entry("p", answer.json())
        outputs = read_outputs(ending.outputs, 1000)[0]
        json.dumps(run_to_json(Run("success", None, "s", "p", outputs=outputs)))
