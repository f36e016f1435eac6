"""What a study tells: outputs on stdout as their rows end, unless a terminal shows their paths anyway;
progress and the findings of failed rows on stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from comfyc.cli.output.findings import report_of, show
from comfyc.cli.output.writing import note
from comfyc.cli.work.report_runs import Show, has_texts, pictures_of, print_outputs, print_record
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError
from comfyc.running import Run, run_to_json
from comfyc.running.display.study_listening import StudyDisplay
from comfyc.safety.limits import amount
from comfyc.sources import Carried
from comfyc.studies.ledger import Ledger
from comfyc.studies.records import LedgerRow, RowEnding

_SHOWN = 20
"""Failed rows whose findings are shown; all are in the ledger."""


class RowReporter:
    """Tells what became of rows. ``name`` is the workflow's file, which ``carried`` it."""

    def __init__(self, choice: Show, display: StudyDisplay, name: str, carried: Carried) -> None:
        self._choice = choice
        self._display = display
        self._name = name
        self._carried = carried
        self._failed = 0
        self._pictures = pictures_of(choice)
        is_terminal = sys.stdout.isatty() and sys.stderr.isatty()
        self._has_paths = display.has_paths and is_terminal and self._pictures is None

    def row_ended(self, row: LedgerRow, ending: RowEnding, run: Run | None, found: Collector) -> None:
        """Findings of a row that failed, then its outputs."""
        choice, failed = self._choice, ending.state == "failed"
        self._failed += failed
        has_findings = failed and run is not None and self._failed <= _SHOWN
        report = None
        if has_findings or choice.as_json:
            about = [replace(one, data={**one.data, "run": row.stem, "row": row.number}) for one in found]
            report = report_of(self._name, about, self._carried, strict=choice.strict)
        elif self._has_paths and not (run is not None and has_texts(run)):
            return  # nothing is written, so that the block of lines need not be taken away
        with self._display.paused():
            if has_findings:
                show([report], quiet=choice.quiet, summary=False, run=row.stem)
            if choice.as_json:
                code = 1 if failed else 0
                members = {
                    "file": self._name,
                    "run": row.stem,
                    "row": row.number,
                    "parameters": row.parameters,
                    **(run_to_json(run) if run is not None else {}),
                }
                errors = [ComfycError(ending.problem or "")] if run is None else []
                print_record(choice, members, code, report, errors)
            elif run is not None:
                print_outputs(run, paths=not self._has_paths)
            if run is not None and self._pictures is not None:
                self._pictures.show_all(run.paths)

    def conclude(self, ledger: Ledger, elsewhere: Sequence[LedgerRow]) -> int:
        """Say how far the study is; the exit code: 0 if all rows are done, 1 if some have failed, 2 if some
        are left."""
        counts = ledger.counts()
        for name in sorted({row.server for row in elsewhere if row.server}):
            note(f"rows may still be on {name}, which was not asked; pass --server {name}")
        if self._has_paths and counts.done:
            note(f"{counts.done:,} of {amount(counts.rows, 'rows')} done; their files are in {ledger.folder}")
        if counts.left:
            may_be = f", of which {amount(counts.sent, 'rows')} may be on a server" if counts.sent else ""
            note(
                f"{amount(counts.left, 'rows')} of {counts.rows} left{may_be}; "
                f"go on with: comfyc resume {ledger.folder}"
            )
        if counts.failed:
            note(
                f"{amount(counts.failed, 'rows')} of {counts.rows} failed; see: comfyc studies show "
                f"{ledger.folder}; make them again with: comfyc retry {ledger.folder}"
            )
        if counts.left:
            return 2
        return 1 if counts.failed else 0
