"""Seeds over several runs, by policy and by control."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyc.catalog import Catalog
from comfyc.diagnostics import ComfycError
from comfyc.interface import ValuesSet, interface_of, requests_of, set_values
from comfyc.prompt import Prompt, graph_of
from comfyc.running.seeding import seed_widgets
from comfyc.running.seeds import Policy, SeedWidget, parse_policy, seeded_prompts

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


@given(
    st.integers() | st.just("random"),
    st.integers(0, 100),
    st.integers(100, 200),
    st.sampled_from(["increment", "decrement"]),
)
def test_a_seed_never_leaves_its_bounds(policy: Policy, minimum: int, maximum: int, control: str) -> None:
    widget = SeedWidget("3", "seed", control, minimum, maximum)
    runs = seeded_prompts(PROMPT, [widget], policy, count=5)
    if isinstance(policy, int) and policy != -1 and not minimum <= policy <= maximum:
        with pytest.raises(ComfycError, match=f"takes {minimum} to {maximum}"):
            next(runs)
        return
    for _, seeds in runs:
        assert minimum <= seeds["3.seed"] <= maximum


def test_minus_one_is_random_but_for_a_seed_that_takes_it() -> None:
    widgets = [
        SeedWidget("3", "seed", "fixed", 0, 1000),
        SeedWidget("9", "noise_seed", "fixed", -1125899906842624, 1125899906842624),
    ]
    runs = [seeds for _, seeds in seeded_prompts(PROMPT, widgets, -1, count=5, rng=random.Random(1))]
    assert len({seeds["3.seed"] for seeds in runs}) == 5
    assert all(0 <= seeds["3.seed"] <= 1000 for seeds in runs)
    assert {seeds["9.noise_seed"] for seeds in runs} == {-1}
    # A plain number that a control changes takes any value, but -1 means nothing to it
    prompt = {"7": {"class_type": "PrimitiveInt", "inputs": {"value": 5}}}
    number = SeedWidget("7", "value", "fixed", -(2**63), 2**63 - 1)
    ((_, seeds),) = seeded_prompts(prompt, [number], -1)
    assert seeds["7.value"] >= 0


def test_a_random_seed_fits_the_narrowest_limits() -> None:
    widgets = [SeedWidget("3", "seed", None), SeedWidget("9", "noise_seed", None, 0, 65535)]
    runs = [seeds for _, seeds in seeded_prompts(PROMPT, widgets, "random", count=20, rng=random.Random(1))]
    assert all(seeds["3.seed"] == seeds["9.noise_seed"] <= 65535 for seeds in runs)
    assert len({seeds["3.seed"] for seeds in runs}) > 15


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
    [
        (None, None),
        ("7", 7),
        (" 42 ", 42),
        ("+5", 5),
        ("007", 7),
        ("-0", 0),
        ("-1", -1),
        ("0x10", 16),
        ("18446744073709551615", 2**64 - 1),
        ("Random", "random"),
        (" keep ", "keep"),
    ],
)
def test_the_option_is_read(text: str | None, policy: Policy) -> None:
    assert parse_policy(text) == policy


@pytest.mark.parametrize("text", ["", " ", "seven", "1.5", "1e9", "1_000", "0b1", "\u0661", "random5", "--1"])
def test_what_is_no_seed_is_an_error(text: str) -> None:
    with pytest.raises(ComfycError, match="not a seed"):
        parse_policy(text)


@pytest.mark.parametrize(
    "text", ["18446744073709551616", "-99999999999999999999", "9" * 5000, "0x1" + "0" * 16]
)
def test_a_number_beyond_64_bits_is_an_error_that_says_the_range(text: str) -> None:
    with pytest.raises(ComfycError, match="64 bits") as caught:
        parse_policy(text)
    assert "18446744073709551615" in str(caught.value.hint)


def test_widgets_that_one_primitive_feeds_stay_equal() -> None:
    widgets = [
        SeedWidget("3", "seed", "randomize", source="a"),
        SeedWidget("9", "noise_seed", "randomize", source="a"),
    ]
    prompt = {**PROMPT, "9": {"class_type": "RandomNoise", "inputs": {"noise_seed": 5}}}
    runs = [seeds for _, seeds in seeded_prompts(prompt, widgets, count=5)]
    assert all(seeds["3.seed"] == seeds["9.noise_seed"] for seeds in runs)
    assert len({seeds["3.seed"] for seeds in runs}) == 5


CATALOG = Catalog.from_object_info(
    {
        name: {"input": {"required": inputs}, "output": [], "output_node": True, "name": name}
        for name, inputs in {
            "Plain": {"seed": ["INT", {"min": 0, "max": 1000}], "steps": ["INT", {"min": 1, "max": 10}]},
            "Own": {"seed": ["INT", {"min": -1, "max": 1000}]},
            "Controlled": {"offset": ["INT", {"min": 0, "max": 9, "control_after_generate": True}]},
            "Nested": {
                "mode": [
                    "COMFY_DYNAMICCOMBO_V3",
                    {
                        "options": [
                            {"key": "off", "inputs": {"required": {}}},
                            {"key": "on", "inputs": {"required": {"seed": ["INT", {"min": 0, "max": 50}]}}},
                        ]
                    },
                ]
            },
        }.items()
    }
)


def outcome_of(text: str) -> ValuesSet:
    prompt = prompt_of_seeds()
    return set_values(interface_of(prompt, CATALOG), prompt, requests_of([text]), CATALOG)


def prompt_of_seeds() -> Prompt:
    return {
        "1": {"class_type": "Plain", "inputs": {"seed": 5, "steps": 3}},
        "2": {"class_type": "Own", "inputs": {"seed": 5}},
        "3": {"class_type": "Controlled", "inputs": {"offset": 5}},
        "4": {"class_type": "Nested", "inputs": {"mode": "on", "mode.seed": 5}},
    }


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("1.seed=-1", 0, 1000),
        ("1.seed= Random ", 0, 1000),
        ("3.offset=-1", 0, 9),
        ("4.mode.seed=-1", 0, 50),
        ("2.seed=-1", -1, -1),
        ("2.seed=random", 0, 1000),
        ("1.seed=+7", 7, 7),
        ("1.seed=0x10", 16, 16),
        ("1.seed=@seed.txt", 42, 42),
    ],
)
def test_an_assignment_reads_a_seed_as_the_option_does(
    text: str, low: int, high: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seed.txt").write_text("42\n")
    (done,) = outcome_of(text).assignments
    assert low <= done.value <= high


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1.seed=-2", "takes 0 to 1000"),
        ("1.seed=1001", "takes 0 to 1000"),
        ("2.seed=-2", "takes -1 to 1000"),
        ("3.offset=10", "takes 0 to 9"),
        ("4.mode.seed=51", "takes 0 to 50"),
        ("1.seed=18446744073709551616", "64 bits"),
        ("1.seed=1e3", "not a seed"),
        ("1.seed=", "not a seed"),
        ("1.seed=true", "not a seed"),
    ],
)
def test_an_assignment_refuses_what_a_seed_does_not_take(text: str, words: str) -> None:
    outcome = outcome_of(text)
    assert not outcome.assignments
    assert words in str(outcome.conversion.diagnostics.errors)


def test_a_number_that_is_no_seed_is_set_as_it_is() -> None:
    outcome = outcome_of("1.steps=-1")
    (done,) = outcome.assignments
    assert done.value == -1
    assert [one.code for one in outcome.conversion.diagnostics] == ["P308"]


def test_seeds_of_dynamic_combos_are_seeds() -> None:
    prompt = prompt_of_seeds()
    found = seed_widgets(prompt, graph_of(prompt), CATALOG, prompt)
    assert [(one.key, one.minimum, one.maximum, one.is_seed) for one in found] == [
        ("1.seed", 0, 1000, True),
        ("2.seed", -1, 1000, True),
        ("3.offset", 0, 9, False),
        ("4.mode.seed", 0, 50, True),
    ]


def test_a_number_with_a_control_is_a_seed_where_it_is_linked_to_one() -> None:
    prompt = prompt_of_seeds()
    prompt["1"]["inputs"]["seed"] = ["3", 0]
    found = seed_widgets(prompt, graph_of(prompt), CATALOG, prompt)
    assert {one.key for one in found if one.is_seed} == {"2.seed", "3.offset", "4.mode.seed"}


@pytest.mark.parametrize("policy", [7, -1, "random", "increment", "keep"])
def test_a_number_that_is_no_seed_follows_its_control_alone(policy: Policy) -> None:
    widgets = [
        SeedWidget("3", "seed", "fixed"),
        SeedWidget("9", "noise_seed", "increment", 0, 1000, is_seed=False),
    ]
    runs = [seeds for _, seeds in seeded_prompts(PROMPT, widgets, policy, count=3, rng=random.Random(1))]
    assert [seeds["9.noise_seed"] for seeds in runs] == [100, 101, 102]
