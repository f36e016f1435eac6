"""Changing values in JSON texts: the text says the new document, and is as it was everywhere else."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyc.diagnostics import ComfycError
from comfyc.editing import rewritten, splices
from comfyc.editing.alignment import aligned, is_same
from comfyc.javascript.stringify import compact_text, json_text

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(-(2**53), 2**53)
    | st.text(max_size=5)
    | st.sampled_from(["\u00e9", "a\\u00e9\n", "\U0001f98a", '"'])
)
KEYS = st.sampled_from(["a", "b", "c", "\u00e9", ""])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=3).map(lambda members: dict(sorted(members.items())))
    ),
    max_leaves=10,
)
DUMPS: list[Callable[[Any], str]] = [
    json.dumps,
    lambda value: json.dumps(value, indent=2, ensure_ascii=False),
    lambda value: json.dumps(value, indent="\t"),
    lambda value: json.dumps(value, indent=4).replace("\n", "\r\n"),
    lambda value: "\ufeff" + json.dumps(value, indent=1) + "\n",
]


def parsed(text: str) -> Any:
    return json.loads(text.removeprefix("\ufeff"))


def spaced(value: Any, chance: Random) -> str:
    """A text of a value with any white space in it, and with keys that are repeated."""

    def space() -> str:
        return "".join(chance.choices(" \t\n\r", k=chance.randrange(3)))

    if isinstance(value, list):
        return f"[{','.join(space() + spaced(item, chance) + space() for item in value) or space()}]"
    if isinstance(value, dict):
        members = [
            f"{space()}{json.dumps(key)}{space()}:{space()}{spaced(item, chance)}{space()}"
            for key, item in value.items()
        ]
        if members and chance.random() < 0.3:
            members.insert(0, f"{json.dumps(next(iter(value)))}: [0, {{}}]")
        return f"{{{','.join(members) or space()}}}"
    return json.dumps(value, ensure_ascii=chance.random() < 0.5)


def changed(value: Any, other: Any, chance: Random) -> Any:
    """A value that has some members of ``value``, some of them changed, and ``other`` in it."""
    how = chance.random()
    if how < 0.1 or not isinstance(value, (list, dict)):
        return other if how < 0.5 else value
    if isinstance(value, list):
        items = [changed(item, other, chance) for item in value if chance.random() < 0.8]
        if how < 0.5:
            items.insert(chance.randint(0, len(items)), other)
        return items
    members = {key: changed(item, other, chance) for key, item in value.items() if chance.random() < 0.8}
    return {**members, "z": other} if how < 0.5 else members


@given(VALUES, VALUES, st.integers(0, 2**32))
def test_the_text_says_the_new_document_and_else_stays(value: Any, other: Any, seed: int) -> None:
    chance = Random(seed)
    text = chance.choice(DUMPS)(value) if chance.random() < 0.8 else spaced(value, chance)
    old = parsed(text)
    new = changed(old, other, chance)
    after = rewritten(text, old, new)
    assert is_same(parsed(after), new)
    done = at = 0
    for splice in splices(text, old, new):
        kept = splice.start - done
        assert kept >= 0
        assert after[at : at + kept] == text[done : splice.start]
        at, done = at + kept + len(splice.text), splice.end
    assert after[at:] == text[done:]
    assert rewritten(text, old, parsed(text)) == text


@given(VALUES, VALUES, st.integers(0, 2**32))
def test_what_the_editor_writes_stays_what_it_would_write(value: Any, other: Any, seed: int) -> None:
    """The text of a changed document is what ``JSON.stringify`` gives of it, if the old one was that."""
    for dumps in (compact_text, json_text):
        old = parsed(dumps(value))
        new = changed(old, other, Random(seed))
        if old and isinstance(old, (list, dict)) and type(old) is type(new):
            assert rewritten(dumps(old), old, new) == dumps(new)


CASES: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "a number keeps JavaScript's style": (
        '{"a": 1.50, "b": 2.0}',
        lambda v: {**v, "a": 3.0},
        '{"a": 3, "b": 2.0}',
    ),
    "the same number keeps its text": ("[1.0, 1e2]", lambda v: [1, 100], "[1.0, 1e2]"),
    "true is not 1": ("[1]", lambda v: [True], "[true]"),
    "a huge integer stays": (
        "[123456789012345678901234567890, 1]",
        lambda v: [v[0], 2],
        "[123456789012345678901234567890, 2]",
    ),
    "the last of a repeated key changes": ('{"a":1,"a":2}', lambda v: {"a": 3}, '{"a":1,"a":3}'),
    "all of a repeated key go": ('{"a":1,"b":2,"a":2}', lambda v: {"b": 2}, '{"b":2}'),
    "escapes as the file does": (
        '["\\u00e9", "x"]',
        lambda v: [v[0], "\U0001f98aü"],
        '["\\u00e9", "\\ud83e\\udd8a\\u00fc"]',
    ),
    "an escaped backslash is no escape": ('["\\\\u00e9", "x"]', lambda v: [v[0], "ü"], '["\\\\u00e9", "ü"]'),
    "no escapes as the file does": ('["é", "x"]', lambda v: [v[0], "ü"], '["é", "ü"]'),
    "append to a list on one line": ("[1, 2]", lambda v: [*v, 3], "[1, 2, 3]"),
    "append to a list of one item": (
        '{"a": [1], "b": [1, 2]}',
        lambda v: {**v, "a": [1, 2]},
        '{"a": [1, 2], "b": [1, 2]}',
    ),
    "append to a list of lines": ("[\n  1\n]", lambda v: [*v, 3], "[\n  1,\n  3\n]"),
    "append to an empty list": (
        '{\n  "a": [\n    1\n  ],\n  "b": []\n}',
        lambda v: {**v, "b": [1, 2]},
        '{\n  "a": [\n    1\n  ],\n  "b": [\n    1,\n    2\n  ]\n}',
    ),
    "lists of lists in lines, lists of numbers in one": (
        '{\n\t"links": [\n\t\t[1, 2],\n\t\t[3, 4]\n\t],\n\t"more": []\n}',
        lambda v: {**v, "more": [[5, 6], [7]]},
        '{\n\t"links": [\n\t\t[1, 2],\n\t\t[3, 4]\n\t],\n\t"more": [\n\t\t[5, 6],\n\t\t[7]\n\t]\n}',
    ),
    "a new member, in CRLF": (
        '{\r\n    "a": 1,\r\n    "b": 2\r\n}\r\n',
        lambda v: {"a": 1, "n": {"x": 1}, "b": 2},
        '{\r\n    "a": 1,\r\n    "n": {\r\n        "x": 1\r\n    },\r\n    "b": 2\r\n}\r\n',
    ),
    "a new member, compact": ('{"a":[1,2]}', lambda v: {**v, "b": [3, 4]}, '{"a":[1,2],"b":[3,4]}'),
    "delete the first": ("[1,  2, 3]", lambda v: v[1:], "[2, 3]"),
    "delete the last": ("[1,  2, 3 ]", lambda v: v[:-1], "[1,  2 ]"),
    "delete in the middle": ("[ 1,  2, 3 ]", lambda v: [1, 3], "[ 1, 3 ]"),
    "delete all": ("[\n 1\n]", lambda v: [], "[]"),
    "delete rows": (
        "[[1, 2], [3, 4], [5, 6], [7, 8], [9, 0]]",
        lambda v: [v[0], v[2], v[4]],
        "[[1, 2], [5, 6], [9, 0]]",
    ),
    "a byte order mark stays": ("\ufeff [1]\n", lambda v: [2], "\ufeff [2]\n"),
    "a value of another kind": ('{"a": [1, 2]}', lambda v: {"a": {"x": None}}, '{"a": {"x": null}}'),
}


@pytest.mark.parametrize("name", CASES)
def test_cases(name: str) -> None:
    text, change, after = CASES[name]
    old = parsed(text)
    assert rewritten(text, old, change(old)) == after


def test_items_are_found_again() -> None:
    rows = [[number] for number in range(6)]
    assert aligned(rows, [rows[1], rows[3], [9], rows[5]]) == [1, 3, 4, 5]
    assert aligned([1, 2, 3, 4], [1, 9, 4]) == [0, 2, 3]
    assert aligned([1, 2], [0, 1, 7, 2]) == [None, 0, None, 1]
    assert aligned([20, 20, 7], [7, 20, 7]) == [0, 1, 2]


@pytest.mark.parametrize("text", ["", "{", '{"a": 1', "[1 2", '{"a" 1}', "nope"])
def test_what_is_not_json_is_refused(text: str) -> None:
    for old, new in (({"a": 1}, {"a": 2}), ([1], [2])):
        if not text or text[0] == ("{" if isinstance(old, dict) else "[") or text == "nope":
            with pytest.raises(ComfycError):
                rewritten(text, old, new)
