"""``comfyc graph``."""

from __future__ import annotations

from pathlib import Path

import typer

from comfyc.cli.flags.common import (
    CUSTOM_NODES,
    JSON,
    LIMIT,
    OBJECT_INFO,
    ONE_SERVER,
    QUIET,
    REFRESH,
    VERBOSE,
    file_or_stdout,
    limits_of,
    load_catalog,
)

_FORMS = ("svg", "html", "png", "mermaid", "dot", "ascii")
_SUBGRAPHS = ("nested", "separate", "closed")
_THEMES = ("auto", "dark", "light")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def graph(
        file: str = typer.Argument(
            ...,
            metavar="FILE",
            help="A workflow or prompt, or a picture or other file that carries one; - is stdin.",
        ),
        output: Path | None = typer.Option(
            None,
            "--output",
            "-o",
            metavar="FILE",
            help="Write the result to this file, in the format of its ending; - is stdout.",
        ),
        form: str = typer.Option(
            "",
            "--format",
            metavar="FORMAT",
            help=f"What to write: {', '.join(_FORMS)}. Default: by the ending of -o, else ascii.",
            show_default=False,
            autocompletion=lambda: list(_FORMS),
        ),
        subgraphs: str = typer.Option(
            "nested",
            metavar="|".join(_SUBGRAPHS),
            help="Draw the contents of subgraph nodes inside each other, side by side, or not at all.",
            autocompletion=lambda: list(_SUBGRAPHS),
        ),
        findings: bool = typer.Option(
            True, "--findings/--no-findings", help="Mark what validate finds at the nodes."
        ),
        what_runs: bool = typer.Option(False, "--what-runs", help="Dim the nodes that make no output."),
        theme: str = typer.Option(
            "auto",
            metavar="|".join(_THEMES),
            help="The colors: those that the reader prefers, dark or light ones. PNG is dark by default.",
            autocompletion=lambda: list(_THEMES),
        ),
        object_info: str = OBJECT_INFO,
        custom_nodes: list[str] = CUSTOM_NODES,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        as_json: bool = JSON,
        limits: list[str] = LIMIT,
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
    ) -> None:
        """Draw a workflow as the editor shows it: as SVG, HTML, PNG, Mermaid, DOT, or as a tree of text."""
        from comfyc.cli.work.draw_file import DrawJob, draw_file  # noqa: PLC0415

        job = DrawJob.of(
            file_or_stdout(output),
            form,
            subgraphs=subgraphs,
            theme=theme,
            findings=findings,
            what_runs=what_runs,
            verbose=verbose,
            quiet=quiet,
            as_json=as_json,
            limits=limits_of(limits),
            reads=(object_info,),
        )
        catalog = load_catalog(object_info, server, refresh=refresh, custom_nodes=custom_nodes)
        raise typer.Exit(draw_file(file, catalog, job))
