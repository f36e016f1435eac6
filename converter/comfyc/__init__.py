"""comfyc: ComfyUI workflows to prompts, exactly as the editor's Export (API), offline.

    from converter import Catalog, convert, validate
    conversion = convert(document, Catalog.load())
    validation = validate(document, Catalog.load())

The names below are imported when they are first used: ``import converter`` costs next to nothing.
"""

TYPE_CHECKING = False
"""As ``typing`` has it, which takes a moment to import."""

if TYPE_CHECKING:
    from typing import Any

    from comfyc.api import Conversion, DynamicPrompts, Options, UnknownTypes, convert
    from comfyc.catalog import Catalog
    from comfyc.diagnostics import ComfycError, Diagnostic, Diagnostics, Severity
    from comfyc.validation import Validation, validate

__all__ = [
    "Catalog",
    "ComfycError",
    "Conversion",
    "Diagnostic",
    "Diagnostics",
    "DynamicPrompts",
    "Options",
    "Severity",
    "UnknownTypes",
    "Validation",
    "convert",
    "validate",
]

_HOMES = {
    "Catalog": "comfyc.catalog",
    "ComfycError": "comfyc.diagnostics",
    "Diagnostic": "comfyc.diagnostics",
    "Diagnostics": "comfyc.diagnostics",
    "Severity": "comfyc.diagnostics",
    "Validation": "comfyc.validation",
    "validate": "comfyc.validation",
}


def __getattr__(name: str) -> "Any":
    if name not in __all__:
        raise AttributeError(f"module 'converter' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    return getattr(import_module(_HOMES.get(name, "comfyc.api")), name)
