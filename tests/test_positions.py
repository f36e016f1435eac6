"""Lines and columns: every place that is given is where the parser finds the value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyc.diagnostics import Pointer
from comfyc.sources.positions import duplicate_keys, line_columns, locate, value_text
from tests.growth import steps

TEXT = """{
  "nodes": [
    {"id": 1, "inputs": [null, {"link": 7}]},
    {"id": 2}
  ],
  "a/b": {"0": "x"}
}
"""

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


def pointers(value: Any, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Any]]:
    yield pointer, value
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in members:
        yield from pointers(member, (*pointer, key))


def offset(text: str, line: int, column: int) -> int:
    return sum(len(row) for row in text.splitlines(keepends=True)[: line - 1]) + column - 1


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ((), (1, 1)),
        (("nodes",), (2, 12)),
        (("nodes", 0), (3, 5)),
        (("nodes", 0, "inputs", 1, "link"), (3, 41)),
        (("nodes", 1, "id"), (4, 12)),
        (("a/b", "0"), (6, 16)),
    ],
)
def test_places(pointer: Pointer, place: tuple[int, int]) -> None:
    assert locate(TEXT, [pointer]) == {pointer: place}


@pytest.mark.parametrize(
    ("pointer", "ancestor"),
    [
        (("nodes", 2), ("nodes",)),
        (("nodes", -1, "id"), ("nodes",)),
        (("nodes", "0"), ("nodes",)),
        (("a/b", 0), ("a/b",)),
        (("nodes", 0, "inputs", 0, "link"), ("nodes", 0, "inputs", 0)),
        (("links", 3), ()),
    ],
)
def test_what_is_not_there_has_the_place_of_what_is(pointer: Pointer, ancestor: Pointer) -> None:
    assert locate(TEXT, [pointer])[pointer] == locate(TEXT, [ancestor])[ancestor]


def test_a_byte_order_mark_takes_no_column() -> None:
    assert locate('\ufeff{"a": 1}', [("a",)]) == {("a",): (1, 7)}


def test_the_last_of_a_repeated_key_counts() -> None:
    text = '{"a": {"b": 1, "c": 2},\n "a": {"b": 3}}'
    assert locate(text, [("a",), ("a", "b"), ("a", "c")]) == {
        ("a",): (2, 7),
        ("a", "b"): (2, 13),
        ("a", "c"): (2, 7),  # the c of the first a is gone
    }


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", (1, 1)),
        ("nonsense", (1, 1)),
        ("[" * 5000, (1, 1)),
        ("{[]: 1}", (1, 1)),
        ('{"a" 1}', (1, 1)),
        ('{"a":', (1, 1)),
        ('{"a": [1', (1, 7)),
        ('{"a": [1, {"b"', (1, 11)),
        ('{"a": [1, {"b": ]', (1, 17)),
    ],
)
def test_broken_text_is_located_as_far_as_it_goes(text: str, place: tuple[int, int]) -> None:
    assert locate(text, [("a", 1, "b")]) == {("a", 1, "b"): place}
    assert value_text(text, ("a", 1, "b")) is None


@pytest.mark.slow
@given(VALUES, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_the_parser_finds_each_value_at_its_place(
    value: Any, indent: int | str | None, ascii_only: bool
) -> None:
    text = "\n " + json.dumps(value, indent=indent, ensure_ascii=ascii_only).replace("\u2028", "\\u2028")
    members = dict(pointers(value))
    for pointer, place in locate(text, members).items():
        rows = text.split("\n")
        at = sum(len(row) + 1 for row in rows[: place[0] - 1]) + place[1] - 1
        found, end = json.JSONDecoder().raw_decode(text, at)
        assert found == members[pointer]
        assert value_text(text, pointer) == text[at:end]
    assert duplicate_keys(text) == []


@given(st.text(alphabet='{}[]",:01 \\a\n'), st.lists(st.integers(0, 2) | st.text(alphabet="01a"), max_size=4))
def test_any_text_and_pointer_will_do(text: str, pointer: list[int | str]) -> None:
    line, column = locate(text, [tuple(pointer)])[tuple(pointer)]
    assert 0 <= offset(text, line, column) <= len(text)
    value_text(text, tuple(pointer))
    duplicate_keys(text)


def test_values_are_cut_out_as_written() -> None:
    text = '{"seed": 18446744073709551615, "cfg": 7.50, "x": [1e400, {"y": "\\u00fc"} ] }'
    assert value_text(text, ("seed",)) == "18446744073709551615"
    assert value_text(text, ("cfg",)) == "7.50"
    assert value_text(text, ("x",)) == '[1e400, {"y": "\\u00fc"} ]'
    assert value_text(text, ("z",)) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1, "b": 2}', []),
        ('{"a": 1, "a": 1}', [("a",)]),
        ('{"a": 1, "a": 2, "a": 3, "b": [{"c": 1}, {"c": 1, "c": {}}]}', [("a",), ("b", 1, "c")]),
        ('{"a": {"b": 1, "b": 2}, "a": {}}', [("a",)]),  # nothing is left of the inner pair
        ('[{"\\u0061": 1, "a": 2}]', [(0, "a")]),
        ('{"a": 1, "a": ' + "9" * 5000 + "}", [("a",)]),
        ('{"a": 1, "a": 2', []),
        ("[" * 100_000, []),
    ],
)
def test_repeated_keys(text: str, found: list[Pointer]) -> None:
    assert duplicate_keys(text) == found


def test_lines_and_columns_of_offsets() -> None:
    text = "ab\n\nc\r\nd"
    assert line_columns(text, [8, 0, 2, 3, 4, 4, 7]) == {
        0: (1, 1),
        2: (1, 3),
        3: (2, 1),
        4: (3, 1),
        7: (4, 1),
        8: (4, 2),
    }


@pytest.mark.parametrize("indent", [None, 2])
def test_a_large_workflow_costs_little(indent: int | None) -> None:
    """What lies beside the wanted places is skipped in C: a few steps of Python for each node on the way."""
    node = {
        "id": 1,
        "type": "KSampler",
        "pos": [1.5, 2],
        "inputs": [{"name": "a", "link": 3}],
        "widgets_values": ["x" * 80],
    }
    text = json.dumps({"nodes": [node] * 2600, "links": [[1, 2, 0, 3, 0, "MODEL"]] * 2000}, indent=indent)
    assert len(text) > 450_000
    wanted: list[Pointer] = [("nodes", place, "inputs", 0, "link") for place in range(0, 2600, 26)]
    assert len(set(locate(text, wanted).values())) == 100
    assert steps(lambda: locate(text, wanted)) < 30 * 4600
