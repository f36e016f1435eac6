"""The matching rules of Anything Everywhere: settings of old and new files, priorities, patterns.

Source: ``js/ue_properties.js``, ``use_everywhere_classes.js``, ``use_everywhere_utilities.js`` and
``use_everywhere_settings.js`` (is_connectable) of cg-use-everywhere 7.8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.graph import Input, Node
from comfyc.javascript.pattern import Pattern, Work, compiled
from comfyc.javascript.pattern_syntax import MalformedError, UnsupportedError
from comfyc.javascript.values import shown, truthy

Members = frozenset[str]

KEEPS_VAE_FREE = frozenset(
    {
        "VHS_LoadVideo",
        "VHS_LoadVideoFFmpeg",
        "VHS_LoadVideoPath",
        "VHS_LoadVideoFFmpegPath",
        "VHS_LoadImagePath",
        "VHS_VideoCombine",
    }
)
"""Types whose own script excludes the input ``vae``."""

_PATTERNS = ("title", "input", "prompt", "negative", "group")
MAX_PATTERN_STEPS = 2_000_000
"""Steps of all pattern searches of a workflow together; after that nothing matches."""


@dataclass(slots=True)
class Filter:
    """A regular expression from the file, possibly inverted.

    A pattern that comfyc cannot search (``pattern`` is None) matches nothing.
    """

    pattern: Pattern | None
    inverted: bool
    work: Work
    known: dict[str, bool] = field(default_factory=dict)

    def fits(self, text: str) -> bool:
        """Whether the text matches; if inverted, whether it does not."""
        if self.pattern is None or self.work.left <= 0:
            return False
        if text not in self.known:
            found = self.pattern.search(text, self.work)
            if self.work.left <= 0:
                return False
            self.known[text] = found != self.inverted
        return self.known[text]


class Filters:
    """Makes the filters of a workflow's broadcasters, and reports patterns that cannot be searched."""

    def __init__(self, diagnostics: Collector) -> None:
        self._diagnostics = diagnostics
        self._work = Work(MAX_PATTERN_STEPS)
        self._made: dict[tuple[str, bool], Filter] = {}
        self._reported: set[tuple[str, str]] = set()

    def of(self, node: Node, settings: Mapping[str, Any], name: str) -> Filter | None:
        """The ``title``, ``input`` or ``group`` filter of a broadcaster; None matches everything."""
        inverted = truthy(settings.get(f"{name}_regex_invert"))
        return self.made(node, settings.get(f"{name}_regex"), f"{name}_regex", inverted=inverted)

    def made(self, node: Node, source: Any, name: str, *, inverted: bool = False) -> Filter | None:
        """The filter for a pattern; ``name`` is used in findings. None matches everything, also if JavaScript
        rejects the pattern, as in the pack."""
        if not isinstance(source, str) or not source or source == ".*":
            return None
        try:
            if (source, inverted) not in self._made:
                self._made[source, inverted] = Filter(compiled(source), inverted, self._work)
            return self._made[source, inverted]
        except MalformedError:
            return None
        except UnsupportedError as error:
            self._report(node, name, f"'{name}' is {shown(source)}, which {error}")
            return Filter(None, inverted, self._work)

    def report_exhausted(self, node: Node) -> None:
        """Report at ``node`` if the searches have exceeded their limit."""
        if self._work.left <= 0:
            self._report(node, "", f"the patterns of the workflow need more than {MAX_PATTERN_STEPS:,} steps")

    def _report(self, node: Node, name: str, message: str) -> None:
        if (node.id, name) in self._reported:
            return
        self._reported.add((node.id, name))
        self._diagnostics.report(
            codes.PATTERN_NOT_SEARCHED,
            f"{message}: the node sends nothing",
            pointer=node.pointer,
            node=node.id,
            title=node.label,
            hint="write the pattern without lookaround and back-references, or draw the links",
        )


def is_own(node: Node) -> bool:
    """Whether a node is one of the pack's own broadcasters."""
    kind = node.raw.get("type")
    return isinstance(kind, str) and (
        kind.startswith("Anything Everywhere") or kind in ("Seed Everywhere", "Prompts Everywhere")
    )


