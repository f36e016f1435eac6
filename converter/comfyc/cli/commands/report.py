"""``comfyc report``."""

from __future__ import annotations

from datetime import datetime
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
    STRICT,
    TOKEN,
    TRUST_CONFIG,
    VERBOSE,
    limits_of,
    parse_time,
)
from comfyc.cli.flags.servers import Login
from comfyc.diagnostics import ComfycError

_COPIES = ("none", "pictures", "all")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def report(
        paths: list[str] = typer.Argument(
            ...,
            metavar="PATH...",
            help="Workflows, prompts, or pictures and other files that carry one; folders and patterns.",
        ),
        output: Path = typer.Option(
            ...,
            "--output",
            "-o",
            metavar="FOLDER",
            help="Write the site into this folder: a new or empty one, or one that this command has made, "
            "which is replaced.",
        ),
        title: str = typer.Option(
            "",
            "--title",
            metavar="TITLE",
            help="The title of the site. Default: the name of the folder.",
            show_default=False,
        ),
        copies: str = typer.Option(
            "pictures",
            "--copy",
            metavar="|".join(_COPIES),
            help="Copy the originals into the site: none, pictures of up to 2 MiB, or all of them.",
            autocompletion=lambda: list(_COPIES),
        ),
        now: str = typer.Option(
            "",
            metavar="ISO-TIME",
            help="The time that %date% shows. Default: 2000-01-01, so that the site is the same each day.",
            show_default=False,
        ),
        object_info: str = OBJECT_INFO,
        custom_nodes: list[str] = CUSTOM_NODES,
        server: str = typer.Option(
            "",
            "--server",
            metavar="URL",
            help="Judge by the node catalogue and the files of this server, and say what it lacks.",
            show_default=False,
        ),
        refresh: bool = REFRESH,
        strict: bool = STRICT,
        assume_files: bool = typer.Option(
            False, "--assume-files", help="Assume that all models and input files exist on the server."
        ),
        as_json: bool = JSON,
        skip_others: bool = SKIP_OTHERS,
        allow_empty: bool = ALLOW_EMPTY,
        trust_config: bool = TRUST_CONFIG,
        limits: list[str] = LIMIT,
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
        jobs: int = JOBS,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
    ) -> None:
        """Make a site about a folder of workflows: a gallery, and a page for each file with its graph, its
        findings, what it needs and what can be set.

        It opens from the disk and from any web server. Findings do not make the command fail, unless
        --strict is passed.
        """
        from comfyc.cli.work.make_report import make_report  # noqa: PLC0415
        from comfyc.cli.work.report_one import ReportJob  # noqa: PLC0415
        from comfyc.cli.work.stocks import server_stock  # noqa: PLC0415
        from comfyc.cli.work.validate_files import Wishes  # noqa: PLC0415
        from comfyc.cli.work.validate_one import Flags  # noqa: PLC0415

        if copies not in _COPIES:
            raise ComfycError(
                f"there is nothing to copy named '{copies}'", f"--copy takes {', '.join(_COPIES)}"
            )
        if server and object_info:
            raise ComfycError("--server and --object-info cannot be used together", "pass one of them")
        wishes = Wishes(
            Flags(
                object_info,
                strict=strict,
                assume_files=assume_files,
                limits=limits_of(limits),
                custom_nodes=tuple(custom_nodes),
            ),
            as_json=as_json,
            skip_others=skip_others,
            allow_empty=allow_empty,
            verbose=verbose,
            quiet=quiet,
            jobs=jobs,
            refresh=refresh,
            trusts=trust_config,
            keys={"headers": headers, "token": token, "cacert": cacert, "insecure": insecure},
        )
        moment = parse_time(now) if now else datetime(2000, 1, 1)
        stock = server_stock(server, Login(headers, token, cacert, insecure)) if server else None
        raise typer.Exit(make_report(paths, ReportJob(output, title, copies, moment, wishes, stock)))
