"""Read a job file: its text as a JSON value, held against the schema, and the requests in it."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Pointer, Rule
from comfyc.documents import Kind, kind_of
from comfyc.interface.requests import AppRequest, Asked, Request
from comfyc.jobs.texts import MAX_BYTES, ParsedText, Position, is_within_limits, report_size
from comfyc.report.findings import FileFindings, FileReport, located
from comfyc.safety.escaping import shortened
from comfyc.safety.opening import open_regular
from comfyc.schema import schema_file
from comfyc.suggestions import Guesses, did_you_mean

ENDINGS = (".toml", ".yaml", ".yml")
"""Of the files that are job files whatever is in them."""
_PROMPT = re.compile(rb'"(?:nodes|class_type)"\s*:')
"""What every workflow and every prompt has, and hardly a job file."""
_LONGEST = 60
"""Characters of a key or a value that a message quotes."""


@dataclass(frozen=True, slots=True)
class JobValue:
    """A value under the name that the file gives to an input, and the position of the name in the file."""

    name: str
    value: Any
    position: Position


@dataclass(frozen=True, slots=True)
class JobFile:
    """What a job file asks for. ``name`` is the file as messages call it.

    ``values`` are for inputs by NODE.INPUT, ``app_values`` for those that an app declares. Options that the
    file does not have are None.
    """

    name: str
    values: tuple[JobValue, ...] = ()
    app_values: tuple[JobValue, ...] = ()
    set_all: bool | None = None
    unlink: bool | None = None
    seed: int | str | None = None
    count: int | None = None
    random_seed: int | None = None

    @property
    def folder(self) -> Path:
        """The folder that names of files in it are relative to."""
        return Path(self.name).parent

    @property
    def requests(self) -> list[Asked]:
        """The values as requests for :func:`comfyc.interface.set_values`, those for an app first."""
        return [
            *(AppRequest(*self._request(one), is_literal=True) for one in self.app_values),
            *(Request(*self._request(one), is_literal=True) for one in self.values),
        ]

    def _request(self, one: JobValue) -> tuple[str, Any, str, Path]:
        return one.name, one.value, ":".join(map(str, (self.name, *one.position))), self.folder


def is_job_name(name: str) -> bool:
    """Whether a file is a job file: by its ending, for JSON by its form, which is no workflow's or prompt's.

    A file that is not there or cannot be read is none.
    """
    ending = os.path.splitext(name)[1].lower()
    if ending != ".json":
        return ending in ENDINGS
    try:
        with open_regular(Path(name)) as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES or _PROMPT.search(data) is not None:
            return False
        document = json.loads(data.decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return False
    is_job = isinstance(document, dict) and not document.keys().isdisjoint(_properties())
    return is_job or kind_of(document) is Kind.NOTHING


def read_job(name: str) -> tuple[JobFile | None, FileReport | None]:
    """Read a job file: what it asks for, or None and what is wrong in it.

    ``ComfycError`` if it cannot be read at all, or is YAML and PyYAML is not installed.
    """
    data, found = _bytes_of(name), Collector()
    job = _read(name, data, found)
    if not len(found):
        return job, None
    text = data[:MAX_BYTES].decode("utf-8-sig", "replace").replace("\r\n", "\n")
    return job, located(FileFindings(name, tuple(found), text, os.path.splitext(name)[1][1:].lower()))


def _read(name: str, data: bytes, found: Collector) -> JobFile | None:
    if len(data) > MAX_BYTES:
        report_size(f"more than {MAX_BYTES >> 20} MiB", (1, 1), found)
        return None
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found.report(
            codes.JOB_NOT_READ, "the job file is not UTF-8", line=line, column=1, hint="save it as UTF-8"
        )
        return None
    parsed = _parse(name, text, found)
    if parsed is None or not is_within_limits(parsed.value, found):
        return None
    before = len(found)
    for pointer in parsed.repeated:
        _report(codes.JOB_REPEATED, f"{_quoted(pointer)} is in the job file twice", pointer, parsed, found)
    _check(parsed, found)
    job = _job_of(name, parsed, found) if len(found) == before else None
    return None if found.has_errors else job


def _bytes_of(name: str) -> bytes:
    try:
        with open_regular(Path(name)) as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ComfycError(f"there is no file '{name}'", "check the path") from error
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ComfycError(f"'{name}' cannot be read: {reason.lower()}") from error


def _parse(name: str, text: str, found: Collector) -> ParsedText | None:
    ending = os.path.splitext(name)[1].lower()
    if ending == ".toml":
        from comfyc.jobs.toml_text import parse_toml  # noqa: PLC0415 - one of three is needed

        return parse_toml(text, found)
    if ending == ".json":
        from comfyc.jobs.json_text import parse_job_json  # noqa: PLC0415

        return parse_job_json(text, found)
    try:
        from comfyc.jobs.yaml_text import parse_yaml  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if error.name != "yaml":
            raise
        hint = 'pip install "comfyc[yaml]", or write the job file in TOML or JSON'
        raise ComfycError(f"'{name}' is YAML, which needs PyYAML", hint) from error
    return parse_yaml(text, found)


@cache
def _properties() -> Mapping[str, Any]:
    schema = json.loads(schema_file("job").read_text("utf-8"))
    properties: Mapping[str, Any] = schema["properties"]
    return properties


def _check(parsed: ParsedText, found: Collector) -> None:
    """Report what the schema does not allow, and values that are no JSON."""
    document = parsed.value
    if not isinstance(document, dict):
        _report(codes.JOB_WRONG_VALUE, "the job file is not a table of values", (), parsed, found)
        return
    properties, guesses = _properties(), Guesses()
    for key, value in document.items():
        if key not in properties:
            meant = _hint_for_unknown(key, value, guesses)
            message = f"the job file has an unknown key '{shortened(key, _LONGEST)}'"
            _report(codes.JOB_UNKNOWN_KEY, message, (key,), parsed, found, meant)
        elif not _fits(value, properties[key]):
            message = f"'{key}' is {_shown(value)}, expected {properties[key]['title']}"
            _report(codes.JOB_WRONG_VALUE, message, (key,), parsed, found)
    for pointer, value in _foreign(document):
        message = f"{_quoted(pointer)} is {_shown(value)}, which is no value of JSON"
        _report(codes.JOB_WRONG_VALUE, message, pointer, parsed, found, "write it as a text, in quotes")


def _hint_for_unknown(key: str, value: Any, guesses: Guesses) -> str:
    meant = guesses.closest(key, _properties())
    if meant is not None:
        return did_you_mean([meant])
    names = ", ".join(name for name in _properties() if not name.startswith("$"))
    if "." in key or isinstance(value, dict):
        return f"values for inputs belong into the table [set]; the keys are {names}"
    return f"the keys are {names}"


_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "boolean": (bool,),
    "integer": (int,),
    "string": (str,),
    "null": (type(None),),
}


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a value is as the schema of its key wants it."""
    names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if not any(isinstance(value, _TYPES[name]) for name in names):
        return False
    if isinstance(value, bool):
        return "boolean" in names
    if isinstance(value, str):
        return re.search(schema.get("pattern", ""), value) is not None
    return not isinstance(value, int) or value >= schema.get("minimum", value)


