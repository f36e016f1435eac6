"""``comfyc convert``."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from pathlib import Path

import typer

from converter.cli.flags import OBJECT_INFO, QUIET, REFRESH, SET, SET_ALL, STRICT, VERBOSE, load_catalog
from converter.diagnostics import ConverterError


class Meta(str, Enum):
    """Choices of ``--meta``."""

    FULL = "full"
    TITLE = "title"
    NONE = "none"


class Choice(str, Enum):
    """Choices of ``--dynamic-prompts``."""

    RANDOM = "random"
    FIRST = "first"
    KEEP = "keep"


class Button(str, Enum):
    """Choices of ``--as``."""

    EXPORT = "export"
    QUEUE = "queue"


class Unknown(str, Enum):
    """Choices of ``--unknown``."""

    NAMED = "class"
    BROWSER = "browser"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def convert(
        files: list[str] = typer.Argument(
            ..., metavar="FILE...", help="Workflows, or pictures that carry one; - is stdin."
        ),
        output: Path | None = typer.Option(
            None, "--output", "-o", help="Write to this file instead of stdout."
        ),
        out_dir: Path | None = typer.Option(
            None, "--out-dir", help="Write each file to this folder, as NAME.json."
        ),
        object_info: str = OBJECT_INFO,
        refresh: bool = REFRESH,
        assignments: list[str] = SET,
        set_all: bool = SET_ALL,
        meta: Meta = typer.Option(Meta.FULL, help="What of _meta to write."),
        unknown: Unknown = typer.Option(
            Unknown.NAMED, help="Unknown node types: keep their class, or as the browser."
        ),
        button: Button = typer.Option(
            Button.EXPORT, "--as", help="What File > Export (API) gives, or what the Queue button would run."
        ),
        dynamic_prompts: Choice = typer.Option(Choice.RANDOM, help="Which alternative of {a|b} to write."),
        random_seed: int | None = typer.Option(None, help="Make the choices of dynamic prompts repeatable."),
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
        strict: bool = STRICT,
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
        jobs: int = typer.Option(0, help="Processes for --out-dir; 0 is one for each core.", min=0),
    ) -> None:
        """Convert workflows to the API format, exactly as File > Export (API) does.

        The prompt goes to stdout (or -o, --out-dir), findings to stderr.
        """
        from converter.api import DynamicPrompts, Options, UnknownTypes  # noqa: PLC0415
        from converter.cli.batch import Job, run_batch, run_one  # noqa: PLC0415

        options = Options(
            meta=meta.value,
            js_numbers=js_numbers or browser_exact,
            unknown=UnknownTypes.BROWSER if browser_exact else UnknownTypes(unknown.value),
            dynamic_prompts=DynamicPrompts(dynamic_prompts.value),
            random_seed=random_seed,
            now=parse_time(now) if now else None,
            as_queue=button is Button.QUEUE,
            browser_exact=browser_exact,
        )
        job = Job(options, tuple(assignments), set_all=set_all, strict=strict, verbose=verbose, quiet=quiet)
        if out_dir is None and len(files) > 1:
            raise ConverterError("several files need a place for each result", "pass --out-dir FOLDER")
        if out_dir is not None and output is not None:
            raise ConverterError("--output and --out-dir exclude each other", "pass one of them")
        catalog = load_catalog(object_info, refresh=refresh)
        if out_dir is not None:
            raise typer.Exit(run_batch(files, out_dir, catalog, job, jobs))
        raise typer.Exit(run_one(files[0], output, catalog, job))


def parse_time(text: str) -> datetime:
    """The moment that ``--now`` names; a time zone is dropped, as the browser shows local time."""
    try:
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=None)
    except ValueError as error:
        raise ConverterError(f"'{text}' is no time", "write it as 2026-01-31T12:30:00") from error
