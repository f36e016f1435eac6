"""How the rows of a study are made by what the command line says, here and in the workers of an engine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from comfyc.checks.spellings import Spelling
from comfyc.cli.output.writing import note
from comfyc.cli.work.expected import expectations_of
from comfyc.cli.work.prepare_files import Catalogs, Errand, File, ready
from comfyc.cli.work.report_runs import Show
from comfyc.collector import Collector
from comfyc.interface.tracing import Target
from comfyc.options import Options
from comfyc.running import Run, Server
from comfyc.running.client.fetching import Fetcher
from comfyc.running.display.study_listening import StudyDisplay
from comfyc.running.prepare import Prepared
from comfyc.running.products import Where, report_unexpected
from comfyc.studies.making import RowMaking
from comfyc.studies.records import LedgerRow

_MOST_SAID = 20
"""Files with another spelling on a server that are named."""


def making_of(
    file: File,
    catalogs: Catalogs,
    errand: Errand,
    choice: Show,
    seeds: Sequence[Mapping[Target, int]],
    display: StudyDisplay,
) -> RowMaking:
    """How the rows of a study are made, by what the command line says."""
    said: set[tuple[str, str, str]] = set()
    locks: dict[str, asyncio.Lock] = {}

    async def prepared(server: Server) -> Prepared:
        if server.name not in file.prepared:
            async with locks.setdefault(server.name, asyncio.Lock()):
                await asyncio.to_thread(ready, file, server, catalogs, errand)
        return file.prepared[server.name]

    def options(row: LedgerRow) -> Options:
        return errand.options(row.number - 1)

    def respelled(server: str, spellings: Sequence[Spelling]) -> None:
        for one in spellings:
            known = server, one.value, one.listed
            if known not in said and len(said) < _MOST_SAID and not choice.quiet:
                said.add(known)
                with display.paused():
                    note(f"'{one.value}' is '{one.listed}' on {server}")

    expectations = expectations_of(errand)

    def judge(run: Run, stem: str, titles: Mapping[str, str], found: Collector, where: Where) -> None:
        if expectations is not None:
            report_unexpected(run, expectations, stem, titles, found, where)

    return RowMaking(
        prepared=prepared,
        options=options,
        seeds=seeds,
        saving=replace(errand.saving, overwrite=True),
        limits=errand.limits,
        judge=judge,
        fetcher=Fetcher(errand.downloads),
        respelled=respelled,
        is_agreed=lambda prepared: errand.allow_spend or file.agreed.issuperset(prepared.partners),
        embed=errand.embed,
        front=errand.front,
        allow_partial=choice.allow_partial,
        strict=choice.strict,
        force=errand.force,
        at_least_once=errand.at_least_once,
        concurrency=errand.concurrency,
    )
