"""Formatted files, and which of them the editor has opened (fixtures/formats, scripts/record_formats.py)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from importlib.resources import files

from comfyc import format_workflow
from tests.discovery import FIXTURES, read_packed

OPENED = FIXTURES / "formats" / "opened.jsonl.gz"


def template_texts() -> Iterator[tuple[str, str]]:
    """The names and the texts of the official templates."""
    folder = files("comfyui_workflow_templates_json") / "templates"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".json"):
            continue
        text = file.read_text(encoding="utf-8-sig")
        document = json.loads(text)
        if isinstance(document, dict) and isinstance(document.get("nodes"), list):
            yield file.name.removesuffix(".json"), text


def formatted_or_not(text: str) -> str:
    """A workflow as `comfyc format` writes it. One that cannot be read stays as it is."""
    return format_workflow(text.encode("utf-8", "surrogatepass")).text or text


def digest(text: str) -> str:
    """What names a formatted text: the first half of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]


def recorded() -> dict[str, str]:
    """By key, the digests of the formatted texts that the editor exports as it did the files before."""
    rows = list(read_packed(OPENED))[1:] if OPENED.is_file() else []
    return {row["key"]: row["file"] for row in rows}
