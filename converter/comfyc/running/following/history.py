"""What the server's history says about a prompt that has ended (execution.py: PromptQueue.task_done)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc.running.client.wire import text_or_none
from comfyc.running.following.tracker import Final, read_failure
from comfyc.running.records.events import NodeFailed
from comfyc.safety.foreign import number_or_none


@dataclass(frozen=True, slots=True)
class Ending:
    """How a prompt ended: the server's last word, what it put out by node, what it took from its cache.

    ``seconds`` is how long it ran, by the server's clock; ``is_all_cached``: every output node was cached.
    ``targets`` are the output nodes that the server was to run, with their class types; ``client_id`` and
    ``nodes`` (the ids) are those of the prompt.
    """

    final: Final
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cached: tuple[str, ...] = ()
    failure: NodeFailed | None = None
    seconds: float | None = None
    is_all_cached: bool = False
    targets: Mapping[str, str] = field(default_factory=dict)
    client_id: str | None = None
    nodes: tuple[str, ...] = ()


def read_entry(prompt_id: str, entry: Mapping[str, Any]) -> Ending:
    """Read an entry of /history, of whatever shape.

    An interrupt counts as "error" there as well: the message ``execution_interrupted`` tells them apart.
    """
    status = entry.get("status")
    status = status if isinstance(status, dict) else {}
    messages = _messages(status.get("messages"))
    final: Final = "success" if status.get("status_str", "success") == "success" else "error"
    failure = None
    for name, data in messages:
        if name == "execution_interrupted" and final == "error":
            final = "interrupted"
        elif name == "execution_error":
            found = read_failure(prompt_id, data)
            failure = failure if found.is_blocked else found
    cached = _cached(messages)
    item = entry.get("prompt")
    item = item if isinstance(item, list) and len(item) > 4 else [None] * 5
    prompt = item[2] if isinstance(item[2], dict) else {}
    extra = item[3] if isinstance(item[3], dict) else {}
    targets = _targets(prompt, item[4])
    return Ending(
        final,
        _outputs(entry.get("outputs")),
        cached,
        failure,
        _seconds(messages),
        bool(targets) and set(cached).issuperset(targets),
        targets,
        text_or_none(extra.get("client_id")),
        tuple(prompt),
    )


def _messages(value: Any) -> list[tuple[str, dict[str, Any]]]:
    return [
        (str(message[0]), message[1])
        for message in (value if isinstance(value, list) else ())
        if isinstance(message, list) and len(message) == 2 and isinstance(message[1], dict)
    ]


def _outputs(value: Any) -> dict[str, Mapping[str, Any]]:
    if not isinstance(value, dict):
        return {}
    return {node: output for node, output in value.items() if isinstance(output, dict)}


def _cached(messages: list[tuple[str, dict[str, Any]]]) -> tuple[str, ...]:
    for name, data in messages:
        nodes = data.get("nodes")
        if name == "execution_cached" and isinstance(nodes, list):
            return tuple(node for node in map(text_or_none, nodes) if node is not None)
    return ()


def _targets(prompt: Mapping[str, Any], targets: Any) -> dict[str, str]:
    """The output nodes that were to run, the fifth part of a queue item, with their class types."""
    found = {}
    for node in targets if isinstance(targets, list) else ():
        if isinstance(node, str):
            entry = prompt.get(node)
            found[node] = (text_or_none(entry.get("class_type")) or "") if isinstance(entry, dict) else ""
    return found


def _seconds(messages: list[tuple[str, dict[str, Any]]]) -> float | None:
    """From ``execution_start`` to the last message; their ``timestamp`` is in milliseconds."""
    stamps = [number_or_none(data.get("timestamp")) for _, data in messages]
    times = [stamp for stamp in stamps if stamp is not None]
    if len(times) < 2 or times[-1] < times[0]:
        return None
    return (times[-1] - times[0]) / 1000
