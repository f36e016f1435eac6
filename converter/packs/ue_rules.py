"""The rules by which Anything Everywhere chooses: settings of old and new files, priorities, patterns.

Source: ``js/ue_properties.js``, ``use_everywhere_classes.js``, ``use_everywhere_utilities.js`` of
cg-use-everywhere 7.8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from converter.graph import Input, Node
from converter.jsvalues import truthy

Members = frozenset[str]

REJECTS = {
    name: "vae"
    for name in (
        "VHS_LoadVideo",
        "VHS_LoadVideoFFmpeg",
        "VHS_LoadVideoPath",
        "VHS_LoadVideoFFmpegPath",
        "VHS_LoadImagePath",
        "VHS_VideoCombine",
    )
}
"""Inputs that a pack's script keeps from being broadcast to, by type."""

_PATTERNS = ("title", "input", "prompt", "negative", "group")
_SUBJECT, _PATTERN, _REPEATS = 64, 200, 4
_NESTED = re.compile(r"\([^()]*[*+{|][^()]*\)\s*[*+{]")
"""A group that repeats something and is itself repeated can take for ever."""


@dataclass(slots=True)
class Pattern:
    """A regular expression of the file's author, perhaps turned round."""

    regex: re.Pattern[str]
    inverted: bool
    known: dict[str, bool] = field(default_factory=dict)

    def fits(self, text: str) -> bool:
        """Whether the text is found, or not found if turned round."""
        text = text[:_SUBJECT]
        if text not in self.known:
            self.known[text] = (self.regex.search(text) is not None) != self.inverted
        return self.known[text]


