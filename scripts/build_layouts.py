"""Write what browsers show of packs into converter/comfyc/packs/layouts.json.

    python scripts/build_layouts.py RECORDING... [--none FOLDER...]

A recording is a file of scripts/record_layouts.py: the live widgets and inputs of a new node of every type of
a pack, with and without the pack's scripts (``serialize: false``: no index in widgets_values,
``oser: false``: not in the prompt, ``tried``: what the widget's own serializeValue makes of the text TRIED).
The table says where the first differs from what comfyc makes of object_info; its form is described in
converter/comfyc/packs/layouts.py. ``--none`` names packs that have no scripts. Packs that are not given
stay as they are. The output depends on the input alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from comfyc.catalog import Catalog
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.scripts import Scripts
from comfyc.editor.nodes.shapes import shape_of
from comfyc.editor.nodes.widgets import MAKERS
from comfyc.graph import Widget
from comfyc.packs import pack_folder
from comfyc.packs.layouts import TABLE
from scripts.browser_export import FRONTEND
from scripts.build_catalog import read_json
from scripts.record_layouts import TRIED

TEXT_AREAS = frozenset({"customtext"})
LONGEST_TEXT = 400
FILLED_IN = TRIED.replace("%date:yyyy%", "2026")


def live(probe: dict[str, Any]) -> list[tuple[str, bool, bool, str]]:
    """Name, takes an index, is sent, kind of each widget; the editor's own canvas preview left out.

    A widget that is added late, before others that a new node has at once, takes no index: the saved values
    are assigned before.
    """
    items = [item for item in probe["widgets"] if not item["name"].startswith("$$")]
    at_once = [number for number, item in enumerate(items) if not item.get("late")]
    last = at_once[-1] if at_once else -1
    return [
        (
            item["name"],
            item.get("serialize") is not False and not (item.get("late") and number < last),
            item.get("oser") is not False,
            item["type"],
        )
        for number, item in enumerate(items)
    ]


def hidden(probe: dict[str, Any]) -> list[str]:
    """The widgets whose own serializeValue gives no value: scripts hide widgets in this way."""
    sent = probe["sent"]
    return [
        item["name"]
        for item in probe["widgets"]
        if sent is not None
        and "tried" in item
        and item["value"] is not None
        and item["name"] not in sent
        and item.get("oser") is not False
    ]


def signature(probe: dict[str, Any]) -> tuple[Any, ...]:
    """What a script may have changed: the widgets, the texts that it sends, the inputs."""
    tried = [(item["name"], item["tried"]) for item in probe["widgets"] if item.get("tried") is not None]
    return live(probe), hidden(probe), tried, [slot[:1] for slot in probe["inputs"]]


def always(probe: dict[str, Any]) -> dict[str, str]:
    """The widgets that send the same text whatever they hold."""
    sent = probe["sent"] or {}
    return {
        item["name"]: item["tried"]
        for item in probe["widgets"]
        if isinstance(item.get("tried"), str)
        and item["tried"] == sent.get(item["name"])
        and item["tried"] != TRIED
    }


def tokens(probe: dict[str, Any]) -> list[str]:
    """The widgets in which the script fills in %tokens%."""
    return [item["name"] for item in probe["widgets"] if item.get("tried") == FILLED_IN]


def defaults(probe: dict[str, Any]) -> dict[str, Any]:
    """The first value of each widget; null for a long text, which is a pack's prose or code and no fact."""
    values: dict[str, Any] = {}
    for item in probe["widgets"]:
        value = item["value"]
        is_long = isinstance(value, str) and len(value) > LONGEST_TEXT
        values.setdefault(item["name"], None if is_long else value)
    return values


def widget_types(probes: dict[str, Any], catalog: Catalog) -> dict[str, list[Any]]:
    """The input types for which a script made a widget on every node type that has them: flags, default."""
    seen: dict[str, list[list[Any]]] = defaultdict(list)
    without: set[str] = set()
    for name, probe in probes.items():
        info = catalog.info(name)
        if info is None or "widgets" not in probe:
            continue
        made = {item[0]: item for item in live(probe)}
        for spec in shape_of(name, info, name).pattern.declared.values():
            kind = spec.widget_type
            if kind is None or kind in MAKERS or kind == "*" or kind.startswith("COMFY_"):
                continue
            if spec.name in made:
                seen[kind].append([flags(made[spec.name]), defaults(probe).get(spec.name)])
            else:
                without.add(kind)
    return {kind: seen[kind][0] for kind in sorted(seen) if kind not in without}


def flags(item: tuple[str, bool, bool, str]) -> str:
    """The flags of a widget as the table writes them."""
    return "s" * item[1] + "p" * item[2] + "t" * (item[3] in TEXT_AREAS)


