"""What a pool of servers works on: pieces of work, how far each is, and what is known of each server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from comfyc.catalog.address import UnreachableError
from comfyc.diagnostics import ComfycError
from comfyc.running.client.client import is_known
from comfyc.running.client.stop import Stop
from comfyc.running.http.pace import Pace
from comfyc.running.http.waiting import within
from comfyc.running.records.outcome import Attempt, Run
from comfyc.running.servers.session import Server

Work = Callable[[Server, Stop], Awaitable[Run]]
"""One run, to be made on the server that it is given: upload, convert for that server, run."""

_MOST_LOSSES = 2
"""A prompt that was running on so many servers when they went away may well be what they died of."""
_SAVED_TOGETHER = 8
"""So many runs of one server may be downloaded while the next one runs."""
_LACKING = ("missing_node_type", "value_not_in_list", "custom_validation_failed")
"""What a server says that has not all that other servers have (execution.py: validate_prompt)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run to be made, and what else is known of it.

    ``make`` submits one prompt, at most once. ``save`` downloads what it put out; the server makes the next
    run meanwhile. ``resume`` follows a prompt that was left on the server when that went away. ``fits`` says
    whether a server can run it at all; pieces of the same ``kind`` fit the same servers. ``left`` has the id
    of a prompt by the server that may have it already.
    """

    make: Work
    save: Callable[[Server, Run, Stop], Awaitable[Run]] | None = None
    resume: Callable[[Server, str, Stop], Awaitable[Run]] | None = None
    fits: Callable[[Server], Awaitable[bool]] | None = None
    kind: Hashable = None
    left: Mapping[str, str] = field(default_factory=dict)


class Supply(Protocol):
    """Pieces that are made only when a server has room for them."""

    @property
    def has_more(self) -> bool:
        """Whether another piece may come."""

    def next_for(self, server: str, unfit: Collection[Hashable]) -> Piece | None:
        """A piece for the server of this name, and of no kind that is known not to fit it; None if there is
        none for it now."""


@dataclass(frozen=True, slots=True)
class Done:
    """The run of the ``index``-th piece of work, or why it could not be made anywhere.

    ``moved`` holds (server, why) of every server on which it was tried in vain; a run has it as
    ``attempts``.
    """

    index: int
    run: Run | None
    error: ComfycError | None = None
    moved: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Charge:
    """A piece that is not done yet, and what was tried."""

    index: int
    piece: Piece
    attempts: list[tuple[int, Attempt]] = field(default_factory=list)
    """What was tried in vain, each with the number of the submission that it belongs to."""
    losses: int = 0
    failures: int = 0
    """How often a server that seemed to be well could not be reached for it."""
    left: dict[str, str] = field(default_factory=dict)
    """By server: the id of the prompt that may still be there."""
    doubt: str | None = None
    """Why it is not known whether the server ever had what is left there."""
    is_held: bool = False
    """One of those servers was seen to have it: it is followed there, and nowhere else."""
    last: Run | None = None
    last_number: int = 0
    number: int = 0
    """Of the latest submission."""

    def may_go_to(self, name: str, *, at_least_once: bool) -> bool:
        """May the server get it? While it may be on one of them, only that one, to be followed there."""
        return not self.left or name in self.left or (at_least_once and not self.is_held)

    async def look_for_it(self, members: Sequence[Member], pace: Pace) -> None:
        """Is it on one of the servers that may have it? Only if none says so it may be made again."""
        self.is_held = False
        for name in list(self.left):
            server = next(one.server for one in members if one.server.name == name)
            try:
                known = await within(pace.connect, is_known(server.http, self.left[name]))
            except (ComfycError, asyncio.TimeoutError):
                continue
            if known:
                self.is_held = True
            else:
                del self.left[name]

    def seen_again(self, name: str, run: Run) -> Run:
        """A run as it is known now, if it was left on the server when that went away."""
        resumed, doubt = self.left.pop(name, None), self.doubt
        self.doubt = None
        if resumed is None or run.reason not in ("deleted", "restarted", "unreachable"):
            return run
        if run.reason == "unreachable":
            return replace(run, doubt=doubt)
        if doubt is not None:
            return replace(run, status="unknown", reason="undecided", doubt=doubt)
        return replace(run, reason="restarted")

    def is_tried_again(self, name: str, run: Run, *, at_least_once: bool) -> bool:
        """Is a run that the server lost, or may have, looked for there once more, or made again?"""
        if run.status == "unknown":
            self.left[name] = run.last_id
            self.doubt = run.doubt
        self.losses += 1
        is_followed = run.reason == "unreachable" and self.piece.resume is not None
        return self.losses <= _MOST_LOSSES and (is_followed or at_least_once)

    def note(self, attempt: Attempt, run: Run | None = None) -> None:
        """It was tried in vain; ``run`` is what became of it."""
        self.attempts.append((self.number, attempt))
        if run is not None:
            self.last, self.last_number = run, self.number

    def done(self, run: Run | None, error: ComfycError | None = None) -> Done:
        """The end of it. A run that is the last attempt itself is none of its earlier ones."""
        moved = tuple((one.server, one.why) for _, one in self.attempts)
        if run is not None:
            own = self.last_number if run is self.last else self.number
            earlier = (one for number, one in self.attempts if not one.prompt_id or number != own)
            run = replace(run, attempts=tuple(earlier))
        return Done(self.index, run, error, moved)

    def over(self, error: ComfycError | None) -> Done:
        """The end of it, when nothing more can be done: with what is known so far, else with the error."""
        return self.done(self.last, None if self.last is not None else error)


@dataclass(slots=True)
class Member:
    """A server, what it is doing, and how well it is."""

    server: Server
    running: dict[asyncio.Task[Run], tuple[Charge, Stop]] = field(default_factory=dict)
    saving: dict[asyncio.Task[Run], tuple[Charge, Stop]] = field(default_factory=dict)
    given: int = 0
    has_served: bool = False
    remaining: int = 0
    ill_until: float = 0.0
    ill_since: float = 0.0
    illness: int = 0
    recalled: set[int] = field(default_factory=set)
    fit: dict[Hashable, bool] = field(default_factory=dict)
    error: ComfycError | None = None
    on_health: Callable[[str, str | None], None] = lambda name, why: None
    """Hears when the server is set aside, and why, and when it is well again (None)."""

    @property
    def unfit(self) -> set[Hashable]:
        """The kinds of pieces that it cannot run."""
        return {kind for kind, fits in self.fit.items() if not fits}

    @property
    def burden(self) -> tuple[int, int]:
        """What a new run would have to wait for, then who has had less: the smallest gets it."""
        return max(self.remaining, len(self.running)), self.given

    def has_room(self, concurrency: int, now: float) -> bool:
        is_free = len(self.running) < concurrency and len(self.saving) < _SAVED_TOGETHER
        return is_free and self.ill_until <= now

    def recover(self) -> None:
        """It answers again."""
        if self.illness:
            self.on_health(self.server.name, None)
        self.illness, self.error = 0, None

    def set_aside(self, pace: Pace, error: Exception) -> None:
        """It failed: it gets nothing for a while, which is longer each time."""
        self.error = (
            error
            if isinstance(error, ComfycError)
            else UnreachableError(f"cannot reach '{self.server.name}': it does not answer in time")
        )
        now = time.monotonic()
        if self.illness == 0:
            self.ill_since = now
            self.on_health(self.server.name, str(self.error))
        pause = min(pace.retry * 2 ** min(self.illness, 16), pace.retry_most)
        self.illness += 1
        self.ill_until = now + pause

    def is_given_up(self, pace: Pace) -> bool:
        """Has it been ill for too long? One that has served us is waited for as long as a run would wait."""
        if self.error is None or self.illness < pace.attempts:
            return False
        return not self.has_served or time.monotonic() - self.ill_since >= pace.unreachable


async def make(job: Charge, server: Server, stop: Stop) -> Run:
    """Make the run, or go on with the one that was left on this server."""
    left = job.left.get(server.name)
    if left is not None and job.piece.resume is not None:
        return await job.piece.resume(server, left, stop)
    job.number += 1
    return await job.piece.make(server, stop)


async def save(job: Charge, server: Server, run: Run, stop: Stop) -> Run:
    """Download what it put out, if that is wanted."""
    return await job.piece.save(server, run, stop) if job.piece.save is not None else run


def lacks_something(run: Run) -> bool:
    """Was it refused for what this server has not, and others may have?"""
    return run.reason == "rejected" and any(one.get("type") in _LACKING for one in _errors(run))


def why_refused(run: Run) -> str:
    """The server's words for what it lacks."""
    found = next((one for one in _errors(run) if one.get("type") in _LACKING), {})
    return ": ".join(
        word for key in ("message", "details") if isinstance(word := found.get(key), str) and word
    )


def _errors(run: Run) -> Iterator[Mapping[str, Any]]:
    if run.rejection is not None:
        yield run.rejection
    for entry in run.node_errors.values():
        errors = entry.get("errors") if isinstance(entry, dict) else None
        yield from (one for one in (errors if isinstance(errors, list) else ()) if isinstance(one, dict))
