"""The scanner as a target: the source of a pack, of which nothing runs."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from comfyc.catalog import Catalog
from comfyc.report.findings import FileFindings, located
from comfyc.safety.escaping import visible
from comfyc.scan import scan_folder
from tests.reports import REPORTERS


def scanner(data: bytes) -> None:
    """A catalogue that can be read comes out, the same each time, and findings that can be shown."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "__init__.py").write_bytes(data)
        (Path(folder) / "nodes.py").write_text("NODE_CLASS_MAPPINGS = {}\n")
        first, second = (scan_folder(Path(folder)) for _ in range(2))
    text = json.dumps(first.entries)
    assert text == json.dumps(second.entries)
    catalog = Catalog.from_object_info(json.loads(text))
    for name in catalog:
        assert catalog.info(name) is not None
    report = located(FileFindings("pack", tuple(first.diagnostics)))
    for line in REPORTERS["concise"]([report]).split("\n"):
        assert visible(line) == line
