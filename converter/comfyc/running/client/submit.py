"""POST /prompt, once: what may have reached the server is looked for, and never sent again.

A server queues whatever it is sent: the same prompt under the same id runs twice (execution.py: PromptQueue).
Nothing that a server or a gateway says later proves that a request which got no answer will not arrive yet.
So there is one rule: a prompt is sent again only if no connection came about.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc.diagnostics import ComfycError
from comfyc.running.client.client import get_queue, get_recent, is_known
from comfyc.running.http.transport import Http, HttpAnswer, NoAnswerError
from comfyc.running.http.waiting import unless, within
from comfyc.running.records.events import Reason
from comfyc.safety.foreign import number_or_none

_UNDECIDED = (408, 499)
"""Statuses below 500 that a gateway gives when it has lost patience with the server behind it."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What to run. ``workflow`` is what the editor saved; it travels into the files that are made.

    ``targets`` are the ids of the outputs to run (all if ``None``); ``front`` jumps the queue.
    """

    prompt: Mapping[str, Any]
    prompt_id: str
    client_id: str
    workflow: Any = None
    front: bool = False
    targets: tuple[str, ...] | None = None
    with_key: bool = True


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server has it. ``node_errors`` names the outputs that it will not run (partial validation).

    ``prompt_id`` is ours, unless the server is too old to take one.
    """

    prompt_id: str
    number: float | None = None
    node_errors: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejected:
    """The server will not run it (HTTP 400): the ``error`` of the prompt and those of its nodes."""

    error: Mapping[str, Any]
    node_errors: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Undecided:
    """It was sent, and there is no answer that means anything (``why``): the server may have it."""

    why: str


async def send(
    http: Http, submission: Submission, stopped: asyncio.Event
) -> Accepted | Rejected | Undecided | None:
    """As :func:`submit`; once ``stopped`` is set, the answer has half of ``Pace.grace`` to come."""
    sending = asyncio.ensure_future(submit(http, submission, stopped))
    try:
        await unless(stopped, asyncio.wait({sending}))
        await asyncio.wait({sending}, timeout=http.pace.grace / 2)
        return (
            sending.result()
            if sending.done()
            else Undecided("the command was stopped before the answer arrived")
        )
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def submit(
    http: Http, submission: Submission, stopped: asyncio.Event
) -> Accepted | Rejected | Undecided | None:
    """Put a prompt into the server's queue, at most once.

    ``None`` if ``stopped`` was set before anything was sent. ``UnreachableError`` if no connection came
    about, ``ComfycError`` if the server will have nothing to do with us: it certainly is not there then.
    """
    body = encoded_body(body_of(submission, http.access.api_key))
    for pause in (*http.pace.pauses(), None):
        if stopped.is_set():
            return None
        try:
            answer = await http.request("POST", "/prompt", content=body, read=http.pace.submit)
        except NoAnswerError as error:
            if error.arrived:
                return Undecided(str(error))
            if pause is None:
                raise
            await _rest(pause, stopped)
            continue
        return _judged(http, answer)
    raise AssertionError("the last attempt returns or raises")


async def decide(
    http: Http, submission: Submission, used: Container[str], stopped: asyncio.Event
) -> Accepted | Reason:
    """Look for an undecided submission until the server shows it, or say why that is not known in the end.

    It is "undecided" after ``Pace.undecided`` seconds of a server that answers without showing it (a gateway
    may hold a request back for long), "unreachable" after ``Pace.unreachable`` seconds without an answer.
    ``used`` are the ids of prompts that had the same client id before. Once ``stopped`` is set, half of
    ``Pace.grace`` is left.
    """
    pace = http.pace
    answered = time.monotonic()
    shown: float | None = None
    until = float("inf")
    pause = pace.retry
    while True:
        now = time.monotonic()
        if stopped.is_set():
            until = min(until, now + pace.grace / 2)
        is_last = now >= until or (shown is not None and now - shown >= pace.undecided)
        try:
            look = find(http, submission, used, in_history=is_last)
            found = await within(min(pace.unreachable, max(until - now, pace.grace / 4)), look)
            answered = time.monotonic()
            shown = answered if shown is None else shown
            if found is not None:
                return Accepted(found)
            if is_last:
                return "undecided"
        except (ComfycError, asyncio.TimeoutError):
            if now >= until or time.monotonic() - answered >= pace.unreachable:
                return "unreachable"
        await _rest(pause, stopped)
        pause = min(pause * 2, pace.poll)


