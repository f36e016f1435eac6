#!/usr/bin/env python3
"""Record what the real frontend shows as the prices of partner nodes.

Set-up as for scripts/record_exports.py, and Node with the editor's JSONata engine: `npm pack jsonata@2.2.2`,
unpacked.
Use, from the root of the repository::

    python -m scripts.record_prices object_info.json.gz --jsonata package/jsonata.js

A node of each type with a price badge is made in the editor, as it is, and with other values in widgets and
links in inputs that its price depends on. For each, a row of fixtures/prices/labels.jsonl.gz says what
the editor exports of these inputs, what it shows as the price ("" if nothing), and what the engine gives for
the expression on what comfyc gives it (null if nothing, or if it fails)::

    {"class_type": "FluxProUltraImageNode", "inputs": {}, "label": "12.7 credits/Run",
     "result": {"type": "usd", "usd": 0.06}}
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from comfyc.catalog import Catalog
from comfyc.prices.badges import context_of, read_badge
from scripts.browser_export import FRONTEND, asked, chromium, frontend_static
from scripts.record_exports import CACHE, read_object_info
from tests.discovery import FIXTURES, read_packed, write_packed

LABELS = FIXTURES / "prices" / "labels.jsonl.gz"
SAMPLES = 6
"""Sets of values for each type whose price depends on any."""

# A value is typed as a key stroke types it: the setter, then the callback. The choice is the same each time.
# Timers are slow in a page that nobody looks at, so that turns of the event loop are waited for.
_LABELS = """async ([source]) => {
  const {kind, badge, sources, module, samples} = JSON.parse(source)
  const app = window.app
  const useNodePricing = Object.values(await import(module)).find((one) => one?.name === 'useNodePricing')
  const pricing = useNodePricing()
  const pause = (ms) => new Promise((done) => setTimeout(done, ms))
  const turn = () => new Promise((done) => {
    const channel = new MessageChannel()
    channel.port1.onmessage = done
    channel.port2.postMessage(null)
  })
  let state = 1
  const below = (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor(state / 4294967296 * count)
  }
  const another = (widget, type) => {
    const {options, value} = widget
    if (type === 'BOOLEAN') return below(2) === 1
    if (type === 'INT' || type === 'FLOAT') {
      const low = options.min ?? 0, high = Math.min(options.max ?? 100, 4096)
      return [low, high, value, low + Math.floor((high - low) * below(100) / 100)][below(4)]
    }
    if (type === 'STRING') return ['', 'a fox', 'Füchse '.repeat(40)][below(3)]
    const values = typeof options.values === 'function' ? options.values() : options.values
    return Array.isArray(values) && values.length ? values[below(values.length)] : value
  }
  const rows = []
  for (let sample = 0; sample < samples; sample++) {
    app.graph.clear()
    const node = window.LiteGraph.createNode(kind)
    app.graph.add(node)
    for (const {name, type} of sample ? badge.depends_on.widgets : []) {
      const widget = node.widgets?.find((one) => one.name === name)
      if (!widget) continue
      widget.value = another(widget, type)
      widget.callback?.(widget.value, app.canvas, node)
      await turn()
    }
    const link = (slot) => {
      const from = window.LiteGraph.createNode(sources[String(node.inputs[slot].type).split(',')[0]])
      app.graph.add(from)
      from.connect(0, node, slot)
    }
    for (const name of sample ? badge.depends_on.inputs : []) {
      const slot = node.inputs.findIndex((one) => one.name === name)
      if (slot >= 0 && below(2)) link(slot)
    }
    for (const name of sample ? badge.depends_on.input_groups : []) {
      for (let left = below(4); left; left--) {
        const isFree = (one, at) => one.name.startsWith(name + '.') && !node.isInputConnected(at)
        const slot = node.inputs.findIndex(isFree)
        if (slot < 0) break
        link(slot)
        await pause(20)
      }
    }
    pricing.getNodeDisplayPrice(node)
    for (let turns = 0; turns < 20; turns++) await turn()
    const label = pricing.getNodeDisplayPrice(node)
    const {output} = await app.graphToPrompt()
    rows.push({label, inputs: output[String(node.id)].inputs})
  }
  app.graph.clear()
  return {rows}
}"""

_RESULTS = """
const jsonata = require(process.argv[1])
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const result = async ([expression, context]) => {
  try { return (await jsonata(expression).evaluate(context)) ?? null } catch { return null }
}
Promise.all(asked.map(result)).then((results) => console.log(JSON.stringify(results)))
"""


async def record(args: argparse.Namespace) -> None:
    """Ask the editor about each type, then the engine, and write the rows."""
    data = read_object_info(args.object_info)
    info = json.loads(data)
    static = Path(args.frontend) if args.frontend else frontend_static(FRONTEND, Path(args.cache))
    how: dict[str, Any] = {"executable": args.chromium or chromium(), "timeout": 120, "per_page": 1000}
    common = {"sources": _sources(info), "module": _module(static)}
    kinds = sorted(set(args.only) or _priced(info))
    questions = [(kind, json.dumps(_question(kind, info) | common)) for kind in kinds]
    rows = [row for row in read_packed(LABELS) if row["class_type"] not in kinds] if LABELS.exists() else []
    async for kind, answer in asked(questions, _LABELS, data, static, **how):
        if "rows" not in answer:
            raise SystemExit(f"{kind}: {answer}")
        print(kind, file=sys.stderr)
        for one in answer["rows"]:
            inputs = _relevant(one["inputs"], info[kind])
            row = {"class_type": kind, "inputs": inputs, "label": one["label"]}
            rows += [row] if row not in rows else []
    catalog = Catalog.from_object_info(info)
    asking = json.dumps([_expression(row, catalog) for row in rows])
    command = ["node", "-e", _RESULTS, str(Path(args.jsonata).resolve())]
    answered = subprocess.run(command, input=asking, stdout=subprocess.PIPE, text=True, check=True)
    found = [{**row, "result": result} for row, result in zip(rows, json.loads(answered.stdout), strict=True)]
    LABELS.parent.mkdir(exist_ok=True)
    write_packed(LABELS, sorted(found, key=lambda row: str(row["class_type"])))
    print(f"{len(found)} prices of {len({row['class_type'] for row in found})} node types")


def _priced(info: Mapping[str, Any]) -> Iterator[str]:
    return (kind for kind, entry in info.items() if read_badge(entry.get("price_badge")) is not None)


def _question(kind: str, info: Mapping[str, Any]) -> dict[str, Any]:
    badge = info[kind]["price_badge"]
    depends_on = any(badge["depends_on"].values())
    return {
        "kind": kind,
        "badge": badge,
        "samples": SAMPLES if depends_on else 1,
    }


def _module(static: Path) -> str:
    """The address of the script of the frontend that defines `useNodePricing`."""
    files = (static / "assets").glob("*.js")
    (found,) = (one for one in files if "useNodePricing=()=>" in one.read_text("utf-8"))
    return f"/assets/{found.name}"


def _sources(info: Mapping[str, Any]) -> dict[str, str]:
    """For each type of output a node type whose first output it is, that costs nothing."""
    found: dict[str, str] = {}
    for kind, entry in info.items():
        if entry["output"] and isinstance(entry["output"][0], str) and not entry.get("api_node"):
            found.setdefault(entry["output"][0], kind)
    return found


def _relevant(inputs: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that the price depends on."""
    badge = read_badge(entry["price_badge"])
    assert badge is not None
    groups = tuple(f"{group}." for group in badge.groups)
    names = {*badge.inputs, *(name for name, _ in badge.widgets)}
    return {name: value for name, value in inputs.items() if name in names or name.startswith(groups)}


def _expression(row: Mapping[str, Any], catalog: Catalog) -> tuple[str, dict[str, Any]]:
    """What the engine is asked: the expression, and what comfyc gives it."""
    badge = read_badge(catalog.price_badge(row["class_type"]))
    assert badge is not None
    assert badge.expression is not None
    return badge.expression, context_of(badge, row["inputs"], catalog.info(row["class_type"]) or {})


def main() -> None:
    """Read the command line and record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("object_info", help="a saved /object_info, with the price badges")
    parser.add_argument("--only", nargs="+", default=[], metavar="TYPE", help="leave the rows of others")
    parser.add_argument("--jsonata", required=True, help="jsonata.js of npm's package jsonata")
    parser.add_argument("--frontend", help=f"static/ of comfyui-frontend-package (else {FRONTEND} from PyPI)")
    parser.add_argument("--cache", default=str(CACHE), help="where that is kept")
    parser.add_argument("--chromium", help="the browser's executable")
    asyncio.run(record(parser.parse_args()))


if __name__ == "__main__":
    main()
