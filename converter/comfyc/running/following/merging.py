"""What became of a prompt, put together from the parts that were followed: more than one with batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from comfyc.running.client.submit import Rejected
from comfyc.running.following.batches import merge_records
from comfyc.running.following.follow import Follower
from comfyc.running.following.history import Ending
from comfyc.running.records.outcome import Output, Run, read_outputs
from comfyc.running.records.sent_pictures import SENDERS, Pictures, is_sent


def rejected_run(base: str, rejected: Rejected) -> Run:
    """The run of a prompt that the server refused."""
    return Run("error", "rejected", base, node_errors=rejected.node_errors, rejection=rejected.error)


def merged_run(
    server: str,
    prompt_id: str,
    parts: Sequence[Follower],
    pictures: Pictures,
    *,
    heard_all: bool,
    classes: Mapping[str, str],
    node_errors: Mapping[str, Any],
    is_unfinished: bool,
    most_outputs: int,
) -> Run:
    """The run of which ``parts`` were followed, each to its end; the last one says how it ended.

    ``classes`` are the types of the prompt's nodes, as far as known: what tells which nodes send pictures
    where the history has been cleared.
    """
    last = parts[-1]
    tracker = last.tracker
    assert last.status is not None
    endings = [part.ending or Ending("error", failure=part.tracker.failure) for part in parts]
    ending = endings[-1]
    cached = ending.cached or tuple(tracker.cached)
    records: dict[str, dict[str, Any]] = {}
    timings: dict[str, float] = {}
    steps: dict[str, float] = {}
    for part in parts:
        records = merge_records(records, part.records)
        for node, track in part.tracker.nodes.items():
            steps[node] = steps.get(node, 0.0) + track.maximum
            if track.seconds is not None:
                timings[node] = timings.get(node, 0.0) + track.seconds
    targets = ending.targets or {node: kind for node, kind in classes.items() if kind in SENDERS}
    received = pictures.outputs(targets, records, steps, cached, heard_all=heard_all)
    named, left_out = read_outputs(records, most_outputs)
    outputs = _with_pictures(named, received.outputs)
    seconds = [one.seconds for one in endings if one.seconds is not None]
    is_success = last.status == "success"
    return Run(
        last.status,
        last.reason,
        server,
        prompt_id,
        outputs=outputs,
        timings=timings,
        cached=cached,
        node_errors=node_errors,
        failure=ending.failure or tracker.failure,
        blocked=tuple(one for part in parts for one in part.tracker.blocked.values()),
        seconds=sum(seconds) if seconds else None,
        waited=parts[0].waited,
        node_at_work=tracker.node_at_work if not is_success else None,
        is_all_cached=all(one.is_all_cached for one in endings),
        continued=tuple(part.tracker.prompt_id for part in parts[1:]),
        is_unfinished=is_unfinished,
        silent={node: kind for node, kind in ending.targets.items() if not outputs.get(node)},
        missed=received.missed,
        left_out=left_out,
        is_left=last.is_left,
        was_unrun=last.was_unrun and len(parts) == 1,
    )


def _with_pictures(
    outputs: Mapping[str, tuple[Output, ...]], pictures: Mapping[str, tuple[Output, ...]]
) -> dict[str, tuple[Output, ...]]:
    """The outputs, with the pictures that arrived instead of the records that announce them."""
    merged = {
        node: tuple(one for one in found if not (one.kind == "data" and is_sent(one.value)))
        for node, found in outputs.items()
    }
    for node, found in pictures.items():
        merged[node] = (*merged.get(node, ()), *found)
    return merged
