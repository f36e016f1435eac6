"""Files on the server's disk that the prompt names and that the catalogue, or the server, does not have.

Two kinds of input name files. Combos list the files of a model folder, and the server refuses a name that is
not listed. Inputs with an upload button are checked against the disk by the node's own code
(facts.Validator), which also accepts files in subfolders, in the output folder, and of any kind. For these
the catalogue's list settles plain names only; the rest can be asked of a server, file by file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from comfyc import codes
from comfyc.checks.facts import folder_of, upload_folder
from comfyc.checks.reporting import PromptReporter, listed, quoted
from comfyc.checks.rules import NodeRules, Rules
from comfyc.checks.verdict import Verdict
from comfyc.diagnostics import Diagnostic

_INPUT_SUFFIX = " [input]"
_OTHER_SUFFIXES = (" [output]", " [temp]", "[output]", "[temp]", "[input]")


def report_missing_file(
    reporter: PromptReporter, rules: NodeRules, node_id: str, name: str, value: Any, choices: list[Any]
) -> None:
    """Report that the catalogue does not list a file (P307), with the folder and the names that it lists."""
    folder = _folder(rules, name)
    listing = f"the folder '{folder}'" if folder is not None else "the list of files"
    there = f"it holds {listed(choices)}" if choices else "it is empty"
    message = f"'{name}' is {quoted(value)}, which is not in {listing} of the catalogue's server: {there}"
    meant = reporter.guesses.nearest(value, choices)
    hint = "add the file on the server, or use `comfyc validate --assume-files`"
    if meant is not None:
        hint = f"use {quoted(meant)}, or {hint}"
    reporter.report(codes.MISSING_FILE, node_id, name, message, hint, folder=folder, there=len(choices))


def _folder(rules: NodeRules, name: str) -> str | None:
    folder = folder_of(rules.class_type, name)
    if folder is not None:
        return f"models/{folder}"
    options = _options(rules, name)
    return upload_folder(options) or ("input" if rules.validator is not None else None)


def _options(rules: NodeRules, name: str) -> Mapping[str, Any]:
    sections = rules.entry["input"]
    for section in ("required", "optional"):
        spec = sections.get(section, {}).get(name)
        if spec is not None and len(spec) > 1:
            options: Mapping[str, Any] = spec[1]
            return options
    return {}


def report_missing_uploads(verdict: Verdict, rules: Rules, reporter: PromptReporter) -> None:
    """Report input files that the catalogue does not list, for nodes that check them with their own code."""
    if reporter.assume_files or not rules.catalog.lists_files:
        return
    for node_id, inputs in verdict.converted.items():
        node_rules = rules.of(verdict.prompt[node_id]["class_type"])
        if node_rules is None or node_rules.validator is None or not node_rules.lists_files:
            continue
        if node_rules.validator.checks != "file":  # the lists of 3D models cover one subfolder only
            continue
        name = node_rules.validator.required[0]
        choices = _listed_uploads(node_rules, name)
        value = inputs.get(name)
        errors = verdict.node_errors.get(node_id, {"errors": []})["errors"]
        is_reported = any(error["type"] == "custom_validation_failed" for error in errors)
        if choices is not None and not is_reported and _is_missing(value, choices):
            report_missing_file(reporter, node_rules, node_id, name, value, choices)


def _listed_uploads(rules: NodeRules, name: str) -> list[Any] | None:
    """The file names that the catalogue lists for this input; ``None`` if the editor fetches them
    elsewhere."""
    declared = rules.declared_inputs({}).inputs.get(name)
    if declared is None or "remote" in declared.options or not isinstance(declared.choices, list):
        return None
    return declared.choices


def _is_missing(value: Any, choices: list[Any]) -> bool:
    if not isinstance(value, str):
        return False
    plain = value.removesuffix(_INPUT_SUFFIX)
    if plain.endswith(_OTHER_SUFFIXES) or "/" in plain or "\\" in plain or "." not in plain.strip("."):
        return False
    return plain not in choices


Ask = Callable[[str], bool | None]
"""Asks a server whether it has an input file, by its name in a prompt ("sub/a.png", "a.png [output]").
``None`` if the server does not answer that."""

_FILE_CHECKS = ("file", "file-or-none")
"""The values of ``Validator.checks`` whose code looks for a file."""
_NO_FILE = ("", "none")
_MAX_ASKED = 200
"""Files of one document that the server is asked about."""


def ask_for_files(verdict: Verdict, rules: Rules, ask: Ask) -> dict[tuple[str, str], bool]:
    """Ask the server about files that no list settles: whether it has them, by (node id, input name)."""
    known: dict[tuple[str, str], bool] = {}
    asked: dict[str, bool | None] = {}
    for node_id, inputs in verdict.converted.items():
        node_rules = rules.of(verdict.prompt[node_id]["class_type"])
        validator = node_rules.validator if node_rules is not None else None
        if node_rules is None or validator is None or validator.checks not in _FILE_CHECKS:
            continue
        name = validator.required[0]
        declared, value = node_rules.declared_inputs({}).inputs.get(name), inputs.get(name)
        if validator.checks != "file" and value in _NO_FILE:
            continue
        if not isinstance(value, str) or (declared is not None and value in (declared.choices or ())):
            continue
        if value not in asked and len(asked) < _MAX_ASKED:
            asked[value] = ask(value)
        answer = asked.get(value)
        if answer is not None:
            known[node_id, name] = answer
    return known


def is_settled(found: Diagnostic, known: dict[tuple[str, str], bool]) -> bool:
    """Whether a finding reports a missing file about which the server has answered."""
    key = (str(found.location.node), str(found.data.get("input")))
    return found.rule is codes.MISSING_FILE and key in known


def report_absent_files(
    verdict: Verdict, reporter: PromptReporter, known: dict[tuple[str, str], bool]
) -> None:
    """Report the files that the server was asked about and does not have: it refuses their nodes."""
    for (node_id, name), is_there in known.items():
        if is_there:
            continue
        value = verdict.converted[node_id][name]
        message = f"'{name}' is {quoted(value)}, which the server does not have, so it refuses the node"
        hint = "upload the file, or name one that the server has"
        server = {"type": "custom_validation_failed"}
        reporter.report(codes.ABSENT_FILE, node_id, name, message, hint, server=server)
