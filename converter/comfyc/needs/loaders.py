"""The models that the nodes of a prompt load: which of their inputs name a file of a model folder.

For ComfyUI's own nodes a real server said so (``checks/facts.json``), for those of packs their source code
(``loaders.json``, made by ``scripts/build_loaders.py``). Beyond these, a combo whose value ends as a model
does loads a model of a folder that is not known, unless it is a fixed choice of the node's definition: a node
that offers names of its own downloads them by itself. Texts name embeddings (``embedding:NAME``,
comfy/sd1_clip.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from comfyc.catalog import Catalog, bundled_packs
from comfyc.catalog.scanned import OPEN_CHOICES
from comfyc.catalog.specs import InputSpec, input_named, node_spec
from comfyc.checks.facts import folder_of
from comfyc.checks.links import is_link
from comfyc.checks.values import unwrap
from comfyc.javascript.values import truthy
from comfyc.prompt import Prompt

MODEL_ENDINGS = (
    *(".safetensors", ".sft", ".ckpt", ".pt", ".pt2", ".pth", ".bin", ".pkl"),
    *(".gguf", ".onnx", ".engine", ".torchscript"),
)
"""How the names of models end: ``folder_paths.supported_pt_extensions``, and what packs load besides."""
EMBEDDINGS = "embeddings"

_TABLE = Path(__file__).parent / "loaders.json"
_NO_MODELS = frozenset({"configs"})
"""Folders whose files are part of ComfyUI, and no models."""
_EMBEDDING = re.compile(r"(?<!\w)embedding:([^\s()\[\]{}|,]+)")
_WEIGHT = re.compile(r":[-+]?[0-9.]+$")
_MOST_USES = 100_000
"""Upper bound on the inputs of a prompt that name models; no workflow has a thousand."""
_MOST_MEMBERS = 200
"""Upper bound on the members of a value that are looked at."""


@dataclass(frozen=True, slots=True)
class Use:
    """An input of a node of the prompt that names a model; ``folder`` is "" if it is not known."""

    node: str
    type: str
    input: str
    value: str
    folder: str


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(_TABLE.read_text("utf-8"))["loaders"]
    return found


def loader_folder(class_type: str, name: str) -> str | None:
    """The model folder whose files an input of a node type lists, None if that is not known."""
    return folder_of(class_type, name) or _table().get(class_type, {}).get(name)


def packs_listing(folder: str) -> Iterator[tuple[str, str]]:
    """The inputs of packs' node types that are known to list the files of a folder: class and name."""
    for kind, inputs in _table().items():
        for name, own in inputs.items():
            if own == folder:
                yield kind, name


def models_used(prompt: Prompt, catalog: Catalog) -> list[Use]:
    """The models that a prompt loads, in its order; ``catalog`` defines its node types. At most 100,000 are
    looked at."""
    return list(islice(_uses(prompt, catalog), _MOST_USES))


def _uses(prompt: Prompt, catalog: Catalog) -> Iterator[Use]:
    packs = bundled_packs(catalog)
    for ident, node in prompt.items():
        kind = node.get("class_type")
        if not isinstance(kind, str):
            continue
        for name, value in node["inputs"].items():
            if is_link(value):
                continue
            yield from _of_input(ident, kind, name, unwrap(value), node["inputs"], catalog, packs)


def _of_input(
    ident: str, kind: str, name: str, value: Any, inputs: Mapping[str, Any], catalog: Catalog, packs: Catalog
) -> Iterator[Use]:
    if isinstance(value, str):
        if "embedding:" in value:
            yield from (Use(ident, kind, name, one, EMBEDDINGS) for one in embeddings_in(value))
        elif is_model_name(value):
            yield from _of_name(ident, kind, name, value, inputs, catalog, packs)
    elif isinstance(value, dict):
        if truthy(value.get("on", True)):  # rgthree's Power Lora Loader has rows that are switched off
            for key, member in list(value.items())[:_MOST_MEMBERS]:
                if isinstance(member, str) and is_model_name(member):
                    yield Use(ident, kind, name, member, loader_folder(kind, key) or _by_key(key))
    elif isinstance(value, list):
        for member in value[:_MOST_MEMBERS]:
            if isinstance(member, str) and is_model_name(member):
                yield Use(ident, kind, name, member, loader_folder(kind, name) or "")


def _of_name(
    ident: str, kind: str, name: str, value: str, inputs: Mapping[str, Any], catalog: Catalog, packs: Catalog
) -> Iterator[Use]:
    folder = loader_folder(kind, name)
    if folder is None:
        is_known = packs.info(kind) is not None
        spec = input_of(packs if is_known else catalog, kind, name, inputs)
        is_unknown = not is_known and catalog.info(kind) is None
        if not is_unknown and (spec is None or spec.type != "COMBO" or (is_known and _is_fixed(spec, value))):
            return
    if folder not in _NO_MODELS:
        yield Use(ident, kind, name, value, folder or "")


def input_of(catalog: Catalog, kind: str, name: str, inputs: Mapping[str, Any]) -> InputSpec | None:
    """The definition of an input of a node, as ``input_named`` finds it; each node type is read once."""
    known: dict[str, dict[str, InputSpec]] = catalog.memo.setdefault("needs", {})
    if kind not in known:
        info = catalog.info(kind)
        known[kind] = {spec.name: spec for spec in node_spec(kind, info).declared} if info is not None else {}
    found = known[kind].get(name)
    if found is None and "." in name and known[kind]:
        return input_named(catalog.info(kind) or {}, name, inputs)
    return found


def _is_fixed(spec: InputSpec, value: str) -> bool:
    """Whether a value is one of the choices that a bundled definition has on every machine."""
    choices = spec.options.get("options")
    return not spec.options.get(OPEN_CHOICES) and isinstance(choices, list) and value in choices


def _by_key(key: str) -> str:
    """The folder of a member of a value, by its name: rows of LoRAs are objects in several packs."""
    return "loras" if key == "lora" else ""


def is_model_name(value: str) -> bool:
    """Whether a text ends as the name of a model, and is one line."""
    return (
        value.lower().endswith(MODEL_ENDINGS)
        and "\n" not in value
        and len(value) < 1000
        and "://" not in value
    )


def embeddings_in(text: str) -> list[str]:
    """The names of the embeddings that a prompt's text asks for, each once."""
    found = islice(_EMBEDDING.finditer(text), _MOST_MEMBERS)
    names = (_WEIGHT.sub("", one.group(1)) for one in found)
    return list(dict.fromkeys(name for name in names if name))


@cache
def comfyui_folders() -> frozenset[str]:
    """The model folders that ComfyUI itself has (folder_paths.py): each lies below ``models`` by its name."""
    return frozenset(json.loads(_TABLE.read_text("utf-8"))["folders"])
