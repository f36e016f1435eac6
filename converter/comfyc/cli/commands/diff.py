"""``comfyc diff``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from comfyc.cli.flags.common import (
    CUSTOM_NODES,
    JSON,
    LIMIT,
    OBJECT_INFO,
    ONE_SERVER,
    QUIET,
    REFRESH,
    VERBOSE,
    file_or_stdout,
    limits_of,
    load_catalog,
)

_FORMS = ("text", "json", "markdown", "html", "svg")
_BEHIND = "comfyc.behind"


class _Diff(TyperCommand):
    """Keeps what is behind ``--`` apart, as git does: files, where revisions stand before."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if "--" in args:
            at = args.index("--")
            args, ctx.meta[_BEHIND] = args[:at], args[at + 1 :]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(cls=_Diff)
    def diff(
        context: typer.Context,
        items: list[str] = typer.Argument(
            None,
            metavar="OLD NEW | REVISION [REVISION] [-- FILE...]",
            help="Two workflows or prompts, pictures or other files that carry one, or two folders of them; "
            "- is stdin. Or one or two revisions of git, and the files to compare; all that changed if there "
            "are none.",
            show_default=False,
        ),
        form: str = typer.Option(
            "text",
            "--format",
            metavar="FORMAT",
            help=f"What to write: {', '.join(_FORMS)}.",
            autocompletion=lambda: list(_FORMS),
        ),
        output: Path | None = typer.Option(
            None, "--output", "-o", metavar="FILE", help="Write the result to this file; - is stdout."
        ),
        what_runs: bool = typer.Option(
            False, "--what-runs", help="Compare the prompts, and in them only the nodes that make an output."
        ),
        exit_zero: bool = typer.Option(False, "--exit-zero", help="Exit with 0 even if something changed."),
        object_info: str = OBJECT_INFO,
        custom_nodes: list[str] = CUSTOM_NODES,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        as_json: bool = JSON,
        limits: list[str] = LIMIT,
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
    ) -> None:
        """Show what changed from one workflow to another in meaning: nodes, values and links by name."""
        from comfyc.cli.work.diff_files import DiffJob, diff_files  # noqa: PLC0415

        job = DiffJob.of(
            form,
            file_or_stdout(output),
            what_runs=what_runs,
            exit_zero=exit_zero,
            verbose=verbose,
            quiet=quiet,
            as_json=as_json,
            limits=limits_of(limits),
            reads=(object_info,),
        )
        catalog = load_catalog(object_info, server, refresh=refresh, custom_nodes=custom_nodes)
        raise typer.Exit(diff_files(items or [], context.meta.get(_BEHIND, []), catalog, job))
