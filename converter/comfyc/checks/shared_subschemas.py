"""Making a JSON Schema smaller: repeated subschemas become definitions that the others refer to.

The schema accepts the same documents afterwards. Titles, descriptions and defaults of equal subschemas may
differ, so they stay next to the reference (draft 2020-12 allows both).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]

_ONE = frozenset({"if", "then", "else", "not", "items", "additionalProperties"})
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAPS = frozenset({"properties", "patternProperties", "$defs"})
_NOTES = ("title", "description", "default")
_SHORT = 40
"""Characters; a subschema of at most this length stays, because a reference is hardly shorter."""


def share(schema: Schema) -> Schema:
    """The same schema with repeated subschemas under ``$defs``, as ``shared1`` and so on.

    Existing ``$defs`` are kept.
    """
    counts: Counter[str] = Counter()
    texts: dict[int, str] = {}
    for part in _parts(schema):
        text = texts[id(part)] = json.dumps(_bare(part))
        if len(text) > _SHORT:
            counts[text] += 1
    sharing = _Sharing({text for text, count in counts.items() if count > 1}, texts)
    result = sharing.inside(schema)
    result["$defs"] = {**result.get("$defs", {}), **sharing.definitions}
    return result


def _parts(schema: Mapping[str, Any]) -> Iterator[Schema]:
    """All subschemas below a schema."""
    for keyword, value in schema.items():
        for part in _below(keyword, value):
            yield part
            yield from _parts(part)


def _below(keyword: str, value: Any) -> Iterator[Schema]:
    if keyword in _ONE:
        found = [value]
    elif keyword in _LISTS:
        found = value
    else:
        found = value.values() if keyword in _MAPS else []
    return (part for part in found if isinstance(part, dict))


def _bare(part: Schema) -> Schema:
    return {key: value for key, value in part.items() if key not in _NOTES}


class _Sharing:
    """Rewrites a schema from the outside in, so that shared parts may refer to other shared parts."""

    def __init__(self, repeated: set[str], texts: Mapping[int, str]) -> None:
        self.definitions: Schema = {}
        self._repeated = repeated
        self._texts = texts
        self._names: dict[str, str] = {}

    def inside(self, schema: Mapping[str, Any]) -> Schema:
        """A copy whose repeated parts are references."""
        return {keyword: self._value(keyword, value) for keyword, value in schema.items()}

    def _value(self, keyword: str, value: Any) -> Any:
        if keyword in _ONE and isinstance(value, dict):
            return self._part(value)
        if keyword in _LISTS:
            return [self._part(part) for part in value]
        if keyword in _MAPS:
            return {name: self._part(part) for name, part in value.items()}
        return value

    def _part(self, part: Any) -> Any:
        text = self._texts.get(id(part))
        if text is None or text not in self._repeated:
            return self.inside(part) if isinstance(part, dict) else part
        name = self._names.get(text)
        if name is None:
            name = self._names[text] = f"shared{len(self._names) + 1}"
            self.definitions[name] = self.inside(_bare(part))
        return {"$ref": f"#/$defs/{name}", **{key: part[key] for key in _NOTES if key in part}}
