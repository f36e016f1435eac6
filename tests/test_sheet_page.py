"""The page of ``comfyc sheet`` in Chromium: `pytest -m browser`, where the group `oracle` is installed."""

from __future__ import annotations

import io
import math
import wave
from pathlib import Path
from typing import Any

import pytest

from tests.chromium import Use, said_in_browser
from tests.in_process import comfyc
from tests.ledgers import Made, png, write_study
from tests.test_sheets import EVIL, RED, grid_rows

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_study(tmp_path_factory.mktemp("grid"), grid_rows(), "Foxes & owls")
    assert comfyc("sheet", folder, "--quiet").code == 0
    return folder / "sheet.html"


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows without a grid, with outputs of every kind."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as writer:
        writer.setparams((1, 2, 8000, 0, "NONE", ""))
        writer.writeframes(
            b"".join(int(9000 * math.sin(at)).to_bytes(2, "little", signed=True) for at in range(800))
        )
    rows = [
        Made({"text": f"a fox {EVIL}"}, {f"{EVIL.replace('/', '_')}.png": png(30, 20, RED)}),
        Made({"text": "two pictures"}, {"a.png": png(30, 20, RED), "b.png": png(20, 30, RED)}, seconds=9.5),
        Made({"text": "a sound"}, {"c.wav": sound.getvalue()}),
        Made({"text": "words"}, {"A caption": f"said {EVIL}"}),
        Made({"text": "lost"}, {"lost.png": png(300, 200, RED)}),
        Made({"text": "bad"}, state="failed", problem=EVIL),
    ]
    folder = write_study(tmp_path_factory.mktemp("gallery"), rows)
    assert comfyc("sheet", folder, "--quiet").code == 0
    (folder / "lost.png").unlink()
    return folder / "sheet.html"


def in_browser(page: Path, use: Use, *, complains: str = "", **context: Any) -> None:
    """Open a sheet in Chromium and use it. What it asks of another folder, or complains about, fails."""
    said = said_in_browser(page.as_uri(), use, **context)
    ours = (f"{page.parent.as_uri()}/", "data:")
    assert [one for one in said if not one.startswith(ours) and not (complains and complains in one)] == []


async def shown(tab: Any) -> int:
    return int(await tab.locator(".card:visible").count())


async def heads(tab: Any) -> list[str]:
    """The heads of the first table that can be seen."""
    return [
        str(one) for one in await tab.locator("table:visible").first.locator("th:visible").all_text_contents()
    ]


async def large(tab: Any) -> str:
    """What the large view says of its row."""
    return str(await tab.locator("dialog .about").text_content())


def test_axes_search_filters_and_the_address(grid: Path) -> None:
    async def use(tab: Any) -> None:
        assert await tab.locator("table:visible").count() == 2
        assert await heads(tab) == [
            "steps 8",
            "steps 12",
            "steps 20",
            "steps 30",
            "cfg 4",
            "cfg 6.5",
            "cfg 10",
        ]
        assert await tab.locator("section h2").first.text_content() == "sampler euler"
        await tab.keyboard.press("/")
        await tab.keyboard.type("cfg>=6.5 steps=12")
        assert await shown(tab) == 4
        assert await tab.text_content("output") == "4 of 24 rows"
        assert await heads(tab) == ["steps 12", "cfg 6.5", "cfg 10"]
        await tab.keyboard.press("Escape")
        assert await shown(tab) == 24
        await tab.keyboard.press("/")
        await tab.keyboard.type("out of memory")
        assert await shown(tab) == 1
        await tab.fill("[type=search]", "")
        await tab.click("button:has-text('Filter')")
        await tab.click(".pick:has-text('ddim')")
        await tab.click("fieldset:has-text('steps') .pick:has-text('8')")
        await tab.click("fieldset:has-text('steps') .pick:has-text('20')")
        assert (await shown(tab), await tab.locator("table:visible").count()) == (6, 1)
        await tab.select_option("[name=columns]", "0")  # which was the sections
        assert await tab.input_value("[name=sections]") == ""
        assert await heads(tab) == ["sampler ddim", "cfg 4", "cfg 6.5", "cfg 10"]
        assert await tab.locator("td .chip:visible").count() == 6  # steps, which is no axis now
        kept = tab.url
        await tab.goto("about:blank")
        await tab.goto(kept)
        assert (await heads(tab), await shown(tab)) == (["sampler ddim", "cfg 4", "cfg 6.5", "cfg 10"], 6)
        await tab.fill("[type=search]", "nothing has this")
        await tab.wait_for_selector(".none:visible")

    in_browser(grid, use, complains="about:blank")


