"""Measure the scanner of node packs: ``python -m scripts.measure_scan OBJECT_INFO FOLDER...``

Each FOLDER is a pack, a ``custom_nodes`` folder or a checkout of ComfyUI. Of each pack it prints how many
classes are whole, have lists that depend on the machine, are known in part, or are missing; and, where
OBJECT_INFO, the answer of a real server, has the pack's classes,

- how many of these have the same inputs (names, order, types, defaults) and outputs: "equal";
- how many are the same in everything, texts for people included: "in all";
- how many differ in something that the scan does not mark as unknown: "wrong".

What depends on the server alone does not count: samplers and schedulers that another pack has added, and the
order of choices that come from folders and sets. With ``--differences`` it prints what differs, by kind.
OBJECT_INFO may be ``-`` for none.
"""

from __future__ import annotations

import argparse
import collections
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyc.catalog import Catalog, bundled_core
from comfyc.diagnostics import ComfycError
from comfyc.scan import ScannedPack, scan_folder

_PLAIN = ("output", "output_is_list", "output_name", "output_node", "category", "display_name", "deprecated")
_CENTRAL = frozenset(
    ("missing input", "additional input", "order", "type", "options", "default", "output", "form")
)
"""The kinds of differences that matter for conversions: names, order, types, defaults, outputs."""
_COLUMNS = ("classes", "whole", "dynamic", "partly", "unread", "compared", "equal", "in all", "wrong")


@dataclass(frozen=True)
class Difference:
    """What differs in a class; ``is_marked`` says whether the scan says that it does not know it."""

    kind: str
    text: str
    is_marked: bool = False


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("object_info")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--differences", action="store_true", help="print what differs")
    given = parser.parse_args()
    truth = None if given.object_info == "-" else Catalog.load(given.object_info)
    found: list[tuple[str, Difference]] = []
    total = [0] * len(_COLUMNS)
    print("\t".join(("pack", *_COLUMNS, "seconds")))
    for folder in given.folders:
        start = time.process_time()
        try:
            scan = scan_folder(folder)
        except ComfycError as error:
            print(f"{folder.name}\t{error}")
            continue
        seconds = time.process_time() - start
        for pack in scan.packs:
            own = {key: one for key, one in scan.entries.items() if _belongs(one, pack)}
            row = _figures(truth, pack, own, found)
            total = [a + b for a, b in zip(total, row, strict=True)]
            print("\t".join((pack.folder, *map(str, row), f"{seconds:.2f}")), flush=True)
    print("\t".join(("all", *map(str, total))))
    known = total[1] + total[2]
    print(f"whole or with dynamic lists: {100 * known / max(total[0], 1):.1f} %", file=sys.stderr)
    print(f"equal: {100 * total[6] / max(total[5], 1):.1f} %", file=sys.stderr)
    if given.differences:
        _print_differences(found)


def _figures(
    truth: Catalog | None, pack: ScannedPack, own: dict[str, Any], found: list[tuple[str, Difference]]
) -> list[int]:
    """The row of a pack. Its differences are added to ``found``."""
    figures = [0, 0, 0, 0]
    for key, differing in differences(truth, own):
        central = [one for one in differing if one.kind in _CENTRAL]
        figures[0] += 1
        figures[1] += not central
        figures[2] += not differing
        figures[3] += any(not one.is_marked for one in central)
        found.extend((f"{pack.folder}: {key}", one) for one in differing)
    return [pack.classes, pack.whole, pack.dynamic, pack.partly, pack.unread, *figures]


def _print_differences(found: list[tuple[str, Difference]]) -> None:
    for kind, count in collections.Counter(one.kind for _, one in found).most_common():
        print(f"\n{kind}: {count}")
        for where, one in found:
            if one.kind == kind:
                mark = " [marked]" if one.is_marked else ""
                print(f"    {where}: {one.text[:300]}{mark}")


def _belongs(entry: dict[str, Any], pack: ScannedPack) -> bool:
    if pack.folder == "ComfyUI":
        return not str(entry["python_module"]).startswith("custom_nodes.")
    return bool(entry["python_module"] == f"custom_nodes.{pack.folder}")


def differences(
    truth: Catalog | None, entries: dict[str, dict[str, Any]]
) -> Iterator[tuple[str, list[Difference]]]:
    """For each class that the server has as well, what differs."""
    added = added_choices(truth) if truth is not None else set()
    for key, entry in entries.items():
        real = truth.info(key) if truth is not None else None
        if real is not None and real.get("python_module") == entry["python_module"]:
            yield key, [*_inputs(real, entry, added), *_others(real, entry, added)]


