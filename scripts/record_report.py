"""Take the pictures of docs/report.md in Chromium (scripts/record_exports.py says what has to be installed)::

    python -m scripts.record_report     # docs/report/*.jpg

The site is that of the templates of ``scripts/record_pictures.py``, made by ``comfyc report``.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from scripts.browser_export import chromium
from scripts.record_pictures import SAMPLE, template

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "report"
PAGES = {"gallery": ("index.html", "light"), "page": ("pages/video-wan2-2-14b-i2v.html", "dark")}
"""The pictures by name: the page, and the colors that the reader prefers."""


async def record(site: Path) -> None:
    """Take a picture of each page."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for name, (page, scheme) in PAGES.items():
            reader: dict[str, Any] = {"color_scheme": scheme, "viewport": {"width": 1280, "height": 800}}
            tab = await browser.new_page(**reader)
            await tab.goto((site / page).as_uri(), wait_until="load")
            await tab.wait_for_timeout(1000)
            await tab.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=70)
        await browser.close()


def main() -> None:
    """Make the site, and take the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        flows = Path(folder, "flows")
        flows.mkdir()
        PICTURES.mkdir(exist_ok=True)
        for name in SAMPLE:
            (flows / f"{name}.json").write_text(template(name), "utf-8")
        site = Path(folder, "site")
        call = [sys.executable, "-m", "comfyc", "report", str(flows), "-o", str(site)]
        subprocess.run([*call, "--title", "Our workflows", "--quiet"], check=True)
        asyncio.run(record(site))


if __name__ == "__main__":
    main()
