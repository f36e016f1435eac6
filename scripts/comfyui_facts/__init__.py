"""A custom node pack for a real ComfyUI that tells what /object_info does not: GET /comfyc/facts.

    ln -s "$PWD/scripts/comfyui_facts" ComfyUI/custom_nodes/comfyc_facts
    curl http://127.0.0.1:8188/comfyc/facts > facts.json

It runs inside the server and only reads. ``scripts/build_facts.py`` makes the table of
``converter/comfyc/checks/`` from the answer.
"""

from __future__ import annotations

import inspect
from typing import Any

import folder_paths  # type: ignore[import-not-found,unused-ignore]
import nodes  # type: ignore[import-not-found,unused-ignore]
from aiohttp import web  # type: ignore[import-not-found,unused-ignore]
from comfy_api.internal import (  # type: ignore[import-not-found,unused-ignore]
    _ComfyNodeInternal,
    first_real_override,
)
from server import PromptServer  # type: ignore[import-not-found,unused-ignore]

NODE_CLASS_MAPPINGS: dict[str, Any] = {}


def validator_of(node_class: Any) -> dict[str, Any] | None:
    """The signature of a class's custom validation, as execution.validate_inputs finds it."""
    if issubclass(node_class, _ComfyNodeInternal):
        function = first_real_override(node_class, "validate_inputs")
    else:
        function = getattr(node_class, "VALIDATE_INPUTS", None)
    if function is None:
        return None
    spec = inspect.getfullargspec(function)
    names = spec.args[1:] if inspect.ismethod(function) else spec.args
    optional = len(spec.defaults or ())
    return {
        "function": function.__qualname__,
        "bound": spec.args[:1] if inspect.ismethod(function) else [],
        "required": names[: len(names) - optional],
        "optional": names[len(names) - optional :],
        "kwargs": spec.varkw is not None,
    }


def takes_any_input(node_class: Any) -> bool:
    """Whether the function that runs the node takes inputs by any name, declared or not."""
    if issubclass(node_class, _ComfyNodeInternal):
        function = node_class.execute
    else:
        function = getattr(node_class, node_class.FUNCTION)
    return inspect.getfullargspec(function).varkw is not None


def inputs_of(node_class: Any) -> dict[str, Any]:
    """The declared inputs, with each folder listing replaced by one marker that names the folder."""
    real = folder_paths.get_filename_list
    folder_paths.get_filename_list = lambda folder: [f"<folder {folder}>"]
    try:
        result: dict[str, Any] = node_class.INPUT_TYPES()
    finally:
        folder_paths.get_filename_list = real
    return result


def walk(inputs: Any, prefix: str, facts: dict[str, Any]) -> None:
    """Collect the folders and the tuples behind the options of all inputs, nested ones too."""
    for section in ("required", "optional"):
        for name, spec in (inputs.get(section) or {}).items():
            options = spec[1] if len(spec) > 1 else {}
            choices = options.get("options") if spec[0] == "COMBO" else spec[0]
            if isinstance(choices, list | tuple):
                found = [c[8:-1] for c in choices if isinstance(c, str) and c.startswith("<folder ")]
                if found:
                    facts["folders"][prefix + name] = found
                if isinstance(choices, tuple):
                    facts["tuples"].append(prefix + name)
            if spec[0] == "COMFY_DYNAMICCOMBO_V3":
                for choice in options["options"]:
                    walk(choice["inputs"], f"{prefix}{name}.", facts)
            elif isinstance(options.get("template"), dict) and "input" in options["template"]:
                walk(options["template"]["input"], f"{prefix}{name}.*", facts)


@PromptServer.instance.routes.get("/comfyc/facts")  # type: ignore[untyped-decorator]
async def get_facts(request: Any) -> Any:
    answer: dict[str, Any] = {}
    for name, node_class in nodes.NODE_CLASS_MAPPINGS.items():
        facts: dict[str, Any] = {"folders": {}, "tuples": []}
        try:
            walk(inputs_of(node_class), "", facts)
        except Exception as error:
            facts["raises"] = repr(error)
        facts["validator"] = validator_of(node_class)
        facts["output_node"] = getattr(node_class, "OUTPUT_NODE", False) is True
        facts["v3"] = issubclass(node_class, _ComfyNodeInternal)
        facts["any_input"] = takes_any_input(node_class)
        facts["module"] = getattr(node_class, "RELATIVE_PYTHON_MODULE", "nodes")
        answer[name] = {key: value for key, value in facts.items() if value not in (None, {}, [], False)}
    return web.json_response(answer)
