#!/usr/bin/env python3
"""Record the widgets that a browser with a pack's scripts shows for every node type of the pack.

    python -m scripts.record_layouts OBJECT_INFO -o OUT --scripts FOLDER=PATH/web [--scripts ...]

writes OUT/FOLDER.json.gz for each pack, of which scripts/build_layouts.py makes the table
converter/comfyc/packs/layouts.json:

    frontend  its version
    entries   the entries of OBJECT_INFO that are of the pack; ComfyUI's own types are the bundled ones
    scripts   by node type the widgets, inputs and saved values of a new node, with the scripts of this pack
    plain     the same without any scripts
    editor    the same of the node types that the scripts register and no server has

A pack that is recorded already is left out. What has to be installed is said in scripts/record_exports.py.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright

from comfyc.packs import pack_folder
from scripts.browser_export import FRONTEND, chromium, frontend_static, open_page
from scripts.build_catalog import read_json
from scripts.frontend_backend import serve
from scripts.record_exports import CACHE, read_object_info

BATCH = 25
"""Nodes that are made at a time."""
SETTLE = 600
"""Milliseconds that scripts have to change the new nodes: some wait for as long as half a second."""

TRIED = "a%date:yyyy%{b|c}"
"""What texts with a serializeValue of their own are tried with: it shows what a script does with them."""

_PROBE = """async ([names, settle, TEXT]) => {
  const app = window.app, found = {}, made = {}, early = {}
  app.graph.clear()
  for (const name of names) {
    try {
      const node = window.LiteGraph.createNode(name)
      if (!node) { found[name] = {error: 'not made'}; continue }
      app.graph.add(node)
      made[name] = node
      early[name] = (node.widgets ?? []).map((one) => String(one.name))
    } catch (error) { found[name] = {error: String(error)} }
  }
  await new Promise((done) => setTimeout(done, settle))
  let sent = {}
  try { sent = (await app.graphToPrompt()).output } catch (error) { sent = {} }
  const plain = (value) => { try { return JSON.parse(JSON.stringify(value ?? null)) } catch { return null } }
  const tried = async (node, widget) => {
    if (typeof widget.value !== 'string') return null
    const before = widget.value
    try {
      widget.value = TEXT
      return plain(await widget.serializeValue(node, node.widgets.indexOf(widget)))
    } catch { return null } finally { widget.value = before }
  }
  for (const [name, node] of Object.entries(made)) {
    let saved = null
    try { saved = node.serialize() } catch (error) { saved = {error: String(error)} }
    found[name] = {
      virtual: !!node.isVirtualNode,
      inputs: (node.inputs ?? []).map((one) => [one.name, String(one.type), !!one.widget]),
      outputs: (node.outputs ?? []).map((one) => [one.name, String(one.type)]),
      widgets: await Promise.all((node.widgets ?? []).map(async (one) => ({
        name: String(one.name), type: String(one.type), value: plain(one.value),
        ...(one.serialize === false ? {serialize: false} : {}),
        ...(one.options?.serialize === false ? {oser: false} : {}),
        ...(early[name].includes(String(one.name)) ? {} : {late: true}),
        ...(one.serializeValue ? {tried: await tried(node, one)} : {}),
      }))),
      gone: early[name].filter((one) => !(node.widgets ?? []).some((other) => String(other.name) === one)),
      hooks: ['onSerialize', 'onConfigure', 'applyToGraph', 'getInputLink', 'resolveVirtualOutput'].filter(
        (one) => Object.hasOwn(node, one) || Object.hasOwn(Object.getPrototypeOf(node), one)),
      wv: plain(saved.widgets_values),
      sent: sent[String(node.id)] ? plain(sent[String(node.id)].inputs) : null,
    }
  }
  app.graph.clear()
  return found
}"""

_TYPES = "() => Object.keys(window.LiteGraph.registered_node_types)"

Probes = dict[str, dict[str, Any]]


async def probe(
    browser: Browser, static: Path, info: Mapping[str, Any], names: list[str], packs: Mapping[str, Path]
) -> tuple[Probes, Probes]:
    """What the browser shows for the node types, and for those that it has beyond ``info``."""
    found: Probes = {}
    with serve(static, json.dumps(info).encode(), packs) as url:
        page = await open_page(browser, url)
        others = [name for name in await page.evaluate(_TYPES) if name not in info]
        for start in range(0, len(names + others), BATCH):
            batch = (names + others)[start : start + BATCH]
            try:
                found |= await asyncio.wait_for(
                    page.evaluate(_PROBE, [batch, SETTLE if packs else 0, TRIED]), 120
                )
            except Exception as error:  # a page that hangs is an answer; the next batch has a new one
                found |= {name: {"error": str(error)[:200]} for name in batch}
                await page.context.close()
                page = await open_page(browser, url)
        await page.context.close()
    return {name: found[name] for name in names}, {name: found[name] for name in others}


async def record(core: dict[str, Any], info: dict[str, Any], args: argparse.Namespace) -> None:
    """Ask the browser about each pack, and write what it says."""
    static = Path(args.frontend) if args.frontend else frontend_static(FRONTEND, Path(args.cache))
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    given = [text.partition("=") for text in args.scripts]
    todo = [(folder, web) for folder, _, web in given if not (out / f"{folder}.json.gz").exists()]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=args.chromium or chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        for folder, web in todo:
            own = {
                name: entry
                for name, entry in info.items()
                if pack_folder(str(entry.get("python_module"))) == pack_folder(folder)
            }
            plain, before = await probe(browser, static, {**core, **own}, list(own), {})
            live, after = await probe(browser, static, {**core, **own}, list(own), {folder: Path(web)})
            result = {
                "frontend": FRONTEND,
                "entries": own,
                "scripts": live,
                "plain": plain,
                "editor": {name: one for name, one in after.items() if name not in before},
            }
            text = json.dumps(result, ensure_ascii=False)
            (out / f"{folder}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
            print(f"{folder}: {len(own)} node types", file=sys.stderr)
        await browser.close()


def main() -> None:
    """Read the command line and record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("object_info", type=Path)
    parser.add_argument("-o", "--out", required=True)
    parser.add_argument("--scripts", action="append", required=True, metavar="FOLDER=WEB")
    parser.add_argument("--core", help="a saved /object_info of ComfyUI's own types (else the bundled one)")
    parser.add_argument("--frontend", help=f"static/ of comfyui-frontend-package (else {FRONTEND} from PyPI)")
    parser.add_argument("--cache", default=str(CACHE), help="where that is kept")
    parser.add_argument("--chromium", help="the browser's executable")
    args = parser.parse_args()
    asyncio.run(record(json.loads(read_object_info(args.core)), read_json(args.object_info), args))


if __name__ == "__main__":
    main()
