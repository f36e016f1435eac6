#!/usr/bin/env python3
"""Record what the real frontend exports of files that `comfyc set` has changed.

Set-up as for scripts/record_exports.py, after scripts/record_settings.py. Use, from the root of the
repository::

    python -m scripts.record_changed

It writes fixtures/settings/changed.jsonl.gz. comfyc makes the files; what is expected of them, the exported
prompt, comes from the browser alone. The values are those that scripts/record_settings.py typed into subgraph
nodes, all of a workflow at once; and in some official templates, for each type of input, a value for the
first one that nothing feeds and that belongs to a node or PrimitiveNode::

    {"key": "image_qwen_image", "values": {"60.text": "a fox", ...}, "file": SHA-256, "export": SHA-256}

`file` is the hash of the changed file, `export` that of the prompt's text. A workflow that comfyc does not
change in this way is left out; tests/test_saving.py has the refusals.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from comfyc import rewrite_with
from comfyc.catalog import Catalog
from comfyc.interface import Setting, interface_of
from comfyc.options import Options
from scripts.browser_export import FRONTEND, chromium, exports, frontend_static
from scripts.record_exports import CACHE, read_object_info, template_workflows
from scripts.record_settings import SETTINGS
from tests.discovery import CLOCK, cases, read_packed, write_packed

EACH, EACH_TEMPLATE = 9, 34
"""Every ninth workflow has values for subgraph nodes, every 34th template values for nodes."""
TYPES = ("INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", "COMFY_DYNAMICCOMBO_V3")


class Changed(NamedTuple):
    """A file that comfyc has changed, and the catalogue that the browser gets."""

    key: str
    values: dict[str, Any]
    text: str
    catalog: Path | None


def another(setting: Setting) -> Any:
    """Another value that an input of a node takes; None if none is known."""
    value, options = setting.value, setting.spec.options if setting.spec is not None else {}
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        step = options.get("step") or 1
        return value + step if value + step <= options.get("max", 2048) else value - step
    choices = options.get("options")
    if isinstance(choices, list):
        keys = [choice.get("key") if isinstance(choice, dict) else choice for choice in choices]
        return next((key for key in keys if isinstance(key, str) and key != value), None)
    return f"{value}, and a fox" if isinstance(value, str) else None


def values_for_nodes(workflow: str, catalog: Catalog) -> dict[str, Any]:
    """By path, a value for the first input of each type that is a node's own or a PrimitiveNode's.

    Of a dynamic combo that is changed the inputs are others afterwards; so none of them is chosen.
    """
    chosen: dict[str, tuple[str, Any]] = {}
    for one in interface_of(json.loads(workflow), catalog).settings:
        kind = one.spec.type if one.spec is not None else ""
        if one.kind == "subgraph" or one.link or one.held_by or kind not in TYPES or kind in chosen:
            continue
        if any(one.path.startswith(f"{path}.") for path, _ in chosen.values()):
            continue
        value = another(one)
        if value is not None:
            chosen[kind] = (one.path, value)
    return dict(chosen.values())


def asked_values() -> Iterator[Changed]:
    """Workflows, not changed yet, and the values that are to be set in each."""
    templates = dict(template_workflows())
    named = {case.name: (case.workflow, case.catalog) for case in cases()}
    for name in ("cases", "templates"):
        typed = [row for row in list(read_packed(SETTINGS / f"{name}.jsonl.gz"))[1:] if row["settings"]]
        for row in typed[::EACH]:
            values = {f"{one['host']}.{one['input']}": one["value"] for one in row["settings"]}
            text, catalog = named.get(row["key"]) or (templates[row["key"]], None)
            yield Changed(row["key"], values, text, catalog)
    core = Catalog.load()
    for key in sorted(templates)[::EACH_TEMPLATE]:
        yield Changed(key, values_for_nodes(templates[key], core), templates[key], None)


def changed_files() -> Iterator[Changed]:
    """The files that comfyc has changed."""
    for asked in asked_values():
        if not asked.values:
            continue
        made = rewrite_with(asked.text, asked.values, Catalog.load(asked.catalog), Options())
        if made.data is not None:
            yield asked._replace(text=made.data.decode("utf-8"))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def exported(files: list[Changed], static: Path, catalog: Path | None) -> list[dict[str, Any]]:
    """The rows of files over one catalogue."""

    async def ask() -> list[dict[str, Any]]:
        workflows = [(str(number), file.text) for number, file in enumerate(files)]
        object_info = read_object_info(str(catalog) if catalog else None)
        rows: list[dict[str, Any]] = []
        async for number, export in exports(workflows, object_info, static, executable=chromium()):
            file = files[int(number)]
            row = {"key": file.key, "values": file.values, "file": digest(file.text)}
            if export.text is None:
                raise SystemExit(f"{file.key} is not exported any more: {export.error}")
            rows.append({**row, "export": digest(export.text)})
        return rows

    return asyncio.run(ask())


def main() -> None:
    """Record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frontend", help=f"static/ of comfyui-frontend-package (else {FRONTEND} from PyPI)")
    args = parser.parse_args()
    static = Path(args.frontend) if args.frontend else frontend_static(FRONTEND, CACHE)
    rows: list[dict[str, Any]] = []
    files = sorted(changed_files(), key=lambda file: str(file.catalog or ""))
    for catalog, group in groupby(files, lambda file: file.catalog):
        rows += exported(list(group), static, catalog)
    rows.sort(key=lambda row: (row["key"], row["file"]))
    write_packed(SETTINGS / "changed.jsonl.gz", [{"frontend": FRONTEND, "clock": CLOCK}, *rows])


if __name__ == "__main__":
    main()
