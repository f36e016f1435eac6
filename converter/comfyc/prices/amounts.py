"""What an expression of a price badge may give: one or more prices in US dollars, or just a text.

Source: frontend 1.58.1, ``useNodePricing.ts`` (``isPricingResult``, ``formatPricingResult`` and its helpers).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from comfyc.javascript.values import is_finite, number, text, truthy

PER_RUN = "/Run"
"""The suffix of a price that has none of its own: it is that of the node, whenever it runs."""
CREDITS = 211
"""Comfy credits of one US dollar."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a node costs. ``amounts`` are US dollars: one; two for a range from one to the other; or any
    number of prices for different things, such as what goes in and what comes out. There are none if the
    price is but a ``text``.

    ``suffix`` is what it is the price of ("/Run", "/second", " per 1K tokens"), ``note`` what there is to say
    of it, and ``separator`` stands between the amounts where the editor shows them.
    """

    amounts: tuple[float, ...] = ()
    suffix: str = PER_RUN
    note: str = ""
    approximate: bool = False
    separator: str = "/"
    text: str = ""

    @property
    def low(self) -> float | None:
        """The lowest amount."""
        return min(self.amounts, default=None)

    @property
    def high(self) -> float | None:
        """The highest amount."""
        return max(self.amounts, default=None)

    @property
    def is_per_run(self) -> bool:
        """Whether the amounts are what the node costs; otherwise only what a second costs, a picture, ..."""
        return bool(self.amounts) and self.suffix.strip().casefold() in ("", "/run")

    @property
    def label(self) -> str:
        """What the editor shows on the node."""
        if not self.amounts:
            return self.text
        values = [_credits(amount) for amount in self.amounts]
        if self.separator == "-" and len(set(values)) == 1:
            del values[1:]
        note = f" {self.note}" if self.note else ""
        return f"{'~' * self.approximate}{self.separator.join(values)} credits{self.suffix}{note}"


def price_of(result: Any) -> Price | None:
    """The price that an expression gives; ``None`` if it gives none, or one that the editor does not show.

    Amounts below zero are none, so that no node makes the sum of others less.
    """
    if not isinstance(result, dict):
        return None
    kind, amount = result.get("type"), result.get("usd")
    if "type" not in result and "usd" in result:
        value = number(amount) if isinstance(amount, str) and amount.strip() else amount
        return _priced([value], {}, "/")
    if kind == "text":
        return Price(text=result["text"]) if isinstance(result.get("text"), str) else None
    given = result.get("format")
    form: Mapping[str, Any] = given if isinstance(given, dict) else {}
    if kind == "usd":
        return _priced([amount], form, "/")
    if kind == "range_usd":
        return _priced([result.get("min_usd"), result.get("max_usd")], form, "-")
    if kind == "list_usd" and isinstance(amount, list) and amount:
        separator = form.get("separator")
        return _priced(amount, form, "/" if separator is None else text(separator))
    return None


def _priced(amounts: list[Any], form: Mapping[str, Any], separator: str) -> Price | None:
    if not all(is_finite(amount) and amount >= 0 for amount in amounts):
        return None
    suffix, note = form.get("suffix"), form.get("note")
    return Price(
        tuple(map(float, amounts)),
        PER_RUN if suffix is None else text(suffix),
        text(note) if truthy(note) else "",
        truthy(form.get("approximate")),
        separator,
    )


def _credits(dollars: float) -> str:
    """Credits as ``Intl.NumberFormat`` writes them in English: with at most one decimal, and what is rounded
    are the shortest digits of the number (31.65 is 31.7, though its double is a little less)."""
    rounded = Decimal(repr(dollars * CREDITS)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{rounded:,.1f}".removesuffix(".0")
