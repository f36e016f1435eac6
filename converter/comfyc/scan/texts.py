"""What ``str()`` and ``repr()`` make of a value."""

from __future__ import annotations

from pathlib import PurePosixPath

from comfyc.scan.limits import is_small
from comfyc.scan.values import Instance, PyDict, PyList, Value, is_open


def names_in(text: str) -> frozenset[str]:
    """The names that a text lists, separated by blanks."""
    return frozenset(text.split())


def text_of(value: Value, *, shown: bool = False) -> str | None:
    """``str(value)``, or ``repr(value)`` if ``shown``; None if it is not known.

    Members of an enumeration are like their class and name, those that are texts as well like their value
    (``format`` and f-strings before Python 3.12, which ComfyUI's packs are written for).
    """
    if isinstance(value, Instance):
        if value.kind.is_enum and not isinstance(value.native, (str, int)):
            return f"{value.kind.name}.{value.names.get('name')}"
        value = value.native
        if value is None:
            return None
    if isinstance(value, PurePosixPath):
        return str(value)
    if value is None or isinstance(value, (str, int, float, bytes)):
        return repr(value) if shown else str(value)
    if isinstance(value, (PyList, PyDict, tuple)) and not is_open(value) and is_small(value, 2_000):
        members = [*value, *value.values()] if isinstance(value, dict) else value
        if all(one is None or isinstance(one, (str, int, float)) for one in members):
            return repr(value)
    return None
