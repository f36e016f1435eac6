"""Seeds: what every seed widget of a prompt is set to, run after run.

What the editor does after each run is written beside the widget (``control_after_generate``: fixed,
increment, decrement, randomize); ``--seed`` may say otherwise.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from comfyc.catalog.seeds import LARGEST_SEED, minus_one_is_random, out_of_range, random_seed, read_seed
from comfyc.diagnostics import ComfycError

Policy = int | Literal["keep", "random", "increment"] | None
"""What seeds do.

``None``: as in the editor, the value of the file first, then what each control says. A number: that for
all, then as each control says. ``"keep"``: the value of the file, always. ``"random"``: another number
for every run, the same for all widgets whose limits allow it, so that ``--seed NUMBER`` repeats it.
``"increment"``: the value of the file, one more for every run. ``-1`` is what many programs write for
"random", and means that, but for seeds to which -1 is a value of their own: these keep it.
"""


@dataclass(frozen=True, slots=True)
class SeedWidget:
    """A seed that is not linked: the input ``name`` of ``node`` and its ``control``, if it has one.

    Widgets with the same ``source`` (a PrimitiveNode feeds them) always have the same value.
    """

    node: str
    name: str
    control: str | None = None
    minimum: int = 0
    maximum: int = LARGEST_SEED
    source: str = ""
    is_seed: bool = True
    """Whether a policy is meant for it: a number that merely has a control changes as that says."""

    @property
    def key(self) -> str:
        return f"{self.node}.{self.name}"

    @property
    def takes_random(self) -> bool:
        """Whether -1 means a random number here."""
        return not self.is_seed or minus_one_is_random(self.name, self.minimum)


def parse_policy(text: str | None) -> Policy:
    """Read ``--seed``. ``ComfycError`` if it is neither a number nor one of the words."""
    if text is None:
        return None
    word = text.strip().lower()
    if word in ("keep", "random", "increment"):
        return word  # type: ignore[return-value]
    value = read_seed(word)
    if value is None:
        hint = "pass a whole number, keep, increment, or random (or -1)"
        raise ComfycError(f"'{text}' is not a seed", hint)
    return value


def seeded_prompts(
    prompt: Mapping[str, Any],
    widgets: Sequence[SeedWidget | tuple[str, str, str | None]],
    policy: Policy = None,
    *,
    count: int = 1,
    rng: random.Random | None = None,
) -> Iterator[tuple[dict[str, Any], dict[str, int]]]:
    """``count`` times a prompt with its seeds set, and the seeds by "node.input".

    Widgets whose input is missing, linked or no whole number are left alone. The given prompt is not
    changed. ``ComfycError`` if the policy is a number that one of the others does not take.
    """
    rng = rng or random.SystemRandom()
    known = [one if isinstance(one, SeedWidget) else SeedWidget(*one) for one in widgets]
    seeds = {one.key: _value(prompt, one) for one in known}
    usable = [one for one in known if seeds[one.key] is not None]
    values = {one.key: value for one in usable if (value := seeds[one.key]) is not None}
    if isinstance(policy, int) and policy != -1:
        for one in usable:
            if one.is_seed and not one.minimum <= policy <= one.maximum:
                raise out_of_range(policy, f"'{one.key}'", one.minimum, one.maximum)
        values.update((one.key, policy) for one in usable if one.is_seed)
    for turn in range(count):
        if turn > 0:
            values = _next_values(values, usable, policy, rng)
        if policy in ("random", -1):
            values.update(_random_values([one for one in usable if one.is_seed], rng))
            values.update((one.key, -1) for one in usable if policy == -1 and not one.takes_random)
        yield _with_seeds(prompt, usable, values), dict(values)


def _random_values(widgets: Sequence[SeedWidget], rng: random.Random) -> dict[str, int]:
    """One number for all widgets, within the narrowest limits; its own for one that it does not fit."""
    common = random_seed(0, min((one.maximum for one in widgets if one.maximum >= 0), default=0), rng)
    return {
        one.key: common
        if one.minimum <= common <= one.maximum
        else random_seed(one.minimum, one.maximum, rng)
        for one in widgets
    }


def _next_values(
    values: Mapping[str, int], widgets: Sequence[SeedWidget], policy: Policy, rng: random.Random
) -> dict[str, int]:
    by_source: dict[str, int] = {}
    following: dict[str, int] = {}
    for one in widgets:
        if one.source in by_source:
            following[one.key] = _clamp(by_source[one.source], one)
            continue
        following[one.key] = _next(values[one.key], one, policy, rng)
        if one.source:
            by_source[one.source] = following[one.key]
    return following


def _next(value: int, widget: SeedWidget, policy: Policy, rng: random.Random) -> int:
    ruled = {"keep": "fixed", "increment": "increment"}.get(str(policy)) if widget.is_seed else None
    control = ruled or widget.control
    if control == "randomize":
        return random_seed(widget.minimum, widget.maximum, rng)
    step = {"increment": 1, "decrement": -1}.get(control or "", 0)
    return _clamp(value + step, widget)


def _clamp(value: int, widget: SeedWidget) -> int:
    return max(widget.minimum, min(value, widget.maximum))


def _value(prompt: Mapping[str, Any], widget: SeedWidget) -> int | None:
    node = prompt.get(widget.node)
    inputs = node.get("inputs") if isinstance(node, Mapping) else None
    value = inputs.get(widget.name) if isinstance(inputs, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _with_seeds(
    prompt: Mapping[str, Any], widgets: Sequence[SeedWidget], values: Mapping[str, int]
) -> dict[str, Any]:
    changed = dict(prompt)
    for widget in widgets:
        node = dict(changed[widget.node])
        node["inputs"] = {**node["inputs"], widget.name: values[widget.key]}
        changed[widget.node] = node
    return changed
