"""Every rule on its faults, and on what only looks like one: through the whole of a validation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from comfyc.codes import RULES
from comfyc.diagnostics import Pointer, pointer_text
from comfyc.report.findings import Finding
from tests.every import every
from tests.faults import Fault, examined, faults

CASES = faults()
FAULTS = [fault for fault in CASES if not fault.silent]
OF_FILES = [code for code in RULES if not code.startswith("S")]
"""The rules about what a file or a pack holds; those about servers are tested with servers."""
OF_NO_FILE = {"N223"}
"""What is wrong with the installation, not with a file."""


def expected(fault: Fault) -> str:
    return fault.instead or fault.code


def told(fault: Fault) -> tuple[list[Finding], str | None]:
    """The findings under the expected rule."""
    report, text = examined(fault)
    return [one for one in report.findings if one.diagnostic.rule.code == expected(fault)], text


@pytest.mark.parametrize("fault", CASES, ids=lambda fault: fault.name)
def test_a_rule_speaks_of_its_faults_only(fault: Fault) -> None:
    codes = {one.diagnostic.rule.code for one in examined(fault)[0].findings}
    if fault.silent:
        assert fault.code not in codes
    else:
        assert expected(fault) in codes
        assert fault.instead is None or fault.code not in codes


@every(FAULTS, name=lambda fault: fault.name, group=lambda fault: fault.code[:3])
def test_a_finding_points_at_a_value_of_the_text(fault: Fault) -> None:
    findings, text = told(fault)
    for finding in findings:
        location = finding.diagnostic.location
        if not location.pointer:  # the file as a whole, or a place in a text that is no JSON
            continue
        assert text is not None
        assert location.line is not None
        assert location.column is not None
        line_start = sum(map(len, text.split("\n")[: location.line - 1])) + location.line - 1
        written, _ = json.JSONDecoder().raw_decode(text, line_start + location.column - 1)
        assert written == value_at(json.loads(text), location.pointer)


def value_at(document: Any, pointer: Pointer) -> Any:
    for step in pointer:
        document = document[step]
    return document


@every(
    [fault for fault in FAULTS if fault.place],
    name=lambda fault: fault.name,
    group=lambda fault: fault.code[:3],
)
def test_the_first_finding_is_at_its_place(fault: Fault) -> None:
    location = told(fault)[0][0].diagnostic.location
    found = f"{location.line}:{location.column} {pointer_text(location.pointer)}"
    assert found.strip() == fault.place


def test_every_rule_has_faults_and_near_misses() -> None:
    kinds: dict[str, set[bool]] = {}
    for fault in CASES:
        kinds.setdefault(fault.code, set()).add(fault.silent)
    assert kinds.keys() == set(OF_FILES) - OF_NO_FILE
    assert [code for code, found in kinds.items() if found != {True, False}] == []
