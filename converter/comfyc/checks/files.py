"""Files on the server's disk: what the catalogue lists, against what the prompt names.

Two kinds of input name files. Combos list the files of a folder of models, and the server refuses a name
that is not on the list. Inputs with an upload button are held against the disk by the node's own code
(facts.Validator), which also takes files in sub-folders, and in the output folder: only a plain name can
be told to be missing from the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyc import codes
from comfyc.checks.facts import folder_of, upload_folder
from comfyc.checks.reporting import Telling, listed, quoted
from comfyc.checks.rules import NodeRules, Rules
from comfyc.checks.verdict import Verdict

_HERE = " [input]"
_ELSEWHERE = (" [output]", " [temp]", "[output]", "[temp]", "[input]")


def tell_missing_file(
    telling: Telling, rules: NodeRules, node_id: str, name: str, value: Any, choices: list[Any]
) -> None:
    """Report that a file is not on the catalogue's list, with the folder and the names that are."""
    folder = _folder(rules, name)
    place = f"the folder '{folder}'" if folder is not None else "the list of files"
    there = f"there are {listed(choices)}" if choices else "there are none"
    message = f"'{name}' is {quoted(value)}, which is not in {place} of the catalogue's server: {there}"
    meant = telling.guesses.nearest(value, choices)
    hint = "put the file there, or pass --assume-files"
    if meant is not None:
        hint = f"use {quoted(meant)}, or {hint}"
    telling.tell(codes.MISSING_FILE, node_id, name, message, hint, folder=folder, there=len(choices))


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


def tell_missing_uploads(verdict: Verdict, rules: Rules, telling: Telling) -> None:
    """Report input files that the catalogue does not list, for nodes that look for them themselves."""
    if telling.assume_files or not rules.catalog.lists_files:
        return
    for node_id, inputs in verdict.converted.items():
        node_rules = rules.of(verdict.prompt[node_id]["class_type"])
        if node_rules is None or node_rules.validator is None:
            continue
        if node_rules.validator.checks != "file":  # the lists of 3D models hold one sub-folder only
            continue
        name = node_rules.validator.required[0]
        choices = _listed_uploads(node_rules, name)
        value = inputs.get(name)
        errors = verdict.node_errors.get(node_id, {"errors": []})["errors"]
        is_told = any(error["type"] == "custom_validation_failed" for error in errors)
        if choices is not None and not is_told and _is_missing(value, choices):
            tell_missing_file(telling, node_rules, node_id, name, value, choices)


def _listed_uploads(rules: NodeRules, name: str) -> list[Any] | None:
    """The names that the catalogue has for this input; ``None`` if the editor asks for them elsewhere."""
    declared = rules.table({}).inputs.get(name)
    if declared is None or "remote" in declared.options or not isinstance(declared.choices, list):
        return None
    return declared.choices


def _is_missing(value: Any, choices: list[Any]) -> bool:
    if not isinstance(value, str):
        return False
    plain = value.removesuffix(_HERE)
    if plain.endswith(_ELSEWHERE) or "/" in plain or "\\" in plain or "." not in plain.strip("."):
        return False
    return plain not in choices