def compiled(source: Any) -> re.Pattern[str] | None:
    """A pattern of JavaScript as one of Python; None if there is none, or if it might never end."""
    if not isinstance(source, str) or not source or source == ".*" or len(source) > _PATTERN:
        return None
    if _NESTED.search(source) or len(re.findall(r"[*+]|\{\d*,\d*\}", source)) > _REPEATS:
        return None
    try:
        return re.compile(re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", source))
    except (re.error, OverflowError, RecursionError):
        return None


def pattern_of(settings: Mapping[str, Any], name: str) -> Pattern | None:
    """The ``title``, ``input`` or ``group`` pattern of a broadcaster."""
    regex = compiled(settings.get(f"{name}_regex"))
    return None if regex is None else Pattern(regex, truthy(settings.get(f"{name}_regex_invert")))


def is_broadcaster(node: Node) -> bool:
    """Whether a node sends: one of the pack's own, or one that was made to."""
    return truthy(node.properties.get("ue_convert")) or Inputs.of_broadcaster(node)


def settings_of(node: Node) -> Mapping[str, Any]:
    """The settings of a broadcaster; files from before version 7 keep them elsewhere."""
    properties = node.properties
    found = properties.get("ue_properties")
    settings: dict[str, Any] = dict(found) if isinstance(found, dict) else {}
    own = Inputs.of_broadcaster(node)
    if own and not _is_current(settings.get("version")):
        values = node.raw.get("widgets_values")
        values = values if isinstance(values, list) else []
        settings = {
            "group_restricted": properties.get("group_restricted"),
            "color_restricted": properties.get("color_restricted"),
            **{f"{name}_regex": values[i] for i, name in enumerate(("title", "input", "group")) if i < len(values)},
        }
    if own and node.raw.get("type") == "Seed Everywhere":
        settings["seed_inputs"] = True
        settings["input_regex"] = settings.get("input_regex") or "seed|seed"
    return settings


def _is_current(version: Any) -> bool:
    """As the pack compares versions: by the number of their parts."""
    return isinstance(version, str) and len(version.split(".")) >= 2


def default_priority(node: Node, settings: Mapping[str, Any], repeated: bool) -> float:
    """The priority of a broadcaster that has none of its own."""
    priority = 10
    if node.raw.get("type") == "Prompts Everywhere":
        priority += 10
    if repeated or any(truthy(settings.get(f"{name}_regex")) for name in _PATTERNS if _is_set(settings, name)):
        priority += 20
    if truthy(settings.get("group_restricted")):
        priority += 3
    if truthy(settings.get("color_restricted")):
        priority += 6
    return priority


def _is_set(settings: Mapping[str, Any], name: str) -> bool:
    return settings.get(f"{name}_regex") != ".*"


class Inputs:
    """The inputs of a node as the file shows them."""

    __slots__ = ("_saved",)

    def __init__(self, node: Node) -> None:
        inputs = node.raw.get("inputs")
        self._saved = {
            item["name"]: item
            for item in (inputs if isinstance(inputs, list) else ())
            if isinstance(item, dict) and isinstance(item.get("name"), str)
        }

    def shown(self, name: str) -> str:
        """What an input is called on the screen."""
        saved = self._saved.get(name, {})
        return next(
            (saved[key] for key in ("label", "localized_name") if isinstance(saved.get(key), str) and saved[key]),
            name,
        )

    @staticmethod
    def of_broadcaster(node: Node) -> bool:
        """Whether it is one of the pack's own nodes."""
        kind = node.raw.get("type")
        return isinstance(kind, str) and (
            kind.startswith("Anything Everywhere") or kind in ("Seed Everywhere", "Prompts Everywhere")
        )


def label_of(node: Node, index: int, slot: Input) -> str:
    """What an input of a broadcaster is called: by its label, else its name."""
    if node.raw.get("type") == "Prompts Everywhere" and index < 2:
        return ("positive", "negative")[index]
    inputs = node.raw.get("inputs")
    for item in inputs if isinstance(inputs, list) else ():
        if isinstance(item, dict) and item.get("name") == slot.name:
            label = item.get("label")
            return label if isinstance(label, str) and label else slot.name
    return slot.name


def is_connectable(node: Node, slot: Input, *, main: bool) -> bool:
    """Whether an open input may be broadcast to: sockets unless they refuse, widgets if they agree."""
    if REJECTS.get(str(node.raw.get("type"))) == slot.name:
        return False
    properties = node.properties.get("ue_properties")
    properties = properties if isinstance(properties, dict) else {}
    if slot.widget is None:
        refused = properties.get("input_ue_unconnectable")
        current = _is_current(properties.get("version")) or "input_ue_unconnectable" in properties
        return not (current and isinstance(refused, dict) and truthy(refused.get(slot.name)))
    agreed = properties.get("widget_ue_connectable")
    if not isinstance(agreed, dict):
        agreed = node.properties.get("widget_ue_connectable")
    if isinstance(agreed, dict):
        return truthy(agreed.get(slot.name))
    # a file from before widgets had sockets: those that were saved as inputs had been turned into some
    return main and slot.name in Inputs(node)._saved


def rule_for(rule: Any, own: str) -> Callable[[Input, Node | None], bool]:
    """Which inputs a broadcaster that sends a type twice may reach: those whose name fits its own."""

    def target(slot: Input, node: Node | None) -> str:
        return slot.name if node is None else _label(node, slot)

    if rule == 1:
        return lambda slot, node: _common(target(slot, node), own, start=True)
    if rule == 2:
        return lambda slot, node: _common(target(slot, node), own, start=False)
    if rule == 3:
        return lambda slot, node: node is not None and node.title == own
    if rule == 4:
        regex = compiled(own)
        return lambda slot, node: regex is None or regex.search(target(slot, node)[:_SUBJECT]) is not None
    return lambda slot, node: target(slot, node) == own


def _label(node: Node, slot: Input) -> str:
    inputs = node.raw.get("inputs")
    for item in inputs if isinstance(inputs, list) else ():
        if isinstance(item, dict) and item.get("name") == slot.name:
            label = item.get("label")
            return label if isinstance(label, str) and label else slot.name
    return slot.name


def _common(target: str, own: str, *, start: bool) -> bool:
    length = min(len(own), len(target))
    if start:
        return target[:length] == own[:length]
    return target[len(target) - length :] == own[len(own) - length :]


class Ranked(Protocol):
    """What has a priority."""

    priority: float


R = TypeVar("R", bound=Ranked)


def best_match(fitting: Sequence[R], tied: Callable[[list[R]], None]) -> R | None:
    """The one of highest priority; ``tied`` is told if there are several, and none is taken."""
    if not fitting:
        return None
    highest = max(item.priority for item in fitting)
    best = [item for item in fitting if item.priority == highest]
    if len(best) > 1:
        tied(best)
        return None
    return best[0]
