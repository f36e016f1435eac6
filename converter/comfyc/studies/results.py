"""The results of a study as rows of a table and as JSON."""

from __future__ import annotations

import dataclasses
from typing import Any

from comfyc.studies.records import RowResult

HEADER = (
    "row",
    "name",
    "state",
    "server",
    "seconds",
    "attempt",
    "prompt_id",
    "prompt_hash",
    "problem",
    "files",
)
"""What :func:`table_row` gives."""


def table_row(result: RowResult) -> list[Any]:
    """What became of a row, as cells; its files are separated by ``|``, which no name has."""
    files = "|".join(one.path for one in result.outputs if one.path is not None)
    return [
        result.number,
        result.stem,
        result.state,
        result.server or "",
        "" if result.seconds is None else result.seconds,
        result.attempt,
        result.prompt_id or "",
        result.prompt_hash or "",
        result.problem or "",
        files,
    ]


def record_of(result: RowResult) -> dict[str, Any]:
    """A row as JSON; what does not apply is left out."""
    record = dataclasses.asdict(result)
    record["row"], record["name"] = record.pop("number"), record.pop("stem")
    record["outputs"] = [
        {key: value for key, value in one.items() if value is not None} for one in record["outputs"]
    ]
    return {key: value for key, value in record.items() if value not in (None, "", {})}
