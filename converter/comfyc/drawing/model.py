"""The picture of a workflow: boxes, wires, frames and knots, with their positions in pixels.

Positions of a box are as in the file: its upper left corner is that of its body, and the title stands above.
What is inside a box is measured from that corner. Texts are cut already, so that they fit; ``whole`` has the
full text of what was cut.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import NamedTuple

from comfyc.diagnostics import Diagnostic

Point = tuple[float, float]

TITLE_HEIGHT = 30
"""The height of a title, which stands above the position of its node."""
SLOT = 20
"""The height of a slot."""


class Subgraphs(enum.Enum):
    """Where the definitions of subgraphs are drawn: in a panel inside the panel of the graph that uses them
    first, in panels below the main graph, or not at all."""

    NESTED = "nested"
    SEPARATE = "separate"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Label:
    """A text that fits into ``room`` pixels: ``width`` are those that it takes, ``whole`` what it was."""

    text: str
    width: float
    room: float
    whole: str = ""

    @property
    def is_cut(self) -> bool:
        """Whether something of the text is missing."""
        return self.text != self.whole


@dataclass(slots=True, eq=False)
class Dot:
    """An input or output of a box. ``kind`` is its type, ``shape`` "" for a circle, else "optional" (a ring)
    or "list" (a grid). A dot without a label belongs to a row."""

    x: float
    y: float
    name: str
    kind: str
    label: Label | None = None
    shape: str = ""
    is_linked: bool = False


class NoteText(NamedTuple):
    """A part of a line of a note at its base line. ``look`` has a letter for each of its styles: "b" bold,
    "i" italic, "s" struck through, "m" of fixed width; ``href`` is where it leads."""

    text: str
    x: float
    y: float
    width: float
    size: float
    look: str
    href: str


class NoteShape(NamedTuple):
    """A shape in a note: a "rule" or "dot", which is filled, or a "frame"."""

    look: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class WidgetRow:
    """A widget of a box. ``look`` says how it is drawn: "stepped", "plain", "toggle", "button", "slider",
    "color", "area", "note" (in Markdown), or "linked", which has a name only because the value comes through
    a link.

    ``lines`` are those of an area, ``runs`` and ``shapes`` what a note is made of, measured from the corner
    of its area, ``filled`` the part of a slider, 0 to 1, or of a toggle.
    """

    look: str
    y: float
    height: float
    name: Label
    value: Label | None = None
    lines: tuple[Label, ...] = ()
    whole: str = ""
    filled: float = 0.0
    runs: tuple[NoteText, ...] = ()
    shapes: tuple[NoteShape, ...] = ()


@dataclass(slots=True, eq=False)
class NodeBox:
    """A node, or the border of a subgraph, whose ``edge`` is "input" or "output" then.

    ``path`` is the id of the node as findings have it ("12:3"), ``pointer`` where it stands in the workflow.
    ``kind`` is its class, and the name of the definition for a subgraph node, whose definition is ``opens``.
    """

    path: str
    kind: str
    x: float
    y: float
    width: float
    height: float
    title: Label
    color: str | None = None
    bgcolor: str | None = None
    shape: int = 2
    mode: int = 0
    edge: str = ""
    is_collapsed: bool = False
    has_title: bool = True
    is_unknown: bool = False
    is_virtual: bool = False
    opens: str | None = None
    inputs: list[Dot] = field(default_factory=list)
    outputs: list[Dot] = field(default_factory=list)
    rows: list[WidgetRow] = field(default_factory=list)
    values: list[tuple[str, str]] = field(default_factory=list)
    """The names and values of all widgets, whole."""
    findings: list[Diagnostic] = field(default_factory=list)
    is_dimmed: bool = False
    by_input: dict[str, WidgetRow] = field(default_factory=dict)
    """The rows by the names of their inputs."""
    mark: str = ""
    """What became of it between two documents: "added", "removed", "changed", or "" for nothing."""
    number: int = 0
    """Of the change in the list of changes."""
    changed: list[str] = field(default_factory=list)
    """The names of the inputs that changed."""

    @property
    def top(self) -> float:
        """The upper end of the box with its title."""
        return self.y - TITLE_HEIGHT if self.has_title else self.y

    @property
    def bottom(self) -> float:
        return self.y if self.is_collapsed else self.y + self.height


@dataclass(slots=True)
class Wire:
    """A link. ``ends`` are the paths and slots of the nodes that it connects, ``curve`` the data of its path,
    ``middle`` the point of its marker, None if it passes knots."""

    id: str
    kind: str
    origin: tuple[str, int]
    target: tuple[str, int]
    curve: str
    middle: Point | None
    text: str
    is_dimmed: bool = False
    mark: str = ""
    """As that of a box: "added" or "removed"."""


@dataclass(frozen=True, slots=True)
class Knot:
    """A reroute that is a point of a link, with the type of the link."""

    x: float
    y: float
    kind: str


@dataclass(frozen=True, slots=True)
class GroupFrame:
    """A group."""

    x: float
    y: float
    width: float
    height: float
    title: Label
    color: str | None


@dataclass(slots=True, eq=False)
class Panel:
    """The picture of one graph: the main graph (``ident`` "") or a definition, which is drawn once.

    ``path`` is that of the subgraph node that it was opened from, ``inner`` are the panels of definitions
    that stand in this one. ``at`` is where its own (0, 0) is in the picture, ``bounds`` what it covers there
    in its own pixels without inner panels: left, top, right and bottom.
    """

    ident: str
    name: str
    path: str
    boxes: list[NodeBox] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    knots: list[Knot] = field(default_factory=list)
    frames: list[GroupFrame] = field(default_factory=list)
    inner: list[Panel] = field(default_factory=list)
    at: Point = (0.0, 0.0)
    bounds: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    extent: Point = (0.0, 0.0)
    """Width and height with its header and all panels in it."""
    by_path: dict[str, NodeBox] = field(default_factory=dict)
    """The boxes by their paths."""


@dataclass(slots=True)
class WorkflowPicture:
    """The whole picture. ``panels`` has the panel of each graph that is drawn, the main graph first.

    ``findings`` are those that belong to no box. ``size`` is in pixels. ``is_in_views`` says that a page
    shows one graph at a time.
    """

    panels: list[Panel]
    findings: list[Diagnostic] = field(default_factory=list)
    size: Point = (0.0, 0.0)
    is_in_views: bool = False

    @property
    def main(self) -> Panel:
        """The panel of the main graph."""
        return self.panels[0]
