"""JavaScript's conversions and orderings of JSON values, as far as the editor's behaviour depends on them.

Numbers become text by ECMA-262's Number::toString, values become text by String(), objects list
their integer-like keys first. All functions are total over what ``json.loads`` can return.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

MAX_SAFE_INTEGER = 2**53 - 1

SPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
r"""The characters that ``trim`` removes and ``\s`` matches: Python's are others."""

_DECIMAL = r"[+-]?(?:Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
_NUMBER = re.compile(_DECIMAL + r"\Z")
_LEADING_NUMBER = re.compile(_DECIMAL)
_DIGITS_OF = {"0x": (16, "0123456789abcdef"), "0o": (8, "01234567"), "0b": (2, "01")}
_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,9})\Z")
_MAX_INDEX = 4294967294
_FROM_ONE = "123456789"


def is_safe(value: int) -> bool:
    """Whether JavaScript represents the integer exactly."""
    return -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER


def is_index(key: str) -> bool:
    """Whether a JavaScript object orders this key numerically before other keys (canonical 0..2^32-2)."""
    if not key.isdigit():
        return False
    if len(key) < 10 and key[0] in _FROM_ONE:  # most are short
        return key.isascii()
    return _INDEX.match(key) is not None and int(key) <= _MAX_INDEX


def key_order(keys: Iterable[str]) -> list[str]:
    """The keys in the order of a JavaScript object: indexes ascending, then the others as inserted."""
    indexes: list[str] = []
    others: list[str] = []
    for key in keys:
        (indexes if is_index(key) else others).append(key)
    indexes.sort(key=int)
    return indexes + others


def number_text(value: float) -> str:
    """``String(number)``: shortest digits, exponent form below 1e-6 and from 1e21."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if value == int(value) and abs(value) < 1e21:
        return str(int(value)) if abs(value) <= MAX_SAFE_INTEGER else _digits(value)
    return _digits(value)


def _digits(value: float) -> str:
    mantissa, _, exponent_text = repr(abs(value)).partition("e")
    sign = "-" if value < 0 else ""
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent_text or 0)
    point -= len(whole + fraction) - len(digits) if whole.strip("0") == "" else 0
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    exponent = point - 1
    text = digits[0] + ("." + digits[1:] if count > 1 else "")
    return f"{sign}{text}e{'+' if exponent >= 0 else '-'}{abs(exponent)}"


def double(value: int) -> float:
    """The double that JavaScript reads for an integer literal; infinite if it is too large."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def is_finite(value: Any) -> bool:
    """Whether a value is a number that fits a finite double; not NaN, infinity or an integer of 400
    digits."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return math.isfinite(value if isinstance(value, float) else double(value))


def truthy(value: Any) -> bool:
    """JavaScript's truthiness: 0, NaN, "" and null are false; every object and array is true."""
    if isinstance(value, (dict, list)):
        return True
    if isinstance(value, float) and math.isnan(value):
        return False
    return bool(value)


def text(value: Any) -> str:
    """``String(value)``."""
    if isinstance(value, str):
        return value
    if value.__class__ is int and -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return str(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(value if isinstance(value, float) else double(value))
    return _joined(value) if isinstance(value, list) else "[object Object]"


def _joined(items: list[Any]) -> str:
    """``String(array)``: the members of all levels, joined by commas; null and [] give an empty string."""
    parts: list[str] = []
    open_lists = [iter(items or (None,))]
    while open_lists:
        for item in open_lists[-1]:
            if isinstance(item, list):
                open_lists.append(iter(item or (None,)))
                break
            parts.append("" if item is None else text(item))
        else:
            open_lists.pop()
    return ",".join(parts)


_SHOWN = 40


def shown(value: Any) -> str:
    """A value for a message, in Python's notation, cut to about 40 characters."""
    if isinstance(value, str):
        return repr(value if len(value) <= _SHOWN else value[: _SHOWN - 3] + "...")
    if isinstance(value, (list, dict)):
        from reprlib import Repr  # noqa: PLC0415 - hardly ever

        short = Repr()
        short.maxlevel, short.maxlist, short.maxdict, short.maxstring, short.maxlong = 2, 3, 3, 20, 20
        text_of = short.repr(value)
        return text_of if len(text_of) <= _SHOWN else text_of[: _SHOWN - 3] + "..."
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**_SHOWN:
        return number_text(double(value))
    return repr(value)


def utf16_units(value: str) -> list[str]:
    """The UTF-16 units of a string; a surrogate pair gives two."""
    data = value.encode("utf-16-le", "surrogatepass")
    return [data[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(data), 2)]


def number(value: Any) -> float:
    """``Number(value)``; NaN if the value is not a number."""
    if value is None:
        return 0.0
    if isinstance(value, (bool, int)):
        return double(int(value))
    if isinstance(value, float):
        return value
    if isinstance(value, str):
        return _parse_number(value.strip(SPACE))
    if isinstance(value, list):
        return _parse_number(text(value).strip(SPACE))
    return math.nan


def _parse_number(literal: str) -> float:
    if not literal:
        return 0.0
    base, digits = _DIGITS_OF.get(literal[:2].lower(), (10, ""))
    if digits:
        body = literal[2:].lower()
        return double(int(body, base)) if body and not body.strip(digits) else math.nan
    return float(literal) if _NUMBER.match(literal) else math.nan


def leading_number(value: str) -> float:
    """``parseFloat``: the number that a text begins with, NaN if it begins with none."""
    found = _LEADING_NUMBER.match(value.lstrip(SPACE))
    return float(found[0]) if found else math.nan


def round_half_up(value: float) -> float:
    """``Math.round``: halves are rounded up, also for negative numbers."""
    if not math.isfinite(value):
        return value
    whole = math.floor(value)
    return float(whole + 1 if value - whole >= 0.5 else whole)


def fixed(value: float, digits: int) -> float:
    """``Number(value.toFixed(digits))``: exact decimal expansion, halves away from zero."""
    if not math.isfinite(value) or abs(value) >= 1e21 or not 0 <= digits <= _MAX_DIGITS:
        return value
    from decimal import ROUND_HALF_UP, Context, Decimal  # noqa: PLC0415 - only PrimitiveNode values need it

    exact = Context(prec=2 * _MAX_DIGITS, rounding=ROUND_HALF_UP)
    return float(Decimal(value).quantize(Decimal(1).scaleb(-digits), context=exact))


_MAX_DIGITS = 100
"""The decimal digits that ``toFixed`` accepts at most."""
