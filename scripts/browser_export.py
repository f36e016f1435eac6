"""What does the real frontend's File > Export (API) give for a workflow? Chromium is asked, page by page.

Needs the dependency group `oracle` (playwright) and a Chromium. `Math.random` is 0 (dynamic prompts take
their first choice) and the clock stands at CLOCK, time zone UTC (`%date%` is stable).
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, WebSocketRoute, async_playwright

from scripts.frontend_backend import serve
from tests.discovery import CLOCK

FRONTEND = "1.58.1"

_READY = """() => window.app && window.app.graph && window.LiteGraph
  && Object.keys(window.LiteGraph.registered_node_types).length > 6"""

OPEN = """async (source, name, settle) => {
  const text = await new Blob([source]).text()
  const parse = () => {
    try { return JSON.parse(text) }
    catch {
      const tokens = /"(?:\\\\.|[^"\\\\])*"|(?<![\\w.-])(-?Infinity|NaN)(?![\\w.])/g
      return JSON.parse(text.replace(tokens, (all, token) => token ? 'null' : all))
    }
  }
  const say = (e) => String(e && e.message ? (e.name || 'Error') + ': ' + e.message : e)
  const result = {}
  const app = window.app
  app.reportGraphLoadFailure = async (e) => { result.aborted = say(e) }
  try { await app.loadGraphData(parse(), true, true, name, {silentAssetErrors: true}) }
  catch (e) { result.load = say(e) }
  finally { delete app.reportGraphLoadFailure }
  const pause = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, settle)))
  for (let i = 0; settle && i < 2; i++) await pause()
  return {result, say, pause}
}"""
"""A JavaScript function that opens a text as a picked file is opened.

A byte order mark is dropped; the text is read as JSON first, then with NaN and Infinity as null. It waits for
the frames after which match types and new slots have settled, and gives what the editor complained about
(`aborted`, `load`), if it did."""

STORE = """(name) =>
  document.querySelector('#vue-app').__vue_app__.config.globalProperties.$pinia._s.get(name)"""
"""A JavaScript function that gives one of the editor's stores by its name."""

# Stringifies as the download does.
_EXPORT = f"""async ([source, name, settle, queue]) => {{
  const {{result, say}} = await ({OPEN})(source, name, settle)
  try {{
    const prompt = await app.graphToPrompt()
    result.text = JSON.stringify(prompt.output, null, 2)
  }} catch (e) {{ result.export = say(e) }}
  if (queue && result.text) {{
    window.comfyAPI.api.api.queuePrompt = async (number, prompt) => {{
      result.queued = JSON.stringify(prompt.output, null, 2)
      return {{prompt_id: 'oracle', number: 1, node_errors: {{}}}}
    }}
    await app.queuePrompt(0, 1)
  }}
  return result
}}"""


@dataclass(frozen=True, slots=True)
class Export:
    """One answer of the browser. `text` is None where a user gets no file.

    `error` says why, or, beside a text, what the browser complained about while it opened the workflow.
    `queued` is the prompt that the Queue button posts, where that was asked for.
    """

    text: str | None
    error: str | None = None
    queued: str | None = None


def frontend_static(version: str, cache: Path) -> Path:
    """The static/ folder of `comfyui-frontend-package==version`, fetched by pip into `cache` if need be.

    Raises `subprocess.CalledProcessError` when pip fails.
    """
    home = cache / version
    static = home / "comfyui_frontend_package" / "static"
    if not static.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        wheel = f"comfyui-frontend-package=={version}"
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            str(home),
            wheel,
        ]
        subprocess.run(command, check=True)
        with zipfile.ZipFile(next(home.glob("*.whl"))) as archive:
            archive.extractall(home)
    return static


def chromium() -> str | None:
    """The installed Chromium, or None: playwright then takes the browser it brought itself."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def _answer_socket(socket: WebSocketRoute) -> None:
    status = '{"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 0}}, "sid": "oracle"}}'
    socket.on_message(lambda _message: None)
    socket.send(status)


async def open_page(browser: Browser, url: str) -> Page:
    """A page with the editor at this address, ready to be used: no chance, and the clock stands."""
    context = await browser.new_context(viewport={"width": 1600, "height": 900}, timezone_id="UTC")
    page = await context.new_page()
    page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.dismiss()))
    await page.route_web_socket("**/ws*", _answer_socket)
    await page.goto(url, wait_until="load", timeout=120_000)
    await page.wait_for_function(_READY, timeout=120_000)
    await page.wait_for_timeout(1500)
    await page.evaluate("() => { Math.random = () => 0 }")
    await page.clock.set_fixed_time(CLOCK)
    return page


def _export(result: dict[str, Any]) -> Export:
    if "page" in result:
        return Export(None, f"page: {result['page']}")
    if "aborted" in result:  # the editor says so in a dialog and is left with a part of the workflow
        return Export(None, f"load: {result['aborted']}")
    if "export" in result:
        return Export(None, f"export: {result['export']}")
    error = f"load: {result['load']}" if "load" in result else None
    return Export(result["text"], error, result.get("queued"))


async def asked(
    workflows: Iterable[tuple[str, str]],
    script: str,
    object_info: bytes,
    static: Path,
    *,
    executable: str | None = None,
    per_page: int = 20,
    settle: int = 50,
    timeout: float = 300,
    packs: Mapping[str, Path] | None = None,
) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Ask the editor a question about each (key, workflow text) and yield (key, answer) in the same order.

    `script` is a JavaScript function of [text, name, settle, whether there are packs]; its answer is an
    object, in which `aborted`, `load` or `page` say that the workflow could not be opened. A page is used for
    `per_page` workflows (1: nothing of one workflow can reach another) and is replaced after one that could
    not be opened. `settle` is the pause in ms after each of the two frames after opening. `packs` are the web
    folders of custom-node packs.
    """
    with serve(static, object_info, packs) as url:
        async with async_playwright() as playwright:
            arguments = ["--no-sandbox", "--disable-gpu"]
            browser = await playwright.chromium.launch(executable_path=executable, args=arguments)
            page, uses = None, 0
            for number, (key, text) in enumerate(workflows):
                if page is None:
                    page, uses = await open_page(browser, url), 0
                answer: dict[str, Any]
                try:
                    call = page.evaluate(script, [text, f"oracle {number}", settle, bool(packs)])
                    answer = await asyncio.wait_for(call, timeout)
                except Exception as error:  # a page that hangs or dies is an answer; the next is new
                    answer = {"page": f"{type(error).__name__} {error}".rstrip()}
                uses += 1
                if uses >= per_page or not answer.keys().isdisjoint(("aborted", "load", "page")):
                    with suppress(Exception):
                        await asyncio.wait_for(page.context.close(), 30)
                    page = None
                yield key, answer
            await browser.close()


async def exports(
    workflows: Iterable[tuple[str, str]],
    object_info: bytes,
    static: Path,
    *,
    executable: str | None = None,
    per_page: int = 20,
    settle: int = 50,
    packs: Mapping[str, Path] | None = None,
) -> AsyncIterator[tuple[str, Export]]:
    """Export each (key, workflow text), see `asked`. With packs, the Queue button is pressed, too."""
    how: dict[str, Any] = {"executable": executable, "per_page": per_page, "settle": settle, "packs": packs}
    async for key, answer in asked(workflows, _EXPORT, object_info, static, **how):
        yield key, _export(answer)
