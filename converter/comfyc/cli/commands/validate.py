"""``comfyc validate``."""

from __future__ import annotations

from pathlib import Path

import typer

from comfyc.cli.flags.common import (
    ALLOW_EMPTY,
    ALSO,
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
    codes_of,
    limits_of,
)
from comfyc.cli.flags.corpora import ENGINE, asks_for_table, named_catalog, refuse_beside_table, scheduler_of
from comfyc.cli.flags.servers import Login
from comfyc.diagnostics import ComfycError
from comfyc.options import Button, DynamicPrompts, Options
from comfyc.report.formats import REPORT_NAMES, VALIDATE_NAMES, VERDICT, described


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def validate(
        paths: list[str] = typer.Argument(
            None,
            metavar="[PATH...]",
            help="Workflows, prompts, or pictures and other files that carry one; folders and patterns; - "
            "is stdin. "
            "Default: the current folder.",
            show_default=False,
        ),
        form: str = typer.Option(
            "",
            "--format",
            metavar="FORMAT",
            help=f"{', '.join(REPORT_NAMES)}; {described(VERDICT)}. Default: the format in the settings, "
            "else text.",
            show_default=False,
            autocompletion=lambda: VALIDATE_NAMES,
        ),
        output: Path | None = typer.Option(
            None,
            "--output",
            "-o",
            metavar="FILE",
            help="Write the report to this file; - is stdout. A "
            "file that ends in .parquet gets a table, see --engine.",
        ),
        also: list[str] = ALSO,
        as_json: bool = JSON,
        object_info: str = OBJECT_INFO,
        custom_nodes: list[str] = CUSTOM_NODES,
        server: str = typer.Option(
            "",
            "--server",
            metavar="URL",
            help="Take the node catalogue and the list of input files from this server.",
            show_default=False,
        ),
        refresh: bool = REFRESH,
        select: list[str] = typer.Option(
            [],
            "--select",
            metavar="CODE,...",
            help="Show only findings with these codes, beginnings of codes (P3) or names.",
        ),
        ignore: list[str] = typer.Option(
            [],
            "--ignore",
            metavar="CODE,...",
            help="Hide findings with these codes, beginnings of codes or names.",
        ),
        fix: bool = typer.Option(
            False,
            "--fix",
            help="Repair what is safe to repair, and write the files; the standard input goes to stdout.",
        ),
        diff: bool = typer.Option(
            False, "--diff", help="Show what --fix would change, and change nothing; exit with 1 if it would."
        ),
        baseline: Path | None = typer.Option(
            None, "--baseline", metavar="FILE", help="Hide the findings that this file knows."
        ),
        write_baseline: bool = typer.Option(
            False, "--write-baseline", help="Record the findings of today in the baseline, which hides them."
        ),
        since: str = typer.Option(
            "",
            "--since",
            metavar="REVISION",
            help="Leave out files that mean the same as at this revision of git, whatever was moved in them.",
            show_default=False,
        ),
        strict: bool = STRICT,
        button: Button = typer.Option(
            Button.EXPORT,
            "--as",
            help="Validate what File > Export (API) gives, or what the Queue button would run.",
        ),
        assume_files: bool = typer.Option(
            False, "--assume-files", help="Assume that all models and input files exist on the server."
        ),
        skip_others: bool = SKIP_OTHERS,
        allow_empty: bool = ALLOW_EMPTY,
        limits: list[str] = LIMIT,
        exit_zero: bool = typer.Option(False, "--exit-zero", help="Exit with 0 even if errors are found."),
        statistics: bool = typer.Option(False, "--statistics", help="Count the findings by rule, on stderr."),
        trust_config: bool = TRUST_CONFIG,
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
        jobs: int = JOBS,
        engine: str | None = ENGINE,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
    ) -> None:
        """Report problems in workflows and prompts, and what a server would reject.

        The settings of a repository are read from comfyc.toml or from [tool.comfyc] in pyproject.toml.
        """
        from comfyc.cli.output.reports import validate_reports  # noqa: PLC0415
        from comfyc.cli.work.fix_files import FixMode  # noqa: PLC0415
        from comfyc.cli.work.validate_files import (  # noqa: PLC0415
            Wishes,
            form_of_settings,
            server_choice,
            validate_paths,
        )
        from comfyc.cli.work.validate_one import Flags  # noqa: PLC0415

        paths = paths or ["."]
        if server and object_info:
            raise ComfycError("--server and --object-info cannot be used together", "pass one of them")
        if asks_for_table(paths, output, engine):
            refuse_beside_table(
                {
                    "--format": form,
                    "--also": also,
                    "--json": as_json,
                    "--select": select,
                    "--ignore": ignore,
                    "--fix": fix,
                    "--diff": diff,
                    "--baseline": baseline,
                    "--write-baseline": write_baseline,
                    "--since": since,
                    "--statistics": statistics,
                }
            )
            from comfyc.cli.work.tabulate import CorpusJob, tabulate  # noqa: PLC0415
            from comfyc.corpora.rows import Examiner, options_of  # noqa: PLC0415
            from comfyc.needs import Stock  # noqa: PLC0415

            catalog = named_catalog(
                object_info,
                server,
                refresh=refresh,
                headers=headers,
                token=token,
                cacert=cacert,
                insecure=insecure,
                custom_nodes=custom_nodes,
            )
            options = options_of(
                Options(button=button, dynamic_prompts=DynamicPrompts.KEEP, limits=limits_of(limits))
            )
            table = CorpusJob(
                "validate",
                Examiner(Stock(catalog), options, assume_files=assume_files, strict=strict),
                output,
                scheduler_of(engine),
                jobs,
                exit_zero=exit_zero,
                skip_others=skip_others,
                allow_empty=allow_empty,
                trusts=trust_config,
                quiet=quiet,
            )
            raise typer.Exit(tabulate(paths, table))
        if diff and write_baseline:
            raise ComfycError("--diff and --write-baseline cannot be used together", "leave out one of them")
        if diff and (form or output or also or as_json):
            raise ComfycError("--diff prints differences and no report", "leave out the flags of reports")
        wishes = Wishes(
            Flags(
                object_info,
                codes_of(select),
                codes_of(ignore),
                strict,
                assume_files,
                button,
                limits_of(limits),
                tuple(custom_nodes),
                FixMode.DIFF if diff else FixMode.WRITE if fix else FixMode.MARK,
                str(baseline or ""),
            ),
            ()
            if diff
            else validate_reports(
                form or form_of_settings(paths[0], trusts=trust_config),
                output,
                also,
                as_json=as_json,
                taken=fix and "-" in paths,
            ),
            as_json=as_json,
            skip_others=skip_others,
            allow_empty=allow_empty,
            exit_zero=exit_zero,
            statistics=statistics,
            verbose=verbose,
            quiet=quiet,
            jobs=jobs,
            refresh=refresh,
            since=since,
            writes_baseline=write_baseline,
            trusts=trust_config,
            keys={"headers": headers, "token": token, "cacert": cacert, "insecure": insecure},
        )
        login = Login(headers, token, cacert, insecure)
        raise typer.Exit(validate_paths(paths, wishes, server_choice(server, login) if server else None))
