"""Money is spent only if somebody says so, for this call: with --allow-spend, or by an answer at a terminal.

No variable of the environment and no configuration says it, since nobody looks at these before each run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from comfyc.cli.output.event_stream import events
from comfyc.cli.output.findings import report_of, show
from comfyc.cli.output.writing import note
from comfyc.cli.work.prepare_files import Errand, File
from comfyc.cli.work.report_runs import Show, report_refused
from comfyc.collector import Collector
from comfyc.prices import Estimates, Total, estimate_lines, total_text
from comfyc.prices.estimates import total_of
from comfyc.running.prepare import Prepared
from comfyc.running.spending import refuse_spending, spending_of

_LINES = 40
"""Partner nodes that are listed before the question."""


def may_spend(files: Sequence[File], errand: Errand, choice: Show) -> bool:
    """Whether the partner nodes of all runs may run; true if there are none.

    What is agreed to is noted in each file (``File.agreed``). If it is no, the files are refused as those
    with errors are.
    """
    paid: list[tuple[File, Prepared, Estimates]] = []
    for file in files:
        found = [(prepared, spending_of(prepared)) for prepared in file.prepared.values()]
        file.agreed = frozenset(one.node for _, estimates in found for one in estimates.nodes)
        if file.agreed:
            paid.append((file, *max(found, key=lambda pair: _dearness(pair[1]))))
    if not paid:
        return True
    total = total_of((estimates, errand.count) for _, _, estimates in paid)
    if errand.allow_spend:
        if not choice.quiet:
            note(f"partner nodes may run: {_in_all(total)}")
        return True
    is_asked = sys.stdin.isatty() and sys.stderr.isatty() and events() is None
    if is_asked and _answer(paid, total, errand):
        return True
    for file, prepared, estimates in paid:
        diagnostics = Collector(errand.limits)
        refuse_spending(prepared, estimates, diagnostics)
        report = report_of(file.name, diagnostics, file.document.carried, strict=choice.strict)
        if not is_asked:
            show([report], quiet=choice.quiet)
        report_refused(file.name, report, choice)
    note(f"nothing was sent: {_in_all(total)}" if not is_asked else "nothing was sent")
    return False


def _dearness(estimates: Estimates) -> tuple[float, int]:
    """The order in which the servers of a file are considered: what may cost most comes last."""
    total = estimates.total()
    return total.high, len(total.open)


def _in_all(total: Total) -> str:
    runs = f"{total.count} runs cost" if total.count > 1 else "the run costs"
    return f"{runs} {total_text(total)}"


def _answer(paid: Sequence[tuple[File, Prepared, Estimates]], total: Total, errand: Errand) -> bool:
    """Ask whoever sits at the terminal; anything but a yes is a no."""
    note("partner nodes call paid services with your Comfy account:")
    times = f", {errand.count} times" if errand.count > 1 else ""
    lines = [
        f"  {file.label}{times}: {line}" for file, _, estimates in paid for line in estimate_lines(estimates)
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
