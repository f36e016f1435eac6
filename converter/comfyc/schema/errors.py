"""What jsonschema finds in those parts of a document that are known to be not in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from comfyc.diagnostics import Pointer
from comfyc.schema.accepts import TYPES, Refused


@dataclass(frozen=True, slots=True)
class Violation:
    """One error: the ``keyword`` of ``schema`` that ``value``, at ``pointer``, does not meet.

    ``code`` is that of the rule that it goes under.
    """

    code: str
    keyword: str
    schema: dict[str, Any]
    value: Any
    pointer: Pointer


_REFUSED: ContextVar[Refused] = ContextVar("refused")
"""What is not in order in the document that is being looked at."""
_VALIDATORS: dict[str, Validator] = {}


def find_violations(
    name: str, schema: dict[str, Any], document: Any, refused: Refused, limit: int
) -> list[Violation]:
    """Up to ``limit`` violations of a schema, in its order.

    ``refused`` is what ``schema_accepts`` says of the document; ``name`` that of the schema, whose
    validator is built once.
    """
    validator = _VALIDATORS.get(name)
    if validator is None:
        validator = _VALIDATORS[name] = _validator_class()(schema)
    token = _REFUSED.set(refused)
    try:
        errors = list(islice(validator.iter_errors(document), limit))
    finally:
        _REFUSED.reset(token)
    return [
        Violation(
            _rule_code(error, schema),
            str(error.validator),
            cast("dict[str, Any]", error.schema),
            error.instance,
            tuple(error.absolute_path),
        )
        for error in errors
    ]


@cache
def _validator_class() -> type[Validator]:
    """Draft 2020-12, but going straight to the members that are not in order."""
    direct = {
        "properties": _properties,
        "additionalProperties": _additional_properties,
        "items": _items,
        "contains": _contains,
    }
    return cast("type[Validator]", extend(Draft202012Validator, direct))  # type: ignore[no-untyped-call]


def _properties(validator: Any, properties: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for name in _REFUSED.get().get(id(instance), ()):
            if name in properties:
                yield from validator.descend(instance[name], properties[name], path=name, schema_path=name)


def _additional_properties(
    validator: Any, part: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        named = schema.get("properties", {})
        for name in _REFUSED.get().get(id(instance), ()):
            if name not in named:
                yield from validator.descend(instance[name], part, path=name)


def _items(validator: Any, part: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, list):
        start = len(schema.get("prefixItems", ()))
        for index in _REFUSED.get().get(id(instance), ()):
            if index >= start:
                yield from validator.descend(instance[index], part, path=index)


def _contains(_validator: Any, part: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """``contains`` as the schemas use it: to ban types."""
    if isinstance(instance, list):
        banned = tuple(cls for name in part["type"] for cls in TYPES[name])
        if any(isinstance(item, banned) for item in instance):
            yield ValidationError("banned", validator="maxContains", validator_value=0)


def _rule_code(error: ValidationError, schema: dict[str, Any]) -> str:
    """The innermost ``x-rule`` on the way from the root of the schema to what failed."""
    code = "W031"
    part: Any = schema
    for step in error.absolute_schema_path:
        while isinstance(part, dict):
            code = part.get("x-rule", code)
            if step in part or "$ref" not in part:
                break
            part = _resolve(part["$ref"], schema)
        part = part[step]
    return "W032" if code == "W031" and error.validator == "required" else code


def _resolve(ref: str, schema: dict[str, Any]) -> Any:
    part: Any = schema
    for key in ref.removeprefix("#/").split("/"):
        part = part[key]
    return part
