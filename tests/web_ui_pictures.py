"""Pictures of the Stable Diffusion web UI (AUTOMATIC1111): their texts, and what a browser built of them."""

from __future__ import annotations

import copy
from typing import Any

from comfyc.catalog.bundle import read_bundle
from comfyc.catalog.bundled import CATALOGS, CORE
from tests.carriers import chunk, png
from tests.discovery import FIXTURES

TEXTS = FIXTURES / "a1111" / "texts.toml"
RECORDED = FIXTURES / "a1111" / "recorded.jsonl.gz"


def object_info(lists: dict[str, list[str]] | None) -> dict[str, Any]:
    """The bundled node types of ComfyUI with other lists of files, by ``CLASS.INPUT``."""
    info: dict[str, Any] = copy.deepcopy(dict(read_bundle(CATALOGS / CORE)))
    for key, names in (lists or {}).items():
        node_type, dot, name = key.partition(".")
        if dot:
            definition = info[node_type]["input"]["required"][name]
            if isinstance(definition[0], list):
                definition[0] = names
            else:
                definition[1]["options"] = names
    return info


def picture(text: str) -> bytes:
    """A PNG with the text as a web UI's library writes it: Latin-1 in tEXt if it is ASCII, else UTF-8 in
    iTXt."""
    if text.isascii():
        return png(chunk(b"tEXt", b"parameters\0" + text.encode("ascii")))
    return png(chunk(b"iTXt", b"parameters\0\0\0\0\0" + text.encode("utf-8")))
