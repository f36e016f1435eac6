"""What a run has put out, and what is judged of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from comfyc.diagnostics import Rule


@dataclass(frozen=True, slots=True)
class Produced:
    """An output of a run: a ``file`` that was saved at ``path``, or a ``text``. ``node`` is the id of the
    node that put it out and ``title`` its title, under ``key`` of its record ("images", "text", ...)."""

    kind: Literal["file", "text"]
    node: str
    title: str = ""
    key: str = ""
    path: Path | None = None
    text: str = ""

    @property
    def name(self) -> str:
        """What messages call it."""
        return str(self.path) if self.path is not None else f"a text of node {self.node}"

    def is_of(self, node: str) -> bool:
        """Whether it is of the node with this id or title; an id stands for what the node expanded into, too
        (``12.0.0.3`` is of node 12)."""
        return node in (self.title, self.node, self.node.partition(".")[0])


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be reported of the outputs of a run, under a rule: an expectation that does not hold, or a
    picture that was kept. ``node`` is the node that it is about, if it is about one."""

    rule: Rule
    message: str
    hint: str | None = None
    node: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


class UnjudgedError(Exception):
    """What is asked of an output cannot be found out; the text says why. Never leaves this package."""
