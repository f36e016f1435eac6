"""Tables on stdout, drawn by rich: columns are aligned in the cells of a terminal, wide ones wrap there."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Sequence

from comfyc.cli.output.colors import use_color
from comfyc.safety.escaping import plain

_UNLIMITED = 1 << 20
"""Columns of a pipe or a file, in which nothing is wrapped."""


def table_text(rows: Sequence[Sequence[str]], header: Sequence[str] = (), *, indent: int = 0) -> str:
    """Rows as lines, with two blanks between columns; columns that are empty in all rows are left out.

    On a terminal it is as wide as that. Every cell is one that neither a terminal nor a log obeys.
    """
    from rich.console import Console  # noqa: PLC0415 - takes 60 ms
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    used = [index for index in range(len(rows[0])) if any(row[index] for row in rows)] if rows else []
    table = Table(
        box=None, show_header=bool(header), header_style="bold", pad_edge=False, padding=(0, 2, 0, 0)
    )
    for index in used if rows else range(len(header)):
        table.add_column(header[index] if header else "", overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(row[index])) for index in used))
    color = use_color(sys.stdout)
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else _UNLIMITED
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=max(columns - indent, 1),
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
    )
    console.print(table)
    lines = stream.getvalue().split("\n")
    return "\n".join(" " * indent + line.rstrip() if line else "" for line in lines)
