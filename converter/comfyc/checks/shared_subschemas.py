"""Making a JSON Schema smaller: repeated subschemas become definitions that the others refer to.

The schema accepts the same documents afterwards. Titles, descriptions and defaults of equal subschemas may
differ, so they stay next to the reference (draft 2020-12 allows both).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii
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
    _spell(schema, counts, texts)
    sharing = _Sharing({text for text, count in counts.items() if count > 1 and len(text) > _SHORT}, texts)
    result = sharing.inside(schema)
    result["$defs"] = {**result.get("$defs", {}), **sharing.definitions}
    return result


def _spell(schema: Mapping[str, Any], counts: Counter[str], texts: dict[int, str]) -> str:
    """The schema as JSON, made of the texts of its parts, so that each is written once.

    ``texts`` gets what :func:`_bare` leaves of each part, by its ``id()``, ``counts`` how often that comes.
    """

    def part(value: Any) -> str:
        return _spell(value, counts, texts) if isinstance(value, dict) else _written(value)

    members: list[tuple[str, str]] = []
    for keyword, value in schema.items():
        if keyword in _ONE:
            text = part(value)
        elif keyword in _LISTS:
            text = f"[{', '.join(map(part, value))}]"
        elif keyword in _MAPS:
            text = f"{{{', '.join([f'{_written(name)}: {part(one)}' for name, one in value.items()])}}}"
        else:
            text = _written(value)
        members.append((keyword, f'"{keyword}": {text}'))
    bare = f"{{{', '.join([member for keyword, member in members if keyword not in _NOTES])}}}"
    texts[id(schema)] = bare
    counts[bare] += 1
    return f"{{{', '.join([member for _, member in members])}}}"


def _written(value: Any) -> str:
    """The value as JSON. Most are texts: for these alone ``json.dumps`` is a detour."""
    return encode_basestring_ascii(value) if isinstance(value, str) else json.dumps(value)


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
