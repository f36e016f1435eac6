"""JSON Schemas as quick yes-or-no functions, for the part of the language that ``schemas/`` uses.

jsonschema takes a second for 25 workflows; nearly all of them are in order, and of the others nearly all
parts are. So every document is judged by these functions first, which name the members that are not in
order; jsonschema then looks at those alone, and says what is wrong. That both judge alike is held by
tests/test_schema.py.

A compiled schema is a table by the class of a value: a class that is not in it is refused, one with None
is accepted, one with a function is accepted if that says so. A function judges all members, also after
one was refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]
Refused = dict[int, dict[Any, None]]
"""By the ``id`` of a list or object the indexes or keys of its members that are not in order."""
Judge = Callable[[Any, Refused], bool]


class Table(dict[type, "Judge | None"]):
    """How a value is judged, by its class; a class of its own (an OrderedDict) is as good as its base."""

    __slots__ = ()

    def __missing__(self, cls: type) -> Judge | None:
        if cls is not bool:  # which Python takes for an int
            for known, judge in self.items():
                if issubclass(cls, known):
                    return judge
        return _refuse


MAX_REFUSED = 1000
"""How many members of one list or object are remembered: whoever asks for more has seen enough."""

TYPES: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "boolean": (bool,),
    "number": (int, float),
    "string": (str,),
    "array": (list,),
    "object": (dict,),
}
_CLASSES = tuple(cls for classes in TYPES.values() for cls in classes)
_FOR_LISTS = frozenset(
    {"items", "prefixItems", "minItems", "maxItems", "contains", "minContains", "maxContains"}
)
_FOR_OBJECTS = frozenset({"properties", "additionalProperties", "required"})
_KEYWORDS = _FOR_LISTS | _FOR_OBJECTS | {"$ref", "type", "enum", "const", "minLength", "allOf"}
_ANNOTATIONS = frozenset({"$schema", "$id", "$comment", "$defs", "title", "description", "x-rule"})


def compile_schema(schema: Schema) -> Callable[[Any], Refused | None]:
    """The judgement of a whole schema: None for a document in order, else what is not.

    ``ValueError`` if the schema uses a keyword that is not known here. The judgement walks by recursion:
    ``RecursionError`` for what nests deeper than Python goes.
    """
    table = _Compiler(schema).table(schema)

    def judge(document: Any) -> Refused | None:
        refused: Refused = {}
        return None if accepts(table, document, refused) else refused

    return judge


def accepts(table: Table, value: Any, refused: Refused) -> bool:
    """Whether a value is in order under a compiled schema."""
    judge = table[value.__class__]
    return judge is None or judge(value, refused)


def _refuse(_value: Any, _refused: Refused) -> bool:
    return False


def _note(container: Any, member: Any, refused: Refused) -> None:
    members = refused.setdefault(id(container), {})
    if len(members) < MAX_REFUSED:
        members[member] = None


class _Compiler:
    """Compiles the subschemas of one document; those under ``$defs`` once, as they may be recursive."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self.by_ref: dict[str, Table] = {}

    def table(self, schema: Schema) -> Table:
        unknown = schema.keys() - _KEYWORDS - _ANNOTATIONS
        if unknown:
            raise ValueError(f"unknown keywords in a schema: {sorted(unknown)}")
        parts = [self.ref(schema["$ref"])] if "$ref" in schema else []
        parts += [self.table(part) for part in schema.get("allOf", ())]
        if schema.keys() - {"$ref", "allOf"} - _ANNOTATIONS:
            parts.append(self.own(schema))
        return parts[0] if len(parts) == 1 else _all_of(parts)

    def ref(self, ref: str) -> Table:
        known = self.by_ref.get(ref)
        if known is None:
            known = self.by_ref[ref] = Table()  # filled below, after whoever refers to it has got hold of it
            target = self.root
            for key in ref.removeprefix("#/").split("/"):
                target = target[key]
            known.update(self.table(target))
        return known

    def own(self, schema: Schema) -> Table:
        if "const" in schema or "enum" in schema:
            return _one_of(schema.get("enum") or [schema["const"]])
        names = schema.get("type")
        classes = _CLASSES
        if names is not None:
            names = [names] if isinstance(names, str) else names
            classes = tuple(cls for name in names for cls in TYPES[name])
        table = Table((cls, None) for cls in classes)
        if list in table and schema.keys() & _FOR_LISTS:
            table[list] = self.of_list(schema)
        if dict in table and schema.keys() & _FOR_OBJECTS:
            table[dict] = self.of_object(schema)
        if str in table and "minLength" in schema:
            shortest = schema["minLength"]
            table[str] = lambda value, _refused: len(value) >= shortest
        return table

    def of_list(self, schema: Schema) -> Judge:
        low: int = schema.get("minItems", 0)
        high: float = schema.get("maxItems", math.inf)
        first = [self.table(part) for part in schema.get("prefixItems", ())]
        rest = self.table(schema.get("items", {}))
        banned = self.banned(schema)
        start = len(first)

        def judge(value: list[Any], refused: Refused) -> bool:
            good = low <= len(value) <= high
            for table, item in zip(first, value, strict=False):
                check = table[item.__class__]
                if check is not None and not check(item, refused):
                    good = False
            for index, item in enumerate(value[start:] if start else value, start):
                check = rest[item.__class__]
                if check is not None and not check(item, refused):
                    good = False
                    _note(value, index, refused)
                if isinstance(item, banned):
                    good = False
            return good

        return judge

    def banned(self, schema: Schema) -> tuple[type, ...]:
        """The classes that no item may have: ``contains`` is known only as "none of these types"."""
        if "contains" not in schema:
            return ()
        table = self.table(schema["contains"])
        if schema.get("minContains") != 0 or schema.get("maxContains") != 0 or any(table.values()):
            raise ValueError("'contains' may only ban types")
        return tuple(table)

    def of_object(self, schema: Schema) -> Judge:
        required = schema.get("required", ())
        named = {name: self.table(part) for name, part in schema.get("properties", {}).items()}
        others = self.table(schema["additionalProperties"]) if "additionalProperties" in schema else None

        def judge(value: dict[str, Any], refused: Refused) -> bool:
            good = True
            for name in required:
                if name not in value:
                    good = False
            for name, member in value.items():
                table = named.get(name, others)
                if table is not None:
                    check = table[member.__class__]
                    if check is not None and not check(member, refused):
                        good = False
                        _note(value, name, refused)
            return good

        return judge


def _one_of(values: list[Any]) -> Table:
    by_class: dict[type, set[Any]] = {}
    for value in values:
        for cls in (int, float) if type(value) in (int, float) else (type(value),):
            by_class.setdefault(cls, set()).add(value)
    return Table((cls, _in(allowed)) for cls, allowed in by_class.items())


def _in(allowed: set[Any]) -> Judge:
    return lambda value, _refused: value in allowed


def _all_of(parts: list[Table]) -> Table:
    """What every part accepts. The parts are looked up when a value comes: they may not be filled yet."""

    def judge(value: Any, refused: Refused) -> bool:
        good = True
        for part in parts:  # all of them: each notes what it refuses
            good = accepts(part, value, refused) and good
        return good

    return Table((cls, judge) for cls in _CLASSES)
