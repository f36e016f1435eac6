"""What is sent for each row of a study to each server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from comfyc.checks.spellings import Spelling
from comfyc.collector import Collector
from comfyc.interface.tracing import Target
from comfyc.options import Options
from comfyc.running import Order, Run, Saving, Server
from comfyc.running.client.fetching import Fetcher
from comfyc.running.client.upload import Planned, upload_any, upload_inputs
from comfyc.running.display.listening import OnEvent
from comfyc.running.prepare import Prepared
from comfyc.running.products import Where
from comfyc.safety.limits import Limits
from comfyc.safety.web_files import WebFile
from comfyc.studies.records import ColumnHead, LedgerRow

_MOST_UPLOADS = 10_000
"""Uploaded files whose names on the servers are kept in mind; others are looked for again."""


@dataclass(frozen=True, slots=True)
class RowMaking:
    """How rows are made.

    ``prepared`` gives the workflow as it is for a server, with what is set for all rows; it may raise
    ``UnreachableError``. ``options`` gives the options of the conversion for a row. ``seeds`` has, for each
    run of the same row (``--count``), the seeds that it changes. ``fetcher`` fetches files of the web; it is
    left when the rows are made. ``judge`` reports what is not as expected about a row whose files are here,
    given its run, its stem and the titles of the nodes; ``respelled`` hears which files of a row a server
    spells otherwise. ``is_agreed`` says whether a row may spend what it would on a server.
    """

    prepared: Callable[[Server], Awaitable[Prepared]]
    options: Callable[[LedgerRow], Options]
    seeds: Sequence[Mapping[Target, int]]
    saving: Saving
    limits: Limits
    fetcher: Fetcher
    judge: Callable[[Run, str, Mapping[str, str], Collector, Where], None] = lambda *about: None
    respelled: Callable[[str, Sequence[Spelling]], None] = lambda server, spellings: None
    is_agreed: Callable[[Prepared], bool] = lambda prepared: True
    embed: bool = True
    front: bool = False
    allow_partial: bool = False
    strict: bool = False
    force: bool = False
    at_least_once: bool = False
    concurrency: int | None = None


class RowOrders:
    """Makes the orders of rows, whose ``columns`` say which inputs take their files."""

    def __init__(self, columns: Sequence[ColumnHead], making: RowMaking) -> None:
        self._columns = columns
        self._making = making
        self._uploaded_as: dict[tuple[str, Path | WebFile], str] = {}
        self._titles: dict[str, Mapping[str, str]] = {}
        self._given: dict[str, Mapping[Target, Any]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def titles(self, server: Server) -> Mapping[str, str]:
        """The titles of the nodes as they are for a server, found once."""
        if server.name not in self._titles:
            self._titles[server.name] = (await self._making.prepared(server)).titles
        return self._titles[server.name]

    async def fits(self, row: LedgerRow, server: Server) -> bool:
        """Can the server run the rows that need what this one needs loaded?"""
        prepared = await self._making.prepared(server)
        turned = prepared.turn(self._making.options(row), row.targets)
        if not self._making.is_agreed(turned):
            return False
        files = [Planned(node, name, path) for (node, name), path in self._files(row).items()]
        judged = replace(turned, files=(*turned.files, *files)).judged()
        return self._making.force or not judged.has_errors

    async def order(self, row: LedgerRow, server: Server, listen: OnEvent) -> Order:
        """What to send for a row: files uploaded, values and seeds set, the workflow alongside."""
        making = self._making
        base = await making.prepared(server)
        values: dict[Target, Any] = dict(making.seeds[(row.number - 1) % len(making.seeds)])
        values.update(await self._common_files(base, server, listen))
        values.update(row.targets)
        for target, path in self._files(row).items():
            values[target] = await self._uploaded(path, server)
        prepared = base.turn(making.options(row), values)
        making.respelled(server.name, prepared.spellings)
        return Order(
            prepared.prompt,
            prepared.workflow() if making.embed else None,
            seeds={one.key: prepared.prompt[one.node]["inputs"][one.name] for one in prepared.seeds},
            targets=prepared.outputs,
            front=making.front,
            with_key=bool(prepared.partners),
        )

    def _files(self, row: LedgerRow) -> dict[Target, Path | WebFile]:
        """The files of a row, by the inputs that take them."""
        targets = {one.name: one.targets for one in self._columns}
        return {target: path for name, path in row.files.items() for target in targets[name]}

    async def _common_files(self, base: Prepared, server: Server, listen: OnEvent) -> Mapping[Target, Any]:
        """The names on a server of the local files that all rows have, which are uploaded once."""
        if not base.files:
            return {}
        async with self._locks.setdefault(server.name, asyncio.Lock()):
            if server.name not in self._given:
                prompt = await upload_inputs(
                    server.http, base.prompt, base.files, listen, self._making.fetcher
                )
                self._given[server.name] = {
                    (one.node, one.input_name): prompt[one.node]["inputs"][one.input_name]
                    for one in base.files
                }
        return self._given[server.name]

    async def _uploaded(self, path: Path | WebFile, server: Server) -> str:
        """The name of a file on a server, where it is uploaded when its first row comes."""
        key = server.name, path
        async with self._locks.setdefault(server.name, asyncio.Lock()):
            if key not in self._uploaded_as:
                if len(self._uploaded_as) >= _MOST_UPLOADS:
                    self._uploaded_as.clear()
                placed = await upload_any(server.http, path, self._making.fetcher)
                self._uploaded_as[key] = placed.value
            return self._uploaded_as[key]
