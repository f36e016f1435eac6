"""Seeds over several runs, by policy and by control."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.diagnostics import ConverterError
from converter.server.seeds import Policy, SeedWidget, parse_policy, seeded_prompts

PROMPT: dict[str, Any] = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 5, "steps": 20}},
    "9": {"class_type": "RandomNoise", "inputs": {"noise_seed": 100}},
    "4": {"class_type": "KSampler", "inputs": {"seed": ["9", 0]}},
}


def seeds_of(
    policy: Policy, controls: tuple[str | None, str | None], count: int = 4
) -> list[tuple[int, int]]:
    widgets = [("3", "seed", controls[0]), ("9", "noise_seed", controls[1]), ("4", "seed", "randomize")]
    runs = list(seeded_prompts(PROMPT, widgets, policy, count=count, rng=random.Random(1)))
    for prompt, seeds in runs:
        assert (prompt["3"]["inputs"]["seed"], prompt["9"]["inputs"]["noise_seed"]) == tuple(seeds.values())
        assert prompt["4"] == PROMPT["4"]
        assert seeds.keys() == {"3.seed", "9.noise_seed"}
    return [tuple(seeds.values()) for _, seeds in runs]  # type: ignore[misc]


def test_without_a_policy_each_control_is_honoured() -> None:
    assert seeds_of(None, ("increment", "fixed")) == [(5, 100), (6, 100), (7, 100), (8, 100)]
    assert seeds_of(None, ("decrement", None)) == [(5, 100), (4, 100), (3, 100), (2, 100)]
    first, *rest = seeds_of(None, ("randomize", "fixed"), 20)
    assert first == (5, 100)
    assert len({seed for seed, _ in rest}) == 19


def test_a_number_is_where_all_begin() -> None:
    assert seeds_of(42, ("fixed", "increment")) == [(42, 42), (42, 43), (42, 44), (42, 45)]


def test_keep_keeps_and_increment_increments_whatever_the_controls_say() -> None:
    assert seeds_of("keep", ("randomize", "increment")) == [(5, 100)] * 4
    assert seeds_of("increment", ("fixed", "randomize"), 3) == [(5, 100), (6, 101), (7, 102)]


def test_random_gives_all_widgets_one_number_that_can_be_given_again() -> None:
    runs = seeds_of("random", ("fixed", None))
    assert all(one == other for one, other in runs)
    assert len(set(runs)) == 4
    assert all(0 <= one < 1 << 50 for one, _ in runs)
    assert seeds_of(runs[0][0], ("fixed", None), 1) == runs[:1]


@given(st.integers(), st.integers(0, 100), st.integers(100, 200), st.sampled_from(["increment", "decrement"]))
def test_a_seed_never_leaves_its_bounds(policy: int, minimum: int, maximum: int, control: str) -> None:
    widget = SeedWidget("3", "seed", control, minimum, maximum)
    for _, seeds in seeded_prompts(PROMPT, [widget], policy, count=5):
        assert minimum <= seeds["3.seed"] <= maximum


def test_what_is_no_seed_is_left_alone_and_the_prompt_is_not_changed() -> None:
    before = repr(PROMPT)
    widgets: list[Any] = [("nope", "seed", None), ("3", "cfg", None), ("4", "seed", None)]
    ((prompt, seeds),) = seeded_prompts(PROMPT, widgets, 7)
    assert prompt == PROMPT
    assert seeds == {}
    list(seeded_prompts(PROMPT, [("3", "seed", None)], 7))
    assert repr(PROMPT) == before


@pytest.mark.parametrize(
    ("text", "policy"),
    [(None, None), ("", None), ("7", 7), ("-1", -1), ("0x10", 16), ("Random", "random"), (" keep ", "keep")],
)
def test_the_option_is_read(text: str | None, policy: Policy) -> None:
    assert parse_policy(text) == policy


@pytest.mark.parametrize("text", ["seven", "1.5", "1e9", "random5"])
def test_what_is_no_seed_is_an_error(text: str) -> None:
    with pytest.raises(ConverterError, match="no seed"):
        parse_policy(text)


def test_widgets_that_one_primitive_feeds_stay_equal() -> None:
    widgets = [
        SeedWidget("3", "seed", "randomize", source="a"),
        SeedWidget("9", "noise_seed", "randomize", source="a"),
    ]
    prompt = {**PROMPT, "9": {"class_type": "RandomNoise", "inputs": {"noise_seed": 5}}}
    runs = [seeds for _, seeds in seeded_prompts(prompt, widgets, count=5)]
    assert all(seeds["3.seed"] == seeds["9.noise_seed"] for seeds in runs)
    assert len({seeds["3.seed"] for seeds in runs}) == 5
