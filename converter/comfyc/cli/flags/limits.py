"""``--limit NAME=VALUE``: the limits of a call (see ``comfyc.safety.limits``)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from comfyc.diagnostics import ComfycError
from comfyc.safety.limits import ABOUT, DEFAULTS, Limits
from comfyc.suggestions import closest, did_you_mean

_VALUE = re.compile(r"([0-9][0-9_,]{0,17})\s*(?:([KMG])(i?)B?|B)?\Z", re.IGNORECASE)
_POWERS = {"k": 1, "m": 2, "g": 3}


def parse_limits(given: Sequence[str]) -> Limits:
    """The limits with those that are given as ``NAME=VALUE``, the last of a name.

    A value is a number (``4000000``, ``4_000_000``) or has a unit (``256MiB``, ``256MB``, ``4M``).
    ``ComfycError`` for a name that is unknown and for a value that is no number above zero.
    """
    units = {name: about.unit for name, about in ABOUT.items()}
    numbers: dict[str, int] = {}
    for each in given:
        name, equals, value = each.partition("=")
        name = name.strip().lower()
        if name not in units:
            raise ComfycError(f"there is no limit '{name}'", _meant(name, tuple(units)))
        number = _number(value)
        if not equals or number is None:
            example = "256MiB" if units[name] == "bytes" else "4000000"
            raise ComfycError(f"expected NAME=VALUE, got '{each}'", f"write it as {name}={example}")
        numbers[name] = number
    return DEFAULTS._replace(**numbers)


def _number(value: str) -> int | None:
    found = _VALUE.match(value.strip())
    if found is None:
        return None
    digits, power, binary = found.groups()
    number = int(digits.replace("_", "").replace(",", ""))
    if power:
        number *= (1024 if binary else 1000) ** _POWERS[power.lower()]
    return number or None


def _meant(name: str, names: Sequence[str]) -> str:
    return f"{did_you_mean(closest(name, names))} there are {', '.join(names)}".strip()
