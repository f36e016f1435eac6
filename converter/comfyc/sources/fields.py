"""Fields: the named texts that parsers find in a container's metadata, whatever the container."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from comfyc.documents import is_prompt
from comfyc.safety.json_size import is_within, size_in_memory
from comfyc.sources.blob import Budget, TooLargeError
from comfyc.sources.positions import value_text

WORKFLOW, PROMPT, PARAMETERS = "workflow", "prompt", "parameters"

BUNDLES = frozenset({"comment", "description", "usercomment", "imagedescription"})
"""Fields for remarks, into which some savers write ``{"workflow": ..., "prompt": ...}`` as one JSON object
(VideoHelperSuite's videos of 2023, several JPEG savers)."""

_STEPS, _SEED = b"\nSteps:", b"Seed:"
"""What the line of settings begins with and has, in the text of the Stable Diffusion web UI and its
relatives."""

_FOREIGN = (
    (PARAMETERS, b"sui_image_params", "SwarmUI"),
    ("fooocus_scheme", b"", "Fooocus"),
    (PARAMETERS, b"", "the Stable Diffusion web UI (A1111) or a related program"),
    ("usercomment", b"Steps: ", "the Stable Diffusion web UI (A1111) or a related program"),
    ("invokeai_metadata", b"", "InvokeAI"),
    ("sd-metadata", b"", "InvokeAI"),
    ("software", b"NovelAI", "NovelAI"),
)

_WANTED = frozenset({WORKFLOW, PROMPT}) | BUNDLES | {key for key, _, _ in _FOREIGN}


class Field(NamedTuple):
    """A named text of a container. Text as ``bytes`` is UTF-8, as far as its writer keeps the rules."""

    key: str
    value: str | bytes


Fields = Iterator[Field]


def wanted(key: str) -> bool:
    """Whether a field of this name is of use. Parsers skip all others without reading them."""
    return key.casefold() in _WANTED


def settings_field(found: dict[str, str | bytes]) -> str | None:
    """The name of the field with the settings of a picture as the Stable Diffusion web UI writes them, None
    if no field has such a text."""
    for key in (PARAMETERS, *sorted(BUNDLES)):
        value = found.get(key)
        if not value:
            continue
        text = b"\n" + _bytes(value)
        if _STEPS in text and (key == PARAMETERS or _SEED in text):  # a remark may be about other steps
            return key
    return None


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode(errors="replace")


def foreign_program(found: dict[str, str | bytes]) -> str | None:
    """The program that made the file, if its fields show that it was not ComfyUI; else None."""
    for key, mark, program in _FOREIGN:
        value = found.get(key)
        if value is not None and mark in _bytes(value):
            return program
    return None


def text_of(data: str | bytes, budget: Budget) -> str:
    """The text of bytes in UTF-8; :class:`TooLargeError` if it would take too much memory."""
    if size_in_memory(data) > budget.limits.text:
        raise TooLargeError(budget.limits.exceeded("text", "of JSON in memory"))
    return data if isinstance(data, str) else data.decode("utf-8", errors="replace")


def unbundle(data: str | bytes, budget: Budget, *path: str) -> Fields:
    """The workflow and the prompt in a JSON object that holds them, as fields.

    ``path`` leads to the object (``asset``, ``extras`` in a GLB). A member may be the graph itself or its
    JSON text; a graph is cut out of the original text, so that its numbers keep their spelling. An object
    that is itself a workflow or a prompt counts as one. Text that is not JSON, and other JSON, has no fields.
    """
    text = text_of(data, budget)
    if not is_within(text, budget.limits.values):
        raise TooLargeError(budget.limits.exceeded("values", "in JSON"))
    try:
        value = json.loads(text, parse_int=float)
    except (ValueError, RecursionError):
        return
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    if not isinstance(value, dict):
        return
    members = [key for key in value if key.casefold() in (WORKFLOW, PROMPT)]
    for key in members:
        yield from _member(text, (*path, key), value[key])
    if not members and not path:
        if isinstance(value.get("nodes"), list):
            yield Field(WORKFLOW, text)
        elif is_prompt(value):
            yield Field(PROMPT, text)


def _member(text: str, pointer: tuple[str, ...], value: Any) -> Fields:
    if isinstance(value, str):
        yield Field(pointer[-1], value)
    elif value:
        yield Field(pointer[-1], value_text(text, pointer) or "")
