"""What is expected of the outputs of a run (``--assert``, ``--golden``), and whether it is met.

    expectations = parse_expectations(["count(images) == 1", "not blank"])
    expectations.judge(outputs, "flow", seconds=3.2)        the judgements, none if all is as expected

The modules build on one another in this order:

    model, terms           an output and a judgement; the words of the language
    tokens, conditions     an assertion as tokens, and as what it means
    comparing, grammar     from the one to the other
    measuring/, pixels     what is known of a file: by its header, and by decoding it
    judging, golden        what holds of outputs, and how pictures differ from those that were kept
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from comfyc import codes
from comfyc.diagnostics import ComfycError
from comfyc.expectations.conditions import Assertion
from comfyc.expectations.golden import Golden
from comfyc.expectations.grammar import parse_assertion
from comfyc.expectations.judging import JudgedRun, judge_assertion
from comfyc.expectations.model import Judgement, Produced, UnjudgedError
from comfyc.expectations.pixels import require
from comfyc.safety.escaping import printable

__all__ = ["Expectations", "Judgement", "Produced", "parse_expectations"]


@dataclass(frozen=True, slots=True)
class Expectations:
    """Assertions, and the pictures that were kept. It is false if nothing is expected."""

    assertions: tuple[Assertion, ...] = ()
    golden: Golden | None = None

    def __bool__(self) -> bool:
        return bool(self.assertions) or self.golden is not None

    def judge(
        self, outputs: Sequence[Produced], stem: str, *, seconds: float | None = None
    ) -> list[Judgement]:
        """What is to be reported of the outputs of a run that went well, which is called ``stem`` and took so
        many ``seconds``.

        With ``--update-golden``, its pictures are kept if all assertions hold.
        """
        judged = JudgedRun(outputs, seconds)
        found = [one for one in (judge_assertion(each, judged) for each in self.assertions) if one]
        if self.golden is None or (self.golden.update and found):
            return found
        compare = self.golden.keep if self.golden.update else self.golden.judge
        try:
            found += compare(judged, stem)
        except UnjudgedError as error:
            message = f"the pictures of the run cannot be compared: {printable(str(error))}"
            found.append(Judgement(codes.ASSERTION_UNJUDGED, message))
        return found


def parse_expectations(
    texts: Iterable[str], *, golden: Path | None = None, distance: int | None = None, update: bool = False
) -> Expectations:
    """Read what is expected. ``ComfycError`` with the column of what is not understood, and if a library is
    missing that is needed for it, or the folder of the kept pictures."""
    assertions = tuple(map(parse_assertion, texts))
    if any(term.name == "blank" for one in assertions for term in one.terms):
        require("PIL", "pictures", "the assertion 'blank'")
    if golden is None:
        if distance is not None or update:
            flag = "--update-golden" if update else "--golden-distance"
            raise ComfycError(f"{flag} is for --golden FOLDER", "pass the folder of the kept pictures, too")
        return Expectations(assertions)
    kept = Golden(golden, distance, update)
    kept.check()
    return Expectations(assertions, kept)
