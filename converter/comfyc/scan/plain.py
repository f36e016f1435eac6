"""From values to the JSON of an entry: what is known, with a note of what is not."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from comfyc.scan.files import VIRTUAL
from comfyc.scan.limits import MAX_ENTRY, MAX_ENTRY_DEPTH, OutOfFuelError
from comfyc.scan.v3_values import V3Object, V3Type
from comfyc.scan.values import Instance, PyDict, PyList, PySet, Value


@dataclass(slots=True)
class Notes:
    """What is not known of one entry: for each input ("*": the node itself), the parts that are not."""

    unknown: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0
    """Values that the entry has so far."""

    def add(self, name: str, part: str) -> None:
        """Note that a part of an input is not known."""
        parts = self.unknown.setdefault(name, [])
        if part not in parts:
            parts.append(part)

    def as_json(self) -> dict[str, str]:
        """The notes as the entry has them: parts separated by commas."""
        return {name: ", ".join(parts) for name, parts in self.unknown.items()}


class UnknownValueError(Exception):
    """A value, or a part of it, is not known."""


def plain(notes: Notes, value: Value, depth: int = 0) -> Value:
    """A value as JSON has it; ``UnknownValueError`` if a part of it is not known.

    Paths are not known, because they are those of the machine, and neither are NaN and infinities.
    """
    notes.count += 1
    if notes.count > MAX_ENTRY or depth > MAX_ENTRY_DEPTH:
        raise OutOfFuelError
    value = _stands_for(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        if VIRTUAL in value:
            raise UnknownValueError
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise UnknownValueError
        return value
    if isinstance(value, (PyList, tuple, PySet, range)):
        if getattr(value, "is_open", False):
            raise UnknownValueError
        return [plain(notes, one, depth + 1) for one in value]
    if isinstance(value, PyDict) and not value.is_open:
        return {key_text(key): plain(notes, one, depth + 1) for key, one in value.items()}
    raise UnknownValueError


def _stands_for(value: Value) -> Value:
    """The plain value that an object is written as."""
    if isinstance(value, Instance):
        return value.names.get("value") if value.native is None and value.kind.is_enum else value.native
    if isinstance(value, V3Object) and value.kind == "member":
        return value.names["value"]
    return value.io_type if isinstance(value, V3Type) else value


def key_text(key: Value) -> str:
    """The name of a JSON member for a key of a dictionary, as ``json.dumps`` makes it."""
    if isinstance(key, Instance):
        key = key.names.get("value") if key.native is None else key.native
    if isinstance(key, V3Object):
        key = key.names.get("value")
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, (int, float)):
        return str(key)
    raise UnknownValueError


def choices(notes: Notes, name: str, value: Value, depth: int = 0) -> list[Value]:
    """The members of a list of choices that are known; the note says if there may be others.

    An empty list is noted too: nobody offers no choice, so that it is filled when the server runs.
    """
    known: list[Value] = []
    if getattr(value, "is_open", False):
        notes.add(name, "options")
    if not isinstance(value, (PyList, tuple, PySet, PyDict, range)):
        notes.add(name, "options")
        return known
    for one in value:
        try:
            known.append(plain(notes, one, depth + 1))
        except UnknownValueError:
            notes.add(name, "options")
    if not known:
        notes.add(name, "options")
    return known
