"""What ``comfyc plan`` and ``run --dry-run`` say of a study: its rows are planned, and nothing is sent."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from comfyc.cli.flags.studies import NO_ROWS_ASKED
from comfyc.cli.output.envelope import records_of
from comfyc.cli.output.findings import report_of
from comfyc.cli.work.make_plan import make_plan
from comfyc.cli.work.plan_study import base_for, planned, rows_of, with_row
from comfyc.cli.work.prepare_files import Catalogs, Errand, File, ready
from comfyc.cli.work.report_runs import Show
from comfyc.prices.wording import total_to_json
from comfyc.report.findings import FileReport
from comfyc.running import Server
from comfyc.safety.web_files import WebFile
from comfyc.studies.rows import RowPlan
from comfyc.studies.survey import Survey, survey


async def make_study_plan(
    file: File, servers: Sequence[Server], catalogs: Catalogs, errand: Errand, choice: Show
) -> tuple[dict[str, Any], list[FileReport | None]]:
    """The plan for the rows of a study, and the findings in its workflow and its tables: of all rows, and of
    the workflow with the values of the first.

    ``ComfycError`` if two rows would have one name.
    """
    alone, strict = replace(errand, rows=NO_ROWS_ASKED, count=1), choice.strict
    base = base_for([ready(file, server, catalogs, errand) for server in catalogs.loaded], errand)
    if not (base.conversion.ok and base.is_understood):
        return await make_plan([file], servers, catalogs, alone, strict=strict)
    rows = rows_of(base, errand)
    for first in islice(rows, 1):
        for name, one in file.prepared.items():
            tried = with_row(one, first, rows, errand)
            file.prepared[name] = replace(one, diagnostics=tried.judged())
    plan, reports = await make_plan([file], servers, catalogs, alone, strict=strict)
    study = planned(file, base, rows, errand, choice)
    name, now = errand.saving.out_dir.absolute().name, time.time()
    seen = survey(rows, base, lambda row: study.stem(row, name, now))
    own = [_report(file, name, found, strict=strict) for name, found in rows.findings.items()]
    about = plan["files"][0]
    about["findings"] += records_of(own)
    about["seeds"] = []
    if about["price"] is not None and seen.total is not None:
        about["price"]["total"] = total_to_json(seen.total)
    plan["ok"] = about["ok"] = about["ok"] and not rows.has_errors
    plan["prompts"] = seen.count if plan["ok"] else 0
    plan["runs"] = []
    plan["study"] = _study(rows, seen)
    return plan, [*reports, *own]


def _report(file: File, name: str, found: Iterable[Any], *, strict: bool) -> FileReport | None:
    """The findings in a table, or with what was typed, as findings in the workflow."""
    carried = None if name else file.document.carried
    return report_of(name or file.name, found, carried, strict=strict)


def _study(rows: RowPlan, seen: Survey) -> dict[str, Any]:
    return {
        "rows": seen.count,
        "columns": [
            {
                "name": one.name,
                "origin": one.origin,
                "inputs": [setting.path for setting in one.settings],
                "titles": [setting.title for setting in one.settings],
            }
            for one in rows.columns
        ],
        "first": [
            {
                "row": row.number,
                "name": stem,
                "origin": row.origin,
                "parameters": dict(row.parameters),
                "files": _named(row.files),
            }
            for row, stem in seen.first
        ],
        "files": {
            "count": len(seen.files),
            "size": sum(seen.files.values()),
            "of_web": sum(isinstance(one, WebFile) for one in seen.files),
        },
    }


def _named(files: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(path) for name, path in files.items()}
