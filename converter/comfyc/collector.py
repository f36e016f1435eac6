"""The collector to which every stage reports its findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from comfyc.diagnostics import Diagnostic, Location, Pointer, Rule, Severity
from comfyc.safety.limits import DEFAULTS, Limits

MAX_MESSAGE = 2000
"""Upper bound on the characters of a message or a hint; longer ones are cut."""

MAX_NAME = 1000
"""Upper bound on the characters of a node's id or title in a finding; longer ones are cut."""


class Collector:
    """Collects findings in the order in which the stages report them.

    At most ``limits.findings`` findings of each rule are kept. Further ones are only counted, and a last
    finding of the rule says how many there are. A file that breaks a rule a million times thus costs little
    memory.
    """

    __slots__ = ("_found", "_kept", "_rest", "limits")

    def __init__(self, limits: Limits = DEFAULTS) -> None:
        self.limits = limits
        self._found: list[Diagnostic] = []
        self._kept: dict[str, int] = {}
        self._rest: dict[str, tuple[Rule, int]] = {}

    def report(
        self,
        rule: Rule,
        message: str,
        *,
        pointer: Pointer = (),
        node: str | None = None,
        title: str | None = None,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Record one finding. The message begins in lower case, has no full stop, and quotes names.

        ``line`` and ``column`` count from 1 and are for findings about a text that did not parse, into which
        no pointer leads.
        """
        if not self._has_room(rule):
            return
        # a hostile file may have names of any length and repeat them
        location = Location(None, line, column, pointer, _cut(node, MAX_NAME), _cut(title, MAX_NAME))
        made = Diagnostic(
            rule, _cut(message, MAX_MESSAGE) or "", location, _cut(hint, MAX_MESSAGE), data or {}
        )
        self._found.append(made)

    def extend(self, found: Iterable[Diagnostic]) -> None:
        """Add findings that were collected separately."""
        for one in found:
            if one.is_rest:
                self._leave(one.rule, one.count)
            elif self._has_room(one.rule):
                self._found.append(one)

    def _has_room(self, rule: Rule) -> bool:
        """Count a finding and return whether it may be kept."""
        kept = self._kept.get(rule.code, 0)
        if kept < self.limits.findings:
            self._kept[rule.code] = kept + 1
            return True
        self._leave(rule, 1)
        return False

    def _leave(self, rule: Rule, count: int) -> None:
        """Count findings that are not kept."""
        _, before = self._rest.get(rule.code, (rule, 0))
        self._rest[rule.code] = rule, before + count

    def _rests(self) -> Iterator[Diagnostic]:
        """For each rule that was broken too often, a finding that says how many findings were not kept."""
        for rule, count in self._rest.values():
            message = f"and {count:,} more: there are {self.limits.exceeded('findings', 'of this rule')}"
            yield Diagnostic(rule, message, data={"more": count}, count=count, is_rest=True)

    def since(self, count: int) -> list[Diagnostic]:
        """All kept findings after the first ``count``."""
        return self._found[count:]

    def revise(self, revised: Callable[[Diagnostic], Diagnostic | None]) -> None:
        """Replace each finding with the result of ``revised``; None removes it."""
        found = map(revised, self._found)
        self._found = [one for one in found if one is not None]

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter([*self._found, *self._rests()] if self._rest else self._found)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def has_errors(self) -> bool:
        rules = chain((found.rule for found in self._found), (rule for rule, _ in self._rest.values()))
        return any(rule.severity is Severity.ERROR for rule in rules)


def _cut(text: str | None, most: int) -> str | None:
    return f"{text[: most - 3]}..." if text is not None and len(text) > most else text
