"""What ``comfyc run`` does with rows: plan them, enter them in a ledger, and make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from comfyc.cli.output.writing import note
from comfyc.cli.work.expected import expectations_of
from comfyc.cli.work.make_rows import make_rows
from comfyc.cli.work.plan_study import plan_study
from comfyc.cli.work.prepare_files import Errand, reach, read_files, the_workflow
from comfyc.cli.work.report_runs import Show
from comfyc.cli.work.run_targets import check_targets
from comfyc.cli.work.spending import bills_of, may_spend
from comfyc.diagnostics import ComfycError
from comfyc.running import Server
from comfyc.studies.ledger import NAME
from comfyc.studies.survey import priced


def start_study(names: Sequence[str], servers: Sequence[Server], errand: Errand, choice: Show) -> int:
    """Make a study of a workflow and its rows; the exit code. Nothing is sent if anything is wrong with the
    workflow or a row."""
    if not errand.wait:
        raise ComfycError(
            "--no-wait cannot be used with rows", "a study that is stopped goes on with: comfyc resume"
        )
    if choice.preview is not None:
        raise ComfycError("--preview cannot be used with rows", "it shows one run; leave it out")
    expectations_of(errand)  # what is wrong with them is known before the rows are read
    folder = errand.saving.out_dir
    check_targets(folder, choice.preview)
    files = read_files(names, errand, choice)
    if files is None:
        return 1
    file = the_workflow(files)
    catalogs = reach(servers, errand)
    study = plan_study(file, catalogs, errand, choice)
    if study is None:
        return 1
    bills = [
        replace(bill, estimates=estimates, count=count)
        for bill in bills_of(files, errand)
        for estimates, count in priced(study.plan, study.base)
    ]
    if not may_spend(bills, errand, choice):
        return 1
    ledger = study.enter(folder, [one.name for one in servers])
    if ledger is None:
        return 1
    with ledger:
        ledger.hold()
        if not choice.quiet:
            note(f"{study.plan.count:,} rows; the ledger is {folder / NAME}")
        return make_rows(ledger, file, servers, catalogs, errand, choice, study.seeds)
