#!/usr/bin/env python3
"""Record what the real editor shows of apps: fixtures/apps/recorded.json.

Set-up as for scripts/record_exports.py. Use, from the root of the repository::

    python -m scripts.record_apps

The files are those of tests/apps.py: the official templates that declare inputs or outputs for App mode, the
faults about apps, and those of fixtures/apps/made.jsonl. Each is opened, App mode is entered, and the page
is read: for each input the id of its ``widget`` without that of the graph, which may be drawn at random, its
``label`` and ``description``; the ``outputs`` that the app builder takes over; and whether the file has
opened as an app. ``error`` is the exception with which opening ended, after which the editor shows what it
had shown before.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from scripts.browser_export import FRONTEND, chromium, frontend_static, open_page
from scripts.frontend_backend import serve
from scripts.record_exports import CACHE, read_object_info
from tests.apps import RECORDED, app_files

_SHOW = """async ([source, name]) => {
  const app = window.app
  const pinia = document.querySelector('#vue-app').__vue_app__.config.globalProperties.$pinia
  const declared = pinia._s.get('appMode')
  const canvas = pinia._s.get('canvas')
  const pause = (time) => new Promise((done) => setTimeout(done, time))
  try { await app.loadGraphData(JSON.parse(source), true, true, name, {silentAssetErrors: true}) }
  catch (e) { return {error: String(e)} }
  await pause(200)
  const result = {opens_as_app: declared.viewMode === 'app'}
  canvas.linearMode = true
  await pause(800)
  const text = (item, part) => item.querySelector(`[data-testid=${part}]`)?.textContent.trim() ?? ''
  result.inputs = [...document.querySelectorAll('[data-testid=app-mode-widget-item]')].map((item) => ({
    widget: item.dataset.widgetKey.split(':').slice(1).join(':'),
    label: text(item, 'builder-widget-label'),
    description: text(item, 'app-mode-widget-description'),
  }))
  declared.resetSelectedToWorkflow()
  result.outputs = [...declared.selectedOutputs]
  canvas.linearMode = false
  return result
}"""


async def shown(files: dict[str, str], static: Path) -> dict[str, Any]:
    """What the editor shows of each file, by its name."""
    found: dict[str, Any] = {}
    with serve(static, read_object_info(None)) as url:
        async with async_playwright() as playwright:
            arguments = ["--no-sandbox", "--disable-gpu"]
            browser = await playwright.chromium.launch(executable_path=chromium(), args=arguments)
            page = await open_page(browser, url)
            for number, (name, text) in enumerate(files.items()):
                found[name] = await page.evaluate(_SHOW, [text, f"oracle {number}"])
                if "error" in found[name]:
                    await page.context.close()
                    page = await open_page(browser, url)
                print(f"{found[name].get('error', len(found[name].get('inputs', [])))}  {name}")
            await browser.close()
    return found


def main() -> None:
    """Read the command line and record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cache", type=Path, default=CACHE, help="where the frontend is kept")
    arguments = parser.parse_args()
    static = frontend_static(FRONTEND, arguments.cache)
    found = asyncio.run(shown(app_files(), static))
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in found.items())
    RECORDED.write_text(f'{{\n"frontend": {json.dumps(FRONTEND)},\n"files": {{\n{rows}\n}}\n}}\n', "utf-8")


if __name__ == "__main__":
    main()
