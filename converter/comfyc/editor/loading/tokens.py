"""Replace ``%date:...%`` and ``%Node.widget%`` in text (``utils/searchAndReplace.ts``, frontend 1.58.1)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from comfyc import codes
from comfyc.catalog.core_types import Trait, types_with
from comfyc.diagnostics import Pointer
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.state import Editor, Scope
from comfyc.given import promoted_pointer, widget_pointer
from comfyc.graph import ABSENT, Const
from comfyc.javascript.values import text

_WITH_FILE_NAME = types_with(Trait.FILE_NAME)

ALIAS = "Node name for S&R"
"""The property in which the editor saves a node's class for text replacement."""

_TOKEN = re.compile(r"%([^%]+)%")
_DATE = re.compile(r"dd?|MM?|hh?|mm?|ss?|yyy?y?")
MAX_REPLACED = 1 << 24
"""Upper bound on the characters that replace tokens in all texts of a file together: 16 MiB."""

_UNSAFE = re.compile(r'[/?<>\\:*|"\x00-\x1f\x7f]')


def _alias(node: LiveNode) -> Any:
    """The name that the editor saves in :data:`ALIAS`: the node's class, unless the file has another name."""
    if ALIAS in node.properties or node.type is None or node.type in _WITH_FILE_NAME:
        return node.properties.get(ALIAS)
    return None if node.stands_for is not None else node.type


def _title(node: LiveNode) -> Any:
    return node.title


def _pointer(node: LiveNode, name: str) -> Pointer:
    """The JSON pointer of the value that ``%Node.name%`` stands for, as in ``Given.by_pointer``."""
    for slot in node.inputs if node.definition is not None else ():
        if slot.name == name and slot.promoted is not None:
            return promoted_pointer(Const(slot.promoted.value, slot.promoted.pointer), name)
    return widget_pointer(node.file.pointer, node.widgets.get(name), name)


class Replacements:
    """Replaces the tokens of a text, looking nodes up in the loaded workflow.

    ``now`` is the time that date tokens show, by default the current local time. ``typed`` are values that
    the caller has set, by the pointers of their widgets; they take precedence over those of the file.
    """

    __slots__ = ("_editor", "_named", "_now", "_room", "_typed")

    def __init__(
        self, editor: Editor, now: datetime.datetime | None = None, typed: Mapping[Pointer, Any] | None = None
    ) -> None:
        self._editor = editor
        self._typed = typed or {}
        self._now = now
        self._named: dict[int, dict[str, LiveNode]] = {}
        self._room = MAX_REPLACED

    def apply(self, value: str, scope: Scope) -> str:
        """Replace the tokens in ``value``. Tokens that cannot be resolved stay, for the server or as text."""
        if "%" not in value:
            return value
        known: dict[str, str] = {}

        def replacement(match: re.Match[str]) -> str:
            token = match.group()
            if token not in known:
                known[token] = self._replace(match, scope) if self._room > 0 else token
            self._take(len(known[token]))
            return known[token] if self._room > 0 else token

        return _TOKEN.sub(replacement, value)

    def _take(self, count: int) -> None:
        """Count inserted characters. Once there are too many, report it; further tokens stay as they are."""
        before = self._room
        self._room -= count
        if self._room <= 0 < before:
            self._editor.diagnostics.report(
                codes.EXPANSION_TOO_LARGE,
                f"more than {MAX_REPLACED >> 20} MiB of text would replace tokens such as %Node.widget%",
            )

    def _replace(self, match: re.Match[str], scope: Scope) -> str:
        parts = match.group(1).split(".")
        if len(parts) != 2:
            return self._date(parts[0][5:]) if parts[0].startswith("date:") else match.group()
        name, widget_name = parts
        found = self._nodes_by_name(scope).get(name)
        if found is None:
            return match.group()
        value = found.input_value(widget_name)
        if self._typed:
            value = self._typed.get(_pointer(found, widget_name), value)
        has_widget = found.widgets.has(widget_name)
        if has_widget or (found.definition is not None and value is not ABSENT):
            return _UNSAFE.sub("_", "" if value is None or value is ABSENT else text(value))
        return match.group()

    def _nodes_by_name(self, scope: Scope) -> dict[str, LiveNode]:
        """The nodes of a graph and its subgraphs by the names that a token may use: first by class, then by
        title. If nodes share a name, the first one counts."""
        named = self._named.get(id(scope))
        if named is None:
            named = self._named[id(scope)] = {}
            nodes = self._all_nodes(scope)
            for name_of in (_alias, _title):
                for node in nodes:
                    name = name_of(node)
                    if isinstance(name, str):
                        named.setdefault(name, node)
        return named

    def _all_nodes(self, scope: Scope) -> list[LiveNode]:
        """All nodes of a graph and its subgraphs; those of a subgraph before the subgraph node itself."""
        nodes: list[LiveNode] = []
        entered: set[str] = set()
        stack = [iter(list(scope.nodes.values()))]
        hosts: list[LiveNode] = []
        while stack:
            node = next(stack[-1], None)
            if node is None:
                stack.pop()
                if hosts:
                    nodes.append(hosts.pop())
            elif node.definition is not None and node.definition not in entered:
                entered.add(node.definition)
                hosts.append(node)
                stack.append(iter(list(self._editor.scopes[node.definition].nodes.values())))
            else:
                nodes.append(node)
        return nodes

    def _date(self, pattern: str) -> str:
        now = self._now or datetime.datetime.now()
        values = {"d": now.day, "M": now.month, "h": now.hour, "m": now.minute, "s": now.second}

        def token(match: re.Match[str]) -> str:
            letters = match.group()
            if letters[0] == "y":
                year = str(now.year)
                return {2: year[2:], 4: year}.get(len(letters), letters)
            return str(values[letters[0]]).zfill(len(letters))

        return _DATE.sub(token, pattern)
