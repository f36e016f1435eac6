"""Reporting findings about a prompt: their pointers in the user's file, quoted values, and suggestions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from comfyc import suggestions
from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer, Rule

Where = Callable[[str, str | None], tuple[Pointer, str | None]]
"""Maps a node id and an input name (``None`` for the node itself) to the JSON pointer in the user's file and
the node's title."""

_MAX_VALUE = 80
"""Characters of a value that a message quotes; of a longer text three times as many."""
_MAX_LISTED = 5
"""Names that a message lists."""
_MAX_CANDIDATES = 1000


class PromptGuesses(suggestions.Guesses):
    """Suggests what a value of a prompt was probably meant to be."""

    __slots__ = ()

    def nearest(self, wanted: Any, names: Iterable[Any]) -> Any:
        """The candidate that was probably meant; ``None`` if none is similar. Names and the wanted one may be
        of any type: unless they are texts, only the one that is written alike is meant."""
        candidates = list(islice(names, _MAX_CANDIDATES))
        if not candidates or isinstance(wanted, list | dict):
            return None
        if not isinstance(wanted, str):
            return next((name for name in candidates if str(name) == str(wanted)), None)
        return self.closest(wanted, (name for name in candidates if isinstance(name, str)))

    def type_like(self, class_type: Any, catalog: Catalog) -> str | None:
        """The node type that was probably meant; ``None`` without a similar one."""
        if not isinstance(class_type, str) or not self.take():
            return None
        return next(iter(catalog.close_matches(class_type)), None)


@dataclass(frozen=True, slots=True)
class PromptReporter:
    """Reports findings about one prompt. With ``assume_files`` none is made about files on the server."""

    diagnostics: Collector
    where: Where
    assume_files: bool = False
    guesses: PromptGuesses = field(default_factory=PromptGuesses)

    def report(
        self,
        rule: Rule,
        node: str,
        name: str | None,
        message: str,
        hint: str | None = None,
        **data: Any,
    ) -> None:
        """Report a finding about a node, or about its input ``name``."""
        pointer, title = self.where(node, name)
        if name is not None:
            data = {"input": name, **data}
        self.diagnostics.report(rule, message, pointer=pointer, node=node, title=title, hint=hint, data=data)


def in_prompt(prompt: Any) -> Where:
    """Pointers into the prompt itself, for a file that holds a prompt."""

    def where(node_id: str, name: str | None) -> tuple[Pointer, str | None]:
        if not isinstance(prompt, dict) or node_id not in prompt:
            return (), None
        node = prompt[node_id]
        if not isinstance(node, dict):
            return (node_id,), None
        meta = node.get("_meta")
        title = meta.get("title") if isinstance(meta, dict) else None
        if not isinstance(title, str) or not title:
            title = node.get("class_type")
        inputs = node.get("inputs")
        pointer: Pointer = (node_id,)
        if name is not None and isinstance(inputs, dict):
            pointer = (node_id, "inputs", name) if name in inputs else (node_id, "inputs")
        return pointer, title if isinstance(title, str) else None

    return where


def cut(text: str) -> str:
    """A text for a message, cut if it is too long."""
    return text if len(text) <= 3 * _MAX_VALUE else f"{text[: 3 * _MAX_VALUE]}…"


def quoted(value: Any) -> str:
    """A value for a message: on one line, quoted if it is a string, cut if it is too long."""
    try:
        shown = repr(value)
    except RecursionError:
        return "a value nested too deeply to show"
    return shown if len(shown) <= _MAX_VALUE else f"{shown[:_MAX_VALUE]}…"


def listed(names: Sequence[Any]) -> str:
    """The first few names for a message, and how many more there are."""
    shown = ", ".join(map(quoted, names[:_MAX_LISTED]))
    more = len(names) - _MAX_LISTED
    return f"{shown} and {more} more" if more > 0 else shown
