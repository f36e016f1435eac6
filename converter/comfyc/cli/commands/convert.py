"""``comfyc convert``."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

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
    ONE_SERVER,
    QUIET,
    RANDOM_SEED,
    REFRESH,
    SET,
    SET_ALL,
    SKIP_OTHERS,
    STRICT,
    TOKEN,
    TRUST_CONFIG,
    VERBOSE,
    file_or_stdout,
    limits_of,
    load_catalog,
)
from comfyc.diagnostics import ComfycError
from comfyc.options import Button, DynamicPrompts, Meta, Options, UnknownTypes
from comfyc.report.formats import REPORT_NAMES

if TYPE_CHECKING:
    from comfyc.cli.output.reports import Report


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def convert(
        paths: list[str] = typer.Argument(
            ...,
            metavar="PATH...",
            help="Workflows, pictures that carry one; folders, patterns; - is stdin.",
        ),
        output: Path | None = typer.Option(
            None, "--output", "-o", metavar="FILE", help="Write the prompt to this file; - is stdout."
        ),
        out_dir: Path | None = typer.Option(
            None,
            "--out-dir",
            metavar="FOLDER",
            help="Write each prompt to this folder as NAME.json, in the sub-folders that the files are in.",
        ),
        form: str = typer.Option(
            "text",
            "--format",
            metavar="FORMAT",
            help=f"Of the findings: {', '.join(REPORT_NAMES)}.",
        ),
        also: list[str] = ALSO,
        as_json: bool = JSON,
        object_info: str = OBJECT_INFO,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        assignments: list[str] = SET,
        set_all: bool = SET_ALL,
        meta: Meta = typer.Option(Meta.FULL, help="What of _meta to write."),
        unknown: UnknownTypes = typer.Option(
            UnknownTypes.FROM_FILE, help="Unknown node types: keep their class, or as the browser."
        ),
        button: Button = typer.Option(
            Button.EXPORT, "--as", help="What File > Export (API) gives, or what the Queue button would run."
        ),
        dynamic_prompts: DynamicPrompts = typer.Option(
            DynamicPrompts.RANDOM, help="Which alternative of {a|b} to write."
        ),
        random_seed: int | None = RANDOM_SEED,
        now: str = typer.Option(
            "", metavar="ISO-TIME", help="The time that %date:...% shows.", show_default=False
        ),
        js_numbers: bool = typer.Option(
            False, "--js-numbers", help="Round integers beyond 2^53 as the browser does."
        ),
        browser_exact: bool = typer.Option(
            False,
            "--browser-exact",
            help="Write what the browser writes even where it defies the file; implies --js-numbers and"
            " --unknown browser.",
        ),
        skip_others: bool = SKIP_OTHERS,
        allow_empty: bool = ALLOW_EMPTY,
        trust_config: bool = TRUST_CONFIG,
        limits: list[str] = LIMIT,
        strict: bool = STRICT,
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
        jobs: int = JOBS,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
    ) -> None:
        """Convert workflows to the API format, exactly as File > Export (API) does.

        The prompt goes to stdout (or -o, --out-dir), findings to stderr.
        """
        from comfyc.cli.output.writing import texts_read  # noqa: PLC0415
        from comfyc.cli.work.convert_one import Job, run_one  # noqa: PLC0415

        options = Options(
            meta=meta,
            js_numbers=js_numbers or browser_exact,
            unknown=UnknownTypes.BROWSER if browser_exact else unknown,
            dynamic_prompts=dynamic_prompts,
            random_seed=random_seed,
            now=parse_time(now) if now else None,
            button=button,
            browser_exact=browser_exact,
            limits=limits_of(limits),
        )
        if out_dir is not None and output is not None:
            raise ComfycError("--output and --out-dir exclude each other", "pass one of them")
        output = file_or_stdout(output)
        on_stdout = as_json or (output is None and out_dir is None)
        job = Job(
            options,
            tuple(assignments),
            set_all=set_all,
            strict=strict,
            verbose=verbose,
            quiet=quiet,
            form=form,
            also=_also(form, also, taken=on_stdout),
            as_json=as_json,
            skip_others=skip_others,
            allow_empty=allow_empty,
            trusts=trust_config,
            reads=(object_info, cacert, *texts_read(assignments)),
        )
        catalog = load_catalog(
            object_info,
            server,
            refresh=refresh,
            headers=headers,
            token=token,
            cacert=cacert,
            insecure=insecure,
        )
        if out_dir is None and not skip_others and len(paths) == 1 and is_one_file(paths[0]):
            raise typer.Exit(run_one(paths[0], output, catalog, job))
        from comfyc.cli.work.convert_files import run_batch  # noqa: PLC0415

        raise typer.Exit(run_batch(paths, out_dir or output, catalog, job, jobs, single=out_dir is None))


def _also(form: str, also: list[str], *, taken: bool) -> tuple[Report, ...]:
    """The reports of ``--also``; ``ComfycError`` if one of them, or the form, is none."""
    if form == "text" and not also:
        return ()
    from comfyc.cli.output.reports import also_reports, named_form  # noqa: PLC0415

    named_form(form)
    return tuple(also_reports(also, taken=taken))


def is_one_file(path: str) -> bool:
    """Whether a path leads to one file, and not to any number of them as folders and patterns do."""
    return path == "-" or (os.path.lexists(path) and not os.path.isdir(path))


def parse_time(text: str) -> datetime:
    """The moment that ``--now`` names; a time zone is dropped, as the browser shows local time."""
    try:
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=None)
    except ValueError as error:
        raise ComfycError(f"'{text}' is no time", "write it as 2026-01-31T12:30:00") from error
