"""Finds the goldens under fixtures/: nothing is registered by hand, a new folder is a new test.

    fixtures/text_to_image/               the example of the README
    fixtures/cases/<topic>/<case>/
        workflow.json                     what the editor saved
        prompt.json                       what Export (API) downloaded (byte for byte), or
        error.txt                         why the browser gave no file: it threw, or gave up opening this
        catalog.txt                       optional: a name in fixtures/catalogs/; else ComfyUI 0.33.0 core
        notes.json                        optional: {"reason": ...}: why this prompt cannot be met exactly
    fixtures/catalogs/<name>.json         an object_info of made-up node types
    fixtures/templates/sha256.json        hashes of the prompts of the official templates

Everything was recorded by scripts/record_exports.py with frontend 1.58.1, `Math.random` at 0 and the clock at
CLOCK (UTC).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FIXTURES = Path(__file__).parent.parent / "fixtures"
CLOCK = "2026-01-02T03:04:05Z"


@dataclass(frozen=True, slots=True)
class Case:
    """One golden: exactly one of `prompt` and `error` is set. `catalog` None is ComfyUI 0.33.0 core."""

    folder: Path
    workflow: str
    prompt: str | None
    error: str | None
    catalog: Path | None
    reason: str | None

    @property
    def name(self) -> str:
        """The test id: `<topic>/<case>`."""
        return f"{self.folder.parent.name}/{self.folder.name}"


def _text(file: Path) -> str | None:
    # newline="" in effect: what was downloaded has no line end that may be translated
    return file.read_bytes().decode("utf-8") if file.is_file() else None


def read_case(folder: Path) -> Case:
    """The golden in `folder`, which holds a workflow.json."""
    catalog = _text(folder / "catalog.txt")
    notes = _text(folder / "notes.json")
    return Case(
        folder,
        (folder / "workflow.json").read_bytes().decode("utf-8"),
        _text(folder / "prompt.json"),
        _text(folder / "error.txt"),
        FIXTURES / "catalogs" / f"{catalog.strip()}.json" if catalog else None,
        json.loads(notes)["reason"] if notes else None,
    )


def cases() -> list[Case]:
    """All goldens, in the order of their names, the README's example first."""
    folders = sorted(file.parent for file in (FIXTURES / "cases").glob("*/*/workflow.json"))
    return [read_case(folder) for folder in (FIXTURES / "text_to_image", *folders)]
