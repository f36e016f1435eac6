"""Make a bundled catalogue from an object_info: the facts, without the prose.

    python scripts/build_catalog.py object_info.json.gz --title "ComfyUI 0.33.0 core" \
        --replacements node_replacements.json -o converter/comfyc/catalog/data/core-0.33.0.jsonl.gz
    python scripts/build_catalog.py object_info.json.gz --prices \
        -o converter/comfyc/catalog/data/prices-0.33.0.json.gz
    python scripts/build_catalog.py --titles titles_en.json \
        -o converter/comfyc/catalog/data/titles-en-1.58.1.json.gz

Facts are names, types, order, options, defaults, limits, flags and outputs. What is written for people
to read is left out by name (PROSE_OF_NODE, PROSE_OF_INPUT), so that a fact that nobody has thought of
yet stays in. What the prices of partner nodes depend on goes into a file of its own, which a conversion
does not read.
The output depends on the input alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from comfyc.catalog.bundle import gunzip, gzip_bytes, pack_bundle

PROSE_OF_NODE = frozenset(
    {"description", "output_tooltips", "price_badge", "search_aliases", "essentials_category"}
)
PROSE_OF_INPUT = frozenset({"tooltip", "description", "placeholder"})
VALUES = frozenset({"default", "data"})
"""Options whose value goes into workflows: nothing in there is prose, whatever it is called."""


def strip_entry(entry: Any) -> Any:
    """One entry of object_info without its prose."""
    if not isinstance(entry, dict):
        return entry
    return {
        key: strip_inputs(value) if key == "input" else value
        for key, value in entry.items()
        if key not in PROSE_OF_NODE
    }


def strip_inputs(value: Any) -> Any:
    """Drop prose from anything below `input`. An input that is *named* 'tooltip' is a list and stays."""
    if isinstance(value, list):
        return [strip_inputs(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: item if key in VALUES else strip_inputs(item)
        for key, item in value.items()
        if not (key in PROSE_OF_INPUT and (item is None or isinstance(item, str)))
    }


def build_bundle(
    object_info: dict[str, Any],
    *,
    title: str,
    version: str,
    replacements: dict[str, Any] | None,
    about: dict[str, str] | None = None,
) -> bytes:
    """The bytes of a bundle (converter/comfyc/catalog/bundle.py) with the facts of ``object_info``.

    ``about`` goes into the header beside title and version.
    """
    header: dict[str, Any] = {"title": title, "version": version, **(about or {})}
    if replacements is not None:
        header["node_replacements"] = replacements
    return pack_bundle(header, {name: strip_entry(entry) for name, entry in object_info.items()})


def build_titles(titles: dict[str, str]) -> bytes:
    """The frontend's English titles (node type -> title) as gzipped JSON."""
    return _packed(titles)


def build_prices(object_info: dict[str, Any]) -> bytes:
    """What the prices of all node types depend on that have one (node type -> badge) as gzipped JSON.

    The expressions are code of ComfyUI, which is under the GPL, and are left out: a server has them.
    """
    badges = {
        name: entry.get("price_badge") for name, entry in object_info.items() if isinstance(entry, dict)
    }
    return _packed(
        {name: {"depends_on": badge["depends_on"]} for name, badge in badges.items() if badge is not None}
    )


def _packed(table: dict[str, Any]) -> bytes:
    return gzip_bytes(json.dumps(table, separators=(",", ":"), sort_keys=True).encode("ascii"))


def read_json(path: Path) -> Any:
    data = path.read_bytes()
    return json.loads(gunzip(data) if data.startswith(b"\x1f\x8b") else data)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("object_info", nargs="?", type=Path, help="the saved answer of /object_info")
    parser.add_argument("--titles", type=Path, help="make the table of titles from this instead")
    parser.add_argument("--prices", action="store_true", help="make the table of prices instead")
    parser.add_argument("--title", default="object_info", help="what the catalogue is called")
    parser.add_argument("--version", default="", help="the version it stands for")
    parser.add_argument("--replacements", type=Path, help="the saved answer of /node_replacements")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    if (options.object_info is None) == (options.titles is None):
        parser.error("give an object_info or --titles")
    if options.titles is not None:
        packed = build_titles(read_json(options.titles))
    elif options.prices:
        packed = build_prices(read_json(options.object_info))
    else:
        packed = build_bundle(
            read_json(options.object_info),
            title=options.title,
            version=options.version,
            replacements=read_json(options.replacements) if options.replacements else None,
        )
    options.output.write_bytes(packed)
    print(f"{options.output}: {len(packed)} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
