"""Bring the bundled catalogues of custom node packs up to date, and say what has changed.

    python -m scripts.update_packs MIRROR --node-map comfyui_manager     # from clones of their repositories
    python -m scripts.update_packs --object-info object_info.json.gz     # from what a server with packs says

MIRROR has a clone of each pack as ``OWNER+NAME`` (``git clone --filter=blob:none URL MIRROR/OWNER+NAME``).
Their source code is scanned, and nothing of it is run. Packs that are not bundled yet are added; ``--only``
names the repositories to look at. The node map (PyPI ``comfyui-manager``) says how well known each pack is.

A pack of which a server has given the entries keeps those as long as its source code is not newer; then the
types that have changed since come from the source code. The facts about each pack are in
``scripts/packs.tsv``. The output depends on these inputs alone.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from comfyc.catalog.bundle import Bundle, pack_bundle, parse_entry, read_bundle
from comfyc.catalog.bundled import PACKS, core_entries
from comfyc.catalog.shelf import INDEX
from comfyc.comparison.entries import is_alike
from comfyc.packs import pack_folder
from scripts.build_catalog import read_json, strip_entry
from scripts.build_class_map import stars_of
from scripts.pack_history import Older, find_older, is_other, scan_commit, timeline
from scripts.pack_index import TABLE, build_index, read_packs
from scripts.pack_sources import Clone, find_clones

COLUMNS = ("bundle", "origin", "stars", "folder", "repository", "date", "commit", "cnr_id")
DECISIVE = frozenset({"type", "inputs", "template"})
"""What must not be unknown of an entry that is bundled: it decides which widgets a node has, and in which
order."""

Row = dict[str, str]


@dataclass(frozen=True)
class Update:
    """A pack as it is to be bundled: its row in the table, its entries, its history."""

    row: Row
    entries: Mapping[str, Any]
    history: Mapping[str, Any]
    older: list[Older]


def is_whole(entry: Mapping[str, Any]) -> bool:
    """Whether everything that decides on the widgets of a node is known of a scanned entry."""
    unknown = entry.get("unknown") or {}
    return all(DECISIVE.isdisjoint(parts.split(", ")) for parts in unknown.values())


def facts(entry: Mapping[str, Any]) -> Any:
    """A scanned entry without its prose and its empty members."""
    return strip_entry(dict(entry))


def scanned(clone: Clone, row: Row | None, old: Bundle | None, scans: int) -> Update | None:
    """The update of a pack from its source code; ``None`` if it has no node types and is not bundled."""
    head = clone.commits[-1]
    date = clone.date(head)
    is_served = row is not None and row["origin"] == "server"
    if is_served and row is not None and row["date"] >= date:
        entries = dict(old or {})
    else:
        found = {kind: facts(entry) for kind, entry in scan_commit(clone, head).items() if is_whole(entry)}
        entries = merged(old if is_served else None, found)
        row = {**(row or new_row(clone)), "date": date, "commit": head[:7]}
    if not entries and old is None:
        return None
    older = find_older(clone, entries, scans) if scans else known_older(old, entries)
    core = core_entries()
    rows = [
        (kind, first, last, facts(entry))
        for kind, first, last, entry in older
        if is_whole(entry) and kind not in core
    ]
    return Update(row, entries, timeline(clone) if rows else {}, rows)


def known_older(old: Bundle | None, newest: Mapping[str, Any]) -> list[Older]:
    """The former entries that a bundle has already and that still matter.

    Types whose newest entry would shift or drop the values of the one before are left out: their former
    entries have to be looked for anew.
    """
    if old is None:
        return []
    other = {kind for kind in old if kind in newest and is_other(kind, old[kind], newest[kind])}
    rows = [
        (kind, entry, parse_entry(entry.line)) for kind, entries in old.older.items() for entry in entries
    ]
    return [
        (kind, row.first, row.last, entry)
        for kind, row, entry in rows
        if kind not in other and (kind not in newest or is_other(kind, entry, newest[kind]))
    ]


def merged(served: Bundle | None, found: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a server, with those of newer source code where the two differ.

    A pack cannot replace a type of ComfyUI's own (``nodes.py load_custom_node``).
    """
    core = core_entries()
    found = {kind: entry for kind, entry in found.items() if kind not in core}
    if served is None:
        return found
    entries = {kind: served[kind] for kind in served}
    for kind, entry in found.items():
        if kind not in entries or not is_alike(entries[kind], entry):
            entries[kind] = entry
    return entries


def new_row(clone: Clone) -> Row:
    """The row of a pack that is not in the table yet, without its date."""
    about = {"folder": clone.name, "repository": clone.repository, "cnr_id": clone.registered}
    return {"bundle": "", "origin": "source", "stars": "0", **about}


