"""How the tests run, whatever the load of the machine: none judges by the clock, no summary is lost.

``--fast`` runs a sample of all tests. A test with ``@pytest.mark.slow`` is left out; of a test with many
parameters a few are taken, spread over all; properties are tried on a tenth of the examples.
"""

from __future__ import annotations

import difflib
import os
import signal
import sys
import traceback
from collections.abc import Generator
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "comfyc", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=75
)
settings.register_profile("fast", settings.get_profile("comfyc"), max_examples=10)

SLOW = ("slow", "browser", "live", "docs")
"""Marks of tests that are left out with ``--fast``."""

FEW = 2
"""Parameters of a test that are taken with ``--fast``."""

MOST_LINES = 60
"""Lines of a difference that are shown."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="run a sample of all tests, none that is slow")


def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples a property is tried on; let signals reach the programs that are tested, and
    let Python keep what it has compiled.

    A shell starts what runs in the background, and nohup whatever it runs, with signals ignored, and a
    program leaves ignored what it finds ignored. One that is merely caught here has its usual effect there.
    Without bytecode, each of some hundred programs compiles comfyc anew, and each worker the tests.
    """
    os.environ.pop("COMFYUI_PATH", None)  # a ComfyUI of who runs the tests has other nodes
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    settings.load_profile("fast" if config.getoption("--fast") else "comfyc")
    for number in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take the sample of ``--fast``: the same one each time, as a change must be to blame for a failure."""
    if not config.getoption("--fast"):
        return
    tests: dict[str, list[pytest.Item]] = {}
    for item in items:
        if not any(map(item.get_closest_marker, SLOW)):
            tests.setdefault(item.nodeid.partition("[")[0], []).append(item)
    taken = {item for found in tests.values() for item in found[:: -(-len(found) // FEW)]}
    config.hook.pytest_deselected(items=[item for item in items if item not in taken])
    items[:] = [item for item in items if item in taken]


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
