"""``comfyc wait``."""

from __future__ import annotations

from pathlib import Path

import typer

from comfyc.cli.flags.common import CACERT, HEADER, INSECURE, QUIET, TOKEN
from comfyc.cli.flags.outcomes import (
    ALLOW_PARTIAL,
    IDLE,
    JSON,
    OUT_DIR,
    OVERWRITE,
    PREVIEW,
    PROGRESS,
    SAVE_TEXT,
    TIMEOUT,
    Progress,
    pace_of,
)
from comfyc.cli.flags.servers import API_KEY_FILE, SERVER, WAIT_FOR_SERVER


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def wait(
        prompt_ids: list[str] = typer.Argument(
            ..., metavar="PROMPT_ID...", help="The ids that `comfyc run --no-wait` printed."
        ),
        servers: list[str] = SERVER,
        out_dir: Path = OUT_DIR,
        overwrite: bool = OVERWRITE,
        save_text: bool = SAVE_TEXT,
        allow_partial: bool = ALLOW_PARTIAL,
        timeout: float | None = TIMEOUT,
        idle_timeout: float | None = IDLE,
        progress: Progress = PROGRESS,
        as_json: bool = JSON,
        preview: Path | None = PREVIEW,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
        api_key_file: Path | None = API_KEY_FILE,
        wait_for_server: float = WAIT_FOR_SERVER,
        quiet: bool = QUIET,
    ) -> None:
        """Wait for prompts that were submitted earlier, and save their outputs.

        Stopping this command does not stop the prompts.
        """
        from comfyc.cli.flags.servers import Login, open_servers  # noqa: PLC0415
        from comfyc.cli.output.writing import spare  # noqa: PLC0415
        from comfyc.cli.work.report_runs import Show  # noqa: PLC0415
        from comfyc.cli.work.wait_for import wait_for  # noqa: PLC0415
        from comfyc.running import Saving  # noqa: PLC0415

        choice = Show(
            progress="none" if quiet and progress is Progress.AUTO else progress.value,
            as_json=as_json,
            preview=preview,
            allow_partial=allow_partial,
            quiet=quiet,
            command="wait",
        )
        login = Login(headers, token, cacert, insecure, api_key_file)
        pace = pace_of(timeout, idle_timeout)
        spare([preview], others=(cacert, api_key_file))
        spared = tuple(name for name in (cacert, api_key_file, preview) if name is not None)
        saving = Saving(out_dir, overwrite=overwrite, texts=save_text, spared=spared)
        opened = open_servers(servers, login, pace)
        raise typer.Exit(wait_for(prompt_ids, opened, saving, choice, patience=wait_for_server))
