"""Following one prompt to its end: live messages for the news, /history and /queue for the truth."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Container, Mapping
from typing import Any

from comfyc.diagnostics import ComfycError
from comfyc.running.client.client import attempt, cancel_prompt
from comfyc.running.client.listen import SocketState
from comfyc.running.client.wire import Frame, Message
from comfyc.running.following.batches import announces_more
from comfyc.running.following.history import Ending, read_entry
from comfyc.running.following.inbox import Item, Sight, look
from comfyc.running.following.reception import Reception
from comfyc.running.following.tracker import Tracker
from comfyc.running.http.transport import Http
from comfyc.running.http.waiting import within
from comfyc.running.records.events import Connection, Ended, Event, Queued, Reason, Status

_ABSENT = 3
"""A prompt is gone after this many looks in a row that found it nowhere."""


class Follower:
    """Follows the prompt ``tracker.prompt_id`` until it has ended; then ``status`` and ``reason`` are set.

    ``ending`` is the server's record of the end, if there is one; ``is_left`` says that the prompt may
    still be on the server (we stopped waiting). ``others`` are messages about the batch that comes after it.
    ``waiting`` are nodes that may wait for somebody in the browser for ever.
    ``on_over`` is called when the server says that it is done with it, before the history says how.
    """

    def __init__(
        self,
        http: Http,
        tracker: Tracker,
        reception: Reception,
        *,
        waiting: Container[str] = (),
        on_over: Callable[[], None] = lambda: None,
    ) -> None:
        self.http = http
        self.tracker = tracker
        self.status: Status | None = None
        self.reason: Reason | None = None
        self.ending: Ending | None = None
        self.is_left = False
        self.was_unrun = False
        """It was taken out of the queue and certainly never began: we would have heard of that."""
        self.waited: float | None = None
        self._inbox = reception.inbox
        self._listener = reception.listener
        self._began = self._answered = self._renewed = time.monotonic()
        self._cancelled: float | None = None
        self._cancelling: asyncio.Task[None] | None = None
        self._ahead: int | None = None
        self._absent = 0
        self._was_away = False
        self._on_over = on_over
        self._waiting = waiting
        self.others: list[Message | Frame] = []
        self._settle = http.pace.settle
        self._hurry = asyncio.Event()

    @property
    def records(self) -> dict[str, Mapping[str, Any]]:
        """What the nodes have put out, as far as heard and as the history says."""
        return {**self.tracker.outputs, **(self.ending.outputs if self.ending is not None else {})}

    async def events(self) -> AsyncIterator[Event]:
        """What happens, up to and including ``Ended``."""
        looking = asyncio.create_task(self._keep_looking())
        try:
            while self.status is None:
                item = await self._inbox.get(self._next_deadline() - time.monotonic())
                now = time.monotonic()
                if looking.done():
                    looking.result()  # it never ends but by an error of ours
                for event in self._take(item, now):
                    yield event
                if self.status is None:
                    self._check_time(now)
            yield Ended(self.tracker.prompt_id, self.status, self.reason)
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    def cancel(self, since: float) -> None:
        """Have the server stop it, or take it out of the queue; the end comes as an event like any other.

        That was first wished for at the time ``since``: a batch that goes on and on has no new grace.
        """
        if self._cancelled is None and self.status is None:
            self._cancelled = since
            self._cancelling = asyncio.create_task(self._cancel())
            self._inbox.put(None)

    def give_up(self) -> None:
        """Stop following now, whatever becomes of the prompt."""
        if self.status is None:
            self._end("interrupted", "interrupted-by-us")
            self._inbox.put(None)

    async def leave(self) -> None:
        """Stop caring. Whatever is still on the server is cancelled there, within ``Pace.grace``."""
        if self.status is None or self.is_left:
            self._cancelling = self._cancelling or asyncio.create_task(self._cancel())
        if self._cancelling is not None:
            await asyncio.wait({self._cancelling}, timeout=self.http.pace.grace)
            self._cancelling.cancel()
        if self.is_left and self.reason != "dead-worker":
            self.is_left = await self._goes_on()

    async def _goes_on(self) -> bool:
        """Is it still running although it was to be stopped? What was told to stop only now has a moment."""
        until = time.monotonic() + (self.http.pace.grace if self.status == "timeout" else 0.0)
        pause = self.http.pace.settle
        while True:
            sight = await look(self.http, self.tracker.prompt_id)
            if sight.entry is not None:
                self.ending = read_entry(self.tracker.prompt_id, sight.entry)
            if not sight.is_running and sight.ahead is None and sight.error is None:
                return False
            if time.monotonic() + pause >= until:
                return True
            await asyncio.sleep(pause)
            pause = min(pause * 2, self.http.pace.poll)

    async def _cancel(self) -> None:
        with contextlib.suppress(ComfycError):
            await attempt(self.http, lambda: cancel_prompt(self.http, self.tracker.prompt_id))
        self._hurry.set()

    async def _keep_looking(self) -> None:
        while True:
            with contextlib.suppress(asyncio.TimeoutError):
                await within(self._pause(), self._hurry.wait())
            self._hurry.clear()
            self._inbox.put(await look(self.http, self.tracker.prompt_id))

    def _pause(self) -> float:
        """Until the next look: soon when the end is near, rarely while live messages come in."""
        pace, now = self.http.pace, time.monotonic()
        if self.tracker.final is not None or self._cancelled is not None:
            self._settle = min(self._settle * 2, pace.poll)
            return self._settle
        listener = self._listener
        if self._absent or (self._ahead is None and not self.tracker.is_running):
            return pace.retry
        if listener is None or not listener.is_up or not self.tracker.is_running:
            return pace.poll
        is_heard = self.tracker.sign is not None and now - self.tracker.sign < pace.poll_live
        return pace.poll_live if is_heard or not listener.drops else pace.poll

    def _take(self, item: Item, now: float) -> list[Event]:
        if isinstance(item, SocketState):
            return self._take_link(item)
        if isinstance(item, Sight):
            return self._take_sight(item, now)
        if item is None:
            return []
        tracker = self.tracker
        if item.prompt_id not in (None, tracker.prompt_id) and announces_more(tracker.outputs):
            self.others.append(item)
        events = tracker.feed(item, now)
        self._note_start(now)
        if item.prompt_id == tracker.prompt_id:
            self._answered = now
            if tracker.final is not None:
                if not announces_more(tracker.outputs):
                    self._on_over()
                self._hurry_soon()
        return events

    def _hurry_soon(self) -> None:
        """It is over: the history says how, as soon as it is written (just before the last message)."""
        if self.tracker.is_written:
            self._hurry.set()
        else:
            asyncio.get_running_loop().call_later(self.http.pace.settle * 4, self._hurry.set)

    def _take_link(self, link: SocketState) -> list[Event]:
        if not link.up and self._listener is not None and self._listener.drops:
            self._was_away = True
            self._hurry.set()
        return [Connection(self.tracker.prompt_id, link.up, link.detail)]

    def _take_sight(self, sight: Sight, now: float) -> list[Event]:
        if sight.error is not None:
            self._was_away = True
            return []
        self._answered = now
        if sight.entry is not None:
            self._finish(read_entry(self.tracker.prompt_id, sight.entry))
            return []
        if sight.is_running or sight.ahead is not None:
            self._absent, self._was_away = 0, False
        if sight.is_running:
            self._renew_if_silent(now)
            events = self.tracker.begin(now)
            self._note_start(now)
            return events
        if sight.ahead is None:
            self._note_absence()
        elif sight.ahead != self._ahead:
            self._ahead = sight.ahead
            return [Queued(self.tracker.prompt_id, sight.ahead)]
        return []

    def _note_start(self, now: float) -> None:
        if self.waited is None and self.tracker.is_running:
            self.waited = now - self._began

    def _note_absence(self) -> None:
        """It is neither in the queue nor in the history."""
        self._absent += 1
        if self._absent < _ABSENT:
            return
        if self.tracker.final is not None:  # it ended, and its history has been cleared since
            self._finish(Ending(self.tracker.final, failure=self.tracker.failure))
        elif self._cancelled is not None:
            listener = self._listener
            hears_all = listener is not None and listener.is_up and not listener.drops
            self.was_unrun = hears_all and not self._was_away and not self.tracker.is_running
            self._end("interrupted", "interrupted-by-us")
        else:
            self._end("lost", "restarted" if self._was_away else "deleted")

    def _renew_if_silent(self, now: float) -> None:
        """It runs and we hear nothing: the end of an older connection may have silenced this one."""
        listener, silence = self._listener, self.http.pace.silence
        if listener is None or not listener.is_up or not listener.drops:
            return
        heard = max(self.tracker.sign or 0.0, self._renewed)
        if now - heard >= silence:
            self._renewed = now
            listener.renew()

    def _finish(self, ending: Ending) -> None:
        self.ending = ending
        if ending.final == "interrupted":
            by_us = self._cancelled is not None
            self._end("interrupted", "interrupted-by-us" if by_us else "interrupted-by-other")
        else:
            self._end(ending.final, "node-failed" if ending.final == "error" else None)

    def _end(self, status: Status, reason: Reason | None) -> None:
        self.status, self.reason = status, reason

    def _next_deadline(self) -> float:
        return min((when for when, *_ in self._deadlines()), default=time.monotonic() + 3600.0)

    def _check_time(self, now: float) -> None:
        for when, status, reason in sorted(self._deadlines()):
            if now >= when:
                if reason == "unreachable" and self.tracker.final is not None:
                    self._finish(Ending(self.tracker.final, failure=self.tracker.failure))
                    return
                self.is_left = reason != "unreachable"
                self._end(status, reason)
                return

    def _deadlines(self) -> list[tuple[float, Status, Reason]]:
        """When to stop waiting, and what to call it then."""
        pace, tracker = self.http.pace, self.tracker
        found: list[tuple[float, Status, Reason]] = [
            (self._answered + pace.unreachable + pace.poll_live, "unknown", "unreachable")
        ]
        if self._cancelled is not None:
            until = self._cancelled + pace.grace
            if self._answered < self._cancelled:  # it may never have heard of it
                return [*found, (until, "unknown", "unreachable")]
            return [*found, (until, "interrupted", "interrupted-by-us")]
        if pace.total is not None:
            found.append((self._began + pace.total, "timeout", "total"))
        if not tracker.is_running or tracker.sign is None or tracker.final is not None:
            return found
        is_idle = tracker.node_at_work is None
        why: Reason = "dead-worker" if is_idle else "idle"
        patience = pace.idle
        answer = pace.answer if tracker.node_at_work in self._waiting else None
        if answer is not None and (patience is None or answer <= patience):
            patience, why = answer, "unanswered"
        if patience is not None:
            found.append((tracker.sign + patience, "timeout", why))
        # Only one who heard everything from the start may say that no node is at work
        heard_all = self._listener is not None and self._listener.is_up and not self._listener.drops
        if is_idle and heard_all and pace.dead_worker is not None:
            found.append((tracker.sign + pace.dead_worker, "timeout", "dead-worker"))
        return found
