"""The goldens are whole: each case has one answer, and the recorded hashes cover the installed templates."""

from __future__ import annotations

import importlib.resources
import json

import pytest

from tests.discovery import FIXTURES, Case, cases
from tests.masking import mask_captures

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_has_one_answer(case: Case) -> None:
    assert (case.prompt is None) != (case.error is None)
    assert case.catalog is None or case.catalog.is_file()
    if case.prompt is not None:
        assert isinstance(json.loads(case.prompt), dict)
        assert not case.prompt.endswith("\n"), "the browser's download does not end in a line break"


def test_no_folder_is_overlooked() -> None:
    found = {case.folder for case in CASES}
    for file in (FIXTURES / "cases").rglob("*"):
        if file.is_file():
            assert file.parent in found, f"{file} belongs to no case"


def test_every_catalogue_is_used() -> None:
    used = {case.catalog for case in CASES}
    for file in (FIXTURES / "catalogs").glob("*.json"):
        assert file in used, f"no case uses {file.name}"


def test_hashes_cover_the_installed_templates() -> None:
    recorded = json.loads((FIXTURES / "templates" / "sha256.json").read_text())["templates"]
    folder = importlib.resources.files("comfyui_workflow_templates_json") / "templates"
    documents = {
        file.name.removesuffix(".json"): json.loads(file.read_text(encoding="utf-8-sig"))
        for file in folder.iterdir()
        if file.name.endswith(".json")
    }
    workflows = {
        key for key, document in documents.items() if isinstance(document, dict) and "nodes" in document
    }
    assert set(recorded) == workflows


def snapshot(name: str, rest: str) -> str:
    """A prompt with one input that holds what a live 3D view exports."""
    view = '{\n        "camera_info": {\n          "zoom": 1\n        },\n'
    value = f'{view}{rest}        "model_3d_info": []\n      }}'
    return f'{{\n  "1": {{\n    "inputs": {{\n      "{name}": {value},\n      "n": 1\n    }}\n  }}\n}}'


@pytest.mark.parametrize("name", ["image", 'a "quoted" name: {', "\u00fc.0"])
def test_a_live_view_is_masked_whatever_its_name(name: str) -> None:
    key = json.dumps(name, ensure_ascii=False)[1:-1]
    text = snapshot(key, '        "image": "threed/scene_1.png [temp]",\n')
    assert json.loads(mask_captures(text)) == {"1": {"inputs": {name: "", "n": 1}}}
    assert (
        mask_captures(text)
        == f'{{\n  "1": {{\n    "inputs": {{\n      "{key}": "",\n      "n": 1\n    }}\n  }}\n}}'
    )


def test_nothing_else_is_masked() -> None:
    text = snapshot("image", "").replace("model_3d_info", "model_2d_info")
    assert mask_captures(text) == text


def test_only_live_views_are_masked_in_the_goldens() -> None:
    for case in CASES:
        masked = mask_captures(case.prompt or "")
        assert (masked != case.prompt) == ("camera_info" in (case.prompt or "")) or case.prompt is None
        assert mask_captures(masked) == masked
