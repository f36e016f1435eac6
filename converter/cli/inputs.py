"""``comfyc inputs``."""

from __future__ import annotations

import typer

from converter.cli.flags import OBJECT_INFO, REFRESH, load_catalog


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def inputs(
        file: str = typer.Argument(
            ..., metavar="FILE", help="A workflow, or a picture that carries one; - is stdin."
        ),
        object_info: str = OBJECT_INFO,
        refresh: bool = REFRESH,
        links: bool = typer.Option(
            False, "--links", help="List linked inputs too; setting one cuts the link."
        ),
        as_json: bool = typer.Option(False, "--json", help="Print JSON instead of a table."),
    ) -> None:
        """List what --set can set: node id, title, class, input and value."""
        from converter.api import DynamicPrompts, Options  # noqa: PLC0415
        from converter.assign import settings  # noqa: PLC0415
        from converter.cli.batch import Job, convert_document  # noqa: PLC0415
        from converter.cli.output import print_settings, show  # noqa: PLC0415

        job = Job(Options(dynamic_prompts=DynamicPrompts.KEEP))
        conversion, report = convert_document(file, load_catalog(object_info, refresh=refresh), job)
        show([report], quiet=True)
        if conversion is None or not conversion.ok:
            raise typer.Exit(1)
        print_settings(
            [row for row in settings(conversion.prompt) if links or not row.is_linked], as_json=as_json
        )
