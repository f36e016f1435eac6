"""The language of ``--assert``, read into conditions.

    assertion   [["any"] outputs ":"] either
    outputs     KIND ["of" NODE]            images of "Save Image", files of 9
    either      both ("or" both)*
    both        one ("and" one)*
    one         "not" one | "(" either ")" | comparison | "blank"
    comparison  operand (OPERATOR operand)+
    operand     NAME | "count" "(" outputs ")" | NUMBER [UNIT] | "TEXT" | /PATTERN/flags

``terms.py`` has the names, kinds and units. Python's own grammar would nearly do, but its messages are about
Python, and it has neither units nor patterns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn

from comfyc.expectations.comparing import check_pair
from comfyc.expectations.conditions import (
    COMPARISONS,
    Assertion,
    Being,
    ChosenOutputs,
    Comparing,
    Condition,
    Constant,
    Counted,
    Joined,
    Negated,
    Operand,
    operands_of,
)
from comfyc.expectations.terms import BY_NAME, KINDS, TYPE_NAMES, UNIT_NAMES, UNITS, Dimension, Term
from comfyc.expectations.tokens import Token, misunderstood, tokens_of, unquoted
from comfyc.suggestions import closest, did_you_mean

_DEEPEST = 50
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
_MEANT = {"=": "==", "&&": "and", "||": "or", "!": "not", "is": "==", "equals": "=="}
"""What other languages write, and what is written here."""
_RESERVED = ("and", "or", "not", "of", "any", "count", "contains", "matches")


def parse_assertion(text: str) -> Assertion:
    """Read an assertion; ``ComfycError`` with the column of what is not understood."""
    return _Reader(text).assertion()


class _Reader:
    """Reads the tokens of one text from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.next = 0
        self.depth = 0

    def assertion(self) -> Assertion:
        chosen, any_of = None, False
        colon = next((one for one in self.tokens if one.text == ":" and one.sort == "sign"), None)
        if colon is not None:
            any_of = self.takes("any")
            chosen = self.outputs()
            self.expect(":")
        condition = self.either()
        if self.token.sort != "end":
            self.refuse(self.token, "and, or, or the end")
        read = Assertion(self.text.strip(), condition, chosen, any_of)
        if all(isinstance(one, Constant) for one in operands_of(condition)):
            misunderstood(self.text, 0, "it asks nothing about the outputs", "for example count(images) == 1")
        if chosen is not None and not read.terms:
            hint = f"leave out '{chosen}:'"
            misunderstood(self.text, 0, "behind the colon there is nothing about single outputs", hint)
        return read

    def either(self) -> Condition:
        return self.joined("or", self.both)

    def both(self) -> Condition:
        return self.joined("and", self.one)

    def joined(self, word: str, read: Callable[[], Condition]) -> Condition:
        conditions = [read()]
        while self.takes(word):
            conditions.append(read())
        return conditions[0] if len(conditions) == 1 else Joined(tuple(conditions), word == "or")

    def one(self) -> Condition:
        self.depth += 1
        if self.depth > _DEEPEST:
            misunderstood(self.text, self.token.at, f"more than {_DEEPEST} levels of parentheses")
        if self.takes("not"):
            condition: Condition = Negated(self.one())
        elif self.takes("("):
            condition = self.either()
            self.expect(")")
        else:
            condition = self.comparison()
        self.depth -= 1
        return condition

    def comparison(self) -> Condition:
        begin = self.token
        operands, operators = [self.operand()], list[str]()
        while self.token.text in COMPARISONS and self.token.sort in ("word", "sign"):
            sign = self.take()
            right = self.token
            operands.append(self.operand())
            problem = check_pair(operands[-2], sign.text, operands[-1])
            if problem is not None:
                at = sign.at if problem.about_sign else right.at
                misunderstood(self.text, at, problem.message, problem.hint)
            operators.append(sign.text)
        first = operands[0]
        if operators:
            return Comparing(tuple(_with_types(operands)), tuple(operators))
        if isinstance(first, Term) and first.dimension is Dimension.TRUTH:
            return Being(first)
        if self.token.text in _MEANT:
            self.refuse(self.token, "a comparison")
        example = f"for example {self.text[begin.at : self.token.at].strip()} == 1"
        hint = example if isinstance(first, Counted) else 'compare it: width == 1024, type == "png"'
        return misunderstood(self.text, self.token.at, "a comparison is missing here", hint)

    def operand(self) -> Operand:
        token = self.take()
        if token.sort == "text":
            return Constant(unquoted(token), Dimension.TEXT)
        if token.sort == "number":
            return self.number(token)
        if token.sort == "pattern":
            return self.pattern(token)
        if token.sort != "word" or token.text in ("and", "or", "of", "any", "not"):
            self.refuse(token, "a name, a number or a text")
        if token.text == "count":
            self.expect("(")
            counted = Counted(self.outputs())
            self.expect(")")
            return counted
        term = BY_NAME.get(token.text)
        return term if term is not None else self.unknown(token)

    def number(self, token: Token) -> Constant:
        unit = UNIT_NAMES.get(self.token.text.casefold()) if self.token.sort == "word" else None
        if unit is None:
            glued = self.token.sort == "word" and self.token.at == token.at + len(token.text)
            if glued:
                hint = f"the units are {', '.join(UNITS)}"
                misunderstood(self.text, self.token.at, f"there is no unit '{self.token.text}'", hint)
            return Constant(float(token.text), Dimension.NUMBER)
        self.take()
        dimension, factor = UNITS[unit]
        return Constant(float(token.text) * factor, dimension)

    def pattern(self, token: Token) -> Constant:
        body, _, flags = token.text[1:].rpartition("/")
        for letter in flags:
            if letter not in _FLAGS:
                hint = f"the flags are {', '.join(_FLAGS)}"
                misunderstood(self.text, token.at, f"a pattern has no flag '{letter}'", hint)
        try:
            compiled = re.compile(body.replace(r"\/", "/"), sum({_FLAGS[letter] for letter in flags}))
        except (re.error, RecursionError, OverflowError) as error:
            misunderstood(self.text, token.at, f"the pattern is wrong: {error}")
        return Constant(compiled, Dimension.TEXT)

    def outputs(self) -> ChosenOutputs:
        kind = self.take()
        if kind.text not in KINDS:
            found = did_you_mean(closest(kind.text, KINDS)) or f"there are {', '.join(KINDS)}"
            what = f"there is no kind of output '{kind.text}'" if kind.text else "a kind of output is missing"
            misunderstood(self.text, kind.at, what, found)
        if not self.takes("of"):
            return ChosenOutputs(kind.text)
        node = self.take()
        if node.sort == "text":
            return ChosenOutputs(kind.text, unquoted(node))
        if node.sort == "number":
            return ChosenOutputs(kind.text, node.text)
        hint = f'{kind.text} of "Save Image", or {kind.text} of 9'
        return misunderstood(
            self.text, node.at, "the title of a node in quotes, or its number, is missing", hint
        )

    def unknown(self, token: Token) -> NoReturn:
        """Refuse a name that does not exist."""
        if token.text in KINDS:
            hint = f"count({token.text}) is their number; '{token.text}: ...' chooses them"
            misunderstood(self.text, token.at, f"'{token.text}' has no value of its own", hint)
        hint = did_you_mean(closest(token.text, [*BY_NAME, *_RESERVED]))
        hint = (
            hint or f'if it is a text, write "{token.text}"; the names are {", ".join(BY_NAME)}, count(...)'
        )
        misunderstood(self.text, token.at, f"there is no name '{token.text}'", hint)

    def refuse(self, token: Token, wanted: str) -> NoReturn:
        """Refuse a token that does not belong where it is."""
        meant = _MEANT.get(token.text)
        hint = f"write {meant} instead of {token.text}" if meant is not None else None
        found = f"'{token.text}'" if token.text else "the end"
        misunderstood(self.text, token.at, f"{wanted} was expected, and not {found}", hint)

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def take(self) -> Token:
        """The next token, which is thereby read; the end is never passed."""
        token = self.tokens[self.next]
        self.next = min(self.next + 1, len(self.tokens) - 1)
        return token

    def takes(self, text: str) -> bool:
        """Read the next token if it is this one."""
        found = self.token.text == text and self.token.sort in ("word", "sign")
        if found:
            self.take()
        return found

    def expect(self, text: str) -> None:
        """Read the next token, which must be this one."""
        if not self.takes(text):
            self.refuse(self.token, f"'{text}'")


def _with_types(operands: Sequence[Operand]) -> Iterator[Operand]:
    """The operands of a comparison; beside ``type``, a text is the name of one: ".JPG" is "jpeg"."""
    of_type = BY_NAME["type"] in operands
    for one in operands:
        if of_type and isinstance(one, Constant) and isinstance(one.value, str):
            name = one.value.casefold().removeprefix(".")
            yield Constant(TYPE_NAMES.get(name, name), one.dimension)
        else:
            yield one
