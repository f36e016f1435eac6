"""A prompt that the server itself queues again until all of its batches are through.

VideoHelperSuite's Meta Batch Manager does that: the nodes of a part that is not the last put out
``unfinished_batch``, and before the part ends the same prompt is put at the front of the queue under a new
id, with the ``extra_data`` of the old one: its ``client_id`` is still ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from comfyc.running.client.client import attempt, get_json
from comfyc.running.http.transport import Http
from comfyc.running.records.outcome import UNFINISHED

_LOOKS = 4
_NEWEST = 64
"""Entries of the history that are looked at: the next part is among the last to have ended."""


def announces_more(records: Mapping[str, Mapping[str, Any]]) -> bool:
    """Does the server say that there is another part to come?"""
    return any(record.get(UNFINISHED) in (True, [True]) for record in records.values())


def class_types(prompt: Mapping[str, Any]) -> dict[str, str]:
    """The class type of each node of a prompt that has one, by node id."""
    found = {node: one.get("class_type") for node, one in prompt.items() if isinstance(one, Mapping)}
    return {node: kind for node, kind in found.items() if isinstance(kind, str)}


def merge_records(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """What the nodes have put out in all parts together; the same thing once."""
    merged = {node: dict(record) for node, record in before.items()}
    for node, record in after.items():
        known = merged.setdefault(node, {})
        for key, value in record.items():
            old = known.get(key)
            if isinstance(old, list) and isinstance(value, list):
                known[key] = old + [one for one in value if one not in old]
            else:
                known[key] = value
    return merged


async def find_next_part(
    http: Http, client_id: str, nodes: Container[str], seen: Container[str]
) -> str | None:
    """The id of the part after those in ``seen``, ``None`` if there is none.

    It has our client id and the same ``nodes``; of several the one that ended first is the next.
    """
    most = http.limits.answer
    for turn in range(_LOOKS):
        queue = await attempt(http, lambda: get_json(http, "/queue", most))
        history = await attempt(http, lambda: get_json(http, f"/history?max_items={_NEWEST}", most))
        for prompt_id, prompt, extra in (*_ended(history), *_queued(queue)):
            if extra.get("client_id") == client_id and prompt_id not in seen and _is_same(prompt, nodes):
                return prompt_id
        await asyncio.sleep(http.pace.retry * (turn + 1) / _LOOKS)
    return None


def _is_same(prompt: Iterable[str], nodes: Container[str]) -> bool:
    return all(node in nodes for node in prompt)


def _ended(history: Any) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for entry in history.values() if isinstance(history, dict) else ():
        yield from _items([entry.get("prompt")] if isinstance(entry, dict) else ())


def _queued(queue: Any) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for key in ("queue_running", "queue_pending"):
        items = queue.get(key) if isinstance(queue, dict) else None
        yield from _items(items if isinstance(items, list) else ())


def _items(items: Iterable[Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """(id, prompt, extra_data) of queue items [number, id, prompt, extra_data, ...]."""
    for item in items:
        if isinstance(item, list) and len(item) > 3 and isinstance(item[1], str):
            prompt, extra = item[2], item[3]
            if isinstance(prompt, dict) and isinstance(extra, dict):
                yield item[1], prompt, extra
