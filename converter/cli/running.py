"""What ``comfyc convert-and-run`` does: read, convert for the server, check, run, save, tell."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from converter.api import Options
from converter.catalog import Catalog
from converter.catalog_address import UnreachableError
from converter.cli.connect import catalog_of
from converter.cli.looping import run_loop
from converter.cli.output import report_of, show
from converter.cli.telling import Show, Teller
from converter.diagnostics import ConverterError, Diagnostics
from converter.preparing import Prepared, prepare
from converter.server import Order, Run, Saving, Server, Stop, until_stopped
from converter.server.pool import Pool, Work
from converter.server.progress import OnEvent
from converter.server.seeds import Policy, seeded_prompts
from converter.server.upload import upload_inputs
from converter.sources import Document, load, read_source

__all__ = ["Errand", "Show", "run_files"]

_PATIENCE = 10.0
"""Seconds without a byte after which a server counts as away; there may be others."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be done with each file."""

    saving: Saving
    assignments: tuple[str, ...] = ()
    set_all: bool = False
    seed: Policy = None
    count: int = 1
    embed: bool = True
    force: bool = False
    wait: bool = True
    front: bool = False
    concurrency: int = 1
    random_seed: int | None = None
    as_queue: bool = True
    refresh: bool = False

    def options(self, turn: int) -> Options:
        """How the file is converted for its run number ``turn``."""
        seed = self.random_seed
        return Options(random_seed=seed + turn if seed is not None else None, as_queue=self.as_queue)


@dataclass(slots=True)
class _File:
    """A file that is to be run, what its runs are called, and what has been worked out for each server."""

    name: str
    document: Document
    label: str
    prepared: dict[str, Prepared] = field(default_factory=dict)
    seeds: list[dict[tuple[str, str], int]] = field(default_factory=list)
    """For each run the seeds that it changes, by node and input."""


def run_files(names: Sequence[str], servers: Sequence[Server], errand: Errand, choice: Show) -> int:
    """Run all files; the exit code. Nothing is sent if any of them has errors, unless ``errand.force``."""
    files: list[_File] = []
    for name, label in zip(names, _labels(names), strict=True):
        diagnostics = Diagnostics()
        document = load(read_source(name), diagnostics)
        if document is None or diagnostics.has_errors:
            carried = document.carried if document is not None else None
            show([report_of(name, diagnostics, carried, strict=choice.strict)], quiet=choice.quiet)
            return 1
        files.append(_File(name, document, label))
    catalogs = _Catalogs(servers, refresh=errand.refresh)
    checked = [_check(one, catalogs, errand, choice) for one in files]
    if not all(checked):
        return 1
    teller = Teller(choice, len(files) * errand.count)
    runner = _Runner(files, servers, catalogs, errand, teller)

    def on_first() -> None:
        teller.note("stopping: our prompts are taken back, outputs saved (Ctrl-C again leaves at once)")

    return run_loop(until_stopped(runner.run, on_first=on_first))


def _labels(names: Sequence[str]) -> list[str]:
    """A name for each file, no two the same: without its folder where that does not tell it from others."""
    short = [Path(name).name for name in names]
    labels: list[str] = []
    for name, last in zip(names, short, strict=True):
        label = last if short.count(last) == 1 else name
        again = labels.count(label) + sum(one.startswith(f"{label} (") for one in labels)
        labels.append(f"{label} ({again + 1})" if again else label)
    return labels


class _Catalogs:
    """The catalogue of each server, from the cache where it is fresh."""

    def __init__(self, servers: Sequence[Server], *, refresh: bool) -> None:
        self._loaded: dict[str, Catalog] = {}
        self._fresh: set[str] = set()
        failure: ConverterError | None = None
        for server in servers:
            try:
                self.load(server, refresh=refresh)
            except UnreachableError as error:
                failure = failure or error
        if not self._loaded and failure is not None:
            raise failure
        self.first = next(server for server in servers if server.name in self._loaded)

    def load(self, server: Server, *, refresh: bool = False) -> Catalog:
        """The catalogue; ``UnreachableError`` if the server must be asked and does not answer."""
        known = self._loaded.get(server.name)
        if known is not None and (not refresh or server.name in self._fresh):
            return known
        catalog = catalog_of(server.access, refresh=refresh, timeout=_PATIENCE)
        if refresh:
            self._fresh.add(server.name)
        self._loaded[server.name] = catalog
        return catalog


def _prepare(file: _File, server: Server, catalogs: _Catalogs, errand: Errand) -> Prepared:
    """Convert and judge a file for a server. What looks wrong by a cached catalogue is tried by a new one."""
    known = file.prepared.get(server.name)
    if known is not None:
        return known

    def once(catalog: Catalog) -> Prepared:
        return prepare(
            file.document.value,
            catalog,
            errand.assignments,
            set_all=errand.set_all,
            options=errand.options(0),
        )

    prepared = once(catalogs.load(server))
    if prepared.diagnostics.has_errors:
        prepared = once(catalogs.load(server, refresh=True))
    file.prepared[server.name] = prepared
    return prepared


