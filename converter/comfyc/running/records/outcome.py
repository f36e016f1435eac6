"""What became of a prompt: :class:`Run`, the result of everything in this package."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from comfyc.running.http.access import wait_command
from comfyc.running.records.events import NodeFailed, Reason, Status
from comfyc.running.records.picture import Picture

UNFINISHED = "unfinished_batch"
"""What VideoHelperSuite's nodes put out while its Meta Batch Manager has the prompt queued again."""
REFUSED = "rejected"
"""Why an attempt was in vain if the server lacks a node type or a model; its words follow."""
_SHOWN = ("text", "string", "value", "result", "number")
"""Where a number is an output to be read (PreviewAny and its kin), and no flag such as "animated"."""
_UNTOLD = ("is_followed", "was_unrun")


@dataclass(frozen=True, slots=True)
class Output:
    """One thing that a node put out, under ``key`` of its record ("images", "audio", "text", ...).

    A ``file`` has its name, subfolder and folder (``type``: output, temp, input) on the server and, once
    downloaded, its ``path`` and ``size`` here, or ``problem``, why there is none. A picture that a node sent
    over the WebSocket is a file, too: of the type "socket", which the server does not keep, in ``picture``.
    A ``text`` has its ``text`` (and a path if it was saved). ``data`` is anything else, in ``value``.
    """

    kind: Literal["file", "text", "data"]
    key: str
    filename: str = ""
    subfolder: str = ""
    type: str = ""
    text: str = ""
    value: Any = None
    path: str | None = None
    size: int | None = None
    problem: str | None = None
    picture: Picture | None = field(default=None, repr=False)
    target: tuple[str, ...] | None = field(default=None, repr=False)
    """The folders and the name under which a file is to be saved; None: those that it has on the server."""
    asked: tuple[str, str, str] | None = field(default=None, repr=False)
    """Where a file really is on the server, where its name held a secret and must not be shown."""

    @property
    def location(self) -> tuple[str, str, str]:
        """Under which folder, subfolder and name the server is asked for it."""
        return self.asked or (self.type, self.subfolder, self.filename)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An earlier attempt at a run: where, under which id ("" if it was not taken), and why it was in vain
    (a :data:`Reason`, or what kept it from being sent)."""

    server: str
    prompt_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a prompt on one server.

    ``outputs``, ``timings`` (seconds) and ``cached`` go by node id; ids of ``timings`` may be those of
    expanded nodes. ``node_errors`` is the server's own word on the nodes that it would not run, ``rejection``
    on the whole prompt if it refused that. ``blocked`` are the nodes that refused to go on although the
    prompt did. ``seconds`` is the time it ran, ``waited`` the time in the queue before.
    """

    status: Status
    reason: Reason | None
    server: str
    prompt_id: str = ""
    seeds: Mapping[str, int] = field(default_factory=dict)
    outputs: Mapping[str, tuple[Output, ...]] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    cached: tuple[str, ...] = ()
    node_errors: Mapping[str, Any] = field(default_factory=dict)
    rejection: Mapping[str, Any] | None = None
    failure: NodeFailed | None = None
    blocked: tuple[NodeFailed, ...] = ()
    seconds: float | None = None
    waited: float | None = None
    node_at_work: str | None = None
    """The node that was running when the prompt ended badly."""
    is_all_cached: bool = False
    """Nothing ran: all was in the server's cache, and its files are those of an earlier run."""
    continued: tuple[str, ...] = ()
    """The ids under which the server itself queued the prompt again, batch after batch."""
    is_unfinished: bool = False
    """More batches were announced, and none of them was found."""
    silent: Mapping[str, str] = field(default_factory=dict)
    """The output nodes that the server ran and told nothing of, with their class types."""
    missed: Mapping[str, int] = field(default_factory=dict)
    """How many pictures that a node sent over the WebSocket are known to be missing, by node id."""
    left_out: int = 0
    """How many more outputs the server names than are kept (``ServerLimits.outputs``)."""
    is_left: bool = False
    """It was to be stopped and runs on: a node that does not heed interrupts."""
    attempts: tuple[Attempt, ...] = ()
    """What was tried before, in vain."""
    is_followed: bool = True
    """Was it followed to its end? Otherwise it was only submitted, and its outputs are not known."""
    doubt: str | None = None
    """Why the answer to its submission is missing, if it is not known whether the server ever had it."""
    was_unrun: bool = False
    """It was taken out of the queue and certainly never began to run."""

    @property
    def seed(self) -> int | None:
        """The seed, if all seed widgets had the same."""
        values = set(self.seeds.values())
        return values.pop() if len(values) == 1 else None

    @property
    def last_id(self) -> str:
        """The id under which the server knows the last of it."""
        return self.continued[-1] if self.continued else self.prompt_id

    @property
    def wait(self) -> str | None:
        """The command that takes it up again; ``None`` if the server never had it."""
        return wait_command(self.prompt_id, self.server) if self.prompt_id else None

    @property
    def has_product(self) -> bool:
        """Is there a file or a text among its outputs?"""
        found = (one for _, one in self.each_output())
        return any(one.kind == "text" or (one.kind == "file" and one.type != "input") for one in found)

    @property
    def files(self) -> tuple[Output, ...]:
        """All output files, in the order of the nodes."""
        return tuple(one for _, one in self.each_output() if one.kind == "file")

    @property
    def paths(self) -> tuple[str, ...]:
        """Where the outputs are on this machine; a file that two nodes put out counts once."""
        return tuple(dict.fromkeys(one.path for _, one in self.each_output() if one.path is not None))

    def each_output(self) -> Iterator[tuple[str, Output]]:
        """(node id, output), in the order of the server's record."""
        for node, outputs in self.outputs.items():
            for output in outputs:
                yield node, output

    def with_outputs_of(self, nodes: Container[str]) -> Run:
        """The run with the outputs of these nodes only, and of those that they have expanded into, whose ids
        begin with theirs (``12.0.0.3``)."""
        kept = {node: outputs for node, outputs in self.outputs.items() if node.partition(".")[0] in nodes}
        return dataclasses.replace(self, outputs=kept)

    def exit_code(self, *, allow_partial: bool = False) -> int:
        """0 all is well; 1 the workflow failed; 2 the job could not be done; 130 we interrupted it."""
        if self.reason == "interrupted-by-us":
            return 130
        if self.status in ("lost", "timeout", "unknown"):
            return 2
        if self.status != "success" or self.is_unfinished or (self.node_errors and not allow_partial):
            return 1
        return 2 if self.missed or self.left_out or any(one.problem for _, one in self.each_output()) else 0


