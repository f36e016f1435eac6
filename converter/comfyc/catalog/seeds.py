"""Which inputs are seeds, which values they take, and what -1 means to them.

Sources: ``useIntWidget.ts`` and ``widgets.ts`` addValueControlWidgets of frontend 1.58.1: a seed is a whole
number with "control after generate" behind it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any

from comfyc.diagnostics import ComfycError
from comfyc.javascript.values import truthy

LARGEST_SEED = (1 << 64) - 1
_NAMES = ("seed", "noise_seed")
_NUMBER = re.compile(r"[+-]?[0-9]+|0x[0-9a-f]+")
_DIGITS = 40
"""More than any 64-bit number has."""
_SPREAD = 1 << 50
"""The editor's own bound of random seeds: beyond 2**53 JavaScript, and so the editor, rounds."""


def seed_limits(name: str, options: Mapping[str, Any]) -> tuple[int, int] | None:
    """The smallest and the largest value of an input that is a seed, ``None`` for one that is none.

    ``options`` are those of the input in object_info, none for an input that nobody knows.
    """
    control = options.get("control_after_generate")
    if not (truthy(control) if control is not None else name.rpartition(".")[2] in _NAMES):
        return None
    return _limit(options.get("min"), 0), _limit(options.get("max"), LARGEST_SEED)


def _limit(value: Any, default: int) -> int:
    return int(value) if isinstance(value, int | float) and abs(value) <= LARGEST_SEED else default


def read_seed(text: str) -> int | None:
    """The whole number that a text is, in decimal or hexadecimal ("0x10"); ``None`` if it is none.

    ``ComfycError`` for one with more than 64 bits, which no seed takes.
    """
    word = text.strip().lower()
    if not _NUMBER.fullmatch(word):
        return None
    if len(word) <= _DIGITS:
        value = int(word, 16) if "x" in word else int(word)
        if -LARGEST_SEED <= value <= LARGEST_SEED:
            return value
    raise ComfycError(
        f"'{text}' is not a seed: it has more than 64 bits",
        f"pass a whole number from 0 to {LARGEST_SEED}, or random",
    )


def random_seed(minimum: int, maximum: int, rng: random.Random | None = None) -> int:
    """A seed between the limits as the editor's "randomize" draws one; not below 0 if that can be."""
    low = max(minimum, 0) if maximum >= 0 else minimum
    return (rng or random.SystemRandom()).randrange(low, max(low, min(maximum, low + _SPREAD - 1)) + 1)


def minus_one_is_random(name: str, minimum: int) -> bool:
    """Whether somebody who gives a seed the value -1 wants a random one, as in many programs.

    A seed that takes -1 itself knows what to do with it; a number that merely has a control behind it
    (PrimitiveInt) takes it as well, but gives it no meaning.
    """
    return minimum > -1 or "seed" not in name


def out_of_range(value: int, what: str, minimum: int, maximum: int) -> ComfycError:
    """The error for a value that a seed does not take."""
    return ComfycError(
        f"{value} is not a seed for {what}, which takes {minimum} to {maximum}",
        "pass a number in this range, or random",
    )
