"""What ``comfyc convert-and-run`` does: read, convert for the server, check, run, save, tell."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from comfyc import codes
from comfyc.cli.output.event_loop import run_loop
from comfyc.cli.work.expected import expectations_of
from comfyc.cli.work.orders import order_of, run_label
from comfyc.cli.work.prepare_files import (
    Catalogs,
    Errand,
    File,
    check_file,
    may_run,
    reach,
    read_files,
    ready,
    what_it_lacks,
)
from comfyc.cli.work.report_runs import RunReporter, Show
from comfyc.cli.work.run_targets import check_targets
from comfyc.cli.work.spending import bills_of, may_spend
from comfyc.collector import Collector
from comfyc.prompt import Prompt
from comfyc.running import Event, Order, Run, Server, Stop, until_stopped
from comfyc.running.client.client import is_known
from comfyc.running.client.fetching import Fetcher
from comfyc.running.client.stop import unless_stopped
from comfyc.running.client.upload import upload_inputs
from comfyc.running.display.listening import OnEvent, both
from comfyc.running.http.access import wait_command
from comfyc.running.prepare import Prepared
from comfyc.running.records.events import Ended, Submitted, Unanswered
from comfyc.running.servers.pool import Piece, Pool

_REASONS = 3
"""So many reasons are told why a server is left out."""


def run_files(names: Sequence[str], servers: Sequence[Server], errand: Errand, choice: Show) -> int:
    """Run all files; the exit code. Nothing is sent if any of them has errors, unless ``errand.force``, or
    would spend money that nobody has allowed."""
    expectations = expectations_of(errand)
    if errand.wait:
        check_targets(errand.saving.out_dir, choice.preview)
        errand.saving.folder.hold()
    files = read_files(names, errand, choice)
    if files is None:
        return 1
    catalogs = reach(servers, errand)
    checked = [check_file(one, catalogs, errand, choice) for one in files]
    if not all(checked) or not may_spend(bills_of(files, errand), errand, choice):
        return 1
    reporter = RunReporter(choice, len(files) * errand.count, expectations)
    return run_all(Runner(files, servers, catalogs, errand, reporter))


def run_all(runner: Runner) -> int:
    """Make all runs of a runner; the exit code."""

    def on_first() -> None:
        runner.reporter.note(
            "stopping: cancelling our prompts and saving their outputs (Ctrl-C again exits at once)"
        )

    try:
        return run_loop(until_stopped(runner.run, on_first=on_first))
    except (KeyboardInterrupt, SystemExit):
        runner.report_left()
        raise


class Runner:
    """Makes the runs of files on servers. What is sent is made here of the files; a plan says it itself."""

    def __init__(
        self,
        files: Sequence[File],
        servers: Sequence[Server],
        catalogs: Catalogs | None,
        errand: Errand,
        reporter: RunReporter,
    ) -> None:
        self.files = files
        self.turns = [(file, turn) for file in files for turn in range(errand.count)]
        self.servers = servers
        self.catalogs = catalogs
        self.errand = errand
        self.reporter = reporter
        self.uploads: dict[tuple[int, str], Prompt] = {}
        """The prompt of each file as it is for a server, once its local files are there."""
        self.uploading = asyncio.Lock()
        self.fetcher = Fetcher(errand.downloads)
        self.keyless: set[str] = set()
        self.left: dict[str, str] = {}
        """The prompts that are on their way, by their id: the command that takes each up again."""

    async def run(self, stop: Stop) -> int:
        """Make all runs; the exit code."""
        with self.reporter, self.fetcher:
            for server in self.catalogs.loaded if self.catalogs is not None else ():
                self.report_lacking(server)
            for file in self.files:
                self.report_outputs(file)
                self.report_spellings(file)
            for server in self.servers:
                await server.__aenter__()
            try:
                errand = self.errand
                pool = Pool(
                    self.servers, concurrency=errand.concurrency or 1, at_least_once=errand.at_least_once
                )
                pieces = [self.piece(file, turn) for file, turn in self.turns]
                async for done in pool.run(pieces, stop=stop):
                    file, turn = self.turns[done.index]
                    label = run_label(file, turn, self.errand)
                    self.reporter.notify(label, file.name, file.document.carried, file.where, done)
            finally:
                for server in self.servers:
                    await server.__aexit__(None, None, None)
        return stop.exit_code if stop.is_requested else self.reporter.exit_code

    def report_left(self) -> None:
        """Which prompts stay on the server now that we leave at once."""
        for command in self.left.values():
            self.reporter.note(f"a prompt may still be on the server; resume it with: {command}")

    def can_run(self, file: File, server: Server) -> bool:
        """May it be sent there?"""
        return may_run(file, server, self.errand) and self.is_agreed(file, server)

    def is_agreed(self, file: File, server: Server) -> bool:
        """Would it spend there no more than what was agreed to? A server that was away then may have partner
        nodes that the others do not have."""
        return self.errand.allow_spend or file.agreed.issuperset(file.prepared[server.name].partners)

    def report_lacking(self, server: Server) -> None:
        """Say once what a server lacks that others have."""
        lacking = [file for file in self.files if not self.can_run(file, server)]
        if not lacking:
            return
        reasons = list(dict.fromkeys(one for file in lacking for one in what_it_lacks(file, server)))
        if not all(self.is_agreed(file, server) for file in lacking):
            reasons.insert(0, "there it has partner nodes that nobody has agreed to pay for")
        more = f" (and {len(reasons) - _REASONS} more)" if len(reasons) > _REASONS else ""
        names = ", ".join(f"'{Path(file.name).name}'" for file in lacking)
        reported = Collector()
        reported.report(
            codes.SERVER_LACKS,
            f"this server cannot run {names}: {'; '.join(reasons[:_REASONS])}{more}",
            hint=f"run: comfyc validate {lacking[0].name} --object-info {server.name}",
        )
        self.reporter.report_server(server.name, reported)

    def report_outputs(self, file: File) -> None:
        """Say which outputs do not run, because the app does not declare them."""
        if not self.errand.only and file.chosen is not None and file.chosen.other_outputs:
            others = ", ".join(file.chosen.other_outputs[:_REASONS])
            more = len(file.chosen.other_outputs) - _REASONS
            listed = f"{others} and {more} more" if more > 0 else others
            self.reporter.note(
                f"{file.label}: runs and saves what the app declares as outputs; --outputs all adds those of "
                f"the nodes {listed}",
                file=file.name,
            )

    def report_spellings(self, file: File) -> None:
        """Say which files of models go by other names on the servers than in the file."""
        for server, prepared in file.prepared.items():
            for one in prepared.spellings:
                self.reporter.note(
                    f"{file.label}: {one.node}.{one.input} is '{one.listed}' on {server}, not '{one.value}'",
                    file=file.name,
                    server=server,
                )

    def report_keyless(self, server: Server, order: Order) -> None:
        """Say once why a server that runs partner nodes does not get the key of the environment."""
        is_lacking = order.with_key and not server.access.api_key and os.environ.get("COMFY_API_KEY")
        if is_lacking and server.name not in self.keyless:
            self.keyless.add(server.name)
            self.reporter.note(
                f"{server.name} is not the server of $COMFYC_SERVER, so it does not get $COMFY_API_KEY, "
                "which "
                "its partner nodes may need; pass --api-key-file to send a key there",
                server=server.name,
            )

    def piece(self, file: File, turn: int) -> Piece:
        """The run number ``turn`` of a file, to be made on whichever server can."""
        label = run_label(file, turn, self.errand)
        prompt_id = str(uuid.uuid4())  # it stays that of the run, wherever and however often it is sent
        seeds: dict[str, int] = {}
        listeners: dict[str, OnEvent] = {}

        def listener(server: Server) -> OnEvent:
            if server.name not in listeners:
                follow = self.reporter.follow(label, self.titles(file, server), server.name)
                listeners[server.name] = both(self.keep_ids, follow)
            return listeners[server.name]

        async def fits(server: Server) -> bool:
            return await self.fits(file, server)

        async def make(server: Server, stop: Stop) -> Run:
            listen = listener(server)
            preparing = self.order(file, turn, server, listen)
            order = await unless_stopped(stop, preparing)
            if order is None:
                return Run("interrupted", "interrupted-by-us", server.name)
            order = replace(order, prompt_id=prompt_id)
            seeds.update(order.seeds)
            self.reporter.seeds(label, seeds)
            if not self.errand.wait:
                return await _submit(order, server, stop)
            return await server.run(order, on_event=listen, stop=stop)

        async def resume(server: Server, prompt_id: str, stop: Stop) -> Run:
            run = await server.wait(prompt_id, on_event=listener(server), stop=stop, is_ours=True)
            return replace(run, seeds=seeds)

        async def save(server: Server, run: Run, stop: Stop) -> Run:
            declared = self.declared(file, server)
            run = run if declared is None else run.with_outputs_of(declared)
            return await server.save(run, self.errand.saving, on_event=listener(server), stop=stop)

        kind = self.files.index(file)
        if not self.errand.wait:
            return Piece(make, None, partial(_find, seeds=seeds), fits, kind)
        return Piece(make, save, resume, fits, kind)

    def keep_ids(self, event: Event) -> None:
        """Keep in mind what is on its way."""
        if isinstance(event, Submitted | Unanswered):
            self.left[event.prompt_id] = wait_command(event.prompt_id, event.server)
        elif isinstance(event, Ended):
            self.left.pop(event.prompt_id, None)

    async def uploaded(self, file: File, prepared: Prepared, server: Server, listener: OnEvent) -> Prompt:
        """The prompt with its local files on the server, where they are uploaded for the first run alone."""
        key = self.files.index(file), server.name
        async with self.uploading:
            if key not in self.uploads:
                prompt = await upload_inputs(
                    server.http, prepared.prompt, prepared.files, listener, self.fetcher
                )
                self.uploads[key] = prompt
        return self.uploads[key]

    async def fits(self, file: File, server: Server) -> bool:
        """May it be sent there? It is made ready for a server that could not be reached before."""
        if server.name not in file.prepared and self.catalogs is not None:
            await asyncio.to_thread(ready, file, server, self.catalogs, self.errand)
            self.report_lacking(server)
        return self.can_run(file, server)

    def declared(self, file: File, server: Server) -> tuple[str, ...] | None:
        """The output nodes that alone are run and saved; None: all are."""
        return file.prepared[server.name].outputs

    def titles(self, file: File, server: Server) -> Mapping[str, str]:
        """The titles of the nodes of a prompt, for people."""
        return file.prepared[server.name].titles

    async def order(self, file: File, turn: int, server: Server, listener: OnEvent) -> Order:
        """What to send for one run: seeds set, local files uploaded, the workflow alongside."""
        prepared = file.prepared[server.name]
        uploaded = await self.uploaded(file, prepared, server, listener)
        order = order_of(file, turn, prepared, uploaded, self.errand)
        self.report_keyless(server, order)
        return order


async def _find(server: Server, prompt_id: str, stop: Stop, *, seeds: Mapping[str, int]) -> Run:
    """Look for a prompt that was left on the server, and stay no longer than that takes."""
    if await unless_stopped(stop, is_known(server.http, prompt_id)):
        return Run("success", None, server.name, prompt_id, seeds, is_followed=False)
    if stop.is_requested:
        return Run("unknown", "unreachable", server.name, prompt_id, seeds)
    return Run("lost", "deleted", server.name, prompt_id)


async def _submit(order: Order, server: Server, stop: Stop) -> Run:
    """Leave the prompt on the server: a run of which nothing is known but its id."""
    job = await server.submit(order, stop=stop)
    if not job.is_submitted:
        return replace(job.run, seeds=order.seeds)
    run = Run("success", None, server.name, job.prompt_id, order.seeds, node_errors=job.node_errors)
    return replace(run, is_followed=False)
