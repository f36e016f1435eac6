"""Whether to write colours: what the variables of the environment say, in one order for all that is printed.

NO_COLOR (no-color.org) counts most, then FORCE_COLOR (force-color.org; "0" is as if it were not set) and
CLICOLOR_FORCE, then CLICOLOR=0 (bixense.com/clicolors); where none says anything, a terminal has colours.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_FORCING = ("FORCE_COLOR", "CLICOLOR_FORCE")
_FOR_RICH = ("NO_COLOR", "FORCE_COLOR")


def use_color(stream: object) -> bool:
    """Whether what is written to a stream has colours."""
    choice = _choice(os.environ)
    if choice is not None:
        return choice
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and os.environ.get("TERM") != "dumb"


def _choice(environment: Mapping[str, str]) -> bool | None:
    if environment.get("NO_COLOR"):
        return False
    if any(environment.get(name, "0") not in ("", "0") for name in _FORCING):
        return True
    return False if environment.get("CLICOLOR") == "0" else None


@contextmanager
def colors_for_rich() -> Iterator[None]:
    """While inside, the environment says the same in the words that rich (help pages, bars) understands."""
    before = {name: os.environ.get(name) for name in _FOR_RICH}
    choice = _choice(os.environ)
    _set({"NO_COLOR": "1" if choice is False else None, "FORCE_COLOR": "1" if choice else None})
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
