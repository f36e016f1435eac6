"""A picture as SVG: one file that needs no other, with colors by the reader's preference.

All text of the file goes through :func:`escaped`, and colors through ``palette.safe_color``. Every part has a
class, and nothing has a style of its own, so that a page can forbid styles and scripts that are not ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from comfyc.diagnostics import Severity
from comfyc.drawing.arranging import HEADER
from comfyc.drawing.labels import GROUP_SIZE, fitted
from comfyc.drawing.model import TITLE_HEIGHT, GroupFrame, NodeBox, Panel, Point, Wire, WorkflowPicture
from comfyc.drawing.palette import MARKS, TYPES, Pair, Theme, group_colors, lighter, safe_color, style
from comfyc.drawing.svg_marks import badge, drawn_hits, drawn_mark, numbered
from comfyc.drawing.svg_rows import drawn_rows
from comfyc.drawing.svg_text import drawn_text, escaped
from comfyc.drawing.wires import number
from comfyc.gc_pause import paused_collector
from comfyc.graph import BYPASSED

_SHEET = (
    "text{font:12px Inter,system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'DejaVu Sans',"
    "sans-serif}text.t{font-size:14px}text.g{font-size:20px}text.h{font-size:20px;font-weight:600}"
    "text.m{font:10px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}"
    "text.n{font-size:10px}text.n1{font-size:20px}text.n2{font-size:15px}text.n3{font-size:11.7px}"
    ".nb{font-weight:700}.ni{font-style:italic}.ns{text-decoration:line-through}.link{text-decoration:underline}"
    ".cell{fill:none}text.e{text-anchor:end}text.c{text-anchor:middle}text.k{font-size:11px;font-weight:700;"
    "text-anchor:middle;fill:#fff}.l{fill:none;stroke-width:3}.lb{fill:none;stroke:#000;stroke-opacity:.5;"
    "stroke-width:7}.mk{stroke:none}.sep{fill:#000;fill-opacity:.2}.by{opacity:.2}.mu{opacity:.4}"
    ".dim{opacity:.25}.half{opacity:.5}.gf{fill-opacity:.25}.gs{fill-opacity:.25;stroke-width:1}.err{fill:none;"
    "stroke-width:3}.rim{stroke-width:1}.edge{stroke-width:1}.bound{fill:none;stroke-width:2}.byp{fill:#f0f}"
    ".kn{stroke:#000;stroke-opacity:.5}.ki{fill:#fff;fill-opacity:.33}.op{fill:none;stroke-width:1.5}"
    + "".join(f".f-{one.value}{{fill:{color}}}" for one, color in MARKS.items())
)
SYMBOLS = (
    '<defs><path id="ring" fill-rule="evenodd" d="M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0'
    'M-1.5 0a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0"/><path id="grid" d="'
    + "".join(f"M{x} {y}h2v2h-2z" for x in (-4, -1, 2) for y in (-4, -1, 2))
    + '"/></defs>'
)


def svg_of(picture: WorkflowPicture, title: str, theme: Theme = Theme.AUTO) -> str:
    """The picture as the text of an SVG file. ``title`` is its name for those who cannot see it."""
    with paused_collector():
        drawing = Drawing(picture)
        body = drawing.parts()
        return framed(picture.size, title, drawing.sheet(theme), body)


def framed(size: Point, title: str, sheet: str, body: Iterable[str]) -> str:
    """What was drawn, with a style sheet, as the text of an SVG file of this size."""
    width, height = map(number, size)
    name = escaped(title)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-label="{name}"><title>{name}</title><style>{sheet}</style>'
        f'{SYMBOLS}<rect class="bg" width="{width}" height="{height}"/>'
    )
    return "".join([head, *body, "</svg>\n"])


class Drawing:
    """Draws one picture: knows the types and the colors that occur in it, and gives numbers to its nodes.

    ``prefix`` begins the ids of what is drawn; two pictures in one file have different ones, and the second
    shares the classes of the first (``like``).
    """

    def __init__(self, picture: WorkflowPicture, prefix: str = "", like: Drawing | None = None) -> None:
        self.picture, self.prefix = picture, prefix
        self.types: dict[str, None] = {} if like is None else like.types
        self.custom: dict[Pair, str] = {} if like is None else like.custom
        self.panels = {panel.ident: f"{prefix}p{index}" for index, panel in enumerate(picture.panels)}
        self.rows: dict[int, str] = {}
        boxes = [box for panel in picture.panels for box in panel.boxes if not box.edge]
        self.idents = {box: f"{prefix}n{index}" for index, box in enumerate(boxes)}

    def parts(self) -> list[str]:
        """All that is drawn."""
        body = [part for panel in self.picture.panels for part in self.panel(panel)]
        found = self.picture.findings
        return [*body, badge(found, 24, 24)] if found else body

    def sheet(self, theme: Theme) -> str:
        """The style sheet for what has been drawn."""
        custom = ((name, pair) for pair, name in self.custom.items())
        return _SHEET + style(sorted(self.types), custom, theme)

    # --- panels -------------------------------------------------------------------------------------

    def panel(self, panel: Panel) -> Iterator[str]:
        left, top = panel.bounds[:2]
        ident = self.panels[panel.ident]
        x, y = number(panel.at[0]), number(panel.at[1])
        yield f'<g id="{ident}" class="panel-of" transform="translate({x} {y})">'
        if panel.ident:
            width, height = panel.extent
            corner = f'x="{number(left)}" y="{number(top - HEADER)}"'
            size = f'width="{number(width)}" height="{number(height)}"'
            yield f'<rect class="panel rim" {corner} {size} rx="10"/>'
            name = f"{panel.name} (subgraph node {panel.path})"
            label = fitted(name, width - 40, GROUP_SIZE - 2)
            yield drawn_text(label, left + 20, top - HEADER / 2 + 14, "h head")
        yield from map(self.frame, panel.frames)
        yield from map(self.wire, panel.wires)
        for knot in panel.knots:
            at = f'cx="{number(knot.x)}" cy="{number(knot.y)}"'
            yield f'<circle class="{self.fill(knot.kind)} kn" {at} r="10"/><circle class="ki" {at} r="8"/>'
        yield from (self.edge(box) if box.edge else self.box(box) for box in panel.boxes)
        yield "</g>"

    def frame(self, frame: GroupFrame) -> str:
        color, title = group_colors(frame.color)
        own, named = self.own((color, color)), self.own((title, title))
        at = f'x="{number(frame.x)}" y="{number(frame.y)}" width="{number(frame.width)}"'
        return (
            f'<g class="frame"><rect class="{own} gf" {at} height="{TITLE_HEIGHT}"/>'
            f'<rect class="{own} gs" {at} height="{number(frame.height)}" stroke="{escaped(color)}"/>'
            + drawn_text(frame.title, frame.x + GROUP_SIZE / 2, frame.y + TITLE_HEIGHT / 2 + 8, f"g {named}")
            + "</g>"
        )

    def wire(self, wire: Wire) -> str:
        color = self.stroke(wire.kind)
        dim = " dim" if wire.is_dimmed else ""
        marker = ""
        if wire.middle is not None:
            x, y = (number(one) for one in wire.middle)
            marker = f'<circle class="{self.fill(wire.kind, link=True)}" cx="{x}" cy="{y}" r="5"/>'
        halo = f'<path class="halo d-{wire.mark}" d="{wire.curve}"/>' if wire.mark else ""
        return (
            f'<g class="wire{dim}"><title>{escaped(wire.text)}\n{escaped(wire.kind)}</title>{halo}'
            f'<path class="lb" d="{wire.curve}"/><path class="l {color}" d="{wire.curve}"/>{marker}</g>'
        )

    # --- boxes --------------------------------------------------------------------------------------

    def box(self, box: NodeBox) -> str:
        dim = " dim" if box.is_dimmed else ""
        parts = [
            f'<g class="box{dim}" id="{self.idents[box]}" data-path="{escaped(box.path)}"'
            f' transform="translate({number(box.x)} {number(box.y)})">'
            f"<title>{escaped(box.title.whole)}\n{escaped(box.kind)} #{escaped(box.path)}</title>"
        ]
        if box.is_unknown or any(one.severity is Severity.ERROR for one in box.findings):
            at = f'x="-5" y="{number(box.top - box.y - 5)}" width="{number(box.width + 10)}"'
            parts.append(
                f'<rect class="err error" {at} height="{number(box.bottom - box.top + 10)}" rx="12"/>'
            )
        if box.mark:
            parts += drawn_mark(box)
        fade = {BYPASSED: ' class="by"', 0: ""}.get(box.mode, ' class="mu"')
        parts += [f"<g{fade}>", *self.body(box), *drawn_rows(box, self.rows)]
        if box.changed:
            parts += drawn_hits(box)
        parts += ["</g>", *self.dots(box)]
        if box.opens is not None and box.opens in self.panels:
            parts.append(self.opener(box))
        if box.number:
            parts.append(numbered(box))
        if box.findings:
            parts.append(badge(box.findings, box.width - 4, box.top - box.y - 1))
        parts.append("</g>")
        return "".join(parts)

    def body(self, box: NodeBox) -> Iterator[str]:
        width, height = number(box.width), number(box.bottom - box.top)
        top = number(box.top - box.y)
        background = "byp" if box.mode == BYPASSED else self.color(box.bgcolor, "body")
        bar = self.color(box.color, "bar")
        radius = "" if box.shape == 1 else ' rx="8"'
        if not box.has_title:
            yield f'<rect class="{background}" width="{width}" height="{height}"{radius}/>'
            return
        if not box.is_collapsed:
            yield f'<rect class="{background}" y="{top}" width="{width}" height="{height}"{radius}/>'
        if box.is_collapsed:
            yield f'<rect class="{bar}" y="{top}" width="{width}" height="{TITLE_HEIGHT}"{radius}/>'
        elif box.shape == 1:
            yield f'<path class="{bar}" d="M0 0V-30H{width}V0z"/><path class="sep" d="M0-1H{width}V1H0z"/>'
        else:
            inner = number(box.width - 8)
            yield f'<path class="{bar}" d="M0 0V-22a8 8 0 0 1 8-8H{inner}a8 8 0 0 1 8 8V0z"/>'
            yield f'<path class="sep" d="M0-1H{width}V1H0z"/>'
        yield '<circle class="led" cx="15" cy="-15" r="5"/>'
        yield drawn_text(box.title, TITLE_HEIGHT, -10, "t title")

    def dots(self, box: NodeBox) -> Iterator[str]:
        """The dots: of a collapsed node one on each side that has a link, else all but those of rows that
        have none."""
        if box.is_collapsed:
            for side in (box.inputs, box.outputs):
                if any(dot.is_linked for dot in side):
                    yield f'<circle class="s-other" cx="{number(side[0].x)}" cy="-15" r="4"/>'
            return
        rows = len(box.rows)
        for inputs, side in ((True, box.inputs), (False, box.outputs)):
            for dot in side:
                if dot.label is None and inputs and rows and not dot.is_linked:
                    continue
                color = self.fill(dot.kind) if dot.is_linked or dot.kind in TYPES else "free"
                x, y = number(dot.x), number(dot.y)
                if dot.shape:
                    symbol = "ring" if dot.shape == "optional" else "grid"
                    yield f'<use href="#{symbol}" class="{color}" x="{x}" y="{y}"/>'
                else:
                    yield f'<circle class="{color}" cx="{x}" cy="{y}" r="4"/>'
                if dot.label is not None and inputs:
                    yield drawn_text(dot.label, dot.x + 10, dot.y + 5, "text")
                elif dot.label is not None:
                    yield drawn_text(dot.label, dot.x - 10, dot.y + 5, "e text")

    def edge(self, box: NodeBox) -> str:
        """The border of a subgraph: a bracket with its slots."""
        width, height = box.width, number(box.height)
        side = width if box.edge == "input" else 0.0
        turn, sweep = (-14, 1) if box.edge == "input" else (14, 0)
        corner = number(side + turn)
        low = number(box.height - 14)
        curve = f"M{corner} 0A14 14 0 0 {sweep} {number(side)} 14V{low}A14 14 0 0 {sweep} {corner} {height}"
        parts = [
            f'<g class="edge-{box.edge}" transform="translate({number(box.x)} {number(box.y)})">'
            f'<path class="bound" d="{curve}"/>'
        ]
        for dot in (*box.outputs, *box.inputs):
            color = self.fill(dot.kind) if dot.is_linked or dot.kind in TYPES else "free"
            parts.append(f'<circle class="{color}" cx="{number(dot.x)}" cy="{number(dot.y)}" r="4"/>')
            if dot.label is not None and box.edge == "input":
                parts.append(drawn_text(dot.label, dot.x - 10, dot.y + 4, "e text"))
            elif dot.label is not None:
                parts.append(drawn_text(dot.label, dot.x + 10, dot.y + 4, "text"))
        return "".join([*parts, "</g>"])

    def opener(self, box: NodeBox) -> str:
        """A link to the panel of a subgraph node's definition."""
        x = number(box.width - 21)
        return (
            f'<a href="#{self.panels[box.opens or ""]}"><title>the subgraph of this node</title>'
            f'<path class="op edge" d="M{x}-20h10v10h-10zm-3 3v10h10" pointer-events="bounding-box"/></a>'
        )

    # --- colors -------------------------------------------------------------------------------------

    def fill(self, kind: str, *, link: bool = False) -> str:
        """The class of what has the color of a type."""
        first = kind.partition(",")[0]
        if first in TYPES:
            self.types[first] = None
            return f"s-{first}"
        return "m-other" if link else "s-other"

    def stroke(self, kind: str) -> str:
        first = kind.partition(",")[0]
        if first in TYPES:
            self.types[first] = None
            return f"l-{first}"
        return "l-other"

    def color(self, value: str | None, usual: str) -> str:
        """The class of what has a color of the file, or else the usual one."""
        own = safe_color(value)
        return usual if own is None else self.own((own, lighter(own)))

    def own(self, pair: Pair) -> str:
        return self.custom.setdefault(pair, f"c{len(self.custom)}")
