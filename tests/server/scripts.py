"""The recorded conversations of fixtures/sessions, as scripts for the fake server."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
SESSIONS = sorted(path.stem for path in (FIXTURES / "sessions").glob("*.jsonl"))
JPEG = b"\xff\xd8\xff\xe0"


@dataclass(frozen=True, slots=True)
class Script:
    """What happens when a prompt runs: the steps to send, and the history entry that is there in the end.

    A step is a text to send, or bytes. ``hold_at`` is the number of steps after which the run waits for
    :attr:`FakeComfy.release` or an interrupt.
    """

    prompt_id: str
    post: dict[str, Any]
    steps: tuple[str | bytes, ...]
    history: dict[str, Any] = field(default_factory=dict)
    hold_at: int | None = None

    def renamed(self, prompt_id: str) -> Script:
        """The same conversation about another prompt."""
        old, new = self.prompt_id, prompt_id
        steps = tuple(
            step.replace(old, new) if isinstance(step, str) else step.replace(old.encode(), new.encode())
            for step in self.steps
        )
        history = json.loads(json.dumps(self.history).replace(old, new))
        post = json.loads(json.dumps(self.post).replace(old, new))
        return Script(new, post, steps, history, self.hold_at)


def load_script(name: str) -> Script:
    """Read a session. Frames get back the bytes that were not recorded, as nothing looks at them."""
    lines = (FIXTURES / "sessions" / f"{name}.jsonl").read_text("utf-8").splitlines()
    first, *middle, last = (json.loads(line) for line in lines)
    steps = tuple(_step(step) for step in middle)
    return Script(first["post"]["prompt_id"], first["post"], steps, last["history"])


def picture_frame(node: str, data: bytes, *, mime: str = "image/png", prompt_id: str = "0" * 36) -> bytes:
    """A binary message with a picture of a node, as a client gets it that wants to know whose it is."""
    names = {"node_id": node, "display_node_id": node, "prompt_id": prompt_id, "image_type": mime}
    metadata = json.dumps(names).encode()
    return struct.pack(">II", 4, len(metadata)) + metadata + data


def made_script(
    outputs: dict[str, Any],
    *,
    prompt_id: str = "0" * 36,
    frames: dict[str, list[bytes]] | None = None,
    classes: dict[str, str] | None = None,
    cached: tuple[str, ...] = (),
) -> Script:
    """A run of nodes that put out whatever is wanted (``None``: nothing that the server tells).

    ``frames`` are binary messages that come while a node runs; ``classes`` the types of the nodes;
    ``cached`` those that do not run again.
    """

    def message(kind: str, **data: Any) -> str:
        return json.dumps({"type": kind, "data": {**data, "prompt_id": prompt_id}})

    steps = [
        message("execution_start", timestamp=1000),
        message("execution_cached", nodes=list(cached), timestamp=1001),
    ]
    binary: list[str | bytes] = [*steps]
    for node, output in outputs.items():
        if node not in cached:
            binary.append(message("executing", node=node, display_node=node))
            binary += (frames or {}).get(node, [])
        if output is not None:
            binary.append(message("executed", node=node, display_node=node, output=output))
    binary += [message("execution_success", timestamp=2000), message("executing", node=None)]
    prompt = {node: {"class_type": kind, "inputs": {}} for node, kind in (classes or {}).items()}
    history = {
        "prompt": [0, prompt_id, prompt, {}, list(outputs)],
        "outputs": {node: output for node, output in outputs.items() if output is not None},
        "status": {
            "status_str": "success",
            "completed": True,
            "messages": [
                ["execution_start", {"prompt_id": prompt_id, "timestamp": 1000}],
                ["execution_cached", {"nodes": list(cached), "prompt_id": prompt_id, "timestamp": 1001}],
                ["execution_success", {"prompt_id": prompt_id, "timestamp": 2000}],
            ],
        },
    }
    return Script(prompt_id, {"prompt_id": prompt_id, "number": 1, "node_errors": {}}, tuple(binary), history)


def messages_of(script: Script) -> Iterator[dict[str, Any]]:
    """The text messages of a script."""
    for step in script.steps:
        if isinstance(step, str):
            yield json.loads(step)


def _step(step: dict[str, Any]) -> str | bytes:
    if "message" in step:
        return json.dumps(step["message"])
    frame: dict[str, Any] = step["frame"]
    head: bytes
    if frame["binary_event"] == 3:
        node = str(frame["node_id"]).encode()
        return struct.pack(">II", 3, len(node)) + node + str(frame["text"]).encode()
    if frame["binary_event"] == 1:
        head = struct.pack(">II", 1, frame["image_type"])
    else:
        metadata = json.dumps(frame["metadata"]).encode()
        head = struct.pack(">II", 4, len(metadata)) + metadata
    return head + JPEG.ljust(int(frame["total_len"]) - len(head), b"\0")
