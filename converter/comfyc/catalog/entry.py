"""Parse the text of an object_info, and repair the structure of single entries so that they are safe to use.

Only the structure is repaired (mappings, lists, texts and flags). Values such as a default or a limit stay as
they are, because the frontend and the server use them as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyc.catalog.scanned import OPEN_CHOICES
from comfyc.diagnostics import ComfycError
from comfyc.documents import Kind, describes_nodes, kind_of
from comfyc.gc_pause import paused_collector
from comfyc.safety.foreign import TooMuchError, parse, shallow

SAVE_HINT = "save one with: comfyc catalog save http://127.0.0.1:8188 -o object_info.json"

_SECTIONS = ("required", "optional", "hidden")
_LISTS = ("output_name", "output_is_list", "output_matchtypes", "output_tooltips", "search_aliases")
_TEXTS = ("display_name", "description", "python_module", "category")
_CHOOSERS = ("COMBO", "COMFY_DYNAMICCOMBO_V3")
_DEPTH = 32
_FLAGS = ("output_node", "is_input_list", "deprecated", "experimental", "api_node", "dev_only")


def keep_entries(object_info: Mapping[Any, Any]) -> dict[str, Any]:
    """The members of an object_info that may be entries: mappings with a text as key."""
    return {
        name: entry
        for name, entry in object_info.items()
        if isinstance(name, str) and isinstance(entry, dict)
    }


def parse_object_info(data: bytes, where: str, hint: str | None = None) -> dict[str, Any]:
    """Parse the text of an object_info into its entries by node type.

    Raises ``ComfycError`` if it is something else; the message says what. ``where`` begins the message
    ("'info.json'", "the answer of 'http://...'").
    """
    hint = hint or SAVE_HINT
    try:
        document = _loads(data)
    except TooMuchError as error:
        raise ComfycError(f"{where} is too large for an object_info: {error}", hint) from error
    except ValueError as error:
        raise ComfycError(f"{where} is not an object_info: {_what_is_it(data, error)}", hint) from error
    if not isinstance(document, dict):
        raise ComfycError(f"{where} is not an object_info: it is not a JSON object", hint)
    if describes_nodes(document):
        return keep_entries(document)
    raise ComfycError(f"{where} is not an object_info: {_what_document(document)}", hint)


def _loads(data: bytes) -> Any:
    """``json.loads`` without garbage collections, which would double its time. Parsing makes no cycles."""
    with paused_collector():
        return parse(data)


def _what_is_it(data: bytes, error: ValueError) -> str:
    start = data[:200].lstrip().lower()
    if not start:
        return "it is empty"
    if start.startswith(b"version https://git-lfs"):
        return "it is a Git LFS pointer, not the file itself (run: git lfs pull)"
    if start.startswith(b"<"):
        return "it is a web page"
    return str(error) if "nested" in str(error) else f"it is not JSON ({error})"


def _what_document(document: dict[str, Any]) -> str:
    if not document:
        return "it is empty"
    kind = kind_of(document)
    if kind.is_workflow:
        return "it is a workflow"
    return "it is a prompt" if kind is Kind.PROMPT else "it defines no node"


def clean_entry(node_type: str, raw: Any) -> dict[str, Any] | None:
    """A copy of the entry of ``node_type`` with the structure of ``/object_info``; ``None`` if it is not a
    mapping.

    In the result, ``input`` is a mapping whose sections (``required``, ``optional``, ``hidden``) are
    mappings. Every input in the first two is ``[type, options?]``, where the type is a text or a list of
    options and the options are a mapping (also inside dynamic combos and templates). ``output`` is a list of
    texts or lists. The other members, if present, have the types that the server gives them.
    """
    if not isinstance(raw, dict):
        return None
    entry = dict(shallow(raw))
    if not isinstance(raw.get("name"), str):
        entry["name"] = node_type
    entry["input"] = clean_sections(raw.get("input"))
    order = raw.get("input_order")
    if order is not None:
        entry["input_order"] = _clean_order(order)
    entry["output"] = [kind for kind in _as_list(raw.get("output")) if isinstance(kind, str | list)]
    for key in _LISTS:
        if entry.get(key) is not None:
            entry[key] = _as_list(entry[key])
    for key in _TEXTS:
        if entry.get(key) is not None and not isinstance(entry[key], str):
            entry[key] = None
    for key in _FLAGS:
        if key in entry:
            entry[key] = entry[key] is True
    if "unknown" in entry:
        _clean_unknown(entry)
    return entry


def unknown_parts(entry: Mapping[str, Any], name: str) -> frozenset[str]:
    """What a scan of source code does not know of an input ("*": of the node): "options", "type", ..."""
    marks = entry.get("unknown") or {}
    return frozenset(part.strip() for part in marks.get(name, "").split(",") if part.strip())


def _clean_unknown(entry: dict[str, Any]) -> None:
    """Repair what a scan says that it does not know, and mark the combos whose choices are not known."""
    marks = entry["unknown"] if isinstance(entry["unknown"], dict) else {}
    entry["unknown"] = {name: parts for name, parts in marks.items() if isinstance(parts, str)}
    for section in ("required", "optional"):
        for name, spec in entry["input"].get(section, {}).items():
            if "options" in unknown_parts(entry, name):
                entry["input"][section][name] = [
                    spec[0],
                    {**(spec[1] if len(spec) > 1 else {}), OPEN_CHOICES: True},
                ]


def clean_sections(raw: Any, depth: int = 0) -> dict[str, Any]:
    """The inputs of a node, a dynamic option or a template: sections of ``name: [type, options?]``.

    Inputs inside more than 32 dynamic inputs, deeper than in any real node, are left out, so that entries can
    be walked recursively.
    """
    if not isinstance(raw, dict) or depth > _DEPTH:
        return {}
    sections: dict[str, Any] = {}
    for key in _SECTIONS:
        section = raw.get(key)
        if not isinstance(section, dict):
            continue
        if key == "hidden":
            sections[key] = section
        else:
            cleaned = ((name, _clean_spec(spec, depth)) for name, spec in section.items())
            sections[key] = {name: spec for name, spec in cleaned if spec is not None}
    return sections


def _clean_spec(spec: Any, depth: int) -> list[Any] | None:
    if not isinstance(spec, list | tuple) or not spec:
        return None
    kind = list(spec[0]) if isinstance(spec[0], tuple) else spec[0]
    if not isinstance(kind, str | list):
        return None
    if len(spec) == 1:
        return [kind]
    return [kind, _clean_options(kind, spec[1], depth + 1) if isinstance(spec[1], dict) else {}]


def _clean_options(kind: str | list[Any], options: dict[str, Any], depth: int) -> dict[str, Any]:
    """Repair the options that define further inputs: a dynamic combo's options, a template, a slot's
    inputs."""
    if "template" not in options and "options" not in options and "inputs" not in options:
        return options
    cleaned = dict(options)
    if "inputs" in options:
        cleaned["inputs"] = clean_sections(options["inputs"], depth)
    choices = options.get("options")
    if isinstance(choices, list | tuple):
        cleaned["options"] = [_clean_choice(choice, depth) for choice in choices]
    elif "options" in options and kind in _CHOOSERS:
        del cleaned["options"]
    template = options.get("template")
    if isinstance(template, dict):
        cleaned["template"] = _clean_template(template, depth)
    elif template is not None:
        del cleaned["template"]
    return cleaned


def _clean_choice(choice: Any, depth: int) -> Any:
    if isinstance(choice, dict) and "inputs" in choice:
        return {**choice, "inputs": clean_sections(choice["inputs"], depth)}
    return choice


def _clean_template(template: dict[str, Any], depth: int) -> dict[str, Any]:
    """Repair a template. That of an autogrow group has sections under ``input``; that of a dynamic group
    consists of the sections themselves."""
    cleaned = {**template, **clean_sections(template, depth)}
    if "input" in template:
        cleaned["input"] = clean_sections(template["input"], depth)
    if "names" in template:
        cleaned["names"] = [name for name in _as_list(template["names"]) if isinstance(name, str)]
    return {key: value for key, value in cleaned.items() if key not in _SECTIONS or isinstance(value, dict)}


def _clean_order(raw: Any) -> dict[str, list[str]]:
    if not isinstance(raw, dict):
        return {}
    return {
        key: [name for name in names if isinstance(name, str)]
        for key, names in raw.items()
        if isinstance(names, list | tuple)
    }


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
