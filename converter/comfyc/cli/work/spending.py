"""Money is spent only if somebody says so, for this call: with --allow-spend, or by an answer at a terminal.

No variable of the environment and no configuration says it, since nobody looks at these before each run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from comfyc.cli.output.event_stream import events
from comfyc.cli.output.findings import report_of, show
from comfyc.cli.output.writing import note
from comfyc.cli.work.prepare_files import Errand, File
from comfyc.cli.work.report_runs import Show, report_refused
from comfyc.collector import Collector
from comfyc.prices import Estimates, Total, estimate_lines, total_text
from comfyc.prices.estimates import total_of
from comfyc.running.products import Where
from comfyc.running.spending import refuse_spending, spending_of

if TYPE_CHECKING:
    from comfyc.sources import Carried

_LINES = 40
"""Partner nodes that are listed before the question."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What ``count`` runs of a prompt would spend. ``where`` leads into the file ``name``, which is
    ``carried`` by that (None for a plan)."""

    name: str
    label: str
    estimates: Estimates
    where: Where
    count: int = 1
    carried: Carried | None = None


def bills_of(files: Sequence[File], errand: Errand) -> list[Bill]:
    """A bill for each file with partner nodes that would run. They are noted in the file (``File.agreed``),
    for when it is agreed to."""
    bills = []
    for file in files:
        found = {name: spending_of(prepared) for name, prepared in file.prepared.items()}
        file.agreed = nodes_of(found.values())
        if file.agreed:
            name = max(found, key=lambda each: dearness(found[each]))
            where, carried = file.prepared[name].where, file.document.carried
            bills.append(Bill(file.name, file.label, found[name], where, errand.count, carried))
    return bills


def nodes_of(found: Iterable[Estimates]) -> frozenset[str]:
    """The ids of all nodes that are in any of them."""
    return frozenset(one.node for estimates in found for one in estimates.nodes)


def dearness(estimates: Estimates) -> tuple[float, int]:
    """The order in which the servers of a file are considered: what may cost most comes last."""
    total = estimates.total()
    return total.high, len(total.open)


def may_spend(bills: Sequence[Bill], errand: Errand, choice: Show) -> bool:
    """Whether all bills may be run up. If not, their files are refused as those with errors are."""
    if not bills:
        return True
    total = total_of((bill.estimates, bill.count) for bill in bills)
    if errand.allow_spend:
        if not choice.quiet:
            note(f"partner nodes may run: {_in_all(total)}")
        return True
    is_asked = sys.stdin.isatty() and sys.stderr.isatty() and events() is None
    if is_asked and _answer(bills, total, errand):
        return True
    found = {bill.name: Collector(errand.limits) for bill in bills}
    for bill in bills:
        refuse_spending(bill.estimates, bill.where, found[bill.name])
    carried = {bill.name: bill.carried for bill in bills}
    for name, diagnostics in found.items():
        report = report_of(name, diagnostics, carried[name], strict=choice.strict)
        if not is_asked:
            show([report], quiet=choice.quiet)
        report_refused(name, report, choice)
    note("nothing was sent" if is_asked else f"nothing was sent: {_in_all(total)}")
    return False


def _in_all(total: Total) -> str:
    runs = f"{total.count} runs cost" if total.count > 1 else "the run costs"
    return f"{runs} {total_text(total)}"


def _answer(bills: Sequence[Bill], total: Total, errand: Errand) -> bool:
    """Ask whoever sits at the terminal; anything but a yes is a no."""
    note("partner nodes call paid services with your Comfy account:")
    lines = [
        f"  {bill.label}{f', {bill.count} times' if bill.count > 1 else ''}: {line}"
        for bill in bills
        for line in estimate_lines(bill.estimates)
    ]
    for line in lines[:_LINES]:
        note(line)
    if len(lines) > _LINES:
        note(f"  and {len(lines) - _LINES} more")
    note(_in_all(total))
    if errand.at_least_once:
        note("with --at-least-once a lost prompt is sent again, up to two times, and may cost as much again")
    sys.stderr.write("run it? [y/N] " if total.count == 1 else "run them? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