async def find(
    http: Http, submission: Submission, used: Container[str] = (), *, in_history: bool = False
) -> str | None:
    """The id under which the server has a prompt, ``None`` if it does not show it. ``ComfycError``.

    It is asked for by its id. A server that is too old to take that gave it one of its own: then it is the
    prompt with our client id that is none of ``used``, in the queue or (``in_history``: the answer is large)
    among those that have ended.
    """
    prompt_id, client_id = submission.prompt_id, submission.client_id
    if await is_known(http, prompt_id):
        return prompt_id
    queue = await get_queue(http)
    items = (*queue.running, *queue.pending)
    if in_history:
        items = (*items, *await get_recent(http))
    ours = (item.prompt_id for item in items if item.client_id == client_id)
    return next((one for one in ours if one not in used), None)


async def _rest(seconds: float, stopped: asyncio.Event) -> None:
    """Wait, but not on after a stop was asked for; then only a moment."""
    if stopped.is_set():
        await asyncio.sleep(min(seconds, 0.5))
        return
    try:
        await within(seconds, stopped.wait())
    except asyncio.TimeoutError:
        return


def _judged(http: Http, answer: HttpAnswer) -> Accepted | Rejected | Undecided:
    """What an answer says about the prompt. ``ComfycError`` for a refusal."""
    verdict = _verdict(answer)
    if verdict is not None:
        return verdict
    if 200 <= answer.status < 300:
        return Undecided(f"'{http.access.base}' sent an unreadable answer to /prompt")
    if answer.status >= 500 or answer.status in _UNDECIDED:
        return Undecided(f"'{http.access.base}' failed (HTTP {answer.status})")
    if answer.status == 429:
        raise ComfycError(
            f"'{http.access.base}' refuses because of too many requests (HTTP 429)",
            "wait a moment, then run it again",
        )
    raise http.refusal(answer, "/prompt")


def body_of(submission: Submission, api_key: str | None) -> dict[str, Any]:
    """The body of ``POST /prompt``: the prompt, its ids, and in ``extra_data`` the workflow and the account
    key, if the submission takes one along."""
    extra: dict[str, Any] = {}
    if submission.workflow is not None:
        extra["extra_pnginfo"] = {"workflow": submission.workflow}
    if api_key and submission.with_key:
        extra["api_key_comfy_org"] = api_key
    body: dict[str, Any] = {
        "prompt": submission.prompt,
        "prompt_id": submission.prompt_id,
        "client_id": submission.client_id,
        "extra_data": extra,
    }
    if submission.front:
        body["front"] = True
    if submission.targets is not None:
        body["partial_execution_targets"] = list(submission.targets)
    return body


def encoded_body(body: Mapping[str, Any]) -> bytes:
    """The body as it is sent; ``ComfycError`` if it holds what is no JSON."""
    try:
        return json.dumps(body).encode("ascii")
    except (TypeError, ValueError, RecursionError):
        raise ComfycError(
            "the prompt or the workflow cannot be written as JSON",
            "pass what json.loads or convert() returned",
        ) from None


def _verdict(answer: HttpAnswer) -> Accepted | Rejected | None:
    """The server's word, ``None`` if it is cut, or not ComfyUI's (that of a proxy, a web page)."""
    document = answer.json()
    if not isinstance(document, dict):
        return None
    node_errors = document.get("node_errors")
    node_errors = node_errors if isinstance(node_errors, dict) else {}
    if answer.status == 200 and isinstance(document.get("prompt_id"), str):
        return Accepted(document["prompt_id"], number_or_none(document.get("number")), node_errors)
    error = document.get("error")
    if answer.status == 400 and (error or node_errors):
        if not isinstance(error, dict):
            error = {"message": error if isinstance(error, str) else "the server gives no reason"}
        return Rejected(error, node_errors)
    return None
