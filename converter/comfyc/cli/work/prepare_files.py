"""Files made ready to run: what is to be done with them, and what each server makes of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from comfyc import codes
from comfyc.catalog import Catalog
from comfyc.catalog.address import ServerAddress, UnreachableError
from comfyc.cli.flags.servers import await_servers, catalog_of
from comfyc.cli.flags.studies import NO_ROWS_ASKED, NOTHING_EXPECTED, Expected, RowsAsked
from comfyc.cli.output.event_loop import run_loop
from comfyc.cli.output.findings import report_of, show
from comfyc.cli.work.find_files import refuse_address
from comfyc.cli.work.report_runs import Show, report_refused
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Severity
from comfyc.interface.requests import NO_REQUESTS, Requests
from comfyc.options import Button, DynamicPrompts, Options
from comfyc.running import Saving, Server
from comfyc.running.part import FIRST_WITH_TARGETS
from comfyc.running.prepare import Prepared, prepare
from comfyc.running.products import Where, nowhere
from comfyc.running.seeds import Policy, seeded_prompts
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.safety.web_files import FetchRules
from comfyc.sources import Document, load, read_source

if TYPE_CHECKING:
    from comfyc.report.findings import FileReport

_PATIENCE = 10.0
"""Seconds without a byte after which a server counts as away; there may be others."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be done with each file."""

    saving: Saving
    requests: Requests = NO_REQUESTS
    seed: Policy = None
    count: int = 1
    every_output: bool = False
    """Whether outputs are run and saved that an app does not declare."""
    embed: bool = True
    force: bool = False
    allow_spend: bool = False
    wait: bool = True
    at_least_once: bool = False
    front: bool = False
    concurrency: int | None = None
    """How many prompts each server gets at a time; None: one, or two for the rows of a study."""
    only: tuple[str, ...] = ()
    """The output nodes that alone are run and saved, as they are named; () for no choice."""
    downloads: FetchRules | None = None
    """What may be fetched from the web for values that are addresses; None: nothing."""
    rows: RowsAsked = NO_ROWS_ASKED
    """What makes a study of the runs."""
    expected: Expected = NOTHING_EXPECTED
    engine: str | None = None
    """The address of the engine that makes the rows of a study; None: this process does."""
    random_seed: int = 0
    """What the first run draws with; the next ones draw with the numbers after it."""
    button: Button = Button.QUEUE
    refresh: bool = False
    patience: float = 0.0
    """Seconds to wait for servers that do not answer yet."""
    limits: Limits = DEFAULTS

    def options(self, turn: int) -> Options:
        """How the file is converted for its run number ``turn``."""
        return Options(
            dynamic_prompts=DynamicPrompts.RANDOM,
            random_seed=self.random_seed + turn,
            button=self.button,
            limits=self.limits,
        )


@dataclass(slots=True)
class File:
    """A file that is to be run, what its runs are called, and what has been worked out for each server.

    ``chosen`` is what its findings and seeds were taken from: for the first server that can run it.
    """

    name: str
    document: Document
    label: str
    prepared: dict[str, Prepared] = field(default_factory=dict)
    seeds: list[dict[tuple[str, str], int]] = field(default_factory=list)
    """For each run the seeds that it changes, by node and input."""
    chosen: Prepared | None = None
    agreed: frozenset[str] = frozenset()
    """The partner nodes that somebody has agreed to run."""

    def suits(self, server: Server) -> bool:
        """Is there no server that can run it better? One with all of its nodes and files is best."""
        return _lacking(self.prepared[server.name]) == min(map(_lacking, self.prepared.values()))

    @property
    def where(self) -> Where:
        return self.chosen.where if self.chosen is not None else nowhere


def labels_of(names: Sequence[str]) -> list[str]:
    """A name for each file, no two the same: without its folder where that does not tell it from others."""
    short = [Path(name).name for name in names]
    labels: list[str] = []
    for name, last in zip(names, short, strict=True):
        label = last if short.count(last) == 1 else name
        again = labels.count(label) + sum(one.startswith(f"{label} (") for one in labels)
        labels.append(f"{label} ({again + 1})" if again else label)
    return labels


def read_files(names: Sequence[str], errand: Errand, choice: Show) -> list[File] | None:
    """The documents of all files; None, after its findings have been shown, if one of them has none."""
    files: list[File] = []
    for name in names:
        refuse_address(name, "run")
    for name, label in zip(names, labels_of(names), strict=True):
        source, diagnostics = read_source(name, errand.limits), Collector(errand.limits)
        document = load(source, diagnostics, errand.limits)
        if document is None or diagnostics.has_errors:
            carried = document.carried if document is not None else None
            report = report_of(source.name, diagnostics, carried, strict=choice.strict)
            show([report], quiet=choice.quiet)
            report_refused(source.name, report, choice)
            return None
        files.append(File(source.name, document, label))
    return files


def the_workflow(files: Sequence[File]) -> File:
    """The workflow of a study. ``ComfycError`` if there are several."""
    if len(files) != 1:
        raise ComfycError("a study is of one workflow", "make a study for each file")
    return files[0]


def reach(servers: Sequence[Server], errand: Errand) -> Catalogs:
    """The catalogues of the servers, which are waited for if that is wanted."""
    if errand.patience:
        run_loop(await_servers(servers, errand.patience))
    return Catalogs(servers, refresh=errand.refresh)


