"""``comfyc needs``."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import typer

from comfyc.cli.flags.common import (
    ALLOW_EMPTY,
    CACERT,
    CUSTOM_NODES,
    HEADER,
    INSECURE,
    JOBS,
    JSON,
    LIMIT,
    OBJECT_INFO,
    QUIET,
    REFRESH,
    SKIP_OTHERS,
    TOKEN,
    TRUST_CONFIG,
    VERBOSE,
    limits_of,
    load_catalog,
)
from comfyc.cli.flags.corpora import ENGINE, asks_for_table, refuse_beside_table, scheduler_of
from comfyc.cli.flags.servers import Login
from comfyc.diagnostics import ComfycError
from comfyc.options import DynamicPrompts, Options


class NeedsFormat(str, Enum):
    """Choices of ``--format``."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    INSTALL = "install"
    WGET = "wget"
    ARIA2 = "aria2"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def needs(
        paths: list[str] = typer.Argument(
            ...,
            metavar="PATH...",
            help="Workflows, prompts, or pictures and other files that carry one; folders and patterns; - "
            "is stdin.",
        ),
        form: NeedsFormat = typer.Option(
            NeedsFormat.TEXT,
            "--format",
            help="Tables, JSON or Markdown; names of packs for `comfy node install`; shell commands or the "
            "input file of `aria2c -i` that download the models.",
        ),
        output: Path | None = typer.Option(
            None,
            "--output",
            "-o",
            metavar="FILE",
            help="Write a table to this file, which ends in .parquet, .jsonl or .csv: see --engine.",
        ),
        as_json: bool = JSON,
        pinned: bool = typer.Option(
            False,
            "--pinned",
            help="With --format install: print NAME@VERSION, with the version that the file names.",
        ),
        models_folder: str = typer.Option(
            "models",
            "--models-folder",
            metavar="FOLDER",
            help="With --format wget or aria2: the folder that has the folders of models.",
        ),
        object_info: str = OBJECT_INFO,
        custom_nodes: list[str] = CUSTOM_NODES,
        server: str = typer.Option(
            "",
            "--server",
            metavar="URL",
            help="Say what this server has and lacks: http://HOST:PORT, HOST:PORT or HOST. Nothing is sent "
            "but questions.",
            show_default=False,
        ),
        refresh: bool = REFRESH,
        skip_others: bool = SKIP_OTHERS,
        allow_empty: bool = ALLOW_EMPTY,
        trust_config: bool = TRUST_CONFIG,
        limits: list[str] = LIMIT,
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
        jobs: int = JOBS,
        engine: str | None = ENGINE,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
    ) -> None:
        """List what workflows need: models, input files, packs, partner nodes, ComfyUI; and what a server
        lacks.

        The exit code is 1 if something is known to be missing. Nothing is downloaded: --format wget and
        --format aria2 write what a shell or aria2 would have to do.
        """
        from comfyc.cli.work.list_needs import NeedsJob, list_needs  # noqa: PLC0415
        from comfyc.cli.work.stocks import server_stock  # noqa: PLC0415
        from comfyc.needs import Stock  # noqa: PLC0415

        if server and object_info:
            raise ComfycError("--server and --object-info cannot be used together", "pass one of them")
        if server:
            stock = server_stock(
                server, Login(headers, token, cacert, insecure), custom_nodes, refresh=refresh
            )
        elif object_info or custom_nodes:
            stock = Stock(
                load_catalog(
                    object_info,
                    refresh=refresh,
                    headers=headers,
                    token=token,
                    cacert=cacert,
                    insecure=insecure,
                    custom_nodes=custom_nodes,
                    with_packs=False,
                )
            )
        else:
            stock = Stock()
        if output is not None or asks_for_table(paths, output, engine):
            refuse_beside_table(
                {"--format": form is not NeedsFormat.TEXT, "--pinned": pinned, "--json": as_json}
            )
            from comfyc.cli.work.tabulate import CorpusJob, tabulate  # noqa: PLC0415
            from comfyc.corpora.rows import Examiner, options_of  # noqa: PLC0415

            options = options_of(Options(dynamic_prompts=DynamicPrompts.KEEP, limits=limits_of(limits)))
            table = CorpusJob(
                "needs",
                Examiner(Stock(stock.catalog), options),
                output,
                scheduler_of(engine),
                jobs,
                skip_others=skip_others,
                allow_empty=allow_empty,
                trusts=trust_config,
                quiet=quiet,
            )
            raise typer.Exit(tabulate(paths, table))
        job = NeedsJob(
            stock=stock,
            form="json" if as_json else form.value,
            pinned=pinned,
            models_folder=models_folder,
            skip_others=skip_others,
            allow_empty=allow_empty,
            trusts=trust_config,
            limits=limits_of(limits),
            verbose=verbose,
            quiet=quiet,
        )
        raise typer.Exit(list_needs(paths, job))
