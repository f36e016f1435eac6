"""Scan all packs of a folder, each with a machine of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from comfyc.catalog import Catalog, bundled_core
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Diagnostics
from comfyc.scan import Scan, ScannedPack
from comfyc.scan.deep import run_deep
from comfyc.scan.files import PackFiles
from comfyc.scan.findings import report_faults, report_pack
from comfyc.scan.interpreter import new_machine
from comfyc.scan.machine import Machine
from comfyc.scan.packs import PackSource, core_files, find_packs, is_comfyui
from comfyc.scan.registry import Found, load_guarded, read_module, read_others

_PROSE = {"", "description", "tooltip"}
"""What may be unknown of a class that counts as whole: texts for people."""


def scan(folder: Path, core: Catalog | None) -> Scan:
    """See :func:`comfyc.scan.scan_folder`."""
    if not folder.is_dir():
        raise ComfycError(f"there is no folder '{folder}'", "pass the folder of a pack, or custom_nodes")
    return run_deep(lambda: _scan(folder, core or bundled_core()))


def scan_source(source: PackSource, core: Catalog) -> Scan:
    """The scan of one pack of a folder: of its entries, and of nothing else."""
    return _alone(lambda entries, collector: _scan_pack(source, core, entries, collector))


def scan_comfyui(folder: Path, core: Catalog) -> Scan:
    """The scan of ComfyUI's own nodes in a checkout."""
    return _alone(lambda entries, collector: _scan_core(folder, core, entries, collector))


def _alone(read: Callable[[dict[str, dict[str, Any]], Collector], ScannedPack]) -> Scan:
    collector = Collector()
    entries: dict[str, dict[str, Any]] = {}
    pack = run_deep(lambda: read(entries, collector))
    return Scan(entries, [pack], Diagnostics(collector))


def _scan(folder: Path, core: Catalog) -> Scan:
    collector = Collector()
    entries: dict[str, dict[str, Any]] = {}
    packs: list[ScannedPack] = []
    custom = folder
    if is_comfyui(folder):
        packs.append(_scan_core(folder, core, entries, collector))
        custom = folder / "custom_nodes"
    sources = find_packs(custom) if custom.is_dir() else []
    if not sources and not packs:
        raise ComfycError(
            f"'{folder}' holds no node pack: no __init__.py, and no folder or file that ComfyUI would load",
            "pass the folder of a pack, a custom_nodes folder, or a checkout of ComfyUI",
        )
    packs.extend(_scan_pack(source, core, entries, collector) for source in sources)
    return Scan(entries, packs, Diagnostics(collector))


def _scan_pack(
    source: PackSource, core: Catalog, entries: dict[str, Any], collector: Collector
) -> ScannedPack:
    package = f"custom_nodes.{source.name}"
    machine = new_machine(PackFiles(source.folder, package, source.only), core)
    module = load_guarded(machine, source.only or "__init__.py")
    found = Found(is_open=True) if module is None else read_module(machine, module, package)
    if found.is_open and source.only is None:
        read_others(machine, found, package)
    return _finish(source.name, source.folder, machine, found, entries, collector)


def _scan_core(folder: Path, core: Catalog, entries: dict[str, Any], collector: Collector) -> ScannedPack:
    machine = new_machine(PackFiles(folder, ""), core)
    machine.left *= 4
    found = Found()
    for path, python_module in core_files(folder):
        if path not in machine.files.files:
            continue
        module = load_guarded(machine, path)
        if module is not None:
            more = read_module(machine, module, python_module)
            found.entries.update(more.entries)
            found.unread.update(more.unread)
            found.where.update(more.where)
    return _finish("ComfyUI", folder, machine, found, entries, collector)


def _finish(
    name: str, folder: Path, machine: Machine, found: Found, entries: dict[str, Any], collector: Collector
) -> ScannedPack:
    """Add the entries of a pack, and report what could not be read."""
    for key, entry in found.entries.items():
        entries.setdefault(key, entry)
    all_marks = (
        set(", ".join(one.get("unknown", {}).values()).split(", ")) for one in found.entries.values()
    )
    marks = [rest for one in all_marks if (rest := one - _PROSE)]
    dynamic = sum(1 for one in marks if one == {"options"})
    report_faults(collector, folder, machine.faults)
    report_pack(collector, folder, name, found, is_cut=machine.files.is_cut)
    return ScannedPack(
        name,
        classes=len(found.entries) + len(found.unread),
        whole=len(found.entries) - len(marks),
        dynamic=dynamic,
        partly=len(marks) - dynamic,
        unread=len(found.unread),
        guessed=found.guessed,
        unread_names=dict(found.unread),
    )
