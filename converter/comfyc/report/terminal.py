"""Findings for people: as blocks with position, source line and hint, or in one line each."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from comfyc.diagnostics import Diagnostic, Severity, pointer_text
from comfyc.report.findings import Excerpt, FileReport, Finding
from comfyc.safety.escaping import plain, shortened

TITLE, MESSAGE = 80, 1000
"""Upper bounds on the characters of a title, and of a message or a hint, that are shown."""

_Paint = Callable[[str, str], str]

_COLORS = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.INFO: "1;36"}
_BOLD, _FRAME = "1", "1;34"


def text(reports: Sequence[FileReport], *, color: bool = False) -> str:
    """Each finding as a block of lines in the style of the Rust compiler, with empty lines in between."""
    paint = _painted if color else _unpainted
    blocks = [_block(report, finding, paint) for report in reports for finding in report.findings]
    return "\n".join(blocks)


def concise(reports: Sequence[FileReport], *, color: bool = False) -> str:
    """A line for each finding: ``file:line:column: severity[code] message (node)``."""
    return "".join(line(report, finding) + "\n" for report in reports for finding in report.findings)


def line(report: FileReport, finding: Finding) -> str:
    """A finding in one line. Without a position it is at 1:1, because editors require one."""
    found = finding.diagnostic
    prefix = f"{plain(report.subject(finding))}:{found.location.line or 1}:{found.location.column or 1}"
    return f"{prefix}: {finding.severity.value}[{found.rule.code}] {mark(found)}{plain(statement(found))}"


def position(report: FileReport, finding: Finding) -> str:
    """The position of a finding, not yet escaped: ``flow.json:214:7``, or just the file."""
    location = finding.diagnostic.location
    numbers = [str(number) for number in (location.line, location.column) if number is not None]
    return ":".join([report.subject(finding), *numbers])


def mark(found: Diagnostic) -> str:
    """What stands before a finding that ``--fix`` would repair."""
    return "[*] " if found.fix is not None else ""


def fix_text(found: Diagnostic) -> str:
    """What ``--fix`` would do, not yet escaped; empty if nothing."""
    return shortened(found.fix.description, MESSAGE) if found.fix is not None else ""


def statement(found: Diagnostic) -> str:
    """The message, with the node it is about, not yet escaped."""
    node = node_text(found)
    return f"{message_text(found)} ({node})" if node else message_text(found)


def message_text(found: Diagnostic) -> str:
    """The message, not yet escaped."""
    return shortened(found.message, MESSAGE)


def node_text(found: Diagnostic) -> str:
    """``node 17 "Second pass"``, not yet escaped; empty if the finding is not about a node."""
    location = found.location
    if location.node is None:
        return ""
    node = f"node {shortened(location.node, TITLE)}"
    return f'{node} "{shortened(location.title, TITLE)}"' if location.title else node


def hint_text(found: Diagnostic) -> str:
    """The hint, not yet escaped; empty if there is none."""
    return shortened(found.hint or "", MESSAGE)


def _block(report: FileReport, finding: Finding, paint: _Paint) -> str:
    found = finding.diagnostic
    location = found.location
    tag = paint(f"{finding.severity.value}[{found.rule.code}]", _COLORS[finding.severity])
    message = paint(plain(message_text(found)), _BOLD)
    where = plain(position(report, finding))
    if location.pointer:
        where += " " + plain(shortened(pointer_text(location.pointer), MESSAGE))
    node = plain(node_text(found))
    lines = [
        f"{tag}: {mark(found)}{message}",
        f"  {paint('-->', _FRAME)} {where}" + (f"  ({node})" if node else ""),
    ]
    run = found.data.get("run")
    if isinstance(run, str):
        lines.append(f"  {paint('run', _BOLD)}: {plain(run)}")
    if finding.excerpt is not None and location.line is not None:
        lines += _source(finding.excerpt, location.line, finding.severity, paint)
    if found.hint:
        lines.append(f"  {paint('help', _BOLD)}: {plain(hint_text(found))}")
    if found.fix is not None:
        lines.append(f"  {paint('fix', _BOLD)}: {plain(fix_text(found))}")
    return "\n".join(lines) + "\n"


def _source(excerpt: Excerpt, number: int, severity: Severity, paint: _Paint) -> list[str]:
    left, right = ("…" if cut else "" for cut in excerpt.cut)
    source = excerpt.text.replace("\t", " ")
    before = left + plain(source[: excerpt.caret])
    gutter = len(str(number))
    return [
        f"  {paint(f'{number} |', _FRAME)} {left}{plain(source)}{right}",
        f"  {paint(' ' * gutter + ' |', _FRAME)} {' ' * _width(before)}{paint('^', _COLORS[severity])}",
    ]


def _width(shown: str) -> int:
    """The columns of a terminal that a text takes: two for wide characters, none for combining ones."""
    if shown.isascii():
        return len(shown)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in shown)
    return len(shown) + wide - sum(unicodedata.category(char) in ("Mn", "Me", "Cf") for char in shown)


def _painted(words: str, style: str) -> str:
    return f"\x1b[{style}m{words}\x1b[0m"


def _unpainted(words: str, style: str) -> str:
    return words
