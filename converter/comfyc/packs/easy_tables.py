"""The table editor of ComfyUI-Easy-Use, which exports its table as Markdown (``tableEditorWidget``)."""

from __future__ import annotations

import re
from typing import Any

from comfyc.javascript.values import text, truthy, utf16_units
from comfyc.safety.json_size import parse_inner

HEADERS = ("列1", "列2", "列3")
"""The headers of a new table; it has two empty rows."""

MIN_WIDTH = 3
"""The minimum width of a column in characters."""

_RULER = re.compile(r"\|?[\s\-|:]+\|?")
_BORDERS = re.compile(r"^\||\|\Z")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def table_text(value: Any) -> str | None:
    """The exported Markdown for a saved value, which is the JSON of a table or a table in Markdown.

    None if it is neither; then the browser exports :func:`empty_table`.
    """
    stored = _parsed(value) if isinstance(value, str) else value
    headers = stored.get("headers") if isinstance(stored, dict) else None
    if isinstance(stored, dict) and isinstance(headers, list):
        rows = stored.get("rows")
        table = markdown_table(headers, rows if isinstance(rows, list) else [])
        shown = stored.get("markdown")
        return text(shown) if stored.get("mode") == "markdown" and truthy(shown) else table
    parsed = _from_markdown(value) if isinstance(value, str) and "|" in value else None
    return markdown_table(*parsed) if parsed is not None else None


def empty_table() -> str:
    """The Markdown of the table that a new node has."""
    return markdown_table(list(HEADERS), [[""] * len(HEADERS)] * 2)


def markdown_table(headers: list[Any], rows: list[Any]) -> str:
    """A Markdown table with columns as wide as their longest cells; rows get as many cells as there are
    headers."""
    names = [text(header) for header in headers]
    cells = [[_cell(row, index) for index in range(len(names))] for row in rows]
    widths = [
        max(MIN_WIDTH, _length(name), *(_length(row[index]) for row in cells))
        for index, name in enumerate(names)
    ]
    lines = [names, ["-" * width for width in widths], *cells]
    return "\n".join(
        "| " + " | ".join(_padded(cell, width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def _parsed(value: str) -> Any:
    try:
        return parse_inner(value)
    except (ValueError, RecursionError):
        return None


def _from_markdown(value: str) -> tuple[list[Any], list[Any]] | None:
    """Headers and rows of the first table in a text; None if there is none."""
    lines = [line.strip() for line in value.split("\n") if line.strip()]
    for index in range(len(lines) - 1):
        if _RULER.fullmatch(lines[index + 1]):
            return _split(lines[index]), [_split(line) for line in lines[index + 2 :]]
    return None


def _split(line: str) -> list[str]:
    return [_BREAK.sub("\n", cell.strip()) for cell in _BORDERS.sub("", line).split("|")]


def _cell(row: Any, index: int) -> str:
    value = row[index] if isinstance(row, list) and index < len(row) else None
    return "" if value is None else text(value).replace("\n", "<br>")


def _length(cell: str) -> int:
    return len(utf16_units(cell))


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - _length(cell))
