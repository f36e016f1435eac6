"""Values for inputs of subgraph nodes, held against what the real frontend exports after they were typed.

scripts/record_settings.py recorded fixtures/settings/: every official template with subgraphs, and the cases
of fixtures/cases that have any.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from comfyc.interface import interface_of, requests_of, set_values
from comfyc.interface.converting import convert_given
from tests.discovery import FIXTURES, cases, read_packed
from tests.every import every
from tests.test_conversion import AS_RECORDED, catalog

RECORDED = FIXTURES / "settings"
TEMPLATES = files("comfyui_workflow_templates_json") / "templates"
FORGOTTEN = {"nested_subgraphs/nested_twice_parent_first"}
"""Here the editor forgets the values of the subgraph nodes inside another when it opens the file: a value can
be typed, but no file holds it."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded of one workflow. ``settings`` are those that were typed."""

    key: str
    workflow: str
    catalog: Path | None
    settings: list[dict[str, Any]]
    linked: list[list[str]]
    digest: str
    is_undone: bool

    @property
    def group(self) -> str:
        """A test each for the templates of one sort, and for the cases of one topic."""
        return self.key.partition("/")[0] if "/" in self.key else self.key.partition("_")[0]


def recorded() -> list[Recorded]:
    """All rows in which something was typed, the largest first."""
    workflows = {case.name: (case.workflow, case.catalog) for case in cases()}
    found = []
    for file in sorted(RECORDED.iterdir()):
        for row in list(read_packed(file))[1:]:
            key, typed = row["key"], [one for one in row["settings"] if "value" in one]
            text, about = workflows.get(key) or ((TEMPLATES / f"{key}.json").read_text("utf-8-sig"), None)
            undone = not any("skipped" in one for one in typed)
            found.append(Recorded(key, text, about, typed, row["linked"], row["all"]["sha256"], undone))
    return [row for row in found if row.settings]


ROWS = recorded()


def changed(before: Any, after: Any) -> dict[tuple[str, str], Any]:
    """The inputs whose values differ between two prompts of the same nodes, with the new values."""
    return {
        (ident, name): value
        for ident, node in after.items()
        for name, value in node["inputs"].items()
        if before[ident]["inputs"].get(name) != value
    }


def as_typed(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@every(ROWS, name=lambda row: row.key, group=lambda row: row.group)
def test_each_input_of_a_subgraph_node_can_be_set(row: Recorded) -> None:
    """Each alone reaches what it reaches in the browser, and all at once give the browser's text. An input
    that is fed says by what."""
    flow, types = json.loads(row.workflow), catalog(row.catalog)
    found, requests = interface_of(flow, types, AS_RECORDED), list[str]()
    assert found.conversion.ok
    for one in row.settings:
        expected = {(node, name): value for node, name, value in one["changes"]}
        setting = found.setting(one["host"], one["input"])
        if setting is None:
            assert row.key in FORGOTTEN or not expected, one
            continue
        requests.append(f"{setting.path}={as_typed(one['value'])}")
        shown = (setting.kind, setting.link, setting.held_by, setting.label)
        assert shown == ("subgraph", "", None, one["label"]), one
        if expected != dict.fromkeys(setting.targets, one["value"]):  # something in the prompt follows
            values = dict.fromkeys(setting.targets, one["value"])
            done = convert_given(flow, types, values, found.conversion)
            assert changed(found.conversion.prompt, done.prompt) == expected, one
    for host, name in row.linked:
        fed = found.setting(host, name)
        assert fed is None or fed.link or fed.held_by, (host, name)
    if row.key not in FORGOTTEN and row.is_undone:
        outcome = set_values(found, flow, requests_of(requests), types)
        assert outcome.is_understood
        assert hashlib.sha256(outcome.conversion.text.encode()).hexdigest() == row.digest


def test_the_recordings_are_those_of_all_templates_with_subgraphs() -> None:
    templates = [row for row in ROWS if "/" not in row.key]
    assert len(templates) > 160
    assert sum(len(row.settings) for row in templates) > 1600
    kinds = {one["type"] for row in templates for one in row.settings}
    assert kinds >= {"number", "combo", "customtext", "toggle", "color", "curve"}
    assert any(":" in one["host"] for row in templates for one in row.settings)
    assert any(len(one["changes"]) > 1 for row in templates for one in row.settings)
