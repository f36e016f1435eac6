"""Input files that a server is asked for, one by one: those that its lists do not settle.

Nodes with validation code of their own take files in sub-folders, and those of the output folder, which no
list names; and they take files of any kind, where a list has only pictures.
"""

from __future__ import annotations

from collections.abc import Callable

from converter import codes
from converter.checks.files import tell_missing_file
from converter.checks.inputs import Rules
from converter.checks.telling import Telling
from converter.checks.verdict import Verdict
from converter.diagnostics import Diagnostic

Ask = Callable[[str], bool | None]
"""Whether the server has an input file, named as a prompt does ("sub/a.png", "a.png [output]"); None if it
does not say."""

_MOST = 200
"""Files of one document that are asked for."""


def ask_for_files(verdict: Verdict, rules: Rules, ask: Ask) -> dict[tuple[str, str], bool]:
    """For the inputs (node id, name) whose file no list settles: whether the server has it."""
    known: dict[tuple[str, str], bool] = {}
    asked: dict[str, bool | None] = {}
    for node_id, inputs in verdict.converted.items():
        node_rules = rules.of(verdict.prompt[node_id]["class_type"])
        if node_rules is None or node_rules.validator is None or node_rules.validator.checks != "file":
            continue
        name = node_rules.validator.required[0]
        declared, value = node_rules.table({}).inputs.get(name), inputs.get(name)
        if not isinstance(value, str) or (declared is not None and value in (declared.choices or ())):
            continue
        if value not in asked and len(asked) < _MOST:
            asked[value] = ask(value)
        answer = asked.get(value)
        if answer is not None:
            known[node_id, name] = answer
    return known


def is_refuted(found: Diagnostic, known: dict[tuple[str, str], bool]) -> bool:
    """Whether a finding misses a file that the server has."""
    key = (str(found.location.node), str(found.data.get("input")))
    return found.rule is codes.MISSING_FILE and known.get(key) is True


def tell_absent_files(
    verdict: Verdict, rules: Rules, telling: Telling, known: dict[tuple[str, str], bool]
) -> None:
    """Report the files that the server was asked for and does not have, if they are not told yet."""
    told = {
        (found.location.node, found.data.get("input"))
        for found in telling.diagnostics
        if found.rule is codes.MISSING_FILE
    }
    for (node_id, name), is_there in known.items():
        node_rules = rules.of(verdict.prompt[node_id]["class_type"])
        if is_there or (node_id, name) in told or node_rules is None:
            continue
        declared = node_rules.table({}).inputs.get(name)
        choices = declared.choices if declared is not None else None
        value = verdict.converted[node_id][name]
        tell_missing_file(telling, node_rules, node_id, name, value, choices or [])