def read_outputs(
    records: Mapping[str, Mapping[str, Any]], most: int
) -> tuple[dict[str, tuple[Output, ...]], int]:
    """The outputs in the server's records ({node: {"images": [{"filename", ...}], "text": ["..."]}}): the
    first ``most`` of them, and how many more there are.

    They come in the order of the node ids: the server's is that in which the nodes happened to finish.
    """
    found: dict[str, tuple[Output, ...]] = {}
    room, more = most, 0
    for node, record in sorted(records.items(), key=lambda pair: _natural(pair[0])):
        outputs: list[Output] = []
        for key, values in record.items():
            if key == UNFINISHED:
                continue
            listed = values if isinstance(values, list) else [values]
            outputs += [_read_output(str(key), value) for value in listed[:room]]
            more += max(len(listed) - room, 0)
            room = max(room - len(listed), 0)
        found[node] = tuple(outputs)
    return found, more


def _natural(node: str) -> tuple[tuple[int, str], ...]:
    """ "2" before "10", "3:1" before "3:12", and numbers before names."""
    parts = re.split(r"[:.]", node)
    return tuple((int(part) if part.isdecimal() and len(part) < 19 else 1 << 62, part) for part in parts)


def _read_output(key: str, value: Any) -> Output:
    if isinstance(value, str):
        return Output("text", key, text=value)
    if isinstance(value, int | float) and key in _SHOWN:
        return Output("text", key, text=json.dumps(value))
    if isinstance(value, dict) and isinstance(value.get("filename"), str) and value["filename"]:
        subfolder, folder = value.get("subfolder"), value.get("type")
        return Output(
            "file",
            key,
            value["filename"],
            subfolder if isinstance(subfolder, str) else "",
            folder if isinstance(folder, str) else "output",
        )
    return Output("data", key, value=value)


def run_to_json(run: Run) -> dict[str, Any]:
    """A run as a JSON object; what does not apply is left out."""
    record = dataclasses.asdict(dataclasses.replace(run, outputs={}))
    record["seed"], record["wait"] = run.seed, run.wait
    record["outputs"] = {
        node: [_output_to_json(one) for one in outputs] for node, outputs in run.outputs.items()
    }
    return {
        key: value
        for key, value in record.items()
        if key == "outputs" or (value not in (None, {}, (), []) and key not in _UNTOLD)
    }


def _output_to_json(output: Output) -> dict[str, Any]:
    record = dataclasses.asdict(dataclasses.replace(output, picture=None, asked=None, target=None))
    kept = {"file": ("text", "value"), "text": ("filename", "subfolder", "type", "value"), "data": ("text",)}
    hidden = kept[output.kind]
    return {key: value for key, value in record.items() if key not in hidden and value is not None}
