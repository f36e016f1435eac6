"""Flags that make a study of a run: its rows, the names of its files, and what is expected of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer

TABLE = typer.Option(
    [],
    "--table",
    metavar="FILE",
    help="A row of this table (CSV, TSV, JSONL, TOML) is a run; its columns are inputs, named as for --set "
    "or --in.",
    show_default=False,
)
GRID = typer.Option(
    [],
    "--grid",
    metavar="INPUT=V,V,..",
    help="Run with each of these values, and with each combination of several --grid. a..b and a..b:step are "
    "ranges.",
    show_default=False,
)
ZIP = typer.Option(
    [],
    "--zip",
    metavar="INPUT=V,V,..",
    help="Run with each of these values, in step with the other --zip.",
    show_default=False,
)
EACH = typer.Option(
    [],
    "--each",
    metavar="INPUT=PATTERN",
    help="Run with each file that matches the pattern, which is uploaded when its turn comes.",
    show_default=False,
)
NAME = typer.Option(
    None,
    "--name",
    metavar="TEMPLATE",
    help="What the files of a row are called: {row:04}_{cfg}_{seed}. Default: the number of the row.",
    show_default=False,
)
KEEP_ORDER = typer.Option(
    False,
    "--keep-order",
    help="Run the rows in their order. Default: in an order in which models change least.",
)
ASSERT = typer.Option(
    [],
    "--assert",
    metavar="TEXT",
    help='What must hold of the outputs of each run: "count(images) == 1", "not blank". May be repeated.',
    show_default=False,
)
GOLDEN = typer.Option(
    None,
    "--golden",
    metavar="FOLDER",
    help="Compare the pictures of each run with those of the same name in this folder.",
)
GOLDEN_DISTANCE = typer.Option(
    None,
    "--golden-distance",
    metavar="N",
    min=0,
    help="How far the perceptual hashes of two pictures may be apart. Default: the pixels must be the same.",
    show_default=False,
)
UPDATE_GOLDEN = typer.Option(
    False, "--update-golden", help="Write the pictures of this run into the folder of --golden."
)


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """What the runs of a study are made of, as it was typed. ``name`` is the template of the names of its
    files."""

    tables: tuple[str, ...] = ()
    grids: tuple[str, ...] = ()
    zips: tuple[str, ...] = ()
    eaches: tuple[str, ...] = ()
    name: str | None = None
    keep_order: bool = False

    @property
    def is_study(self) -> bool:
        """Whether there are rows at all."""
        return bool(self.tables or self.grids or self.zips or self.eaches)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of the outputs of each run, as it was typed."""

    assertions: tuple[str, ...] = ()
    golden: Path | None = None
    golden_distance: int | None = None
    update_golden: bool = False


NO_ROWS_ASKED = RowsAsked()
NOTHING_EXPECTED = Expected()
