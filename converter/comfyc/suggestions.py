"""What a misspelt name was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

CUTOFF = 0.7
"""How alike two names have to be (``difflib.SequenceMatcher.ratio``). Measured on the fixtures: at 0.65 a
type of an absent pack is taken for one of the core ("Dyn_Seeds" for "SeedNode")."""
_LONGEST = 100
"""Characters of a name; longer ones are not compared."""
_COMPARED = 200_000
"""Characters of all the names that one is compared with: less than half a second of work."""
_GUESSES = 50


def closest(word: str, names: Iterable[str], most: int = 1) -> list[str]:
    """The names that a word was probably meant to be, the most similar first, at most ``most``.

    Capitals and blanks around a name do not count; a name that differs by nothing else is the only answer.
    The work is bounded whatever the names are.
    """
    if len(word) > _LONGEST:
        return []
    wanted, folded, room = _fold(word), dict[str, str](), _COMPARED
    for name in names:
        if 0 < len(name) <= _LONGEST:
            folded.setdefault(_fold(name), name)
            room -= len(name)
            if room < 0:
                break
    if wanted in folded:
        return [folded[wanted]]
    from difflib import get_close_matches  # noqa: PLC0415 - only for what is wrong

    return [folded[each] for each in get_close_matches(wanted, folded, most, CUTOFF)]


def did_you_mean(names: Sequence[str]) -> str:
    """The question about names that were found, "" if there are none: "did you mean 'a' or 'b'?"."""
    listed = " or ".join(f"'{name}'" for name in names)
    return f"did you mean {listed}?" if names else ""


class Guesses:
    """So many guesses and no more: a file may hold any number of names that are unknown."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _GUESSES

    def take(self) -> bool:
        """Whether there is a guess left, which is then used up."""
        self._left -= 1
        return self._left >= 0

    def closest(self, word: str, names: Iterable[str]) -> str | None:
        """The name that a word was probably meant to be; None if none is like it, or no guess is left."""
        return next(iter(closest(word, names)), None) if self.take() else None


def _fold(name: str) -> str:
    return name.strip().casefold()
