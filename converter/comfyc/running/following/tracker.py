"""From the server's messages about one prompt to events, each said once.

Messages are lost, repeated and out of order as they please; the tracker only ever moves forward: a
node that has finished does not start again, a prompt that is over stays over. Other prompts' messages
are dropped here (a server tells everybody about prompts that were submitted without a client id).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from comfyc.running.client.wire import Frame, Message, is_name, text_or_none
from comfyc.running.records.events import (
    Cached,
    Event,
    NodeFailed,
    NodeFinished,
    NodeOutput,
    NodePreview,
    NodeProgress,
    NodeStarted,
    NodeText,
    Started,
)
from comfyc.safety.foreign import number_or_none

Final = Literal["success", "error", "interrupted"]
_LONGEST_TEXT, _LONGEST_KIND = 100_000, 1000
_TRACEBACK_LINES = 200
_ROOM = 64 << 20
"""Bytes of memory for what the nodes put out, as far as heard."""
_BLOCKED, _INPUTS = 100, 1000
"""Nodes that refuse to run, and inputs of a failed node, that are told of."""


@dataclass(slots=True)
class NodeTrack:
    """What is known of one node: since when it runs, its steps, how long it took."""

    display_node: str
    running: bool = True
    started: float | None = None
    seconds: float | None = None
    value: float = 0.0
    maximum: float = 1.0


class Tracker:
    """What is known of one prompt. ``limit`` bounds the number of nodes that are remembered.

    ``final`` is the server's last word as far as heard; ``sign`` is when it was last heard of (the
    caller's clock). Nothing here waits or asks: the caller feeds it.
    """

    def __init__(self, prompt_id: str, limit: int) -> None:
        self.prompt_id = prompt_id
        self.is_running = False
        self.final: Final | None = None
        self.is_written = False
        """The server has written the history: its very last message has come."""
        self.nodes: dict[str, NodeTrack] = {}
        self.cached: dict[str, None] = {}
        self.outputs: dict[str, Mapping[str, Any]] = {}
        self.failure: NodeFailed | None = None
        self.blocked: dict[str, NodeFailed] = {}
        self.sign: float | None = None
        self._limit = limit
        self._room = _ROOM
        self._cost = 0
        self._has_states = False
        self._handlers: dict[str, Callable[[dict[str, Any], float], list[Event]]] = {
            "execution_start": self._on_start,
            "execution_cached": self._on_cached,
            "executing": self._on_executing,
            "progress_state": self._on_states,
            "progress": self._on_progress,
            "executed": self._on_executed,
            "execution_error": self._on_error,
            "execution_interrupted": lambda data, now: self._on_end("interrupted", now),
            "execution_success": lambda data, now: self._on_end("success", now),
        }

    @property
    def node_at_work(self) -> str | None:
        """The node that runs now (the last that began), if any."""
        return next((node for node, one in reversed(self.nodes.items()) if one.running), None)

    def feed(self, message: Message | Frame, now: float) -> list[Event]:
        """The news in a message, none if it is about another prompt or says nothing new."""
        if isinstance(message, Frame):
            return self._on_frame(message, now)
        handler = self._handlers.get(message.type)
        if handler is None:
            return []
        # After a reconnect the server repeats the current node without saying whose it is; the client id
        # is ours alone, and so is then the node
        is_reminder = message.type == "executing" and message.prompt_id is None
        if message.prompt_id != self.prompt_id and not is_reminder:
            return []
        self.sign, self._cost = now, message.cost
        if message.type == "executing" and not is_reminder and message.data.get("node") is None:
            self.is_written = True
        return handler(message.data, now) if self.final is None else []

    def begin(self, now: float) -> list[Event]:
        """It runs: seen in the queue, or by any message about it."""
        if self.is_running:
            return []
        self.is_running = True
        self.sign = now
        return [Started(self.prompt_id)]

    def _on_start(self, data: dict[str, Any], now: float) -> list[Event]:
        return self.begin(now)

    def _on_cached(self, data: dict[str, Any], now: float) -> list[Event]:
        events = self.begin(now)
        named = data.get("nodes")
        found = [text_or_none(node) for node in named] if isinstance(named, list) else []
        new = [node for node in found if node is not None and node not in self.cached][: self._limit]
        if not new or len(self.cached) + len(new) > self._limit:
            return events
        self.cached.update(dict.fromkeys(new))
        return [*events, Cached(self.prompt_id, tuple(new))]

    def _on_executing(self, data: dict[str, Any], now: float) -> list[Event]:
        node = text_or_none(data.get("node"))
        if node is None:
            return []  # the end; which one, another message says, or the history
        events = self.begin(now)
        if not self._has_states:
            # A server without progress_state never says that a node has finished, but for the next one
            for other in [key for key, one in self.nodes.items() if one.running and key != node]:
                events += self._finish(other, now)
        return events + self._start(node, text_or_none(data.get("display_node")), now)

    def _on_states(self, data: dict[str, Any], now: float) -> list[Event]:
        events = self.begin(now)
        self._has_states = True
        states = data.get("nodes")
        for node, state in states.items() if isinstance(states, dict) else ():
            if not isinstance(state, dict) or not is_name(node):
                continue
            display = text_or_none(state.get("display_node_id"))
            if state.get("state") == "running":
                events += self._start(node, display, now)
                events += self._step(node, state.get("value"), state.get("max"))
            elif state.get("state") == "finished" and node not in self.cached:
                events += self._finish(node, now, display)
        return events

    def _on_progress(self, data: dict[str, Any], now: float) -> list[Event]:
        node = text_or_none(data.get("node"))
        if node is None:
            return self.begin(now)
        events = self.begin(now) + self._start(node, None, now)
        return events + self._step(node, data.get("value"), data.get("max"))

    def _on_executed(self, data: dict[str, Any], now: float) -> list[Event]:
        events = self.begin(now)
        node, output = text_or_none(data.get("node")), data.get("output")
        if node is None or not isinstance(output, dict):
            return events
        if self.outputs.get(node) == output:
            return events
        self._room -= self._cost
        if len(self.outputs) >= self._limit or self._room < 0:  # the history has the rest
            return events
        self.outputs[node] = output
        display = text_or_none(data.get("display_node")) or node
        return [*events, NodeOutput(self.prompt_id, node, display, output)]

    def _on_error(self, data: dict[str, Any], now: float) -> list[Event]:
        failure = read_failure(self.prompt_id, data)
        if failure.is_blocked:  # the rest of the prompt goes on and may well succeed
            if failure.node in self.blocked or len(self.blocked) >= _BLOCKED:
                return []
            self.blocked[failure.node] = failure
            return [failure]
        self.failure = failure
        self.final = "error"
        return [failure]

    def _on_end(self, final: Final, now: float) -> list[Event]:
        events = self.begin(now)
        self.final = final
        if final == "success":
            for node in [key for key, one in self.nodes.items() if one.running]:
                events += self._finish(node, now)
        return events

    def _on_frame(self, frame: Frame, now: float) -> list[Event]:
        if self.final is not None or frame.prompt_id not in (None, self.prompt_id):
            return []
        if not self.is_running and frame.prompt_id is None:
            return []  # an old-style preview of somebody else's prompt
        node = frame.node or self.node_at_work
        if node is None:
            return []
        self.sign = now
        track = self.nodes.get(node)
        display = frame.display_node or (track.display_node if track else node)
        if frame.mime is not None:
            return [NodePreview(self.prompt_id, node, display, frame.mime, frame.payload)]
        text = frame.payload[:_LONGEST_TEXT].decode("utf-8", "replace")
        return [NodeText(self.prompt_id, node, display, text)]

    def _start(self, node: str, display: str | None, now: float) -> list[Event]:
        if node in self.nodes or len(self.nodes) >= self._limit:
            return []
        self.nodes[node] = NodeTrack(display or node, started=now)
        return [NodeStarted(self.prompt_id, node, display or node)]

    def _step(self, node: str, value: Any, maximum: Any) -> list[Event]:
        track = self.nodes.get(node)
        done, of = number_or_none(value), number_or_none(maximum)
        if track is None or not track.running or done is None or of is None or of <= 0:
            return []
        if (done, of) == (track.value, track.maximum):
            return []
        track.value, track.maximum = done, of
        return [NodeProgress(self.prompt_id, node, track.display_node, done, of)]

    def _finish(self, node: str, now: float, display: str | None = None) -> list[Event]:
        track = self.nodes.get(node)
        if track is None:
            if len(self.nodes) >= self._limit:
                return []
            track = self.nodes[node] = NodeTrack(display or node)
        if not track.running:
            return []
        track.running = False
        track.seconds = now - track.started if track.started is not None else None
        return [NodeFinished(self.prompt_id, node, track.display_node, track.seconds)]


def read_failure(prompt_id: str, data: Mapping[str, Any]) -> NodeFailed:
    """The record of a failed node out of an ``execution_error`` (execution.py, handle_execution_error).

    Its ``current_inputs`` holds whole tensors as text: only their names are kept.
    """
    node = text_or_none(data.get("node_id")) or ""
    lines = data.get("traceback")
    text = "".join(line if line.endswith("\n") else line + "\n" for line in _texts(lines))[-_LONGEST_TEXT:]
    inputs = data.get("current_inputs")
    return NodeFailed(
        prompt_id,
        node,
        node,
        _text(data.get("node_type"), _LONGEST_KIND),
        _text(data.get("exception_type"), _LONGEST_KIND).rpartition(".")[2],
        _text(data.get("exception_message")).strip(),
        tuple(line for line in text.splitlines() if line.strip(" ^~"))[-_TRACEBACK_LINES:],
        tuple(filter(is_name, inputs))[:_INPUTS] if isinstance(inputs, dict) else (),
    )


def _text(value: Any, most: int = _LONGEST_TEXT) -> str:
    return value[:most] if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [line for line in value if isinstance(line, str)] if isinstance(value, list) else []
