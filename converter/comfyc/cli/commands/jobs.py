"""``comfyc queue | cancel | interrupt | status``: what a server is doing, and stopping it."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from comfyc.cli.flags.servers import SERVER, WAIT_FOR_SERVER, await_servers
from comfyc.cli.flags.shared import CACERT, HEADER, INSECURE, JSON, TOKEN
from comfyc.cli.output.answer import Answer
from comfyc.cli.output.writing import note
from comfyc.diagnostics import ComfycError
from comfyc.safety.escaping import shortened
from comfyc.safety.foreign import number_or_none

if TYPE_CHECKING:
    from comfyc.running import QueueItem, Server, ServerStatus

ANYONE = typer.Option(False, "--anyone", help="Also what others have submitted, not only this user here.")


_LONGEST = 200
"""Characters of a name or a version that a line shows."""


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

        answer = Answer("queue")
        action = partial(_show_queue, answer=answer, anyone=anyone, as_json=as_json)
        _each(_open(servers, headers, token, cacert, insecure), action, answer)
        _end(answer, as_json=as_json)

    @app.command()
    def cancel(
        prompt_ids: list[str] = typer.Argument(..., metavar="PROMPT_ID..."),
        servers: list[str] = SERVER,
        anyone: bool = ANYONE,
        as_json: bool = JSON,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
    ) -> None:
        """Take prompts out of the queue, or interrupt them if they run."""
        left = set(prompt_ids)
        answer = Answer("cancel")
        action = partial(_cancel, answer=answer, prompt_ids=prompt_ids, left=left, anyone=anyone)
        _each(_open(servers, headers, token, cacert, insecure), action, answer)
        if left and not answer.errors:
            names = ", ".join(f"'{one}'" for one in sorted(left))
            _fail(ComfycError(f"not in the queue: {names}", "see what is: comfyc queue --anyone"), answer)
        _end(answer, as_json=as_json)

    @app.command()
    def interrupt(
        servers: list[str] = SERVER,
        anyone: bool = ANYONE,
        as_json: bool = JSON,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
    ) -> None:
        """Interrupt what runs now."""

        answer = Answer("interrupt")
        action = partial(_interrupt, answer=answer, anyone=anyone)
        _each(_open(servers, headers, token, cacert, insecure), action, answer)
        _end(answer, as_json=as_json)

    @app.command()
    def status(
        servers: list[str] = SERVER,
        as_json: bool = JSON,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
        wait_for_server: float = WAIT_FOR_SERVER,
    ) -> None:
        """Show whether servers are there, their versions, devices and the length of their queues."""

        answer = Answer("status")
        opened = _open(servers, headers, token, cacert, insecure)
        if wait_for_server:
            from comfyc.cli.output.looping import run_loop  # noqa: PLC0415

            run_loop(await_servers(opened, wait_for_server))
        _each(opened, partial(_show_status, answer=answer, as_json=as_json), answer)
        _end(answer, as_json=as_json)


async def _show_queue(server: Server, *, answer: Answer, anyone: bool, as_json: bool) -> None:
    found = await server.queue()
    rows = [("running", item) for item in found.running]
    rows += [(f"waits, {place} ahead", item) for place, item in enumerate(found.pending, len(rows))]
    shown = [row for row in rows if row[1].mine or anyone]
    for state, item in shown:
        answer.results.append(_queue_json(server, state, item))
        if not as_json:
            _write_plain([_queue_line(state, item)])
    if not as_json:
        others = len(rows) - len(shown)
        hidden = f"; {others} of others (--anyone shows)" if others else ""
        note(f"{server.name}: {len(shown)} in the queue{hidden}")


async def _cancel(
    server: Server, *, answer: Answer, prompt_ids: Sequence[str], left: set[str], anyone: bool
) -> None:
    found = await server.queue()
    for prompt_id in prompt_ids:
        item = found.find(prompt_id)
        if item is None:
            continue
        if not (item.mine or anyone):
            raise ComfycError(f"'{prompt_id}' was submitted by somebody else", "pass --anyone")
        await server.cancel(prompt_id)
        left.discard(prompt_id)
        answer.results.append({"server": server.name, "prompt_id": prompt_id})
        note(f"{server.name}: cancelled {prompt_id}")


async def _interrupt(server: Server, *, answer: Answer, anyone: bool) -> None:
    hit = await server.interrupt(anyone=anyone)
    for item in hit:
        answer.results.append({"server": server.name, "prompt_id": item.prompt_id})
        note(f"{server.name}: interrupted {item.prompt_id}")
    if not hit:
        note(f"{server.name}: {'nothing' if anyone else 'nothing of ours'} runs")


async def _show_status(server: Server, *, answer: Answer, as_json: bool) -> None:
    """A row for the server, also if it cannot be reached."""
    try:
        found = await server.status()
    except ComfycError as error:
        why = {"message": str(error), "hint": error.hint}
        answer.results.append({"server": server.name, "reachable": False, "error": why})
        if not as_json:
            _write_plain([f"{server.name}: not reachable"])
        raise
    answer.results.append(_status_json(found))
    if not as_json:
        _write_plain(_status_lines(found))


def _open(
    urls: Sequence[str], headers: Sequence[str], token: str | None, cacert: Path | None, insecure: bool
) -> list[Server]:
    from comfyc.cli.flags.servers import Login, open_servers  # noqa: PLC0415

    return open_servers(urls, Login(headers, token, cacert, insecure))


def _each(servers: Sequence[Server], action: Callable[[Server], Awaitable[None]], answer: Answer) -> None:
    """Do it on every server; one that fails does not keep it from the others."""
    from comfyc.cli.output.looping import run_loop  # noqa: PLC0415

    async def main() -> None:
        for server in servers:
            try:
                async with server:
                    await action(server)
            except ComfycError as error:
                _fail(error, answer)

    run_loop(main())


def _fail(error: ComfycError, answer: Answer) -> None:
    from comfyc.cli.output.output import complain  # noqa: PLC0415

    sys.stdout.flush()
    complain(error)
    answer.errors.append(error)


def _end(answer: Answer, *, as_json: bool) -> None:
    code = 2 if answer.errors else 0
    if as_json:
        answer.print(code)
    raise typer.Exit(code)


def _queue_json(server: Server, state: str, item: QueueItem) -> dict[str, Any]:
    return {
        "server": server.name,
        "state": state.partition(",")[0],
        "prompt_id": item.prompt_id,
        "nodes": item.nodes,
        "created": item.created,
        "mine": item.mine,
    }


def _queue_line(state: str, item: QueueItem) -> str:
    return f"{item.prompt_id}  {state}  {item.nodes} nodes{'' if item.mine else '  (not ours)'}"


def _status_json(found: ServerStatus) -> dict[str, Any]:
    from comfyc.safety.jsonable import json_value  # noqa: PLC0415 - a server may say anything

    return {
        "server": found.server,
        "reachable": True,
        "queue_remaining": found.remaining,
        "system": json_value(found.system),
        "devices": json_value(found.devices),
    }


def _status_lines(found: ServerStatus) -> list[str]:
    system = found.system
    lines = [f"{found.server}: {found.remaining} in the queue"]
    for key, name in (
        ("comfyui_version", "ComfyUI"),
        ("pytorch_version", "PyTorch"),
        ("python_version", "Python"),
    ):
        words = system[key].split() if isinstance(system.get(key), str) else ()
        if words:
            lines.append(f"  {name} {shortened(words[0], _LONGEST)}")
    return lines + [f"  {_name(device)}{_memory(device)}" for device in found.devices]


def _write_plain(lines: Sequence[str]) -> None:
    from comfyc.cli.output.writing import write_stdout  # noqa: PLC0415
    from comfyc.safety.escaping import plain  # noqa: PLC0415

    write_stdout("".join(f"{plain(line)}\n" for line in lines))


def _name(device: Any) -> str:
    name = device.get("name")
    return shortened(name, _LONGEST) if isinstance(name, str) and name.strip() else "device"


def _memory(device: Any) -> str:
    free, total = number_or_none(device.get("vram_free")), number_or_none(device.get("vram_total"))
    if free is None or total is None:
        return ""
    return f", {free / 2**30:.1f} of {total / 2**30:.1f} GiB free"
