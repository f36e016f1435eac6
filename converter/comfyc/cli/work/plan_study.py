"""A study that is to be made: its rows planned and checked, its first row tried, nothing sent."""

from __future__ import annotations

import os
import random
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from comfyc.cli.output.findings import report_of, show
from comfyc.cli.work.prepare_files import Catalogs, Errand, File, changed_seeds, ready
from comfyc.cli.work.report_runs import Show, report_refused
from comfyc.cli.work.study_options import options_to_json
from comfyc.diagnostics import ComfycError, Diagnostics
from comfyc.interface.tracing import Target
from comfyc.running.client.upload import Planned
from comfyc.running.prepare import Prepared
from comfyc.running.seeds import seeded_prompts
from comfyc.studies.creating import create_ledger
from comfyc.studies.ledger import Ledger
from comfyc.studies.names import NameTemplate, folded
from comfyc.studies.order import Ordering
from comfyc.studies.records import ColumnHead, NewRow, StudyHead
from comfyc.studies.rows import RowPlan, RowSources, StudyRow, plan_rows
from comfyc.version import version


@dataclass(frozen=True, slots=True)
class PlannedStudy:
    """A study whose columns are understood. ``seeds`` are those that the runs of a row change; ``base`` is
    the workflow as it is for a server that can run it."""

    file: File
    base: Prepared
    plan: RowPlan
    template: NameTemplate
    seeds: Sequence[Mapping[Target, int]]
    errand: Errand
    choice: Show

    def enter(self, folder: Path | None, servers: Sequence[str]) -> Ledger | None:
        """Read all rows into a new ledger, in a folder or for this process alone; None, after the findings
        have been shown, if one of them is wrong.

        ``ComfycError`` if two rows would have the same name.
        """
        errand, choice = self.errand, self.choice
        options = options_to_json(
            errand,
            self.seeds,
            self.base.assignments,
            strict=choice.strict,
            allow_partial=choice.allow_partial,
        )
        spare = self.file.document.spare
        options["spare"] = spare.decode("utf-8", "replace") if isinstance(spare, bytes) else spare
        targets = _targets(self.plan)
        columns = tuple(ColumnHead(one.name, targets[one.name], one.is_file) for one in self.plan.columns)
        head = StudyHead(
            str(uuid.uuid4()),
            folder.absolute().name if folder is not None else "",
            time.time(),
            version(),
            os.path.abspath(self.file.name) if self.file.name != "-" else "",
            self.file.document.value,
            columns,
            tuple(servers),
            options,
        )
        try:
            return create_ledger(folder, head, self._rows(folder, head))
        except _WrongRowsError:
            _show_rows(self.plan, self.choice)
            return None

    def stem(self, row: StudyRow, study: str, created: float) -> str:
        """What the files of a row are called; ``created`` are seconds since the epoch."""
        seeds = self._seeds_of(row) if self.template.has_seed else {}
        keyed = {f"{node}.{name}": value for (node, name), value in seeds.items()}
        return self.template.stem(row, seeds=keyed, study=study, when=datetime.fromtimestamp(created))

    def _seeds_of(self, row: StudyRow) -> dict[Target, int]:
        """The seeds that a row runs with."""
        prompt = self.base.prompt
        known = {(one.node, one.name): prompt[one.node]["inputs"][one.name] for one in self.base.seeds}
        known.update(self.seeds[(row.number - 1) % len(self.seeds)])
        return {target: row.targets.get(target, value) for target, value in known.items()}

    def _rows(self, folder: Path | None, head: StudyHead) -> Iterator[NewRow]:
        ordering = None
        if not self.errand.rows.keep_order:
            targets = {one.name: one.targets for one in head.columns}
            ordering = Ordering(self.base.prompt, self.base.catalog, targets)
        taken = _names_in(folder) if folder is not None else set()
        for row in self.plan:
            if self.plan.has_errors:
                continue  # the others are read for what is wrong with them
            stem = self.stem(row, head.name, head.created)
            name = folded(stem)
            if name in taken:
                raise ComfycError(
                    f"'{folder}' has a file named '{stem}' already, as row {row.number} would be called",
                    "choose another folder with --out-dir, or other names with --name",
                )
            yield NewRow(
                row.number,
                row.parameters,
                row.files,
                row.targets,
                row.origin,
                stem,
                name,
                ordering.load_of(row.parameters) if ordering is not None else "",
                ordering.order_of(row.parameters) if ordering is not None else b"",
            )
        if self.plan.has_errors:
            raise _WrongRowsError


