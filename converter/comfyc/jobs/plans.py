"""Plan files: what ``comfyc plan -o`` writes and ``comfyc run`` does, down to the bodies of ``POST /prompt``.

A plan is read as it was written or not at all: a prompt that has changed since, or a local file that is to be
uploaded, is refused. schemas/plan.schema.json describes the form.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Pointer
from comfyc.report.findings import FileFindings, FileReport, located
from comfyc.safety.escaping import shortened
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.safety.opening import open_regular
from comfyc.schema import schema_file

FORMAT = 1
"""The version of the form, which stands first in the file: ``{"comfyc-plan": 1, ...``."""
ENDING = ".plan"
_HEAD = re.compile(rb'\s*\{\s*"comfyc-plan"')
_MOST = 20
"""Faults of the form that are reported."""
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class PlannedBody:
    """The body of ``POST /prompt`` without its ids, and the servers that it is for."""

    servers: tuple[str, ...]
    body: Mapping[str, Any]
    with_key: bool

    @property
    def workflow(self) -> Any:
        """The workflow that goes along, None if there is none."""
        return self.body["extra_data"].get("extra_pnginfo", {}).get("workflow")


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A prompt to send: its name, the file that it was made of, its seeds, and its body for each server."""

    label: str
    file: str
    seeds: Mapping[str, int]
    bodies: tuple[PlannedBody, ...]


@dataclass(frozen=True, slots=True)
class PlannedUpload:
    """A local file that is uploaded first. ``value`` is the name that it gets on the server."""

    path: Path
    sha256: str
    value: str


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan that has been read: the addresses of its servers, its uploads and its runs."""

    name: str
    servers: tuple[str, ...]
    uploads: tuple[PlannedUpload, ...]
    runs: tuple[PlannedRun, ...]


def body_hash(body: Mapping[str, Any]) -> str:
    """The SHA-256 of a body without its ids, as it is sent."""
    return hashlib.sha256(json.dumps(body).encode("ascii")).hexdigest()


def is_plan_name(name: str) -> bool:
    """Whether a file is a plan: by its ending, or by its first member."""
    if name.lower().endswith(ENDING):
        return True
    if not name.lower().endswith(".json"):
        return False
    try:
        with open_regular(Path(name)) as file:
            return _HEAD.match(file.read(100)) is not None
    except (OSError, ValueError):
        return False


def plan_among(names: Sequence[str]) -> str | None:
    """The plan among these names, None if there is none; ``ComfycError`` if it is not alone."""
    plans = [name for name in names if is_plan_name(name)]
    if plans and len(names) > 1:
        message = f"'{plans[0]}' is a plan, which holds all that is to be run"
        raise ComfycError(message, f"pass it alone: comfyc run {plans[0]}")
    return plans[0] if plans else None


def read_plan(
    name: str, hash_of: Callable[[Path], str], limits: Limits = DEFAULTS
) -> tuple[PlanFile | None, FileReport | None]:
    """Read a plan: what is to be run, or None and what is wrong with it.

    ``hash_of`` gives the SHA-256 of a local file, or raises ``ComfycError``, as this does if the plan cannot
    be read at all.
    """
    text, found = _text_of(name, limits), Collector()
    document = _parsed(text, found)
    if document is not None:
        _check_form(document, found)
    plan = None
    if document is not None and not found.has_errors:
        plan = _plan(name, document)
        try:
            _check_bodies(document, found)
        except RecursionError:
            found.report(codes.PLAN_NOT_READ, "the plan has objects or lists that are nested too deeply")
        _check_uploads(plan, hash_of, found)
    if not len(found):
        return plan, None
    return None, located(FileFindings(name, tuple(found), text))


def _text_of(name: str, limits: Limits) -> str:
    try:
        with open_regular(Path(name)) as file:
            data = file.read(limits.text + 1)
    except FileNotFoundError as error:
        raise ComfycError(f"there is no file '{name}'", "check the path") from error
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ComfycError(f"'{name}' cannot be read: {reason.lower()}") from error
    if len(data) > limits.text:
        raise ComfycError(f"'{name}' has {limits.exceeded('text')}")
    return data.decode("utf-8-sig", "replace")


def _parsed(text: str, found: Collector) -> dict[str, Any] | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
        message = "the plan is not JSON"
        found.report(
            codes.PLAN_NOT_READ, message, line=line, column=column, hint="make it again: comfyc plan -o"
        )
        return None
    version = document.get("comfyc-plan") if isinstance(document, dict) else None
    if version != FORMAT or isinstance(version, bool):
        is_newer = isinstance(version, int) and version > FORMAT
        message = (
            f"the plan has the form {version}, and this comfyc knows {FORMAT}"
            if is_newer
            else "the file is not a plan"
        )
        hint = "use the comfyc that made it" if is_newer else "make a plan: comfyc plan FILE -o job.plan"
        found.report(codes.PLAN_NOT_READ, message, hint=hint)
        return None
    return dict(document)


def _check_form(document: Mapping[str, Any], found: Collector) -> None:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - takes a moment

    schema = json.loads(schema_file("plan").read_text("utf-8"))
    for number, error in enumerate(Draft202012Validator(schema).iter_errors(document)):
        if number == _MOST:
            break
        pointer: Pointer = tuple(error.absolute_path)
        why = "its value is none of a plan"
        if error.validator == "required":
            why = f"it has no '{next(each for each in error.validator_value if each not in error.instance)}'"
        elif error.validator == "type":
            why = f"it is no {error.validator_value}"
        name = shortened(".".join(map(str, pointer)) or "the plan", _LONGEST)
        message = f"'{name}' is not as in a plan: {why}"
        found.report(codes.PLAN_NOT_READ, message, pointer=pointer, hint="make it again: comfyc plan -o")


def _plan(name: str, document: Mapping[str, Any]) -> PlanFile:
    folder = Path(name).parent
    return PlanFile(
        name,
        tuple(one["server"] for one in document["servers"]),
        tuple(
            PlannedUpload(folder / one["path"], one["sha256"], one["value"]) for one in document["uploads"]
        ),
        tuple(
            PlannedRun(
                one["run"],
                one["file"],
                one["seeds"],
                tuple(
                    PlannedBody(tuple(each["servers"]), each["body"], each["with_key"])
                    for each in one["bodies"]
                ),
            )
            for one in document["runs"]
        ),
    )


def _check_bodies(document: Mapping[str, Any], found: Collector) -> None:
    names: set[str] = set()
    for index, run in enumerate(document["runs"]):
        if run["run"] in names:
            message = f"two runs have the name '{shortened(run['run'], _LONGEST)}'"
            found.report(codes.PLAN_NOT_READ, message, pointer=("runs", index, "run"))
        names.add(run["run"])
        for number, one in enumerate(run["bodies"]):
            if body_hash(one["body"]) != one["sha256"]:
                message = f"the prompt of '{shortened(run['run'], _LONGEST)}' is not the one that was planned"
                pointer = ("runs", index, "bodies", number, "body")
                hint = "make the plan again with the values that you want: comfyc plan --set ... -o"
                found.report(codes.PLAN_CHANGED, message, pointer=pointer, hint=hint)


def _check_uploads(plan: PlanFile, hash_of: Callable[[Path], str], found: Collector) -> None:
    for index, one in enumerate(plan.uploads):
        pointer = ("uploads", index, "path")
        hint = "make the plan again with the file as it is now"
        try:
            if hash_of(one.path) == one.sha256:
                continue
            message = f"'{one.path}' has changed since the plan was made"
        except ComfycError as error:
            message, hint = str(error), "put the file there, or make the plan again"
        found.report(codes.PLAN_FILE_CHANGED, message, pointer=pointer, hint=hint)
