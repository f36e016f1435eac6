"""Select the findings to show, and those that count as errors: ``--select``, ``--ignore``, ``--strict``."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from comfyc.codes import RULES
from comfyc.diagnostics import ComfycError, Diagnostic, Rule, Severity
from comfyc.suggestions import closest

_EXACT = 9
"""The specificity of a whole code or name. A prefix is less specific, a severity or ALL least."""


_DIGITS = str.maketrans("oil", "011")
"""Letters that are read as the digits of a code."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The choice of findings to show. :func:`selection` makes it, and checks and normalises the selectors.

    ``per_file_ignores`` are pairs of a file pattern and selectors. Patterns are relative to ``root``; if that
    is None, they match the path as it was passed.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    strict: bool = False
    root: str | None = None

    def apply(self, file: str, diagnostics: Iterable[Diagnostic]) -> list[tuple[Diagnostic, Severity]]:
        """The findings in ``file`` that are shown, each with its effective severity."""
        ignore = self.ignore + self._ignored_in(file) if self.per_file_ignores else self.ignore
        shown: dict[Rule, bool] = {}
        kept = []
        for diagnostic in diagnostics:
            rule = diagnostic.rule
            if rule not in shown:
                shown[rule] = _is_shown(rule, self.select, ignore)
            if shown[rule]:
                raised = self.strict and rule.severity is Severity.WARNING
                kept.append((diagnostic, Severity.ERROR if raised else rule.severity))
        return kept

    def _ignored_in(self, file: str) -> tuple[str, ...]:
        path = os.path.normpath(file)
        if self.root is not None:
            try:
                path = os.path.relpath(os.path.abspath(path), self.root)
            except ValueError:  # Windows: on another drive
                path = os.path.abspath(path)
        path = path.replace(os.sep, "/")
        ignored: tuple[str, ...] = ()
        for pattern, selectors in self.per_file_ignores:
            if fnmatchcase(path, pattern) or (
                "/" not in pattern and fnmatchcase(path.split("/")[-1], pattern)
            ):
                ignored += selectors
        return ignored


EVERYTHING = Selection()


def selection(
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    per_file_ignores: Mapping[str, Sequence[str]] | None = None,
    *,
    strict: bool = False,
    root: str | None = None,
) -> Selection:
    """Make a checked selection. A selector is the beginning of a code ("P3"), the name of a rule
    ("missing-file"), a severity ("info") or "ALL", in any case.

    If nothing is selected, everything is. Of the selectors that match a rule, the longest decides, and
    ``ignore`` on a tie: ``select=["P307"], ignore=["P3"]`` shows P307. Errors of reading (W) are always shown
    unless ignored, because a file that was not read must not pass as valid. In a pattern, ``*`` also matches
    ``/``, and a pattern without ``/`` matches the name of a file in any folder. ``strict`` makes warnings
    count as errors.

    Raises ComfycError for a selector that matches no rule.
    """
    return Selection(
        tuple(_checked(each) for each in select),
        tuple(_checked(each) for each in ignore),
        tuple(
            (pattern.replace("\\", "/").removeprefix("./"), tuple(_checked(each) for each in selectors))
            for pattern, selectors in (per_file_ignores or {}).items()
        ),
        strict,
        root,
    )


def closest_rules(word: str) -> list[Rule]:
    """The rules whose code or name is similar to the word, the most similar first."""
    rules = RULES.values()
    names = {rule.code.lower(): rule for rule in rules} | {rule.name: rule for rule in rules}
    word = word.lower().replace("_", "-")
    misread = word[:1] + word[1:].translate(_DIGITS)
    found = closest(misread if misread in names else word, names, 3)
    return list(dict.fromkeys(names[name] for name in found))


def _checked(selector: str) -> str:
    word = selector.strip().lower()
    if word == "all" or any(_fit(word, rule) for rule in RULES.values()):
        return word
    close = closest_rules(word)
    likely = f"did you mean {close[0].code} ({close[0].name})? " if close else ""
    raise ComfycError(
        f"no rule has the code or name '{selector}'",
        f"{likely}pass the start of a code, the name of a rule, a severity or ALL",
    )


def _fit(selector: str, rule: Rule) -> int:
    """The specificity with which a selector matches a rule; 0 if it does not match."""
    if selector in (rule.code.lower(), rule.name):
        return _EXACT
    if selector and rule.code.lower().startswith(selector):
        return 2 + len(selector)
    return {rule.severity.value: 2, "all": 1}.get(selector, 0)


def _is_shown(rule: Rule, select: tuple[str, ...], ignore: tuple[str, ...]) -> bool:
    always = not select or (rule.code.startswith("W") and rule.severity is Severity.ERROR)
    selected = max((_fit(each, rule) for each in select), default=0)
    ignored = max((_fit(each, rule) for each in ignore), default=0)
    return (always or selected > 0) and (ignored == 0 or selected > ignored)
