"""Findings, and the collection that every stage reports them to.

A :class:`Rule` is a row of the table in ``codes.py``; a :class:`Diagnostic` is one finding under a rule, at a
:class:`Location` in the user's file. This module does not depend on workflows.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from comfyc.safety.limits import DEFAULTS, Limits

Pointer = tuple[str | int, ...]
"""A JSON pointer: the keys and indexes that lead to a value in a document (RFC 6901, unescaped)."""


MAX_MESSAGE = 2000
"""Characters of a message or a hint; longer ones are cut."""

MAX_NAME = 1000
"""Characters of a node's id or title in a finding; longer ones are cut."""


def pointer_text(pointer: Pointer) -> str:
    """A pointer as RFC 6901 writes it; the whole document is an empty text."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in pointer)


class Severity(enum.Enum):
    """The severity of a finding: only ``ERROR`` makes a conversion or a validation fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding. ``code`` is never reused; ``help`` is the page `comfyc explain` prints."""

    code: str
    name: str
    severity: Severity
    summary: str
    help: str


@dataclass(frozen=True, slots=True)
class Location:
    """Where in the user's file a finding is.

    ``line`` and ``column`` count from 1 and are filled in only when a finding is shown (positions
    cost a walk over the text); ``node`` is the node's id as a user sees it ("12:3" in a subgraph).
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None
    pointer: Pointer = ()
    node: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: the rule, what is wrong here, where, and what to do about it.

    The properties have the names of the finding's JSON (schemas/diagnostics.schema.json). ``count`` is the
    number of findings that it stands for: above 1, or with ``is_rest``, those beyond the limit that were only
    counted.
    """

    rule: Rule
    message: str
    location: Location = Location()
    hint: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    count: int = 1
    is_rest: bool = False

    @property
    def severity(self) -> Severity:
        return self.rule.severity

    @property
    def code(self) -> str:
        return self.rule.code

    @property
    def name(self) -> str:
        return self.rule.name

    @property
    def file(self) -> str | None:
        return self.location.file

    @property
    def line(self) -> int | None:
        return self.location.line

    @property
    def column(self) -> int | None:
        return self.location.column

    @property
    def pointer(self) -> str:
        """The place in the document as RFC 6901 writes it; the whole document is an empty text."""
        return pointer_text(self.location.pointer)

    @property
    def node(self) -> str | None:
        return self.location.node

    @property
    def title(self) -> str | None:
        return self.location.title

    @property
    def place(self) -> str:
        """The place for people, as far as it is known: ``flow.json:214:7 /nodes/3 (node 17 "Upscale")``."""
        lines = [str(each) for each in (self.file, self.line, self.column) if each is not None]
        title = f' "{self.title}"' if self.title else ""
        node = f"(node {self.node}{title})" if self.node is not None else ""
        return " ".join(part for part in (":".join(lines), self.pointer, node) if part)


class Diagnostics:
    """Collects findings in the order in which the stages make them.

    Of one rule so many are kept as ``limits.findings`` says; the others are counted and not made, and one
    finding stands for all of them in the end. So a file that breaks a rule a million times costs no memory.
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
        """Record one finding. The message is lower case, without a full stop, names quoted.

        ``line`` and ``column`` are for findings about the text itself, which has no pointers yet.
        """
        if not self._has_room(rule):
            return
        # names of a hostile file may be of any length, and repeated
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
        """Count a finding; returns whether it is kept."""
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
        """For each rule that was broken too often, the finding that stands for those that are not kept."""
        for rule, count in self._rest.values():
            message = f"and {count:,} more: there are {self.limits.told('findings', 'of this rule')}"
            yield Diagnostic(rule, message, data={"more": count}, count=count, is_rest=True)

    def since(self, count: int) -> list[Diagnostic]:
        """The findings after the first ``count``."""
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


class ComfycError(Exception):
    """The job could not be done at all: a file that cannot be read, a server that is gone.

    A bad *document* is never an exception; it is a list of diagnostics. ``hint`` says what to try.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