def _inputs(real: dict[str, Any], entry: dict[str, Any], added: set[str]) -> Iterator[Difference]:
    unknown: dict[str, str] = entry.get("unknown", {})
    is_open = "inputs" in unknown.get("*", "")
    for section in ("required", "optional", "hidden"):
        theirs: dict[str, Any] = real["input"].get(section) or {}
        mine: dict[str, Any] = entry["input"].get(section) or {}
        is_hidden = section == "hidden"
        for name in sorted(theirs.keys() - mine.keys() - added):
            text = f"{section} {name} {str(theirs[name])[:100]}"
            yield Difference("hidden" if is_hidden else "missing input", text, is_open)
        for name in sorted(mine.keys() - theirs.keys()):
            yield Difference("hidden" if is_hidden else "additional input", f"{section} {name}", is_open)
        if not is_hidden:
            common = [name for name in mine if name in theirs]
            if common != [name for name in theirs if name in mine]:
                yield Difference("order", f"{section} {common}", is_open)
            for name in common:
                yield from _spec(name, theirs[name], mine[name], unknown.get(name, "").split(", "), added)


def _others(real: dict[str, Any], entry: dict[str, Any], added: set[str]) -> Iterator[Difference]:
    unknown = entry.get("unknown", {}).get("*", "").split(", ")
    for key in _PLAIN:
        if key == "output" and [_without(one, added) for one in real[key]] == entry[key]:
            continue
        if (real.get(key) or None) != (entry.get(key) or None):
            text = f"{key}: {str(real.get(key))[:80]} <> {str(entry.get(key))[:80]}"
            if sorted(str(real.get(key))) == sorted(str(entry.get(key))):
                yield Difference("order of choices", text)
                continue
            is_output = key.startswith("output")
            marks = {"outputs", "options"} if is_output else {key}
            yield Difference("output" if is_output else key, text, bool(marks & set(unknown)))


def _spec(
    name: str, theirs: list[Any], mine: list[Any], unknown: list[str], added: set[str]
) -> Iterator[Difference]:
    """What differs in an input. Lists that are marked as unknown may lack members."""
    shown = f"{name}: {str(theirs)[:110]} <> {str(mine)[:110]}"
    left, right = _list_of(theirs), _list_of(mine)
    if isinstance(theirs[0], str) != isinstance(mine[0], str):
        yield Difference("form", shown, "type" in unknown)
        return
    if isinstance(theirs[0], str) and theirs[0] != mine[0]:
        yield Difference("type", shown, "type" in unknown)
    elif _without(left, added) != _without(right, added):
        both = isinstance(left, list) and isinstance(right, list)
        if both and sorted(map(str, left)) == sorted(map(str, right)):
            yield Difference("order of choices", shown)
        elif not (both and "options" in unknown and all(one in left for one in right)):
            yield Difference("options", shown, "options" in unknown)
    settings = [one[1] if len(one) > 1 and isinstance(one[1], dict) else {} for one in (theirs, mine)]
    for key in {**settings[0], **settings[1]}:
        if key != "options" and settings[0].get(key) != settings[1].get(key):
            kind = key if key in ("default", "tooltip") else "setting"
            values = " <> ".join(str(one.get(key))[:90] for one in settings)
            yield Difference(kind, f"{name}.{key}: {values}", key in unknown or "settings" in unknown)


def added_choices(truth: Catalog) -> set[str]:
    """The samplers and schedulers that packs of that server have added to ComfyUI's own lists."""
    found: list[set[str]] = []
    for catalog in (truth, bundled_core()):
        spec = (catalog.info("KSampler") or {})["input"]["required"]
        found.append({one for name in ("sampler_name", "scheduler") for one in _list_of(spec[name])})
    return found[0] - found[1]


def _without(choices: Any, added: set[str]) -> Any:
    if not isinstance(choices, list):
        return choices
    return [one for one in choices if not isinstance(one, str) or one not in added]


def _list_of(spec: list[Any]) -> Any:
    if isinstance(spec[0], list):
        return spec[0]
    return spec[1].get("options") if len(spec) > 1 and isinstance(spec[1], dict) else None


if __name__ == "__main__":
    main()
