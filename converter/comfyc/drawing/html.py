"""A picture as a page: the SVG with a script that pans, zooms, searches and shows the details of a node.

One file that opens anywhere and asks no network: its policy allows the script and the two style sheets by
their hashes, and nothing else, so that even text that got past the escaping could do nothing.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from comfyc.drawing.model import NodeBox, WorkflowPicture
from comfyc.drawing.naming import ends_of
from comfyc.drawing.palette import Theme
from comfyc.drawing.svg import svg_of
from comfyc.drawing.svg_text import escaped
from comfyc.graph import BYPASSED, MUTED
from comfyc.safety.escaping import json_escaped, visible
from comfyc.safety.markup import source_hash

_FOLDER = Path(__file__).parent
_STATES = {BYPASSED: "bypassed", MUTED: "muted"}
_STYLE = re.compile("<style>(.*?)</style>", re.DOTALL)


def html_of(picture: WorkflowPicture, title: str, theme: Theme = Theme.AUTO) -> str:
    """The picture as the text of an HTML file."""
    svg = svg_of(picture, title, theme).rstrip()
    script, sheet = ((_FOLDER / name).read_text("utf-8") for name in ("page.js", "page.css"))
    body = (
        f"{svg}\n<header><h1>{escaped(title)}</h1><nav></nav>"
        '<input type="search" placeholder="Search ( / )" aria-label="Search nodes"><output></output>'
        '<button id="closer" title="Zoom in (+)">+</button>'
        '<button id="farther" title="Zoom out (-)">−</button>'
        '<button id="all" title="Show all (0)">⤢</button></header><aside hidden></aside>\n'
        f'<script type="application/json" id="nodes">{_data(picture)}</script>'
    )
    return page_of(title, sheet, body, script, _STYLE.findall(svg)[:1])


def page_of(title: str, sheet: str, body: str, script: str, inner: Sequence[str] = ()) -> str:
    """A page of one file. Its policy allows this script, this style sheet, and the ``inner`` ones of pictures
    in the body."""
    styles = " ".join(map(source_hash, (sheet, *inner)))
    policy = (
        f"default-src 'none'; script-src {source_hash(script)}; style-src {styles}; base-uri 'none';"
        " form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{escaped(title)}</title><style>{sheet}</style></head>\n"
        f"<body>{body}\n<script>{script}</script></body></html>\n"
    )


def _data(picture: WorkflowPicture) -> str:
    """What the script shows of each node, in the order of the numbers that the SVG gives them."""
    boxes = [box for panel in picture.panels for box in panel.boxes if not box.edge]
    number = {box.path: index for index, box in enumerate(boxes)}
    arriving: dict[str, list[list[Any]]] = defaultdict(list)
    leaving: dict[str, list[list[Any]]] = defaultdict(list)
    for panel in picture.panels:
        for wire in panel.wires:
            origin, target = ends_of(panel, wire)
            output, entry = origin.outputs[wire.origin[1]].name, target.inputs[wire.target[1]].name
            arriving[target.path].append(
                [visible(f"{entry} ← {_title(origin)}.{output}"), number.get(origin.path)]
            )
            leaving[origin.path].append(
                [visible(f"{output} → {_title(target)}.{entry}"), number.get(target.path)]
            )
    rows = [_record(box, arriving[box.path], leaving[box.path]) for box in boxes]
    data = {"nodes": rows, "views": _views(picture)}
    text = json_escaped(json.dumps(data, ensure_ascii=True, separators=(",", ":")))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _views(picture: WorkflowPicture) -> list[dict[str, Any]]:
    """The graphs that are a view each: their names, and the number of the one around each. None of them if
    they are all in one view."""
    if not picture.is_in_views:
        return []
    number = {panel.path: index for index, panel in enumerate(picture.panels)}
    return [
        {
            "name": visible(panel.name) if panel.ident else "workflow",
            "parent": number.get(panel.path.rpartition(":")[0], 0) if panel.ident else None,
        }
        for panel in picture.panels
    ]


def _title(box: NodeBox) -> str:
    return box.title.whole or box.kind


def _record(box: NodeBox, arriving: list[list[Any]], leaving: list[list[Any]]) -> dict[str, Any]:
    values = [[visible(name), value] for name, value in box.values]
    return {
        "path": visible(box.path),
        "title": visible(_title(box)),
        "kind": visible(box.kind),
        "state": _STATES.get(box.mode, "makes no output" if box.is_dimmed else ""),
        "values": values,
        "findings": [[one.severity.value, f"{one.code}: {one.message}"] for one in box.findings],
        "inputs": arriving,
        "outputs": leaving,
    }
