"""What ``comfyc resume`` and ``comfyc retry`` do: open a ledger, and make the rows that are left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from comfyc.cli.output.findings import report_of, show
from comfyc.cli.output.writing import note
from comfyc.cli.work.make_rows import make_rows, worker_servers
from comfyc.cli.work.prepare_files import Errand, reach, ready
from comfyc.cli.work.report_runs import Show, report_refused
from comfyc.cli.work.run_targets import check_targets
from comfyc.cli.work.spending import bills_of, may_spend
from comfyc.cli.work.study_options import errand_of, file_of_study, seeds_of
from comfyc.diagnostics import ComfycError
from comfyc.running import Server
from comfyc.safety.limits import Limits
from comfyc.studies.ledger import Ledger


def go_on_with(
    folder: Path,
    named: Sequence[str],
    opened_at: Callable[[Sequence[str], Limits], list[Server]],
    given: Errand,
    choice: Show,
    *,
    is_retry: bool,
) -> int:
    """Make what is left of the study in a folder, and for ``is_retry`` what has failed; the exit code.

    The servers are those of the study, unless others are ``named``; ``opened_at`` makes servers
    of addresses, with the limits of the study.
    """
    with Ledger.open(folder) as ledger:
        ledger.hold()
        if is_retry:
            ledger.retry()
        if not ledger.counts().left:
            note(f"nothing is left of '{folder}'")
            return 1 if ledger.counts().failed else 0
        check_targets(folder, None)
        head, options = ledger.head, ledger.head.options
        try:
            errand, seeds = errand_of(options, folder, given), seeds_of(options)
        except (KeyError, TypeError, ValueError):
            message = f"the ledger in '{folder}' does not say how its rows are made"
            raise ComfycError(message, "only what comfyc run has begun can be resumed") from None
        choice = replace(choice, strict=options["strict"], allow_partial=options["allow_partial"])
        servers = opened_at(named or [*worker_servers(errand.engine), *head.servers], errand.limits)
        ledger.add_servers(one.name for one in servers)
        file = file_of_study(head, folder)
        catalogs = reach(servers, errand)
        bases = [ready(file, server, catalogs, errand) for server in catalogs.loaded]
        base = next((one for one in bases if one.conversion.ok and one.is_understood), None)
        if base is None:
            report = report_of(file.name, bases[0].diagnostics, file.document.carried, strict=choice.strict)
            show([report], verbose=choice.verbose, quiet=choice.quiet)
            report_refused(file.name, report, choice)
            return 1
        file.chosen = base
        bills = [replace(one, count=ledger.counts().left) for one in bills_of([file], errand)]
        if not may_spend(bills, errand, choice):
            return 1
        return make_rows(ledger, file, servers, catalogs, errand, choice, seeds)
