"""The event loop of a command."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_loop(main: Coroutine[Any, Any, T]) -> T:
    """As ``asyncio.run``; what asyncio has to say of tasks is told unless Ctrl-C has cut them off."""
    reported: list[dict[str, Any]] = []

    async def run() -> T:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context))
        return await main

    result = asyncio.run(run())
    for context in reported:
        logging.getLogger("asyncio").error(context["message"], exc_info=context.get("exception"))
    return result
