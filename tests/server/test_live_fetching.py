"""Files of the web on a real ComfyUI: COMFYC_SERVER=http://127.0.0.1:8188 pytest -m live"""

from __future__ import annotations

import asyncio
import io
import random
from pathlib import Path

import pytest

from tests.server.running import run_async
from tests.server.test_fetching import FLOW, Web, says
from tests.server.test_live_cli import SERVER, comfyc

pytestmark = [pytest.mark.live, pytest.mark.skipif(not SERVER, reason="COMFYC_SERVER is not set")]


def test_pictures_of_the_web_are_inverted_row_by_row(tmp_path: Path) -> None:
    images = pytest.importorskip("PIL.Image")
    colors = [tuple(random.randrange(256) for _ in range(3)) for _ in range(2)]

    async def main() -> None:
        async with Web() as site:
            table = tmp_path / "t.csv"
            table.write_text(f"LoadImage.image\n{site.url}/0.jpg?k=1\n{site.url}/1\n")
            for path, color in zip(("/0.jpg", "/1"), colors, strict=True):
                file = io.BytesIO()
                images.new("RGB", (24, 16), color).save(file, "PNG")
                site.answers[path] = says(file.getvalue())
            options = ("--table", table, "-d", tmp_path / "out", "--allow-private-downloads")
            ended = await asyncio.to_thread(comfyc, "run", FLOW, *options, "--show", "--server", str(SERVER))
            assert ended.returncode == 0, ended.stderr
            assert "--show shows nothing, because stderr is no terminal" in ended.stderr
            assert len(site.requests) == 2

    run_async(main)
    for path, color in zip(sorted((tmp_path / "out").glob("*.png")), colors, strict=True):
        with images.open(path) as picture:
            inverted = [255 - value for value in color]
            assert picture.getpixel((3, 3)) == pytest.approx(inverted, abs=1)  # the server rounds down
