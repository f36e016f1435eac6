"""Regular expressions of JavaScript: what the real engine finds is found, and no pattern takes for ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from comfyc.javascript.pattern import MAX_STATES, Work, compiled
from comfyc.javascript.pattern_syntax import MalformedError, UnsupportedError

ROWS: list[list[Any]] = json.loads(
    (Path(__file__).parent.parent / "fixtures" / "javascript" / "patterns.json").read_text("utf-8")
)
PLENTY = 1_000_000


def test_patterns_find_what_the_engine_of_the_browser_finds() -> None:
    wrong = []
    unsupported = 0
    for source, text, expected in ROWS:
        try:
            found = compiled(source).search(text, Work(PLENTY))
        except MalformedError:
            found = None
        except UnsupportedError:
            unsupported += 1
            continue
        if found != expected:
            wrong.append((source, text, expected, found))
    assert not wrong
    assert unsupported < len(ROWS) / 50


@pytest.mark.parametrize(
    "source",
    [
        *("(?=a)b", "(?!a)", "(?<=a)b", "(?<!a)b", r"(a)\1", r"(?<n>a)\k<n>", "(?<n>a)|(?<n>b)", r"[\1]"),
        *("a{3000}", "(?:a{100}){100}", "(?:){9999}", "a{99999999999999999999}", "(" * 200 + ")" * 200),
    ],
)
def test_what_cannot_be_searched_is_said(source: str) -> None:
    with pytest.raises(UnsupportedError):
        compiled(source)


HOSTILE = [
    "a?" * 34 + "a" * 34,
    "(a+)+$",
    "(a|a)*b",
    "(?:a*)*b",
    "(.*.*)*x",
    "(?:a|aa)+$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(?:(?:){50}){30}b",
    ".*" * 50 + "b",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_a_search_takes_at_most_states_times_characters(source: str) -> None:
    text = "a" * 200
    work = Work(PLENTY)
    compiled(source).search(text, work)
    assert PLENTY - work.left <= MAX_STATES * (len(text) + 1)
    states = PLENTY - work.left
    work = Work(PLENTY)
    compiled(source).search(text * 4, work)
    assert PLENTY - work.left <= 5 * states


def test_a_search_ends_when_the_work_is_used_up() -> None:
    text = "ab" * 10_000
    work = Work(len(text) + 1000)
    assert not compiled("(a|b)*c").search(text, work)
    assert -MAX_STATES < work.left <= 0
