"""Flags of ``run`` and ``wait`` about what becomes of a prompt that is on a server."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from comfyc.running import Pace

OUT_DIR = typer.Option(
    Path(),
    "--out-dir",
    "-d",
    metavar="FOLDER",
    help="Save outputs to this folder. Default: the current folder.",
    show_default=False,
)
OVERWRITE = typer.Option(
    False, "--overwrite", help="Replace files of the same name instead of adding a number."
)
SAVE_TEXT = typer.Option(False, "--save-text", help="Save text outputs as files instead of printing them.")
ALLOW_PARTIAL = typer.Option(
    False, "--allow-partial", help="Succeed even if the server skips outputs that it finds invalid."
)
TIMEOUT = typer.Option(
    None, "--timeout", metavar="SECONDS", min=0.0, help="Give up on a run after this long. Default: never."
)
IDLE = typer.Option(
    None,
    "--idle-timeout",
    "--idle",
    metavar="SECONDS",
    min=0.0,
    help="Give up if a running prompt shows no progress for this long; 0: never. Default: 1800, and 60 at a "
    "node that waits for somebody in the browser.",
)
PREVIEW = typer.Option(
    None, "--preview", metavar="FILE", help="Keep the newest preview picture in this file."
)
SHOW = typer.Option(
    False, "--show", help="Show each picture that is saved, where the terminal can show pictures."
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
    Progress.AUTO,
    "--progress",
    help="How to show progress on stderr: bars, lines or JSON events. auto: bars on a terminal, lines "
    "elsewhere.",
)


def pace_of(timeout: float | None, idle: float | None) -> Pace:
    """The patience with a prompt that the flags ask for; a silence that is given holds for every node."""
    from comfyc.running import Pace  # noqa: PLC0415

    return (
        Pace(total=timeout) if idle is None else Pace(total=timeout, idle=idle or None, answer=idle or None)
    )
