"""Measure the scanner of node packs: ``python -m scripts.measure_scan OBJECT_INFO FOLDER...``

Each FOLDER is a pack, a ``custom_nodes`` folder or a checkout of ComfyUI. Of each pack it prints how many
classes are whole, have lists that depend on the machine, are known in part, or are missing; and, where
OBJECT_INFO, the answer of a real server, has the pack's classes, how many of these have the same inputs
(names, order, types, defaults) and outputs. What depends on the server alone does not count: samplers and
schedulers that another pack has added, and the order of choices that come from folders and sets. With
``--differences`` it prints what differs, by kind. OBJECT_INFO may be ``-`` for none.
"""

from __future__ import annotations

import argparse
import collections
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from comfyc.catalog import Catalog, bundled_core
from comfyc.diagnostics import ComfycError
from comfyc.scan import ScannedPack, scan_folder

_PLAIN = ("output", "output_is_list", "output_name", "output_node", "category", "display_name", "deprecated")
_CENTRAL = frozenset(
    ("missing input", "additional input", "order", "type", "options", "default", "output", "form")
)
"""The kinds of differences that the first figure counts: names, order, types, defaults, outputs."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("object_info")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--differences", action="store_true", help="print what differs")
    given = parser.parse_args()
    truth = None if given.object_info == "-" else Catalog.load(given.object_info)
    kinds: collections.Counter[str] = collections.Counter()
    examples: dict[str, list[str]] = {}
    total = [0] * 8
    print("pack\tclasses\twhole\tdynamic\tpartly\tunread\tcompared\tequal\tequal in all\tseconds")
    for folder in given.folders:
        start = time.process_time()
        try:
            scan = scan_folder(folder)
        except ComfycError as error:
            print(f"{folder.name}\t{error}")
            continue
        seconds = time.process_time() - start
        for pack in scan.packs:
            module = f"custom_nodes.{pack.folder}"
            own = {key: one for key, one in scan.entries.items() if _belongs(one, module, pack)}
            figures = [0, 0, 0]
            for key, found in differences(truth, own):
                figures[0] += 1
                figures[1] += not _CENTRAL & {kind for kind, _ in found}
                figures[2] += not found
                for kind, text in found:
                    kinds[kind] += 1
                    examples.setdefault(kind, []).append(f"{pack.folder}: {key}: {text}")
            row = [pack.classes, pack.whole, pack.dynamic, pack.partly, pack.unread, *figures]
            total = [a + b for a, b in zip(total, row, strict=True)]
            print(f"{pack.folder}\t" + "\t".join(map(str, row)) + f"\t{seconds:.2f}")
    print("all\t" + "\t".join(map(str, total)))
    known = total[1] + total[2]
    print(f"whole or with dynamic lists: {100 * known / max(total[0], 1):.1f} %", file=sys.stderr)
    print(f"equal: {100 * total[6] / max(total[5], 1):.1f} %", file=sys.stderr)
    if given.differences:
        for kind, count in kinds.most_common():
            print(f"\n{kind}: {count}")
            print("\n".join(f"    {one[:300]}" for one in examples[kind]))


def _belongs(entry: dict[str, Any], module: str, pack: ScannedPack) -> bool:
    if pack.folder == "ComfyUI":
        return not str(entry["python_module"]).startswith("custom_nodes.")
    return bool(entry["python_module"] == module)


def differences(
    truth: Catalog | None, entries: dict[str, dict[str, Any]]
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """For each class that the server has as well, what differs, as kind and text."""
    added = added_choices(truth) if truth is not None else set()
    for key, entry in entries.items():
        real = truth.info(key) if truth is not None else None
        if real is not None and real.get("python_module") == entry["python_module"]:
            yield key, list(_compared(real, entry, added))


def _compared(real: dict[str, Any], entry: dict[str, Any], added: set[str]) -> Iterator[tuple[str, str]]:
    ours: dict[str, Any] = entry["input"]
    unknown: dict[str, str] = entry.get("unknown", {})
    for section in ("required", "optional", "hidden"):
        theirs = real["input"].get(section) or {}
        mine = ours.get(section) or {}
        for name in theirs.keys() - mine.keys():
            yield (
                "hidden" if section == "hidden" else "missing input",
                f"{section} {name} {str(theirs[name])[:100]}",
            )
        for name in mine.keys() - theirs.keys():
            yield "hidden" if section == "hidden" else "additional input", f"{section} {name}"
        if section != "hidden":
            common = [name for name in mine if name in theirs]
            if common != [name for name in theirs if name in mine]:
                yield "order", f"{section} {common}"
            for name in common:
                yield from _spec(name, theirs[name], mine[name], unknown.get(name, ""), added)
    for key in _PLAIN:
        if key == "output" and [_without(one, added) for one in real[key]] == entry[key]:
            continue
        if (real.get(key) or None) != (entry.get(key) or None):
            shown = f"{key}: {str(real.get(key))[:80]} <> {str(entry.get(key))[:80]}"
            yield "output" if key.startswith("output") else key, shown


def _spec(
    name: str, theirs: list[Any], mine: list[Any], unknown: str, added: set[str]
) -> Iterator[tuple[str, str]]:
    """What differs in an input. Lists that are marked as not known may lack members."""
    shown = f"{name}: {str(theirs)[:110]} <> {str(mine)[:110]} [{unknown}]"
    left, right = _list_of(theirs), _list_of(mine)
    if isinstance(theirs[0], str) != isinstance(mine[0], str):
        yield "form", shown
        return
    if isinstance(theirs[0], str) and theirs[0] != mine[0]:
        yield "type", shown
    elif _without(left, added) != _without(right, added):
        is_marked = "options" in unknown and isinstance(left, list) and isinstance(right, list)
        if not is_marked or any(one not in left for one in right or ()):
            same = (
                isinstance(left, list)
                and isinstance(right, list)
                and sorted(map(str, left)) == sorted(map(str, right))
            )
            yield "order of choices" if same else "options", shown
    settings = [one[1] if len(one) > 1 and isinstance(one[1], dict) else {} for one in (theirs, mine)]
    for key in {**settings[0], **settings[1]}:
        if key != "options" and settings[0].get(key) != settings[1].get(key):
            kind = key if key in ("default", "tooltip") else "setting"
            values = " <> ".join(str(one.get(key))[:90] for one in settings)
            yield kind, f"{name}.{key}: {values} [{unknown}]"


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
