"""One prompt on one server: submitted on entering, followed while iterating, cancelled on leaving early."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any

from converter.diagnostics import ConverterError
from converter.server.client import cancel_prompt, get_queue
from converter.server.events import Ended, Event, Submitted
from converter.server.follow import Follower, Inbox
from converter.server.history import Ending
from converter.server.listen import Listener
from converter.server.outcome import Run, read_outputs
from converter.server.redaction import redact_event, redact_run
from converter.server.submit import Accepted, Rejected, Submission, submit
from converter.server.tracker import Tracker
from converter.server.transport import Http
from converter.server.waiting import within


class Job:
    """A prompt on its way. An async context manager and an async iterator of events::

        async with server.job(prompt, workflow=workflow) as job:
            async for event in job:
                ...
            run = job.run

    Leaving before the end takes the prompt out of the queue or interrupts it, and nobody else's.
    """

    def __init__(self, http: Http, submission: Submission | None, prompt_id: str) -> None:
        self.prompt_id = prompt_id
        self.node_errors: Mapping[str, Any] = {}
        self._http = http
        self._submission = submission
        self._inbox = Inbox(http.limits.backlog, 2 * http.limits.message)
        self._tracker = Tracker(prompt_id, http.limits.nodes)
        self._listener: Listener | None = None
        self._follower: Follower | None = None
        self._events: AsyncIterator[Event] | None = None
        self._first: list[Event] = []
        self._rejected: Rejected | None = None
        self._is_cancelled = False
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
            await self._stop_listening()
            raise
        if self._rejected is None:
            self._follower = Follower(self._http, self._tracker, self._inbox, self._listener)
            # Either may have been wished for before there was a follower
            if self._is_cancelled:
                self._follower.cancel()
            if self._is_given_up:
                self._follower.give_up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            closing = getattr(self._events, "aclose", None)
            if closing is not None:
                await closing()
            if self._follower is not None and not (self._is_abandoned or self._is_detached):
                await self._follower.leave()
        finally:
            await self._stop_listening()

    def __aiter__(self) -> AsyncIterator[Event]:
        if self._events is None:
            self._events = self._iterate()
        return self._events

    def cancel(self) -> None:
        """Have the server stop the prompt, or take it out of its queue; the events go on to the end."""
        self._is_cancelled = True
        if self._follower is not None:
            self._follower.cancel()

    def give_up(self) -> None:
        """Stop following now; the prompt itself is left alone."""
        self._is_given_up = True
        if self._follower is not None:
            self._follower.give_up()

    def detach(self) -> None:
        """Let it run on when this is left."""
        self._is_detached = True

    def abandon(self) -> None:
        """Leave without a word to the server: there is no time for it."""
        self._is_abandoned = True

    async def wait(self) -> Run:
        """Follow it to its end."""
        async for _ in self:
            pass
        return self.run

    @property
    def run(self) -> Run:
        """What became of it; its files are still on the server. ``ConverterError`` before the end."""
        return redact_run(self._http.access, self._result())

    def _result(self) -> Run:
        base = self._http.access.base
        if self._rejected is not None:
            found = self._rejected
            return Run("error", "rejected", base, node_errors=found.node_errors, rejection=found.error)
        follower, tracker = self._follower, self._tracker
        if follower is None or follower.status is None:
            raise ConverterError("the prompt has not ended yet", "follow its events to the end first")
        ending = follower.ending or Ending("error", failure=tracker.failure)
        cached = ending.cached or tuple(tracker.cached)
        return Run(
            follower.status,
            follower.reason,
            base,
            self.prompt_id,
            outputs=read_outputs({**tracker.outputs, **ending.outputs}),
            timings={node: one.seconds for node, one in tracker.nodes.items() if one.seconds is not None},
            cached=cached,
            node_errors=self.node_errors,
            failure=ending.failure or tracker.failure,
            blocked=tuple(tracker.blocked.values()),
            seconds=ending.seconds,
            waited=follower.waited,
            node_at_work=tracker.node_at_work if follower.status != "success" else None,
            is_all_cached=ending.is_all_cached,
        )

    async def _submit(self, submission: Submission) -> None:
        # The first messages come before the answer to the submission: be there to hear them
        await self._listen(submission.client_id)
        verdict = await submit(self._http, submission)
        if isinstance(verdict, Rejected):
            self._rejected = verdict
            self._first.append(Ended(self.prompt_id, "error", "rejected"))
            return
        self._take(verdict)

    def _take(self, verdict: Accepted) -> None:
        self.node_errors = verdict.node_errors
        self.prompt_id = self._tracker.prompt_id = verdict.prompt_id
        self._first.append(Submitted(self.prompt_id, self._http.access.base, verdict.number))

    async def _take_back(self) -> None:
        """We were stopped while submitting: the prompt may have arrived or not."""
        if self._submission is not None and not self._is_abandoned:
            with contextlib.suppress(ConverterError, asyncio.TimeoutError):
                await within(self._http.pace.grace, cancel_prompt(self._http, self.prompt_id))

    async def _attach(self) -> None:
        """Join a prompt that is on the server already; live, if nobody else can be listening to it."""
        item = (await get_queue(self._http)).find(self.prompt_id)
        if item is not None and item.mine and item.is_detached and item.client_id is not None:
            await self._listen(item.client_id)

    async def _listen(self, client_id: str) -> None:
        http = self._http
        self._listener = Listener(http.access, client_id, self._inbox.put, http.pace, http.limits)
        await self._listener.start()

    async def _stop_listening(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            await listener.stop()

    async def _iterate(self) -> AsyncIterator[Event]:
        for event in self._first:
            yield event
        if self._follower is not None:
            async for event in self._follower.events():
                yield redact_event(self._http.access, event)
