"""A document as text in the one layout: indented by two spaces, with a line feed at its end.

Written without recursion, so that values may be nested to any depth.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any, NamedTuple

from comfyc.formatting.forms import Form, Spread, form_of
from comfyc.javascript.stringify import compact_text, surrogates_spelt
from comfyc.javascript.values import is_safe, number_text

WIDTH = 100
"""Characters of a line beyond which a short object or list is no longer on one."""

_quote = json.encoder.encode_basestring
_Members = Iterator[tuple[str | None, Any]]


def text_of(document: Any) -> str:
    """The text of a parsed JSON document. Its view state is left out; nothing else is.

    What ``json.loads`` makes of the text is the document again, to JavaScript at least: of numbers that only
    the editor reads, 1.0 becomes 1. NaN, which JSON does not have, becomes null.
    """
    return surrogates_spelt("".join([*_parts(document), "\n"]))


class _Open(NamedTuple):
    """A list or an object that is being written. ``indent`` begins each of its lines; "" if it is on one."""

    members: _Members
    form: Form
    indent: str
    closing: str

    @property
    def between(self) -> str:
        """What separates its members."""
        return f",{self.indent}" if self.indent else ", "


def _parts(document: Any) -> Iterator[str]:
    here = _Open(iter(((None, document),)), Form(each=form_of(document)), "\n", "")
    outer: list[_Open] = []
    lead = ""
    while True:
        between = here.between
        for key, item in here.members:
            start = lead if key is None else f"{lead}{_quote(key)}: "
            lead = between
            is_object = item.__class__ is dict
            if not is_object and item.__class__ is not list:
                yield start + _scalar(item, here.form.is_editors)
                continue
            form = here.form.of(key, item)
            inside = form.written(item) if is_object else list(zip(repeat(None), item))
            opening, closing = "{}" if is_object else "[]"
            is_line = not here.indent or form.spread is Spread.LINE
            flat = _flat(inside, form)
            if not inside or (flat is not None and (is_line or _fits(flat, inside, form, start))):
                yield f"{start}{opening}{flat or ''}{closing}"
                continue
            outer.append(here)
            here = _Open(iter(inside), form, "" if is_line else f"{here.indent}  ", closing)
            lead = f"{start}{opening}{here.indent}"
            break
        else:
            if not outer:
                return
            ended, here = here, outer.pop()
            yield f"{here.indent if ended.indent else ''}{ended.closing}"
            lead = here.between


def _flat(inside: Iterable[tuple[str | None, Any]], form: Form) -> str | None:
    """The members on one line, None if one of them is a list or an object."""
    parts = []
    for key, item in inside:
        if item.__class__ is dict or item.__class__ is list:
            return None
        text = _quote(item) if item.__class__ is str else _scalar(item, form.is_editors)
        parts.append(text if key is None else f"{_quote(key)}: {text}")
    return ", ".join(parts)


def _fits(flat: str, inside: Iterable[tuple[str | None, Any]], form: Form, start: str) -> bool:
    """Whether members of no fixed form are written on one line."""
    if form.spread is not Spread.FIT:
        return False
    if len(start.rpartition("\n")[2]) + len(flat) <= WIDTH:
        return True
    return all(key is None and item.__class__ in (int, float) for key, item in inside)


def _scalar(value: Any, is_editors: bool) -> str:
    kind = value.__class__
    if kind is str:
        return _quote(value)
    if kind is int and is_safe(value):
        return str(value)
    if kind is not float:
        return compact_text(value)
    if math.isnan(value):
        return "null"
    if math.isinf(value):
        return "1e999" if value > 0 else "-1e999"
    text = number_text(value)
    if is_editors or not text.lstrip("-").isdigit():
        return text
    return f"-{text}.0" if value == 0 and math.copysign(1, value) < 0 else f"{text}.0"
