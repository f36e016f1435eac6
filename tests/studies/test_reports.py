"""The results of a study for CI systems."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comfyc.studies.ledger import Ledger
from comfyc.studies.records import Counts, RowResult, StoredFinding, StoredOutput
from comfyc.studies.reports import study_annotations, study_junit, study_summary
from tests.in_process import comfyc
from tests.reports import as_command
from tests.studies.small import small_study

ERROR = StoredFinding("S460", "error", "9", "'not blank' does not hold: out/3.png: it is blank", "look at it")
WARNING = StoredFinding("S406", "warning", None, "the node blocked its output", None)
HOSTILE = "x\n::error::y\x1b[31m ##[group] <b>|`\u202e"


def result(number: int, **members: Any) -> RowResult:
    made = RowResult(
        number, {"cfg": 4.5}, f"my t.csv:{number + 1} u.csv:1", f"{number:04}", "done", 1, "http://gpu1", "p",
        "h", {}, 1.0, 2.0, 1.25, None,
    )  # fmt: skip
    return replace(made, **members)


@pytest.fixture
def results() -> list[RowResult]:
    outputs = (
        StoredOutput("9", "Save", "images", "file", "1.png", "00", 5),
        StoredOutput("8", "", "text", "text", text="a fox"),
    )
    return [
        result(1, outputs=outputs, findings=(WARNING,)),
        result(2, state="waiting", seconds=None, server=None),
        result(
            3, state="failed", problem=ERROR.message, findings=(ERROR, WARNING, replace(ERROR, code="S463"))
        ),
        result(4, state="failed", problem="no server can run it", seconds=None, origin="", parameters={}),
        result(5, state="sent"),
    ]


COUNTS = Counts(waiting=1, sent=1, done=1, failed=2)


def failed(results: list[RowResult]) -> Iterator[RowResult]:
    return (one for one in results if one.state == "failed")


def test_junit_has_a_case_for_each_row(results: list[RowResult]) -> None:
    root = ET.fromstring(study_junit("grid", COUNTS, results, 2.5).encode())
    (suite,) = root
    assert suite.attrib == {
        "name": "grid", "tests": "5", "failures": "2", "errors": "0", "skipped": "2", "time": "2.5",
    }  # fmt: skip
    assert [case.attrib["name"] for case in suite] == [
        "0001 cfg=4.5", "0002 cfg=4.5", "0003 cfg=4.5", "0004", "0005 cfg=4.5",
    ]  # fmt: skip
    assert [case.attrib["time"] for case in suite] == ["1.25", "0", "1.25", "0", "1.25"]
    assert [[part.tag for part in case] for case in suite] == [
        ["system-out"], ["skipped"], ["failure", "system-out"], ["failure"], ["skipped"],
    ]  # fmt: skip
    whole = study_junit("grid", COUNTS, [], 1_234_567.00049)
    assert 'time="1234567"' in whole
    assert suite[0][0].text == "warning[S406] the node blocked its output\n1.png\na fox"
    failure = suite[2][0]
    assert failure.attrib == {"type": "S460 S463", "message": ERROR.message}
    assert (failure.text or "").splitlines()[:2] == [
        f"error[S460] {ERROR.message} (node 9)",
        "  help: look at it",
    ]
    assert suite[3][0].attrib == {"type": "failed", "message": "no server can run it"}


def test_github_gets_ten_annotations_and_the_numbers(results: list[RowResult]) -> None:
    text = study_annotations("grid", COUNTS, failed(results))
    commands = [as_command(line) for line in text.splitlines()]
    first, second, last = [one for one in commands if one is not None]
    assert first.properties == {"file": "my t.csv", "line": "4", "title": "0003 cfg=4.5"}
    assert first.name == "error"
    assert second.properties == {"title": "0004"}
    assert (last.name, last.properties) == ("notice", {"title": "grid"})
    assert text.endswith("::5 rows, 1 done, 2 failed, 2 left\n")
    many = (result(number, state="failed", problem="x") for number in range(1, 1_000))
    assert study_annotations("grid", Counts(failed=999), many).count("::error") == 10
    assert next(many).number == 11  # no more were read


def test_a_summary_has_a_table_of_failed_rows(results: list[RowResult]) -> None:
    heading, _, head, _, *rows = study_summary("grid", COUNTS, failed(results)).splitlines()
    assert heading == "### comfyc: grid: 5 rows, 1 done, 2 failed, 2 left"
    assert head == "| Row | Parameters | Server | Problem |"
    assert [row.split(" | ")[0] for row in rows] == ["| 0003", "| 0004"]
    assert study_summary("grid", Counts(done=3), ()).count("|") == 0
    many = (result(number, state="failed", problem="x" * 5_000) for number in range(1, 1_000))
    text = study_summary("grid", Counts(failed=999), many)
    assert text.endswith("\n\n899 more rows have failed.\n")
    assert len(text.encode()) < 1 << 20


def test_nothing_in_a_row_is_obeyed() -> None:
    finding = StoredFinding("S460", "error", HOSTILE, HOSTILE, HOSTILE)
    output = StoredOutput("9", "", "text", "text", text=HOSTILE)
    row = result(1, state="failed", stem=HOSTILE, parameters={HOSTILE: HOSTILE}, problem=HOSTILE,
                 findings=(finding,), outputs=(output,), origin=f"{HOSTILE}:3", server=HOSTILE)  # fmt: skip
    counts = Counts(failed=1)
    (suite,) = ET.fromstring(study_junit(HOSTILE, counts, [row], 1.0).encode())
    assert len(suite) == 1
    assert (suite[0][1].text or "").startswith("x\\n::error")
    github = study_annotations(HOSTILE, counts, [row])
    assert [line[:8] for line in github.splitlines()] == ["::error ", "::notice"]
    summary = study_summary(HOSTILE, counts, [row])
    assert len(summary.splitlines()) == 5
    for text in (study_junit(HOSTILE, counts, [row], 1.0), github, summary):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<b>" not in summary


@pytest.mark.parametrize("flag", ["--junit", "--github", "--markdown"])
def test_studies_show_writes_them(flag: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    small_study(folder)
    shown = comfyc("studies", "show", folder, flag)
    assert (shown.code, shown.err) == (0, "")
    with Ledger.open(folder) as ledger:
        assert (
            shown.out
            == {
                "--junit": study_junit("out", ledger.counts(), ledger.results(), 1.75),
                "--github": study_annotations("out", ledger.counts(), ledger.results("failed")),
                "--markdown": study_summary("out", ledger.counts(), ledger.results("failed")),
            }[flag]
        )
    assert "cfg=2" in shown.out
    written = comfyc("studies", "show", folder, flag, "-o", tmp_path / "report")
    assert (written.code, (tmp_path / "report").read_text("utf-8")) == (0, shown.out)
    both = comfyc("studies", "show", folder, flag, "--json")
    assert both.code == 2
    assert f"{flag} and --json cannot be used together" in both.err
