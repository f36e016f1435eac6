"""``comfyc convert-and-run``, also called ``comfyc run``."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from comfyc.cli.flags.apps import IN, OUTPUTS, Outputs
from comfyc.cli.flags.common import (
    CACERT,
    HEADER,
    INSECURE,
    LIMIT,
    QUIET,
    RANDOM_SEED,
    REFRESH,
    SET,
    SET_ALL,
    STRICT,
    TOKEN,
    UNLINK,
    VERBOSE,
    file_or_stdout,
    limits_of,
)
from comfyc.cli.flags.outcomes import (
    ALLOW_PARTIAL,
    IDLE,
    JSON,
    OUT_DIR,
    OVERWRITE,
    PREVIEW,
    PROGRESS,
    SAVE_TEXT,
    SHOW,
    TIMEOUT,
    Progress,
    pace_of,
)
from comfyc.cli.flags.running import (
    ACCESS,
    AFTER_PLANNING,
    ALLOW_DOWNLOAD,
    ALLOW_PRIVATE_DOWNLOADS,
    ALLOW_SPEND,
    AT_LEAST_ONCE,
    BUTTON,
    CONCURRENCY,
    COUNT,
    DRY_RUN,
    ENGINE,
    FORCE,
    FRONT,
    NO_EMBED,
    NO_WAIT,
    ONLY,
    PRINT_PROMPT,
    SEED,
)
from comfyc.cli.flags.servers import API_KEY_FILE, SERVER, WAIT_FOR_SERVER
from comfyc.cli.flags.studies import (
    ASSERT,
    EACH,
    GOLDEN,
    GOLDEN_DISTANCE,
    GRID,
    KEEP_ORDER,
    NAME,
    TABLE,
    UPDATE_GOLDEN,
    ZIP,
    Expected,
    RowsAsked,
)
from comfyc.cli.work.run_command import RunCommand
from comfyc.diagnostics import ComfycError
from comfyc.options import Button

if TYPE_CHECKING:
    from comfyc.running import Server


def register(app: typer.Typer) -> None:
    """Add the command under both of its names."""
    app.command("run", cls=RunCommand)(run)
    app.command("convert-and-run", cls=RunCommand, short_help="The same as run.")(run)


def run(
    ctx: typer.Context,
    files: list[str] = typer.Argument(
        ...,
        metavar="FILE...",
        help="Workflows, prompts, or pictures and other files that carry one, - is stdin; job files (TOML, "
        "JSON or YAML) with values for them.",
    ),
    servers: list[str] = SERVER,
    assignments: list[str] = SET,
    of_app: list[str] = IN,
    set_all: bool = SET_ALL,
    unlink: bool = UNLINK,
    tables: list[str] = TABLE,
    grids: list[str] = GRID,
    zips: list[str] = ZIP,
    eaches: list[str] = EACH,
    seed: str | None = SEED,
    count: int | None = COUNT,
    name: str | None = NAME,
    keep_order: bool = KEEP_ORDER,
    outputs: Outputs = OUTPUTS,
    only: list[str] = ONLY,
    out_dir: Path = OUT_DIR,
    overwrite: bool = OVERWRITE,
    save_text: bool = SAVE_TEXT,
    no_embed: bool = NO_EMBED,
    assertions: list[str] = ASSERT,
    golden: Path | None = GOLDEN,
    golden_distance: int | None = GOLDEN_DISTANCE,
    update_golden: bool = UPDATE_GOLDEN,
    force: bool = FORCE,
    allow_spend: bool = ALLOW_SPEND,
    allow_download: bool = ALLOW_DOWNLOAD,
    allow_private_downloads: bool = ALLOW_PRIVATE_DOWNLOADS,
    allow_partial: bool = ALLOW_PARTIAL,
    no_wait: bool = NO_WAIT,
    at_least_once: bool = AT_LEAST_ONCE,
    front: bool = FRONT,
    concurrency: int | None = CONCURRENCY,
    engine: str | None = ENGINE,
    timeout: float | None = TIMEOUT,
    idle_timeout: float | None = IDLE,
    progress: Progress = PROGRESS,
    pictures: bool = SHOW,
    dry_run: bool = DRY_RUN,
    print_prompt: bool = PRINT_PROMPT,
    as_json: bool = JSON,
    preview: Path | None = PREVIEW,
    button: Button = BUTTON,
    random_seed: int | None = RANDOM_SEED,
    headers: list[str] = HEADER,
    token: str | None = TOKEN,
    cacert: Path | None = CACERT,
    insecure: bool = INSECURE,
    api_key_file: Path | None = API_KEY_FILE,
    wait_for_server: float = WAIT_FOR_SERVER,
    refresh: bool = REFRESH,
    limits: list[str] = LIMIT,
    strict: bool = STRICT,
    verbose: bool = VERBOSE,
    quiet: bool = QUIET,
) -> None:
    """Run workflows on a server: convert and check them by its catalogue, submit them, save outputs.

    The paths of the outputs are printed to stdout, one per line; progress and findings to stderr.
    """
    # ``plan`` calls this too: the context holds the file that the plan goes to
    from comfyc.cli.flags.servers import Login, open_servers  # noqa: PLC0415
    from comfyc.cli.output.writing import spare, texts_read  # noqa: PLC0415
    from comfyc.cli.work.job_files import take_jobs  # noqa: PLC0415
    from comfyc.cli.work.prepare_files import Errand  # noqa: PLC0415
    from comfyc.cli.work.report_runs import Show, refuse_jobs  # noqa: PLC0415
    from comfyc.interface.requests import NO_REQUESTS  # noqa: PLC0415
    from comfyc.jobs.plans import plan_among  # noqa: PLC0415
    from comfyc.running import Saving, ServerLimits  # noqa: PLC0415
    from comfyc.running.seeds import parse_policy  # noqa: PLC0415
    from comfyc.safety.web_files import FetchRules  # noqa: PLC0415

    if print_prompt and as_json:
        raise ComfycError(
            "--print-prompt and --json cannot be used together", "each line of --print-prompt is JSON itself"
        )
    plan = plan_among(files)
    jobs = take_jobs(files)
    reads = [*texts_read([*assignments, *of_app]), *jobs.reads, *tables, cacert, api_key_file]
    spare([preview, file_or_stdout(ctx.obj)], files, reads)
    spared = tuple(Path(name) for name in (*files, *reads, preview) if name)

    known_limits = limits_of(limits)
    fetching = None
    if allow_download or allow_private_downloads:
        fetching = FetchRules(known_limits.downloads, allow_private_downloads)
    requests = jobs.requests(assignments, of_app, several=set_all, unlink=unlink) or NO_REQUESTS
    errand = Errand(
        requests=replace(requests, fetching=fetching),
        seed=parse_policy(seed if seed is not None else jobs.seed),
        count=count or jobs.count or 1,
        saving=Saving(out_dir, overwrite=overwrite, texts=save_text, spared=spared),
        every_output=outputs is Outputs.ALL,
        embed=not no_embed,
        force=force,
        allow_spend=allow_spend,
        wait=not no_wait,
        at_least_once=at_least_once,
        front=front,
        concurrency=concurrency,
        only=tuple(only),
        downloads=fetching,
        rows=RowsAsked(tuple(tables), tuple(grids), tuple(zips), tuple(eaches), name, keep_order),
        expected=Expected(tuple(assertions), golden, golden_distance, update_golden),
        engine=engine,
        random_seed=_first(random_seed, jobs.random_seed, random.randrange(1 << 32)),
        button=button,
        refresh=refresh,
        patience=wait_for_server,
        limits=known_limits,
    )
    show = Show(
        progress="none" if quiet and progress is Progress.AUTO else progress.value,
        as_json=as_json,
        preview=preview,
        pictures=pictures,
        allow_partial=allow_partial,
        strict=strict,
        verbose=verbose,
        quiet=quiet,
        waits=not no_wait,
        command="plan" if dry_run else "run",
        limits=errand.limits,
    )
    if jobs.reports:
        raise typer.Exit(refuse_jobs(jobs, show))
    login = Login(headers, token, cacert, insecure, api_key_file)
    pace = pace_of(timeout, idle_timeout)

    def opened_at(urls: Sequence[str]) -> list[Server]:
        return open_servers(urls, login, pace, ServerLimits(outputs=errand.limits.outputs))

    if plan is not None:
        from comfyc.cli.work.run_plan import run_plan  # noqa: PLC0415

        _refuse_changes(ctx, plan)
        raise typer.Exit(run_plan(plan, servers, opened_at, errand, show))
    if not errand.rows.is_study and (name is not None or keep_order):
        given = "--name" if name is not None else "--keep-order"
        raise ComfycError(f"{given} is for the rows of a study", "pass --table, --grid, --zip or --each")
    if errand.engine is not None:
        from comfyc.cli.work.make_rows import worker_servers  # noqa: PLC0415

        if not errand.rows.is_study:
            raise ComfycError("--engine is for the rows of a study", "pass --table, --grid, --zip or --each")
        servers = [*dict.fromkeys((*servers, *worker_servers(errand.engine)))]
    opened = opened_at(servers)
    if errand.rows.is_study and not (dry_run or print_prompt):
        from comfyc.cli.work.start_study import start_study  # noqa: PLC0415

        raise typer.Exit(start_study(jobs.names, opened, errand, show))
    if dry_run:
        from comfyc.cli.work.show_plan import show_plan  # noqa: PLC0415

        raise typer.Exit(show_plan(jobs.names, opened, errand, show, output=ctx.obj))
    if print_prompt:
        from comfyc.cli.work.print_prompts import print_prompts  # noqa: PLC0415

        raise typer.Exit(print_prompts(jobs.names, opened, errand, show))
    from comfyc.cli.work.run_files import run_files  # noqa: PLC0415

    raise typer.Exit(run_files(jobs.names, opened, errand, show))


def _refuse_changes(ctx: typer.Context, plan: str) -> None:
    """``ComfycError`` for an option that would change what is planned."""
    for parameter in ctx.command.params:
        source = ctx.get_parameter_source(parameter.name or "")
        is_given = source is not None and source.name == "COMMANDLINE"
        if is_given and parameter.name not in AFTER_PLANNING | ACCESS | {"files"}:
            raise ComfycError(
                f"{parameter.opts[0]} cannot be used with the plan '{plan}', which is run as it is",
                "pass it to comfyc plan",
            )


def _first(*values: int | None) -> int:
    """The first number that there is."""
    return next(value for value in values if value is not None)
