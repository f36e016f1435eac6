"""Findings as SARIF 2.1.0 (OASIS), for the code scanning of GitHub and GitLab and for many editors."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from comfyc.diagnostics import Fix, Rule, Severity, pointer_text
from comfyc.report.findings import FileReport, Finding
from comfyc.report.pages import prose
from comfyc.report.terminal import MESSAGE, hint_text, position, statement
from comfyc.safety.escaping import json_escaped, shortened, visible
from comfyc.version import UNKNOWN, version

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_GITHUB_HASH = "primaryLocationLineHash"
_MAX_DESCRIPTION = 1024
"""Upper bound on the characters of a rule's description in GitHub, which requires one."""


def sarif(reports: Sequence[FileReport], *, color: bool = False) -> str:
    """One run with a result for each finding, and the rules of these findings.

    A position inside a carrier (the workflow in a picture) is in ``properties.place``. The physical location
    is then line 1 of the file, because SARIF viewers open files.
    """
    broken = {f.diagnostic.rule.code: f.diagnostic.rule for report in reports for f in report.findings}
    rules = [broken[code] for code in sorted(broken)]
    index = {rule.code: number for number, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "comfyc", **_version(), "rules": [_rule(rule) for rule in rules]}},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "results": list(_results(reports, index)),
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_escaped(json.dumps(document, indent=2)) + "\n"


def file_uri(path: str) -> str:
    """A path as a URI reference, with unusual characters encoded. Relative paths stay relative."""
    from urllib.parse import quote  # noqa: PLC0415

    posix = path.replace(os.sep, "/")
    drive = re.match(r"[A-Za-z]:(?=/)", posix) if os.name == "nt" else None
    tail = posix[drive.end() :] if drive else posix
    for errors in ("surrogateescape", "replace"):
        try:
            quoted = quote(tail, safe="/", errors=errors)
            break
        except UnicodeEncodeError:  # a lone surrogate that does not come from a file system
            continue
    if drive:
        return f"file:///{drive.group()}{quoted}"
    return f"file://{quoted}" if quoted.startswith("/") else quoted.removeprefix("./")


def _version() -> dict[str, str]:
    found = version()
    return {} if found == UNKNOWN else {"version": found}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": shortened(rule.help, _MAX_DESCRIPTION)},
        "help": {"text": rule.help, "markdown": prose(rule.help)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _results(reports: Sequence[FileReport], index: dict[str, int]) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for report in reports:
        uri = file_uri(report.file)
        for finding in report.findings:
            yield _result(report, finding, uri, index, _fingerprints(report, finding, uri, seen))


def _result(
    report: FileReport, finding: Finding, uri: str, index: dict[str, int], fingerprints: dict[str, str]
) -> dict[str, Any]:
    found, location = finding.diagnostic, finding.diagnostic.location
    line, column = report.file_line(finding)
    region = {"startLine": line} if column is None else {"startLine": line, "startColumn": column}
    where: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": uri}, "region": region},
    }
    pointer = visible(pointer_text(location.pointer))
    if location.node is not None:
        where["logicalLocations"] = [
            {
                "name": visible(location.node),
                "kind": "object",
                **({"fullyQualifiedName": pointer} if pointer else {}),
            }
        ]
    properties = {
        "place": position(report, finding),
        "pointer": pointer,
        "node": location.node,
        "title": location.title,
        "hint": found.hint,
    }
    return {
        "ruleId": found.rule.code,
        "ruleIndex": index[found.rule.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [where],
        "partialFingerprints": fingerprints,
        **_fixes(report, found.fix, uri),
        "properties": {name: visible(value) for name, value in properties.items() if value},
    }


def _fixes(report: FileReport, fix: Fix | None, uri: str) -> dict[str, Any]:
    """A fix as replacements of regions, whose end is that of the first character behind them."""
    if report.member is not None or fix is None or not fix.edits:
        return {}
    replacements = [
        {
            "deletedRegion": {
                "startLine": one.line,
                "startColumn": one.column,
                "endLine": one.end_line,
                "endColumn": one.end_column,
            },
            "insertedContent": {"text": one.text},
        }
        for one in fix.edits
    ]
    changes = [{"artifactLocation": {"uri": uri}, "replacements": replacements}]
    description = visible(shortened(fix.description, MESSAGE))
    return {"fixes": [{"description": {"text": description}, "artifactChanges": changes}]}


def _message(finding: Finding) -> str:
    """Message and hint. ``[text](target)`` would be a link (SARIF 2.1.0, 3.11.6), so brackets that could
    begin one are escaped."""
    words = visible(statement(finding.diagnostic))
    if finding.diagnostic.hint:
        words += "\nhelp: " + visible(hint_text(finding.diagnostic))
    return re.sub(r"[\\\[\]]", r"\\\g<0>", words) if "](" in words else words


def _fingerprints(report: FileReport, finding: Finding, uri: str, seen: Counter[str]) -> dict[str, str]:
    """Fingerprints that stay the same when lines move, messages are reworded or nodes are reordered.

    They are made of the rule, the file, and the node with its input, or else the pointer in the document, and
    a number for repeats. GitHub distinguishes alerts by a hash of their line, which its upload action adds
    (codeql-action ``fingerprints.ts``). All findings in a picture, or in a file of one line, would then be
    one alert, so for line 1 this fingerprint is used instead.
    """
    from hashlib import sha256  # noqa: PLC0415

    found, location = finding.diagnostic, finding.diagnostic.location
    about = ("node", location.node) if location.node is not None else ("at", pointer_text(location.pointer))
    parts = [found.rule.code, uri, report.member, *about, str(found.data.get("input"))]
    digest = sha256(json.dumps(parts).encode()).hexdigest()[:16]
    seen[digest] += 1
    fingerprint = f"{digest}:{seen[digest]}"
    first_line = report.file_line(finding)[0] == 1
    return {"comfyc/v1": fingerprint, **({_GITHUB_HASH: fingerprint} if first_line else {})}
