#!/usr/bin/env python3
"""Record what the real editor opens from each file of fixtures/carriers/, into opened.json beside them.

    pip install --group oracle
    python scripts/record_carriers.py OBJECT_INFO.json

Each file is picked in Chromium, which tells its type by its name, and given to the frontend's own
``app.handleFile``; its loaders are replaced by ones that keep what they get. ``opened.json`` holds, by file
name, ``["workflow" | "prompt", JSON value]``; ``["parameters", prompt]`` for the parameters of another
program, with the prompt of the workflow that the editor builds of them; or null if the editor opens nothing
from the file: it shows an error, offers to load the picture, sound or model itself, or never answers.
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

FOLDER = Path(__file__).parents[1] / "fixtures" / "carriers"
OPENED = FOLDER / "opened.json"

_PICKER = """() => {
  const picker = document.createElement('input')
  Object.assign(picker, {type: 'file', id: 'carrier'})
  document.body.append(picker)
}"""
_OPEN = """async () => {
  const app = window.app
  let opened = null
  app.loadGraphData = async (graph) => { opened = ['workflow', JSON.stringify(graph)] }
  app.loadApiJson = async (prompt) => { opened = ['prompt', JSON.stringify(prompt)] }
  app.showErrorOnFileLoad = () => {}
  const enqueue = Object.getPrototypeOf(app).enqueueGraphLoad
  app.enqueueGraphLoad = async (load) => {
    await enqueue.call(app, load)
    opened = ['parameters', JSON.stringify((await app.graphToPrompt()).output)]
  }
  const patience = new Promise((done) => setTimeout(done, 5000))
  await Promise.race([app.handleFile(document.querySelector('#carrier').files[0]).catch(() => {}), patience])
  return opened
}"""


async def opened(files: list[Path], object_info: bytes, static: Path) -> dict[str, Any]:
    """What the editor opens from each file, by its name."""
    found: dict[str, Any] = {}
    with serve(static, object_info) as url:
        async with async_playwright() as playwright:
            arguments = ["--no-sandbox", "--disable-gpu"]
            browser = await playwright.chromium.launch(executable_path=chromium(), args=arguments)
            page = await open_page(browser, url)
            await page.evaluate(_PICKER)
            for file in files:
                await page.set_input_files("#carrier", file)
                answer = await page.evaluate(_OPEN)
                found[file.name] = answer and [answer[0], json.loads(answer[1])]
                print(f"{answer[0] if answer else '-':10}{file.name}")
            await browser.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("object_info", type=Path)
    parser.add_argument(
        "--cache", type=Path, default=Path("build/frontend"), help="where the frontend is kept"
    )
    arguments = parser.parse_args()
    files = sorted(file for file in FOLDER.iterdir() if file != OPENED)
    static = frontend_static(FRONTEND, arguments.cache)
    found = asyncio.run(opened(files, arguments.object_info.read_bytes(), static))
    lines = (
        f"{json.dumps(name)}: {json.dumps(answer, ensure_ascii=False)}" for name, answer in found.items()
    )
    OPENED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
