"""The HTML of ``comfyc graph`` in Chromium: `pytest -m browser`, where the group `oracle` is installed."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from comfyc import convert
from tests.chromium import said_in_browser
from tests.in_process import comfyc
from tests.test_drawing import template

pytestmark = pytest.mark.browser
SIZE = {"width": 1200, "height": 800}


def in_browser(
    page: Path, use: Callable[[Any], Awaitable[None]], *, but: Sequence[str] = (), **context: Any
) -> None:
    """Open a page of ours in Chromium and use it. What it asks of any network, or complains about, fails;
    ``but`` are addresses inside the page."""
    said = said_in_browser(page.as_uri(), use, viewport=SIZE, **context)
    assert [one for one in said if one not in but] == [page.as_uri()]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a workflow with subgraphs."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "flow.json").write_text(json.dumps(template("utility_void_video_inpainting")), "utf-8")
    assert comfyc("graph", "flow.json", "-o", "flow.html", cwd=folder).code == 0
    return folder / "flow.html"


async def view(tab: Any) -> list[float]:
    """The part of the picture that is shown: left, top, width and height."""
    return [float(one) for one in (await tab.get_attribute("body > svg", "viewBox")).split()]


def test_pan_zoom_click_search_and_keyboard(page: Path) -> None:
    async def use(tab: Any) -> None:
        whole = await view(tab)
        assert whole[2] / whole[3] == pytest.approx(1.5, rel=0.01)
        await tab.mouse.move(600, 400)
        await tab.mouse.wheel(0, -500)
        near = await view(tab)
        assert near[2] < whole[2] * 0.6
        middle = [(one[0] + one[2] / 2, one[1] + one[3] / 2) for one in (whole, near)]
        assert middle[0] == pytest.approx(middle[1], abs=2), "what is under the pointer stays there"
        await tab.mouse.down()
        await tab.mouse.move(500, 380, steps=3)
        await tab.mouse.up()
        panned = await view(tab)
        assert panned[0] == pytest.approx(near[0] + 100 * near[2] / 1200, abs=1)
        assert panned[1] == pytest.approx(near[1] + 20 * near[3] / 800, abs=1)
        assert await tab.is_hidden("aside"), "a drag is no click"
        await tab.keyboard.press("0")
        assert await view(tab) == pytest.approx(whole)
        await tab.keyboard.press("+")
        await tab.keyboard.press("ArrowRight")
        moved = await view(tab)
        assert moved[2] == pytest.approx(whole[2] * 0.8)
        assert moved[0] == pytest.approx(whole[0] + whole[2] * 0.1 + 80 * moved[2] / 1200, abs=1)
        await tab.keyboard.press("/")
        await tab.keyboard.type("randomnoise")
        assert await tab.text_content("header output") == "1 node"
        await tab.keyboard.press("Enter")
        assert await tab.text_content("aside h2") == "RandomNoise"
        assert "control_after_generate" in await tab.text_content("aside dl")
        assert (await view(tab))[2] < whole[2] / 2
        await tab.keyboard.press("Escape")
        assert await tab.is_hidden("aside")
        await tab.keyboard.press("0")
        await tab.click('g.box[data-path="167"] .row')
        assert await tab.text_content("aside h2") == "Video Inpaint (VOID)"
        await tab.click("aside .go")
        assert await tab.text_content("aside h2") != "Video Inpaint (VOID)"
        await tab.keyboard.press("0")
        await tab.dispatch_event('g.box[data-path="167"] a', "click", {"bubbles": True})
        inside = await view(tab)
        assert inside[2] < whole[2] * 1.05
        assert inside != pytest.approx(whole)
        await tab.focus('g.box[data-path="167:149"]')
        await tab.keyboard.press("Enter")
        assert await tab.text_content("aside h2") == "Image Segmentation (SAM3)"

    in_browser(page, use)


@pytest.mark.parametrize(("scheme", "color"), [("dark", "rgb(20, 20, 20)"), ("light", "rgb(211, 211, 211)")])
def test_colors_are_those_that_the_reader_prefers(page: Path, scheme: str, color: str) -> None:
    async def use(tab: Any) -> None:
        fill = "() => getComputedStyle(document.querySelector('svg rect.bg')).fill"
        assert await tab.evaluate(fill) == color

    in_browser(page, use, color_scheme=scheme)


def test_each_subgraph_is_a_view_to_click_into_and_come_back_from(tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text(json.dumps(template("utility_void_video_inpainting")), "utf-8")
    ended = comfyc("graph", "flow.json", "-o", "flow.html", "--subgraphs", "separate", cwd=tmp_path)
    assert ended.code == 0

    async def use(tab: Any) -> None:
        async def shown() -> list[str]:
            panels = await tab.query_selector_all("g.panel-of")
            return [await one.get_attribute("id") for one in panels if await one.is_visible()]

        crumbs = "header nav [aria-current]"
        assert await shown() == ["p0"]
        assert await tab.text_content(crumbs) == "workflow"
        await tab.dispatch_event('g.box[data-path="167"] a', "click", {"bubbles": True})
        await tab.wait_for_selector("#p1:not(.away)", state="attached")
        assert await shown() == ["p1"]
        assert await tab.text_content(crumbs) == "Video Inpaint (VOID)"
        await tab.dispatch_event('g.box[data-path="167:149"] a', "click", {"bubbles": True})
        await tab.wait_for_selector("#p2:not(.away)", state="attached")
        assert await tab.locator("header nav button").all_text_contents() == [
            "←",
            "workflow",
            "Video Inpaint (VOID)",
            "Image Segmentation (SAM3)",
        ]
        await tab.keyboard.press("Backspace")
        await tab.wait_for_selector("#p1:not(.away)", state="attached")
        await tab.go_back()
        await tab.wait_for_selector("#p2:not(.away)", state="attached")
        await tab.click("header nav button:nth-of-type(2)")
        await tab.wait_for_selector("#p0:not(.away)", state="attached")
        await tab.keyboard.press("/")
        await tab.keyboard.type("#167:149:")
        await tab.keyboard.press("Enter")
        assert await shown() == ["p2"]
        assert await tab.is_visible("aside h2")

    in_browser(tmp_path / "flow.html", use)


def test_a_notebook_has_the_page_in_a_frame_of_its_own(tmp_path: Path) -> None:
    frame = convert(template("utility_void_video_inpainting"))._repr_html_()
    (tmp_path / "notebook.html").write_text(f"<!DOCTYPE html><body>{frame}</body>", "utf-8")

    async def use(tab: Any) -> None:
        inside = tab.frame_locator("iframe")
        await inside.locator('g.box[data-path="167"] .row').first.click()
        assert await inside.locator("aside h2").text_content() == "Video Inpaint (VOID)"
        assert await tab.evaluate("() => document.querySelector('iframe').contentDocument") is None

    in_browser(tmp_path / "notebook.html", use, but=["about:srcdoc"])
