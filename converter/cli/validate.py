"""``comfyc validate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from converter.cli.connect import CACERT, HEADER, INSECURE, TOKEN, Login
from converter.cli.convert import Button
from converter.cli.flags import OBJECT_INFO, QUIET, REFRESH, STRICT, VERBOSE
from converter.diagnostics import ConverterError

if TYPE_CHECKING:
    from converter.cli.validating import Report, ServerChoice


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def validate(
        paths: list[str] = typer.Argument(
            ..., metavar="PATH...", help="Workflows, prompts, pictures that carry one; folders; - is stdin."
        ),
        form: str = typer.Option(
            "text",
            "--format",
            metavar="FORMAT",
            help="text, concise, json, sarif, junit, github, markdown; server is the server's verdict.",
        ),
        output: Path | None = typer.Option(
            None, "--output", "-o", help="Write the report to this file instead of stdout."
        ),
        also: list[str] = typer.Option(
            [], "--also", metavar="FORMAT=FILE", help="Write another report as well.", show_default=False
        ),
        object_info: str = OBJECT_INFO,
        server: str = typer.Option(
            "",
            "--server",
            metavar="URL",
            help="Take the catalogue, and which input files there are, from this server.",
            show_default=False,
        ),
        refresh: bool = REFRESH,
        select: list[str] = typer.Option(
            [], "--select", metavar="CODE,...", help="Show only these: codes, their beginnings, names."
        ),
        ignore: list[str] = typer.Option([], "--ignore", metavar="CODE,...", help="Do not show these."),
        strict: bool = STRICT,
        button: Button = typer.Option(
            Button.EXPORT, "--as", help="Judge what Export (API) gives, or what the Queue button would run."
        ),
        assume_files: bool = typer.Option(
            False, "--assume-files", help="Take every model and input file to be on the server."
        ),
        skip_others: bool = typer.Option(
            False,
            "--skip-others",
            help="Treat named files as if found in a folder: skip what holds no workflow or is excluded.",
        ),
        exit_zero: bool = typer.Option(False, "--exit-zero", help="Exit with 0 whatever is found."),
        statistics: bool = typer.Option(False, "--statistics", help="Count the findings by rule, on stderr."),
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
        jobs: int = typer.Option(0, help="Processes; 0 is one for each core.", min=0),
        header: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
    ) -> None:
        """Tell what is wrong with workflows and prompts, and what a server would say.

        Settings of a repository are read from the table tool.comfyc of pyproject.toml, or from comfyc.toml.
        """
        from converter.cli.judging import Flags  # noqa: PLC0415
        from converter.cli.validating import Report, Wishes, validate_paths  # noqa: PLC0415

        if server and object_info:
            raise ConverterError("--server and --object-info exclude each other", "pass one of them")
        wishes = Wishes(
            Flags(object_info, _codes(select), _codes(ignore), strict, assume_files, button is Button.QUEUE),
            (Report(_form(form), output), *map(_report, also)),
            skip_others=skip_others,
            exit_zero=exit_zero,
            statistics=statistics,
            verbose=verbose,
            quiet=quiet,
            jobs=jobs,
            refresh=refresh,
        )
        login = Login(header, token, cacert, insecure)
        raise typer.Exit(validate_paths(paths, wishes, _choose(server, login) if server else None))


def _codes(given: list[str]) -> tuple[str, ...]:
    return tuple(word for words in given for word in words.split(",") if word.strip())


def _form(name: str) -> str:
    from converter.cli.validating import FORMATS  # noqa: PLC0415

    if name not in FORMATS:
        raise ConverterError(f"there is no format '{name}'", f"use one of {', '.join(FORMATS)}")
    return name


def _report(given: str) -> Report:
    from converter.cli.validating import Report  # noqa: PLC0415

    form, found, file = given.partition("=")
    if not found or not file:
        raise ConverterError(f"'{given}' is no report", "write it as FORMAT=FILE: --also sarif=comfyc.sarif")
    return Report(_form(form), Path(file))


def _choose(url: str, login: Login) -> ServerChoice:
    """The server's own catalogue, asked for now: its lists of files are to be those of today."""
    from converter.cli.connect import catalog_of, open_servers  # noqa: PLC0415
    from converter.cli.validating import ServerChoice  # noqa: PLC0415
    from converter.server.inputs import InputFiles  # noqa: PLC0415

    access = open_servers([url], login)[0].access
    return ServerChoice(catalog_of(access, refresh=True), InputFiles(access))
