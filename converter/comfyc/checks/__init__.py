"""Rules on a prompt against a catalogue: the server's verdict, offline, and what goes wrong after it.

    verdict(prompt, catalog)                 what the server would answer, in its own shape
    check(prompt, catalog, diagnostics)      the same, and all of it as diagnostics, with more than that

The rules are the server's own (VALIDATION_SPEC.md); each module names the functions whose behaviour it
reproduces. A prompt may be any JSON value, and is never changed.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from comfyc import codes
from comfyc.catalog import Catalog
from comfyc.checks.advice import tell_advice
from comfyc.checks.after_acceptance import running_nodes, tell_dangers
from comfyc.checks.files import tell_missing_uploads
from comfyc.checks.findings import tell_verdict
from comfyc.checks.literals import EXPRESSIVE
from comfyc.checks.paths import tell_paths
from comfyc.checks.prompt_schema import prompt_schema
from comfyc.checks.reporting import Telling, Where, in_prompt
from comfyc.checks.rules import rules_of
from comfyc.checks.verdict import Verdict, verdict
from comfyc.diagnostics import Diagnostics

__all__ = ["Verdict", "Where", "check", "prompt_schema", "verdict"]


def check(
    prompt: Any,
    catalog: Catalog,
    diagnostics: Diagnostics,
    *,
    request: Mapping[str, Any] | None = None,
    assume_files: bool = False,
    where: Where | None = None,
    brought: Container[str] = (),
) -> Verdict:
    """Judge a prompt and report everything about it: P301-P320 what the server says, P331-P338 what it does
    not say and what fails all the same, P340-P348 remarks, P350-P352 texts that the nodes cannot use.

    ``where`` tells the place in the user's file from a node's id and an input's name (``None`` for the
    node itself); without it places are those in the prompt. ``assume_files`` takes every file on the
    server to be there, ``brought`` holds the nodes whose input files will be uploaded before. ``request``
    are the other members of the request's body.
    """
    rules = rules_of(catalog)
    found = verdict(prompt, catalog, request=request, assume_files=assume_files, brought=brought)
    telling = Telling(diagnostics, where or in_prompt(prompt), assume_files)
    tell_verdict(found, rules, telling)
    tell_missing_uploads(found, rules, telling)
    nodes = running_nodes(found, rules)
    tell_dangers(found, nodes, rules, telling)
    tell_paths(found, nodes, telling)
    if any(node.rules.class_type in EXPRESSIVE for node in nodes):
        from comfyc.checks.expressions import tell_expressions  # noqa: PLC0415 - rarely needed

        tell_expressions(found, nodes, telling)
    if isinstance((request or {}).get("client_id"), list):
        message = "'client_id' is a list, which ends the server's process"
        diagnostics.report(codes.CLIENT_ID_LIST, message, hint="give a text")
    tell_advice(found, nodes, rules, telling)
    return found
