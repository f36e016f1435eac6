#!/usr/bin/env python3
"""Record what the real frontend exports after a value was typed into a subgraph node.

Set-up as for scripts/record_exports.py. Use, from the root of the repository::

    python -m scripts.record_settings templates
    python -m scripts.record_settings cases

`templates` asks about every official template with subgraphs, `cases` about the cases of fixtures/cases whose
workflow has any. Each is opened; into each input of each subgraph node that holds a value and that no link
feeds, also of subgraph nodes inside others, a value of its kind is typed, the prompt is exported and compared
with the first one, and the first value is typed again. The answers are rows of fixtures/settings/*.jsonl.gz::

    {"key": "image_qwen_image", "settings": [...], "linked": [["12", "image"], ...], "all": {...}}
    {"host": "60:57", "input": "text", "label": "prompt", "type": "customtext", "value": "a fox",
     "changes": [["60:57:6", "text", "a fox"], ...]}

A change without a third member says that the prompt has the input no longer. `linked` are the inputs whose
value does not count, because a link feeds them. `all` is the prompt with all values typed at once: the hash
of its text, and how many inputs it changes. What was not asked says why (`skipped`), and so does a workflow
that the editor does not open (`error`).
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from scripts.browser_export import FRONTEND, OPEN, STORE, asked, chromium, frontend_static
from scripts.record_exports import CACHE, TEMPLATES, read_object_info, template_workflows
from tests.discovery import CASES, CLOCK, FIXTURES, Case, cases, write_packed

SETTINGS = FIXTURES / "settings"

# A number goes up by its step (or down, at the upper end), a switch turns, a combo takes the next of its
# values (a file name, if it knows no other), a text gets some characters that a template or a JSON must keep.
# The number is rounded as its step is written: 0.1 + 0.2 is 0.3 for who types.
_ANOTHER = """(widget) => {
  const {value, options, type} = widget
  if (type === 'toggle') return !value
  if (type === 'combo') {
    const values = typeof options.values === 'function' ? options.values() : options.values
    const list = Array.isArray(values) ? values : Object.values(values ?? {})
    const at = list.indexOf(value)
    if (list.length > (at === -1 ? 0 : 1)) return list[(at + 1) % list.length]
    return `another ${typeof value === 'string' ? value : 'value'}`
  }
  if (['number', 'slider', 'knob', 'gradientslider'].includes(type)) {
    const step = options.step2 || 1, from = typeof value === 'number' ? value : options.min ?? 0
    const digits = Math.max(0, -Math.floor(Math.log10(step)))
    const up = Number((from + step).toFixed(digits)), down = Number((from - step).toFixed(digits))
    if (up !== value && up <= (options.max ?? Infinity)) return up
    return down !== value && down >= (options.min ?? -Infinity) ? down : options.min ?? 0
  }
  if (type === 'color') return '#a1b2c3'
  if (type === 'curve') return {points: [[0, 0], [0.25, 0.5], [1, 1]], interpolation: 'linear'}
  if (['text', 'string', 'customtext', 'textarea', 'markdown'].includes(type))
    return `a {red|blue} fox\\n"${value ?? ''}" \\u{1F98A}`
}"""

# `typed` is what the editor does for a key stroke: the setter, then the callback.
_SETTINGS = f"""async ([source, name, settle]) => {{
  const open = {OPEN}, another = {_ANOTHER}
  const {{result, say, pause}} = await open(source, name, settle)
  if (result.aborted) return result
  const store = ({STORE})('widgetValue')
  const exported = async () => (await app.graphToPrompt()).output
  const typed = ({{node, widget}}, value) => {{
    widget.value = value
    widget.callback?.(value, app.canvas, node)
  }}
  const changes = (before, after) => {{
    const rows = []
    for (const id of Object.keys({{...before, ...after}})) {{
      const [old, now] = [before[id]?.inputs ?? {{}}, after[id]?.inputs ?? {{}}]
      for (const input of Object.keys({{...old, ...now}}))
        if (JSON.stringify(old[input]) !== JSON.stringify(now[input]))
          rows.push(input in now ? [id, input, now[input]] : [id, input])
    }}
    return rows
  }}
  const found = (graph, path) => graph.nodes.filter((node) => node.isSubgraphNode?.()).flatMap((node) => {{
    const host = [...path, node.id].join(':')
    const widgets = node.inputs.flatMap((input, slot) => {{
      const widget = input.widgetId && node.getWidgetFromSlot(input)
      if (!widget) return []
      const label = store.getWidget(input.widgetId)?.label || input.name
      return [{{host, node, widget, input: input.name, label, linked: node.isInputConnected(slot)}}]
    }})
    return [...widgets, ...found(node.subgraph, [...path, node.id])]
  }})
  try {{
    let first = await exported()
    result.settings = []
    result.linked = []
    const chosen = []
    for (const each of found(app.rootGraph, [])) {{
      const {{host, widget, input, label}} = each
      if (each.linked) {{ result.linked.push([host, input]); continue }}
      const row = {{host, input, label, type: widget.type}}
      result.settings.push(row)
      const before = widget.value, value = another(widget)
      if (value === undefined) {{ row.skipped = `a ${{widget.type}} is not typed into`; continue }}
      typed(each, value)
      Object.assign(row, {{value, changes: changes(first, await exported())}})
      typed(each, before)
      const after = await exported()
      if (changes(first, after).length) {{ row.skipped = 'the first value did not undo it'; first = after }}
      chosen.push([each, value])
    }}
    for (const [each, value] of chosen) typed(each, value)
    const last = await exported()
    result.text = JSON.stringify(last, null, 2)
    result.changed = changes(first, last).length
  }} catch (e) {{ result.export = say(e) }}
  return result
}}"""


def row_of(key: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The row of one workflow. A complaint after the editor has got the graph (`load`) does not count."""
    for reason in ("aborted", "page", "export"):
        if reason in answer:
            return {"key": key, "error": f"{reason}: {answer[reason]}"}
    digest = hashlib.sha256(answer["text"].encode("utf-8")).hexdigest()
    return {
        "key": key,
        "settings": answer["settings"],
        "linked": answer["linked"],
        "all": {"sha256": digest, "changes": answer["changed"]},
    }


