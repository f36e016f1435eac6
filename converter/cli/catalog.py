"""``comfyc catalog save | list | show``."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from converter.cli.flags import OBJECT_INFO, REFRESH, load_catalog, token_for
from converter.diagnostics import ConverterError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Node catalogues: what is bundled, and what a server has.", no_args_is_help=True)
    app.add_typer(group, name="catalog")

    @group.command("list")
    def list_() -> None:
        """List the catalogues that come with comfyc."""
        from converter.catalog_view import format_bundles, list_bundles  # noqa: PLC0415
        from converter.cli.output import write_stdout  # noqa: PLC0415

        write_stdout(format_bundles(list_bundles()) + "\n")

    @group.command()
    def show(
        node_type: str = typer.Argument(..., metavar="TYPE", help="A node type, for example KSampler."),
        object_info: str = OBJECT_INFO,
        refresh: bool = REFRESH,
    ) -> None:
        """Show one node type: its inputs with defaults and limits, its outputs."""
        from converter.catalog_view import format_node, view_node  # noqa: PLC0415
        from converter.cli.output import write_stdout  # noqa: PLC0415
        from converter.report.escaping import plain  # noqa: PLC0415

        catalog = load_catalog(object_info, refresh=refresh)
        view = view_node(catalog, node_type)
        if view is None:
            close = catalog.close_matches(node_type)
            hint = f"did you mean '{close[0]}'?" if close else "`comfyc catalog list` shows what is bundled"
            raise ConverterError(f"there is no node type '{node_type}' in {catalog.name}", hint)
        write_stdout("".join(f"{plain(line)}\n" for line in format_node(view).split("\n")))

    @group.command()
    def save(
        url: str = typer.Argument(..., help="The address of a server, for example http://127.0.0.1:8188."),
        output: Path = typer.Option(..., "--output", "-o", help="The file to write; .gz compresses."),
    ) -> None:
        """Save the object_info of a running server, to convert with later."""
        from converter.catalog_server import save_object_info  # noqa: PLC0415

        count = save_object_info(url, output, headers=token_for(url))
        print(f"{output}: {count} node types", file=sys.stderr)
