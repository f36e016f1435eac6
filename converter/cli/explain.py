"""``comfyc explain CODE``."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def explain(code: str = typer.Argument(..., help="A code such as N201, or a rule's name.")) -> None:
        """Print the page of a finding's code: what it means and what to do."""
        from converter.cli.output import write_stdout  # noqa: PLC0415
        from converter.report import explain as page  # noqa: PLC0415

        write_stdout(page(code) + "\n")
