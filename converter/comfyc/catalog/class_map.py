"""Which custom node packs provide a node class, for every class of ComfyUI-Manager's node map.

Unlike the catalogues, the map knows nothing of a class but its name. It is one gzipped JSON object:
``repositories``, the owner/name of each pack on GitHub, those with the most stars first; ``classes``, for
each the names of its classes as one text of lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from comfyc.catalog.bundle import gunzip
from comfyc.diagnostics import ComfycError

CLASS_MAP = Path(__file__).parent / "data" / "class-map.json.gz"


def repositories_with(node_type: str) -> list[str]:
    """The owner/name on GitHub of the packs that provide a class, those with the most stars first; [] if the
    map does not know the class."""
    return list(_table().get(node_type, ()))


@cache
def _table() -> Mapping[str, Sequence[str]]:
    """The repositories that provide each class."""
    try:
        rows: dict[str, Any] = json.loads(gunzip(CLASS_MAP.read_bytes()))
    except (OSError, ValueError) as error:
        raise ComfycError(f"cannot read the map of node classes: {error}", "reinstall comfyc") from error
    table: dict[str, list[str]] = {}
    for repository, classes in zip(rows["repositories"], rows["classes"], strict=True):
        for node_type in classes.split("\n"):
            table.setdefault(node_type, []).append(repository)
    return table
