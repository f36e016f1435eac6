"""``comfyc validate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from comfyc.cli.flags.servers import Login
from comfyc.cli.flags.shared import (
    ALLOW_EMPTY,
    ALSO,
    CACERT,
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
    file_or_stdout,
    limits_of,
)
from comfyc.diagnostics import ComfycError
from comfyc.options import Button
from comfyc.report.formats import REPORT_NAMES, VALIDATE_NAMES, VERDICT, described

if TYPE_CHECKING:
    from comfyc.cli.output.reports import Report
    from comfyc.cli.work.validate_files import ServerChoice


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def validate(
        paths: list[str] = typer.Argument(
            None,
            metavar="[PATH...]",
            help="Workflows, prompts, pictures that carry one; folders, patterns; - is stdin. "
            "Default: this folder.",
            show_default=False,
        ),
        form: str = typer.Option(
            "",
            "--format",
            metavar="FORMAT",
            help=f"{', '.join(REPORT_NAMES)}; {described(VERDICT)}. Default: as the settings say, else text.",
            show_default=False,
        ),
        output: Path | None = typer.Option(
            None, "--output", "-o", metavar="FILE", help="Write the report to this file; - is stdout."
        ),
        also: list[str] = ALSO,
        as_json: bool = JSON,
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
        skip_others: bool = SKIP_OTHERS,
        allow_empty: bool = ALLOW_EMPTY,
        limits: list[str] = LIMIT,
        exit_zero: bool = typer.Option(False, "--exit-zero", help="Exit with 0 whatever is found."),
        statistics: bool = typer.Option(False, "--statistics", help="Count the findings by rule, on stderr."),
        trust_config: bool = TRUST_CONFIG,
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
        jobs: int = JOBS,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
    ) -> None:
        """Tell what is wrong with workflows and prompts, and what a server would say.

        Settings of a repository are read from the table tool.comfyc of pyproject.toml, or from comfyc.toml.
        """
        from comfyc.cli.work.judge import Flags  # noqa: PLC0415
        from comfyc.cli.work.validate_files import Wishes, validate_paths  # noqa: PLC0415

        paths = paths or ["."]
        if server and object_info:
            raise ComfycError("--server and --object-info exclude each other", "pass one of them")
        wishes = Wishes(
            Flags(
                object_info,
                _codes(select),
                _codes(ignore),
                strict,
                assume_files,
                button,
                limits_of(limits),
            ),
            _reports(form or _form_of_settings(paths[0], trusts=trust_config), output, also, as_json=as_json),
            as_json=as_json,
            skip_others=skip_others,
            allow_empty=allow_empty,
            exit_zero=exit_zero,
            statistics=statistics,
            verbose=verbose,
            quiet=quiet,
            jobs=jobs,
            refresh=refresh,
            trusts=trust_config,
            keys={"headers": headers, "token": token, "cacert": cacert, "insecure": insecure},
        )
        login = Login(headers, token, cacert, insecure)
        raise typer.Exit(validate_paths(paths, wishes, _choose(server, login) if server else None))


def _codes(given: list[str]) -> tuple[str, ...]:
    return tuple(word for words in given for word in words.split(",") if word.strip())


def _form_of_settings(path: str, *, trusts: bool) -> str:
    """What the settings for the first path say; "" if they say nothing."""
    from comfyc.cli.settings.configuration import Configurations  # noqa: PLC0415
    from comfyc.cli.work.paths import searched_by  # noqa: PLC0415

    return Configurations(trusts=trusts).of(path, searched_by(path)).format


def _reports(form: str, output: Path | None, also: list[str], *, as_json: bool) -> tuple[Report, ...]:
    """The reports to write, the one of ``--format`` first: it makes way for ``--also FORMAT=-``, and under
    ``--json`` it is written only to a file."""
    from comfyc.cli.output.reports import (  # noqa: PLC0415
        Report,
        also_reports,
        named_form,
    )

    file = file_or_stdout(output)
    others = also_reports(also, VALIDATE_NAMES, taken=as_json or (output is not None and file is None))
    main = Report(
        named_form(form or ("json" if as_json else "text"), VALIDATE_NAMES),
        file,
        on_stderr=file is None and any(one.on_stdout for one in others),
    )
    return (*others,) if as_json and file is None else (main, *others)


def _choose(url: str, login: Login) -> ServerChoice:
    """The server's own catalogue, asked for now: its lists of files are to be those of today."""
    from comfyc.cli.flags.servers import catalog_of, open_servers  # noqa: PLC0415
    from comfyc.cli.work.validate_files import ServerChoice  # noqa: PLC0415
    from comfyc.running.client.inputs import InputFiles  # noqa: PLC0415

    access = open_servers([url], login)[0].access
    return ServerChoice(catalog_of(access, refresh=True), InputFiles(access))
