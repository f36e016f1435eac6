"""One server, ready to be used: everything in this package, in the order of a person's errands."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comfyc.running.client import client
from comfyc.running.client.download import Saving, save_outputs
from comfyc.running.client.listen import Lines
from comfyc.running.client.stop import Stop, unless_stopped
from comfyc.running.client.submit import Submission, body_of
from comfyc.running.client.upload import Placed, Planned, upload_file, upload_inputs
from comfyc.running.following.gate import Gate
from comfyc.running.following.job import Job
from comfyc.running.http.access import Access, open_access
from comfyc.running.http.pace import Pace, ServerLimits
from comfyc.running.http.transport import Http
from comfyc.running.records.events import Event
from comfyc.running.records.out_folder import check_folder
from comfyc.running.records.outcome import Run
from comfyc.running.records.redaction import redacted
from comfyc.safety.secrets import HIDDEN

if TYPE_CHECKING:
    from comfyc.running.servers.blocking import BlockingServer


@dataclass(frozen=True, slots=True)
class Order:
    """What to run and what to do with it.

    ``prompt`` is the API form; ``workflow`` the editor's, to be embedded in what is saved (``None``: not).
    ``files`` are local files to upload first and where in the prompt they go. ``saving`` says where the
    outputs go (``None``: they stay on the server). ``seeds`` is only noted in the result. ``targets``
    are the ids of the outputs to run (``None``: all); ``front`` jumps the queue. ``prompt_id`` is a UUID in
    lower case (``None``: a new one). ``with_key``: the account key goes along, if the server has been given
    one; only a prompt with partner nodes has a use for it. ``on_sending`` is called right before the prompt
    is sent, and what it raises prevents that.
    """

    prompt: Mapping[str, Any]
    workflow: Any = None
    files: tuple[Planned | tuple[str, str, str], ...] = ()
    saving: Saving | None = None
    seeds: Mapping[str, int] = field(default_factory=dict)
    front: bool = False
    targets: tuple[str, ...] | None = None
    prompt_id: str | None = None
    with_key: bool = True
    on_sending: Callable[[], None] = lambda: None


class Server:
    """A ComfyUI server::

        async with Server("http://gpu-box:8188", token="...") as server:
            run = await server.run(Order(prompt, workflow, saving=Saving(Path("out"))))

        with Server("http://gpu-box:8188") as server:      # the same without async
            run = server.run(Order(prompt))

    The arguments are those of :func:`comfyc.running.http.access.open_access`; ``pace`` and ``limits`` say how
    patient it is and how much it accepts. Methods raise ``ComfycError`` for what cannot be done at all
    (unreachable, refused); a workflow that fails is a :class:`Run` like any other.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | Iterable[str] = (),
        api_key: str | None = None,
        cacert: str | os.PathLike[str] | None = None,
        insecure: bool = False,
        access: Access | None = None,
        pace: Pace | None = None,
        limits: ServerLimits | None = None,
    ) -> None:
        self.access = access or open_access(
            url, token=token, headers=headers, api_key=api_key, cacert=cacert, insecure=insecure
        )
        self.pace = pace or Pace()
        self.limits = limits or ServerLimits()
        self.http = Http(self.access, self.pace, self.limits)
        self.lines = Lines(self.access, self.pace, self.limits)
        self.gate: Gate | None = None
        """How many prompts may be on the server at a time, if that is limited."""
        self._blocking: BlockingServer | None = None

    def __repr__(self) -> str:
        return f"Server({self.access.base!r})"

    @property
    def name(self) -> str:
        """The address, as it may be shown."""
        return self.access.base

    async def __aenter__(self) -> Server:
        await self.http.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.lines.close()
        await self.http.__aexit__(*error)

    def __enter__(self) -> BlockingServer:
        from comfyc.running.servers.blocking import BlockingServer  # noqa: PLC0415

        self._blocking = BlockingServer(self)
        return self._blocking.__enter__()

    def __exit__(self, *error: object) -> None:
        if self._blocking is not None:
            self._blocking.__exit__(*error)
            self._blocking = None

    async def run(
        self, order: Order, *, on_event: Callable[[Event], None] | None = None, stop: Stop | None = None
    ) -> Run:
        """Upload, submit, follow, download. ``on_event`` hears of everything as it happens.

        ``stop`` is the Ctrl-C contract (:func:`comfyc.running.client.stop.until_stopped`): at the first
        request the prompt is taken back, and what it had put out is saved all the same.
        """
        stop = stop or Stop()
        notify = on_event or (lambda event: None)
        if order.saving is not None:
            check_folder(order.saving.out_dir)
            order.saving.folder.hold()
        prompt = await unless_stopped(stop, upload_inputs(self.http, order.prompt, order.files, notify))
        if prompt is None or stop.is_requested:
            return Run("interrupted", "interrupted-by-us", self.name, seeds=order.seeds)
        job = self.job(replace(order, prompt=prompt))
        with stop.watching(job.cancel, job.abandon):
            async with job:
                async for event in job:
                    notify(event)
        run = replace(job.run, seeds=dict(order.seeds))
        if order.saving is not None:
            run = await self.save(run, order.saving, on_event=notify, stop=stop)
        return run

    async def save(
        self,
        run: Run,
        saving: Saving,
        *,
        on_event: Callable[[Event], None] | None = None,
        stop: Stop | None = None,
    ) -> Run:
        """Download what a run has put out; returns it with the paths. What cannot be had has a problem."""
        return await save_outputs(self.http, run, saving, on_event, stop)

    def job(self, order: Order) -> Job:
        """The prompt of an order (its files must be uploaded already) as a job to enter and to iterate."""
        submission = self._submission(order, client.new_client_id())
        gate, on_sending = self.gate, order.on_sending
        return Job(self.http, self.lines, submission, submission.prompt_id, gate, on_sending)

    async def submit(self, order: Order, *, stop: Stop | None = None) -> Job:
        """Upload and submit without staying: :meth:`wait` takes up the returned job's ``prompt_id`` later.

        A job that is not ``is_submitted`` was rejected, or it is not known whether the server has it; its
        ``run`` says which.
        """
        stop = stop or Stop()
        prompt = await unless_stopped(stop, upload_inputs(self.http, order.prompt, order.files))
        order = order if prompt is None else replace(order, prompt=prompt)
        submission = self._submission(order, client.new_client_id(detached=True))
        job = Job(self.http, self.lines, submission, submission.prompt_id)
        job.detach()
        with stop.watching(job.give_up, job.abandon):  # at a stop before this nothing is sent
            async with job:
                await job.settle()
                return job

    async def wait(
        self,
        prompt_id: str,
        saving: Saving | None = None,
        *,
        on_event: Callable[[Event], None] | None = None,
        stop: Stop | None = None,
        is_ours: bool = False,
    ) -> Run:
        """Follow a prompt that is on the server already to its end.

        It is left alone if we stop before, unless it ``is_ours``: then it is taken back as by :meth:`run`.
        """
        stop = stop or Stop()
        notify = on_event or (lambda event: None)
        if saving is not None:
            check_folder(saving.out_dir)
            saving.folder.hold()
        job = Job(self.http, self.lines, None, prompt_id)
        if not is_ours:
            job.detach()
        with stop.watching(job.cancel if is_ours else job.give_up, job.abandon):
            async with job:
                async for event in job:
                    notify(event)
        run = job.run
        if saving is not None:
            run = await self.save(run, saving, on_event=notify, stop=stop)
        return run

    async def status(self) -> client.ServerStatus:
        """Versions, devices and the length of the queue."""
        return redacted(self.access, await client.get_status(self.http))

    async def queue(self) -> client.Queue:
        """What runs and what waits, whose it is."""
        return redacted(self.access, await client.get_queue(self.http))

    async def cancel(self, prompt_id: str) -> None:
        """Take a prompt out of the queue or interrupt it."""
        await client.cancel_prompt(self.http, prompt_id)

    async def interrupt(self, *, anyone: bool = False) -> tuple[client.QueueItem, ...]:
        """Interrupt what runs if it is ours (or ``anyone``'s); returns what was interrupted."""
        return redacted(self.access, await client.interrupt_running(self.http, anyone=anyone))

    async def upload(self, path: str | os.PathLike[str]) -> Placed:
        """Put a local file into the server's input folder."""
        return await upload_file(self.http, Path(path))

    def body(self, order: Order) -> dict[str, Any]:
        """The body of the ``POST /prompt`` that submits an order (its files must have their names on the
        server), with new ids. In the place of the account key stands ``***``."""
        submission = self._submission(order, client.new_client_id())
        return body_of(submission, HIDDEN if self.access.api_key else None)

    def _submission(self, order: Order, client_id: str) -> Submission:
        prompt_id = order.prompt_id or str(uuid.uuid4())
        return Submission(
            order.prompt,
            prompt_id,
            client_id,
            order.workflow,
            order.front,
            order.targets,
            order.with_key,
        )