def update(clone: Clone, rows: Mapping[str, Row], scans: int) -> Update | None:
    """The update of one clone, or ``None`` if it has no node types or cannot be read."""
    row = rows.get(clone.repository.casefold())
    path = PACKS / row["bundle"] if row is not None else None
    old = read_bundle(path) if path is not None and path.is_file() else None
    try:
        return scanned(clone, row, old, scans)
    except subprocess.CalledProcessError as error:
        print(f"{clone.repository}: {error.stderr.strip()[-200:]}", file=sys.stderr)
        return None


def served(object_info: Mapping[str, Any], rows: Mapping[str, Row]) -> list[Update]:
    """The updates of the packs in the table that a server has."""
    entries: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, entry in object_info.items():
        module = entry.get("python_module")
        if isinstance(module, str) and module.startswith("custom_nodes."):
            entries[pack_folder(module)][name] = strip_entry(entry)
    found = ((row, entries[row["folder"].casefold()]) for row in rows.values())
    return [Update({**row, "origin": "server"}, nodes, {}, []) for row, nodes in found if nodes]


def write(update: Update, taken: set[str]) -> str:
    """Write the bundle of a pack; what has changed in it, as a line for people, "" for nothing."""
    row = update.row
    if not row["bundle"]:
        short, whole = row["folder"].casefold(), row["repository"].casefold().replace("/", "+")
        row["bundle"] = f"{whole if f'{short}.jsonl.gz' in taken else short}.jsonl.gz"
    taken.add(row["bundle"])
    path = PACKS / row["bundle"]
    before: Mapping[str, Any] = read_bundle(path) if path.is_file() else {}
    header = {
        "title": row["folder"],
        "version": f"{row['date']} {row['commit']}",
        **{key: row[key] for key in ("repository", "cnr_id", "folder", "origin")},
        **update.history,
    }
    if not update.entries:
        path.unlink()
        return f"{row['folder']}: has no node types of its own any more"
    packed = pack_bundle(header, dict(update.entries), older=update.older)
    if path.is_file() and path.read_bytes() == packed:
        return ""
    path.write_bytes(packed)
    added = len(update.entries.keys() - before.keys())
    removed = len(before.keys() - update.entries.keys())
    changed = sum(1 for kind in update.entries if kind in before and before[kind] != update.entries[kind])
    return f"{row['folder']}: {added} added, {removed} removed, {changed} changed, {len(update.older)} former"


def all_updates(options: argparse.Namespace, rows: Mapping[str, Row]) -> Iterator[Update]:
    """The updates that the arguments ask for, one after the other. ``rows`` is the table by repository."""
    if options.object_info is not None:
        yield from served(read_json(options.object_info), rows)
    if options.mirror is not None:
        only = {name.casefold() for name in options.only or ()}
        clones = [one for one in find_clones(options.mirror) if not only or one.repository.casefold() in only]
        with ProcessPoolExecutor(options.jobs) as pool:
            found = pool.map(partial(update, rows=rows, scans=options.scans), clones)
            yield from (one for one in found if one is not None)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("mirror", type=Path, nargs="?", help="a folder of clones")
    parser.add_argument("--node-map", type=Path, help="the folder of the package comfyui_manager")
    parser.add_argument("--object-info", type=Path, help="what a server with packs answers")
    parser.add_argument("--only", nargs="*", help="repositories to look at, as OWNER/NAME")
    parser.add_argument("--scans", type=int, default=0, help="most scans of former commits for each pack")
    parser.add_argument("--jobs", type=int, default=2, help="processes that scan at the same time")
    options = parser.parse_args()
    rows = {row["repository"].casefold(): row for row in read_packs()}
    stars = stars_of(options.node_map) if options.node_map is not None else {}
    taken = {row["bundle"] for row in rows.values()}
    for one in all_updates(options, dict(rows)):
        repository = one.row["repository"].casefold()
        one.row["stars"] = str(stars.get(repository, int(one.row["stars"] or 0)))
        said = write(one, taken)
        rows[repository] = one.row
        if said:
            print(said, flush=True)
        if not one.entries:
            del rows[repository]
    table = sorted(rows.values(), key=lambda row: row["bundle"])
    lines = ["\t".join(COLUMNS), *("\t".join(row[key] for key in COLUMNS) for row in table)]
    TABLE.write_text("\n".join(lines) + "\n", "utf-8")
    (PACKS / INDEX).write_bytes(build_index(PACKS, table))
    size = sum(path.stat().st_size for path in PACKS.iterdir())
    print(json.dumps({"packs": len(table), "bytes": size}), file=sys.stderr)


if __name__ == "__main__":
    main()
