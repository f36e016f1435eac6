"""``comfyc schema``."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path

import typer

from converter.cli.flags import OBJECT_INFO, REFRESH, load_catalog
from converter.diagnostics import ConverterError


class Name(str, Enum):
    """The schemas that there are."""

    PROMPT = "prompt"
    WORKFLOW_04 = "workflow-0.4"
    WORKFLOW_1 = "workflow-1"
    OBJECT_INFO = "object_info"
    DIAGNOSTICS = "diagnostics"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def schema(
        name: Name = typer.Argument(..., help="What the schema describes."),
        object_info: str = OBJECT_INFO,
        refresh: bool = REFRESH,
        output: Path | None = typer.Option(
            None, "--output", "-o", help="Write to this file instead of stdout."
        ),
    ) -> None:
        """Print a JSON Schema: of prompts for one catalogue (each class with its inputs), or of a format.

        Editors complete and check files by it.
        """
        from converter.cli.batch import save  # noqa: PLC0415
        from converter.cli.output import write_stdout  # noqa: PLC0415

        if name is Name.PROMPT:
            from converter.checks import prompt_schema  # noqa: PLC0415

            catalog = load_catalog(object_info, refresh=refresh)
            text = json.dumps(prompt_schema(catalog), indent=2) + "\n"
        elif object_info:
            raise ConverterError("only the schema of prompts depends on a catalogue", "drop --object-info")
        else:
            from converter.schema import schema_file  # noqa: PLC0415

            text = schema_file(name.value).read_text("utf-8")
        if output is None:
            write_stdout(text)
        else:
            save(output, text)
