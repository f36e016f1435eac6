"""How far a run is: the sum of its events, in a form that can be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from comfyc.running.records.events import (
    Cached,
    Event,
    NodeFinished,
    NodeProgress,
    NodeStarted,
    NodeText,
    Queued,
    Started,
    Submitted,
)
from comfyc.safety.escaping import printable

LABEL = 60
"""Characters of a name that are shown."""


@dataclass(slots=True)
class Board:
    """``total`` nodes may run, ``done`` of them have. Times are in seconds, on the clock of :meth:`update`:
    ``since`` is when the prompt was submitted, or began to run; ``node_since`` when the node at work did."""

    label: str
    titles: Mapping[str, str]
    server: str = ""
    done: set[str] = field(default_factory=set)
    cached: int = 0
    ahead: int | None = None
    since: float | None = None
    node: str | None = None
    node_since: float = 0.0
    value: float = 0.0
    maximum: float = 0.0
    text: str = ""
    rate: float | None = None
    _first: tuple[float, float] | None = None

    @property
    def shown_label(self) -> str:
        """The label, for people."""
        return printable(self.label, LABEL)

    @property
    def total(self) -> int:
        return max(len(self.titles), len(self.done), 1)

    @property
    def title(self) -> str:
        """The node at work, for people."""
        return self.name(self.node) if self.node is not None else ""

    def name(self, node: str) -> str:
        title = printable(self.titles.get(node, ""), LABEL)
        shown = printable(node, LABEL)
        return f"{title} [{shown}]" if title else f"node {shown}"

    def update(self, event: Event, now: float) -> None:
        """Take an event in. ``now`` is in seconds, on any clock."""
        if isinstance(event, Submitted):
            self.server, self.since = printable(event.server, LABEL), now
        elif isinstance(event, Queued):
            self.ahead = event.ahead
        elif isinstance(event, Started):
            self.ahead, self.since = None, now
        elif isinstance(event, Cached):
            self.cached = len(event.nodes)
            self._tick(event.nodes)
        elif isinstance(event, NodeStarted):
            self._turn_to(event.display_node, now)
        elif isinstance(event, NodeProgress):
            self._step(event, now)
        elif isinstance(event, NodeText):
            self.text = printable(event.text, LABEL)
        elif isinstance(event, NodeFinished):
            self._tick((event.node,))
            if event.display_node == self.node and event.node == event.display_node:
                self.node = None

    def _tick(self, nodes: tuple[str, ...]) -> None:
        self.done.update(node for node in nodes if not self.titles or node in self.titles)

    def _turn_to(self, node: str, now: float) -> None:
        """Another node is at work; a part of a node that expands is still this node."""
        if node != self.node:
            self.node_since = now
        self.node, self.text, self.rate, self._first = node, "", None, None
        self.value = self.maximum = 0.0

    def _step(self, event: NodeProgress, now: float) -> None:
        if event.display_node != self.node:
            self._turn_to(event.display_node, now)
        if self._first is None or event.value < self._first[1]:
            self._first, self.rate = (now, event.value), None
        elif now > self._first[0] and event.value > self._first[1]:
            self.rate = (event.value - self._first[1]) / (now - self._first[0])
        self.value, self.maximum = event.value, event.maximum

    def count(self) -> str:
        """ "12/20", or nothing for a node without steps."""
        return f"{self.value:g}/{self.maximum:g}" if self.maximum > 1 else ""

    def pace(self) -> str:
        """ "3.1 it/s", or nothing."""
        if not self.rate or self.maximum <= 1:
            return ""
        return f"{self.rate:.1f} it/s" if self.rate >= 1 else f"{1 / self.rate:.1f} s/it"

    def left(self) -> float | None:
        """The seconds that the node still needs at its pace."""
        return (self.maximum - self.value) / self.rate if self.rate and self.maximum > 1 else None

    def steps(self) -> str:
        """ "12/20 3.1 it/s", or nothing for a node without steps."""
        return f"{self.count()} {self.pace()}".strip()
