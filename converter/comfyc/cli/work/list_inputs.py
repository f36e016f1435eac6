"""What ``comfyc inputs`` does: a file is converted, and what ``--set`` can set is listed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from comfyc.catalog import Catalog
from comfyc.cli.flags.common import file_or_stdout
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import catalog_reports, show
from comfyc.cli.output.tables import table_text
from comfyc.cli.output.writing import spare, write_stdout
from comfyc.cli.work.convert_one import ConvertJob, convert_document
from comfyc.cli.work.find_files import refuse_address
from comfyc.cli.work.write_template import form_of, write_template
from comfyc.diagnostics import ComfycError
from comfyc.interface import Setting, interface_for
from comfyc.interface.apps import AppInput, app_of
from comfyc.interface.describing import by_importance, facts_of
from comfyc.javascript.stringify import json_text
from comfyc.options import DynamicPrompts, Options
from comfyc.safety.escaping import shortened
from comfyc.safety.jsonable import json_value
from comfyc.safety.limits import Limits

_WIDTH = 60
"""Characters of a value that the table shows."""


def list_inputs(
    file: str, catalog: Catalog, limits: Limits, *, everything: bool, as_json: bool, template: Path | None
) -> int:
    """List what can be set, or ``everything`` that has a value or a link, or write a ``template`` of a job
    file with it; the exit code."""
    refuse_address(file, "inputs")
    if template is not None:
        form_of(template)
        if as_json and file_or_stdout(template) is None:
            hint = "name a file for the template"
            raise ComfycError("--json and --template - would both go to stdout", hint)
        spare([file_or_stdout(template)], [file])
    job = ConvertJob(Options(dynamic_prompts=DynamicPrompts.KEEP, limits=limits))
    found = convert_document(file, catalog, job)
    about = catalog_reports(catalog)
    show([*about, found.report], quiet=True)
    interface = interface_for(found.conversion) if found.conversion is not None else None
    app = app_of(interface) if interface is not None else None
    declared = {one.path: one for one in app.inputs if one.setting is not None} if app is not None else {}
    settings = by_importance(interface.settings) if interface is not None else []
    shown = [one for one in settings if everything or (one.targets and not (one.link or one.held_by))]
    shown.sort(key=_declared_first(declared))
    code = 0 if interface is not None and interface.conversion.ok else 1
    if as_json:
        answer = JsonAnswer("inputs")
        answer.results = [_as_json(found.file, one, declared.get(one.path)) for one in shown]
        answer.add_findings([*about, found.report])
        answer.print(code)
    elif template is None and interface is not None and code == 0:
        write_stdout(_table(shown, declared))
    if template is not None and interface is not None and code == 0:
        write_template(template, found.file, interface, shown)
    return code


def _declared_first(declared: Mapping[str, AppInput]) -> Callable[[Setting], int]:
    """A sort key: what an app declares comes first, in its order."""
    order = {path: index for index, path in enumerate(declared)}
    return lambda one: order.get(one.path, len(order))


def _table(shown: Sequence[Setting], declared: Mapping[str, AppInput]) -> str:
    """``declared`` are the inputs of an app by NODE.INPUT."""
    rows = []
    for one in shown:
        value = shortened(json.dumps(one.value, ensure_ascii=False), _WIDTH)
        if one.held_by is not None:
            value = f"{value} (from {'.'.join(one.held_by)})"
        elif not one.targets:
            value = f"{value} (not in the prompt)"
        label = f"{one.input} ('{one.label}')" if one.label != one.input else one.input
        facts = facts_of(one.spec)
        kind = "(subgraph)" if one.kind == "subgraph" and one.title == one.type else one.type
        own = declared.get(one.path)
        app = ("", "") if own is None else (own.label, shortened(own.description, _WIDTH))
        rows.append((app[0], one.node, one.title, kind, label, facts.type, value, facts.limits, app[1]))
    header = ("APP", "NODE", "TITLE", "CLASS", "INPUT", "TYPE", "VALUE", "LIMITS", "DESCRIPTION")
    return table_text(rows, header if rows else header[1:-1])


def _as_json(file: str, one: Setting, own: AppInput | None) -> dict[str, Any]:
    """The columns of the table, and the file. A member that does not apply is null."""
    facts = facts_of(one.spec)
    return {
        "file": file,
        "node": one.node,
        "title": one.title,
        "class": one.type,
        "input": one.input,
        "label": one.label,
        "kind": one.kind,
        "app": None if own is None else {"name": own.label, "description": own.description or None},
        "value": json.loads(json_text(one.value)),  # JSON has no infinity
        "type": facts.type or None,
        "default": json_value(facts.default),
        "min": facts.minimum,
        "max": facts.maximum,
        "step": facts.step,
        "choices": None if facts.choices is None else json_value(list(facts.choices)),
        "multiline": facts.multiline,
        "takes_file": facts.takes_file,
        "targets": [".".join(target) for target in one.targets],
        "link": one.link or None,
        "held_by": None if one.held_by is None else ".".join(one.held_by),
    }