def _foreign(document: Any) -> Iterator[tuple[Pointer, Any]]:
    """The values that JSON does not have: dates and times of TOML, numbers that are not finite."""
    todo: list[tuple[Pointer, Any]] = [((), document)]
    while todo:
        pointer, value = todo.pop()
        if isinstance(value, dict):
            todo += [((*pointer, key), item) for key, item in reversed(value.items())]
        elif isinstance(value, list):
            todo += [((*pointer, index), value[index]) for index in reversed(range(len(value)))]
        elif not isinstance(value, str | int | float | None) or (
            isinstance(value, float) and not math.isfinite(value)
        ):
            yield pointer, value


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, str):
        return f"'{shortened(value, _LONGEST)}'"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(pointer: Pointer) -> str:
    return f"'{shortened('.'.join(map(str, pointer)), _LONGEST)}'"


def _report(
    rule: Rule, message: str, pointer: Pointer, parsed: ParsedText, found: Collector, hint: str | None = None
) -> None:
    line, column = parsed.position(pointer)
    found.report(rule, message, line=line, column=column, hint=hint)


def _job_of(name: str, parsed: ParsedText, found: Collector) -> JobFile | None:
    document: dict[str, Any] = parsed.value
    values: dict[str, JobValue] = {}
    for pointer, path, value in _set_values(document.get("set") or {}):
        if path in values:
            _report(codes.JOB_REPEATED, f"'{path}' is in the job file twice", pointer, parsed, found)
        values[path] = JobValue(path, value, parsed.position(pointer))
    of_app: dict[str, Any] = document.get("in") or {}
    app_values = tuple(JobValue(key, value, parsed.position(("in", key))) for key, value in of_app.items())
    return JobFile(
        name,
        tuple(values.values()),
        app_values,
        document.get("set-all"),
        document.get("unlink"),
        document.get("seed"),
        document.get("count"),
        document.get("random-seed"),
    )


def _set_values(table: Mapping[str, Any]) -> Iterator[tuple[Pointer, str, Any]]:
    """The pointer, the NODE.INPUT and the value of each input: a table is a node, and its members are
    inputs; every other key is a NODE.INPUT."""
    for key, value in table.items():
        if isinstance(value, dict):
            for name, inner in value.items():
                yield ("set", key, name), f"{key}.{name}", inner
        else:
            yield ("set", key), key, value
