"""A difference between two documents, and all of them."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from comfyc.graph import ABSENT


class DifferenceKind(enum.Enum):
    """What has changed. The kinds from ``MOVED`` on concern looks and notes about the file, and mean nothing
    to what runs."""

    NODE_ADDED = "node_added"
    NODE_REMOVED = "node_removed"
    TYPE = "type"
    """The class of a node, or the definition of a subgraph node."""
    TITLE = "title"
    """The title of a node, or the name of a definition."""
    MODE = "mode"
    """Whether a node runs, is muted or is bypassed."""
    VALUE = "value"
    LINK = "link"
    INPUT = "input"
    """An input of a definition was added, removed, renamed or given another type."""
    OUTPUT = "output"
    """The same for an output of a definition."""
    APP = "app"
    """The inputs and outputs that the file declares for the editor's App mode."""
    MOVED = "moved"
    RESIZED = "resized"
    RECOLORED = "recolored"
    """The colors or the shape of a node."""
    COLLAPSED = "collapsed"
    GROUP = "group"
    PROPERTY = "property"
    DEFINITION = "definition"
    """A definition that no subgraph node uses was added or removed."""
    EXTRA = "extra"
    """A member of the file's ``extra``, or another member of it that means nothing to what runs."""

    @property
    def is_layout(self) -> bool:
        """Whether it means nothing to what runs."""
        return self in _LAYOUT


_LAYOUT = frozenset(list(DifferenceKind)[list(DifferenceKind).index(DifferenceKind.MOVED) :])


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """Where a link comes from: a node by its id, the title of that node, and the name of its output.

    ``node`` is "" for an input of a subgraph, whose name is ``output``.
    """

    node: str
    title: str
    output: str

    def __str__(self) -> str:
        if not self.node:
            return f"the input '{self.output}' of the subgraph"
        return f"{self.title} ({self.node})" + (f" {self.output}" if self.output else "")


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node that was added or removed: its values and links by the names of its inputs, the inputs that it
    fed or feeds, as (node, input), and the number of nodes inside, for a subgraph node."""

    values: dict[str, Any]
    links: dict[str, LinkEnd]
    feeds: tuple[tuple[str, str], ...] = ()
    nodes_inside: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """One change.

    ``graph`` is the id of the definition that it is in, "" for the main graph and for a prompt;
    ``graph_name`` its name. ``old_node`` and ``new_node`` are the ids of the node in the two files, None
    where it is not there, and both None for what concerns no node. ``title`` and ``type`` are those of the
    node (of the new one if it is there).

    ``name`` is that of the input, output, group, property or member. ``old`` and ``new`` are ABSENT where
    there is nothing: values, :class:`LinkEnd` for links, :class:`NodeState` for a node.
    """

    kind: DifferenceKind
    graph: str
    graph_name: str
    old_node: str | None = None
    new_node: str | None = None
    title: str = ""
    type: str = ""
    name: str = ""
    old: Any = ABSENT
    new: Any = ABSENT

    @property
    def is_layout(self) -> bool:
        """Whether it means nothing to what runs."""
        return self.kind.is_layout

    @property
    def node(self) -> str | None:
        """The id of the node: the new one if there is one."""
        return self.old_node if self.new_node is None else self.new_node


@dataclass(frozen=True, slots=True)
class Differences:
    """What changed from one document to another.

    ``changes`` are those of meaning, graph by graph and node by node; ``layout`` are the others.
    ``pairs`` has for each graph that both have, by the ids of the old and the new one, the nodes that are the
    same one, from old to new ids. ``of_prompts`` says that prompts were compared.
    """

    changes: Sequence[Difference]
    layout: Sequence[Difference]
    pairs: dict[tuple[str, str], dict[str, str]]
    of_prompts: bool = False

    @property
    def is_same(self) -> bool:
        """Whether there is no change of meaning."""
        return not self.changes