def changed_seeds(prepared: Prepared, seeds: dict[str, int]) -> dict[tuple[str, str], int]:
    """The seeds that are others than those of the file: these may be random anew in each conversion."""
    found = {(one.node, one.name): seeds[one.key] for one in prepared.seeds if one.key in seeds}
    inputs = {node: prepared.prompt[node]["inputs"] for node, _ in found}
    return {key: value for key, value in found.items() if inputs[key[0]][key[1]] != value}


class Catalogs:
    """The catalogue of each server, from the cache where it is fresh."""

    def __init__(self, servers: Sequence[Server], *, refresh: bool) -> None:
        self._loaded: dict[str, Catalog] = {}
        self._fresh: set[str] = set()
        self._taking: dict[str, bool] = {}
        failure: ComfycError | None = None
        for server in servers:
            try:
                self.load(server, refresh=refresh)
            except UnreachableError as error:
                failure = failure or error
        if not self._loaded and failure is not None:
            raise failure
        self.loaded = [server for server in servers if server.name in self._loaded]

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

    def takes_targets(self, server: Server) -> bool:
        """Whether a server can be told to run some outputs only; not if it does not say its version."""
        if server.name not in self._taking:
            from comfyc.needs.asking import Questions  # noqa: PLC0415 - for those who choose outputs
            from comfyc.needs.comfyui import numbers  # noqa: PLC0415

            access = server.access
            address = ServerAddress(access.base, access.query, access.headers, access.ssl_context())
            version = Questions(address, _PATIENCE).version()
            self._taking[server.name] = numbers(version) >= numbers(FIRST_WITH_TARGETS)
        return self._taking[server.name]


def ready(file: File, server: Server, catalogs: Catalogs, errand: Errand) -> Prepared:
    """Convert and judge a file for a server. What looks wrong by a cached catalogue is tried by a new one."""
    known = file.prepared.get(server.name)
    if known is not None:
        return known

    def once(catalog: Catalog) -> Prepared:
        return prepare(
            file.document.value,
            catalog,
            errand.requests,
            every_output=errand.every_output,
            only=errand.only,
            takes_targets=lambda: catalogs.takes_targets(server),
            options=errand.options(0),
            beside=file.document.beside,
        )

    prepared = once(catalogs.load(server))
    has_choice = len(catalogs.loaded) > 1
    is_wrong = prepared.diagnostics.has_errors
    if is_wrong or prepared.spellings or (has_choice and any(_lacking(prepared))):
        try:
            prepared = once(catalogs.load(server, refresh=True))
        except UnreachableError:
            if is_wrong and not has_choice:
                raise
    file.prepared[server.name] = prepared
    return prepared


def _lacking(prepared: Prepared) -> tuple[bool, int]:
    """Does it have errors, and how many of its files are not on the server?"""
    found = prepared.diagnostics
    return found.has_errors, sum(one.rule is codes.MISSING_FILE for one in found)


def best_of(found: Sequence[Prepared]) -> Prepared:
    """The one for the server that can run a file best, the first of several."""
    return min(found, key=_lacking)


def may_run(file: File, server: Server, errand: Errand) -> bool:
    """May it be sent there? What no server can run is sent anywhere, if that is forced."""
    prepared = file.prepared[server.name]
    may_fail = errand.force and prepared.is_understood
    return file.suits(server) and (may_fail or not prepared.diagnostics.has_errors)


def what_it_lacks(file: File, server: Server) -> list[str]:
    """Why a server cannot run a file, or not as well as others."""
    found = file.prepared[server.name].diagnostics
    lacks = (one for one in found if one.severity is Severity.ERROR or one.rule is codes.MISSING_FILE)
    return list(dict.fromkeys(one.message for one in lacks))


def examine_file(file: File, catalogs: Catalogs, errand: Errand, *, strict: bool) -> FileReport | None:
    """Make a file ready for every server, and draw the seeds of its runs; its findings: those of the server
    that can run it best."""
    found = [ready(file, server, catalogs, errand) for server in catalogs.loaded]
    prepared = best_of(found)
    file.chosen = prepared
    rng = random.Random()
    seeded = seeded_prompts(prepared.prompt, prepared.seeds, errand.seed, count=errand.count, rng=rng)
    file.seeds = [changed_seeds(prepared, seeds) for _, seeds in seeded]
    return report_of(file.name, prepared.diagnostics, file.document.carried, strict=strict)


def may_send(file: File, report: FileReport | None, errand: Errand) -> bool:
    """Whether a file with these findings may be sent. Even by force it is not without what was to be set."""
    is_understood = all(prepared.is_understood for prepared in file.prepared.values())
    return report is None or not report.has_errors or (errand.force and is_understood)


def check_file(file: File, catalogs: Catalogs, errand: Errand, choice: Show) -> bool:
    """Tell what is wrong with a file; whether it may be sent: some server can run it, as far as is known."""
    report = examine_file(file, catalogs, errand, strict=choice.strict)
    show([report], verbose=choice.verbose, quiet=choice.quiet)
    if may_send(file, report, errand):
        return True
    report_refused(file.name, report, choice)
    return False
