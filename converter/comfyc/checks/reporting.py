"""How a finding about a prompt becomes a diagnostic: at its place in the user's file, in few words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from comfyc.catalog import Catalog
from comfyc.diagnostics import Diagnostics, Pointer, Rule

Where = Callable[[str, str | None], tuple[Pointer, str | None]]
"""From a node's id and an input's name (``None``: the node itself) to the place in the user's file, and
the node's title there."""

_SHOWN = 80
_NAMES = 5
_GUESSES = 50
_CANDIDATES = 1000


class Guesses:
    """Finds what was probably meant. Comparing texts is slow, so there are so many guesses and no more."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _GUESSES

    def nearest(self, wanted: Any, names: Iterable[Any]) -> Any:
        """The name that was probably meant, or ``None``: one that differs in case or blanks, or is alike."""
        candidates = list(islice(names, _CANDIDATES))
        if self._left <= 0 or not candidates:
            return None
        self._left -= 1
        if isinstance(wanted, list | dict):
            return None
        if not isinstance(wanted, str):
            return next((name for name in candidates if str(name) == str(wanted)), None)
        texts = [name for name in candidates if isinstance(name, str)]
        plain = {name.strip().casefold(): name for name in reversed(texts)}
        found = plain.get(wanted.strip().casefold())
        if found is not None:
            return found
        from difflib import get_close_matches  # noqa: PLC0415

        close = get_close_matches(wanted[:200], texts, n=1, cutoff=0.75)
        return close[0] if close else None

    def type_like(self, class_type: Any, catalog: Catalog) -> str | None:
        """The type of node that was probably meant."""
        if self._left <= 0 or not isinstance(class_type, str):
            return None
        self._left -= 1
        close = catalog.close_matches(class_type)
        return close[0] if close else None


@dataclass(frozen=True, slots=True)
class Telling:
    """Where findings about one prompt go. ``assume_files``: say nothing of files on the server."""

    diagnostics: Diagnostics
    where: Where
    assume_files: bool = False
    guesses: Guesses = field(default_factory=Guesses)

    def tell(
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
    """Places in the prompt itself, for a file that is one."""

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


def shortened(text: str) -> str:
    """A text for a message, if it is not too long."""
    return text if len(text) <= 3 * _SHOWN else f"{text[: 3 * _SHOWN]}…"


def quoted(value: Any) -> str:
    """A value for a message: on one line, in quotes if it is a text, and not too long."""
    try:
        shown = repr(value)
    except RecursionError:
        return "a value nested too deeply to show"
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def listed(names: Sequence[Any]) -> str:
    """The first few of a list of names, and how many more there are."""
    shown = ", ".join(map(quoted, names[:_NAMES]))
    more = len(names) - _NAMES
    return f"{shown} and {more} more" if more > 0 else shown
