"""Make the study of docs/studies.md on a real server, and take the picture of its contact sheet in Chromium
(scripts/record_exports.py says what has to be installed)::

    python -m scripts.record_sheet http://127.0.0.1:8188     # docs/studies/sheet.jpg

Two scenes are blended with a light, in four modes and three strengths: 24 rows of nodes that need no models.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter
from playwright.async_api import async_playwright

from scripts.browser_export import chromium

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "studies" / "sheet.jpg"
WIDTH, HEIGHT = 768, 512
Color = tuple[int, ...]
FLOW: dict[str, Any] = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}, "_meta": {"title": "Scene"}},
    "2": {"class_type": "LoadImage", "inputs": {"image": "example.png"}, "_meta": {"title": "Light"}},
    "3": {
        "class_type": "ImageBlend",
        "inputs": {"image1": ["1", 0], "image2": ["2", 0], "blend_factor": 0.5, "blend_mode": "normal"},
    },
    "4": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "study"}},
}
GRID = (
    "--each=Scene.image=scenes/*.png",
    "--grid=blend_factor=0.35,0.65,1.0",
    "--grid=blend_mode=multiply,screen,overlay,difference",
    "--set=Light.image=@light.png",
)


def sky(top: Color, bottom: Color) -> Image.Image:
    """A gradient from the top to the bottom."""
    column = Image.new("RGB", (1, HEIGHT))
    for y in range(HEIGHT):
        part = y / (HEIGHT - 1)
        column.putpixel((0, y), tuple(round(a + (b - a) * part) for a, b in zip(top, bottom, strict=True)))
    return column.resize((WIDTH, HEIGHT))


def circle(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, color: Color) -> None:
    """A disc around a point."""
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)


def hills(pen: ImageDraw.ImageDraw, base: int, height: int, color: Color, seed: int) -> None:
    """A ridge with what is below it; on those in front there are trees."""
    chance = random.Random(seed)
    waves = [(length, share, chance.random() * 6) for length, share in ((170, 0.5), (71, 0.3), (29, 0.12))]

    def top(x: float) -> float:
        return base - height * sum(share * math.sin(x / length + phase) for length, share, phase in waves)

    ridge = [(x, top(x)) for x in range(0, WIDTH + 8, 8)]
    pen.polygon([(0, HEIGHT), *ridge, (WIDTH + 8, HEIGHT)], fill=color)
    dark = tuple(max(0, one - 18) for one in color)
    for x, y in ridge[::2] if base > 400 else ():
        tall = chance.uniform(0, 62)
        for tier in range(3 if tall > 22 else 0):
            foot, half = y + 6 - tall * 0.27 * tier, tall * 0.18 * (1 - 0.22 * tier)
            pen.polygon([(x - half, foot), (x + half, foot), (x, foot - tall * 0.5)], fill=dark)


def scene(
    heaven: tuple[Color, Color], disc: Color, where: tuple[int, int], radius: int, ridges: list[Color]
) -> Image.Image:
    """A sun or a moon above hills; stars where it is dark."""
    image = sky(*heaven)
    chance = random.Random(7)
    pen = ImageDraw.Draw(image)
    for _ in range(160 if heaven[0][0] < 50 else 0):
        circle(pen, chance.uniform(0, WIDTH), chance.uniform(0, 300), chance.choice((1, 1.6)), disc)
    glow = Image.new("RGB", image.size)
    circle(ImageDraw.Draw(glow), *where, 2.2 * radius, tuple(one // 2 for one in disc))
    image = ImageChops.screen(image, glow.filter(ImageFilter.GaussianBlur(radius)))
    pen = ImageDraw.Draw(image)
    circle(pen, *where, radius, disc)
    for number, color in enumerate(ridges):
        hills(pen, 330 + 53 * number, 60 - 8 * number, color, number + 3)
    return image


def light() -> Image.Image:
    """Four blurred lamps."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (30, 22, 60))
    pen = ImageDraw.Draw(image)
    circle(pen, 120, 120, 220, (255, 90, 60))
    circle(pen, 690, 80, 230, (60, 190, 255))
    circle(pen, 420, 430, 260, (255, 200, 60))
    circle(pen, 40, 470, 170, (180, 60, 220))
    return image.filter(ImageFilter.GaussianBlur(70))


def write_inputs(folder: Path) -> None:
    """The workflow, and the pictures that are uploaded."""
    (folder / "scenes").mkdir()
    day = [(176, 150, 178), (126, 112, 158), (66, 84, 120), (30, 48, 74)]
    scene(((84, 132, 205), (252, 205, 150)), (255, 236, 190), (540, 215), 52, [*day]).save(
        folder / "scenes" / "dawn.png"
    )
    dark = [(52, 62, 108), (38, 46, 86), (24, 30, 60), (12, 16, 36)]
    scene(((9, 13, 38), (52, 66, 120)), (238, 240, 250), (230, 140), 38, [*dark]).save(
        folder / "scenes" / "night.png"
    )
    light().save(folder / "light.png")
    (folder / "flow.json").write_text(json.dumps(FLOW), "utf-8")


async def photograph(page: Path) -> None:
    """Take the picture of the sheet."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        tab = await browser.new_page(color_scheme="light", viewport={"width": 1180, "height": 1330})
        await tab.goto(page.as_uri(), wait_until="load")
        await tab.wait_for_timeout(1000)
        PICTURE.parent.mkdir(exist_ok=True)
        await tab.screenshot(path=PICTURE, type="jpeg", quality=72)
        await browser.close()


def main() -> None:
    """Run the study, make the sheet, and take its picture."""
    parser = argparse.ArgumentParser(description="Take the picture of a contact sheet.")
    parser.add_argument("server", help="the address of a ComfyUI server")
    server = parser.parse_args().server
    with tempfile.TemporaryDirectory() as folder:
        write_inputs(Path(folder))
        for call in (
            ("run", "flow.json", *GRID, "--server", server, "--out-dir", "out"),
            ("sheet", "out", "--title", "Two scenes in colored light", "-o", "sheet.html"),
        ):
            subprocess.run([sys.executable, "-m", "comfyc", *call], cwd=folder, check=True)
        asyncio.run(photograph(Path(folder) / "sheet.html"))


if __name__ == "__main__":
    main()
