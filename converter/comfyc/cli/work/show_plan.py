"""What ``comfyc plan`` and ``run --dry-run`` do: everything that ``run`` does before it sends something."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from comfyc.cli.flags.common import file_or_stdout
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.event_loop import run_loop
from comfyc.cli.output.findings import show
from comfyc.cli.output.plan_page import plan_page
from comfyc.cli.output.writing import note, save, write_product, write_stdout
from comfyc.cli.work.expected import expectations_of
from comfyc.cli.work.make_plan import make_plan
from comfyc.cli.work.orders import refuse_unfetched
from comfyc.cli.work.prepare_files import Errand, reach, read_files, the_workflow
from comfyc.cli.work.report_runs import Show
from comfyc.diagnostics import ComfycError
from comfyc.running import Server
from comfyc.safety.jsonable import json_value


def show_plan(
    names: Sequence[str], servers: Sequence[Server], errand: Errand, choice: Show, output: Path | None
) -> int:
    """Show what ``run`` would do with the files, and write it to ``output`` if it would do it; the exit code,
    1 if ``run`` would send nothing."""
    is_study = errand.rows.is_study
    if is_study and output is not None:
        raise ComfycError(
            "a plan of a study is not written, because its rows are planned when it begins",
            "leave -o out; comfyc run with the same arguments does what is shown",
        )
    expectations_of(errand)  # what is wrong with them, as run would say it
    files = read_files(names, errand, choice)
    if files is None:
        return 1
    catalogs = reach(servers, errand)
    if is_study:
        from comfyc.cli.work.preview_study import make_study_plan  # noqa: PLC0415 - for those who make one

        asked = make_study_plan(the_workflow(files), servers, catalogs, errand, choice)
    else:
        asked = make_plan(files, servers, catalogs, errand, strict=choice.strict)
    plan, reports = run_loop(asked)
    show(reports, verbose=choice.verbose, quiet=choice.quiet)
    if output is not None and plan["ok"]:
        refuse_unfetched(files)
    code = 0 if plan["ok"] else 1
    file = file_or_stdout(output)
    if output is not None and plan["ok"]:
        text = json.dumps(plan, indent=1) + "\n"
        if file is not None:
            save(file, text)
        else:
            write_product(text)
    if choice.as_json:
        answer = JsonAnswer("plan", [json_value(plan)])
        answer.add_findings(reports)
        answer.print(code)
    elif output is None or file is not None:
        write_stdout(plan_page(plan))
        if file is not None and plan["ok"] and not choice.quiet:
            note(f"run it with: comfyc run {file}")
    return code
