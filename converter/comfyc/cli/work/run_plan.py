"""What ``comfyc run`` does with a plan: exactly what was planned, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from comfyc.cli.flags.servers import await_servers
from comfyc.cli.output.event_loop import run_loop
from comfyc.cli.output.findings import show
from comfyc.cli.work.expected import expectations_of
from comfyc.cli.work.prepare_files import Catalogs, Errand, File
from comfyc.cli.work.report_runs import RunReporter, Show, report_refused
from comfyc.cli.work.run_files import Runner, run_all
from comfyc.cli.work.run_targets import check_targets
from comfyc.cli.work.spending import Bill, dearness, may_spend, nodes_of
from comfyc.diagnostics import ComfycError, Pointer
from comfyc.jobs.plans import PlanFile, PlannedBody, PlannedRun, read_plan
from comfyc.prices import Estimates, estimate, partner_nodes
from comfyc.running import Order, Server
from comfyc.running.client.upload import local_file, upload_file
from comfyc.running.display.listening import OnEvent
from comfyc.running.records.events import Uploaded
from comfyc.running.records.redaction import redacted
from comfyc.sources import Carried, Document


def run_plan(
    name: str,
    named: Sequence[str],
    opened_at: Callable[[Sequence[str]], list[Server]],
    errand: Errand,
    choice: Show,
) -> int:
    """Make the runs of the plan in a file; the exit code.

    They are made on the servers of the plan, or on those of them that are ``named``; ``opened_at`` makes
    servers of addresses. ``ComfycError`` if another one is named.
    """
    if choice.command == "plan":
        raise ComfycError(f"'{name}' is a plan already", f"run it: comfyc run {name}")
    expectations = expectations_of(errand)
    if errand.wait:
        check_targets(errand.saving.out_dir, choice.preview)
        errand.saving.folder.hold()
    plan, report = read_plan(name, lambda path: local_file(path).sha256, choice.limits)
    if plan is None:
        show([report], quiet=choice.quiet)
        report_refused(name, report, choice)
        return 1
    servers = opened_at(named or plan.servers)
    others = [one.name for one in servers if one.name not in plan.servers]
    if others:
        raise ComfycError(f"the plan '{name}' is not for {others[0]}", f"it is for {', '.join(plan.servers)}")
    if errand.patience:
        run_loop(await_servers(servers, errand.patience))
    reporter = RunReporter(choice, len(plan.runs), expectations)
    runner = _PlanRunner(plan, servers, errand, reporter)
    if not errand.allow_spend and not may_spend(runner.bills(), errand, choice):
        return 1
    return run_all(runner)


class _PlanRunner(Runner):
    """Makes runs whose bodies a plan holds."""

    def __init__(
        self, plan: PlanFile, servers: Sequence[Server], errand: Errand, reporter: RunReporter
    ) -> None:
        nothing = Document(None, Carried("", "json", "json"))
        files = [File(one.file, nothing, one.label) for one in plan.runs]
        super().__init__(files, servers, None, errand, reporter)
        self.plan = plan
        self.planned: Mapping[str, PlannedRun] = {one.label: one for one in plan.runs}
        self.known = Catalogs([] if errand.allow_spend else servers, refresh=errand.refresh)
        """The catalogues that say which nodes cost money."""
        self.sent: set[str] = set()
        """The servers that have the files of the plan."""

    def body(self, file: File, server: Server) -> PlannedBody | None:
        """What is sent to a server, None if it is not to get the run."""
        bodies = self.planned[file.label].bodies
        return next((one for one in bodies if server.name in one.servers), None)

    async def fits(self, file: File, server: Server) -> bool:
        body = self.body(file, server)
        if body is None or self.errand.allow_spend:
            return body is not None
        catalog = await asyncio.to_thread(self.known.load, server)
        targets = self.declared(file, server)
        return file.agreed.issuperset(partner_nodes(body.body["prompt"], catalog, targets))

    def bills(self) -> list[Bill]:
        """A bill for each run with partner nodes, by the catalogues of the servers that are there."""
        bills = []
        for index, file in enumerate(self.files):
            found: list[tuple[Estimates, Pointer]] = []
            for position, body in enumerate(self.planned[file.label].bodies):
                pointer: Pointer = ("runs", index, "bodies", position, "body", "prompt")
                servers = [one for one in self.known.loaded if one.name in body.servers]
                found += [(self.spending(body, file, server), pointer) for server in servers]
            file.agreed = nodes_of(estimates for estimates, _ in found)
            if file.agreed:
                estimates, at = max(found, key=lambda pair: dearness(pair[0]))
                where = partial(_where, at, {one.node: one.title for one in estimates.nodes})
                bills.append(Bill(self.plan.name, file.label, estimates, where))
        return bills

    def spending(self, body: PlannedBody, file: File, server: Server) -> Estimates:
        """What a run would spend on a server."""
        catalog, titles = self.known.load(server), self.titles(file, server)
        targets = self.declared(file, server)
        return estimate(body.body["prompt"], catalog, titles=titles, targets=targets)

    def declared(self, file: File, server: Server) -> tuple[str, ...] | None:
        body = self.body(file, server)
        targets = body.body.get("partial_execution_targets") if body is not None else None
        return None if targets is None else tuple(targets)

    def titles(self, file: File, server: Server) -> Mapping[str, str]:
        body = self.body(file, server)
        nodes: Mapping[str, Any] = body.body["prompt"] if body is not None else {}
        return {ident: _title(node) for ident, node in nodes.items()}

    async def order(self, file: File, turn: int, server: Server, listener: OnEvent) -> Order:
        planned = self.body(file, server)
        assert planned is not None
        await self.upload_all(server, listener)
        order = Order(
            planned.body["prompt"],
            planned.workflow,
            seeds=self.planned[file.label].seeds,
            front=planned.body.get("front", False),
            targets=self.declared(file, server),
            with_key=planned.with_key,
        )
        self.report_keyless(server, order)
        return order

    async def upload_all(self, server: Server, listener: OnEvent) -> None:
        """Upload the files of the plan, once; ``ComfycError`` if one gets another name than was planned."""
        async with self.uploading:
            for one in self.plan.uploads if server.name not in self.sent else ():
                done = await upload_file(server.http, Path(one.path))
                listener(redacted(server.access, Uploaded("", str(one.path), done.value, done.sent)))
                if done.value != one.value:
                    raise ComfycError(
                        f"{server.name} calls '{one.path}' '{done.value}', and the plan '{one.value}'",
                        "make the plan again",
                    )
            self.sent.add(server.name)


def _where(
    prompt: Pointer, titles: Mapping[str, str], node: str, name: str | None
) -> tuple[Pointer, str | None]:
    """The pointer in the plan and the title of a node, ``prompt`` being that of its prompt."""
    return (*prompt, node), titles.get(node)


def _title(node: Any) -> str:
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    return title if isinstance(title, str) else str(node.get("class_type", ""))
