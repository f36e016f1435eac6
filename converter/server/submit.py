"""POST /prompt, once: with an id of our own, and a look before anything is sent again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from converter.catalog_address import UnreachableError
from converter.diagnostics import ConverterError
from converter.foreign import number_or_none
from converter.server.access import wait_command
from converter.server.client import attempt, get_history, get_queue
from converter.server.transport import Answer, Http, NoAnswerError
from converter.server.wire import is_deep

_LOOKS = 3
"""An unanswered submission is looked for this often before it counts as never arrived."""


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


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server has it. ``node_errors`` names the outputs that it will not run (partial validation).

    ``prompt_id`` is ours, unless the server is too old to take one. ``is_certain`` is false if the answer
    was lost and the server cannot be asked now: the prompt may be there or not.
    """

    prompt_id: str
    number: float | None = None
    node_errors: Mapping[str, Any] = field(default_factory=dict)
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Rejected:
    """The server will not run it (HTTP 400): the ``error`` of the prompt and those of its nodes."""

    error: Mapping[str, Any]
    node_errors: Mapping[str, Any] = field(default_factory=dict)


class UnreadableError(ConverterError):
    """The server said that all is well (HTTP 200) in words that mean nothing, and does not show the prompt.

    It is not sent again: it may be there all the same.
    """

    def __init__(self, prompt_id: str, base: str) -> None:
        wait = wait_command(prompt_id, base)
        super().__init__(
            f"'{base}' answers /prompt with what cannot be read, and does not show the prompt {prompt_id}",
            f"pass the address that shows ComfyUI in a browser; if the prompt is there after all: {wait}",
        )
        self.prompt_id = prompt_id
        self.base = base


async def submit(http: Http, submission: Submission) -> Accepted | Rejected:
    """Put a prompt into the server's queue, at most once.

    When the answer is lost or cut, the server's history and queue are asked for the id before anything is
    sent again. ``UnreachableError`` if it certainly is not there, :class:`UnreadableError` after an answer
    that means nothing, ``ConverterError`` if the server will have nothing to do with us.
    """
    body = _body(http, submission)
    for pause in (*http.pace.pauses(), None):
        verdict = await _post(http, body, submission.prompt_id)
        if isinstance(verdict, Accepted | Rejected):
            return verdict
        if isinstance(verdict, UnreadableError) or verdict.arrived:
            try:
                known = await _find(http, submission)
            except UnreachableError:
                return Accepted(submission.prompt_id, is_certain=False)
            if known is not None:
                return Accepted(known)
        if pause is None or isinstance(verdict, UnreadableError):
            raise verdict
        await asyncio.sleep(pause)
    raise AssertionError("the last attempt returns or raises")


async def _post(
    http: Http, body: bytes, prompt_id: str
) -> Accepted | Rejected | UnreadableError | NoAnswerError:
    try:
        answer = await http.request("POST", "/prompt", content=body, read=http.pace.submit)
    except NoAnswerError as error:
        return error
    verdict = _verdict(answer)
    if verdict is not None:
        return verdict
    if answer.status == 200:
        return UnreadableError(prompt_id, http.access.base)
    refusal = http.refusal(answer, "/prompt")
    if isinstance(refusal, NoAnswerError):
        return refusal
    raise refusal


async def _find(http: Http, submission: Submission) -> str | None:
    """The id under which the server has it, if so. Only a server that answers is believed that it has not."""
    prompt_id = submission.prompt_id
    for turn in range(_LOOKS):
        queue = await attempt(http, lambda: get_queue(http))
        for item in (*queue.running, *queue.pending):
            if item.prompt_id == prompt_id or item.client_id == submission.client_id:
                return item.prompt_id
        if await attempt(http, lambda: get_history(http, prompt_id)):
            return prompt_id
        await asyncio.sleep(http.pace.retry * (turn + 1) / _LOOKS)
    return None


def _body(http: Http, submission: Submission) -> bytes:
    extra: dict[str, Any] = {}
    if submission.workflow is not None:
        extra["extra_pnginfo"] = {"workflow": submission.workflow}
    if http.access.api_key:
        extra["api_key_comfy_org"] = http.access.api_key
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
    try:
        return json.dumps(body).encode("ascii")
    except (TypeError, ValueError, RecursionError):
        raise ConverterError(
            "the prompt or the workflow is no JSON document", "pass what json.loads or convert() returned"
        ) from None


def _verdict(answer: Answer) -> Accepted | Rejected | None:
    """The server's word, ``None`` if it is cut, or not ComfyUI's (that of a proxy, a web page)."""
    document = answer.json()
    if not isinstance(document, dict):
        return None
    node_errors = document.get("node_errors")
    node_errors = node_errors if isinstance(node_errors, dict) and not is_deep(node_errors) else {}
    if answer.status == 200 and isinstance(document.get("prompt_id"), str):
        return Accepted(document["prompt_id"], number_or_none(document.get("number")), node_errors)
    error = document.get("error")
    if answer.status == 400 and (error or node_errors):
        if not isinstance(error, dict) or is_deep(error):
            error = {"message": error if isinstance(error, str) else "the server gives no reason"}
        return Rejected(error, node_errors)
    return None
