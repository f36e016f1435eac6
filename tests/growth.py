"""How much work a piece of code is, counted and not timed: the same on a busy machine as on an idle one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps(work: Callable[[], object]) -> int:
    """How many lines of Python run, and calls (also of functions in C), until ``work`` returns."""
    count = 0

    def on_line(_frame: FrameType, event: str, _arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return on_line

    def on_call(_frame: FrameType, _event: str, _arg: Any) -> Any:
        return on_line

    def on_event(_frame: FrameType, event: str, _arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.gettrace(), sys.getprofile()
    sys.settrace(on_call)
    sys.setprofile(on_event)
    try:
        work()
    finally:
        sys.setprofile(before[1])
        sys.settrace(before[0])
    return count


def growth(work: Callable[[int], Callable[[], object]], small: int, times: int = 4) -> float:
    """How the work grows with its size: about 1 if ``times`` the size is ``times`` the work, ``times`` if it
    grows with the square. ``work`` makes what is to be done ready for a size, which is not counted."""
    work(small)()  # what is made once and kept is made now
    first = steps(work(small))
    return steps(work(times * small)) / first / times
