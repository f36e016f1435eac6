"""From the bytes of a file to those of the repaired one, until there is nothing to repair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from comfyc.carriers import JSON
from comfyc.catalog import Catalog
from comfyc.diagnostics import Diagnostic, Severity
from comfyc.editing import rewritten
from comfyc.fixing.planning import Plan, plan_repairs
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


def plan_of(examined: Examined, catalog: Catalog) -> Plan:
    """What can be done about the findings of a file. Nothing for one without a document."""
    if examined.document is None or examined.validation is None:
        return Plan(None)
    value = examined.document.value
    return plan_repairs(value, examined.validation.conversion, examined.chosen, catalog)


def fix_source(first: Examined, examine: Callable[[Source], Examined], catalog: Catalog) -> Fixed:
    """Repair a file that has been examined; ``examine`` reads and judges the repaired bytes in the same way.

    The bytes of a file that carries a workflow, such as a picture, do not change.
    """
    fixed = Fixed(first)
    for _ in range(MOST_ROUNDS if not first.is_carried else 0):
        before = fixed.examined
        plan = plan_of(before, catalog)
        fixed = replace(fixed, refused=tuple(plan.refused))
        if not plan.repairs:
            break
        after = examine(Source(before.source.name, _repaired_bytes(before, plan)))
        if _is_worse(before, after):
            return replace(fixed, refused=(*fixed.refused, *(one for one, _ in plan.repairs)))
        fixed = Fixed(after, (*fixed.repaired, *(one for one, _ in plan.repairs)), fixed.refused)
    return fixed


def _repaired_bytes(examined: Examined, plan: Plan) -> bytes:
    assert examined.document is not None
    data = examined.source.data
    text, encoding = decoded(data[0 : len(data)], examined.document.carried.text)
    return encoded_as(encoding, rewritten(text, plan.document, plan.repaired))


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
