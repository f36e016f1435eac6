"""What ``comfyc inputs`` does: a file is converted, and what ``--set`` can set is listed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from comfyc.catalog import Catalog
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import catalog_reports, show
from comfyc.cli.output.tables import table_text
from comfyc.cli.output.writing import write_stdout
from comfyc.cli.work.convert_one import ConvertJob, convert_document
from comfyc.cli.work.find_files import refuse_address
from comfyc.options import DynamicPrompts, Options
from comfyc.prompt.assign import Setting, settings
from comfyc.safety.escaping import shortened
from comfyc.safety.limits import Limits

_WIDTH = 60
"""Characters of a value that the table shows."""


def list_inputs(file: str, catalog: Catalog, limits: Limits, *, links: bool, as_json: bool) -> int:
    """List the inputs of the prompt, linked ones too if ``links``; the exit code."""
    refuse_address(file, "inputs")
    job = ConvertJob(Options(dynamic_prompts=DynamicPrompts.KEEP, limits=limits))
    found = convert_document(file, catalog, job)
    about = catalog_reports(catalog)
    show([*about, found.report], quiet=True)
    conversion = found.conversion
    if conversion is not None and not conversion.ok:
        conversion = None
    rows = settings(conversion.prompt) if conversion is not None else []
    shown = [row for row in rows if links or not row.is_linked]
    code = 0 if conversion is not None else 1
    if as_json:
        written = json.loads(conversion.text) if conversion is not None else {}  # JSON has no infinity
        answer = JsonAnswer("inputs")
        answer.results = [_as_json(found.file, row, written[row.node]["inputs"]) for row in shown]
        answer.add_findings([*about, found.report])
        answer.print(code)
    elif conversion is not None:
        write_stdout(_table(shown))
    return code


def _table(rows: Sequence[Setting]) -> str:
    cells = [
        (
            row.node,
            row.title,
            row.type,
            row.input,
            shortened(json.dumps(row.value, ensure_ascii=False), _WIDTH),
        )
        for row in rows
    ]
    return table_text(cells, ("NODE", "TITLE", "CLASS", "INPUT", "VALUE"))


def _as_json(file: str, row: Setting, inputs: dict[str, Any]) -> dict[str, Any]:
    """The columns of the table, and the file."""
    cells = {"node": row.node, "title": row.title, "class": row.type, "input": row.input}
    return {"file": file, **cells, "value": inputs[row.input]}
