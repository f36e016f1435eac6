#!/usr/bin/env python3
"""Record what the real ComfyUI frontend exports: the goldens of the tests come from here only.

Set-up, once (Debian; the frontend itself is fetched by pip when it is first needed)::

    apt-get install -y chromium
    pip install --group oracle

Use, from the root of the repository::

    python -m scripts.record_exports cases fixtures/cases/*/*/ fixtures/text_to_image
    python -m scripts.record_exports generated
    python -m scripts.record_exports packs --scripts comfy_mtb=.../comfy_mtb/web fixtures/packs/mtb
    python -m scripts.record_exports templates
    python -m scripts.record_exports files --out OUT flow.json ...

`cases` writes prompt.json or error.txt beside each workflow.json (tests/discovery.py explains the
folders; a new case first needs its row in the topic's cases.toml). `generated` records the made-up
workflows of fixtures/cases/generated/ anew. `packs` writes prompt.json, or error.txt, and queue.json if
the Queue button posts another prompt, beside the workflow.json of scenarios of custom-node packs: the
browser loads the scripts of these, whose node types the bundled catalogues hold. `templates` exports
every workflow of the installed comfyui-workflow-templates-json: the texts go to
fixtures/templates/exports.jsonl.gz, the hash of each to sha256.json beside it. `files` writes
OUT/<name>.json: {"text": ..., "error": ...}. The node types are those of --object-info, else of the
bundled catalogue, which is what ComfyUI 0.33.0 says without custom nodes and models.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import importlib.resources
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

from comfyc.catalog import Catalog, bundled
from comfyc.catalog.bundle import read_bundle
from comfyc.catalog.bundled import CATALOGS, CORE
from scripts.browser_export import FRONTEND, Export, chromium, exports, frontend_static
from tests.discovery import (
    CLOCK,
    GENERATED,
    TEMPLATE_EXPORTS,
    catalog_file,
    read_case,
    read_packed,
    write_packed,
)

TEMPLATES = "comfyui-workflow-templates-json"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "comfyc" / "frontend"
"""Where downloaded frontends are kept, by version."""


def read_object_info(path: str | None) -> bytes:
    """The JSON of a saved /object_info; a gzip is unpacked. Without a path that of the bundled catalogue."""
    if path is None:
        return json.dumps(dict(read_bundle(CATALOGS / CORE))).encode()
    data = Path(path).read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def record(
    args: argparse.Namespace,
    workflows: list[tuple[str, str]],
    object_info: bytes,
    write: Callable[[str, Export], None],
    packs: Mapping[str, Path] | None = None,
) -> None:
    """Export each (key, text) and hand the answer to `write` at once; complaints go to stderr."""

    async def run() -> None:
        static = Path(args.frontend) if args.frontend else frontend_static(FRONTEND, Path(args.cache))
        answers = exports(
            workflows,
            object_info,
            static,
            executable=args.chromium or chromium(),
            per_page=args.per_page,
            packs=packs,
        )
        async for key, export in answers:
            write(key, export)
            if export.error:
                print(f"{key}: {export.error}", file=sys.stderr)

    asyncio.run(run())


def write_case(folder: Path, export: Export) -> None:
    """prompt.json holds the download byte for byte: UTF-8, no line break at the end."""
    for name, text in (("prompt.json", export.text), ("error.txt", None if export.text else export.error)):
        file = folder / name
        if text is None:
            file.unlink(missing_ok=True)
        else:
            file.write_bytes(text.encode("utf-8") + (b"\n" if name == "error.txt" else b""))


def record_cases(args: argparse.Namespace) -> None:
    """Cases of one catalogue share a browser."""
    given = [Path(folder) for folder in args.folders if (Path(folder) / "workflow.json").is_file()]
    found = [read_case(folder) for folder in given]
    folders = {case.name: str(folder) for case, folder in zip(found, given, strict=True)}
    found.sort(key=lambda case: str(case.catalog or ""))
    for catalog, group in groupby(found, key=lambda case: case.catalog):
        object_info = catalog.read_bytes() if catalog else read_object_info(args.object_info)
        workflows = [(folders[case.name], case.workflow) for case in group]
        record(args, workflows, object_info, lambda key, export: write_case(Path(key), export))


def record_generated(args: argparse.Namespace) -> None:
    """A file per catalogue: numbers and workflows stay, the first line names the frontend that was asked."""
    for file in sorted(GENERATED.glob("*.jsonl.gz")):
        head, *rows = read_packed(file)
        catalog = catalog_file(head["catalog"])
        object_info = catalog.read_bytes() if catalog else read_object_info(args.object_info)
        answers: dict[str, Export] = {}
        record(
            args, [(str(row["number"]), row["workflow"]) for row in rows], object_info, answers.__setitem__
        )
        for row in rows:
            answer = answers[str(row["number"])]
            row.pop("prompt", None)
            row.pop("error", None)
            row |= {"error": f"{answer.error}\n"} if answer.text is None else {"prompt": answer.text}
        write_packed(file, [{**head, "frontend": FRONTEND}, *rows])


def pack_entries(folders: Iterable[str]) -> dict[str, object]:
    """The bundled object_info of packs, by the names of their folders."""
    catalog = Catalog.load()
    shelf = bundled.pack_entries()
    names = {volume.folder: shelf.names_of(volume) for volume in shelf.volumes}
    return {name: catalog.info(name) for folder in folders for name in names[folder]}


def record_packs(args: argparse.Namespace) -> None:
    """A page for each scenario: what a script keeps in the page cannot reach the next."""
    packs = {name: Path(folder) for name, _, folder in (given.partition("=") for given in args.scripts)}
    info = {**json.loads(read_object_info(args.object_info)), **pack_entries(packs)}
    folders = [Path(folder) for folder in args.folders]
    workflows = [(str(folder), (folder / "workflow.json").read_text("utf-8")) for folder in folders]

    def write(key: str, export: Export) -> None:
        folder = Path(key)
        write_case(folder, export)
        if export.queued in (None, export.text):
            (folder / "queue.json").unlink(missing_ok=True)
        else:
            (folder / "queue.json").write_text(export.queued or "", encoding="utf-8")

    args.per_page = 1
    record(args, workflows, json.dumps(info).encode(), write, packs)


def template_workflows() -> Iterable[tuple[str, str]]:
    """(key, text) of every workflow in the installed template package; its indexes and lists are left out."""
    folder = importlib.resources.files("comfyui_workflow_templates_json") / "templates"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".json"):
            continue
        text = file.read_text(encoding="utf-8-sig")
        document = json.loads(text)
        if isinstance(document, dict) and isinstance(document.get("nodes"), list):
            yield file.name.removesuffix(".json"), text


def record_templates(args: argparse.Namespace) -> None:
    """The texts, packed into one file, and the hash of each, which shows in a diff what has changed."""
    hashes: dict[str, dict[str, object]] = {}
    texts: dict[str, str] = {}

    def write(key: str, export: Export) -> None:
        entry: dict[str, object] = {}
        if export.text is not None:
            data = export.text.encode("utf-8")
            entry = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            texts[key] = export.text
        if export.error:
            entry["error"] = export.error
        hashes[key] = entry

    record(args, list(template_workflows()), read_object_info(args.object_info), write)
    target = Path(args.out) if args.out else TEMPLATE_EXPORTS.parent
    target.mkdir(parents=True, exist_ok=True)
    about = {"templates": f"{TEMPLATES}=={version(TEMPLATES)}", "frontend": FRONTEND, "clock": CLOCK}
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(hashes[key])}" for key in sorted(hashes))
    (target / "sha256.json").write_text(
        f'{{\n"about": {json.dumps(about)},\n"templates": {{\n{lines}\n}}\n}}\n', encoding="utf-8"
    )
    write_packed(target / TEMPLATE_EXPORTS.name, ({"key": key, "text": texts[key]} for key in sorted(texts)))


def record_files(args: argparse.Namespace) -> None:
    """One small JSON per workflow; answers already there are kept, so that a long run can be continued."""
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    stems = {name: Path(name).name.removesuffix(".json").removesuffix(".workflow") for name in args.files}
    targets = {name: out / f"{stem}.json" for name, stem in stems.items()}
    todo = [name for name, target in targets.items() if not target.exists()]

    def write(key: str, export: Export) -> None:
        targets[key].write_text(json.dumps({"text": export.text, "error": export.error}))

    workflows = [(name, Path(name).read_text(encoding="utf-8-sig")) for name in todo]
    record(args, workflows, read_object_info(args.object_info), write)


def main() -> None:
    """Read the command line and record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--object-info", help="a saved /object_info (else the bundled one)")
    shared.add_argument("--frontend", help=f"static/ of comfyui-frontend-package (else {FRONTEND} from PyPI)")
    shared.add_argument("--cache", default=str(CACHE), help="where that is kept")
    shared.add_argument("--chromium", help="the browser's executable")
    shared.add_argument("--per-page", type=int, default=20, help="workflows a page; 1: a new page for each")
    modes = parser.add_subparsers(required=True)
    mode = modes.add_parser("cases", parents=[shared], help="write prompt.json or error.txt in each folder")
    mode.add_argument("folders", nargs="+")
    mode.set_defaults(run=record_cases)
    mode = modes.add_parser("generated", parents=[shared], help="write fixtures/cases/generated/")
    mode.set_defaults(run=record_generated)
    mode = modes.add_parser("packs", parents=[shared], help="write prompt.json and queue.json of scenarios")
    mode.add_argument("folders", nargs="+")
    mode.add_argument(
        "--scripts", action="append", required=True, metavar="NAME=FOLDER", help="a pack and its web folder"
    )
    mode.set_defaults(run=record_packs)
    mode = modes.add_parser("templates", parents=[shared], help="write fixtures/templates/")
    mode.add_argument("--out", help="another folder to write to")
    mode.set_defaults(run=record_templates)
    mode = modes.add_parser("files", parents=[shared], help="write {text, error} of any workflow files")
    mode.add_argument("files", nargs="+")
    mode.add_argument("--out", required=True)
    mode.set_defaults(run=record_files)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
