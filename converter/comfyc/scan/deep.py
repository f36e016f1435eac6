"""Run something that calls itself deeply, on a stack of its own.

The interpreter recurses with the interpreted program, some ten levels of Python's stack for each of the
program's. The usual thousand levels are too few for real packs; beyond the limit set here, Python raises
``RecursionError``, and the stack is large enough for it on every version of Python.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

_LEVELS = 12_000
_STACK = 256 << 20
"""Bytes of address space; only what is used takes memory."""


def run_deep(function: Callable[[], Result]) -> Result:
    """The result of a function that runs in a thread with a large stack; its exceptions come through."""
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:
            errors.append(error)

    levels, size = sys.getrecursionlimit(), threading.stack_size(_STACK)
    sys.setrecursionlimit(max(levels, _LEVELS))
    try:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
    finally:
        threading.stack_size(size)
    try:
        thread.join()
    finally:
        sys.setrecursionlimit(levels)
    if errors:
        raise errors[0]
    return results[0]
