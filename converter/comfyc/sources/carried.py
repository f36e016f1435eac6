"""Choose among the texts of a container: the workflow, else the prompt, else the settings of another program,
else a finding that says why none of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from comfyc import codes
from comfyc.carriers import BY_NAME
from comfyc.collector import Collector
from comfyc.safety.limits import Limits
from comfyc.sources.blob import Budget, DamagedError, TooLargeError
from comfyc.sources.fields import (
    BUNDLES,
    PARAMETERS,
    PROMPT,
    WORKFLOW,
    Fields,
    foreign_program,
    settings_field,
    unbundle,
)
from comfyc.sources.text import decode

Kind = Literal["workflow", "prompt", "parameters"]

_STRIPPED = "get the original file: sites and editors strip the metadata that ComfyUI wrote"


@dataclass(frozen=True, slots=True)
class Spare:
    """A text beside the one that was chosen, for when that is of no use. ``is_read`` says whether the editor
    reads it in such a file."""

    kind: Kind
    value: str | bytes
    is_read: bool = True


@dataclass(frozen=True, slots=True)
class Carried:
    """The text that a file holds: JSON, or the settings of a picture of another program.

    ``kind`` is 'json' for a plain file, which may be a workflow or a prompt, else the name of the text in the
    carrier. ``container`` is the carrier's name, such as 'png'. ``spares`` are further texts in the order in
    which the editor falls back to them.
    """

    text: str
    kind: Literal["json"] | Kind
    container: str
    spares: tuple[Spare, ...] = ()

    @property
    def subject(self) -> str:
        """The name of the text in messages."""
        if self.kind == "json":
            return "the text"
        kind = "text of parameters" if self.kind == "parameters" else self.kind
        return f"the {kind} in the {BY_NAME[self.container].subject}"


def choose(fields: Fields, container: str, diagnostics: Collector, budget: Budget) -> Carried | None:
    """Choose the workflow, else the prompt, else the parameters of another program, from the fields of a
    container; None, with an error reported, if it has none of them.

    If fields share a name, the last one counts, and a name in lower case comes before any other spelling. The
    fields ``workflow`` and ``prompt`` come before remarks that hold both.
    """
    found, exact, trouble = _collect(fields, budget)
    if not any(_is_object(found.get(name)) for name in (WORKFLOW, PROMPT)):
        for bundle in sorted(BUNDLES & found.keys()):
            inner, _, fault = _collect(unbundle(found[bundle], budget), Budget(budget.limits))
            found.update(inner)
            trouble = trouble or fault
    texts = list(_texts(found, exact, container))
    if not texts:
        _report_nothing(found, trouble, container, diagnostics)
        return None
    first, *spares = texts
    if trouble:
        state, hint = "is damaged", "download or copy the file again"
        if isinstance(trouble, TooLargeError):
            state, hint = "is not read further", "check what else the file carries before you use it"
        message = (
            f"the {BY_NAME[container].subject} {state} after the {first.kind} that it carries: {trouble}"
        )
        diagnostics.report(codes.CARRIER_CUT_OFF, message, hint=hint)
    beside_workflow = bool(found.get(WORKFLOW))
    del found
    carried = opened(first, Carried("", first.kind, container, tuple(spares)), diagnostics, budget.limits)
    if carried is None:
        return None
    if first.kind != WORKFLOW:
        _report_other(beside_workflow, carried, diagnostics)
    if BY_NAME[container].is_latin1 and not carried.text.isascii():
        diagnostics.report(
            codes.EDITOR_MISREADS, f"{carried.subject} has non-ASCII characters, which the editor garbles"
        )
    return carried


def opened(spare: Spare, carried: Carried, diagnostics: Collector, limits: Limits) -> Carried | None:
    """``carried`` with the text of a spare; None, with the reason reported, if it is too large."""
    made = replace(carried, text="", kind=spare.kind)
    is_json = spare.kind != "parameters"
    text = decode(spare.value, diagnostics, made.subject, limits, is_json=is_json)
    if text is None:
        return None
    if not spare.is_read:
        name = BY_NAME[made.container].subject
        message = (
            f"the editor reads no parameters there: of this {name}, it makes a node that loads the picture"
        )
        diagnostics.report(codes.PARAMETERS_UNREAD, message)
    return replace(made, text=text)


def _collect(
    fields: Fields, budget: Budget
) -> tuple[dict[str, str | bytes], set[str], DamagedError | TooLargeError | None]:
    """The fields by name in lower case, the names of those that are written so, and the error that ended the
    collection early, if there was one."""
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
        return found, exact, error
    return found, exact, None


def _texts(found: dict[str, str | bytes], exact: set[str], container: str) -> Iterator[Spare]:
    """The texts to take, in the order in which the editor tries them: a workflow that may be an object, a
    prompt that may be one, parameters; else any workflow."""
    kinds: tuple[Kind, ...] = ("workflow", "prompt")
    objects = [kind for kind in kinds if _is_object(found.get(kind))]
    settings = settings_field(found)
    yield from (Spare(kind, found[kind]) for kind in objects)
    if settings is not None:
        is_read = container == "png" and settings == PARAMETERS and settings in exact
        yield Spare("parameters", found[settings], is_read)
    elif not objects and found.get(WORKFLOW):
        yield Spare("workflow", found[WORKFLOW])


def _is_object(value: str | bytes | None) -> bool:
    """Whether the text may be a JSON object, by its first character."""
    if value is None:
        return False
    return _text(value[:4096]).lstrip("\ufeff \t\n\r").startswith("{")


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", errors="replace")


def _report_other(beside_workflow: bool, carried: Carried, diagnostics: Collector) -> None:
    name = BY_NAME[carried.container].subject
    if beside_workflow:
        used = "its parameters are" if carried.kind == "parameters" else "its prompt is"
        message = f"the workflow in the {name} is not a JSON object, so {used} used"
        diagnostics.report(codes.WORKFLOW_UNUSABLE, message)
    elif carried.kind == PROMPT:
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
