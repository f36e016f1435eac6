"""What ``comfyc schema`` does."""

from __future__ import annotations

import json
from pathlib import Path

from comfyc.cli.flags.common import file_or_stdout, load_catalog
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.writing import save, spare, write_product
from comfyc.diagnostics import ComfycError

PROMPT = "prompt"
"""The schema that is made from a catalogue; all others are files."""


def print_schema(
    name: str,
    output: Path | None,
    *,
    object_info: str,
    server: str,
    refresh: bool,
    packs: bool,
    as_json: bool,
) -> None:
    """Write the schema of that name to ``output`` or stdout.

    ``ComfycError`` if flags cannot be used together, or name a catalogue for a schema that depends on none.
    """
    spare([output], others=[object_info])
    if name == PROMPT:
        text = _of_prompts(object_info, server, refresh=refresh, packs=packs)
    elif object_info or server or packs:
        flag = "--object-info" if object_info else "--server" if server else "--packs"
        raise ComfycError("only the prompt schema depends on a catalogue", f"leave out {flag}")
    else:
        from comfyc.schema import schema_file  # noqa: PLC0415

        text = schema_file(name).read_text("utf-8")
    file = file_or_stdout(output)
    if file is not None:
        save(file, text)
    if as_json:
        made = {"output": str(file)} if file is not None else {"schema": json.loads(text)}
        JsonAnswer("schema", [{"name": name, **made}]).print(0)
    elif file is None:
        write_product(text)


def _of_prompts(object_info: str, server: str, *, refresh: bool, packs: bool) -> str:
    from comfyc.catalog import bundled_core  # noqa: PLC0415
    from comfyc.checks import prompt_schema  # noqa: PLC0415

    if packs and (object_info or server):
        flag = "--object-info" if object_info else "--server"
        raise ComfycError(f"--packs and {flag} cannot be used together", "pass one of them")
    is_core = not (object_info or server or packs)
    catalog = bundled_core() if is_core else load_catalog(object_info, server, refresh=refresh)
    return json.dumps(prompt_schema(catalog), separators=(",", ":")) + "\n"
