"""Regular expressions of JavaScript, searched in time that grows with the text and not faster.

A pattern that came with a file may be made never to end in an engine that goes back and tries again, as
Python's and the browser's do. Here all ways through the pattern are followed at once, a character at a time
(Thompson 1968), so that a search takes at most as many steps as the pattern has states times the text has
characters. What cannot be done so - references to groups, and looking ahead or behind - is not searched.

Source: ECMA-262, 22.2.2, without flags: a text is its UTF-16 units.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from comfyc.javascript.pattern_syntax import WORDS, All, OneOf, Piece, Repeat, Set, UnsupportedError, parsed
from comfyc.javascript.values import utf16_units

MAX_STATES = 2000
"""States that a pattern may have; ``{n}`` multiplies those of what it repeats."""


@dataclass(slots=True)
class Work:
    """How many states and characters may still be visited, by all searches that share this."""

    left: int


@dataclass(slots=True)
class Pattern:
    """A pattern made ready. States have numbers: 0 is the end, others fit a set, assert, or fork."""

    _sets: dict[int, Set] = field(default_factory=dict)
    _asserts: dict[int, str] = field(default_factory=dict)
    _forks: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _next: dict[int, int] = field(default_factory=dict)
    _size: int = 1
    start: int = 0

    def search(self, text: str, work: Work) -> bool:
        """Whether the pattern fits anywhere in the text. False as well when the work is used up."""
        work.left -= len(text)  # taking it apart costs something, too
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
        """All states that are reached from these without another character."""
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
        """Put a piece before a state; the state in which it begins."""
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
            self._state()  # so that repeating nothing counts, too
            following = self.add(repeat.piece, following)
        return following


def compiled(source: str) -> Pattern:
    """Make a pattern ready. ``MalformedError`` if JavaScript refuses it, ``UnsupportedError`` if we do."""
    pattern = Pattern()
    pattern.start = pattern.add(parsed(source), 0)
    return pattern


def _holds(assertion: str, before: str, here: str) -> bool:
    if assertion == "^":
        return not before
    if assertion == "$":
        return not here
    return ((before in WORDS) != (here in WORDS)) == (assertion == "b")
