"""What is shown, and what counts as an error."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from comfyc import codes
from comfyc.diagnostics import ComfycError, Diagnostic, Severity
from comfyc.report.counts import has_errors
from comfyc.report.findings import FileFindings, located
from comfyc.report.selection import EVERYTHING, Selection, selection

RULES = (
    codes.NOT_JSON,
    codes.NON_FINITE_NUMBER,
    codes.UNKNOWN_TYPE,
    codes.VALUE_NOT_IN_LIST,
    codes.MISSING_FILE,
    codes.EXPERIMENTAL_NODE,
)
FOUND = tuple(Diagnostic(rule, "x") for rule in RULES)


def _shown(chosen: Selection, file: str = "a.json") -> list[str]:
    return [diagnostic.rule.code for diagnostic, _ in chosen.apply(file, FOUND)]


ALL = [rule.code for rule in RULES]


@pytest.mark.parametrize(
    ("select", "ignore", "shown"),
    [
        ([], [], ALL),
        (["ALL"], [], ALL),
        (["P3"], [], ["W001", "P306", "P307", "P341"]),
        (["p307"], [], ["W001", "P307"]),
        (["missing-file", " N "], [], ["W001", "N201", "P307"]),
        (["warning"], [], ["W001", "W005", "N201", "P307"]),
        (["W005"], [], ["W001", "W005"]),
        ([], ["P307"], ["W001", "W005", "N201", "P306", "P341"]),
        ([], ["P3", "info"], ["W001", "W005", "N201"]),
        ([], ["info"], ["W001", "W005", "N201", "P306", "P307"]),
        ([], ["ALL"], []),
        (["P3"], ["P307"], ["W001", "P306", "P341"]),
        (["P307"], ["P3"], ["W001", "P307"]),
        (["P307"], ["missing-file"], ["W001"]),
        (["ALL"], ["warning"], ["W001", "P306", "P341"]),
        (["P3"], ["W001"], ["P306", "P307", "P341"]),
        (["P3"], ["W"], ["P306", "P307", "P341"]),
    ],
)
def test_the_longest_selector_decides(select: list[str], ignore: list[str], shown: list[str]) -> None:
    assert _shown(selection(select, ignore)) == shown


def test_a_file_that_was_not_read_does_not_pass_for_sound() -> None:
    report = located(FileFindings("a.json", FOUND[:1]), selection(["P3"]))
    assert has_errors([report])


@pytest.mark.parametrize(
    ("pattern", "file", "hit"),
    [
        ("a.json", "a.json", True),
        ("a.json", "deep/down/a.json", True),
        ("*.json", "deep/a.json", True),
        ("./old/*", "old/a.json", True),
        ("old/*", "./old/a.json", True),
        ("old/*", "old/x/../deep/a.json", True),
        ("old\\*", "old/a.json", True),
        ("old/*", "older/a.json", False),
        ("old/*", "x/old/a.json", False),
        ("**/old/*", "x/old/a.json", True),
        ("b.json", "a.json", False),
        ("[ab].json", "a.json", True),
    ],
)
def test_per_file_ignores(pattern: str, file: str, hit: bool) -> None:
    chosen = selection(ignore=["N"], per_file_ignores={pattern: ["P3"], "other": ["W"]})
    expected = ["W001", "W005"] if hit else ["W001", "W005", "P306", "P307", "P341"]
    assert _shown(chosen, file) == expected


def test_patterns_are_relative_to_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = selection(per_file_ignores={"old/*": ["ALL"]}, root=str(tmp_path))
    (tmp_path / "old").mkdir()
    monkeypatch.chdir(tmp_path / "old")
    assert _shown(chosen, "a.json") == []
    assert _shown(chosen, str(tmp_path / "old" / "a.json")) == []
    assert _shown(chosen, "../a.json") == ALL


def test_strict_raises_warnings_and_leaves_the_rules_alone() -> None:
    found = FileFindings("a.json", FOUND[1:3] + FOUND[5:])
    loose, strict = located(found), located(found, selection(strict=True))
    assert not has_errors([loose])
    assert has_errors([strict])
    assert [f.severity for f in strict.findings] == [Severity.ERROR, Severity.INFO, Severity.ERROR]
    assert [f.diagnostic.rule for f in strict.findings] == [
        codes.UNKNOWN_TYPE,
        codes.EXPERIMENTAL_NODE,
        codes.NON_FINITE_NUMBER,
    ]
    assert codes.UNKNOWN_TYPE.severity is Severity.WARNING


@pytest.mark.parametrize("selector", ["", "X", "P9", "P3O7", "P3070", "missing", "errors"])
def test_a_selector_that_fits_no_rule(selector: str) -> None:
    for arguments in (
        {"select": [selector]},
        {"ignore": [selector]},
        {"per_file_ignores": {"*": [selector]}},
    ):
        with pytest.raises(ComfycError, match=f"'{selector}'"):
            selection(**arguments)


def test_a_slip_gets_a_suggestion() -> None:
    with pytest.raises(ComfycError) as caught:
        selection(["mising-file"])
    assert "did you mean P307 (missing-file)?" in (caught.value.hint or "")


def test_selections_and_reports_pass_between_processes() -> None:
    chosen = selection(["P3"], ["P307"], {"*": ["info"]}, strict=True)
    assert pickle.loads(pickle.dumps(chosen)) == chosen
    report = located(FileFindings("a.json", FOUND), EVERYTHING)
    assert pickle.loads(pickle.dumps(report)) == report
