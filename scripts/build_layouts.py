"""Make converter/comfyc/packs/layouts.json: how the packs' scripts change the widgets of new nodes.

    python scripts/build_layouts.py widgets_probe.json.gz widgets_probe_nojs.json.gz object_info.json.gz

A probe holds, for every node type of a server, the live widgets and inputs of a new node in a browser,
with and without the packs' scripts (``serialize: false``: no place in widgets_values, ``oser: false``: not
in the prompt, ``sv``: the beginning of the widget's own serializeValue, ``wv``: the widgets_values that
the node would save). The table says where the first differs from what comfyc makes of object_info; its
form is described in converter/comfyc/packs/layouts.py. The output depends on the input alone.
"""

from __future__ import annotations

import argparse
import json
import re
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
from scripts.build_catalog import read_json

ALWAYS = re.compile(r'^(?:\([^)]*\)|\w+)\s*=>\s*(?:\{\s*return\s*)?"([^"]*)"')
"""A serializeValue that gives the same text whatever the widget holds."""

TEXT_AREAS = frozenset({"customtext"})

TOKENS = {
    "VHS_VideoCombine": ["filename_prefix"],
    "SaveImageKJ": ["filename_prefix"],
    "SaveImageWithAlpha": ["filename_prefix"],
    "SaveStringKJ": ["filename_prefix"],
    "DecodeAndSaveVideo": ["filename_prefix"],
    "ModelSaveKJ": ["filename_prefix"],
    "LoraExtractKJ": ["filename_prefix"],
    "Save Image (LoraManager)": ["filename_prefix"],
}
"""Widgets whose %tokens% are filled in and whose serializeValue another pack's script hides in the probe;
read in the packs' scripts."""

EASY_USE_TOKENS = re.compile(r"^\(\)=>\w+\(\w+,\w+\.value\)")
"""How Easy-Use's widgets fill in %tokens%."""


def live(probe: dict[str, Any]) -> list[tuple[str, bool, bool, str]]:
    """Name, takes a place, is sent, kind of each widget; the editor's own canvas preview left out.

    Frontend 1.49.6 named the companion of a seed after its mode where object_info gives one.
    """
    return [
        (
            "control_after_generate" if item["name"] == "fixed" else item["name"],
            item.get("serialize") is not False,
            item.get("oser") is not False,
            item["type"],
        )
        for item in probe["widgets"]
        if not item["name"].startswith("$$")
    ]


def signature(probe: dict[str, Any]) -> tuple[Any, ...]:
    """What a script may have changed: the widgets, the texts that it always sends, the inputs."""
    return live(probe), always(probe), tokens(probe), [slot[:1] for slot in probe["inputs"]]


def always(probe: dict[str, Any]) -> dict[str, str]:
    """The widgets that send the same text whatever they hold."""
    return {
        item["name"]: match[1]
        for item in probe["widgets"]
        if (match := ALWAYS.match(" ".join((item.get("sv") or "").split())))
    }


def tokens(probe: dict[str, Any]) -> list[str]:
    """The widgets in which the script fills in %tokens%, as far as the probe shows it."""
    return [item["name"] for item in probe["widgets"] if EASY_USE_TOKENS.match(item.get("sv") or "")]


def defaults(probe: dict[str, Any]) -> dict[str, Any]:
    """What the node would save for each widget; widgets without a place are left out."""
    saved = probe.get("wv")
    if isinstance(saved, dict):
        return saved
    values: dict[str, Any] = {}
    for index, item in enumerate(probe["widgets"]):  # the place is the widget's index in the list
        if isinstance(saved, list) and index < len(saved):
            values.setdefault(item["name"], saved[index])
    return values


def widget_types(probes: dict[str, Any], catalog: Catalog) -> dict[str, list[Any]]:
    """The input types for which a script made a widget on every node type that has them: flags, default."""
    seen: dict[str, list[list[Any]]] = defaultdict(list)
    without: set[str] = set()
    for name, probe in probes.items():
        info = catalog.info(name)
        if info is None or "widgets" not in probe or not str(info.get("python_module")).startswith("custom"):
            continue
        made = {item[0]: item for item in live(probe)}
        for spec in shape_of(name, info, name).pattern.declared.values():
            kind = spec.widget_type
            if kind is None or kind in MAKERS or kind == "*" or kind.startswith("COMFY_"):
                continue
            if spec.name in made:
                default = spec.options.get("default", defaults(probe).get(spec.name))
                seen[kind].append([flags(made[spec.name]), default])
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
    fixed = always(probe)
    if fixed:
        row["always"] = fixed
    filled = [*TOKENS.get(name, ()), *tokens(probe)]
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


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("with_scripts", type=Path)
    parser.add_argument("without_scripts", type=Path)
    parser.add_argument("object_info", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=TABLE)
    options = parser.parse_args()
    probes, plain = read_json(options.with_scripts), read_json(options.without_scripts)
    catalog = Catalog.load(options.object_info)
    types = widget_types(probes, catalog)
    rows: dict[str, Any] = {}
    infos = {name: catalog.info(name) for name in sorted(probes) if "widgets" in probes[name]}
    measured = {
        name: info
        for name, info in infos.items()
        if info is not None and str(info.get("python_module")).startswith("custom_nodes")
    }
    for name, info in measured.items():
        before = plain.get(name, {})
        if name not in TOKENS and "widgets" in before and signature(before) == signature(probes[name]):
            continue  # no script touches it: what the editor makes of it is not this table's matter
        row = layout(name, info, probes[name], types)
        if row:
            rows[name] = row
    lines = [f"    {json.dumps(name)}: {json.dumps(row, ensure_ascii=False)}" for name, row in rows.items()]
    kinds = [f"    {json.dumps(kind)}: {json.dumps(row, ensure_ascii=False)}" for kind, row in types.items()]
    packs = sorted({pack_folder(info["python_module"]) for info in measured.values()})
    text = (
        '{\n  "packs": '
        + json.dumps(packs)
        + ',\n  "types": {\n'
        + ",\n".join(kinds)
        + '\n  },\n  "nodes": {\n'
        + ",\n".join(lines)
    )
    options.output.write_text(text + "\n  }\n}\n", encoding="utf-8")
    print(f"{options.output}: {len(types)} types, {len(rows)} node types", file=sys.stderr)


if __name__ == "__main__":
    main()
