#!/usr/bin/env python3
"""Record what workflows the real ComfyUI frontend makes of prompts that are dropped on it.

Use, from the root of the repository (scripts/record_exports.py says what has to be installed)::

    python -m scripts.record_rebuilds cases templates      # fixtures/rebuilds/*.jsonl.gz
    python -m scripts.record_rebuilds widths               # converter/comfyc/rebuild/inter.json
    python -m scripts.record_rebuilds files --out OUT prompt.json ...

`cases` asks about the prompt of every case of the tests, `templates` about those of the official templates
(fixtures/templates/exports.jsonl.gz), both with the node types that the prompts were recorded with. A line
holds the facts of one workflow (`tests/rebuilt.py` reads them), not the workflow. `files` writes the whole
workflow and what Export (API) gives for it at once, OUT/<name>.json: {"workflow": ..., "text": ...}, or
{"error": why there is none}. `widths` measures the characters of the editor's font.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from comfyc.rebuild.text_width import WIDTHS
from scripts.browser_export import FRONTEND, chromium, frontend_static, open_page
from scripts.frontend_backend import serve
from scripts.record_exports import CACHE, read_object_info
from tests.discovery import CLOCK, TEMPLATE_EXPORTS, cases, read_packed, write_packed
from tests.rebuilt import REBUILDS, facts

# Opens the prompt, and says what would be saved of it and, if asked, exported.
_OPEN = """async ([text, exported]) => {
  const app = window.app
  const say = (e) => String(e && e.message ? (e.name || 'Error') + ': ' + e.message : e)
  try { await app.loadApiJson(JSON.parse(text), 'prompt.json') }
  catch (e) { return {error: say(e)} }
  const workflow = JSON.parse(JSON.stringify(app.rootGraph.serialize()))
  if (!exported) return {workflow}
  try {
    const prompt = await app.graphToPrompt()
    return {workflow, text: JSON.stringify(prompt.output, null, 2)}
  } catch (e) { return {error: 'export: ' + say(e)} }
}"""

_WIDTHS = """() => {
  const context = document.createElement('canvas').getContext('2d')
  const units = 2048, size = 14
  context.font = size + 'px Inter'
  const width = (text) => Math.round(context.measureText(text).width * units / size)
  const chars = []
  for (const [from, to] of [[0x20, 0x7f], [0xa1, 0x250], [0x2010, 0x2040]])
    for (let code = from; code < to; code++) chars.push(String.fromCodePoint(code))
  chars.push(...'→←↑↓×•…™−≈≤≥·'.split('').filter((char) => !chars.includes(char)))
  const widths = Object.fromEntries(chars.map((char) => [char, width(char)]))
  const paired = [...chars.slice(0, 95), '×'], pairs = {}
  for (const first of paired) {
    for (const second of paired) {
      const kerning = width(first + second) - widths[first] - widths[second]
      if (kerning) (pairs[first] ??= {})[second] = kerning
    }
  }
  return {units, widths, pairs}
}"""

Jobs = Iterable[tuple[str, Any]]


async def asked(
    args: argparse.Namespace, script: str, jobs: Jobs, object_info: bytes
) -> AsyncIterator[tuple[str, Any]]:
    """What the function `script` returns in the editor's page for each (key, argument).

    A page that hangs or dies is replaced. (The editor clears its graph before it opens a prompt.)
    """
    static = Path(args.frontend) if args.frontend else frontend_static(FRONTEND, Path(args.cache))
    with serve(static, object_info) as url:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=args.chromium or chromium(), args=["--no-sandbox", "--disable-gpu"]
            )
            page, uses = None, 0
            for key, argument in jobs:
                if page is None:
                    page, uses = await open_page(browser, url), 0
                try:
                    answer = await asyncio.wait_for(page.evaluate(script, argument), 300)
                except Exception as error:
                    answer = {"error": f"page: {type(error).__name__} {error}".rstrip()}
                uses += 1
                if uses == args.per_page or answer.get("error", "").startswith("page:"):
                    with suppress(Exception):
                        await asyncio.wait_for(page.context.close(), 30)
                    page = None
                yield key, answer
            await browser.close()


def ask(
    args: argparse.Namespace,
    script: str,
    jobs: Jobs,
    object_info: bytes,
    take: Callable[[str, Any], None],
) -> None:
    """Hand each answer to `take` at once; complaints go to stderr."""

    async def run() -> None:
        async for key, answer in asked(args, script, jobs, object_info):
            take(key, answer)
            if "error" in answer:
                print(f"{key}: {answer['error']}", file=sys.stderr)

    asyncio.run(run())


def record_templates(args: argparse.Namespace) -> None:
    """The prompts of the templates, in the order of their file."""
    head = {"frontend": FRONTEND, "clock": CLOCK}
    found: dict[str, Any] = {}
    jobs = [(row["key"], [row["text"], False]) for row in read_packed(TEMPLATE_EXPORTS)]
    ask(args, _OPEN, jobs, read_object_info(args.object_info), found.__setitem__)
    write_packed(
        REBUILDS / "templates.jsonl.gz", [head, *({"key": key, **facts(one)} for key, one in found.items())]
    )


def record_cases(args: argparse.Namespace) -> None:
    """The prompts of the cases; those over one catalogue share a browser."""
    found: dict[str, Any] = {}
    given = sorted((case for case in cases() if case.prompt), key=lambda case: str(case.catalog or ""))
    for catalog, group in groupby(given, key=lambda case: case.catalog):
        object_info = catalog.read_bytes() if catalog else read_object_info(args.object_info)
        ask(args, _OPEN, [(case.name, [case.prompt, True]) for case in group], object_info, found.__setitem__)
    head = {"frontend": FRONTEND, "clock": CLOCK}
    rows = ({"key": case.name, **facts(found[case.name])} for case in cases() if case.prompt)
    write_packed(REBUILDS / "cases.jsonl.gz", [head, *rows])


def record_files(args: argparse.Namespace) -> None:
    """Any prompts, whole."""
    out = Path(args.out or ".")
    out.mkdir(parents=True, exist_ok=True)
    jobs = [(Path(name).stem, [Path(name).read_text("utf-8-sig"), True]) for name in args.files]

    def write(key: str, answer: Any) -> None:
        (out / f"{key}.json").write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")

    ask(args, _OPEN, jobs, read_object_info(args.object_info), write)


def record_widths(args: argparse.Namespace) -> None:
    """Characters of one width, and those with the same corrections, stand together."""
    found: dict[str, Any] = {}
    ask(args, _WIDTHS, [("widths", None)], read_object_info(args.object_info), found.__setitem__)
    measured = found["widths"]
    rows: dict[str, str] = {}
    for first, row in measured["pairs"].items():
        text = json.dumps(_grouped(row), ensure_ascii=False)
        rows[text] = rows.get(text, "") + first
    table = {
        "units": measured["units"],
        "widths": _grouped(measured["widths"]),
        "pairs": [[firsts, json.loads(row)] for row, firsts in rows.items()],
    }
    WIDTHS.write_text(json.dumps(table, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _grouped(widths: dict[str, int]) -> dict[str, str]:
    """Width -> all characters that have it."""
    return {
        str(width): "".join(char for char in widths if widths[char] == width)
        for width in sorted(set(widths.values()))
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    modes = {
        "cases": record_cases,
        "templates": record_templates,
        "widths": record_widths,
        "files": record_files,
    }
    parser.add_argument("what", nargs="+", help=f"{', '.join(modes)}; files of prompts behind 'files'")
    parser.add_argument("--out", help="folder for the answers of 'files'")
    parser.add_argument("--object-info", help="a saved /object_info; default: the bundled ComfyUI 0.33.0")
    parser.add_argument("--frontend", help="static/ folder of another frontend")
    parser.add_argument("--cache", default=str(CACHE), help="where the frontend is kept")
    parser.add_argument("--chromium")
    parser.add_argument("--per-page", type=int, default=20, help="prompts that are opened in one page")
    args = parser.parse_intermixed_args()
    if args.what[0] == "files":
        args.files = args.what[1:]
        record_files(args)
        return 0
    for what in args.what:
        modes[what](args)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
