"""From the bytes of a file to those of the repaired one, until there is nothing to repair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from comfyc.carriers import JSON
from comfyc.catalog import Catalog
from comfyc.diagnostics import Diagnostic, Severity
from comfyc.editing import rewritten
from comfyc.fixing.planning import Made, Plan, largest_part, plan_repairs, without
from comfyc.saving.encodings import decoded, encoded_as
from comfyc.sources import Document, Source
from comfyc.validation import Validation

MOST_ROUNDS = 10
"""A repair may bring another finding to light, such as an input that names a link whose row was removed."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A source with the document in it, its findings, those of them that are to be repaired, and its
    validation; None for what it does not have."""

    source: Source
    document: Document | None
    found: Sequence[Diagnostic]
    chosen: Sequence[Diagnostic]
    validation: Validation | None

    @property
    def is_carried(self) -> bool:
        """Whether the file is no JSON text itself, but carries one."""
        return self.document is not None and self.document.carried.container != JSON


@dataclass(frozen=True, slots=True)
class Fixed:
    """What came of repairing a file: ``examined`` is the repaired one, whose ``source`` has the new bytes.

    ``repaired`` are the findings that are gone, and ``refused`` those whose repair would have changed the
    prompt or brought other problems.
    """

    examined: Examined
    repaired: tuple[Diagnostic, ...] = ()
    refused: tuple[Diagnostic, ...] = ()


def plan_of(examined: Examined, examine: Callable[[Source], Examined], catalog: Catalog) -> Plan:
    """What can be done about the findings of a file. Nothing for one without a document.

    ``examine`` reads and judges repaired bytes in the same way: a repair is refused if there are more errors
    or warnings of any rule after it.
    """
    if examined.document is None or examined.validation is None:
        return Plan(None)
    conversion = examined.validation.conversion

    def hold(repairs: Sequence[Made]) -> bool:
        after = examine(_repaired(examined, replace(plan, repairs=repairs)))
        return not _is_worse(examined, after)

    try:
        plan = plan_repairs(examined.document.value, conversion, examined.chosen, catalog)
        sound = largest_part(plan.repairs, hold)
    except RecursionError:  # comparing two values that nest a thousand lists
        return Plan(examined.document.value)
    return replace(plan, repairs=sound, refused=[*plan.refused, *without(plan.repairs, sound)])


def fix_source(first: Examined, examine: Callable[[Source], Examined], catalog: Catalog) -> Fixed:
    """Repair a file that has been examined; for ``examine`` see :func:`plan_of`.

    The bytes of a file that carries a workflow, such as a picture, do not change.
    """
    fixed = Fixed(first)
    for _ in range(MOST_ROUNDS if not first.is_carried else 0):
        plan = plan_of(fixed.examined, examine, catalog)
        made = (*fixed.repaired, *(one for one, _ in plan.repairs))
        after = examine(_repaired(fixed.examined, plan)) if plan.repairs else fixed.examined
        fixed = Fixed(after, made, tuple(plan.refused))
        if not plan.repairs:
            break
    return fixed


def _repaired(examined: Examined, plan: Plan) -> Source:
    """The file with the repairs; a carried workflow alone."""
    assert examined.document is not None
    data = examined.source.data
    carried = examined.document.carried
    text, encoding = carried.text, "utf-8"
    if not examined.is_carried:
        text, encoding = decoded(data[0 : len(data)], carried.text)
    return Source(examined.source.name, encoded_as(encoding, rewritten(text, plan.document, plan.repaired)))


def _is_worse(before: Examined, after: Examined) -> bool:
    """Whether there are more errors or warnings of any rule, or no document any more."""
    counts = [_problems(one.found) for one in (before, after)]
    return after.document is None or bool(counts[1] - counts[0])


def _problems(found: Sequence[Diagnostic]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for one in found:
        if one.severity is not Severity.INFO:
            counted[one.code] += one.count
    return counted
