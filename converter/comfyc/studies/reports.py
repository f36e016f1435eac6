"""The results of a study for CI systems: JUnit XML, GitHub's annotations, and a table for a job's summary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from comfyc.report.junit import JunitCase, JunitFailure, junit_suite
from comfyc.safety.escaping import github_data, github_property, markdown, shortened, visible
from comfyc.safety.limits import amount
from comfyc.studies.records import Counts, RowResult, StoredFinding

_ANNOTATIONS = 10
"""GitHub shows so many errors of a step (docs.github.com, "Annotations limits for a check run")."""
_SHOWN = 100
"""Rows of the table of a summary, which takes 1 MiB."""
_NAME = 200
"""Characters of the parameters in a name, and of a value in a cell."""
_LONGEST = 2_000
"""Characters of a text output."""


def study_junit(name: str, counts: Counts, results: Iterable[RowResult], seconds: float) -> str:
    """A suite with a test case for each row, which is named by its parameters; ``seconds`` are those of all
    rows. Rows of which nothing is known yet are skipped ones."""
    cases = map(_case, results)
    return junit_suite(name, cases, counts.rows, counts.failed, skipped=counts.left, seconds=seconds)


def study_annotations(name: str, counts: Counts, failed: Iterable[RowResult]) -> str:
    """A workflow command of GitHub for each of the first failed rows, at its line of the table if it has one,
    and a notice that counts all rows."""
    lines = list(map(_annotation, islice(failed, _ANNOTATIONS)))
    notice = f"::notice title={github_property(visible(name))}::{github_data(visible(_counted(counts)))}"
    return "\n".join([*lines, notice, ""])


def study_summary(name: str, counts: Counts, failed: Iterable[RowResult]) -> str:
    """A heading that counts the rows, and a table of the failed ones, for ``$GITHUB_STEP_SUMMARY``."""
    lines = [f"### comfyc: {markdown(name)}: {_counted(counts)}", ""]
    if counts.failed:
        lines += ["| Row | Parameters | Server | Problem |", "| --- | --- | --- | --- |"]
    for one in islice(failed, _SHOWN):
        cells = (one.stem, _parameters(one), one.server or "", shortened(_problem(one), _NAME))
        lines.append(f"| {' | '.join(map(markdown, cells))} |")
    if counts.failed > _SHOWN:
        lines += ["", f"{counts.failed - _SHOWN:,} more rows have failed."]
    return "\n".join([*lines, ""])


def _counted(counts: Counts) -> str:
    left = f", {counts.left:,} left" if counts.left else ""
    return f"{amount(counts.rows, 'rows')}, {counts.done:,} done, {counts.failed:,} failed{left}"


def _case(result: RowResult) -> JunitCase:
    failure, skipped = None, None
    if result.state == "failed":
        errors = [one for one in result.findings if one.severity == "error"]
        codes = " ".join(dict.fromkeys(one.code for one in errors)) or "failed"
        failure = JunitFailure(codes, _problem(result), list(_lines(errors)) or [_problem(result)])
    elif result.state != "done":
        skipped = "it was not made yet" if result.state == "waiting" else "it is not known what became of it"
    others = [one for one in result.findings if failure is None or one.severity != "error"]
    made = (one.path or shortened(one.text or "", _LONGEST) for one in result.outputs)
    out = [*_lines(others), *made]
    return JunitCase(_name(result), result.seconds or 0.0, failure, skipped, out)


def _lines(findings: Iterable[StoredFinding]) -> Iterator[str]:
    for one in findings:
        node = f" (node {one.node})" if one.node is not None else ""
        yield f"{one.severity}[{one.code}] {one.message}{node}"
        if one.hint:
            yield f"  help: {one.hint}"


def _annotation(result: RowResult) -> str:
    properties = {"title": visible(_name(result))}
    at = re.match(r"(.+?):(\d+)(?= |$)", result.origin)  # "a.csv:3 b.csv:1" for a row of two tables
    if at is not None:
        properties = {"file": visible(at[1]), "line": at[2], **properties}
    listed = ",".join(f"{name}={github_property(value)}" for name, value in properties.items())
    errors = [one for one in result.findings if one.severity == "error"]
    words = [visible(line) for line in _lines(errors)] or [visible(_problem(result))]
    return f"::error {listed}::{github_data(chr(10).join(words))}"


def _name(result: RowResult) -> str:
    """What the row is called, and its parameters: ``0003 cfg=4 sampler_name=euler``."""
    return f"{result.stem} {_parameters(result)}".rstrip()


def _parameters(result: RowResult) -> str:
    return shortened(" ".join(f"{name}={value}" for name, value in result.parameters.items()), _NAME)


def _problem(result: RowResult) -> str:
    return result.problem or "it failed"
