"""``comfyc inputs``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from comfyc.cli.flags.shared import JSON, LIMIT, OBJECT_INFO, ONE_SERVER, REFRESH, limits_of, load_catalog

if TYPE_CHECKING:
    from comfyc.prompt.assign import Setting


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def inputs(
        file: str = typer.Argument(
            ..., metavar="FILE", help="A workflow, or a picture that carries one; - is stdin."
        ),
        object_info: str = OBJECT_INFO,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        links: bool = typer.Option(
            False, "--links", help="List linked inputs too; setting one cuts the link."
        ),
        as_json: bool = JSON,
        limits: list[str] = LIMIT,
    ) -> None:
        """List what --set can set: node id, title, class, input and value."""
        from comfyc.cli.output.output import print_settings, show  # noqa: PLC0415
        from comfyc.cli.work.convert_one import Job, convert_document  # noqa: PLC0415
        from comfyc.cli.work.paths import refuse_address  # noqa: PLC0415
        from comfyc.options import DynamicPrompts, Options  # noqa: PLC0415
        from comfyc.prompt.assign import settings  # noqa: PLC0415

        refuse_address(file, "inputs")
        job = Job(Options(dynamic_prompts=DynamicPrompts.KEEP, limits=limits_of(limits)))
        found = convert_document(file, load_catalog(object_info, server, refresh=refresh), job)
        show([found.report], quiet=True)
        conversion = found.conversion
        if conversion is not None and not conversion.ok:
            conversion = None
        rows = settings(conversion.prompt) if conversion is not None else []
        shown = [row for row in rows if links or not row.is_linked]
        code = 0 if conversion is not None else 1
        if as_json:
            from comfyc.cli.output.answer import Answer  # noqa: PLC0415

            written = json.loads(conversion.text) if conversion is not None else {}  # JSON has no infinity
            answer = Answer("inputs")
            answer.results = [_as_json(found.file, row, written[row.node]["inputs"]) for row in shown]
            answer.add_findings([found.report])
            answer.print(code)
        elif conversion is not None:
            print_settings(shown)
        raise typer.Exit(code)


def _as_json(file: str, row: Setting, inputs: dict[str, Any]) -> dict[str, Any]:
    """The columns of the table, and the file."""
    cells = {"node": row.node, "title": row.title, "class": row.type, "input": row.input}
    return {"file": file, **cells, "value": inputs[row.input]}
