"""The editor's state while it opens a workflow. Data only; the other modules act on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from comfyc import codes
from comfyc.catalog import Catalog
from comfyc.catalog.core_types import EDITOR_ONLY
from comfyc.collector import Collector
from comfyc.editor.nodes.live import LiveInput, LiveNode
from comfyc.javascript.values import text
from comfyc.options import UnknownTypes
from comfyc.packs import Packs
from comfyc.packs.behaviour import Behaviour
from comfyc.workflow.model import FileGraph, FileLink, FileNode, FileSlot

if TYPE_CHECKING:
    from collections.abc import Callable

    from comfyc.editor.naming.witnesses import Witnesses
    from comfyc.editor.nodes.shapes import Shape


_VISITS = 16
"""Upper bound on the visits to a graph. Each visit removes every second input of a run of stray ones, so
that 16 visits remove all of 65,536."""

Target = tuple[str, str]
"""An inner node and its widget, or the input of a nested subgraph node."""

End = tuple[tuple[LiveNode, LiveInput] | None, Target | None]
"""The source and the target of an input of a definition (:func:`comfyc.editor.promoted.ends.end_of`)."""


@dataclass(slots=True)
class Scope:
    """One graph of the file, loaded: the root, or a subgraph definition (shared by its subgraph nodes)."""

    file: FileGraph
    nodes: dict[str, LiveNode] = field(default_factory=dict)
    links: dict[Any, FileLink] = field(default_factory=dict)
    inputs: list[FileSlot] = field(default_factory=list)
    outputs: list[FileSlot] = field(default_factory=list)
    special: list[LiveNode] = field(default_factory=list)
    """The nodes that later steps must visit: all that are not folded, and folded ones that may need a
    correction."""
    is_configured: bool = False
    """True once every node of this graph is configured. After that only ``promoted.proxies`` changes the
    graph, so results may be cached."""
    input_by_name: dict[str, FileSlot] | None = None
    """Kept by ``promoted.proxies``: the inputs of the definition by name."""
    suffixes: dict[str, int] = field(default_factory=dict)
    """Kept by ``promoted.proxies``: the last suffix that was given to a name."""
    ends: dict[int, End] = field(default_factory=dict)
    """Kept by ``promoted.ends``: the source and target of each input of the definition, by the ``id()`` of
    the slot (slots stay in ``inputs``)."""
    leaving: dict[str, list[FileLink]] | None = None
    """Kept by ``promoted.proxies``: the original links of the graph, by the node that they leave."""

    def target_of(self, link: FileLink) -> tuple[LiveNode, int] | None:
        """The node that a link leads to and the index of its input there; None if it leads to no input."""
        node = self.nodes.get(link.target)
        index = node.index_of(link) if node is not None else None
        return None if node is None or index is None else (node, index)


@dataclass(slots=True)
class Editor:
    """A loaded workflow: the root scope and the definitions' scopes by id."""

    catalog: Catalog
    packs: Packs
    diagnostics: Collector
    unknown: UnknownTypes = UnknownTypes.FROM_FILE
    browser_exact: bool = False
    """Whether to do even what the editor does against the author's evident intention (``Options``)."""
    beside: Callable[[], Any] | None = None
    """Gives the prompt that the file carries beside the workflow. None: there is none."""
    witnesses: Witnesses | None = None
    """Kept by ``loading.naming``: what names the values of nodes of unknown types."""
    scopes: dict[str, Scope] = field(default_factory=dict)
    hosts: dict[str, list[LiveNode]] = field(default_factory=dict)
    """The subgraph nodes made so far, by definition id."""
    broken_groups: dict[str, tuple[str, str]] = field(default_factory=dict)
    """For each group node type that cannot be unpacked: the reason, and the names of missing types."""
    root: Scope = field(init=False)
    custom: set[str] = field(default_factory=set)
    """The node types of packs that occur in the workflow."""
    scripted: dict[str, Behaviour] = field(default_factory=dict)
    """The pack behaviour of node types that occur in the workflow, by type."""
    shapes: dict[str, Shape | None] = field(default_factory=dict)
    """Kept by ``known.shape_in``: the shapes of node types, None for a type that the catalogue lacks. All
    files that are converted with the catalogue share them, unless a file has group nodes."""
    known_visits: dict[str, int] | None = None
    """Kept by :meth:`visits`: the number of visits to each definition."""
    slots_made: int = 0
    """The number of inputs, outputs and widgets of all nodes so far."""

    def scopes_in_order(self) -> list[Scope]:
        """All graphs, the main graph last."""
        return [*self.scopes.values(), self.root]

    def title_of(self, node: LiveNode) -> str:
        """What the editor shows above a node: its own title, else that of its definition or type."""
        if node.title is not None:
            return text(node.title)
        if node.definition is not None:
            return self.scopes[node.definition].file.name
        kind = node.file.type
        shape = self.shapes.get(kind)
        return (shape.title if shape is not None else "") or EDITOR_ONLY.get(kind) or kind

    def has_room(self, count: int, file: FileNode) -> bool:
        """Whether a node may get ``count`` more slots: those of its type, its definition or its group."""
        before = self.slots_made
        self.slots_made += count
        most = self.diagnostics.limits.slots
        if self.slots_made <= most:
            return True
        if before <= most:
            self.diagnostics.report(
                codes.EXPANSION_TOO_LARGE,
                f"the nodes have {self.diagnostics.limits.exceeded('slots', 'in all')}",
                pointer=file.pointer,
                node=file.id,
            )
        return False

    def visits(self, scope: Scope) -> int:
        """How often the editor visits a graph through all subgraph nodes (``forEachNode``), 16 at most."""
        if scope is self.root:
            return 1
        if self.known_visits is None:
            counts = self.known_visits = dict.fromkeys(self.scopes, 0)
            inside: dict[int, list[str]] = {}
            pending = [self.root]
            while pending:
                graph = pending.pop().file
                if id(graph) not in inside:
                    inside[id(graph)] = [node.type for node in graph.nodes if node.type in counts]
                for kind in inside[id(graph)]:
                    if counts[kind] < _VISITS:
                        counts[kind] += 1
                        pending.append(self.scopes[kind])
        # a graph that is not a definition, such as the inner nodes of a group node, is visited once
        return max(1, self.known_visits.get(scope.file.id, 1))
