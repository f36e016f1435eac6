"""The scanner: a catalogue from the source code of node packs, without importing or running any of it.

:func:`scan_folder` interprets the modules of packs as far as their node classes need it (``machine.py`` says
how), and makes of each class the entry that a server's ``/object_info`` would have. What the source does not
tell is named in the entry's key ``unknown``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comfyc.diagnostics import Diagnostics

if TYPE_CHECKING:
    from comfyc.catalog import Catalog


@dataclass(frozen=True, slots=True)
class ScannedPack:
    """How much of a pack could be read: numbers of its node classes.

    ``whole``: everything is known; ``dynamic``: all but lists of choices that the machine decides;
    ``partly``: other parts are not known either; ``unread``: no entry could be made. ``guessed`` says that
    classes were found in modules that the pack's ``__init__.py`` does not show to use.
    """

    folder: str
    classes: int
    whole: int
    dynamic: int
    partly: int
    unread: int
    guessed: bool = False
    unread_names: dict[str, str] = field(default_factory=dict)
    """The classes without an entry, each with the reason."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The result of a scan: entries in the shape of ``/object_info``, figures for each pack, findings."""

    entries: dict[str, dict[str, Any]]
    packs: list[ScannedPack]
    diagnostics: Diagnostics


def scan_folder(folder: Path, *, core: Catalog | None = None) -> Scan:
    """Scan a ``custom_nodes`` folder, the folder of one pack, or a checkout of ComfyUI.

    Each entry has the keys that the server gives it, in the server's order. What could not be known stands
    in its additional key ``unknown``: ``{"<input>": "options"}`` for a list of choices that the machine's
    files decide (the list holds the choices that the source tells), ``"type"``, ``"default"`` or the name of
    another option, several separated by commas; ``"*"`` stands for the node itself ("inputs": there may be
    others, "outputs", "category", ...). ``core`` is the catalogue of ComfyUI's own nodes, the bundled one by
    default.

    Raises ``ComfycError`` if the folder cannot be read, or holds neither packs nor ComfyUI.
    """
    from comfyc.scan.scanning import scan  # noqa: PLC0415 - nothing else needs the interpreter

    return scan(folder, core)
