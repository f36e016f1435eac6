"""One entry of object_info, made safe to use: whatever a server or a file says, the shape holds.

Only the structure is put right (what is a mapping, a list, a text, a flag); values such as a default or
a limit stay as they are, because the frontend and the server take them as they are.
"""

from __future__ import annotations

from typing import Any

_SECTIONS = ("required", "optional", "hidden")
_LISTS = ("output_name", "output_is_list", "output_matchtypes", "output_tooltips", "search_aliases")
_TEXTS = ("display_name", "description", "python_module", "category")
_FLAGS = ("output_node", "is_input_list", "deprecated", "experimental", "api_node", "dev_only")


def clean_entry(node_type: str, raw: Any) -> dict[str, Any] | None:
    """The entry of ``node_type`` in the shape of ``/object_info``, or ``None`` if it is no entry at all.

    In the result ``input`` is a mapping whose sections (``required``, ``optional``, ``hidden``) are
    mappings; every input in the first two is ``[type, options?]`` with a text or a list of options as
    type and a mapping as options (also inside dynamic combos and templates); ``output`` is a list of
    texts or lists; the other members, where present, have the type that the server gives them.
    """
    if not isinstance(raw, dict):
        return None
    entry = dict(raw)
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
    return entry


def clean_sections(raw: Any) -> dict[str, Any]:
    """The inputs of a node, a dynamic option or a template: sections of ``name: [type, options?]``."""
    if not isinstance(raw, dict):
        return {}
    sections: dict[str, Any] = {}
    for key in _SECTIONS:
        section = raw.get(key)
        if not isinstance(section, dict):
            continue
        if key == "hidden":
            sections[key] = section
        else:
            cleaned = ((name, _clean_spec(spec)) for name, spec in section.items())
            sections[key] = {name: spec for name, spec in cleaned if spec is not None}
    return sections


def _clean_spec(spec: Any) -> list[Any] | None:
    if not isinstance(spec, list | tuple) or not spec:
        return None
    kind = list(spec[0]) if isinstance(spec[0], tuple) else spec[0]
    if not isinstance(kind, str | list):
        return None
    if len(spec) == 1:
        return [kind]
    return [kind, _clean_options(spec[1]) if isinstance(spec[1], dict) else {}]


def _clean_options(options: dict[str, Any]) -> dict[str, Any]:
    """Put right what makes further inputs: the options of a dynamic combo, the template of a group."""
    if "template" not in options and "options" not in options:
        return options
    cleaned = dict(options)
    choices = options.get("options")
    if isinstance(choices, list | tuple):
        cleaned["options"] = [_clean_choice(choice) for choice in choices]
    template = options.get("template")
    if isinstance(template, dict):
        cleaned["template"] = _clean_template(template)
    elif template is not None:
        del cleaned["template"]
    return cleaned


def _clean_choice(choice: Any) -> Any:
    if isinstance(choice, dict) and "inputs" in choice:
        return {**choice, "inputs": clean_sections(choice["inputs"])}
    return choice


def _clean_template(template: dict[str, Any]) -> dict[str, Any]:
    if "input" in template:
        return {**template, "input": clean_sections(template["input"])}
    return template


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
