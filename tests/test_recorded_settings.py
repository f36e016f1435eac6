"""Values that are set, held against what the real frontend exports.

scripts/record_settings.py recorded what it exports after values were typed into subgraph nodes: those of
every official template with subgraphs, and of the cases of fixtures/cases that have any.
scripts/record_changed.py recorded what it exports of files that `comfyc set` has changed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from comfyc import convert, rewrite_with
from comfyc.interface import interface_of, requests_of, set_values
from comfyc.interface.converting import convert_given
from tests.discovery import FIXTURES, cases, read_packed
from tests.every import every
from tests.test_conversion import AS_RECORDED, catalog

RECORDED = FIXTURES / "settings"
TEMPLATES = files("comfyui_workflow_templates_json") / "templates"
NAMED = {case.name: case for case in cases()}
CHANGED = list(read_packed(RECORDED / "changed.jsonl.gz"))[1:]
SAMPLE = 2
"""Every second changed file is made anew; with 1 it holds for all of them."""
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


def group_of(key: str) -> str:
    """A test each for the templates of one sort, and for the cases of one topic."""
    return key.partition("/")[0] if "/" in key else key.partition("_")[0]


def workflow_of(key: str) -> tuple[str, Path | None]:
    """The text of a case or template, and its catalogue."""
    if key in NAMED:
        return NAMED[key].workflow, NAMED[key].catalog
    return (TEMPLATES / f"{key}.json").read_text("utf-8-sig"), None


def recorded() -> list[Recorded]:
    """All rows in which something was typed."""
    found = []
    for name in ("cases", "templates"):
        for row in list(read_packed(RECORDED / f"{name}.jsonl.gz"))[1:]:
            key, typed = row["key"], [one for one in row["settings"] if "value" in one]
            text, about = workflow_of(key)
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


@every(ROWS, name=lambda row: row.key, group=lambda row: group_of(row.key))
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


@every(CHANGED[::SAMPLE], name=lambda row: str(row["key"]), group=lambda row: group_of(str(row["key"])))
def test_a_changed_file_exports_as_in_the_browser(row: dict[str, Any]) -> None:
    text, about = workflow_of(row["key"])
    made = rewrite_with(text, row["values"], catalog(about))
    assert made.data is not None
    assert hashlib.sha256(made.data).hexdigest() == row["file"], "the browser was asked about another file"
    exported = convert(made.data, catalog(about), AS_RECORDED).text
    assert hashlib.sha256(exported.encode()).hexdigest() == row["export"]


def test_changed_files_export_what_was_typed() -> None:
    """The browser's own two answers agree: of the values typed, and of the file in which they are saved."""
    typed = {
        row.key: ({f"{one['host']}.{one['input']}": one["value"] for one in row.settings}, row.digest)
        for row in ROWS
    }
    same = [row for row in CHANGED if typed.get(row["key"], ({}, ""))[0] == row["values"]]
    assert len(same) > 20
    assert [row["key"] for row in same if typed[row["key"]][1] != row["export"]] == []


def test_the_recordings_are_those_of_all_templates_with_subgraphs() -> None:
    templates = [row for row in ROWS if "/" not in row.key]
    assert len(templates) > 160
    assert sum(len(row.settings) for row in templates) > 1600
    kinds = {one["type"] for row in templates for one in row.settings}
    assert kinds >= {"number", "combo", "customtext", "toggle", "color", "curve"}
    assert any(":" in one["host"] for row in templates for one in row.settings)
    assert any(len(one["changes"]) > 1 for row in templates for one in row.settings)
