"""A test that fails in whatever way leaves the summary and the others alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.growth import growth
from tests.patience import LONGEST

CONFTEST = Path(__file__).with_name("conftest.py")
AST = """
import _pytest._code.code as code

def broken(*_):
    raise SystemError("AST constructor recursion depth mismatch (before=9, after=8)")

code.getstatementrange_ast = broken

def test_bad():
    assert 1 == 2

def test_good():
    pass
"""
TEXTS = """
def test_bad():
    one = "\\n".join(f"   'k{i}': 'value {i}'," for i in range(20_000))
    other = "\\n".join(f"   'k{i}': 'valux {i + 1}'," for i in range(20_000))
    assert one == other

def test_good():
    pass
"""
DEEP = """
def deep(value=None, depth=100_000):
    for _ in range(depth):
        value = [value]
    return value

class Endless:
    def __repr__(self):
        return repr(self)

def test_bad():
    one, other = deep(), Endless()
    assert one is other, (one, other)

def test_good():
    pass
"""


def ran(folder: Path, text: str, *, with_ours: bool) -> str:
    (folder / "test_it.py").write_text(text, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nassertion_text_diff_style = block\n", "utf-8")
    if with_ours:
        (folder / "conftest.py").write_text(CONFTEST.read_text("utf-8"), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST,
    )
    return done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("text", [AST, TEXTS, DEEP], ids=["source", "long texts", "deep values"])
def test_the_summary_is_there_whatever_fails(tmp_path: Path, text: str) -> None:
    told = ran(tmp_path, text, with_ours=True)
    assert "1 failed, 1 passed" in told, told[-2000:]
    assert "INTERNALERROR" not in told


@pytest.mark.slow
def test_without_it_the_summary_would_be_lost(tmp_path: Path) -> None:
    assert "INTERNALERROR" in ran(tmp_path, AST, with_ours=False)


def test_hypothesis_does_not_judge_by_the_clock() -> None:
    assert settings().deadline is None


def test_growth_tells_a_square_from_a_line() -> None:
    def line(count: int) -> Callable[[], object]:
        return lambda: [abs(one) for one in range(count)]

    def square(count: int) -> Callable[[], object]:
        return lambda: [abs(one) for one in range(count) for _ in range(count)]

    assert growth(line, 200) < 1.1
    assert growth(square, 50) > 3.5
