"""What ``comfyc catalog scan`` does: a catalogue from the source code of node packs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from comfyc.catalog.bundle import gzip_bytes
from comfyc.cli.flags.common import file_or_stdout
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import report_of, show
from comfyc.cli.output.writing import note, write_product
from comfyc.diagnostics import ComfycError, Diagnostic
from comfyc.report.findings import FileReport
from comfyc.safety.atomic import write_file
from comfyc.scan import ScannedPack, scan_folder


def scan_catalogs(
    folders: Sequence[Path], output: Path, *, as_json: bool, verbose: bool, quiet: bool
) -> None:
    """Scan folders and write one catalogue to ``output`` ("-": stdout). The first folder that has a node
    type counts."""
    file = file_or_stdout(output)
    if file is None and as_json:
        raise ComfycError("the catalogue and --json would both go to stdout", "pass -o FILE")
    entries: dict[str, Any] = {}
    packs: list[ScannedPack] = []
    found: list[Diagnostic] = []
    for folder in folders:
        scanned = scan_folder(folder)
        for name, entry in scanned.entries.items():
            entries.setdefault(name, entry)
        packs += scanned.packs
        found += scanned.diagnostics
    reports = _reports(found)
    show(reports, verbose=verbose, quiet=quiet, summary=False)
    data = json.dumps(entries, separators=(",", ":")).encode()
    if file is None:
        write_product(data)
    else:
        _write(file, data)
    note(_summary(str(file or "stdout"), len(entries), packs))
    if as_json:
        record = {"output": str(file), "nodes": len(entries), "packs": [asdict(pack) for pack in packs]}
        answer = JsonAnswer("catalog scan", [record])
        answer.add_findings(reports)
        answer.print(0)


def _reports(found: Sequence[Diagnostic]) -> list[FileReport]:
    """The findings by file, in the order of the files."""
    files = dict.fromkeys(one.file or "" for one in found)
    made = [report_of(file, [one for one in found if one.file == file], None, strict=False) for file in files]
    return [report for report in made if report is not None]


def _write(file: Path, data: bytes) -> None:
    try:
        write_file(file, gzip_bytes(data) if file.suffix == ".gz" else data)
    except OSError as error:
        reason = error.strerror or error
        raise ComfycError(f"cannot write '{file}': {reason}", "pass another file with -o") from error


def _summary(output: str, nodes: int, packs: Sequence[ScannedPack]) -> str:
    parts = [
        (sum(pack.dynamic for pack in packs), "with lists that depend on the machine"),
        (sum(pack.partly for pack in packs), "not completely known"),
        (sum(pack.unread for pack in packs), "left out"),
    ]
    details = "".join(f", {count} {what}" for count, what in parts if count)
    return f"{output}: {nodes} node types of {len(packs)} pack{'' if len(packs) == 1 else 's'}{details}"
