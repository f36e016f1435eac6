"""Choose among the texts of a container: the workflow, else the prompt, else a finding that says why
neither."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from comfyc import codes
from comfyc.carriers import BY_NAME
from comfyc.collector import Collector
from comfyc.sources.blob import Budget, DamagedError, TooLargeError
from comfyc.sources.fields import BUNDLES, PROMPT, WORKFLOW, Fields, foreign_program, unbundle
from comfyc.sources.text import decode

_STRIPPED = "get the original file: sites and editors strip the metadata that ComfyUI wrote"


@dataclass(frozen=True, slots=True)
class Carried:
    """The JSON text that a file holds.

    ``kind`` is 'json' for a plain file, which may be a workflow or a prompt, else the name of the text in the
    carrier. ``container`` is the carrier's name, such as 'png'. ``spare`` is the prompt beside a workflow:
    the editor falls back to it if the workflow is not a JSON object.
    """

    text: str
    kind: Literal["json", "workflow", "prompt"]
    container: str
    spare: str | bytes | None = None

    @property
    def subject(self) -> str:
        """The name of the text in messages."""
        if self.kind == "json":
            return "the text"
        return f"the {self.kind} in the {BY_NAME[self.container].subject}"


def choose(fields: Fields, container: str, diagnostics: Collector, budget: Budget) -> Carried | None:
    """Choose the workflow, else the prompt, from the fields of a container; None, with an error reported, if
    it has neither.

    If fields share a name, the last one counts, and a name in lower case comes before any other spelling. The
    fields ``workflow`` and ``prompt`` come before remarks that hold both.
    """
    found, trouble = _collect(fields, budget)
    if not any(_is_object(found.get(name)) for name in (WORKFLOW, PROMPT)):
        for bundle in sorted(BUNDLES & found.keys()):
            inner, fault = _collect(unbundle(found[bundle], budget), Budget(budget.limits))
            found.update(inner)
            trouble = trouble or fault
    kind = _kind(found)
    if kind is None:
        _report_nothing(found, trouble, container, diagnostics)
        return None
    if trouble:
        state, hint = "is damaged", "download or copy the file again"
        if isinstance(trouble, TooLargeError):
            state, hint = "is not read further", "check what else the file carries before you use it"
        message = f"the {BY_NAME[container].subject} {state} after the {kind} that it carries: {trouble}"
        diagnostics.report(codes.CARRIER_CUT_OFF, message, hint=hint)
    value, prompt, beside_workflow = found[kind], found.get(PROMPT), bool(found.get(WORKFLOW))
    spare = prompt if kind == WORKFLOW and _is_object(prompt) else None
    carried = Carried("", kind, container, spare)
    del found, prompt
    text = decode(value, diagnostics, carried.subject, budget.limits)
    if text is None:
        return None
    carried = replace(carried, text=text)
    if kind == PROMPT:
        _report_prompt(beside_workflow, carried, diagnostics)
    if BY_NAME[container].is_latin1 and not carried.text.isascii():
        diagnostics.report(
            codes.EDITOR_MISREADS, f"{carried.subject} has non-ASCII characters, which the editor garbles"
        )
    return carried


def _collect(
    fields: Fields, budget: Budget
) -> tuple[dict[str, str | bytes], DamagedError | TooLargeError | None]:
    """The fields by name in lower case, and the error that ended the collection early, if there was one."""
    found: dict[str, str | bytes] = {}
    exact: set[str] = set()
    try:
        for key, value in fields:
            name = key.casefold()
            budget.hold(len(value))
            if key == name:
                exact.add(name)
            if key == name or name not in exact:
                found[name] = value
    except (DamagedError, TooLargeError) as error:
        return found, error
    return found, None


def _kind(found: dict[str, str | bytes]) -> Literal["workflow", "prompt"] | None:
    """Which text to take: a workflow that may be an object, else a prompt that may be one, else any
    workflow."""
    if _is_object(found.get(WORKFLOW)):
        return "workflow"
    if _is_object(found.get(PROMPT)):
        return "prompt"
    return "workflow" if found.get(WORKFLOW) else None


def _is_object(value: str | bytes | None) -> bool:
    """Whether the text may be a JSON object, by its first character."""
    if value is None:
        return False
    return _text(value[:4096]).lstrip("\ufeff \t\n\r").startswith("{")


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", errors="replace")


def _report_prompt(beside_workflow: bool, carried: Carried, diagnostics: Collector) -> None:
    name = BY_NAME[carried.container].subject
    if beside_workflow:
        message = f"the workflow in the {name} is not a JSON object, so its prompt is used"
        diagnostics.report(codes.WORKFLOW_UNUSABLE, message)
    else:
        diagnostics.report(codes.PROMPT_ONLY, f"the {name} carries no workflow, only the prompt that was run")


def _report_nothing(
    found: dict[str, str | bytes],
    trouble: DamagedError | TooLargeError | None,
    container: str,
    diagnostics: Collector,
) -> None:
    name, program = BY_NAME[container].subject, foreign_program(found)
    if isinstance(trouble, TooLargeError):
        diagnostics.report(codes.TOO_LARGE, f"the {name} holds {trouble}")
    elif trouble:
        message = f"the {name} is damaged, and no workflow was found before the damage: {trouble}"
        diagnostics.report(codes.DAMAGED_CARRIER, message, hint="download or copy the file again")
    elif program:
        message = f"the {name} carries generation parameters of {program}, but no workflow"
        diagnostics.report(codes.FOREIGN_PARAMETERS, message, hint="use a file that ComfyUI saved")
    else:
        diagnostics.report(codes.NO_WORKFLOW_IN_CARRIER, f"the {name} carries no workflow", hint=_STRIPPED)
