"""Whether assertions hold of what a run has put out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from comfyc import codes
from comfyc.expectations.conditions import Assertion, ChosenOutputs, Constant, Counted, Operand, holds
from comfyc.expectations.measuring.files import Measures, measure
from comfyc.expectations.model import Judgement, Produced, UnjudgedError
from comfyc.expectations.terms import Term
from comfyc.safety.escaping import printable
from comfyc.suggestions import closest, did_you_mean

_SHOWN = 3
"""So many of the outputs for which an assertion does not hold are named."""
_LONGEST = 120
"""Characters that are shown of a value."""


class JudgedRun:
    """The outputs of one run, each measured once, however many assertions ask."""

    def __init__(self, outputs: Sequence[Produced], seconds: float | None) -> None:
        self.outputs = outputs
        self.seconds = seconds
        self._measured: dict[Produced, Measures] = {}
        self._blank: dict[Produced, bool] = {}

    def measures(self, output: Produced) -> Measures | None:
        """What the header of a file says; None of a text. ``UnjudgedError`` if it cannot be read."""
        if output.path is None or output.kind == "text":
            return None
        if output not in self._measured:
            try:
                self._measured[output] = measure(output.path)
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise UnjudgedError(f"'{output.name}' cannot be read: {reason}") from error
        return self._measured[output]

    def chosen(self, chosen: ChosenOutputs) -> list[Produced]:
        """The outputs of a kind, and of a node if one is named. A file that two nodes put out counts once."""
        found: dict[object, Produced] = {}
        for number, one in enumerate(self.outputs):
            if (chosen.node is None or one.is_of(chosen.node)) and self._is_of_kind(one, chosen.kind):
                found.setdefault(one.path or number, one)
        return list(found.values())

    def _is_of_kind(self, output: Produced, kind: str) -> bool:
        if kind == "files":
            return output.kind == "file"
        return kind == "outputs" or self._kind(output) == kind

    def has(self, output: Produced, term: Term) -> bool:
        """Whether an output has a property."""
        return self._kind(output) in term.kinds

    def _kind(self, output: Produced) -> str:
        measures = self.measures(output)
        return "texts" if measures is None else measures.kind

    def value(self, output: Produced, term: Term) -> Any:
        """A property of an output; None if it has none. ``UnjudgedError`` if it is not known."""
        if not self.has(output, term):
            return None
        if term.name == "text":
            return output.text
        assert output.path is not None
        if term.name == "name":
            return output.path.name
        if term.name == "blank":
            return self._is_blank(output)
        measures = self.measures(output)
        value = getattr(measures, term.name)
        if value is None and measures is not None:
            unknown = f"the {term.name} of this {measures.type} file is not known"
            raise UnjudgedError(measures.problem or unknown)
        return value

    def _is_blank(self, output: Produced) -> bool:
        from comfyc.expectations.pixels import is_blank  # noqa: PLC0415 - an extra

        if output not in self._blank:
            assert output.path is not None
            self._blank[output] = is_blank(output.path)
        return self._blank[output]


def judge_assertion(assertion: Assertion, judged: JudgedRun) -> Judgement | None:
    """What is wrong if an assertion does not hold; None if it does."""
    try:
        if not assertion.terms:
            known: dict[Operand, Any] = {}
            value_of = _values(judged, None, known)
            return None if holds(assertion.condition, value_of) else _failed(assertion, known, judged)
        outputs = _spoken_of(assertion, judged)
    except UnjudgedError as error:
        return _unjudged(assertion, str(error), None)
    if not outputs:
        return _without_outputs(assertion, judged)
    failed: list[tuple[Produced, dict[Operand, Any]]] = []
    for output in outputs:
        known = {}
        try:
            if not holds(assertion.condition, _values(judged, output, known)):
                failed.append((output, known))
        except UnjudgedError as error:
            return _unjudged(assertion, str(error), output)
    if not failed or (assertion.any_of and len(failed) < len(outputs)):
        return None
    return _failed_outputs(assertion, failed)


def _spoken_of(assertion: Assertion, judged: JudgedRun) -> list[Produced]:
    """The outputs that an assertion is about: those of its kind that have one of the properties."""
    chosen = judged.chosen(assertion.chosen or ChosenOutputs("outputs"))
    return [one for one in chosen if any(judged.has(one, term) for term in assertion.terms)]


def _values(
    judged: JudgedRun, output: Produced | None, known: dict[Operand, Any]
) -> Callable[[Operand], Any]:
    """The function that gives the values of operands for an output, and keeps them in ``known``."""

    def value_of(operand: Operand) -> Any:
        if isinstance(operand, Constant):
            return operand.value
        if isinstance(operand, Counted):
            value: Any = len(judged.chosen(operand.chosen))
        elif not operand.of:
            if judged.seconds is None:
                raise UnjudgedError("it is not known how long the run took")
            value = judged.seconds
        else:
            value = judged.value(output, operand) if output is not None else None
        known[operand] = value
        return value

    return value_of


def _failed(assertion: Assertion, known: dict[Operand, Any], judged: JudgedRun) -> Judgement:
    nodes = [one.chosen.node for one in known if isinstance(one, Counted) and one.chosen.node is not None]
    hints = (_who(node, judged) for node in nodes)
    hint = next((one for one in hints if one is not None), None)
    return _judgement(assertion, _facts(known), hint)


def _failed_outputs(assertion: Assertion, failed: Sequence[tuple[Produced, dict[Operand, Any]]]) -> Judgement:
    named = [f"{printable(one.name)}: {_facts(known)}" for one, known in failed[:_SHOWN]]
    more = [f"and {len(failed) - _SHOWN} more"] if len(failed) > _SHOWN else []
    first = failed[0][0]
    files = [str(one.path) for one, _ in failed if one.path is not None]
    return _judgement(assertion, "; ".join([*named, *more]), node=first.node, files=files)


def _without_outputs(assertion: Assertion, judged: JudgedRun) -> Judgement:
    names = " or ".join(dict.fromkeys(term.of for term in sorted(assertion.terms)))
    node = assertion.chosen.node if assertion.chosen is not None else None
    which = f" of node '{printable(node)}'" if node is not None else ""
    return _judgement(assertion, f"there is no {names}{which}", _who(node, judged) if node else None)


def _unjudged(assertion: Assertion, why: str, output: Produced | None) -> Judgement:
    about = f"{printable(output.name)}: " if output is not None else ""
    return Judgement(
        codes.ASSERTION_UNJUDGED,
        f"'{printable(assertion.text)}' cannot be judged: {about}{printable(why)}",
        node=output.node if output is not None else None,
        data={"assertion": assertion.text},
    )


def _judgement(
    assertion: Assertion,
    facts: str,
    hint: str | None = None,
    *,
    node: str | None = None,
    files: Sequence[str] = (),
) -> Judgement:
    message = f"'{printable(assertion.text)}' does not hold: {facts}"
    data = {"assertion": assertion.text, **({"files": list(files)} if files else {})}
    return Judgement(codes.ASSERTION_FAILED, message, hint, node, data)


def _facts(known: dict[Operand, Any]) -> str:
    return ", ".join(_each_fact(known)) or "nothing is known of it"


def _each_fact(known: dict[Operand, Any]) -> Iterator[str]:
    for operand, value in known.items():
        if isinstance(operand, Counted):
            yield f"{operand} is {value}"
        elif isinstance(operand, Term) and value is None:
            yield f"it has no {operand.name}"
        elif isinstance(operand, Term):
            yield (
                f"it is {'' if value else 'not '}blank" if operand.name == "blank" else _fact(operand, value)
            )


def _fact(term: Term, value: Any) -> str:
    if isinstance(value, str):
        return f'{term.name} is "{printable(value, _LONGEST)}"'
    shown = f"{value:,.6g}" if isinstance(value, float) else f"{value:,}" if term.name == "size" else value
    unit = " bytes" if term.name == "size" else ""
    return f"{term.name} is {shown}{unit}"


def _who(node: str, judged: JudgedRun) -> str | None:
    """The hint if no output is of a node that is named."""
    if any(one.is_of(node) for one in judged.outputs):
        return None
    nodes = {one.node: one.title for one in judged.outputs}
    if not nodes:
        return "the run put nothing out"
    listed = [f'{node} "{printable(title)}"' if title else node for node, title in nodes.items()]
    meant = did_you_mean(closest(node, [*nodes.values(), *nodes]))
    return meant or f"the nodes with outputs are {', '.join(listed[:10])}"
