"""The flags of commands that write a table about a corpus, and what they decide."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from comfyc.catalog import Catalog
from comfyc.cli.flags.common import load_catalog
from comfyc.diagnostics import ComfycError

ENGINE = typer.Option(
    None,
    "--engine",
    metavar="ENGINE",
    help="cores or dask://HOST:PORT: write a table to the FILE of -o (.parquet, .jsonl, .csv), a row for "
    "each file, made on the cores of this machine or by the workers of a Dask cluster.",
    show_default=False,
)

CORES = "cores"
_DASK = re.compile(r"dask://([^/\s]+)/?")
_TABLE = ".parquet"


def asks_for_table(paths: Sequence[str], output: Path | None, engine: str | None) -> bool:
    """Whether a command is to write a table: it is given an engine, an address such as s3://bucket/x.png, or
    a file for its output that ends in .parquet.

    ``ComfycError`` if there is an engine of no known kind.
    """
    if engine is not None:
        scheduler_of(engine)
        return True
    if output is not None and output.suffix.lower() == _TABLE:
        return True
    if not any("://" in path for path in paths):
        return False
    from comfyc.corpora.addresses import is_address  # noqa: PLC0415

    return output is not None and any(map(is_address, paths))


def scheduler_of(engine: str | None) -> str | None:
    """HOST:PORT of the Dask scheduler that ``--engine`` names, None for the cores of this machine."""
    if engine is None or engine == CORES:
        return None
    found = _DASK.fullmatch(engine)
    if found is None:
        raise ComfycError(f"'{engine}' is no engine", "pass --engine cores or --engine dask://HOST:PORT")
    return found[1]


def named_catalog(
    object_info: str, server: str, *, custom_nodes: Sequence[str], **keys: Any
) -> Catalog | None:
    """The catalogue that the flags or ``$COMFYUI_PATH`` name, as ``load_catalog`` has it; None if they name
    none, so that no process is sent what all of them have."""
    if not (object_info or server or custom_nodes or os.environ.get("COMFYUI_PATH")):
        return None
    return load_catalog(object_info, server, custom_nodes=custom_nodes, **keys)


def refuse_beside_table(flags: Mapping[str, object]) -> None:
    """``ComfycError`` if one of these flags, by their names, is given: they are for other output than a
    table."""
    for name, value in flags.items():
        if value:
            raise ComfycError(
                f"{name} cannot be used for a table of many files",
                "leave it out; or leave out --engine, and write to a file that does not end in .parquet",
            )
