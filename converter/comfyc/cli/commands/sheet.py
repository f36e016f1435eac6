"""``comfyc sheet``."""

from __future__ import annotations

from pathlib import Path

import typer

from comfyc.cli.flags.common import JSON, QUIET
from comfyc.diagnostics import ComfycError

_THEMES = ("auto", "dark", "light")
_SMALLEST, _LARGEST = 32, 1024


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def sheet(
        folder: Path = typer.Argument(
            ..., metavar="FOLDER", help="The folder of the study (--out-dir of comfyc run)."
        ),
        output: Path | None = typer.Option(
            None,
            "--output",
            "-o",
            metavar="FILE",
            help="Write the sheet to this file: HTML, or a picture if it ends in .png; - is stdout. Default: "
            "sheet.html in the folder of the study.",
            show_default=False,
        ),
        rows: str = typer.Option(
            "",
            "--rows",
            metavar="COLUMN",
            help="The parameter that the rows of the grid have, or none. Default: what fills a grid.",
            show_default=False,
        ),
        columns: str = typer.Option(
            "",
            "--columns",
            metavar="COLUMN",
            help="The parameter that the columns of the grid have, or none.",
            show_default=False,
        ),
        sections: str = typer.Option(
            "",
            "--sections",
            metavar="COLUMN",
            help="The parameter that has a grid for each of its values, or none.",
            show_default=False,
        ),
        title: str = typer.Option(
            "",
            "--title",
            metavar="TITLE",
            help="The title of the sheet. Default: the name of the study.",
            show_default=False,
        ),
        thumbnail: int = typer.Option(
            0,
            "--thumbnail",
            metavar="SIZE",
            help="Pixels of the longer side of thumbnails. Default: 256, or 160 above 1,000 pictures.",
            show_default=False,
        ),
        theme: str = typer.Option(
            "auto",
            metavar="|".join(_THEMES),
            help="The colors: those that the reader prefers, dark or light ones. PNG is light by default.",
            autocompletion=lambda: list(_THEMES),
        ),
        as_json: bool = JSON,
        quiet: bool = QUIET,
    ) -> None:
        """Make a contact sheet of a study: one HTML file with its pictures by their parameters, to be sorted,
        filtered and looked at. Or a picture of it."""
        from comfyc.cli.work.make_sheet import SheetJob, make_sheet  # noqa: PLC0415

        if theme not in _THEMES:
            raise ComfycError(f"there is no theme '{theme}'", f"--theme takes {', '.join(_THEMES)}")
        if thumbnail and not _SMALLEST <= thumbnail <= _LARGEST:
            raise ComfycError(
                f"thumbnails of {thumbnail} pixels are not made",
                f"--thumbnail takes {_SMALLEST} to {_LARGEST}",
            )
        job = SheetJob(
            folder,
            output,
            rows,
            columns,
            sections,
            title=title,
            thumbnail=thumbnail,
            theme=theme,
            as_json=as_json,
            quiet=quiet,
        )
        raise typer.Exit(make_sheet(job))
