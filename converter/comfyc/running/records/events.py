"""What happens to a prompt, as the caller sees it: one small record per happening.

The server's messages repeat themselves, come in several dialects and may be lost or late
(docs/spec/protocol.md); ``tracker.py`` makes these out of them, each said once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Status = Literal["success", "error", "interrupted", "lost", "timeout", "unknown"]
"""How a prompt ended. ``lost``: the server has it no more, and what became of it there cannot be known;
``timeout``: we stopped waiting; ``unknown``: the server may have it and may run it."""

Reason = Literal[
    "rejected",
    "node-failed",
    "interrupted-by-us",
    "interrupted-by-other",
    "deleted",
    "restarted",
    "unreachable",
    "undecided",
    "total",
    "idle",
    "unanswered",
    "dead-worker",
]
"""Why it did not end well, in one word.

``rejected``: the server would not run it; ``deleted``: it vanished from the queue while the server was
there all the time; ``restarted``: it vanished while the server was away; ``unreachable``: the server does not
answer; ``undecided``: the answer to the submission was lost, and the server does not show the prompt (yet);
``unanswered``: a node waited for somebody in the browser;
``dead-worker``: the thread of the server that runs prompts has died (docs/spec: V52 to V54, R40).
"""


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to the prompt ``prompt_id`` (empty before there is one)."""

    kind: ClassVar[str] = "event"
    prompt_id: str


@dataclass(frozen=True, slots=True)
class Uploaded(Event):
    """A local file is on the server as ``name``; ``sent`` is false if it was there already."""

    kind: ClassVar[str] = "uploaded"
    path: str
    name: str
    sent: bool


@dataclass(frozen=True, slots=True)
class Submitted(Event):
    """The server took the prompt into its queue."""

    kind: ClassVar[str] = "submitted"
    server: str
    number: float | None


@dataclass(frozen=True, slots=True)
class Unanswered(Event):
    """The answer to the submission was lost (``why``). The prompt may be on the server, or come there yet: it
    is looked for, and never sent again meanwhile."""

    kind: ClassVar[str] = "unanswered"
    server: str
    why: str


@dataclass(frozen=True, slots=True)
class Connection(Event):
    """The live connection was made or lost. Without it, progress is seen by asking now and then."""

    kind: ClassVar[str] = "connection"
    connected: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Queued(Event):
    """It waits; ``ahead`` prompts run before it."""

    kind: ClassVar[str] = "queued"
    ahead: int


@dataclass(frozen=True, slots=True)
class Started(Event):
    """The server began to run it."""

    kind: ClassVar[str] = "started"


@dataclass(frozen=True, slots=True)
class Cached(Event):
    """These nodes need not run: their results are still there from the prompt before."""

    kind: ClassVar[str] = "cached"
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeEvent(Event):
    """Something about one node. ``display_node`` is the node of the prompt that ``node`` belongs to:
    nodes that expand at run time have children ("1.0.0.2") that no prompt names."""

    kind: ClassVar[str] = "node"
    node: str
    display_node: str


@dataclass(frozen=True, slots=True)
class NodeStarted(NodeEvent):
    """The node runs."""

    kind: ClassVar[str] = "node-started"


@dataclass(frozen=True, slots=True)
class NodeProgress(NodeEvent):
    """The node has done ``value`` of ``maximum`` steps."""

    kind: ClassVar[str] = "node-progress"
    value: float
    maximum: float


@dataclass(frozen=True, slots=True)
class NodeText(NodeEvent):
    """The node says how it gets on."""

    kind: ClassVar[str] = "node-text"
    text: str


@dataclass(frozen=True, slots=True)
class NodePreview(NodeEvent):
    """A picture of what the node is making (``mime`` "image/jpeg" or "image/png"). A few nodes send films in
    this way, too."""

    kind: ClassVar[str] = "node-preview"
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class NodeOutput(NodeEvent):
    """The node has something to show: the server's own record of it ({"images": [...]})."""

    kind: ClassVar[str] = "node-output"
    output: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NodeFinished(NodeEvent):
    """The node is done. ``seconds`` is ``None`` if its start was not seen."""

    kind: ClassVar[str] = "node-finished"
    seconds: float | None


@dataclass(frozen=True, slots=True)
class NodeFailed(NodeEvent):
    """The node raised, or refused to run on (``exception_type`` "ExecutionBlocked", the prompt goes on).

    ``traceback`` is the server's text in lines; ``inputs`` names the inputs that the node was called with.
    """

    kind: ClassVar[str] = "node-failed"
    class_type: str
    exception_type: str
    message: str
    traceback: tuple[str, ...]
    inputs: tuple[str, ...] = ()

    @property
    def is_blocked(self) -> bool:
        return self.exception_type == "ExecutionBlocked"


@dataclass(frozen=True, slots=True)
class Requeued(Event):
    """The server itself queued the prompt once more, for its next batch, as ``next_id``."""

    kind: ClassVar[str] = "requeued"
    next_id: str


@dataclass(frozen=True, slots=True)
class Ended(Event):
    """The prompt is over, one way or another. The last event but for :class:`FileSaved`."""

    kind: ClassVar[str] = "ended"
    status: Status
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class FileSaved(Event):
    """An output is on disk, whole, at ``path``."""

    kind: ClassVar[str] = "saved"
    node: str
    path: str
    size: int


def event_to_json(event: Event) -> dict[str, Any]:
    """An event as a JSON object: ``event`` is its kind; of a picture only the size is told."""
    record: dict[str, Any] = {"event": event.kind}
    for field in dataclasses.fields(event):
        value = getattr(event, field.name)
        record[field.name] = len(value) if isinstance(value, bytes) else value
    return record
