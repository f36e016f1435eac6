"""Prepare findings for output: select and sort them, and add line, column and an excerpt of the source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from comfyc.diagnostics import Diagnostic, Pointer, Severity
from comfyc.report.selection import EVERYTHING, Selection
from comfyc.sources.positions import locate

if TYPE_CHECKING:
    from comfyc.sources import Carried

Member = Literal["workflow", "prompt", "parameters"]

_WORD = re.compile(r"\w")
_BEFORE, _AFTER = 40, 60
"""Characters of a source line that are shown before and after a position."""
_LONGEST = 20_000
"""Upper bound on the characters of a pointer that are shown."""


@dataclass(frozen=True, slots=True)
class FileFindings:
    """The findings of all stages in one input file.

    ``text`` is the JSON text that pointers refer to, if any was found; ``container`` is the format of the
    file ('json', 'png', ...), and ``member`` says which text of a carrier it is (None for JSON).
    """

    file: str
    diagnostics: Sequence[Diagnostic]
    text: str | None = None
    container: str = "json"
    member: Member | None = None


def of_carried(file: str, diagnostics: Iterable[Diagnostic], carried: Carried | None) -> FileFindings:
    """The findings in a file that ``comfyc.sources`` has read; ``carried`` is None if no text was found."""
    found = tuple(diagnostics)
    if carried is None:
        return FileFindings(file, found)
    member = None if carried.kind == "json" else carried.kind
    return FileFindings(file, found, carried.text, carried.container, member)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a source line. ``caret`` is the offset of the position in ``text``; ``cut`` says whether the
    line continues to the left and to the right."""

    text: str
    caret: int
    cut: tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding to show. The diagnostic's location has line and column if there is a text. ``severity`` is
    the effective one: ``strict`` may have raised it above that of the rule."""

    diagnostic: Diagnostic
    severity: Severity
    excerpt: Excerpt | None = None

    @property
    def count(self) -> int:
        """The number of findings that this one stands for (see ``Collector``)."""
        return self.diagnostic.count


@dataclass(frozen=True, slots=True)
class FileReport:
    """The findings in one file, sorted. The report does not hold the file's text, so that many reports take
    little memory and can be passed between processes."""

    file: str
    container: str = "json"
    member: Member | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def has_errors(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def subject(self, finding: Finding) -> str:
        """The file, with the text of a carrier that the finding's line refers to:
        ``shared.png[workflow]``."""
        if self.member is None or finding.diagnostic.location.line is None:
            return self.file
        return f"{self.file}[{self.member}]"

    def file_line(self, finding: Finding) -> tuple[int, int | None]:
        """Line and column in the file itself, for formats that cannot point into a carrier; (1, None) if
        there are none."""
        location = finding.diagnostic.location
        if self.member is not None or location.line is None:
            return 1, None
        return location.line, location.column


def located(found: FileFindings, selection: Selection = EVERYTHING) -> FileReport:
    """Select the findings to show, find their positions in the text in one walk, and sort them.

    A finding with an empty pointer is about the file as a whole and gets no line. Findings are sorted by
    line, column and code; equal ones keep the order in which they were reported. Findings that stand for
    further ones come last.
    """
    kept = selection.apply(found.file, found.diagnostics)
    wanted = {d.location.pointer for d, _ in kept if d.location.line is None and d.location.pointer}
    positions = locate(found.text, wanted) if found.text is not None and wanted else {}
    findings = [(_placed(diagnostic, found.file, positions), severity) for diagnostic, severity in kept]
    findings.sort(key=lambda item: _order(item[0]))
    lines = _lines(found.text, (diagnostic for diagnostic, _ in findings))
    shown = tuple(Finding(d, severity, _excerpt(d, lines)) for d, severity in findings)
    return FileReport(found.file, found.container, found.member, shown)


def _placed(diagnostic: Diagnostic, file: str, positions: dict[Pointer, tuple[int, int]]) -> Diagnostic:
    location = replace(diagnostic.location, file=file, pointer=_short(diagnostic.location.pointer))
    if location.line is None and diagnostic.location.pointer in positions:
        line, column = positions[diagnostic.location.pointer]
        location = replace(location, line=line, column=column)
    return replace(diagnostic, location=location)


def _short(pointer: Pointer) -> Pointer:
    """The pointer, or that of an ancestor if it is too long to be shown."""
    room = _LONGEST
    for length, step in enumerate(pointer):
        room -= 1 + (len(step) if isinstance(step, str) else 8)
        if room < 0:
            return pointer[:length]
    return pointer


def _order(diagnostic: Diagnostic) -> tuple[bool, int, int, str]:
    location = diagnostic.location
    return diagnostic.is_rest, location.line or 0, location.column or 0, diagnostic.rule.code


def _lines(text: str | None, diagnostics: Iterable[Diagnostic]) -> dict[int, tuple[str, int]]:
    """The lines with findings, by number, each with the width of its indentation. Lines without a word, such
    as a lone bracket, are left out."""
    wanted = sorted({d.location.line for d in diagnostics if d.location.line is not None})
    lines: dict[int, tuple[str, int]] = {}
    if text is None:
        return lines
    text = text.removeprefix("\ufeff")
    line, start = 1, 0
    for number in wanted:
        while line < number and start >= 0:
            start = text.find("\n", start) + 1 or -1
            line += 1
        if start < 0:
            break
        end = text.find("\n", start)
        found = text[start : end if end >= 0 else len(text)].rstrip("\r")
        if _WORD.search(found):
            lines[number] = found, len(found) - len(found.lstrip())
    return lines


def _excerpt(diagnostic: Diagnostic, lines: dict[int, tuple[str, int]]) -> Excerpt | None:
    """The source around a finding, None if its line is not in ``lines``."""
    location = diagnostic.location
    if location.line not in lines or location.column is None:
        return None
    line, indent = lines[location.line]
    column = min(location.column - 1, len(line))
    first = max(min(indent, column), column - _BEFORE)
    last = min(len(line), column + _AFTER)
    return Excerpt(line[first:last], column - first, (first > indent, last < len(line)))
