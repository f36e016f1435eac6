"""Validate all workflows of a folder: copy this file into your test suite and change ``FOLDER``."""

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
    errors = validate(path, CATALOG, assume_files=True).diagnostics.errors
    assert not errors, str(errors)
