"""Parsing JavaScript regular expressions into pieces.

Source: ECMA-262, 22.2.1 and annex B.1.2, without flags: a pattern is a sequence of UTF-16 units.
Back-references, lookahead and lookbehind are rejected, because :mod:`comfyc.javascript.pattern` cannot search
them.
"""

from __future__ import annotations

from dataclasses import dataclass

from comfyc.javascript.values import utf16_units

_MAX_DEPTH = 50
"""Nesting depth of groups."""
_DIGITS = "0123456789"
WORDS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_SPACES = frozenset(
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_LINE_ENDS = frozenset("\n\r\u2028\u2029")
_CONTROLS = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "0": "\0"}
_MARKS = {"=": "uses lookahead", "!": "uses lookahead", "<=": "uses lookbehind", "<!": "uses lookbehind"}


class MalformedError(Exception):
    """JavaScript itself rejects the pattern."""


class UnsupportedError(Exception):
    """JavaScript accepts the pattern, but comfyc cannot search it. The text says which feature it uses."""


@dataclass(frozen=True, slots=True)
class Set:
    """A set of characters: single ones, ranges, and other sets; or, if inverted, all others."""

    singles: frozenset[str] = frozenset()
    ranges: tuple[tuple[str, str], ...] = ()
    others: tuple[Set, ...] = ()
    inverted: bool = False

    def has(self, unit: str) -> bool:
        found = (
            unit in self.singles
            or any(low <= unit <= high for low, high in self.ranges)
            or any(other.has(unit) for other in self.others)
        )
        return found != self.inverted


_CLASSES = {
    "d": Set(frozenset(_DIGITS)),
    "D": Set(frozenset(_DIGITS), inverted=True),
    "w": Set(WORDS),
    "W": Set(WORDS, inverted=True),
    "s": Set(_SPACES),
    "S": Set(_SPACES, inverted=True),
}
_ANY = Set(_LINE_ENDS, inverted=True)


@dataclass(frozen=True, slots=True)
class Hold:
    """An assertion between characters: "^", "$", "b" (a word boundary) or "B" (no word boundary)."""

    assertion: str


@dataclass(frozen=True, slots=True)
class All:
    """A sequence of pieces."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """Alternative pieces."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A piece repeated ``least`` to ``most`` times (None: without limit)."""

    piece: Piece
    least: int
    most: int | None


Piece = Set | Hold | All | OneOf | Repeat


def parsed(source: str) -> Piece:
    """Parse a pattern. Raises ``MalformedError`` if JavaScript rejects it, ``UnsupportedError`` if comfyc
    does."""
    reader = _Reader(source)
    piece = reader.choice(0)
    if not reader.is_over:
        raise MalformedError("a bracket is closed that was not opened")
    return piece


