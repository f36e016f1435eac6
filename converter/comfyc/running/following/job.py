"""One prompt on one server: submitted on entering, followed while iterating, cancelled on leaving early."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any

from comfyc.checks.interactive import endless_nodes
from comfyc.diagnostics import ComfycError
from comfyc.running.client.client import cancel_prompt, get_queue
from comfyc.running.client.listen import Lines
from comfyc.running.client.submit import Accepted, Rejected, Submission, Undecided, decide, send
from comfyc.running.following.batches import announces_more, class_types
from comfyc.running.following.follow import Follower
from comfyc.running.following.gate import Gate, Pass
from comfyc.running.following.merging import merged_run, rejected_run
from comfyc.running.following.next_part import find_part_after
from comfyc.running.following.reception import Reception
from comfyc.running.following.tracker import Tracker
from comfyc.running.http.transport import Http
from comfyc.running.http.waiting import unless, within
from comfyc.running.records.events import Ended, Event, NodePreview, Reason, Requeued, Submitted, Unanswered
from comfyc.running.records.outcome import Run
from comfyc.running.records.redaction import redacted
from comfyc.running.records.sent_pictures import Pictures


class Job:
    """A prompt on its way. An async context manager and an async iterator of events::

        async with server.job(prompt, workflow=workflow) as job:
            async for event in job:
                ...
            run = job.run

    Leaving before the end takes the prompt out of the queue or interrupts it, and nobody else's.
    """

    def __init__(
        self,
        http: Http,
        lines: Lines,
        submission: Submission | None,
        prompt_id: str,
        gate: Gate | None = None,
        on_sending: Callable[[], None] = lambda: None,
    ) -> None:
        self.prompt_id = prompt_id
        self.node_errors: Mapping[str, Any] = {}
        self._http = http
        self._gate = gate
        self._on_sending = on_sending
        self._pass: Pass | None = None
        self._submission = submission
        self._reception = Reception(http, lines)
        self._classes = class_types(submission.prompt if submission is not None else {})
        self._waiting = endless_nodes(submission.prompt if submission is not None else {})
        self._parts: list[Follower] = []
        self._has_lost_thread = False
        self._used: frozenset[str] = frozenset()
        self._pictures = Pictures(http.limits.pictures)
        self.doubt: str | None = None
        """Why the answer to the submission is missing, while it is not known whether the server has it."""
        self._unknown: Reason | None = None
        """It could not be found out whether the server has it."""
        self._wish = asyncio.Event()
        """We are to stop."""
        self._events: AsyncIterator[Event] | None = None
        self._first: list[Event] = []
        self._rejected: Rejected | None = None
        self._cancelled: float | None = None
        self._is_unsent = False
        """It was cancelled before it was sent."""
        self._is_given_up = False
        self._is_detached = False
        self._is_abandoned = False

    async def __aenter__(self) -> Job:
        try:
            if self._submission is None:
                await self._attach()
            else:
                await self._submit(self._submission)
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError):
                await self._take_back()
            self._make_room()
            await self._stop_listening()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            closing = getattr(self._events, "aclose", None)
            if closing is not None:
                await closing()
            if not (self._is_abandoned or self._is_detached):
                if self._parts:
                    await self._parts[-1].leave()
                elif self.doubt is not None and self._unknown is None:
                    await self._take_back()
        finally:
            self._make_room()
            await self._stop_listening()

    def __aiter__(self) -> AsyncIterator[Event]:
        if self._events is None:
            self._events = self._iterate()
        return self._events

    def cancel(self) -> None:
        """Have the server stop the prompt, or take it out of its queue; the events go on to the end."""
        self._cancelled = self._cancelled or time.monotonic()
        self._wish.set()
        if self._parts:
            self._parts[-1].cancel(self._cancelled)

    def give_up(self) -> None:
        """Stop following now; the prompt itself is left alone."""
        self._is_given_up = True
        self._wish.set()
        if self._parts:
            self._parts[-1].give_up()

    def detach(self) -> None:
        """Let it run on when this is left."""
        self._is_detached = True

    def abandon(self) -> None:
        """Leave without a word to the server: there is no time for it."""
        self._is_abandoned = True

    @property
    def is_submitted(self) -> bool:
        """Does the server have it, as far as that is known?"""
        return bool(self._parts)

    async def settle(self) -> None:
        """Find out whether the server has it, if the answer to the submission was lost."""
        if self.doubt is None or self._unknown is not None or self._submission is None:
            return
        taking_back = asyncio.ensure_future(self._take_back_at_a_stop())
        try:
            found = await decide(self._http, self._submission, self._used, self._wish)
        finally:
            taking_back.cancel()
            await asyncio.gather(taking_back, return_exceptions=True)
        if isinstance(found, Accepted):
            self.doubt = None
            self._take(found)
        else:
            self._unknown = found
            self._make_room()
            self._first.append(Ended(self.prompt_id, "unknown", found))

    async def wait(self) -> Run:
        """Follow it to its end."""
        async for _ in self:
            pass
        return self.run

    @property
    def run(self) -> Run:
        """What became of it; its files are still on the server. ``ComfycError`` before the end."""
        return redacted(self._http.access, self._result())

    def _result(self) -> Run:
        base = self._http.access.base
        if self._rejected is not None:
            return rejected_run(base, self._rejected)
        if self._is_unsent:
            return Run("interrupted", "interrupted-by-us", base)
        if self._unknown is not None:
            return Run("unknown", self._unknown, base, self.prompt_id, doubt=self.doubt)
        if not self._parts or self._parts[-1].status is None:
            raise ComfycError("the prompt has not ended yet", "follow its events to the end first")
        return merged_run(
            base,
            self.prompt_id,
            self._parts,
            self._pictures,
            heard_all=self._submission is not None and self._reception.has_missed_nothing,
            classes=self._classes,
            node_errors=self.node_errors,
            is_unfinished=self._has_lost_thread,
            most_outputs=self._http.limits.outputs,
        )

    async def _submit(self, submission: Submission) -> None:
        # The first messages come before the answer to the submission: be there to hear them
        if self._is_detached:  # its client id says that others may listen to it
            await self._reception.connect(submission.client_id)
        else:
            listener = await self._reception.borrow(submission.client_id)
            self._used = frozenset(listener.served)
            self._submission = submission = replace(submission, client_id=listener.client_id)
        if self._gate is not None:
            self._pass = await self._gate.enter()
        if not self._wish.is_set():
            self._on_sending()
        verdict = await send(self._http, submission, self._wish)
        if verdict is None:
            self._is_unsent = True
            self._first.append(Ended("", "interrupted", "interrupted-by-us"))
            return
        if isinstance(verdict, Undecided):
            self.doubt = verdict.why
            self._first.append(Unanswered(self.prompt_id, self._http.access.base, verdict.why))
            return
        if isinstance(verdict, Rejected):
            self._rejected = verdict
            self._first.append(Ended(self.prompt_id, "error", "rejected"))
            self.prompt_id = ""
            return
        self._take(verdict)

    def _take(self, verdict: Accepted) -> None:
        self.node_errors = verdict.node_errors
        self.prompt_id = verdict.prompt_id
        self._first.append(Submitted(self.prompt_id, self._http.access.base, verdict.number))
        self._follow(self.prompt_id)

    def _make_room(self) -> None:
        """Let the next prompt through."""
        if self._pass is not None:
            self._pass.give_back()

    async def _take_back(self) -> None:
        """We were stopped while submitting: the prompt may have arrived or not."""
        if self._submission is not None and not self._is_abandoned:
            with contextlib.suppress(ComfycError, asyncio.TimeoutError):
                await within(self._http.pace.grace, cancel_prompt(self._http, self.prompt_id))

    async def _take_back_at_a_stop(self) -> None:
        """A server that is busy with the prompt itself may obey when we are gone."""
        await self._wish.wait()
        if self._cancelled is not None:
            await self._take_back()

    async def _attach(self) -> None:
        """Join a prompt that is on the server already; live, if nobody else can be listening to it."""
        queue = await unless(self._wish, get_queue(self._http))
        item = queue.find(self.prompt_id) if queue is not None else None
        if item is not None and item.mine and item.is_detached and item.client_id is not None:
            await self._reception.connect(item.client_id)
        self._follow(self.prompt_id)

    async def _stop_listening(self) -> None:
        """Leave the connection, to the next prompt if nothing more can come for this one."""
        is_over = bool(self._parts) and self._parts[-1].status == "success"
        is_ours = self._submission is not None and not self._is_detached
        await self._reception.leave(is_reusable=is_over and is_ours)

    def _follow(self, prompt_id: str) -> None:
        """Begin to follow the prompt, or the next batch of it."""
        reception, tracker = self._reception, Tracker(prompt_id, self._http.limits.nodes)
        follower = Follower(self._http, tracker, reception, waiting=self._waiting, on_over=self._make_room)
        self._parts.append(follower)
        reception.note(prompt_id)
        # Either may have been wished for before there was a follower
        if self._cancelled is not None:
            follower.cancel(self._cancelled)
        if self._is_given_up:
            follower.give_up()

    async def _iterate(self) -> AsyncIterator[Event]:
        for event in self._first_events():
            yield event
        await self.settle()
        for event in self._first_events():
            yield event
        while self._parts:
            part = self._parts[-1]
            async for event in part.events():
                if isinstance(event, Ended):
                    continue  # whether this is the end is known when there is no further batch
                if isinstance(event, NodePreview):
                    self._pictures.take(event, self._classes.get(event.display_node, ""))
                yield redacted(self._http.access, event)
            next_id = await self._find_next_part(part)
            if next_id is None:
                yield Ended(self.prompt_id, part.status or "lost", part.reason)
                return
            self._reception.inbox.put_back([one for one in part.others if one.prompt_id == next_id])
            yield Requeued(self.prompt_id, next_id)
            self._follow(next_id)

    def _first_events(self) -> list[Event]:
        """What is to be told before anything is heard from the server."""
        reported, self._first = self._first, []
        return reported

    async def _find_next_part(self, part: Follower) -> str | None:
        """The id under which the server goes on with the next batch, if it says that there is one."""
        if part.status != "success" or not announces_more(part.records):
            return None
        found = await find_part_after(self._http, self._parts, self._submission, self._reception.listener)
        self._has_lost_thread = found is None
        return found
