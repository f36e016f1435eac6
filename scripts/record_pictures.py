"""Record how the real editor draws workflows (scripts/record_exports.py says what has to be installed)::

    python -m scripts.record_pictures                        # fixtures/drawing/geometry.json
    python -m scripts.record_pictures --pictures docs/graph  # the pictures of docs/graph.md as well

For each template of SAMPLE the editor says where each node of the main graph is, how large, and where its
slots are. ``--pictures`` also stores a picture of its canvas, and beside it comfyc's, both made small by
Chromium.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from comfyc.api import convert
from comfyc.catalog import bundled_core
from comfyc.drawing import Subgraphs, picture_of
from comfyc.drawing.palette import Theme
from comfyc.drawing.svg import svg_of
from scripts.browser_export import FRONTEND, chromium, frontend_static, open_page
from scripts.frontend_backend import serve
from scripts.record_exports import CACHE, read_object_info
from tests.discovery import FIXTURES

GEOMETRY = FIXTURES / "drawing" / "geometry.json"
SAMPLE = (
    "sdxl_refiner_prompt_example",
    "hunyuan_video_text_to_video",
    "flux_schnell",
    "flux_fill_outpaint_example",
    "hidream_e1_1",
    "image_omnigen2_image_edit",
    "audio_ace_step_1_t2a_song",
    "utility_void_video_inpainting",
    "api_tripo_text_to_model",
    "sdxl_simple_example",
    "sd3.5_large_canny_controlnet_example",
    "video_wan2_2_14B_i2v",
)
"""Templates of comfyui-workflow-templates-json: old and new, with groups, notes, reroutes and subgraphs."""
WIDTH = 900
"""Of a stored picture, in pixels."""

# Opens a workflow, waits for the frames in which sizes settle, and says what is where, rounded to hundredths.
_GEOMETRY = """async (text) => {
  const app = window.app
  await app.loadGraphData(JSON.parse(text), true, true, 'sample', {silentAssetErrors: true})
  const round = (values) => [...values].map((one) => Math.round(one * 100) / 100)
  const pause = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 150)))
  app.canvas.ds.scale = 1
  for (const node of app.graph.nodes) {  // the editor gives a node its last size when it draws it
    app.canvas.ds.offset = [200 - node.pos[0], 200 - node.pos[1]]
    app.canvas.draw(true, true)
  }
  await pause()
  return Object.fromEntries(app.graph.nodes.map((node) => [String(node.id), {
    pos: round(node.pos), size: round(node.size), width: round([node.renderingSize[0]])[0],
    inputs: node.inputs.map((slot, index) => [slot.name, ...round(node.getInputPos(index))]),
    outputs: node.outputs.map((slot, index) => round(node.getOutputPos(index))),
  }]))
}"""

# Shows all of the graph, and only that: bars and panels are not drawn.
_SHOW = """async () => {
  const app = window.app, nodes = app.graph.nodes
  const groups = app.graph._groups
  const left = Math.min(...[...nodes, ...groups].map((one) => one.pos[0])) - 40
  const top = Math.min(...nodes.map((one) => one.pos[1] - 30), ...groups.map((one) => one.pos[1])) - 40
  const end = (side) => Math.max(...nodes.map((one) => one.pos[side] + one.renderingSize[side]),
    ...groups.map((one) => one.pos[side] + one.size[side])) + 40
  const right = end(0), bottom = end(1)
  const style = document.createElement('style')
  style.textContent = 'body * { visibility: hidden !important }'
    + '#graph-canvas, .dom-widget, .dom-widget * { visibility: visible !important }'
  document.head.append(style)
  const scale = Math.min(innerWidth / (right - left), innerHeight / (bottom - top))
  app.canvas.ds.scale = scale
  app.canvas.ds.offset = [-left, -top]
  app.canvas.min_font_size_for_lod = 0
  app.canvas.setDirty(true, true)
  await new Promise((done) => setTimeout(done, 1000))
  return [scale * (right - left), scale * (bottom - top)]
}"""

# A picture made smaller, as the data of a JPEG file.
_SMALL = """async ([source, width]) => {
  const image = new Image()
  image.src = source
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = Math.round(width * image.naturalHeight / image.naturalWidth)
  const context = canvas.getContext('2d')
  context.imageSmoothingQuality = 'high'
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  return canvas.toDataURL('image/jpeg', 0.75).split(',')[1]
}"""


def template(name: str) -> str:
    """The text of a template."""
    return (files("comfyui_workflow_templates_json") / "templates" / f"{name}.json").read_text("utf-8")


async def record(args: argparse.Namespace) -> None:
    """Ask the editor about each template."""
    static = Path(args.frontend) if args.frontend else frontend_static(FRONTEND, Path(args.cache))
    found: dict[str, Any] = {}
    with serve(static, read_object_info(args.object_info)) as url:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=args.chromium or chromium(), args=["--no-sandbox", "--disable-gpu"]
            )
            page = await open_page(browser, url)
            for name in args.names or SAMPLE:
                found[name] = await page.evaluate(_GEOMETRY, template(name))
                if args.pictures:
                    await store_pictures(page, name, Path(args.pictures))
                print(name, len(found[name]), flush=True)
            await browser.close()
    if not args.names:
        GEOMETRY.parent.mkdir(exist_ok=True)
        head = {"frontend": FRONTEND, "templates": found}
        GEOMETRY.write_text(json.dumps(head, indent=None, separators=(",", ":")) + "\n", "utf-8")


async def store_pictures(page: Page, name: str, folder: Path) -> None:
    """Store the editor's picture of what is open as NAME-editor.jpg, comfyc's as NAME.jpg."""
    folder.mkdir(parents=True, exist_ok=True)
    width, height = await page.evaluate(_SHOW)
    seen = await page.screenshot(clip={"x": 0, "y": 0, "width": width, "height": height})
    picture = picture_of(convert(json.loads(template(name)), bundled_core()), subgraphs=Subgraphs.CLOSED)
    assert picture is not None
    svg = svg_of(picture, name, Theme.DARK).encode("utf-8")
    for file, kind, data in ((f"{name}-editor", "png", seen), (name, "svg+xml", svg)):
        source = f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
        small = await page.evaluate(_SMALL, [source, WIDTH])
        (folder / f"{file}.jpg").write_bytes(base64.b64decode(small))


def main() -> None:
    """Read the arguments and record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="only these templates, without storing what is where")
    parser.add_argument("--pictures", help="folder for pictures")
    parser.add_argument("--object-info", help="a saved /object_info; default: the bundled ComfyUI 0.33.0")
    parser.add_argument("--frontend", help="static/ folder of another frontend")
    parser.add_argument("--cache", default=str(CACHE), help="where the frontend is kept")
    parser.add_argument("--chromium")
    asyncio.run(record(parser.parse_args()))


if __name__ == "__main__":
    main()
