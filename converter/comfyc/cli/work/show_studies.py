"""What ``comfyc studies`` does: lists ledgers, and shows the results in one."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import complain
from comfyc.cli.output.tables import table_text
from comfyc.cli.output.writing import save, write_stdout
from comfyc.diagnostics import ComfycError
from comfyc.safety.escaping import shortened
from comfyc.safety.jsonable import json_value
from comfyc.studies.ledger import NAME, Ledger
from comfyc.studies.reports import study_annotations, study_junit, study_summary
from comfyc.studies.results import HEADER, record_of, table_row

_DEEPEST = 6
"""Folders below each other in which ledgers are looked for."""
_WIDTH = 40
"""Characters of a cell of the table for people."""
_SHOWN = 50
"""Rows of a study that people see; --csv and --json have all."""


def list_studies(folders: Sequence[Path], *, as_json: bool) -> int:
    """List the studies below folders; the exit code, 2 if one cannot be read."""
    answer = JsonAnswer("studies list")
    rows: list[tuple[str, ...]] = []
    for folder in folders:
        if not folder.is_dir():
            raise ComfycError(f"there is no folder '{folder}'", "check the path")
        for found in _ledgers(folder):
            try:
                with Ledger.open(found) as ledger:
                    counts, head = ledger.counts(), ledger.head
            except ComfycError as error:
                complain(error)
                answer.errors.append(error)
                continue
            created = datetime.fromtimestamp(head.created)
            numbers = {"rows": counts.rows, "done": counts.done, "failed": counts.failed, "left": counts.left}
            about = {"folder": str(found), "name": head.name, "source": head.source, **numbers}
            answer.results.append({**about, "created": created.isoformat(timespec="seconds")})
            rows.append(
                (
                    str(found),
                    *(f"{number:,}" for number in numbers.values()),
                    f"{created:%Y-%m-%d %H:%M}",
                    Path(head.source).name,
                )
            )
    code = 2 if answer.errors else 0
    if as_json:
        answer.print(code)
    elif rows:
        write_stdout(table_text(rows, ("study", "rows", "done", "failed", "left", "begun", "workflow")))
    else:
        write_stdout("there are no studies here\n")
    return code


def show_study(folder: Path, output: Path | None, forms: Sequence[str]) -> int:
    """Show the results of a study, for people or in one of the ``forms`` csv, junit, github, markdown and
    json; the exit code. ``ComfycError`` for several forms."""
    if len(forms) > 1:
        both = " and ".join(f"--{form}" for form in forms)
        raise ComfycError(f"{both} cannot be used together", "choose one of them")
    with Ledger.open(folder) as ledger:
        if "json" in forms:
            answer = JsonAnswer("studies show", [json_value(record_of(one)) for one in ledger.results()])
            answer.print(0)
            return 0
        text = _WRITERS[forms[0]](ledger) if forms else _page(ledger)
    if output is not None:
        save(output, text)
    else:
        write_stdout(text)
    return 0


def _ledgers(folder: Path) -> Iterator[Path]:
    """The folders below a folder that hold ledgers."""
    for path, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        if len(Path(path).relative_to(folder).parts) >= _DEEPEST:
            names.clear()
        if NAME in files:
            yield Path(path)


def _csv(ledger: Ledger) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = [one.name for one in ledger.head.columns]
    writer.writerow([*columns, *HEADER])
    for one in ledger.results():
        writer.writerow([*(one.parameters.get(name, "") for name in columns), *table_row(one)])
    return text.getvalue()


def _junit(ledger: Ledger) -> str:
    return study_junit(ledger.name, ledger.counts(), ledger.results(), ledger.seconds())


def _github(ledger: Ledger) -> str:
    return study_annotations(ledger.name, ledger.counts(), ledger.results("failed"))


def _markdown(ledger: Ledger) -> str:
    return study_summary(ledger.name, ledger.counts(), ledger.results("failed"))


_WRITERS = {"csv": _csv, "junit": _junit, "github": _github, "markdown": _markdown}


def _page(ledger: Ledger) -> str:
    """The study for people: how far it is, and its first rows."""
    counts, columns = ledger.counts(), [one.name for one in ledger.head.columns]
    rows: list[tuple[str, ...]] = []
    for one in ledger.results():
        if len(rows) == _SHOWN:
            break
        made = ", ".join(each.path or shortened(each.text or "", _WIDTH) for each in one.outputs)
        rows.append(
            (
                str(one.number),
                *(_cell(one.parameters.get(name)) for name in columns),
                one.state,
                f"{one.seconds:.1f} s" if one.seconds is not None else "",
                shortened(one.problem or made, 2 * _WIDTH),
            )
        )
    head = (
        f"{ledger.folder}: {counts.rows:,} rows, {counts.done:,} done, {counts.failed:,} failed, "
        f"{counts.left:,} left\n\n"
    )
    more = f"\nand {counts.rows - _SHOWN:,} more; --csv has all\n" if counts.rows > _SHOWN else ""
    return head + table_text(rows, ("row", *columns, "state", "time", "outputs")) + more


def _cell(value: Any) -> str:
    return "" if value is None else shortened(str(value), _WIDTH)
