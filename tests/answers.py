"""The envelopes of ``--json``, held to schemas/answer.schema.json: no member that it does not describe."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema

from comfyc.schema import schema_file


def answers(stdout: str) -> list[dict[str, Any]]:
    """The envelopes of an output, each of which is a line."""
    assert stdout.endswith("\n")
    found = []
    for line in stdout.splitlines():
        envelope = json.loads(line, parse_constant=_refuse)
        _validator().validate(envelope)
        found.append(envelope)
    return found


def answer(stdout: str) -> dict[str, Any]:
    """The one envelope of an output."""
    (envelope,) = answers(stdout)
    return envelope


def _refuse(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


@cache
def _validator() -> Any:
    schema = json.loads(schema_file("answer").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for part in (schema, *schema["$defs"].values()):
        assert "properties" in part
        part["additionalProperties"] = False
    return jsonschema.Draft202012Validator(schema)
