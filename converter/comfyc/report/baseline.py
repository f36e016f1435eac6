"""Known findings: those that a repository had when its baseline was written, and that are not shown again.

A finding is the same as long as its file, rule, node and message are: lines, columns and pointers move with
every edit, and so do numbers in messages that are no part of a quoted name or value.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any, NamedTuple

from comfyc.report.findings import FileReport, Finding

VERSION = 1
"""The version of the document's shape."""

_PIECES = re.compile(r"('[^']*'|\"[^\"]*\")")
_NUMBER = re.compile(r"-?\d[\d.,]*(?<![.,])")
_LONGEST = 300
"""Characters of a message that are compared."""
_MEMBERS = ("file", "code", "node", "message")


class KnownFinding(NamedTuple):
    """What a finding is recognised by. ``file`` is relative to the folder of the baseline, with ``/``;
    ``node`` is "" for a finding about no node."""

    file: str
    code: str
    node: str
    message: str


Baseline = Counter[KnownFinding]
"""How often each finding was there when the baseline was written."""


def known_finding(file: str, finding: Finding) -> KnownFinding:
    """What a finding in ``file`` is recognised by."""
    found = finding.diagnostic
    return KnownFinding(file, found.code, found.node or "", _essence(found.message))


def without_known(report: FileReport, file: str, left: Baseline) -> tuple[FileReport, int]:
    """The report without the findings in ``left``, and how many these are. They are taken out of ``left``:
    a finding that comes twice is hidden twice only if it was there twice."""
    shown, hidden = [], 0
    for finding in report.findings:
        key = known_finding(file, finding)
        if left[key] >= finding.count:
            left[key] -= finding.count
            hidden += finding.count
        else:
            shown.append(finding)
    return replace(report, findings=tuple(shown)), hidden


def parse_baseline(text: str) -> Baseline:
    """The findings of a baseline. ``ValueError``, with what is wrong, if the text is none."""
    document = json.loads(text)
    if not isinstance(document, dict) or not isinstance(document.get("findings"), list):
        raise ValueError("it has no list of findings")
    if document.get("version") != VERSION:
        raise ValueError(f"its version is not {VERSION}")
    found: Baseline = Counter()
    for number, entry in enumerate(document["findings"]):
        if not isinstance(entry, dict) or not _is_entry(entry):
            raise ValueError(f"entry {number} of 'findings' has not the form of a finding")
        found[KnownFinding(*(entry[name] for name in _MEMBERS))] += entry.get("count", 1)
    return found


def baseline_text(found: Baseline) -> str:
    """The document: a line for each finding, sorted, so that a change of one changes one line."""
    entries = [
        "  " + json.dumps({**key._asdict(), **({"count": count} if count > 1 else {})})
        for key, count in sorted(found.items())
        if count > 0
    ]
    body = "\n" + ",\n".join(entries) + "\n " if entries else ""
    return f'{{"version": {VERSION},\n "findings": [{body}]}}\n'


def _is_entry(entry: dict[str, Any]) -> bool:
    count = entry.get("count", 1)
    return all(isinstance(entry.get(name), str) for name in _MEMBERS) and count.__class__ is int and count > 0


def _essence(message: str) -> str:
    """A message without the numbers outside of quotes."""
    pieces = _PIECES.split(message[:_LONGEST])
    return "".join(piece if number % 2 else _NUMBER.sub("#", piece) for number, piece in enumerate(pieces))
