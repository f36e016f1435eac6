"""The pause of Python's cycle collector, and what becomes of many new objects after it."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from typing import Any

import pytest

from comfyc import convert
from comfyc import gc_pause as collector
from comfyc.gc_pause import paused_collector
from tests.discovery import FIXTURES

EXAMPLE = json.loads((FIXTURES / "text_to_image" / "workflow.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def nothing_young() -> Iterator[None]:
    """Begin and end without young objects, the collector on."""
    gc.collect()
    yield
    gc.enable()
    gc.unfreeze()
    gc.collect()


def make(count: int) -> list[Any]:
    with paused_collector():
        return [[] for _ in range(count)]


def is_among(objects: list[Any], generation: int) -> bool:
    return any(item is objects[0] for item in gc.get_objects(generation))


def test_few_objects_stay_young() -> None:
    few = make(1000)
    assert is_among(few, 0) or is_among(few, 1)


@pytest.mark.slow
def test_many_objects_are_old_at_once() -> None:
    many = make(collector.MANY + 1000)
    assert is_among(many, 2)


@pytest.mark.slow
def test_what_the_program_froze_stays_frozen() -> None:
    gc.freeze()
    frozen = gc.get_freeze_count()
    assert frozen > 0
    many = make(collector.MANY + 1000)
    assert gc.get_freeze_count() == frozen
    assert not is_among(many, 2)


class Circle:
    """Refers to itself, so that only the collector finds that nobody needs it."""

    def __init__(self) -> None:
        self.own = self


def circles() -> int:
    return sum(isinstance(item, Circle) for item in gc.get_objects())


@pytest.mark.slow
def test_garbage_that_grew_old_with_them_is_found_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "_pauses", 0)
    Circle()
    make(collector.MANY + 1000)
    assert circles() == 1
    for _ in range(49):
        make(collector.MANY + 1000)
    assert not circles()


@pytest.mark.slow
def test_a_collector_that_is_off_stays_off() -> None:
    gc.disable()
    make(collector.MANY + 1000)
    assert not gc.isenabled()


@pytest.mark.slow
def test_a_conversion_leaves_no_garbage_in_circles() -> None:
    convert(EXAMPLE)  # what is known of node types once and for all
    gc.collect()
    gc.disable()
    convert(EXAMPLE)
    assert gc.collect() == 0
