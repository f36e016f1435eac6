"""Validate all workflows of a folder: copy this file into your test suite and change ``FOLDER``."""

import json
from pathlib import Path

import pytest

from comfyc import Catalog, validate

FOLDER = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted(FOLDER.glob("*.json"))
CATALOG = Catalog.load()  # or Catalog.load("object_info.json.gz") of a server with your custom nodes


def test_there_are_workflows() -> None:
    assert WORKFLOWS


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_valid(path: Path) -> None:
    validation = validate(json.loads(path.read_text("utf-8")), CATALOG)
    errors = [
        f"{finding.code} {finding.message}"
        for finding in validation.diagnostics
        if finding.severity.value == "error"
    ]
    assert not errors
