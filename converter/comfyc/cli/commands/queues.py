"""``comfyc queue | cancel | interrupt | status``: what a server is doing, and stopping it."""

from __future__ import annotations

from pathlib import Path

import typer

from comfyc.cli.flags.common import CACERT, HEADER, INSECURE, JSON, TOKEN
from comfyc.cli.flags.servers import SERVER, WAIT_FOR_SERVER, Login, open_servers

ANYONE = typer.Option(False, "--anyone", help="Include prompts submitted by others or from another machine.")


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
        """Show which prompts are running and waiting."""
        from comfyc.cli.work.queues import show_queues  # noqa: PLC0415

        opened = open_servers(servers, Login(headers, token, cacert, insecure))
        raise typer.Exit(show_queues(opened, anyone=anyone, as_json=as_json))

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
        """Remove prompts from the queue, or interrupt them if they are running."""
        from comfyc.cli.work.queues import cancel_prompts  # noqa: PLC0415

        opened = open_servers(servers, Login(headers, token, cacert, insecure))
        raise typer.Exit(cancel_prompts(opened, prompt_ids, anyone=anyone, as_json=as_json))

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
        """Interrupt the prompt that is running."""
        from comfyc.cli.work.queues import interrupt_servers  # noqa: PLC0415

        opened = open_servers(servers, Login(headers, token, cacert, insecure))
        raise typer.Exit(interrupt_servers(opened, anyone=anyone, as_json=as_json))

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
        """Show whether servers answer, and their versions, devices and queue lengths."""
        from comfyc.cli.work.queues import show_status  # noqa: PLC0415

        opened = open_servers(servers, Login(headers, token, cacert, insecure))
        raise typer.Exit(show_status(opened, patience=wait_for_server, as_json=as_json))
