#!/usr/bin/env python3
"""Record what the real editor saves of workflows that it has opened, and of those in which nodes were moved.

Set-up as for scripts/record_exports.py. Use, from the root of the repository::

    python -m scripts.record_saves
    python -m scripts.record_saves --all      # only print how many templates and cases are the same

Each workflow is opened and saved twice: as it is, and after all nodes were moved, collapsed and colored and a
group was drawn around them. Rows of fixtures/differences/saved.jsonl.gz, from some official templates and
some of fixtures/cases::

    {"key": "image_qwen_image", "saved": {...}, "moved": {...}, "same": true}

`same` says whether the editor exports the same prompt of the saved file as of the first one: it does not keep
all that it can open.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from comfyc import Catalog, convert, diff
from comfyc.catalog import bundled_core
from scripts.browser_export import FRONTEND, OPEN, asked, chromium, frontend_static
from scripts.record_exports import CACHE, read_object_info, template_workflows
from tests.discovery import CLOCK, FIXTURES, cases, write_packed

EACH, EACH_TEMPLATE = 29, 20
"""One case of 29 and one template of 20 is recorded."""
_LARGEST = 60_000
"""Characters of a template that is recorded."""

# What the Save menu writes is `rootGraph.serialize()`; the size of the window is not saved.
_SAVES = f"""async ([source, name, settle]) => {{
  const {{result, say, pause}} = await ({OPEN})(source, name, settle)
  if (result.aborted) return result
  const saved = () => JSON.parse(JSON.stringify(app.rootGraph.serialize()))
  const sorted = (value) => Array.isArray(value) ? value.map(sorted)
    : value && typeof value === 'object'
      ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value
  const exported = async () => JSON.stringify(sorted((await app.graphToPrompt()).output))
  try {{
    result.saved = saved()
    const before = await exported()
    for (const graph of [app.rootGraph, ...app.rootGraph.subgraphs.values()]) {{
      for (const node of graph.nodes) {{
        node.pos = [node.pos[0] + 111, node.pos[1] + 222]
        node.color = '#223'
        node.bgcolor = '#335'
        if (!node.flags.collapsed) node.collapse()
      }}
      const group = new LiteGraph.LGraphGroup('around')
      group.pos = [5, 5]
      graph.add(group)
    }}
    await pause()
    result.moved = saved()
    await ({OPEN})(JSON.stringify(result.saved), name, settle)
    result.same = before === await exported()
  }} catch (e) {{ result.save = say(e) }}
  return result
}}"""

Asked = tuple[str, str, Path | None]


def some() -> Iterator[Asked]:
    """The workflows that are recorded: key, text and catalogue."""
    for case in cases()[::EACH]:
        yield case.name, case.workflow, case.catalog
    # the editor takes the inputs off subgraph nodes that lead to nodes of unknown types
    for key, text in list(template_workflows())[::EACH_TEMPLATE]:
        if len(text) <= _LARGEST and not convert(text, bundled_core()).diagnostics.with_code("N201"):
            yield key, text, None


def answers(workflows: Iterable[Asked], static: Path) -> Iterator[tuple[Asked, dict[str, Any]]]:
    """What the editor saves of each workflow, over the catalogue of each."""
    ordered = sorted(workflows, key=lambda one: str(one[2] or ""))
    for catalog, group in groupby(ordered, lambda one: one[2]):
        found = list(group)
        rows = [(str(number), text) for number, (_, text, _) in enumerate(found)]
        object_info = read_object_info(str(catalog) if catalog else None)

        async def ask(rows: list[tuple[str, str]] = rows, info: bytes = object_info) -> list[dict[str, Any]]:
            return [row async for _, row in asked(rows, _SAVES, info, static, executable=chromium())]

        yield from zip(found, asyncio.run(ask()), strict=True)


def main() -> None:
    """Record, or count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--frontend", help=f"static/ of comfyui-frontend-package (else {FRONTEND} from PyPI)")
    args = parser.parse_args()
    static = Path(args.frontend) if args.frontend else frontend_static(FRONTEND, CACHE)
    if args.all:
        every = [(case.name, case.workflow, case.catalog) for case in cases()]
        count([*every, *((key, text, None) for key, text in template_workflows())], static)
        return
    rows = [
        {"key": key, **{name: answer[name] for name in ("saved", "moved", "same")}}
        for (key, _, _), answer in answers(some(), static)
        if "same" in answer
    ]
    rows.sort(key=lambda row: str(row["key"]))
    provenance = {"frontend": FRONTEND, "clock": CLOCK}
    write_packed(FIXTURES / "differences" / "saved.jsonl.gz", [provenance, *rows])
    print(f"{len(rows)} recorded")


def count(workflows: list[Asked], static: Path) -> None:
    """Print which workflows are not the same after the editor has saved them, and how many are."""
    agreed, saved = 0, 0
    for (key, text, file), answer in answers(workflows, static):
        if "same" not in answer:
            continue  # the editor does not open or export it
        catalog = bundled_core() if file is None else Catalog.load(str(file))
        source = text.encode("utf-8", "surrogatepass")
        found = [diff(source, answer[name], catalog).changes for name in ("saved", "moved")]
        saved += 1
        if answer["same"] == (not any(found)):
            agreed += 1
        else:
            shown = [(one.kind.value, one.node, one.name, one.old, one.new) for one in found[0] or found[1]]
            print(key, answer["same"], len(shown), shown[:3], flush=True)
    print(f"{agreed} of {saved} the same where the editor exports the same, and only there")


if __name__ == "__main__":
    main()
