"""What a scan reports: files that cannot be read, classes without an entry, guesses."""

from __future__ import annotations

from pathlib import Path

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic, Location
from comfyc.scan.machine import Fault
from comfyc.scan.registry import Found


def report_faults(collector: Collector, folder: Path, faults: list[Fault]) -> None:
    """Report the files that could not be read."""
    for fault in faults:
        where = Location(str(folder / fault.path), fault.line, fault.column)
        hint = "the pack's nodes that need this file are missing from the catalogue"
        collector.extend([Diagnostic(codes.SCAN_FILE, fault.message, where, hint)])


def report_pack(collector: Collector, folder: Path, name: str, found: Found, *, is_cut: bool) -> None:
    """Report what is missing or guessed of a pack."""
    for node_type, reason in found.unread.items():
        path, line = found.where.get(node_type, ("__init__.py", None))
        where = Location(str(folder / path), line, None)
        message = f"no entry for '{node_type}': {reason}"
        hint = f"for this node, save a catalogue from a server that has '{name}'"
        collector.extend([Diagnostic(codes.SCAN_CLASS, message, where, hint)])
    if found.guessed:
        message = (
            f"'{name}' registers nodes in a way that is not understood; those of all its modules were taken"
        )
        hint = "some of these node types may not exist on a server"
        collector.extend(
            [Diagnostic(codes.SCAN_GUESSED, message, Location(str(folder / "__init__.py")), hint)]
        )
    elif found.is_open:
        message = f"'{name}' may register further nodes in a way that is not understood"
        hint = f"save a catalogue from a server that has '{name}' to be sure"
        collector.extend(
            [Diagnostic(codes.SCAN_GUESSED, message, Location(str(folder / "__init__.py")), hint)]
        )
    if is_cut:
        message = f"'{name}' has more files or deeper folders than a scan looks at"
        hint = "scan the folder of the pack's sources alone"
        collector.extend([Diagnostic(codes.SCAN_CUT, message, Location(str(folder)), hint)])
