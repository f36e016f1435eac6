"""``comfyc format``."""

from __future__ import annotations

from pathlib import Path

import typer

from comfyc.cli.flags.common import (
    ALLOW_EMPTY,
    CUSTOM_NODES,
    JOBS,
    JSON,
    LIMIT,
    OBJECT_INFO,
    ONE_SERVER,
    QUIET,
    REFRESH,
    SKIP_OTHERS,
    TRUST_CONFIG,
    VERBOSE,
    file_or_stdout,
    limits_of,
    load_catalog,
)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("format")
    def format_paths(
        paths: list[str] = typer.Argument(
            ...,
            metavar="PATH...",
            help="Workflows and prompts; folders and patterns; - is stdin, and the result goes to stdout.",
        ),
        output: Path | None = typer.Option(
            None,
            "--output",
            "-o",
            metavar="FILE",
            help="Write the result to this file, and leave the file itself as it is; - is stdout.",
        ),
        check: bool = typer.Option(
            False, "--check", help="Write nothing; exit with 1 and name the files that would change."
        ),
        diff: bool = typer.Option(
            False, "--diff", help="Write nothing; exit with 1 and show what would change."
        ),
        strip_seeds: bool = typer.Option(
            False, "--strip-seeds", help="Set all seeds to 0, so that versions differ in what was changed."
        ),
        strip_names: bool = typer.Option(
            False,
            "--strip-names",
            help="Take out what is yours before you share a workflow: prompts and other texts, and the names "
            "of files and folders. Models, notes and titles stay.",
        ),
        object_info: str = OBJECT_INFO,
        custom_nodes: list[str] = CUSTOM_NODES,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        as_json: bool = JSON,
        skip_others: bool = SKIP_OTHERS,
        allow_empty: bool = ALLOW_EMPTY,
        limits: list[str] = LIMIT,
        trust_config: bool = TRUST_CONFIG,
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
        jobs: int = JOBS,
    ) -> None:
        """Write workflows and prompts in one layout, in place, so that git shows what differs.

        The part of the canvas that is in view is left out; nothing else is. A file that is in the layout
        already is not written. The catalogue is for --strip-seeds and --strip-names, which change values.
        """
        from comfyc.cli.work.format_files import FormatWishes, format_all  # noqa: PLC0415
        from comfyc.formatting import Stripping  # noqa: PLC0415

        catalog = None
        if strip_seeds or strip_names:
            catalog = load_catalog(object_info, server, refresh=refresh, custom_nodes=custom_nodes)
        wishes = FormatWishes(
            Stripping(strip_seeds, strip_names, catalog),
            output=file_or_stdout(output),
            to_stdout=output is not None and file_or_stdout(output) is None,
            check=check,
            diff=diff,
            as_json=as_json,
            skip_others=skip_others,
            allow_empty=allow_empty,
            limits=limits_of(limits),
            trusts=trust_config,
            verbose=verbose,
            quiet=quiet,
            jobs=jobs,
        )
        raise typer.Exit(format_all(paths, wishes))
