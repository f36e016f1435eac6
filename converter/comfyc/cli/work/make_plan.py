"""What ``comfyc run`` would do, as JSON: made of what ``run`` is made of, and of nothing else.

schemas/plan.schema.json describes the members.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from comfyc.checks import verdict
from comfyc.cli.output.envelope import records_of
from comfyc.cli.work.orders import files_of_web, local_files, order_of, run_label, unsent_prompt
from comfyc.cli.work.prepare_files import (
    Catalogs,
    Errand,
    File,
    examine_file,
    may_run,
    may_send,
    what_it_lacks,
)
from comfyc.jobs.plans import FORMAT, body_hash
from comfyc.report.findings import FileReport
from comfyc.running import Order, Server
from comfyc.running.client.upload import LocalFile, is_there
from comfyc.running.part import part_of
from comfyc.running.prepare import Prepared
from comfyc.version import version

_IDS = ("prompt_id", "client_id")


async def make_plan(
    files: Sequence[File], servers: Sequence[Server], catalogs: Catalogs, errand: Errand, *, strict: bool
) -> tuple[dict[str, Any], list[FileReport | None]]:
    """The plan for files that have been read, and the findings in each of them. Nothing is sent but questions
    (GET and HEAD)."""
    reports = [examine_file(one, catalogs, errand, strict=strict) for one in files]
    made = [_file(one, report, catalogs, errand) for one, report in zip(files, reports, strict=True)]
    is_ok = all(one["ok"] for one in made)
    runs: list[dict[str, Any]] = []
    for file, about in zip(files, made, strict=True):
        if about["ok"]:
            own = [_run(file, turn, catalogs, errand) for turn in range(errand.count)]
            about["seeds"] = _seeds(file, [one["seeds"] for one in own])
            runs += own
    plan = {
        "comfyc-plan": FORMAT,
        "comfyc": version(),
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "ok": is_ok,
        "prompts": len(runs) if is_ok else 0,
        "servers": [{"server": one.name, "reachable": one in catalogs.loaded} for one in servers],
        "files": made,
        "uploads": await _uploads(files, catalogs.loaded),
        "downloads": [
            {"address": str(file), "inputs": inputs} for file, inputs in files_of_web(files).items()
        ],
        "runs": runs,
    }
    return plan, reports


def _file(file: File, report: FileReport | None, catalogs: Catalogs, errand: Errand) -> dict[str, Any]:
    """Everything about a file but its seeds."""
    prepared = file.chosen
    assert prepared is not None
    is_meant = bool(prepared.prompt) and prepared.is_understood
    return {
        "file": file.name,
        "ok": may_send(file, report, errand),
        "findings": records_of([report]),
        "servers": [
            {
                "server": server.name,
                "fits": may_run(file, server, errand),
                "lacks": [] if may_run(file, server, errand) else what_it_lacks(file, server),
            }
            for server in catalogs.loaded
        ],
        "values": _values(prepared),
        "missing": _missing(file.name, prepared) if is_meant else [],
        "outputs": _outputs(prepared) if is_meant else [],
        "verdict": dict(_verdict(prepared)) if is_meant else None,
        "seeds": [],
        "price": _price(prepared, errand.count) if is_meant else None,
    }


def _values(prepared: Prepared) -> list[dict[str, Any]]:
    """What is set, of several values for one input the last; and what the server spells otherwise."""
    found = {one.setting.path: one for one in prepared.assignments}
    listed = [
        {
            "node": one.node,
            "title": prepared.where(one.node)[1] or "",
            "input": one.input,
            "from": one.value,
            "to": one.listed,
            "by": "the server's list",
        }
        for one in prepared.spellings
    ]
    asked = [
        {
            "node": one.setting.node,
            "title": one.setting.title,
            "input": one.setting.input,
            "from": one.setting.value,
            "to": str(one.file) if one.file is not None else one.value,
            "by": one.request.origin if one.request is not None else "",
        }
        for one in found.values()
    ]
    return [*asked, *listed]


def _verdict(prepared: Prepared) -> Mapping[str, Any]:
    brought = {file.node for file in prepared.files}
    return verdict(prepared.prompt, prepared.catalog, request=prepared.request, brought=brought)


def _outputs(prepared: Prepared) -> list[dict[str, Any]]:
    """The output nodes of the prompt, and whether the server would run them."""
    good = set(_verdict(prepared)["good_outputs"])
    found = []
    for ident, node in prepared.plain.prompt.items():
        kind = str(node.get("class_type", ""))
        info = prepared.catalog.info(kind)
        if info is not None and info.get("output_node") is True:
            title = prepared.where(ident)[1] or kind
            found.append({"node": ident, "title": title, "class_type": kind, "runs": ident in good})
    return found


def _missing(name: str, prepared: Prepared) -> list[str]:
    """What the server lacks of what the file needs, in words; files that are uploaded are not missed."""
    from comfyc.needs import Stock, needs_parsed  # noqa: PLC0415 - for those who plan

    workflow = prepared.workflow() if prepared.outputs is None else None
    document = part_of(prepared.prompt, prepared.outputs) if workflow is None else workflow
    found = needs_parsed(document, Stock(prepared.catalog), prepared.conversion.options, file=name)
    brought = {one.path.name for one in prepared.files}
    found.input_files = [one for one in found.input_files if one.name not in brought]
    return list(found.missing())


def _price(prepared: Prepared, count: int) -> dict[str, Any] | None:
    from comfyc.prices import estimate, estimates_to_json  # noqa: PLC0415 - for those who plan

    titles, targets = prepared.titles, prepared.outputs
    found = estimate(prepared.prompt, prepared.catalog, titles=titles, targets=targets)
    return estimates_to_json(found, count) if found else None


def _run(file: File, turn: int, catalogs: Catalogs, errand: Errand) -> dict[str, Any]:
    """A run, with what would be sent to each server that can make it."""
    bodies: dict[str, dict[str, Any]] = {}
    seeds: Mapping[str, int] = {}
    for server in catalogs.loaded:
        if not may_run(file, server, errand):
            continue
        prepared = file.prepared[server.name]
        order = order_of(file, turn, prepared, unsent_prompt(prepared, local_files(prepared)), errand)
        body = _body(server, order)
        digest = body_hash(body)
        known = bodies.setdefault(
            digest, {"servers": [], "sha256": digest, "with_key": order.with_key, "body": body}
        )
        known["servers"].append(server.name)
        seeds = seeds or order.seeds
    label = run_label(file, turn, errand)
    return {"run": label, "file": file.name, "seeds": dict(seeds), "bodies": list(bodies.values())}


def _body(server: Server, order: Order) -> dict[str, Any]:
    """The body of an order without its ids and without the account key, as JSON reads it."""
    body = {key: value for key, value in server.body(order).items() if key not in _IDS}
    body["extra_data"] = {key: value for key, value in body["extra_data"].items() if key == "extra_pnginfo"}
    made: dict[str, Any] = json.loads(json.dumps(body))
    return made


def _seeds(file: File, runs: Sequence[Mapping[str, int]]) -> list[dict[str, Any]]:
    assert file.chosen is not None
    return [
        {
            "node": one.node,
            "input": one.name,
            "control": one.control,
            "values": [seeds[one.key] for seeds in runs if one.key in seeds],
        }
        for one in file.chosen.seeds
        if one.is_seed or one.control not in (None, "fixed")
    ]


async def _uploads(files: Sequence[File], servers: Sequence[Server]) -> list[dict[str, Any]]:
    """The local files that would be uploaded, each once, and the servers that have them already."""
    read: dict[Path, LocalFile] = {}
    inputs: dict[Path, dict[str, None]] = {}
    for prepared in (one for file in files for one in file.prepared.values()):
        read |= {path: one for path, one in local_files(prepared).items() if path not in read}
        for plan in prepared.files:
            if isinstance(plan.path, Path):
                inputs.setdefault(plan.path, {})[f"{plan.node}.{plan.input_name}"] = None
    on: dict[Path, list[str]] = {path: [] for path in read}
    for server in servers if read else ():
        async with server:
            for path, one in read.items():
                if await is_there(server.http, one):
                    on[path].append(server.name)
    return [
        {
            "path": os.path.abspath(path),
            "sha256": one.sha256,
            "size": one.size,
            "value": one.value,
            "inputs": list(inputs[path]),
            "on": on[path],
        }
        for path, one in read.items()
    ]
