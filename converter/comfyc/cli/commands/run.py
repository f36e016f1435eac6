"""``comfyc convert-and-run``, also called ``comfyc run``."""

from __future__ import annotations

import random
from enum import Enum
from pathlib import Path

import typer

from comfyc.cli.flags.servers import API_KEY_FILE, SERVER, WAIT_FOR_SERVER
from comfyc.cli.flags.shared import (
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
    VERBOSE,
    limits_of,
)
from comfyc.options import Button

OUT_DIR = typer.Option(
    Path(),
    "--out-dir",
    metavar="FOLDER",
    help="The folder for the outputs. Default: this one.",
    show_default=False,
)
OVERWRITE = typer.Option(
    False, "--overwrite", help="Replace files of the same name instead of adding a number."
)
SAVE_TEXT = typer.Option(False, "--save-text", help="Save texts as files too, instead of printing them.")
ALLOW_PARTIAL = typer.Option(
    False, "--allow-partial", help="Count it as done if the server leaves outputs out that it finds invalid."
)
TIMEOUT = typer.Option(
    None, "--timeout", metavar="SECONDS", min=0.0, help="For a whole run. Default: no limit."
)
IDLE = typer.Option(
    1800.0,
    "--idle-timeout",
    metavar="SECONDS",
    min=0.0,
    help="Without any sign of a running prompt; 0: no limit.",
)
PREVIEW = typer.Option(
    None, "--preview", metavar="FILE", help="Keep the newest preview picture in this file."
)
JSON = typer.Option(
    False, "--json", help="Print JSON on stdout: a line for each result, with its findings and errors."
)


class Progress(str, Enum):
    """Choices of ``--progress``."""

    AUTO = "auto"
    LIVE = "live"
    PLAIN = "plain"
    NDJSON = "json"
    NONE = "none"


PROGRESS = typer.Option(
    Progress.AUTO, "--progress", help="Bars, lines, or events as NDJSON on stderr. auto: bars on a terminal."
)


def register(app: typer.Typer) -> None:
    """Add the command under both of its names."""

    @app.command("run")
    @app.command("convert-and-run", short_help="The same as run.")
    def run(
        files: list[str] = typer.Argument(
            ..., metavar="FILE...", help="Workflows or prompts, or pictures that carry one; - is stdin."
        ),
        servers: list[str] = SERVER,
        assignments: list[str] = SET,
        set_all: bool = SET_ALL,
        seed: str | None = typer.Option(
            None,
            "--seed",
            metavar="N|random|keep|increment",
            help="For every seed that is not linked; -1 is random. Default: the file's, as its control says.",
            show_default=False,
        ),
        count: int = typer.Option(1, "--count", metavar="N", min=1, help="How often to run each file."),
        out_dir: Path = OUT_DIR,
        overwrite: bool = OVERWRITE,
        save_text: bool = SAVE_TEXT,
        no_embed: bool = typer.Option(
            False, "--no-embed", help="Do not send the workflow along to be embedded in what is saved."
        ),
        force: bool = typer.Option(False, "--force", help="Send even what has errors."),
        allow_partial: bool = ALLOW_PARTIAL,
        no_wait: bool = typer.Option(
            False, "--no-wait", help="Only submit; print the prompt ids for `comfyc wait`."
        ),
        at_least_once: bool = typer.Option(
            False,
            "--at-least-once",
            help="Run again what is lost, or of which nobody can say whether it ran: it may run twice.",
        ),
        front: bool = typer.Option(False, "--front", help="Go to the front of the queue."),
        concurrency: int = typer.Option(
            1, "--concurrency", metavar="N", min=1, help="Prompts per server at a time."
        ),
        timeout: float | None = TIMEOUT,
        idle_timeout: float = IDLE,
        progress: Progress = PROGRESS,
        as_json: bool = JSON,
        preview: Path | None = PREVIEW,
        button: Button = typer.Option(
            Button.QUEUE, "--as", help="Run what the Queue button would run, or what Export (API) gives."
        ),
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
        """Convert workflows with a server's own catalogue, check them, run them there, save the outputs.

        The paths of the outputs go to stdout, one a line; progress and findings to stderr.
        """
        from comfyc.cli.flags.servers import Login, open_servers  # noqa: PLC0415
        from comfyc.cli.output.writing import spare, texts_read  # noqa: PLC0415
        from comfyc.cli.work.run_files import Errand, Show, run_files  # noqa: PLC0415
        from comfyc.running import Limits, Pace, Saving  # noqa: PLC0415
        from comfyc.running.seeds import parse_policy  # noqa: PLC0415

        reads = [*texts_read(assignments), cacert, api_key_file]
        spare([preview], files, reads)
        spared = tuple(Path(name) for name in (*files, *reads, preview) if name)

        errand = Errand(
            assignments=tuple(assignments),
            set_all=set_all,
            seed=parse_policy(seed),
            count=count,
            saving=Saving(out_dir, overwrite=overwrite, texts=save_text, spared=spared),
            embed=not no_embed,
            force=force,
            wait=not no_wait,
            at_least_once=at_least_once,
            front=front,
            concurrency=concurrency,
            random_seed=random.randrange(1 << 32) if random_seed is None else random_seed,
            button=button,
            refresh=refresh,
            patience=wait_for_server,
            limits=limits_of(limits),
        )
        show = Show(
            progress="none" if quiet and progress is Progress.AUTO else progress.value,
            as_json=as_json,
            preview=preview,
            allow_partial=allow_partial,
            strict=strict,
            verbose=verbose,
            quiet=quiet,
            waits=not no_wait,
            limits=errand.limits,
        )
        login = Login(headers, token, cacert, insecure, api_key_file)
        pace = Pace(total=timeout, idle=idle_timeout or None)
        opened = open_servers(servers, login, pace, Limits(outputs=errand.limits.outputs))
        raise typer.Exit(run_files(files, opened, errand, show))
