"""What a setting takes, as facts for people and programs; and which settings come first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from comfyc.catalog.specs import DYNAMIC_COMBO, InputSpec
from comfyc.interface.settings import Setting
from comfyc.interface.values import takes_file

_SHOWN = 4
"""Choices that a text lists."""
_NUMBERS = ("INT", "FLOAT")
_BOUNDLESS = (1 << 63) - 1
"""A limit of this size is none for people: it is the largest number of its type."""


@dataclass(frozen=True, slots=True)
class InputFacts:
    """What an input takes, by its definition in object_info; None for what that does not say.

    ``type`` is the name of its type, ``choices`` are the values of a combo, and ``takes_file`` says whether
    its value is a file on the server that can be uploaded.
    """

    type: str = ""
    default: Any = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    step: int | float | None = None
    choices: tuple[Any, ...] | None = None
    multiline: bool = False
    takes_file: bool = False

    @property
    def limits(self) -> str:
        """The limits or choices in a few words, "" if there are none: "1 to 10000, step 8".
        Limits that are the largest or smallest number of their type are left out."""
        if self.choices is not None:
            more = len(self.choices) - _SHOWN
            listed = ", ".join(map(str, self.choices[:_SHOWN]))
            return f"{listed} and {more} more" if more > 0 else listed
        low, high = (
            None if one is None or abs(one) >= _BOUNDLESS else one for one in (self.minimum, self.maximum)
        )
        if low is None and high is None:
            return ""
        text = f"{low} to {high}"
        if low is None or high is None:
            text = f"{low} or more" if high is None else f"up to {high}"
        return text if self.step in (None, 1) or self.type != "INT" else f"{text}, step {self.step}"


def facts_of(spec: InputSpec | None) -> InputFacts:
    """What an input takes; nothing is known without a definition."""
    if spec is None:
        return InputFacts()
    options = spec.options
    kind = "COMBO" if spec.type == DYNAMIC_COMBO else str(spec.type)
    is_number = kind in _NUMBERS
    return InputFacts(
        kind,
        options.get("default"),
        _number(options, "min") if is_number else None,
        _number(options, "max") if is_number else None,
        _number(options, "step") if is_number else None,
        _choices(spec) if kind == "COMBO" else None,
        options.get("multiline") is True,
        takes_file(spec),
    )


def _number(options: Mapping[str, Any], name: str) -> int | float | None:
    value = options.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _choices(spec: InputSpec) -> tuple[Any, ...]:
    options = spec.options.get("options")
    listed = options if isinstance(options, list) else []
    if spec.type != DYNAMIC_COMBO:
        return tuple(listed)
    return tuple(option.get("key") for option in listed if isinstance(option, dict))


def by_importance(settings: Iterable[Setting]) -> list[Setting]:
    """Settings in the order in which people look for them, those of equal rank in the order given.

    What the author of a workflow has put on a subgraph node comes first, then texts and files of the main
    graph and its other values, then what is inside subgraphs. Values that others override or that nothing
    takes, and links, come last.
    """
    return sorted(settings, key=_rank)


def _rank(setting: Setting) -> int:
    if setting.link:
        return 6
    if setting.held_by is not None or not setting.targets:
        return 5
    if ":" in setting.node:
        return 4 if setting.kind == "node" else 3
    if setting.kind == "subgraph":
        return 0
    found = facts_of(setting.spec)
    return 1 if found.multiline or found.takes_file else 2
