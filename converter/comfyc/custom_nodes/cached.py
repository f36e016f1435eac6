"""The scans of packs that comfyc keeps in its cache folder, each under the key of the pack's contents.

A scan is stored as a bundle (``catalog.bundle``), so that its entries are parsed when they are looked up.
What cannot be read or written is scanned anew: the cache changes no result. A scan that was not used for a
month is removed.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from comfyc.catalog.bundle import SIZE_LIMIT, SUFFIX, gunzip, pack_bundle, parse_foreign_bundle
from comfyc.catalog.cached import cache_folder
from comfyc.codes import RULES
from comfyc.diagnostics import Diagnostic, Location
from comfyc.safety.atomic import replace_file
from comfyc.safety.opening import read_regular
from comfyc.scan import ScannedPack

_FOLDER = "scans"
_UNUSED = 30 * 86_400.0
"""Seconds after which a scan that nobody uses is removed."""
_DAY = 86_400.0
_MOST = 5_000
"""Scans in the folder that are looked at when old ones are removed."""


@dataclass(frozen=True, slots=True)
class CachedScan:
    """The entries of a pack, how much of it could be read, and what was found.

    The files of the findings are relative to the folder of the pack.
    """

    entries: Mapping[str, Any]
    pack: ScannedPack
    findings: tuple[Diagnostic, ...]


def read_scan(key: str) -> CachedScan | None:
    """The scan with this key; ``None`` if there is none, or it is damaged."""
    path = _path(key)
    if path is None:
        return None
    try:
        bundle = parse_foreign_bundle(gunzip(read_regular(path, SIZE_LIMIT)))
        if bundle.header.get("key") != key:
            return None
        found = CachedScan(bundle, _pack(bundle.header), _findings(bundle.header))
        if time.time() - path.stat().st_mtime > _DAY:
            os.utime(path)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return found


def write_scan(key: str, scan: CachedScan) -> None:
    """Keep a scan. If it cannot be written, nothing happens."""
    path = _path(key)
    if path is None:
        return
    findings = [
        [one.code, one.message, one.hint, one.file, one.line, one.column, one.count, one.is_rest]
        for one in scan.findings
    ]
    header = {"key": key, "pack": asdict(scan.pack), "findings": findings}
    with contextlib.suppress(OSError, RecursionError, ValueError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, pack_bundle(header, scan.entries, level=1))
        _remove_unused(path.parent)


def _pack(header: Mapping[str, Any]) -> ScannedPack:
    known = {one.name for one in fields(ScannedPack)}
    return ScannedPack(**{name: value for name, value in header["pack"].items() if name in known})


def _findings(header: Mapping[str, Any]) -> tuple[Diagnostic, ...]:
    return tuple(
        Diagnostic(RULES[code], message, Location(file, line, column), hint, count=count, is_rest=is_rest)
        for code, message, hint, file, line, column, count, is_rest in header["findings"]
    )


def _remove_unused(folder: Path) -> None:
    """Remove the scans that were not used for a month."""
    oldest = time.time() - _UNUSED
    with os.scandir(folder) as found:
        for number, entry in enumerate(found):
            if number >= _MOST:
                return
            if entry.name.endswith(SUFFIX) and entry.stat(follow_symlinks=False).st_mtime < oldest:
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)


def _path(key: str) -> Path | None:
    folder = cache_folder()
    return None if folder is None else folder / _FOLDER / (key + SUFFIX)
