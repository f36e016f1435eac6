"""Flags about what a workflow declares for the editor's App mode."""

from __future__ import annotations

from enum import Enum

import typer

IN = typer.Option(
    [],
    "--in",
    metavar="NAME=VALUE",
    help="Set an input that the workflow declares for the editor's App mode, by its label or name. @FILE as "
    "for --set.",
    show_default=False,
)


class Outputs(str, Enum):
    """Choices of ``--outputs``."""

    DECLARED = "declared"
    ALL = "all"


OUTPUTS = typer.Option(
    Outputs.DECLARED,
    "--outputs",
    help="Run and save the outputs that the workflow declares for the editor's App mode, or all. A workflow "
    "that declares none has all run and saved.",
)
