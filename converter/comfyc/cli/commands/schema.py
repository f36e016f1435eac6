"""``comfyc schema``."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import typer

from comfyc.cli.flags.common import CUSTOM_NODES, JSON, OBJECT_INFO, ONE_SERVER, REFRESH


class Name(str, Enum):
    """The schemas that there are."""

    PROMPT = "prompt"
    WORKFLOW_04 = "workflow-0.4"
    WORKFLOW_1 = "workflow-1"
    OBJECT_INFO = "object_info"
    DIAGNOSTICS = "diagnostics"
    ANSWER = "answer"
    JOB = "job"
    PLAN = "plan"
    REPORT = "report"
    BASELINE = "baseline"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def schema(
        name: Name = typer.Argument(..., metavar="NAME", help="What the schema describes."),
        object_info: str = OBJECT_INFO,
        custom_nodes: list[str] = CUSTOM_NODES,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        packs: bool = typer.Option(
            False,
            "--packs",
            help="For the prompt schema: include the bundled custom-node packs; it becomes four times as "
            "long.",
        ),
        output: Path | None = typer.Option(
            None, "--output", "-o", metavar="FILE", help="Write the schema to this file; - is stdout."
        ),
        as_json: bool = JSON,
    ) -> None:
        """Print a JSON Schema: of the prompts that a catalogue allows, or of another format.

        Editors use it to complete and check files.
        """
        from comfyc.cli.work.print_schema import print_schema  # noqa: PLC0415

        print_schema(
            name.value,
            output,
            object_info=object_info,
            custom_nodes=custom_nodes,
            server=server,
            refresh=refresh,
            packs=packs,
            as_json=as_json,
        )
