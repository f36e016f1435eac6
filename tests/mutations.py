"""Changes to documents, as drawn by hypothesis: members replaced, taken away, doubled, put elsewhere."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

MEMBERS = st.sampled_from(
    [
        *("id", "type", "title", "mode", "nodes", "links", "link", "inputs", "outputs", "name", "widget"),
        *("properties", "widgets_values", "definitions", "subgraphs", "linkIds", "origin_id", "target_slot"),
        *(
            "proxyWidgets",
            "extra",
            "groupNodes",
            "state",
            "version",
            "last_node_id",
            "length",
            "0",
            "10",
            "-1",
        ),
        *("__proto__", "constructor", "", "Node name for S&R", "widgets_values_named", "config", "external"),
    ]
)
"""Keys that mean something somewhere."""

NUMBERS = st.sampled_from(
    [
        *(0, 1, 2, 3, 4, 5, -1, -10, -20, 2**31, 2**53, 2**53 + 1, 2**63, -(2**63), 10**25, 10**400),
        *(0.0, -0.0, 0.5, 1.0, 2.5, 1e21, 1e-7, 1e308, 5e-324, float("nan"), float("inf"), float("-inf")),
    ]
)

TEXTS = st.sampled_from(
    [
        *(
            "",
            "a",
            "0",
            "1",
            "2",
            "-1",
            "-10",
            "-20",
            "01",
            "1e3",
            " 1",
            "٣",
            "²",
            "\ud800",
            "a\udfffb",
            "😀",
            "\0",
        ),
        *(
            "KSampler",
            "Reroute",
            "PrimitiveNode",
            "Note",
            "MarkdownNote",
            "SaveImage",
            "LoadImage",
            "CustomCombo",
        ),
        *(
            "CLIPTextEncode",
            "ComfySwitchNode",
            "BatchImagesNode",
            "SaveImageAdvanced",
            "NoSuchType",
            "workflow>a",
        ),
        *(
            "workflow/a",
            "*",
            "IMAGE",
            "IMAGE,MASK",
            ",",
            "INT",
            "FLOAT",
            "COMBO",
            "STRING",
            "{a|b",
            "{a|{b|c}}",
        ),
        *(
            "a//b",
            "/* a",
            "%date:yyyy-MM-dd%",
            "%KSampler.seed%",
            "%a.b%",
            "\\",
            "fixed",
            "randomize",
            "13: seed",
        ),
        *('[["1","seed"]]', "[", "seed", "text", "value", "images", "image", "1:2", "a.b.c", "width"),
    ]
)

SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, st.integers(), st.floats(), st.text())

JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=6),
        st.dictionaries(st.one_of(MEMBERS, st.text(max_size=3)), inner, max_size=6),
    ),
    max_leaves=12,
)
"""Any JSON, with words that mean something."""


def nested(depth: int) -> Any:
    """Lists and objects inside each other."""
    value: Any = 0
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


REPLACEMENTS = st.one_of(JSON, st.sampled_from([40, 600, 3_000]).map(nested))


def places(document: Any) -> list[tuple[Any, Any]]:
    """Every member of every object and list: its container and its key."""
    found: list[tuple[Any, Any]] = []
    pending = [document]
    while pending:
        container = pending.pop()
        if isinstance(container, dict):
            members = list(container.items())
        elif isinstance(container, list):
            members = list(enumerate(container))
        else:
            continue
        found += [(container, key) for key, _ in members]
        pending += [value for _, value in members]
    return found


@st.composite
def changes(draw: st.DrawFn) -> list[tuple[str, int, Any]]:
    """A few changes: what is done, at which place (counted, and around again), with what."""
    kinds = st.sampled_from(
        ["replace", "replace", "remove", "double", "move", "text", "list", "dict", "rename"]
    )
    change = st.tuples(kinds, st.integers(0, 100_000), REPLACEMENTS | st.integers(0, 100_000))
    return draw(st.lists(change, min_size=1, max_size=5))


def copied(value: Any) -> Any:
    """A copy; null of what Python cannot copy for depth."""
    try:
        return copy.deepcopy(value)
    except RecursionError:
        return None


def changed(document: Any, changes: list[tuple[str, int, Any]]) -> Any:
    """A copy of the document with these changes."""
    whole = [copied(document)]
    for kind, position, argument in changes:
        spots = places(whole)
        container, key = spots[position % len(spots)]
        value = container[key]
        if kind == "replace":
            container[key] = argument
        elif kind == "move":
            other, name = spots[argument % len(spots)] if isinstance(argument, int) else (whole, 0)
            container[key] = copied(other[name])
        elif kind == "text":
            container[key] = str(value) if isinstance(value, (int, float)) else [value]
        elif kind == "list":
            container[key] = list(value.values()) if isinstance(value, dict) else [value]
        elif kind == "dict":
            rows = value if isinstance(value, list) else [value]
            container[key] = {**{str(index): row for index, row in enumerate(rows)}, "length": len(rows)}
        elif container is whole:
            continue
        elif kind == "remove":
            del container[key]
        elif isinstance(container, list):
            container.insert(key, copied(value))
        else:
            names = list(container)
            container[names[position % len(names)]] = container.pop(key) if kind == "rename" else value
    return whole[0]
