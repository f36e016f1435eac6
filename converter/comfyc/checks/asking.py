"""Input files that a server is asked for, one by one: those that its lists do not settle.

Nodes with validation code of their own take files in sub-folders, and those of the output folder, which no
list names; and they take files of any kind, where a list has only pictures.
"""

from __future__ import annotations

from collections.abc import Callable

from comfyc import codes
from comfyc.checks.reporting import Telling, quoted
from comfyc.checks.rules import Rules
from comfyc.checks.verdict import Verdict
from comfyc.diagnostics import Diagnostic

Ask = Callable[[str], bool | None]
"""Whether the server has an input file, named as a prompt does ("sub/a.png", "a.png [output]"); None if it
does not say."""

_LOOKING = ("file", "file-or-none")
"""What validation code decides on that looks for a file (facts.Validator)."""
_NO_FILE = ("", "none")
_MOST = 200
"""Files of one document that are asked for."""


def ask_for_files(verdict: Verdict, rules: Rules, ask: Ask) -> dict[tuple[str, str], bool]:
    """For the inputs (node id, name) whose file no list settles: whether the server has it."""
    known: dict[tuple[str, str], bool] = {}
    asked: dict[str, bool | None] = {}
    for node_id, inputs in verdict.converted.items():
        node_rules = rules.of(verdict.prompt[node_id]["class_type"])
        validator = node_rules.validator if node_rules is not None else None
        if node_rules is None or validator is None or validator.checks not in _LOOKING:
            continue
        name = validator.required[0]
        declared, value = node_rules.table({}).inputs.get(name), inputs.get(name)
        if validator.checks != "file" and value in _NO_FILE:
            continue
        if not isinstance(value, str) or (declared is not None and value in (declared.choices or ())):
            continue
        if value not in asked and len(asked) < _MOST:
            asked[value] = ask(value)
        answer = asked.get(value)
        if answer is not None:
            known[node_id, name] = answer
    return known


def is_settled(found: Diagnostic, known: dict[tuple[str, str], bool]) -> bool:
    """Whether a finding misses a file of which the server has told whether it is there."""
    key = (str(found.location.node), str(found.data.get("input")))
    return found.rule is codes.MISSING_FILE and key in known


def tell_absent_files(verdict: Verdict, telling: Telling, known: dict[tuple[str, str], bool]) -> None:
    """Report the files that the server was asked for and does not have: it refuses their nodes."""
    for (node_id, name), is_there in known.items():
        if is_there:
            continue
        value = verdict.converted[node_id][name]
        message = f"'{name}' is {quoted(value)}, which the server does not have: it refuses the node"
        hint = "upload the file, or name one that is there"
        server = {"type": "custom_validation_failed"}
        telling.tell(codes.ABSENT_FILE, node_id, name, message, hint, server=server)
