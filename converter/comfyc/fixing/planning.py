"""Which findings of a document can be fixed: the repairs after which it converts to what it should."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from comfyc.api import Conversion, convert_parsed, open_any
from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic, Fix, Pointer, TextEdit
from comfyc.documents import Parameters
from comfyc.editing import splices
from comfyc.fixing.repair import Repair, Site, agreeing, applied
from comfyc.fixing.table import REPAIRS
from comfyc.javascript.stringify import json_text
from comfyc.prompt import Prompt

_MOST_EDITS = 100
"""Fixes of one file whose edits are worked out: each takes a walk over the text."""


Made = tuple[Diagnostic, Repair]
"""A finding, and what is done about it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be done about the findings of a document.

    ``repairs`` has those that were proved, each with its finding. ``refused`` are the findings that have a
    repair after which the document would convert to something else, or have other problems.
    """

    document: Any
    repairs: Sequence[Made] = ()
    refused: Sequence[Diagnostic] = ()

    @property
    def repaired(self) -> Any:
        """The document with all repairs."""
        return applied(self.document, [repair for _, repair in self.repairs])


def plan_repairs(
    document: Any, conversion: Conversion, found: Iterable[Diagnostic], catalog: Catalog | None
) -> Plan:
    """Find the repairs of a parsed document, and prove them.

    ``conversion`` is that of the workflow or prompt in it with ``catalog``, as ``validate_parsed`` gives it,
    and ``found`` are the findings to repair. A workflow that is JSON text inside of the document has no
    repairs, as no pointer leads into it.
    """
    opened = None if isinstance(document, Parameters) else open_any(document, catalog, Collector())
    if opened is None or opened.in_text:
        return Plan(document)
    start = opened.pointer
    sites = (
        Site(one, one.location.pointer[len(start) :], conversion)
        for one in found
        if one.code in REPAIRS and not one.is_rest and one.location.pointer[: len(start)] == start
    )
    wanted = [(site.finding, repair) for site in sites if (repair := REPAIRS[site.finding.code](site))]
    agreed = {id(repair) for repair in agreeing(repair for _, repair in wanted)}
    tried = [(one, repair) for one, repair in wanted if id(repair) in agreed]
    proved = largest_part(tried, lambda some: _hold([repair for _, repair in some], conversion, catalog))
    made = [(one, _moved(repair, start)) for one, repair in proved]
    return Plan(document, made, without(tried, proved))


def without(tried: Sequence[Made], made: Sequence[Made]) -> list[Diagnostic]:
    """The findings of the repairs that were tried and not made."""
    kept = {id(one) for one, _ in made}
    return [one for one, _ in tried if id(one) not in kept]


def largest_part(repairs: Sequence[Made], holds: Callable[[Sequence[Made]], bool]) -> Sequence[Made]:
    """Those of the repairs that hold together: all of them, or what is left of both halves."""
    if not repairs or holds(repairs):
        return repairs
    if len(repairs) == 1:
        return ()
    middle = len(repairs) // 2
    first, second = (largest_part(half, holds) for half in (repairs[:middle], repairs[middle:]))
    both = [*first, *second]
    return both if holds(both) else first or second


def _hold(repairs: Sequence[Repair], conversion: Conversion, catalog: Catalog | None) -> bool:
    """Whether the document with these repairs converts to what they say, to the letter."""
    opened = conversion.opened
    expected: Prompt = conversion.prompt
    for repair in repairs:
        expected = repair.expected(expected)
    made = convert_parsed(applied(opened.value, repairs), catalog, conversion.options, beside=opened.beside)
    return json_text(made.prompt) == json_text(expected)


def _moved(repair: Repair, start: Pointer) -> Repair:
    """The repair with the pointers of the file, in which the workflow or prompt is at ``start``."""
    return replace(repair, edits={(*start, *pointer): value for pointer, value in repair.edits.items()})


def marked(found: Iterable[Diagnostic], plan: Plan, text: str) -> list[Diagnostic]:
    """The findings, with their fixes. ``text`` is what the document was parsed from."""
    lines = _LineStarts(text)
    fixes = {
        id(one): Fix(
            repair.description, _edits(text, lines, plan.document, repair) if number < _MOST_EDITS else ()
        )
        for number, (one, repair) in enumerate(plan.repairs)
    }
    return [replace(one, fix=fixes[id(one)]) if id(one) in fixes else one for one in found]


def _edits(text: str, lines: _LineStarts, document: Any, repair: Repair) -> tuple[TextEdit, ...]:
    return tuple(
        TextEdit(*lines.position(one.start), *lines.position(one.end), one.text)
        for one in splices(text, document, applied(document, [repair]))
    )


class _LineStarts:
    """Lines and columns of offsets in a text. A byte order mark at its start has no column."""

    def __init__(self, text: str) -> None:
        self._mark = len(text) - len(text.removeprefix("\ufeff"))
        self._starts = [self._mark, *(match.end() for match in re.finditer("\n", text))]

    def position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
