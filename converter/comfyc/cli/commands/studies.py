"""``comfyc studies list | show``, ``comfyc resume`` and ``comfyc retry``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from comfyc.cli.flags.common import CACERT, HEADER, INSECURE, JSON, QUIET, REFRESH, TOKEN, VERBOSE
from comfyc.cli.flags.outcomes import IDLE, PROGRESS, SHOW, TIMEOUT, Progress, pace_of
from comfyc.cli.flags.outcomes import JSON as JSON_LINES
from comfyc.cli.flags.running import ALLOW_SPEND, AT_LEAST_ONCE, CONCURRENCY, ENGINE
from comfyc.cli.flags.servers import API_KEY_FILE, SERVER, WAIT_FOR_SERVER

if TYPE_CHECKING:
    from comfyc.running import Server
    from comfyc.safety.limits import Limits

_STUDY = typer.Argument(..., metavar="FOLDER", help="The folder of the study (--out-dir of comfyc run).")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="List studies and show their results.", invoke_without_command=True)
    app.add_typer(group, name="studies")

    @group.callback()
    def studies(ctx: typer.Context) -> None:
        if ctx.invoked_subcommand is None:
            list_([], as_json=False)

    @group.command("list")
    def list_(
        folders: list[Path] = typer.Argument(
            None, metavar="[FOLDER...]", help="Look below these folders. Default: the current one."
        ),
        as_json: bool = JSON,
    ) -> None:
        """List the studies below a folder: their rows, and how many are done, failed and left."""
        from comfyc.cli.work.show_studies import list_studies  # noqa: PLC0415

        raise typer.Exit(list_studies(folders or [Path()], as_json=as_json))

    @group.command()
    def show(
        folder: Path = _STUDY,
        as_csv: bool = typer.Option(False, "--csv", help="Print the table of results as CSV."),
        junit: bool = typer.Option(False, "--junit", help="Write JUnit XML, with a test case for each row."),
        github: bool = typer.Option(
            False, "--github", help="Print annotations of failed rows for a job of GitHub Actions."
        ),
        as_markdown: bool = typer.Option(
            False, "--markdown", help="Write a summary in Markdown, with a table of the failed rows."
        ),
        output: Path | None = typer.Option(
            None, "--output", "-o", metavar="FILE", help="Write to this file instead of stdout."
        ),
        as_json: bool = JSON,
    ) -> None:
        """Show the results of a study: a row for each run, with its parameters, state and files."""
        from comfyc.cli.work.show_studies import show_study  # noqa: PLC0415

        forms = {"csv": as_csv, "junit": junit, "github": github, "markdown": as_markdown, "json": as_json}
        raise typer.Exit(show_study(folder, output, [name for name, given in forms.items() if given]))

    app.command("resume")(_going_on("resume"))
    app.command("retry")(_going_on("retry"))


def _going_on(command: str) -> Callable[..., None]:
    """The function of a command that goes on with a study."""

    def go_on(
        folder: Path = _STUDY,
        servers: list[str] = SERVER,
        allow_spend: bool = ALLOW_SPEND,
        at_least_once: bool = AT_LEAST_ONCE,
        concurrency: int | None = CONCURRENCY,
        engine: str | None = ENGINE,
        timeout: float | None = TIMEOUT,
        idle_timeout: float | None = IDLE,
        progress: Progress = PROGRESS,
        pictures: bool = SHOW,
        as_json: bool = JSON_LINES,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
        api_key_file: Path | None = API_KEY_FILE,
        wait_for_server: float = WAIT_FOR_SERVER,
        refresh: bool = REFRESH,
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
    ) -> None:
        from comfyc.cli.flags.servers import Login, open_servers  # noqa: PLC0415
        from comfyc.cli.work.go_on import go_on_with  # noqa: PLC0415
        from comfyc.cli.work.prepare_files import Errand  # noqa: PLC0415
        from comfyc.cli.work.report_runs import Show  # noqa: PLC0415
        from comfyc.running import Saving, ServerLimits  # noqa: PLC0415

        errand = Errand(
            Saving(folder),
            allow_spend=allow_spend,
            at_least_once=at_least_once,
            concurrency=concurrency,
            engine=engine,
            refresh=refresh,
            patience=wait_for_server,
        )
        choice = Show(
            progress="none" if quiet and progress is Progress.AUTO else progress.value,
            as_json=as_json,
            pictures=pictures,
            verbose=verbose,
            quiet=quiet,
            command=command,
        )
        login = Login(headers, token, cacert, insecure, api_key_file)
        pace = pace_of(timeout, idle_timeout)

        def opened_at(urls: Sequence[str], limits: Limits) -> list[Server]:
            return open_servers(urls, login, pace, ServerLimits(outputs=limits.outputs))

        code = go_on_with(folder, servers, opened_at, errand, choice, is_retry=command == "retry")
        raise typer.Exit(code)

    go_on.__doc__ = {
        "resume": "Make what is left of a study: rows that were sent are looked for on their servers first.",
        "retry": "Make the failed rows of a study again, and what is left of it.",
    }[command]
    return go_on
