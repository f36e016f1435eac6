"""What all files have together: how many need each model and pack and break each rule; which are equal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comfyc.diagnostics import Severity
from comfyc.gallery.facts import Facts
from comfyc.validation.outcome import Outcome

_RANK = {one.value: rank for rank, one in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Demand:
    """A model, pack or partner node, and the files that need it. ``about`` is its row in the facts of the
    first."""

    name: str
    about: Mapping[str, Any]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule, its gravest severity, how often it was broken, and in which files."""

    code: str
    severity: str
    count: int
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums over all files. What most files need comes first, as does the rule that most files break among
    those of its severity."""

    outcomes: Mapping[Outcome, int]
    severities: Mapping[str, int]
    rules: tuple[BrokenRule, ...]
    models: tuple[Demand, ...]
    packs: tuple[Demand, ...]
    partner_nodes: tuple[Demand, ...]
    duplicates: tuple[tuple[Facts, ...], ...]


def totals_of(facts: Sequence[Facts]) -> Totals:
    """Count everything."""
    severities: Counter[str] = Counter()
    broken: dict[str, dict[str, int]] = defaultdict(dict)
    same: dict[str, list[Facts]] = defaultdict(list)
    for one in facts:
        severities.update(one.severities)
        for code, count in one.rules.items():
            broken[code][one.file] = count
        if one.prompt_hash:
            same[one.prompt_hash].append(one)
    gravest = _gravest(facts)
    rules = [
        BrokenRule(code, gravest[code], sum(files.values()), tuple(files)) for code, files in broken.items()
    ]
    return Totals(
        Counter(one.outcome for one in facts),
        severities,
        tuple(sorted(rules, key=lambda one: (_RANK[one.severity], -len(one.files), one.code))),
        _wanted((one.file, one.models) for one in facts),
        _wanted((one.file, one.packs) for one in facts),
        _wanted((one.file, [{"name": name} for name in one.partner_nodes]) for one in facts),
        tuple(tuple(each) for each in same.values() if len(each) > 1),
    )


def _gravest(facts: Sequence[Facts]) -> dict[str, str]:
    """The severity of each rule: that of ``strict`` where it has raised it."""
    found: dict[str, str] = {}
    for finding in (each for one in facts for each in one.findings):
        code, severity = finding["code"], finding["severity"]
        found[code] = min(found.get(code, severity), severity, key=_RANK.__getitem__)
    return found


def _wanted(rows: Iterable[tuple[str, Sequence[Mapping[str, Any]]]]) -> tuple[Demand, ...]:
    about: dict[str, Mapping[str, Any]] = {}
    files: dict[str, dict[str, None]] = defaultdict(dict)
    for file, needed in rows:
        for row in needed:
            about.setdefault(row["name"], row)
            files[row["name"]][file] = None
    found = [Demand(name, about[name], tuple(users)) for name, users in files.items()]
    return tuple(sorted(found, key=lambda one: (-len(one.files), one.name.casefold(), one.name)))
