"""comfyc: ComfyUI workflows to prompts, exactly as the editor's Export (API), offline.

    from comfyc import convert, validate
    conversion = convert("flow.json")
    validation = validate("shared.png")

The names below are the public interface, with those of ``comfyc.running`` and ``comfyc.packs``: docs/api.md
says what each is, and how long it stays. They are imported when they are first used: ``import comfyc`` costs
next to nothing.
"""

TYPE_CHECKING = False
"""As ``typing`` has it, which takes a moment to import."""

if TYPE_CHECKING:
    from typing import Any

    from comfyc.api import Conversion, convert
    from comfyc.catalog import Catalog
    from comfyc.custom_nodes import CustomNodes, read_custom_nodes
    from comfyc.diagnostics import ComfycError, Diagnostic, Diagnostics, Severity
    from comfyc.differences import Difference, DifferenceKind, Differences, diff
    from comfyc.formatting import Formatted, format_workflow
    from comfyc.interface import Interface, Setting, assign, convert_with, read_interface
    from comfyc.needs import Needs, needs_of
    from comfyc.options import Arrangement, Button, DynamicPrompts, Meta, Options, UnknownTypes
    from comfyc.prompt import Prompt
    from comfyc.rebuilt import Rebuilt, to_workflow
    from comfyc.safety.limits import Limits
    from comfyc.saving import Rewritten, rewrite_with
    from comfyc.sources.file import WorkflowFile, read_file
    from comfyc.validation import Validation, validate

    __version__: str

__all__ = [
    "Arrangement",
    "Button",
    "Catalog",
    "ComfycError",
    "Conversion",
    "CustomNodes",
    "Diagnostic",
    "Diagnostics",
    "Difference",
    "DifferenceKind",
    "Differences",
    "DynamicPrompts",
    "Formatted",
    "Interface",
    "Limits",
    "Meta",
    "Needs",
    "Options",
    "Prompt",
    "Rebuilt",
    "Rewritten",
    "Setting",
    "Severity",
    "UnknownTypes",
    "Validation",
    "WorkflowFile",
    "__version__",
    "assign",
    "convert",
    "convert_with",
    "diff",
    "format_workflow",
    "needs_of",
    "read_custom_nodes",
    "read_file",
    "read_interface",
    "rewrite_with",
    "to_workflow",
    "validate",
]

_MODULES = {
    "Arrangement": "options",
    "Button": "options",
    "Catalog": "catalog",
    "ComfycError": "diagnostics",
    "Conversion": "api",
    "CustomNodes": "custom_nodes",
    "Diagnostic": "diagnostics",
    "Diagnostics": "diagnostics",
    "Difference": "differences",
    "DifferenceKind": "differences",
    "Differences": "differences",
    "DynamicPrompts": "options",
    "Formatted": "formatting",
    "Interface": "interface",
    "Limits": "safety.limits",
    "Meta": "options",
    "Needs": "needs",
    "Options": "options",
    "Prompt": "prompt",
    "Rebuilt": "rebuilt",
    "Rewritten": "saving",
    "Setting": "interface",
    "Severity": "diagnostics",
    "UnknownTypes": "options",
    "Validation": "validation",
    "WorkflowFile": "sources.file",
    "assign": "interface",
    "convert": "api",
    "convert_with": "interface",
    "format_workflow": "formatting",
    "diff": "differences",
    "needs_of": "needs",
    "read_custom_nodes": "custom_nodes",
    "read_file": "sources.file",
    "read_interface": "interface",
    "rewrite_with": "saving",
    "to_workflow": "rebuilt",
    "validate": "validation",
}
"""The module of each name."""


def __getattr__(name: str) -> "Any":
    if name == "__version__":
        from comfyc.version import version  # noqa: PLC0415

        return version()
    if name not in _MODULES:
        raise AttributeError(f"module 'comfyc' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    return getattr(import_module(f"comfyc.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