class _Reader:
    """A recursive-descent parser for the text of a pattern."""

    def __init__(self, source: str) -> None:
        self.units = utf16_units(source)
        self.at = 0
        self.has_names = "(?<" in source
        self.names: set[str] = set()

    @property
    def is_over(self) -> bool:
        return self.at >= len(self.units)

    def peek(self) -> str:
        return self.units[self.at] if not self.is_over else ""

    def take(self) -> str:
        if self.is_over:
            raise MalformedError("it ends too early")
        self.at += 1
        return self.units[self.at - 1]

    def skip(self, text: str) -> bool:
        """Skip ``text`` if it comes next; returns whether it did."""
        if self.units[self.at : self.at + len(text)] != list(text):
            return False
        self.at += len(text)
        return True

    def choice(self, depth: int) -> Piece:
        """Parse alternatives up to the end or a closing bracket."""
        if depth > _MAX_DEPTH:
            raise UnsupportedError(f"nests more than {_MAX_DEPTH} groups")
        alternatives = [self.sequence(depth)]
        while self.skip("|"):
            alternatives.append(self.sequence(depth))
        return alternatives[0] if len(alternatives) == 1 else OneOf(tuple(alternatives))

    def sequence(self, depth: int) -> Piece:
        pieces: list[Piece] = []
        while not self.is_over and self.peek() not in "|)":
            piece = self.atom(depth)
            bounds = self.bounds()
            if bounds is not None:
                if isinstance(piece, Hold):
                    raise MalformedError("there is nothing to repeat")
                piece = Repeat(piece, *bounds)
            pieces.append(piece)
        return All(tuple(pieces))

    def atom(self, depth: int) -> Piece:
        unit = self.take()
        if unit in "^$":
            return Hold(unit)
        if unit == "(":
            return self.group(depth)
        if unit == ".":
            return _ANY
        if unit == "[":
            return self.members()
        if unit == "\\":
            return self.escape()
        if unit in "*+?" or (unit == "{" and self.braces() is not None):
            raise MalformedError("there is nothing to repeat")
        return Set(frozenset(unit))

    def group(self, depth: int) -> Piece:
        if self.skip("?"):
            for mark, does in _MARKS.items():
                if self.skip(mark):
                    raise UnsupportedError(does)
            if self.skip("<"):
                self.name()
            elif not self.skip(":"):
                raise MalformedError("there is no such group")
        inside = self.choice(depth + 1)
        if not self.skip(")"):
            raise MalformedError("a bracket is not closed")
        return inside

    def name(self) -> None:
        """Parse the name of a group, including its closing bracket."""
        start = self.at
        while self.take() != ">":
            pass
        name = "".join(self.units[start : self.at])
        if name in self.names:  # newer engines take it twice in different alternatives
            raise UnsupportedError("has two groups of the same name")
        self.names.add(name)

    def bounds(self) -> tuple[int, int | None] | None:
        """Parse a quantifier after a piece. Whether it is greedy makes no difference for a search."""
        found: tuple[int, int | None] | None = None
        if self.skip("*"):
            found = (0, None)
        elif self.skip("+"):
            found = (1, None)
        elif self.skip("?"):
            found = (0, 1)
        elif self.skip("{"):
            found = self.braces()
            if found is None:
                self.at -= 1
        if found is not None:
            self.skip("?")
            if found[1] is not None and found[0] > found[1]:
                raise MalformedError("the numbers of a repetition are out of order")
        return found

    def braces(self) -> tuple[int, int | None] | None:
        """Parse the bounds after ``{`` if it starts a quantifier; otherwise the brace is a literal."""
        before = self.at
        least = self.digits()
        most = least
        if least and self.skip(","):
            most = self.digits()
        if not least or not self.skip("}"):
            self.at = before
            return None
        # What is repeated more often than there may be states is refused there, whatever the number
        numbers = [int(text[:9]) if text else None for text in (least, most)]
        return numbers[0] or 0, numbers[1]

    def digits(self) -> str:
        start = self.at
        while self.peek() and self.peek() in _DIGITS:
            self.at += 1
        return "".join(self.units[start : self.at])

    def escape(self) -> Piece:
        """Parse an escape outside a class."""
        unit = self.peek()
        if unit in ("b", "B"):
            self.at += 1
            return Hold(unit)
        if unit and unit in "123456789":
            raise UnsupportedError("uses a back-reference")
        if unit == "k" and self.has_names:
            raise UnsupportedError("uses a back-reference")
        found = self.character()
        return found if isinstance(found, Set) else Set(frozenset(found))

    def character(self) -> str | Set:
        """Parse an escaped character or class."""
        unit = self.take()
        if unit in _CLASSES:
            return _CLASSES[unit]
        if unit in "xu":
            digits = "".join(self.units[self.at : self.at + (2 if unit == "x" else 4)])
            if len(digits) == (2 if unit == "x" else 4) and all(
                one in "0123456789abcdefABCDEF" for one in digits
            ):
                self.at += len(digits)
                return chr(int(digits, 16))
            return unit
        if unit == "c":
            raise UnsupportedError("uses a control escape")
        if unit == "0" and self.peek() and self.peek() in _DIGITS:
            raise UnsupportedError("uses an octal escape")
        return _CONTROLS.get(unit, unit)

    def members(self) -> Set:
        """Parse a class in square brackets."""
        inverted = self.skip("^")
        singles: set[str] = set()
        ranges: list[tuple[str, str]] = []
        others: list[Set] = []
        while not self.skip("]"):
            first = self.member()
            if self.peek() != "-" or self.units[self.at + 1 : self.at + 2] in ([], ["]"]):
                found = [first]
            else:
                self.at += 1
                last = self.member()
                if isinstance(first, str) and isinstance(last, str):
                    if first > last:
                        raise MalformedError("a range is out of order")
                    ranges.append((first, last))
                    continue
                found = [first, "-", last]
            singles.update(one for one in found if isinstance(one, str))
            others += [one for one in found if isinstance(one, Set)]
        return Set(frozenset(singles), tuple(ranges), tuple(others), inverted)

    def member(self) -> str | Set:
        unit = self.take()
        if unit != "\\":
            return unit
        if self.skip("b"):
            return "\b"
        if self.peek() and self.peek() in "123456789":
            raise UnsupportedError("uses an octal escape")
        return self.character()
