"""Pages of ours opened and used in a real Chromium."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

Use = Callable[[Any], Awaitable[None]]


def said_in_browser(address: str, use: Use, **context: Any) -> list[str]:
    """Open a page in Chromium and use it; the test is skipped where there is none.

    Returns the addresses of all that was asked for, and all complaints. ``context`` are arguments of
    playwright's ``new_context``.
    """
    playwright = pytest.importorskip("playwright.async_api", reason="needs the dependency group 'oracle'")
    from scripts.browser_export import chromium  # noqa: PLC0415

    if chromium() is None:
        pytest.skip("no chromium")
    said: list[str] = []

    async def run() -> None:
        async with playwright.async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            tab = await (await browser.new_context(**context)).new_page()
            tab.on("request", lambda request: said.append(request.url))
            tab.on("console", lambda message: said.append(message.text))
            tab.on("pageerror", lambda error: said.append(str(error)))
            await tab.goto(address)
            await use(tab)
            await browser.close()

    asyncio.run(run())
    return said
