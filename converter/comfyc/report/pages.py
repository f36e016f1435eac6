"""The pages about the rules, which ``comfyc explain`` prints, and docs/rules.md."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from comfyc.codes import RULES
from comfyc.diagnostics import ComfycError, Rule
from comfyc.report.selection import closest_rules

_WIDTH = 88
_STAGES = {
    "W": "Reading",
    "G": "Graph",
    "N": "Nodes and widgets",
    "P": "Prompt",
    "S": "Server",
    "C": "Catalogues from source code",
    "I": "Interface",
    "M": "What a workflow needs",
    "D": "Documents",
}
_SPECIAL = re.compile(r"[\\*_<\[\]#|]")


def explain(code_or_name: str) -> str:
    """The page about a rule, given as "P307" or "missing-file" in any case; for the beginning of several
    codes ("P3"), a list of these rules. Errors as for :func:`rules_of`."""
    rules = rules_of(code_or_name)
    return page(rules[0]) if len(rules) == 1 else rule_list(rules)


def rules_of(selector: str) -> list[Rule]:
    """The rule with this code or name, in any case, else all rules whose code begins with it ("" for all).

    Raises ComfycError if there is no such rule; the hint names the most similar ones.
    """
    word = selector.strip().lower()
    named = [rule for rule in RULES.values() if word in (rule.code.lower(), rule.name)]
    found = named or [rule for rule in RULES.values() if rule.code.lower().startswith(word)]
    if found:
        return found
    close = [f"{rule.code} ({rule.name})" for rule in closest_rules(word)]
    hint = f"did you mean {' or '.join(close)}?" if close else "comfyc explain --all lists all rules"
    raise ComfycError(f"there is no rule '{selector}'", hint)


def rule_list(rules: Sequence[Rule]) -> str:
    """A line for each rule: code, severity, name, summary."""
    names = max(len(rule.name) for rule in rules)
    return "".join(
        f"{rule.code}  {rule.severity.value:7}  {rule.name:{names}}  {rule.summary}\n" for rule in rules
    )


def rule_as_json(rule: Rule) -> dict[str, str]:
    """A rule as ``comfyc explain --json`` prints it."""
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "stage": _stage(rule),
        "summary": rule.summary,
        "help": " ".join(rule.help.split()),
        "fix": rule.fix,
    }


def rules_page() -> str:
    """docs/rules.md: every rule of the table, by stage."""
    lines = [
        "# The rules",
        "",
        "Every finding of comfyc belongs to one of these rules. `comfyc explain CODE` prints a rule's page; "
        "`--select` and `--ignore` take codes, the beginning of a code (`P3`), names and severities. "
        "Only errors make a conversion or a validation fail; `--strict` counts warnings as errors.",
        "",
        "This page is made from `converter/comfyc/codes.py` by `scripts/render_rules.py`.",
    ]
    for letter, stage in _STAGES.items():
        rules = [rule for rule in RULES.values() if rule.code.startswith(letter)]
        if rules:
            lines += ["", f"## {letter}: {stage}", "", *_index(rules)]
            for rule in rules:
                lines += _section(rule)
    return "\n".join(lines) + "\n"


def _stage(rule: Rule) -> str:
    return _STAGES.get(rule.code[:1], "").lower()


def page(rule: Rule) -> str:
    """The page about a rule, for people."""
    return "\n".join(
        [
            f"{rule.code} {rule.name} ({rule.severity.value}; {_stage(rule)})",
            "",
            *textwrap.wrap(rule.summary, _WIDTH),
            "",
            *textwrap.wrap(rule.help, _WIDTH, break_long_words=False, break_on_hyphens=False),
            "",
            *([*textwrap.wrap(f"Fix: `comfyc validate --fix` {rule.fix}.", _WIDTH), ""] if rule.fix else ()),
            f"To hide it: --ignore {rule.code}, or --ignore {rule.name}",
            "",
        ]
    )


def _index(rules: list[Rule]) -> list[str]:
    head = ["| Code | Name | Severity | Summary |", "| --- | --- | --- | --- |"]
    for rule in rules:
        link = f"[{rule.code}](#{rule.code.lower()})"
        head.append(f"| {link} | {rule.name} | {rule.severity.value} | {prose(rule.summary)} |")
    return head


def _section(rule: Rule) -> list[str]:
    return [
        "",
        f'### <a id="{rule.code.lower()}"></a>{rule.code} {rule.name}',
        "",
        f"*{rule.severity.value}*: {prose(rule.summary)}",
        "",
        prose(rule.help),
        *(["", f"Fix: `comfyc validate --fix` {prose(rule.fix)}."] if rule.fix else ()),
    ]


def prose(words: str) -> str:
    """A text of the rule table as Markdown: code spans stay, all other markup is escaped."""
    pieces = re.split(r"(`[^`]*`)", words)
    return "".join(piece if piece.startswith("`") else _SPECIAL.sub(r"\\\g<0>", piece) for piece in pieces)