def is_broadcaster(node: Node) -> bool:
    """Whether a node broadcasts: one of the pack's own, or one converted by the user."""
    return truthy(node.properties.get("ue_convert")) or is_own(node)


def settings_of(node: Node) -> Mapping[str, Any]:
    """The settings of a broadcaster, also from files before version 7, which store them differently."""
    properties = node.properties
    found = properties.get("ue_properties")
    settings: dict[str, Any] = dict(found) if isinstance(found, dict) else {}
    if is_own(node) and not _is_current(settings.get("version")):
        values = node.raw.get("widgets_values")
        values = values if isinstance(values, list) else []
        settings = {key: properties.get(key) for key in ("group_restricted", "color_restricted")}
        settings |= zip(("title_regex", "input_regex", "group_regex"), values, strict=False)
    if node.raw.get("type") == "Seed Everywhere":
        settings["seed_inputs"] = True
        settings["input_regex"] = settings.get("input_regex") or "seed"
    return settings


def _is_current(version: Any) -> bool:
    """Whether the version is 7 or later. The pack checks only whether it has several parts."""
    return isinstance(version, str) and "." in version


def default_priority(node: Node, settings: Mapping[str, Any], *, repeated: bool) -> float:
    """The priority of a broadcaster without an explicit one."""
    priority = 10
    patterns = [settings.get(f"{name}_regex") for name in _PATTERNS]
    if node.raw.get("type") == "Prompts Everywhere":
        priority += 10
    if repeated or any(truthy(pattern) and pattern != ".*" for pattern in patterns):
        priority += 20
    if truthy(settings.get("group_restricted")):
        priority += 3
    if truthy(settings.get("color_restricted")):
        priority += 6
    return priority


class Labels:
    """The labels of a node's inputs in the file; for an output of a subgraph (None) only names are known."""

    __slots__ = ("saved",)

    def __init__(self, node: Node | None) -> None:
        inputs = node.raw.get("inputs") if node is not None else None
        self.saved: Mapping[str, Mapping[str, Any]] = {
            item["name"]: item
            for item in (inputs if isinstance(inputs, list) else ())
            if isinstance(item, dict) and isinstance(item.get("name"), str)
        }

    def label(self, name: str) -> str:
        """The user's label of the input, else its name."""
        label = self.saved[name].get("label") if name in self.saved else None
        return label if isinstance(label, str) and label else name

    def shown(self, name: str) -> str:
        """The label or localized name that the editor shows, else the name."""
        label = self.label(name)
        if label != name or name not in self.saved:
            return label
        localized = self.saved[name].get("localized_name")
        return localized if isinstance(localized, str) and localized else name


def is_connectable(node: Node, slot: Input, labels: Labels, *, main: bool) -> bool:
    """Whether an open input accepts broadcasts: sockets unless disabled, widgets if enabled.

    In the main graph of an old file, from before widgets had sockets, widgets saved as inputs are enabled.
    """
    if slot.name == "vae" and node.raw.get("type") in KEEPS_VAE_FREE:
        return False
    properties = node.properties.get("ue_properties")
    properties = properties if isinstance(properties, dict) else {}
    if slot.widget is None:
        refused = properties.get("input_ue_unconnectable")
        return not (isinstance(refused, dict) and truthy(refused.get(slot.name)))
    for agreed in (
        properties.get("widget_ue_connectable"),
        node.properties.get("widget_ue_connectable"),
    ):
        if isinstance(agreed, dict):
            return truthy(agreed.get(slot.name))
    return main and slot.name in labels.saved


def rule_for(rule: Any, own: str, controller: Node, filters: Filters) -> Callable[[str, Node | None], bool]:
    """Which inputs, by name and node, an output may reach if its broadcaster sends the type several times."""
    if rule == 1:
        return lambda name, node: _common(name, own, start=True)
    if rule == 2:
        return lambda name, node: _common(name, own, start=False)
    if rule == 3:
        return lambda name, node: node is not None and node.title == own
    if rule == 4:
        found = filters.made(controller, own, "name of the output")
        return lambda name, node: found is None or found.fits(name)
    return lambda name, node: name == own


def _common(name: str, own: str, *, start: bool) -> bool:
    length = min(len(own), len(name))
    if start:
        return name[:length] == own[:length]
    return name[len(name) - length :] == own[len(own) - length :]
