"""What a misspelt name was probably meant to be: real typing errors, and names that are no such."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import pytest

from comfyc.catalog import Catalog
from comfyc.codes import RULES
from comfyc.safety.limits import Limits
from comfyc.suggestions import Guesses, closest, did_you_mean

SAMPLERS = ("euler", "euler_ancestral", "heun", "dpm_2", "dpmpp_2m", "dpmpp_sde", "lms", "ddim", "uni_pc")
INPUTS = ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise", "model", "positive", "negative")
FILES = ("sd_xl_base_1.0.safetensors", "v1-5-pruned-emaonly.ckpt", "ae.safetensors", "flux1-dev.safetensors")


@pytest.mark.parametrize(
    ("typed", "names", "meant"),
    [
        ("sede", INPUTS, "seed"),
        ("Steps ", INPUTS, "steps"),
        ("step", INPUTS, "steps"),
        ("sampler", INPUTS, "sampler_name"),
        ("postive", INPUTS, "positive"),
        ("denosie", INPUTS, "denoise"),
        ("Euler", SAMPLERS, "euler"),
        ("eular", SAMPLERS, "euler"),
        ("euler_a", SAMPLERS, "euler"),
        ("dpmpp_2M", SAMPLERS, "dpmpp_2m"),
        ("dpmpp2m", SAMPLERS, "dpmpp_2m"),
        ("sd_xl_base.safetensors", FILES, "sd_xl_base_1.0.safetensors"),
        ("v1-5-pruned.ckpt", FILES, "v1-5-pruned-emaonly.ckpt"),
        ("missing-fle", [rule.name for rule in RULES.values()], "missing-file"),
        ("valeus", Limits._fields, "values"),
        ("txet", Limits._fields, "text"),
    ],
)
def test_typing_errors_lead_to_what_was_meant(typed: str, names: tuple[str, ...], meant: str) -> None:
    assert closest(typed, names) == [meant]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("clip", INPUTS),
        ("cgf", INPUTS),
        ("width", INPUTS),
        ("karras", SAMPLERS),
        ("normal", SAMPLERS),
        ("my_photo.png", FILES),
        ("", INPUTS),
        ("x" * 101, ["x" * 100]),
        ("y", [""]),
    ],
)
def test_other_names_lead_nowhere(typed: str, names: tuple[str, ...]) -> None:
    assert closest(typed, names) == []


def test_a_name_that_differs_in_capitals_only_is_the_only_answer() -> None:
    assert closest("KSAMPLER", ["KSampler2", "ksampler", "KSampler"], 3) == ["ksampler"]
    assert closest("KSampelr", ["KSampler2", "KSampler"], 3) == ["KSampler", "KSampler2"]


def test_the_question() -> None:
    assert did_you_mean([]) == ""
    assert did_you_mean(["a"]) == "did you mean 'a'?"
    assert did_you_mean(["a", "b"]) == "did you mean 'a' or 'b'?"


def test_the_work_is_bounded_however_many_and_long_the_names_are(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []
    kept = difflib.get_close_matches

    def counting(word: str, names: dict[str, str], most: int, cutoff: float) -> list[str]:
        compared.append(len(word) + sum(map(len, names)))
        return kept(word, list(names)[:10], most, cutoff)

    monkeypatch.setattr(difflib, "get_close_matches", counting)
    taken = 0

    def flood() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield f"{taken:050}"

    guesses = Guesses()
    for number in range(200):
        guesses.closest(f"seed {number}", flood())
    closest("a" * 10_000_000, ["b" * 10_000_000])
    assert len(compared) == 50
    assert max(compared) <= 200_200
    assert taken < 50 * 4_002


def test_a_catalogue_makes_a_bounded_number_of_guesses() -> None:
    catalog = Catalog.load()
    found = [catalog.close_matches(f"KSampelr{number}") for number in range(60)]
    assert found[0][0] == "KSampler"
    assert found[49] != []
    assert found[50] == []
