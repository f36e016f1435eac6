"""What a prepared run would spend at partner nodes, and the refusal to spend it unasked."""

from __future__ import annotations

from comfyc import codes
from comfyc.collector import Collector
from comfyc.prices import Estimates, estimate
from comfyc.prices.wording import estimate_text
from comfyc.running.prepare import Prepared
from comfyc.running.products import Where


def spending_of(prepared: Prepared) -> Estimates:
    """What the partner nodes cost that would run, with their titles."""
    return estimate(prepared.prompt, prepared.catalog, titles=prepared.titles, targets=prepared.outputs)


def refuse_spending(estimates: Estimates, where: Where, diagnostics: Collector) -> None:
    """Report each partner node that would run: nobody has allowed it to spend money.

    ``where`` gives the pointer and the title of a node in the file that the findings are about.
    """
    for one in estimates.nodes:
        pointer, title = where(one.node, None)
        diagnostics.report(
            codes.SPENDING_NOT_ALLOWED,
            f"'{one.title}' is a partner node, which costs money: {estimate_text(one)}",
            pointer=pointer,
            node=one.node,
            title=title,
            hint="to run it all the same, pass --allow-spend, or answer yes at a terminal",
        )
