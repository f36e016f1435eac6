"""``comfyc queue | cancel | interrupt | status``: what a server is doing, and stopping it."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from converter.cli.connect import CACERT, HEADER, INSECURE, SERVER, TOKEN
from converter.diagnostics import ConverterError

if TYPE_CHECKING:
    from converter.server import QueueItem, Server, ServerStatus

ANYONE = typer.Option(False, "--anyone", help="Also what others have submitted, not only this user here.")
JSON = typer.Option(False, "--json", help="Print JSON, one object a line.")


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command()
    def queue(
        servers: list[str] = SERVER,
        anyone: bool = ANYONE,
        as_json: bool = JSON,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
    ) -> None:
        """Show what runs and what waits."""

        action = partial(_show_queue, anyone=anyone, as_json=as_json)
        _each(_open(servers, headers, token, cacert, insecure), action)

    @app.command()
    def cancel(
        prompt_ids: list[str] = typer.Argument(..., metavar="PROMPT_ID..."),
        servers: list[str] = SERVER,
        anyone: bool = ANYONE,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
    ) -> None:
        """Take prompts out of the queue, or interrupt them if they run."""
        left = set(prompt_ids)
        action = partial(_cancel, prompt_ids=prompt_ids, left=left, anyone=anyone)
        _each(_open(servers, headers, token, cacert, insecure), action)
        if left:
            names = ", ".join(f"'{one}'" for one in sorted(left))
            raise ConverterError(f"not in the queue: {names}", "see what is: comfyc queue --anyone")

    @app.command()
    def interrupt(
        servers: list[str] = SERVER,
        anyone: bool = ANYONE,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
    ) -> None:
        """Interrupt what runs now."""

        _each(_open(servers, headers, token, cacert, insecure), partial(_interrupt, anyone=anyone))

    @app.command()
    def status(
        servers: list[str] = SERVER,
        as_json: bool = JSON,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
    ) -> None:
        """Show whether servers are there, their versions, devices and the length of their queues."""

        _each(_open(servers, headers, token, cacert, insecure), partial(_show_status, as_json=as_json))


async def _show_queue(server: Server, *, anyone: bool, as_json: bool) -> None:
    found = await server.queue()
    rows = [("running", item) for item in found.running]
    rows += [(f"waits, {place} ahead", item) for place, item in enumerate(found.pending, len(rows))]
    shown = [row for row in rows if row[1].mine or anyone]
    for state, item in shown:
        typer.echo(_queue_line(server, state, item, as_json=as_json))
    if not as_json:
        others = len(rows) - len(shown)
        hidden = f"; {others} of others (--anyone shows)" if others else ""
        print(f"{server.name}: {len(shown)} in the queue{hidden}", file=sys.stderr)


async def _cancel(server: Server, *, prompt_ids: Sequence[str], left: set[str], anyone: bool) -> None:
    found = await server.queue()
    for prompt_id in prompt_ids:
        item = found.find(prompt_id)
        if item is None:
            continue
        if not (item.mine or anyone):
            raise ConverterError(f"'{prompt_id}' was submitted by somebody else", "pass --anyone")
        await server.cancel(prompt_id)
        left.discard(prompt_id)
        print(f"{server.name}: cancelled {prompt_id}", file=sys.stderr)


async def _interrupt(server: Server, *, anyone: bool) -> None:
    hit = await server.interrupt(anyone=anyone)
    for item in hit:
        print(f"{server.name}: interrupted {item.prompt_id}", file=sys.stderr)
    if not hit:
        print(f"{server.name}: {'nothing' if anyone else 'nothing of ours'} runs", file=sys.stderr)


async def _show_status(server: Server, *, as_json: bool) -> None:
    found = await server.status()
    typer.echo(_status_json(found) if as_json else _status_text(found))


def _open(
    urls: Sequence[str], headers: Sequence[str], token: str | None, cacert: Path | None, insecure: bool
) -> list[Server]:
    from converter.cli.connect import Login, open_servers  # noqa: PLC0415

    return open_servers(urls, Login(headers, token, cacert, insecure))


def _each(servers: Sequence[Server], action: Callable[[Server], Awaitable[None]]) -> None:
    """Do it on every server; one that fails does not keep it from the others."""
    from converter.cli.looping import run_loop  # noqa: PLC0415
    from converter.cli.output import complain  # noqa: PLC0415

    async def main() -> bool:
        failed = False
        for server in servers:
            try:
                async with server:
                    await action(server)
            except ConverterError as error:
                complain(error)
                failed = True
        return failed

    if run_loop(main()):
        raise typer.Exit(2)


def _queue_line(server: Server, state: str, item: QueueItem, *, as_json: bool) -> str:
    from converter.report.escaping import plain  # noqa: PLC0415

    if as_json:
        record = {
            "server": server.name,
            "state": state.partition(",")[0],
            "prompt_id": item.prompt_id,
            "nodes": item.nodes,
            "created": item.created,
            "mine": item.mine,
        }
        return json.dumps(record)
    return plain(f"{item.prompt_id}  {state}  {item.nodes} nodes{'' if item.mine else '  (not ours)'}")


def _status_json(found: ServerStatus) -> str:
    record = {
        "server": found.server,
        "queue_remaining": found.remaining,
        "system": dict(found.system),
        "devices": [dict(device) for device in found.devices],
    }
    return json.dumps(record)


def _status_text(found: ServerStatus) -> str:
    from converter.report.escaping import plain  # noqa: PLC0415

    system = found.system
    words = [f"{found.server}: {found.remaining} in the queue"]
    for key, name in (
        ("comfyui_version", "ComfyUI"),
        ("pytorch_version", "PyTorch"),
        ("python_version", "Python"),
    ):
        if isinstance(system.get(key), str):
            words.append(f"  {name} {system[key].split()[0] if system[key] else ''}")
    words += [f"  {device.get('name', 'device')}{_memory(device)}" for device in found.devices]
    return "\n".join(plain(word) for word in words)


def _memory(device: Any) -> str:
    free, total = device.get("vram_free"), device.get("vram_total")
    if not isinstance(free, int | float) or not isinstance(total, int | float):
        return ""
    return f", {free / 2**30:.1f} of {total / 2**30:.1f} GiB free"
