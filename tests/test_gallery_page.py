"""The site of ``comfyc report`` in Chromium: `pytest -m browser`, where the group `oracle` is installed."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chromium import Use, said_in_browser
from tests.in_process import comfyc
from tests.test_gallery import write_flows

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    write_flows(folder / "flows")
    assert comfyc("report", "flows", "-o", "site", cwd=folder).code == 0
    return folder / "site"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(params=["file", "http"])
def root(request: pytest.FixtureRequest, site: Path) -> Iterator[str]:
    """The address of the site: on the disk, and on a web server."""
    if request.param == "file":
        yield site.as_uri()
        return
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=site)
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def in_browser(root: str, use: Use, **context: Any) -> None:
    """Open the gallery in Chromium and use it. What it asks of another address, or complains about, fails."""
    said = said_in_browser(f"{root}/index.html", use, **context)
    assert [one for one in said if not one.startswith(f"{root}/")] == []
    assert f"{root}/index.html" in said


async def shown(tab: Any) -> list[str]:
    """The titles of the cards that can be seen."""
    return [str(one) for one in await tab.locator(".card:visible h3").all_text_contents()]


async def focused(tab: Any) -> str:
    return str(await tab.evaluate("() => document.activeElement.textContent"))


def test_search_filter_sort_and_keyboard(root: str) -> None:
    async def use(tab: Any) -> None:
        assert await shown(tab) == ["broken", "good", "prompt", "shared", "bad", "same"]
        await tab.keyboard.press("/")
        await tab.keyboard.type("KSampler SUB")
        assert await shown(tab) == ["bad", "same"]
        assert await tab.text_content("output") == "2 of 6"
        assert tab.url.endswith("#q=KSampler+SUB")
        await tab.keyboard.press("Enter")
        assert await focused(tab) == "bad"
        await tab.keyboard.press("ArrowRight")
        assert await focused(tab) == "same"
        await tab.keyboard.press("/")
        await tab.keyboard.press("Escape")
        assert len(await shown(tab)) == 6
        await tab.select_option("[name=outcome]", "rejected")
        assert await shown(tab) == ["bad"]
        await tab.click("[name=clear]")
        await tab.click(".tile.unreadable a")
        assert await shown(tab) == ["broken"]
        await tab.go_back()
        assert len(await shown(tab)) == 6
        await tab.select_option("[name=sort]", "errors")
        assert (await shown(tab))[-1] != "bad"
        assert {"broken", "bad"} == set((await shown(tab))[:2])
        await tab.click(".summary details:has-text('Models') summary")
        await tab.click(".summary a:has-text('v1-5-pruned')")
        assert "broken" not in await shown(tab)
        await tab.fill("[type=search]", "nothing has this")
        assert await tab.is_visible(".none")

    in_browser(root, use)


def test_from_the_gallery_to_a_page_and_back(root: str) -> None:
    async def use(tab: Any) -> None:
        loaded = "() => [...document.images].filter((one) => one.naturalWidth > 0).length"
        await tab.wait_for_function(f"({loaded})() === 5")
        await tab.focus(".card:has-text('bad') h3 a")
        await tab.keyboard.press("Enter")
        await tab.wait_for_url("**/pages/sub-bad.html")
        assert "bigger than max" in await tab.text_content("#findings")
        graph = tab.frame_locator("iframe")
        await graph.locator("g.box").first.wait_for()
        await graph.locator("header input").fill("ksampler")
        assert await graph.locator("header output").text_content() == "1 node"
        await tab.click("#prompt summary")
        assert '"class_type": "KSampler"' in await tab.text_content("#prompt pre")
        await tab.focus(".crumbs a")
        await tab.keyboard.press("ArrowRight")
        await tab.wait_for_url("**/pages/sub-same.html")
        await tab.keyboard.press("Escape")
        await tab.wait_for_url("**/index.html")
        await tab.goto(f"{root}/pages/sub-bad.html")
        await tab.click("#findings a")
        await tab.wait_for_url("**/rules.html#*")

    in_browser(root, use)


@pytest.mark.parametrize(("scheme", "color"), [("dark", "rgb(20, 22, 27)"), ("light", "rgb(246, 247, 249)")])
def test_colors_and_widths_are_those_of_the_reader(site: Path, scheme: str, color: str) -> None:
    async def use(tab: Any) -> None:
        for page in ("index.html", "pages/sub-bad.html", "pages/broken.html", "rules.html"):
            await tab.goto(f"{site.as_uri()}/{page}")
            assert await tab.evaluate("() => getComputedStyle(document.body).backgroundColor") == color
            wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await tab.evaluate(wide) == 0, f"{page} has to be moved sideways"

    in_browser(site.as_uri(), use, color_scheme=scheme, viewport={"width": 390, "height": 844})


def test_without_scripts_everything_can_be_read(site: Path) -> None:
    async def use(tab: Any) -> None:
        assert len(await shown(tab)) == 6
        assert await tab.is_hidden(".tools")
        await tab.click(".card:has-text('bad') h3 a")
        await tab.wait_for_url("**/pages/sub-bad.html")

    in_browser(site.as_uri(), use, java_script_enabled=False)
