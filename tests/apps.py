"""Workflows that declare inputs and outputs for App mode, and what the real editor shows of each.

fixtures/apps/*.app.json      the example of docs/apps.md
fixtures/apps/made.jsonl      made-up files, a line each: {"name": ..., "workflow": ...}
fixtures/apps/recorded.json   by name, what scripts/record_apps.py has read from the page
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Iterator
from typing import Any

from tests.discovery import FIXTURES

RECORDED = FIXTURES / "apps" / "recorded.json"
EXAMPLE = FIXTURES / "apps" / "text_to_image.app.json"
MADE = FIXTURES / "apps" / "made.jsonl"


def app_files() -> dict[str, str]:
    """The texts of all such files by name: official templates, faults, and made-up ones."""
    example = ("text_to_image", EXAMPLE.read_text("utf-8"))
    return dict([*_templates(), *_faults(), example, *_made()])


def recorded() -> dict[str, Any]:
    """What the editor shows of each file, by its name."""
    found: dict[str, Any] = json.loads(RECORDED.read_text("utf-8"))["files"]
    return found


def _templates() -> Iterator[tuple[str, str]]:
    folder = importlib.resources.files("comfyui_workflow_templates_json") / "templates"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        text = file.read_text("utf-8-sig") if file.name.endswith(".json") else ""
        if '"linearData"' in text and json.loads(text)["extra"].get("linearData"):
            yield file.name, text


def _faults() -> Iterator[tuple[str, str]]:
    for file in sorted((FIXTURES / "faults").glob("I62?/*/workflow.json")):
        yield f"{file.parent.parent.name}/{file.parent.name}", file.read_text("utf-8")


def _made() -> Iterator[tuple[str, str]]:
    for line in MADE.read_text("utf-8").splitlines():
        row = json.loads(line)
        yield row["name"], json.dumps(row["workflow"])