def test_the_keyboard_goes_from_row_to_row_in_the_sheet_and_in_the_large_view(grid: Path) -> None:
    async def use(tab: Any) -> None:
        for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Enter"):
            await tab.keyboard.press(key)
        assert "Row 6" in await large(tab)
        assert "KSampler [3]: out of memory" in await large(tab)
        await tab.keyboard.press("ArrowUp")
        found = await large(tab)
        assert all(word in found for word in ("Row 2", "0002.png", "sampler", "euler", "seed of 3.seed"))
        assert str(2**63 + 2) in found
        await tab.wait_for_function("() => document.querySelector('.size').textContent === '30 × 20'")
        assert str(await tab.get_attribute("dialog .go", "href")).endswith("/0002.png")
        for _ in range(3):
            await tab.keyboard.press("ArrowDown")
        assert "Row 14" in await large(tab)  # in the next section
        await tab.keyboard.press("ArrowRight")
        await tab.keyboard.press("Escape")
        assert not await tab.is_visible("dialog")
        number = "() => document.activeElement.closest('.card').querySelector('.number').textContent"
        assert await tab.evaluate(number) == "15"
        await tab.click("section:nth-of-type(1) tbody tr:nth-child(1) td:nth-child(2) .shot")
        assert "Row 1" in await large(tab)
        await tab.click("dialog [aria-label=Next]")
        assert "Row 2" in await large(tab)
        await tab.click("dialog [aria-label=Close]")
        assert await tab.locator("[tabindex='0']").count() == 1

    in_browser(grid, use)


def test_a_gallery_sorts_and_plays_and_shows_texts(gallery: Path) -> None:
    async def use(tab: Any) -> None:
        assert await tab.locator("table").count() == 0
        assert await tab.locator(".card .number").all_text_contents() == list("123456")
        await tab.select_option("[name=sort]", "seconds")
        assert (await tab.locator(".card .number").all_text_contents())[-2:] == ["6", "2"]
        await tab.click("[aria-label='Reverse the order']")
        assert (await tab.locator(".card .number").all_text_contents())[0] == "2"
        await tab.keyboard.press("/")
        await tab.keyboard.press("Enter")
        await tab.keyboard.press("Enter")
        assert "Row 2" in await large(tab)
        await tab.click("dialog .strip button:nth-child(2)")
        await tab.wait_for_function("() => document.querySelector('.size').textContent === '20 × 30'")
        await tab.keyboard.press("Escape")
        await tab.click(".card:has-text('a sound') .shot")
        await tab.wait_for_function("() => document.querySelector('dialog audio').readyState > 0")
        await tab.keyboard.press("Escape")
        await tab.click(".card:has-text('words') .shot")
        assert "said </script><script>" in await tab.text_content("dialog .stage pre")
        await tab.keyboard.press("Escape")
        await tab.click(".card:has-text('a fox') .shot")
        await tab.wait_for_function("() => document.querySelector('.size').textContent === '30 × 20'")
        await tab.keyboard.press("Escape")
        await tab.click(".card:has-text('lost') .shot")
        await tab.wait_for_function(
            "() => /not where it was/.test(document.querySelector('.size').textContent)"
        )

    in_browser(gallery, use, complains="ERR_FILE_NOT_FOUND")


@pytest.mark.parametrize(("scheme", "color"), [("dark", "rgb(20, 22, 27)"), ("light", "rgb(246, 247, 249)")])
def test_colors_are_those_of_the_reader_until_the_button_is_pressed(
    grid: Path, scheme: str, color: str
) -> None:
    async def use(tab: Any) -> None:
        back = "() => getComputedStyle(document.body).backgroundColor"
        assert await tab.evaluate(back) == color
        await tab.click("[aria-label='Light or dark']")
        assert {color, await tab.evaluate(back)} == {"rgb(20, 22, 27)", "rgb(246, 247, 249)"}

    in_browser(grid, use, color_scheme=scheme)


def test_without_scripts_all_can_be_read(grid: Path) -> None:
    async def use(tab: Any) -> None:
        assert await shown(tab) == 24
        assert await tab.is_visible("text=KSampler [3]: out of memory")

    in_browser(grid, use, java_script_enabled=False)


@pytest.mark.parametrize("width", [360, 1280])
def test_a_gallery_is_as_wide_as_its_window(gallery: Path, width: int) -> None:
    async def use(tab: Any) -> None:
        wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await tab.evaluate(wide) == 0

    in_browser(gallery, use, viewport={"width": width, "height": 800})


def test_thousands_of_rows_are_laid_out_as_they_are_come_to(tmp_path: Path) -> None:
    rows = [Made({"n": at, "half": at % 2}, {"words": str(at)}) for at in range(1, 901)]
    assert comfyc("sheet", write_study(tmp_path, rows), "--quiet").code == 0

    async def use(tab: Any) -> None:
        assert await tab.locator(".card").count() == 200
        await tab.fill("[type=search]", "n>895")
        await tab.wait_for_function("() => document.querySelectorAll('.card').length === 5")
        await tab.fill("[type=search]", "")
        await tab.wait_for_function("() => document.querySelectorAll('.card').length === 200")
        await tab.locator(".card .shot").nth(199).focus()
        await tab.keyboard.press("ArrowRight")
        assert await tab.evaluate("() => document.activeElement.textContent") == "201"
        for count in (400, 600, 800, 900):
            await tab.locator("footer").scroll_into_view_if_needed()
            await tab.wait_for_function(f"() => document.querySelectorAll('.card').length >= {count}")

    in_browser(tmp_path / "sheet.html", use)
