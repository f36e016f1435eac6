"""Findings as text, in every form that ``--format`` offers. Nothing here prints.

    found = of_carried(name, diagnostics, carried)      what the stages found in one file
    chosen = selection(select, ignore, ...)             what of it is to be shown
    report = located(found, chosen)                     sorted, with lines and columns; a report a file
    REPORTERS["sarif"]([report, ...])                   the text, with its line end, or an empty one
    summary_line([report, ...])                         the closing line

Every reporter takes ``color``; only the form for people uses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from comfyc.report.counts import Tally, statistics, summary_line, tally
from comfyc.report.document import json_document
from comfyc.report.findings import Excerpt, FileFindings, FileReport, Finding, located, of_carried
from comfyc.report.github import github, job_summary
from comfyc.report.junit import junit
from comfyc.report.pages import explain, rules_page
from comfyc.report.sarif import sarif
from comfyc.report.selection import EVERYTHING, Selection, selection
from comfyc.report.terminal import concise, text
from comfyc.safety.escaping import plain

__all__ = (
    "EVERYTHING",
    "REPORTERS",
    "Excerpt",
    "FileFindings",
    "FileReport",
    "Finding",
    "Reporter",
    "Selection",
    "Tally",
    "explain",
    "has_errors",
    "located",
    "of_carried",
    "plain",
    "rules_page",
    "selection",
    "statistics",
    "summary_line",
    "tally",
)


class Reporter(Protocol):
    """Reports of all files that were checked, in the order of the call, to one text."""

    def __call__(self, reports: Sequence[FileReport], *, color: bool = False) -> str: ...


REPORTERS: Mapping[str, Reporter] = {
    "text": text,
    "concise": concise,
    "json": json_document,
    "sarif": sarif,
    "junit": junit,
    "github": github,
    "markdown": job_summary,
}
"""The forms by name: the choices of ``--format``."""


def has_errors(reports: Sequence[FileReport]) -> bool:
    """Whether any finding counts as an error, so that the exit code is 1."""
    return any(report.has_errors for report in reports)
