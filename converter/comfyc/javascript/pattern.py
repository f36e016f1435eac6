"""Searching JavaScript regular expressions in time proportional to the text.

A pattern from a file may be written so that a backtracking engine, such as Python's or the browser's, never
finishes. Here all paths through the pattern are followed at once, one character at a time (Thompson 1968), so
a search takes at most states times characters steps. Features that this does not allow - back-references,
lookahead and lookbehind - are not supported.

Source: ECMA-262, 22.2.2, without flags: a string is a sequence of UTF-16 units.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from comfyc.javascript.pattern_syntax import WORDS, All, OneOf, Piece, Repeat, Set, UnsupportedError, parsed
from comfyc.javascript.values import utf16_units

MAX_STATES = 2000
"""States of a pattern at most; ``{n}`` multiplies the states of the repeated part."""


@dataclass(slots=True)
class Work:
    """The number of states and characters that all searches sharing this object may still visit."""

    left: int


@dataclass(slots=True)
class Pattern:
    """A compiled pattern. States are numbers: 0 is the end; others match a set, check an assertion, or
    fork."""

    _sets: dict[int, Set] = field(default_factory=dict)
    _asserts: dict[int, str] = field(default_factory=dict)
    _forks: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _next: dict[int, int] = field(default_factory=dict)
    _size: int = 1
    start: int = 0

    def search(self, text: str, work: Work) -> bool:
        """Whether the pattern matches anywhere in the text. Also False once ``work`` is used up."""
        work.left -= len(text)  # splitting the text is work as well
        units = utf16_units(text)
        current: set[int] = set()
        for at in range(len(units) + 1):
            before = units[at - 1] if at else ""
            here = units[at] if at < len(units) else ""
            current = self._reached([*current, self.start], before, here, work)
            if 0 in current:
                return True
            if work.left <= 0:
                return False
            current = {
                self._next[state] for state in current if state in self._sets and self._fits(state, here)
            }
        return False

    def _fits(self, state: int, unit: str) -> bool:
        return bool(unit) and self._sets[state].has(unit)

    def _reached(self, states: Iterable[int], before: str, here: str, work: Work) -> set[int]:
        """All states reachable from these without consuming a character."""
        found: set[int] = set()
        pending = list(states)
        while pending:
            state = pending.pop()
            if state in found:
                continue
            found.add(state)
            work.left -= 1
            if state in self._forks:
                pending += self._forks[state]
            elif state in self._asserts and _holds(self._asserts[state], before, here):
                pending.append(self._next[state])
        return found

    def _state(self) -> int:
        self._size += 1
        if self._size > MAX_STATES:
            raise UnsupportedError(f"has more than {MAX_STATES:,} states")
        return self._size - 1

    def add(self, piece: Piece, following: int) -> int:
        """Add a piece that leads to the state ``following``. Returns its first state."""
        if isinstance(piece, All):
            for part in reversed(piece.pieces):
                following = self.add(part, following)
            return following
        if isinstance(piece, Repeat):
            return self._add_repeated(piece, following)
        state = self._state()
        if isinstance(piece, OneOf):
            self._forks[state] = tuple(self.add(part, following) for part in piece.pieces)
            return state
        if isinstance(piece, Set):
            self._sets[state] = piece
        else:
            self._asserts[state] = piece.assertion
        self._next[state] = following
        return state

    def _add_repeated(self, repeat: Repeat, following: int) -> int:
        if repeat.most is None:
            loop = self._state()
            self._forks[loop] = (self.add(repeat.piece, loop), following)
            following = loop
        for _ in range(0 if repeat.most is None else repeat.most - repeat.least):
            state = self._state()
            self._forks[state] = (self.add(repeat.piece, following), following)
            following = state
        for _ in range(repeat.least):
            self._state()  # so that repetitions of an empty piece count as well
            following = self.add(repeat.piece, following)
        return following


def compiled(source: str) -> Pattern:
    """Compile a pattern. Raises ``MalformedError`` if JavaScript rejects it, ``UnsupportedError`` if
    comfyc does."""
    pattern = Pattern()
    pattern.start = pattern.add(parsed(source), 0)
    return pattern


def _holds(assertion: str, before: str, here: str) -> bool:
    if assertion == "^":
        return not before
    if assertion == "$":
        return not here
    return ((before in WORDS) != (here in WORDS)) == (assertion == "b")
