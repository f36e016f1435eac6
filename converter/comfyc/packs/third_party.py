"""Packs of other distributions, found by the entry point group ``comfyc.packs``."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from comfyc.packs.behaviour import Behaviour, named
from comfyc.safety.opening import open_regular

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "comfyc.packs"


def load_third_parties() -> tuple[list[Mapping[str, Behaviour]], list[str]]:
    """The tables of all entry points, by the entry points' names, and why others could not be loaded."""
    tables: list[Mapping[str, Behaviour]] = []
    failures: list[str] = []
    if not _any_declared():
        return tables, failures
    from importlib.metadata import entry_points  # noqa: PLC0415 - 100 ms, and most have no such package

    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            table = point.load()
            if not isinstance(table, Mapping) or not all(isinstance(b, Behaviour) for b in table.values()):
                raise TypeError("it is no mapping from node types to behaviours")
        except Exception as error:  # whatever a stranger's module raises must not stop a conversion
            failures.append(f"the pack {_name(point)} cannot be loaded: {error}")
        else:
            tables.append(named(table, _name(point)))
    return tables, failures


def _name(point: EntryPoint) -> str:
    distribution = point.dist.name if point.dist is not None else point.value
    return f"'{point.name}' of the distribution '{distribution}'"


def _any_declared() -> bool:
    """Whether any distribution names the group, without importing ``importlib.metadata`` to find out."""
    if "importlib.metadata" in sys.modules:
        return True
    needle = f"[{GROUP}]".encode()
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")):
                try:
                    with open_regular(os.path.join(folder, name, "entry_points.txt")) as file:
                        if needle in file.read(1 << 20):
                            return True
                except OSError:
                    continue
    return False
