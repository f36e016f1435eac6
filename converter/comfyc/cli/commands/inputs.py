"""``comfyc inputs``."""

from __future__ import annotations

from pathlib import Path

import typer

from comfyc.cli.flags.common import (
    CUSTOM_NODES,
    JSON,
    LIMIT,
    OBJECT_INFO,
    ONE_SERVER,
    REFRESH,
    limits_of,
    load_catalog,
)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def inputs(
        file: str = typer.Argument(
            ...,
            metavar="FILE",
            help="A workflow file, or a picture or other file that carries a workflow; - is stdin.",
        ),
        object_info: str = OBJECT_INFO,
        custom_nodes: list[str] = CUSTOM_NODES,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        everything: bool = typer.Option(
            False,
            "--all",
            "--links",
            help="Also list linked inputs, which --set sets only with --unlink, inputs whose values a "
            "subgraph node holds, and inputs of muted and bypassed subgraph nodes.",
        ),
        template: Path | None = typer.Option(
            None,
            "--template",
            metavar="FILE",
            help="Write a job file with all of them, for run and convert, to this file (.toml, .yaml or "
            ".json); - is stdout, in TOML.",
        ),
        as_json: bool = JSON,
        limits: list[str] = LIMIT,
    ) -> None:
        """List what can be set in a workflow, the most important first: values, types and limits."""
        from comfyc.cli.work.list_inputs import list_inputs  # noqa: PLC0415

        catalog = load_catalog(object_info, server, refresh=refresh, custom_nodes=custom_nodes)
        raise typer.Exit(
            list_inputs(
                file,
                catalog,
                limits_of(limits),
                everything=everything,
                as_json=as_json,
                template=template,
            )
        )
