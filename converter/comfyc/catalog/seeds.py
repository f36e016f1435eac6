"""Seeds: which inputs are seeds, which values they take, and what the value -1 means.

Sources: ``useIntWidget.ts`` and ``widgets.ts`` addValueControlWidgets of frontend 1.58.1: a seed is an
integer whose widget is followed by a "control after generate" widget.
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
"""Upper bound on the characters of a number; no 64-bit number has as many."""
_SPREAD = 1 << 50
"""The editor's own bound on random seeds: JavaScript, and thus the editor, rounds integers beyond 2**53."""


def seed_limits(name: str, options: Mapping[str, Any]) -> tuple[int, int] | None:
    """The smallest and the largest value of a seed, ``None`` for an input that is not a seed.

    ``options`` are those of the input in object_info, empty for an unknown input.
    """
    control = options.get("control_after_generate")
    if not (truthy(control) if control is not None else name.rpartition(".")[2] in _NAMES):
        return None
    return _limit(options.get("min"), 0), _limit(options.get("max"), LARGEST_SEED)


def _limit(value: Any, default: int) -> int:
    return int(value) if isinstance(value, int | float) and abs(value) <= LARGEST_SEED else default


def read_seed(text: str) -> int | None:
    """Parse an integer in decimal or hexadecimal notation ("0x10"); ``None`` for any other text.

    Raises ``ComfycError`` for an integer of more than 64 bits, which no seed takes.
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
    """Draw a seed between the limits as the editor's "randomize" does; negative only if ``maximum`` is."""
    low = max(minimum, 0) if maximum >= 0 else minimum
    return (rng or random.SystemRandom()).randrange(low, max(low, min(maximum, low + _SPREAD - 1)) + 1)


def minus_one_is_random(name: str, minimum: int) -> bool:
    """Whether the value -1 for a seed asks for a random one, as in many programs.

    It does not if the node itself accepts -1 for an input that is called a seed, because the node then gives
    it a meaning. An integer that merely has a control (PrimitiveInt) accepts -1 too, but without a meaning.
    """
    return minimum > -1 or "seed" not in name


def out_of_range(value: int, what: str, minimum: int, maximum: int) -> ComfycError:
    """The error for a value outside the range of a seed; ``what`` names the input."""
    return ComfycError(
        f"{value} is not a seed for {what}, which takes {minimum} to {maximum}",
        "pass a number in this range, or random",
    )