def _check(file: _File, catalogs: _Catalogs, errand: Errand, choice: Show) -> bool:
    """Tell what is wrong with a file; whether it may be sent."""
    prepared = _prepare(file, catalogs.first, catalogs, errand)
    report = report_of(file.name, prepared.diagnostics, file.document.carried, strict=choice.strict)
    show([report], verbose=choice.verbose, quiet=choice.quiet)
    rng = random.Random()
    seeded = seeded_prompts(prepared.prompt, prepared.seeds, errand.seed, count=errand.count, rng=rng)
    file.seeds = [_changed(prepared, seeds) for _, seeds in seeded]
    return errand.force or report is None or not report.has_errors


def _changed(prepared: Prepared, seeds: dict[str, int]) -> dict[tuple[str, str], int]:
    """The seeds that are others than those of the file: these may be random anew in each conversion."""
    found = {(one.node, one.name): seeds[one.key] for one in prepared.seeds if one.key in seeds}
    inputs = {node: prepared.prompt[node]["inputs"] for node, _ in found}
    return {place: value for place, value in found.items() if inputs[place[0]][place[1]] != value}


class _Runner:
    def __init__(
        self,
        files: Sequence[_File],
        servers: Sequence[Server],
        catalogs: _Catalogs,
        errand: Errand,
        teller: Teller,
    ) -> None:
        self.turns = [(file, turn) for file in files for turn in range(errand.count)]
        self.servers = servers
        self.catalogs = catalogs
        self.errand = errand
        self.teller = teller

    async def run(self, stop: Stop) -> int:
        """Make all runs; the exit code."""
        with self.teller:
            for server in self.servers:
                await server.__aenter__()
            try:
                pool = Pool(self.servers, concurrency=self.errand.concurrency)
                works = [self.work(file, turn) for file, turn in self.turns]
                async for done in pool.run(works, stop=stop):
                    file, turn = self.turns[done.index]
                    where = next(iter(file.prepared.values())).where
                    label = self.label(file, turn)
                    self.teller.tell(label, file.name, file.document.carried, where, done)
            finally:
                for server in self.servers:
                    await server.__aexit__(None, None, None)
        return 130 if stop.is_requested else self.teller.exit_code

    def label(self, file: _File, turn: int) -> str:
        """What the run is called: by its file, and by its turn if there are several."""
        return f"{file.label} #{turn + 1}" if self.errand.count > 1 else file.label

    def work(self, file: _File, turn: int) -> Work:
        """The run number ``turn`` of a file, to be made on whichever server."""

        async def run(server: Server, stop: Stop) -> Run:
            prepared = await asyncio.to_thread(_prepare, file, server, self.catalogs, self.errand)
            if prepared.diagnostics.has_errors and not self.errand.force:
                raise ConverterError(
                    f"'{file.name}' cannot run on '{server.name}', which has other nodes than the others",
                    f"look at: comfyc validate {file.name} --server {server.name}",
                )
            label = self.label(file, turn)
            listener = self.teller.follow(label, prepared.titles, server.name)
            order = await self.order(file, turn, prepared, server, listener)
            self.teller.seeds(label, order.seeds)
            if not self.errand.wait:
                return await _submit(order, server)
            return await server.run(order, on_event=listener, stop=stop)

        return run

    async def order(
        self, file: _File, turn: int, prepared: Prepared, server: Server, listener: OnEvent
    ) -> Order:
        """What to send for one run: seeds set, local files uploaded, the workflow alongside."""
        errand = self.errand
        given: dict[tuple[str, str], Any] = dict(file.seeds[turn])
        uploaded = await upload_inputs(server.http, prepared.prompt, prepared.files, listener)
        for plan in prepared.files:
            given[plan.node, plan.input_name] = uploaded[plan.node]["inputs"][plan.input_name]
        prepared = prepared.turn(errand.options(turn), given)
        workflow = prepared.workflow() if errand.embed else None
        seeds = {one.key: prepared.prompt[one.node]["inputs"][one.name] for one in prepared.seeds}
        return Order(prepared.prompt, workflow, saving=errand.saving, seeds=seeds, front=errand.front)


async def _submit(order: Order, server: Server) -> Run:
    """Leave the prompt on the server: a run of which nothing is known but its id."""
    job = await server.submit(order)
    if not job.prompt_id:
        return job.run
    return Run("success", None, server.name, job.prompt_id, order.seeds, node_errors=job.node_errors)
