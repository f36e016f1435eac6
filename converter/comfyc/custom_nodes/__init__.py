"""The packs of a ComfyUI installation on this machine, read from their source and kept in a cache.

Nothing of a pack is imported or run (see :mod:`comfyc.scan`). A pack is scanned again when its contents have
changed; until then its scan comes from the cache, and a call costs no more than reading the files of the
packs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from comfyc.catalog import Catalog, bundled_core
from comfyc.catalog.scanned import Scanned
from comfyc.custom_nodes.cached import CachedScan, read_scan, write_scan
from comfyc.custom_nodes.contents import key_of
from comfyc.diagnostics import ComfycError, Diagnostic, Diagnostics
from comfyc.scan import ScannedPack
from comfyc.scan.files import PackFiles
from comfyc.scan.packs import PackSource, find_packs, is_comfyui
from comfyc.scan.scanning import scan_comfyui, scan_source

Folder = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class CustomNodes:
    """The node types of packs that were read: ``entries`` by type, for ``Catalog.extended``; ``packs`` with
    how much of each could be read; and ``diagnostics``, what could not."""

    entries: Scanned
    packs: tuple[ScannedPack, ...]
    diagnostics: Diagnostics


@dataclass(frozen=True, slots=True)
class _Source:
    """A pack, or ComfyUI itself if ``pack`` is None, in its folder."""

    folder: Path
    pack: PackSource | None


def read_custom_nodes(
    *folders: Folder,
    refresh: bool = False,
    within: Folder | None = None,
    on_scan: Callable[[str], None] | None = None,
) -> CustomNodes:
    """Read the node types of the packs in some folders; of packs with the same type, the first counts.

    Each folder is a ``custom_nodes`` folder, the folder of one pack, or a checkout of ComfyUI, of which its
    own nodes are read as well. ``refresh`` ignores the cache. ``within`` is a folder that all packs must be
    in once links are followed; others are passed over. ``on_scan`` is called with the name of each pack that
    is not in the cache.

    Raises ``ComfycError`` if a folder cannot be read, or holds neither packs nor ComfyUI.
    """
    core = bundled_core()
    sources = [source for folder in folders for source in _sources(folder)]
    if within is not None:
        root = os.path.realpath(within)
        sources = [one for one in sources if Path(os.path.realpath(one.folder)).is_relative_to(root)]
    found = [(source, _read(source, core, refresh, on_scan)) for source in sources]
    entries = Scanned(
        [scan.entries for source, scan in found if source.pack is not None],
        next((scan.entries for source, scan in found if source.pack is None), None),
        name=", ".join(map(str, folders)),
    )
    findings = (one for source, scan in found for one in _located(scan.findings, source.folder))
    return CustomNodes(entries, tuple(scan.pack for _, scan in found), Diagnostics(findings))


def _sources(name: Folder) -> Iterator[_Source]:
    """ComfyUI itself, if a folder holds it, and the packs in it."""
    folder = Path(name)
    if not os.fspath(name) or not folder.is_dir():  # Path("") is the working folder
        raise ComfycError(f"there is no folder '{name}'", "pass a custom_nodes folder, or that of one pack")
    is_core = is_comfyui(folder)
    if is_core:
        yield _Source(folder, None)
    custom = folder / "custom_nodes" if is_core else folder
    packs = find_packs(custom) if custom.is_dir() else []
    if not packs and not is_core:
        raise ComfycError(
            f"'{folder}' holds no node pack: no __init__.py, and no folder or file that ComfyUI would load",
            "pass a custom_nodes folder, the folder of one pack, or a checkout of ComfyUI",
        )
    for pack in packs:
        yield _Source(pack.folder, pack)


def _read(source: _Source, core: Catalog, refresh: bool, on_scan: Callable[[str], None] | None) -> CachedScan:
    """The scan of a pack: from the cache if its contents are the same, else anew."""
    pack = source.pack
    name = pack.name if pack is not None else "ComfyUI"
    files = PackFiles(
        source.folder,
        f"custom_nodes.{name}" if pack is not None else "",
        pack.only if pack is not None else None,
    )
    key = key_of(name, files)
    known = None if refresh else read_scan(key)
    if known is not None:
        return known
    if on_scan is not None:
        on_scan(name)
    scan = scan_source(pack, core) if pack is not None else scan_comfyui(source.folder, core)
    made = CachedScan(scan.entries, scan.packs[0], tuple(_relative(scan.diagnostics, source.folder)))
    write_scan(key, made)
    return made


def _relative(findings: Iterable[Diagnostic], folder: Path) -> Iterator[Diagnostic]:
    """Findings whose files are relative to a folder: a scan does not depend on where a pack is."""
    for one in findings:
        file = os.path.relpath(one.file, folder) if one.file is not None else None
        yield replace(one, location=replace(one.location, file=file))


def _located(findings: Iterable[Diagnostic], folder: Path) -> Iterator[Diagnostic]:
    for one in findings:
        file = os.path.normpath(folder / one.file) if one.file is not None else None
        yield replace(one, location=replace(one.location, file=file))
