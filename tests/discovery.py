"""Finds the goldens under fixtures/: nothing is registered by hand, a new folder is a new test.

    fixtures/fixtures.toml                what each folder of fixtures/ holds and where that comes from
    fixtures/text_to_image/               the example of the README
    fixtures/cases/<topic>/cases.toml     what the topic shows, and of each of its cases (``[cases.<case>]``):
        added                             the day on which it was recorded first
        catalog                           optional: a name in fixtures/catalogs/; else ComfyUI 0.33.0 core
        reason                            optional: why this prompt cannot be met exactly
        title, source, frontend           optional: in the place of the topic's
    fixtures/cases/<topic>/<case>/
        workflow.json                     what the editor saved
        prompt.json                       what Export (API) downloaded (byte for byte), or
        error.txt                         why the browser gave no file: it threw, or gave up opening this
    fixtures/cases/generated/<catalog>.jsonl.gz    made-up workflows: a line of provenance, then a case a line
    fixtures/catalogs/<name>.json         an object_info of made-up node types
    fixtures/templates/exports.jsonl.gz   the prompts of the official templates, by name
    fixtures/templates/sha256.json        the hashes of these

Everything was recorded by scripts/record_exports.py with frontend 1.58.1, `Math.random` at 0 and the clock at
CLOCK (UTC).
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent.parent / "fixtures"
CASES = FIXTURES / "cases"
GENERATED = CASES / "generated"
TEMPLATE_EXPORTS = FIXTURES / "templates" / "exports.jsonl.gz"
CLOCK = "2026-01-02T03:04:05Z"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a case comes from. ``seed`` and ``number`` give a made-up one again."""

    title: str
    source: str
    frontend: str
    added: str
    seed: int | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One golden: exactly one of `prompt` and `error` is set. `catalog` None is ComfyUI 0.33.0 core."""

    topic: str
    label: str
    workflow: str
    prompt: str | None
    error: str | None
    catalog: Path | None
    reason: str | None
    provenance: Provenance

    @property
    def name(self) -> str:
        """The test id: `<topic>/<case>`."""
        return f"{self.topic}/{self.label}"


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text. Python 3.10 has no reader of its own; comfyc then depends on tomli."""
    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    found: dict[str, Any] = toml.loads(text)
    return found


def read_toml(file: Path) -> dict[str, Any]:
    """The tables of a TOML file."""
    return parse_toml(file.read_text("utf-8"))


def read_packed(file: Path) -> Iterator[dict[str, Any]]:
    """The objects of a .jsonl.gz, one a line."""
    with gzip.open(file, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            yield json.loads(line)


def write_packed(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a .jsonl.gz: the same rows give the same bytes, whenever they are written."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    file.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))


def catalog_file(name: str | None) -> Path | None:
    """The file of a made-up catalogue."""
    return FIXTURES / "catalogs" / f"{name}.json" if name else None


def read_case(folder: Path) -> Case:
    """The golden in `folder`, which holds a workflow.json; the topic's cases.toml says the rest."""
    alone = folder.name == "text_to_image"
    about = _fixtures()[folder.name] if alone else _topic(folder.parent)
    entry = about if alone else {**about, **about["cases"][folder.name]}
    return Case(
        folder.parent.name,
        folder.name,
        _text(folder / "workflow.json") or "",
        _text(folder / "prompt.json"),
        _text(folder / "error.txt"),
        catalog_file(entry.get("catalog")),
        entry.get("reason"),
        Provenance(entry["title"], entry["source"], entry["frontend"], str(entry["added"])),
    )


def _text(file: Path) -> str | None:
    # newline="" in effect: what was downloaded has no line end that may be translated
    return file.read_bytes().decode("utf-8") if file.is_file() else None


@cache
def _fixtures() -> dict[str, Any]:
    return read_toml(FIXTURES / "fixtures.toml")


@cache
def _topic(folder: Path) -> dict[str, Any]:
    return read_toml(folder / "cases.toml")


def read_generated(file: Path) -> list[Case]:
    """The made-up cases over one catalogue, in the order of their numbers."""
    head, *rows = read_packed(file)
    return [
        Case(
            f"generated_{file.name.removesuffix('.jsonl.gz')}",
            f"{row['number']:03}",
            row["workflow"],
            row.get("prompt"),
            row.get("error"),
            catalog_file(head["catalog"]),
            row.get("reason"),
            Provenance(
                head["title"], head["source"], head["frontend"], head["added"], head["seed"], row["number"]
            ),
        )
        for row in rows
    ]


@cache
def cases() -> tuple[Case, ...]:
    """All goldens: the README's example, those in folders by name, the made-up ones."""
    folders = sorted(file.parent for file in CASES.glob("*/*/workflow.json"))
    made_up = [case for file in sorted(GENERATED.glob("*.jsonl.gz")) for case in read_generated(file)]
    return tuple(map(read_case, (FIXTURES / "text_to_image", *folders))) + tuple(made_up)
