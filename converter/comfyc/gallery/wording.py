"""Words that several pages have: numbers with their nouns, and what a server would do."""

from __future__ import annotations

from comfyc.diagnostics import Severity
from comfyc.gallery.facts import Facts
from comfyc.safety.markup import Html, tag, together
from comfyc.validation.outcome import Outcome

OUTCOMES: dict[Outcome, tuple[str, str]] = {
    "accepted": ("accepted", "A server would accept this prompt."),
    "in part": ("accepted in part", "A server would accept this prompt, and run only some of its outputs."),
    "rejected": ("rejected", "A server would reject this prompt."),
    "unreadable": ("unreadable", "There is no workflow or prompt in this file that can be read."),
}
"""By outcome: a word for a mark, and a sentence."""


def counted(number: int, word: str) -> str:
    """ "1 file", "2,000 files"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def severity_word(severity: str) -> str:
    """A severity for people."""
    return "note" if severity == Severity.INFO.value else severity


def outcome_mark(outcome: Outcome) -> Html:
    """The mark that says what a server would do."""
    return tag("span", OUTCOMES[outcome][0], class_=f"mark {outcome.replace(' ', '-')}")


def marks_of(facts: Facts) -> Html:
    """What a server would do, and how many errors and warnings there are."""
    counts = [(key, facts.severities.get(key, 0)) for key in ("error", "warning")]
    found = [tag("span", counted(number, key), class_=key) for key, number in counts if number]
    return tag("p", together(_spaced([outcome_mark(facts.outcome), *found])), class_="marks")


def pack_address(source: str) -> str:
    """The page of a pack: its repository, or its page in the registry of packs."""
    return source if "/" in source else f"https://registry.comfy.org/nodes/{source}"


def _spaced(parts: list[Html]) -> list[Html]:
    return [one for part in parts for one in (part, Html(" "))][:-1]
