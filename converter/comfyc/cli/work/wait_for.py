"""What ``comfyc wait`` does: find each prompt on its server, follow it, save its outputs."""

from __future__ import annotations

from collections.abc import Sequence

from comfyc.catalog.address import UnreachableError
from comfyc.cli.flags.servers import await_servers
from comfyc.cli.output.event_loop import run_loop
from comfyc.cli.work.report_runs import RunReporter, Show
from comfyc.cli.work.run_targets import check_targets
from comfyc.diagnostics import ComfycError
from comfyc.running import Saving, Server, Stop, until_stopped
from comfyc.running.client.client import is_known
from comfyc.running.client.stop import unless_stopped


def wait_for(
    prompt_ids: Sequence[str],
    servers: Sequence[Server],
    saving: Saving,
    choice: Show,
    *,
    patience: float = 0.0,
) -> int:
    """Wait for prompts, one after the other; the exit code. Servers have ``patience`` seconds to be there."""
    check_targets(saving.out_dir, choice.preview)
    saving.folder.hold()
    if patience:
        run_loop(await_servers(servers, patience))
    reporter = RunReporter(choice, len(prompt_ids))

    async def main(stop: Stop) -> int:
        with reporter:
            for one in servers:
                await one.__aenter__()
            try:
                for prompt_id in prompt_ids:
                    try:
                        server = await unless_stopped(stop, _holder(prompt_id, servers))
                        if server is None:
                            return stop.exit_code
                        listener = reporter.follow(prompt_id, server=server.name)
                        run = await server.wait(prompt_id, saving, on_event=listener, stop=stop)
                    except ComfycError as error:  # the others may be there
                        reporter.report_missing(prompt_id, [one.name for one in servers], error)
                        continue
                    reporter.report_waited(prompt_id, run)
                    if stop.is_requested:
                        return stop.exit_code
            finally:
                for one in servers:
                    await one.__aexit__(None, None, None)
        return reporter.exit_code

    return run_loop(until_stopped(main))


async def _holder(prompt_id: str, servers: Sequence[Server]) -> Server:
    """The server that knows the prompt. ``ComfycError`` if none does."""
    failure: ComfycError | None = None
    for server in servers:
        try:
            if await is_known(server.http, prompt_id):
                return server
        except UnreachableError as error:
            failure = failure or error
    names = ", ".join(f"'{server.name}'" for server in servers)
    raise failure or ComfycError(
        f"there is no prompt '{prompt_id}' on {names}",
        "check the id; a server forgets its prompts when it restarts",
    )
