"""``comfyc packs``."""

from __future__ import annotations

from enum import Enum

import typer

from comfyc.cli.flags.common import (
    ALLOW_EMPTY,
    CUSTOM_NODES,
    JSON,
    LIMIT,
    OBJECT_INFO,
    ONE_SERVER,
    QUIET,
    REFRESH,
    SKIP_OTHERS,
    TRUST_CONFIG,
    VERBOSE,
    limits_of,
    load_catalog,
)


class PacksFormat(str, Enum):
    """Choices of ``--format``."""

    TEXT = "text"
    JSON = "json"
    INSTALL = "install"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def packs(
        paths: list[str] = typer.Argument(
            ...,
            metavar="PATH...",
            help="Workflows, prompts, or pictures and other files that carry one; folders and patterns; - "
            "is stdin.",
        ),
        form: PacksFormat = typer.Option(
            PacksFormat.TEXT,
            "--format",
            help="A table, JSON, or a list of names for `comfy node install` and `cm-cli install`.",
        ),
        as_json: bool = JSON,
        pinned: bool = typer.Option(
            False,
            "--pinned",
            help="With --format install: print NAME@VERSION, with the version that the file names.",
        ),
        object_info: str = OBJECT_INFO,
        custom_nodes: list[str] = CUSTOM_NODES,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        skip_others: bool = SKIP_OTHERS,
        allow_empty: bool = ALLOW_EMPTY,
        trust_config: bool = TRUST_CONFIG,
        limits: list[str] = LIMIT,
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
    ) -> None:
        """List the custom-node packs that workflows need, and which a server lacks.

        With --server, --object-info or --custom-nodes only packs with node types that are missing there are
        written as names to install, and the exit code is 1 if there are any.
        """
        from comfyc.cli.work.list_packs import PacksJob, list_packs  # noqa: PLC0415

        catalog = None
        if object_info or server or custom_nodes:
            catalog = load_catalog(
                object_info, server, refresh=refresh, custom_nodes=custom_nodes, with_packs=False
            )
        job = PacksJob(
            catalog=catalog,
            form="json" if as_json else form.value,
            pinned=pinned,
            skip_others=skip_others,
            allow_empty=allow_empty,
            trusts=trust_config,
            limits=limits_of(limits),
            verbose=verbose,
            quiet=quiet,
        )
        raise typer.Exit(list_packs(paths, job))
