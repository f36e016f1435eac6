"""Validation of a prompt against a catalogue: the server's verdict, offline, and what fails after it.

    verdict(prompt, catalog)                 what the server would answer, in the server's own shape
    check(prompt, catalog, diagnostics)      the verdict; also reports it, and more, as findings

The rules are the server's own; each module names the server functions whose behaviour it reproduces.
A prompt may be any JSON value and is never modified.

The modules build on one another in this order (pyproject.toml holds it):

    facts, links, shared_subschemas          tables and predicates without dependencies
    rules, values                            the inputs of a node class; converting and limiting values
    validators, request, reporting           custom validation code; the request; where findings go
    walk, verdict                            the walk over the links; its result in the server's shape
    running_nodes, literals, files           which nodes run, what their texts are, files on the server
    explanations, verdict_findings, ...      the findings themselves
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from comfyc import codes
from comfyc.catalog import Catalog
from comfyc.checks.advice import report_advice
from comfyc.checks.after_acceptance import report_dangers
from comfyc.checks.files import report_missing_uploads
from comfyc.checks.literals import EXPRESSIVE
from comfyc.checks.paths import report_paths
from comfyc.checks.prompt_schema import prompt_schema
from comfyc.checks.reporting import PromptReporter, Where, in_prompt
from comfyc.checks.rules import rules_for
from comfyc.checks.running_nodes import running_nodes
from comfyc.checks.verdict import Verdict, verdict
from comfyc.checks.verdict_findings import report_verdict
from comfyc.collector import Collector

__all__ = ["Verdict", "Where", "check", "prompt_schema", "verdict"]


def check(
    prompt: Any,
    catalog: Catalog,
    diagnostics: Collector,
    *,
    request: Mapping[str, Any] | None = None,
    assume_files: bool = False,
    where: Where | None = None,
    brought: Container[str] = (),
) -> Verdict:
    """Validate a prompt, report every finding about it, and return the server's verdict.

    P301-P320 are the server's own errors, P331-P338 failures that the server does not announce, P340-P348
    remarks, and P350-P352 texts that the nodes cannot use.

    ``where`` maps a node id and an input name (``None`` for the node itself) to the JSON pointer in the
    user's file; by default pointers lead into ``prompt``. ``assume_files`` takes every named file to be on
    the server; ``brought`` holds the ids of nodes whose input files will be uploaded before the run.
    ``request`` holds the other members of the request body.
    """
    rules = rules_for(catalog)
    found = verdict(prompt, catalog, request=request, assume_files=assume_files, brought=brought)
    reporter = PromptReporter(diagnostics, where or in_prompt(prompt), assume_files)
    report_verdict(found, rules, reporter)
    report_missing_uploads(found, rules, reporter)
    nodes = running_nodes(found, rules)
    report_dangers(found, nodes, rules, reporter)
    report_paths(found, nodes, reporter)
    if any(node.rules.class_type in EXPRESSIVE for node in nodes):
        from comfyc.checks.expressions import report_expressions  # noqa: PLC0415 - rarely needed

        report_expressions(found, nodes, reporter)
    if isinstance((request or {}).get("client_id"), list):
        message = "'client_id' is a list, which terminates the server process"
        diagnostics.report(codes.CLIENT_ID_LIST, message, hint="use a string")
    report_advice(found, nodes, rules, reporter)
    return found