def layout(name: str, info: dict[str, Any], probe: dict[str, Any], types: dict[str, Any]) -> dict[str, Any]:
    """The row of one node type; empty if its widgets are what object_info says."""
    pattern = shape_of(name, info, name, Scripts(types)).pattern
    row: dict[str, Any] = {}
    mine = [(item.name, item.stored, item.sent) for item in pattern.widgets]
    theirs = live(probe)
    if mine != [item[:3] for item in theirs]:
        row = _changes(pattern, theirs, defaults(probe))
    unsent = hidden(probe)
    if unsent:
        row["hidden"] = unsent
    fixed = always(probe)
    if fixed:
        row["always"] = fixed
    filled = tokens(probe)
    if filled:
        row["tokens"] = filled
    declared = {slot.name for slot in pattern.inputs} | {item.name for item in pattern.widgets}
    if any(slot[0] not in declared for slot in probe["inputs"] if not slot[2]):
        row["grows"] = True
    return row


def _changes(
    pattern: LiveNode, theirs: list[tuple[str, bool, bool, str]], values: dict[str, Any]
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    names = {item[0] for item in theirs}
    same = {item.name: item for item in pattern.widgets}

    def is_known(item: tuple[str, bool, bool, str]) -> bool:
        own = same.get(item[0])
        return own is not None and (own.stored, own.sent) == item[1:3]

    drop = [w.name for w in pattern.widgets if w.name not in names or not _kept(w, theirs)]
    if drop:
        row["drop"] = drop
    add = []
    after: str | None = None
    for item in theirs:
        if not is_known(item):
            add.append([after, item[0], flags(item), values.get(item[0])])
        after = item[0]
    if add:
        row["add"] = add
    kept = [item.name for item in pattern.widgets if item.name not in drop]
    if kept != [item[0] for item in theirs if is_known(item)]:
        row["order"] = [item[0] for item in theirs]
    return row


def _kept(widget: Widget, theirs: list[tuple[str, bool, bool, str]]) -> bool:
    return any((widget.name, widget.stored, widget.sent) == item[:3] for item in theirs)


def pack_row(recording: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """What the table says of a pack; ``shared`` are the input types that the whole table has."""
    probes, plain = recording["scripts"], recording["plain"]
    catalog = Catalog.from_object_info(recording["entries"])
    types = {
        kind: row
        for kind, row in widget_types(probes, catalog).items()
        if shared.get(kind, [""])[0] != row[0]
    }
    rows: dict[str, Any] = {}
    for name in sorted(probes):
        info, probe, before = catalog.info(name), probes[name], plain[name]
        if info is None or "widgets" not in probe or "widgets" not in before:
            continue
        untouched = signature(before) == signature(probe)
        if untouched and not any(kind in shared for kind in input_types(name, info)):
            continue  # what the editor makes of it is not this table's matter
        row = layout(name, info, probe, {**shared, **types})
        if row:
            rows[name] = row
    own = {
        name: [[slot[:2] for slot in probe["inputs"]], [slot[1] for slot in probe["outputs"]]]
        for name, probe in recording["editor"].items()
        if probe.get("virtual")
    }
    found = {"frontend": recording["frontend"], "types": types, "editor": own, "nodes": rows}
    return {key: value for key, value in found.items() if value}


def input_types(name: str, info: dict[str, Any]) -> set[str | None]:
    return {spec.widget_type for spec in shape_of(name, info, name).pattern.declared.values()}


def table_text(table: dict[str, Any]) -> str:
    """The table as JSON, a line for each node type."""

    def rows(of: dict[str, Any], indent: str) -> str:
        lines = (
            f"{indent}{json.dumps(key)}: {json.dumps(of[key], ensure_ascii=False)}" for key in sorted(of)
        )
        return ",\n".join(lines)

    packs = []
    for folder, pack in sorted(table["packs"].items()):
        parts = [f'"frontend": {json.dumps(pack["frontend"])}']
        parts += [
            f'"{part}": {{\n{rows(pack[part], "      ")}\n    }}'
            for part in ("types", "editor", "nodes")
            if pack.get(part)
        ]
        packs.append(f"    {json.dumps(folder)}: {{{', '.join(parts)}}}")
    types = rows(table["types"], "    ")
    return f'{{\n  "types": {{\n{types}\n  }},\n  "packs": {{\n' + ",\n".join(packs) + "\n  }\n}\n"


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recordings", nargs="*", type=Path)
    parser.add_argument("--none", nargs="*", default=[], metavar="FOLDER", help="packs without scripts")
    parser.add_argument("-o", "--output", type=Path, default=TABLE)
    options = parser.parse_args()
    table = read_json(options.output)
    for folder in options.none:
        table["packs"][pack_folder(folder)] = {"frontend": FRONTEND}
    for file in options.recordings:
        folder = pack_folder(file.name.removesuffix(".json.gz"))
        table["packs"][folder] = pack_row(read_json(file), table["types"])
    options.output.write_text(table_text(table), encoding="utf-8")
    count = sum(len(pack.get("nodes", ())) for pack in table["packs"].values())
    print(f"{options.output}: {len(table['packs'])} packs, {count} node types", file=sys.stderr)


if __name__ == "__main__":
    main()
