"""What ``comfyc queue | cancel | interrupt | status`` do on each server."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from comfyc.cli.flags.servers import await_servers
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.event_loop import run_loop
from comfyc.cli.output.findings import complain
from comfyc.cli.output.tables import table_text
from comfyc.cli.output.writing import note, write_stdout
from comfyc.diagnostics import ComfycError
from comfyc.running import QueueItem, Server, ServerStatus
from comfyc.safety.escaping import plain, shortened
from comfyc.safety.foreign import number_or_none
from comfyc.safety.jsonable import json_value

_LONGEST = 200
"""Characters of a name or a version that a line shows."""


def show_queues(servers: Sequence[Server], *, anyone: bool, as_json: bool) -> int:
    """Show what runs and what waits on each server; the exit code."""
    answer = JsonAnswer("queue")
    _on_each(servers, partial(_show_queue, answer=answer, anyone=anyone, as_json=as_json), answer)
    return _ended(answer, as_json=as_json)


def cancel_prompts(
    servers: Sequence[Server], prompt_ids: Sequence[str], *, anyone: bool, as_json: bool
) -> int:
    """Take prompts out of the queues, or interrupt them; the exit code, 2 if one is in no queue."""
    left = set(prompt_ids)
    answer = JsonAnswer("cancel")
    _on_each(
        servers, partial(_cancel, answer=answer, prompt_ids=prompt_ids, left=left, anyone=anyone), answer
    )
    if left and not answer.errors:
        names = ", ".join(f"'{one}'" for one in sorted(left))
        _fail(
            ComfycError(
                f"these prompts are not in the queue: {names}", "`comfyc queue --anyone` shows what is in it"
            ),
            answer,
        )
    return _ended(answer, as_json=as_json)


def interrupt_servers(servers: Sequence[Server], *, anyone: bool, as_json: bool) -> int:
    """Interrupt what runs on each server; the exit code."""
    answer = JsonAnswer("interrupt")
    _on_each(servers, partial(_interrupt, answer=answer, anyone=anyone), answer)
    return _ended(answer, as_json=as_json)


def show_status(servers: Sequence[Server], *, patience: float, as_json: bool) -> int:
    """Show how each server is, which has ``patience`` seconds to be there; the exit code."""
    answer = JsonAnswer("status")
    if patience:
        run_loop(await_servers(servers, patience))
    _on_each(servers, partial(_show_status, answer=answer, as_json=as_json), answer)
    return _ended(answer, as_json=as_json)


async def _show_queue(server: Server, *, answer: JsonAnswer, anyone: bool, as_json: bool) -> None:
    queue = await server.queue()
    rows: list[tuple[int | None, QueueItem]] = [(None, item) for item in queue.running]
    rows += [(ahead, item) for ahead, item in enumerate(queue.pending, len(rows))]
    shown = [row for row in rows if row[1].mine or anyone]
    answer.results += [_queue_json(server, item, waits=ahead is not None) for ahead, item in shown]
    if as_json:
        return
    if shown:
        cells = [
            (
                item.prompt_id,
                "running" if ahead is None else f"waiting, {ahead} ahead",
                str(item.nodes),
                "you" if item.mine else "somebody else",
            )
            for ahead, item in shown
        ]
        write_stdout(table_text(cells, ("PROMPT", "STATE", "NODES", "SUBMITTED BY")))
    others = len(rows) - len(shown)
    hidden = f"; {others} submitted by somebody else (--anyone shows them)" if others else ""
    note(f"{server.name}: {len(shown)} in the queue{hidden}")


async def _cancel(
    server: Server, *, answer: JsonAnswer, prompt_ids: Sequence[str], left: set[str], anyone: bool
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


async def _interrupt(server: Server, *, answer: JsonAnswer, anyone: bool) -> None:
    hit = await server.interrupt(anyone=anyone)
    for item in hit:
        answer.results.append({"server": server.name, "prompt_id": item.prompt_id})
        note(f"{server.name}: interrupted {item.prompt_id}")
    if not hit:
        note(f"{server.name}: {'no prompt' if anyone else 'no prompt of yours'} is running")


async def _show_status(server: Server, *, answer: JsonAnswer, as_json: bool) -> None:
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


def _on_each(
    servers: Sequence[Server], action: Callable[[Server], Awaitable[None]], answer: JsonAnswer
) -> None:
    """Do it on every server; an error on one does not keep it from the others."""

    async def main() -> None:
        for server in servers:
            try:
                async with server:
                    await action(server)
            except ComfycError as error:
                _fail(error, answer)

    run_loop(main())


def _fail(error: ComfycError, answer: JsonAnswer) -> None:
    sys.stdout.flush()
    complain(error)
    answer.errors.append(error)


def _ended(answer: JsonAnswer, *, as_json: bool) -> int:
    """The exit code, once the JSON is printed if that was asked for."""
    code = 2 if answer.errors else 0
    if as_json:
        answer.print(code)
    return code


def _queue_json(server: Server, item: QueueItem, *, waits: bool) -> dict[str, Any]:
    return {
        "server": server.name,
        "state": "waits" if waits else "running",
        "prompt_id": item.prompt_id,
        "nodes": item.nodes,
        "created": item.created,
        "mine": item.mine,
    }


def _status_json(found: ServerStatus) -> dict[str, Any]:
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
    write_stdout("".join(f"{plain(line)}\n" for line in lines))


def _name(device: Any) -> str:
    name = device.get("name")
    return shortened(name, _LONGEST) if isinstance(name, str) and name.strip() else "device"


def _memory(device: Any) -> str:
    free, total = number_or_none(device.get("vram_free")), number_or_none(device.get("vram_total"))
    if free is None or total is None:
        return ""
    return f", {free / 2**30:.1f} of {total / 2**30:.1f} GiB free"
