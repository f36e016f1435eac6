"""The same server without async: a thread runs the event loop, so that this also works inside one
(a notebook) and the connections stay alive while the caller thinks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeVar

from comfyc.diagnostics import ComfycError
from comfyc.running.client.client import Queue, QueueItem, ServerStatus
from comfyc.running.client.download import Saving
from comfyc.running.client.upload import Placed
from comfyc.running.records.events import Event
from comfyc.running.records.outcome import Run

if TYPE_CHECKING:
    from comfyc.running.following.job import Job
    from comfyc.running.servers.session import Order, Server

T = TypeVar("T")


class Portal:
    """An event loop in a thread of its own, and a way to run coroutines there."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="comfyc-server", daemon=True)
        self._thread.start()

    def call(self, coroutine: Coroutine[Any, Any, T], *, grace: float = 15.0) -> T:
        """Run it and wait. If we are interrupted meanwhile it is cancelled, and may tidy up for ``grace``."""
        done = threading.Event()

        async def run() -> T:
            try:
                return await coroutine
            finally:
                done.set()

        future = asyncio.run_coroutine_threadsafe(run(), self._loop)
        try:
            return future.result()
        except BaseException:
            if not future.done():
                future.cancel()
                done.wait(grace)
            raise

    def close(self) -> None:
        self.call(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()


class BlockingJob:
    """A job to iterate: its events, then ``run``."""

    def __init__(self, portal: Portal, job: Job) -> None:
        self._portal = portal
        self._job = job

    def __iter__(self) -> Iterator[Event]:
        events = self._job.__aiter__()
        end = object()

        async def step() -> Any:
            return await anext(events, end)

        while (event := self._portal.call(step())) is not end:
            yield event

    @property
    def prompt_id(self) -> str:
        return self._job.prompt_id

    @property
    def run(self) -> Run:
        return self._job.run

    def cancel(self) -> None:
        async def cancel() -> None:
            self._job.cancel()

        self._portal.call(cancel())


class BlockingServer:
    """What ``with Server(...)`` gives: the methods of :class:`Server`, each waiting for its result."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._portal: Portal | None = None

    def __enter__(self) -> BlockingServer:
        self._portal = Portal()
        self._call(self._server.__aenter__())
        return self

    def __exit__(self, *error: object) -> None:
        portal, self._portal = self._portal, None
        if portal is not None:
            portal.call(self._server.__aexit__(*error))
            portal.close()

    def __repr__(self) -> str:
        return repr(self._server)

    @property
    def name(self) -> str:
        return self._server.name

    def run(self, order: Order, *, on_event: Callable[[Event], None] | None = None) -> Run:
        """As :meth:`Server.run`. ``on_event`` is called in the thread of the event loop."""
        return self._call(self._server.run(order, on_event=on_event))

    @contextmanager
    def job(self, order: Order) -> Iterator[BlockingJob]:
        """As :meth:`Server.job`: ``with server.job(order) as job: for event in job: ...``"""
        job = self._server.job(order)
        self._call(job.__aenter__())
        try:
            yield BlockingJob(self._need(), job)
        finally:
            self._call(job.__aexit__(None, None, None))

    def submit(self, order: Order) -> str:
        """As :meth:`Server.submit`; returns the prompt id, "" if it was rejected.

        ``ComfycError`` if it is not known whether the server has it.
        """
        job = self._call(self._server.submit(order))
        if job.doubt is not None:
            run = job.run
            message = f"it is not known whether '{run.server}' has the prompt {run.prompt_id}: {job.doubt}"
            raise ComfycError(message, f"find out with: {run.wait}")
        return job.prompt_id

    def wait(self, prompt_id: str, saving: Saving | None = None) -> Run:
        return self._call(self._server.wait(prompt_id, saving))

    def status(self) -> ServerStatus:
        return self._call(self._server.status())

    def queue(self) -> Queue:
        return self._call(self._server.queue())

    def cancel(self, prompt_id: str) -> None:
        self._call(self._server.cancel(prompt_id))

    def interrupt(self, *, anyone: bool = False) -> tuple[QueueItem, ...]:
        return self._call(self._server.interrupt(anyone=anyone))

    def upload(self, path: str | PathLike[str]) -> Placed:
        return self._call(self._server.upload(path))

    def _call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        try:
            portal = self._need()
        except ComfycError:
            coroutine.close()
            raise
        return portal.call(coroutine)

    def _need(self) -> Portal:
        if self._portal is None:
            raise ComfycError("the connection to the server is closed", "use it inside 'with'")
        return self._portal
