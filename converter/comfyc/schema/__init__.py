"""JSON Schema: whether a document has the form of its format, as diagnostics.

The schemas are files of their own (``schemas/``, shipped in the wheel), for other tools as well. They say
of each part what belongs there (``title``) and under which rule a violation goes (``x-rule``, for all that
is below it); they have no alternatives (``anyOf``, ``oneOf``), so that every violation is the cause itself.

A document in order is recognised without jsonschema (see ``schema_accepts``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Pointer, Rule, Severity
from comfyc.documents import Kind, kind_of
from comfyc.schema.accepts import Refused, compile_schema
from comfyc.schema.wording import describe, hint_for, node_of

MAX_FINDINGS = 100
"""Findings in one document; more have one cause."""
_MAX_VIOLATIONS = 10 * MAX_FINDINGS
"""Violations that are looked at: several may make one finding, and errors come before warnings."""

WITH_SCHEMA = (Kind.WORKFLOW_04, Kind.WORKFLOW_1, Kind.PROMPT, Kind.OBJECT_INFO)
"""The kinds of documents that have a schema: the value is the name of its file in ``schemas/``."""

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class _Loaded:
    schema: dict[str, Any]
    judge: Callable[[Any], Refused | None]


def check_document(document: Any, diagnostics: Collector, kind: Kind | None = None) -> Kind:
    """Report where a parsed JSON document violates the schema of its kind, at most 100 times.

    ``kind`` None means: that of ``documents.kind_of``. Returns the kind; one without a schema is reported
    (W002).
    """
    kind = kind_of(document) if kind is None else kind
    if kind not in WITH_SCHEMA:
        message = "the JSON is neither a workflow nor a prompt nor a catalogue"
        diagnostics.report(codes.NOT_A_WORKFLOW, message)
        return kind
    try:
        refused = _load(kind).judge(document)
        if refused is not None:
            _report(document, kind, refused, diagnostics)
    except RecursionError:
        diagnostics.report(codes.TOO_DEEP, "subgraph definitions or dynamic inputs are nested too deeply")
    return kind


def schema_file(name: str) -> Path:
    """The file of a schema ("workflow-0.4", "diagnostics"), in the wheel or in a checkout."""
    file = f"{name}.schema.json"
    for folder in (_PACKAGE / "files", _PACKAGE.parents[2] / "schemas"):
        if (folder / file).is_file():
            return folder / file
    raise ComfycError(f"the schema '{name}' is missing from this installation", "reinstall comfyc")


@cache
def _load(kind: Kind) -> _Loaded:
    schema = json.loads(schema_file(kind.value).read_text("utf-8"))
    return _Loaded(schema, compile_schema(schema))


def _report(document: Any, kind: Kind, refused: Refused, diagnostics: Collector) -> None:
    from comfyc.schema.errors import find_violations  # noqa: PLC0415 - jsonschema is for what is broken

    violations = find_violations(kind.value, _load(kind).schema, document, refused, _MAX_VIOLATIONS)
    # several violations are one finding where they mean several missing members of one object
    findings = dict.fromkeys(
        (codes.RULES[each.code], *describe(each, document, kind.value)) for each in violations
    )
    shown = list(findings)
    if len(shown) > MAX_FINDINGS:
        shown = sorted(shown, key=_is_no_error)[:MAX_FINDINGS]
    for rule, pointer, message in shown:
        node, title = node_of(document, pointer, kind.value)
        hint = hint_for(rule, kind.value)
        diagnostics.report(rule, message, pointer=pointer, node=node, title=title, hint=hint)
    if len(findings) > MAX_FINDINGS or len(violations) == _MAX_VIOLATIONS:
        message = f"there are more violations than the {len(shown)} that are shown"
        diagnostics.report(codes.MORE_VIOLATIONS, message)


def _is_no_error(finding: tuple[Rule, Pointer, str]) -> bool:
    return finding[0].severity is not Severity.ERROR