def rows_of(workflows: list[tuple[str, str]], object_info: bytes, static: Path) -> list[dict[str, Any]]:
    """The rows of workflows over one object_info, in the same order."""

    async def ask() -> list[dict[str, Any]]:
        answers = asked(workflows, _SETTINGS, object_info, static, executable=chromium())
        return [row_of(key, answer) async for key, answer in answers]

    return asyncio.run(ask())


def with_subgraphs(workflows: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Those that define a subgraph and can hold a subgraph node therefore."""
    for key, text in workflows:
        definitions = json.loads(text).get("definitions")
        if isinstance(definitions, dict) and definitions.get("subgraphs"):
            yield key, text


def chosen_cases() -> list[Case]:
    """Cases of folders that have subgraphs and that the browser exports, by catalogue."""
    found = [case for case in cases() if case.prompt is not None and '"subgraphs"' in case.workflow]
    keys = dict(with_subgraphs((case.name, case.workflow) for case in found))
    in_folders = [case for case in found if case.name in keys and (CASES / case.topic).is_dir()]
    return sorted(in_folders, key=lambda case: str(case.catalog or ""))


def main() -> None:
    """Read the command line and record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("templates", "cases"))
    parser.add_argument("--frontend", help=f"static/ of comfyui-frontend-package (else {FRONTEND} from PyPI)")
    args = parser.parse_args()
    static = Path(args.frontend) if args.frontend else frontend_static(FRONTEND, CACHE)
    head = {"frontend": FRONTEND, "clock": CLOCK}
    rows: list[dict[str, Any]] = []
    if args.what == "templates":
        head["templates"] = f"{TEMPLATES}=={version(TEMPLATES)}"
        rows = rows_of(list(with_subgraphs(template_workflows())), read_object_info(None), static)
    for catalog, group in groupby(chosen_cases() if args.what == "cases" else (), lambda case: case.catalog):
        workflows = [(case.name, case.workflow) for case in group]
        rows += rows_of(workflows, read_object_info(str(catalog) if catalog else None), static)
    SETTINGS.mkdir(exist_ok=True)
    write_packed(SETTINGS / f"{args.what}.jsonl.gz", [head, *sorted(rows, key=lambda row: str(row["key"]))])


if __name__ == "__main__":
    main()
