"""``comfyc set``."""

from __future__ import annotations

from pathlib import Path

import typer

from comfyc.cli.flags.apps import IN
from comfyc.cli.flags.common import (
    CUSTOM_NODES,
    JSON,
    LIMIT,
    OBJECT_INFO,
    ONE_SERVER,
    QUIET,
    REFRESH,
    SET,
    SET_ALL,
    STRICT,
    UNLINK,
    VERBOSE,
    file_or_stdout,
    limits_of,
    load_catalog,
)
from comfyc.diagnostics import ComfycError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("set")
    def set_values(
        files: list[str] = typer.Argument(
            ...,
            metavar="FILE...",
            help="A workflow file, or a picture or other file that carries a workflow; - is stdin; job files "
            "(TOML, JSON or YAML) with values for it.",
        ),
        assignments: list[str] = SET,
        of_app: list[str] = IN,
        set_all: bool = SET_ALL,
        unlink: bool = UNLINK,
        output: Path | None = typer.Option(
            None,
            "--output",
            "-o",
            metavar="FILE",
            help="Write the result to this file, which may be FILE itself; - is stdout.",
        ),
        force: bool = typer.Option(
            False,
            "--force",
            help="Write the workflow even if a value that is set breaks a rule of its input.",
        ),
        object_info: str = OBJECT_INFO,
        custom_nodes: list[str] = CUSTOM_NODES,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        as_json: bool = JSON,
        limits: list[str] = LIMIT,
        strict: bool = STRICT,
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
    ) -> None:
        """Set values in a workflow and write the workflow, in which nothing else changes.

        The values are written where the editor holds them, so that it opens the workflow with them. The
        workflow is written to stdout, or to the file of -o; findings go to stderr.
        """
        from comfyc.cli.output.writing import texts_read  # noqa: PLC0415
        from comfyc.cli.work.job_files import take_jobs  # noqa: PLC0415
        from comfyc.cli.work.set_in_file import SetJob, refuse_jobs, set_in_file  # noqa: PLC0415

        given = take_jobs(files)
        if len(given.names) > 1:
            raise ComfycError(
                f"expected one workflow, got {len(given.names)}", "call comfyc set for each of them"
            )
        job = SetJob(
            given.requests(assignments, of_app, several=set_all, unlink=unlink),
            file_or_stdout(output),
            limits_of(limits),
            force=force,
            strict=strict,
            verbose=verbose,
            quiet=quiet,
            as_json=as_json,
            reads=(object_info, *texts_read([*assignments, *of_app]), *given.reads),
        )
        if given.reports:
            raise typer.Exit(refuse_jobs(given, job))
        catalog = load_catalog(object_info, server, refresh=refresh, custom_nodes=custom_nodes)
        raise typer.Exit(set_in_file(given.names[0], catalog, job))
