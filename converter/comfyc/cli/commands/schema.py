"""``comfyc schema``."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path

import typer

from comfyc.cli.flags.shared import JSON, OBJECT_INFO, ONE_SERVER, REFRESH, file_or_stdout, load_catalog
from comfyc.diagnostics import ComfycError


class Name(str, Enum):
    """The schemas that there are."""

    PROMPT = "prompt"
    WORKFLOW_04 = "workflow-0.4"
    WORKFLOW_1 = "workflow-1"
    OBJECT_INFO = "object_info"
    DIAGNOSTICS = "diagnostics"
    ANSWER = "answer"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def schema(
        name: Name = typer.Argument(..., metavar="NAME", help="What the schema describes."),
        object_info: str = OBJECT_INFO,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        packs: bool = typer.Option(
            False,
            "--packs",
            help="Of prompts: with the nodes of the bundled custom-node packs, four times as long.",
        ),
        output: Path | None = typer.Option(
            None, "--output", "-o", metavar="FILE", help="Write the schema to this file; - is stdout."
        ),
        as_json: bool = JSON,
    ) -> None:
        """Print a JSON Schema: of prompts for one catalogue (each class with its inputs), or of a format.

        Editors complete and check files by it.
        """
        from comfyc.cli.output.answer import Answer  # noqa: PLC0415
        from comfyc.cli.output.writing import save, spare, write_product  # noqa: PLC0415

        spare([output], others=[object_info])
        if name is Name.PROMPT:
            from comfyc.catalog import bundled_core  # noqa: PLC0415
            from comfyc.checks import prompt_schema  # noqa: PLC0415

            if packs and (object_info or server):
                flag = "--object-info" if object_info else "--server"
                raise ComfycError(f"--packs and {flag} exclude each other", "pass one of them")
            is_core = not (object_info or server or packs)
            catalog = bundled_core() if is_core else load_catalog(object_info, server, refresh=refresh)
            text = json.dumps(prompt_schema(catalog), separators=(",", ":")) + "\n"
        elif object_info or server or packs:
            flag = "--object-info" if object_info else "--server" if server else "--packs"
            raise ComfycError("only the schema of prompts depends on a catalogue", f"drop {flag}")
        else:
            from comfyc.schema import schema_file  # noqa: PLC0415

            text = schema_file(name.value).read_text("utf-8")
        output = file_or_stdout(output)
        if output is not None:
            save(output, text)
        if as_json:
            made = {"output": str(output)} if output is not None else {"schema": json.loads(text)}
            Answer("schema", [{"name": name.value, **made}]).print(0)
        elif output is None:
            write_product(text)
