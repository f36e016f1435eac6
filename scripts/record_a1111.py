#!/usr/bin/env python3
"""Record what the real editor builds of the texts of AUTOMATIC1111: fixtures/a1111/recorded.jsonl.gz.

Set-up as for scripts/record_exports.py. Use, from the root of the repository::

    python -m scripts.record_a1111                     every text of fixtures/a1111/texts.toml
    python -m scripts.record_a1111 PICTURE ...   any pictures: PICTURE.recorded.json beside each

Each text is put into a PNG, which Chromium gives to the frontend's own ``app.handleFile``, as when a person
drops the picture on the editor. A row has the ``name`` of the text, and what the editor has then: the text of
Export (API) (``prompt``) and the workflow that File > Save would write (``workflow``); or the ``error`` that
it shows; or neither, if it takes the picture for nothing but a picture. The node types are those of the
bundled catalogue of ComfyUI, with the lists that texts.toml gives.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import mimetypes
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from scripts.browser_export import FRONTEND, chromium, frontend_static, open_page
from scripts.frontend_backend import ANSWERS, serve
from scripts.record_exports import CACHE
from tests.discovery import read_toml, write_packed
from tests.web_ui_pictures import RECORDED, TEXTS, object_info, picture

_OPEN = """async ([name, type, base64]) => {
  const app = window.app
  const result = {}
  app.showErrorOnFileLoad = () => { result.error = 'the editor shows an error' }
  app.graph.clear()
  let imported = false
  const enqueue = app.enqueueGraphLoad
  app.enqueueGraphLoad = function (...given) { imported = true; return enqueue.apply(app, given) }
  const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0))
  try { await app.handleFile(new File([bytes], name, {type})) }
  catch (e) { result.error = String(e) }
  finally { delete app.enqueueGraphLoad }
  for (let i = 0; i < 2; i++) await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))
  if (!imported || result.error) return result
  const prompt = await app.graphToPrompt()
  result.prompt = JSON.stringify(prompt.output, null, 2)
  result.workflow = JSON.parse(JSON.stringify(app.rootGraph.serialize()))
  return result
}"""


async def opened(
    files: Iterable[tuple[str, bytes]], info: dict[str, Any], embeddings: list[str], static: Path
) -> list[dict[str, Any]]:
    """What the editor has after it was given each file (name, content)."""
    ANSWERS["embeddings"] = embeddings
    rows = []
    with serve(static, json.dumps(info).encode()) as url:
        async with async_playwright() as playwright:
            arguments = ["--no-sandbox", "--disable-gpu"]
            browser = await playwright.chromium.launch(executable_path=chromium(), args=arguments)
            page = await open_page(browser, url)
            for name, data in files:
                kind = mimetypes.guess_type(name)[0] or ""
                answer = await page.evaluate(_OPEN, [name, kind, base64.b64encode(data).decode()])
                rows.append({"name": name.removesuffix(".png"), **answer})
                print(f"{'built' if 'prompt' in answer else answer.get('error', '-'):30}{name}")
            await browser.close()
    return rows


def main() -> None:
    """Read the command line and record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cache", type=Path, default=CACHE, help="where the frontend is kept")
    parser.add_argument("files", nargs="*", type=Path, metavar="PICTURE")
    arguments = parser.parse_args()
    static = frontend_static(FRONTEND, arguments.cache)
    if arguments.files:
        pictures = [(file.name, file.read_bytes()) for file in arguments.files]
        answers = asyncio.run(opened(pictures, object_info(None), [], static))
        for file, answer in zip(arguments.files, answers, strict=True):
            file.with_name(f"{file.name}.recorded.json").write_text(json.dumps(answer, indent=1), "utf-8")
        return
    about = read_toml(TEXTS)
    found: list[dict[str, Any]] = []
    for lists in (None, about["lists"]):
        pictures = [
            (f"{name}.png", picture(row["text"]))
            for name, row in about["texts"].items()
            if bool(lists) == row.get("lists", False)
        ]
        embeddings = lists["embeddings"] if lists else []
        found += asyncio.run(opened(pictures, object_info(lists), embeddings, static))
    found.sort(key=lambda row: str(row["name"]))
    write_packed(RECORDED, [{"frontend": FRONTEND}, *found])


if __name__ == "__main__":
    main()
