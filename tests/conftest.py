"""How the tests run, whatever the load of the machine: none judges by the clock, no summary is lost."""

from __future__ import annotations

import difflib
import traceback
from collections.abc import Generator
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("comfyc", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("comfyc")

MOST_LINES = 60
"""Lines of a difference that are shown."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """If pytest's own code for tracebacks fails (it parses the test's source again, which on Python 3.11 can
    end in a SystemError when the garbage collector comes in between), the test has failed all the same: its
    report is a plain one, and the others get theirs.
    """
    try:
        return (yield)
    except Exception as trouble:
        when: Any = call.when
        return pytest.TestReport(
            item.nodeid,
            item.location,
            dict.fromkeys(item.keywords, 1),
            "failed",
            f"{_plain(call)}\npytest could not show more: {type(trouble).__name__}",
            when,
            duration=call.duration,
            start=call.start,
            stop=call.stop,
        )


def _plain(call: pytest.CallInfo[Any]) -> str:
    if call.excinfo is None:
        return "no exception"
    try:
        lines = traceback.format_tb(call.excinfo.tb, limit=-10)
        return "".join([*lines, *traceback.format_exception_only(call.excinfo.type, call.excinfo.value)])
    except Exception:
        return call.excinfo.type.__name__


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """The difference of two texts by lines. pytest's own also compares within lines, which takes minutes for
    two prompts (``assertion_text_diff_style`` in pyproject.toml keeps it from that)."""
    if op != "==" or not isinstance(left, str) or not isinstance(right, str):
        return None
    lines = difflib.unified_diff(right.splitlines(), left.splitlines(), "right", "left", lineterm="", n=2)
    shown = [line[:200] for line in islice(lines, MOST_LINES)]
    return [f"two texts of {len(left)} and {len(right)} characters are the same", *shown]
