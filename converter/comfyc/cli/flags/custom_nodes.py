"""``--custom-nodes`` and ``$COMFYUI_PATH``: node types of packs on this machine, beside a catalogue's."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from comfyc.catalog import Catalog
from comfyc.diagnostics import ComfycError
from comfyc.safety.escaping import plain

VARIABLE = "COMFYUI_PATH"
_REPORTED = ("C501", "C504")
"""What every call reports of a scan: unreadable files. ``comfyc catalog scan`` reports the rest."""


def with_custom_nodes(
    catalog: Catalog, folders: Sequence[str], *, refresh: bool = False, within: str = ""
) -> Catalog:
    """A catalogue with the node types of the packs in these folders; ``within`` is a folder that they must be
    in.

    ``ComfycError`` if a folder cannot be read, or holds no packs.
    """
    from comfyc.custom_nodes import read_custom_nodes  # noqa: PLC0415 - for those who have folders

    names = [os.path.expanduser(folder) for folder in folders]
    found = read_custom_nodes(*names, refresh=refresh, within=within or None, on_scan=_notes(names))
    return catalog.extended(found.entries, found.diagnostics.with_code(*_REPORTED))


def catalog_of_folder(folder: str, *, refresh: bool = False) -> Catalog:
    """A catalogue of nothing but the packs in a folder, and of ComfyUI if it is one of ComfyUI."""
    from comfyc.custom_nodes import read_custom_nodes  # noqa: PLC0415

    found = read_custom_nodes(folder, refresh=refresh, on_scan=_notes([folder]))
    diagnostics = found.diagnostics.with_code(*_REPORTED)
    return Catalog((found.entries.with_core(),), name=folder, lists_files=False, diagnostics=diagnostics)


def folder_of_environment() -> str | None:
    """The ``custom_nodes`` of the ComfyUI in ``$COMFYUI_PATH``; ``None`` if that is not set, or has no packs.

    ``ComfycError`` if there is no such folder.
    """
    own = os.environ.get(VARIABLE)
    if not own:
        return None
    folder = Path(own).expanduser() / "custom_nodes"
    if not folder.is_dir():
        raise ComfycError(
            f"there is no folder '{folder}'", f"${VARIABLE} names a folder of ComfyUI: correct or unset it"
        )
    has_packs = any(folder.glob("*/__init__.py")) or any(folder.glob("*.py"))
    return str(folder) if has_packs else None


def _notes(folders: Sequence[str]) -> Callable[[str], None]:
    """A function that says once, on a terminal, that packs are read, which may take a while."""
    left = [f"reading the packs in {', '.join(folders)}; later calls take them from the cache"]

    def note(pack: str) -> None:
        if left and sys.stderr.isatty():
            sys.stderr.write(plain(left.pop()) + "\n")

    return note
