"""Prices as text for people, and as JSON for programs. Whatever a server says of them is made harmless by
whoever prints it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comfyc.prices.amounts import Price
from comfyc.prices.estimates import Estimate, Estimates, Total


def price_text(price: Price) -> str:
    """A price in US dollars: "$0.06", "~$0.03 to $0.06", "$0.05/second (input + output)"."""
    if not price.amounts:
        return price.text
    suffix = "" if price.is_per_run else price.suffix
    note = f" {price.note}" if price.note else ""
    return f"{_range(min(price.amounts), max(price.amounts), price.approximate)}{suffix}{note}"


def estimate_text(one: Estimate) -> str:
    """What a node costs, or why that is not known."""
    if one.price is not None:
        return price_text(one.price)
    depends_on = f"; the price depends on {', '.join(one.depends_on)}" if one.depends_on else ""
    return f"unknown: {one.why}{depends_on}"


def estimate_lines(estimates: Estimates) -> list[str]:
    """A line for each partner node: its id, its title, its type and its price."""
    return [
        f"{one.node} {one.title}{'' if one.title == one.class_type else f' ({one.class_type})'}: "
        f"{estimate_text(one)}"
        for one in estimates.nodes
    ]


def total_text(total: Total) -> str:
    """What runs cost together: "$0.06", "$1.40, plus 2 nodes whose price is not known before the run"."""
    if total.is_complete:
        return _range(total.low, total.high, total.is_approximate)
    nodes = f"{len(total.open)} nodes" if len(total.open) > 1 else "1 node"
    if not total.high:
        return f"an amount that is not known before the run ({nodes})"
    known = _range(total.low, total.high, total.is_approximate)
    return f"{known}, plus {nodes} whose price is not known before the run"


def estimates_to_json(estimates: Estimates, count: int = 1) -> dict[str, Any]:
    """The estimates as a JSON object: ``nodes``, and ``total`` for ``count`` runs."""
    return {
        "nodes": [_node(one) for one in estimates.nodes],
        "total": total_to_json(estimates.total(count)),
    }


def total_to_json(total: Total) -> dict[str, Any]:
    """A total as a JSON object; ``open`` are the ids of the nodes that are not in it."""
    return {
        "low_usd": _rounded(total.low),
        "high_usd": _rounded(total.high),
        "approximate": total.is_approximate,
        "complete": total.is_complete,
        "open": [one.node for one in total.open],
        "runs": total.count,
        "text": total_text(total),
    }


def _node(one: Estimate) -> dict[str, Any]:
    price = one.price
    low, high = (None, None) if price is None else (price.low, price.high)
    return {
        "node": one.node,
        "title": one.title,
        "class_type": one.class_type,
        "low_usd": None if low is None else _rounded(low),
        "high_usd": None if high is None else _rounded(high),
        "per_run": price is not None and price.is_per_run,
        "approximate": price is not None and price.approximate,
        "text": estimate_text(one),
        "label": None if price is None else price.label,
        "depends_on": list(one.depends_on),
        "why": one.why or None,
    }


def _range(low: float, high: float, approximate: bool) -> str:
    amounts: Sequence[str] = list(dict.fromkeys((_dollars(low), _dollars(high))))
    return "~" * approximate + " to ".join(amounts)


def _dollars(amount: float) -> str:
    """At least cents, and as many decimals as a price has, up to six."""
    whole, _, decimals = f"{amount:,.6f}".partition(".")
    return f"${whole}.{decimals.rstrip('0').ljust(2, '0')}"


def _rounded(amount: float) -> float:
    """Without the last digits of sums of binary fractions."""
    return round(amount, 6)
