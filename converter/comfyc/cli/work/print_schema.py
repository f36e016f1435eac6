"""What ``comfyc schema`` does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from comfyc.catalog import Catalog
from comfyc.cli.flags.common import file_or_stdout, load_catalog
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import catalog_reports, show
from comfyc.cli.output.writing import save, spare, write_product
from comfyc.diagnostics import ComfycError
from comfyc.report.findings import FileReport

PROMPT = "prompt"
"""The schema that is made from a catalogue; all others are files."""


def print_schema(
    name: str,
    output: Path | None,
    *,
    object_info: str,
    custom_nodes: Sequence[str],
    server: str,
    refresh: bool,
    packs: bool,
    as_json: bool,
) -> None:
    """Write the schema of that name to ``output`` or stdout.

    ``ComfycError`` if flags cannot be used together, or name a catalogue for a schema that depends on none.
    """
    spare([output], others=[object_info])
    about: list[FileReport] = []
    if name == PROMPT:
        from comfyc.checks import prompt_schema  # noqa: PLC0415

        catalog = _catalog(object_info, server, custom_nodes, refresh=refresh, packs=packs)
        text = json.dumps(prompt_schema(catalog), separators=(",", ":")) + "\n"
        about = catalog_reports(catalog)
        show(about)
    elif object_info or server or custom_nodes or packs:
        named = {"--object-info": object_info, "--server": server, "--custom-nodes": custom_nodes}
        flag = next((flag for flag, value in named.items() if value), "--packs")
        raise ComfycError("only the prompt schema depends on a catalogue", f"leave out {flag}")
    else:
        from comfyc.schema import schema_file  # noqa: PLC0415

        text = schema_file(name).read_text("utf-8")
    file = file_or_stdout(output)
    if file is not None:
        save(file, text)
    if as_json:
        made = {"output": str(file)} if file is not None else {"schema": json.loads(text)}
        answer = JsonAnswer("schema", [{"name": name, **made}])
        answer.add_findings(about)
        answer.print(0)
    elif file is None:
        write_product(text)


def _catalog(
    object_info: str, server: str, custom_nodes: Sequence[str], *, refresh: bool, packs: bool
) -> Catalog:
    if packs and (object_info or server):
        flag = "--object-info" if object_info else "--server"
        raise ComfycError(f"--packs and {flag} cannot be used together", "pass one of them")
    return load_catalog(object_info, server, refresh=refresh, custom_nodes=custom_nodes, with_packs=packs)
