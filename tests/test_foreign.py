"""JSON and numbers of others: what is too much is refused before it is parsed, what is odd is data."""

from __future__ import annotations

import gzip
import json
import math
import time
from pathlib import Path
from typing import Any

import pytest

from comfyc.catalog import cached as catalog_cache
from comfyc.catalog.bundle import pack_bundle
from comfyc.catalog.cached import read_cached
from comfyc.safety.foreign import MAX_VALUES, TooMuchError, count_values, number_or_none, parse, shallow
from comfyc.safety.inflating import Inflater, inflate


@pytest.mark.parametrize("value", [[], {}, [1, [2, {"a": []}]], {"a": {"b": 1}, "c": "x"}, "a,b[c{", 7])
def test_no_text_holds_more_values_than_are_counted(value: Any) -> None:
    def count(one: Any) -> int:
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        return 1 + sum(map(count, inner))

    assert count_values(json.dumps(value).encode()) >= count(value)


def test_what_is_too_much_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "loads", lambda text: pytest.fail("parsed"))
    with pytest.raises(TooMuchError, match="2000000 values"):
        parse(b"[" + b"[]," * MAX_VALUES + b"[]]")
    with pytest.raises(TooMuchError, match="100 bytes"):
        parse(b"[" + b" " * 100 + b"]", 100)
    with pytest.raises(TooMuchError, match="25 bytes"):  # each may take four
        parse(("[" + " " * 30 + '"\u00e9"]').encode(), 100)


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"a":' * 100_000, b"[", b"", b"\xff", b"1" * 5000])
def test_what_is_no_json_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)


@pytest.mark.parametrize("depth", [1, 64, 65, 66, 900])
@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_nothing_is_deeper_than_can_be_walked(depth: int, opening: str) -> None:
    closing = "]" if opening == "[" else "}"
    value = json.loads(opening * depth + "7" + closing * depth)
    flat = shallow(value)
    levels = 0
    while isinstance(flat, dict | list):
        flat, levels = (flat["a"] if isinstance(flat, dict) else flat[0]), levels + 1
    assert levels == min(depth, 65)
    assert flat == (7 if depth <= 64 else None)


@pytest.mark.parametrize(
    "value", [10**400, -(10**400), 1.7e308, math.inf, -math.inf, math.nan, True, "1", None]
)
def test_what_cannot_be_counted_with_is_no_number(value: Any) -> None:
    assert number_or_none(value) is None


def test_numbers() -> None:
    assert [number_or_none(value) for value in (0, -1, 1.5, 2**53)] == [0.0, -1.0, 1.5, 2.0**53]


@pytest.mark.parametrize("fetched", [10**400, "1e999", math.nan, -math.inf, "x", None, True])
def test_a_cache_of_another_age_is_no_cache(
    fetched: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_cache, "cache_folder", lambda: tmp_path)
    path = catalog_cache._path("http://host")
    assert path is not None
    path.write_bytes(pack_bundle({"server": "http://host", "fetched": fetched}, {"A": {}}))
    assert read_cached("http://host") is None
    path.write_bytes(pack_bundle({"server": "http://host", "fetched": time.time()}, {"A": {}}))
    assert read_cached("http://host") is not None


def test_a_cache_of_empty_lines_is_not_taken_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog_cache, "cache_folder", lambda: tmp_path)
    path = catalog_cache._path("http://host")
    assert path is not None
    path.write_bytes(gzip.compress(b'{"format":"comfyc-catalogue"}' + b"\n" * (MAX_VALUES + 1)))
    assert read_cached("http://host") is None


def test_unpacking_gives_pieces_and_takes_members() -> None:
    packed = gzip.compress(b"a" * 1_000_000) + b"\0\0" + gzip.compress(b"b")
    pieces = list(Inflater().feed(packed))
    assert max(map(len, pieces)) <= 65536
    assert inflate(packed, 2_000_000) == b"a" * 1_000_000 + b"b"
    for damaged in (packed[:-1], packed + b"x", b"", b"x"):
        with pytest.raises(ValueError, match="gzip"):
            inflate(damaged, 2_000_000)
    with pytest.raises(ValueError, match="more than 999999 bytes"):
        inflate(packed, 999_999)