def _names_in(folder: Path) -> set[str]:
    """The names of all files in a folder, without their endings."""
    found = (
        os.path.relpath(os.path.join(path, os.path.splitext(name)[0]), folder)
        for path, _, names in os.walk(folder)
        for name in names
    )
    return {folded(name.replace(os.sep, "/")) for name in found}


class _WrongRowsError(Exception):
    """Something is wrong with a row."""


def plan_study(file: File, catalogs: Catalogs, errand: Errand, choice: Show) -> PlannedStudy | None:
    """Plan the rows for a file that has been read, and try the first; None, after the findings have been
    shown, if something is wrong.

    ``ComfycError`` for a table that cannot be read, and for a text that describes no values or names.
    """
    found = [ready(file, server, catalogs, errand) for server in catalogs.loaded]
    base = base_for(found, errand)
    if not (base.conversion.ok and base.is_understood):
        _refuse(file, base.diagnostics, choice)
        return None
    plan = rows_of(base, errand)
    if plan.has_errors:
        _show_rows(plan, choice)
        return None
    first = next(iter(plan), None)
    if first is None or plan.has_errors:
        _show_rows(plan, choice)
        return None
    study = planned(file, base, plan, errand, choice)
    tried = [with_row(one, first, plan, errand).judged() for one in found]
    best = min(tried, key=lambda one: one.has_errors)
    file.chosen = base
    report = report_of(file.name, best, file.document.carried, strict=choice.strict)
    show([report], verbose=choice.verbose, quiet=choice.quiet)
    if report is not None and report.has_errors and not errand.force:
        report_refused(file.name, report, choice)
        return None
    return study


def base_for(known: Sequence[Prepared], errand: Errand) -> Prepared:
    """Of a workflow as it is for several servers, what the rows are read by: that for a server which has
    everything that they name, if there is one, else for one that can run the workflow itself."""
    ordered = sorted(known, key=lambda one: (not one.conversion.ok, one.diagnostics.has_errors))
    for one in ordered if len(ordered) > 1 else ():
        if one.conversion.ok and one.is_understood:
            plan = rows_of(one, errand)
            if not plan.has_errors and not any(plan.has_errors for _ in plan):
                return one
    return ordered[0]


def rows_of(base: Prepared, errand: Errand) -> RowPlan:
    """The rows that are asked for, for a workflow that is ready."""
    asked = errand.rows
    sources = RowSources(asked.tables, asked.grids, asked.zips, asked.eaches, errand.count)
    return plan_rows(sources, base, errand.requests, limits=errand.limits)


def planned(file: File, base: Prepared, plan: RowPlan, errand: Errand, choice: Show) -> PlannedStudy:
    """The study of these rows. ``ComfycError`` for a template of names that cannot be."""
    template = NameTemplate.parse(errand.rows.name, plan.columns, plan.count)
    seeded = seeded_prompts(base.prompt, base.seeds, errand.seed, count=errand.count, rng=random.Random())
    seeds = [changed_seeds(base, one) for _, one in seeded]
    return PlannedStudy(file, base, plan, template, seeds, errand, choice)


def _targets(plan: RowPlan) -> dict[str, tuple[Target, ...]]:
    """The inputs of the prompt that take the values of each column."""
    return {
        one.name: tuple(each for setting in one.settings for each in setting.targets) for one in plan.columns
    }


def with_row(prepared: Prepared, row: StudyRow, plan: RowPlan, errand: Errand) -> Prepared:
    """The workflow with the values of a row."""
    targets = {one.name: [target for each in one.settings for target in each.targets] for one in plan.columns}
    files = [Planned(*target, path) for name, path in row.files.items() for target in targets[name]]
    turned = prepared.turn(errand.options(row.number - 1), row.targets)
    return replace(turned, files=(*turned.files, *files))


def _refuse(file: File, found: Diagnostics, choice: Show) -> None:
    report = report_of(file.name, found, file.document.carried, strict=choice.strict)
    show([report], verbose=choice.verbose, quiet=choice.quiet)
    report_refused(file.name, report, choice)


def _show_rows(plan: RowPlan, choice: Show) -> None:
    """Show what is wrong with the tables and what was typed."""
    for name, found in plan.findings.items():
        shown = name or "the command line"
        report = report_of(shown, found, None, strict=choice.strict)
        show([report], verbose=choice.verbose, quiet=choice.quiet)
        report_refused(shown, report, choice)
