"""The partner nodes of a prompt that would run, and what each of them and all together cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from comfyc.catalog import Catalog, bundled_core
from comfyc.checks.links import is_link
from comfyc.prices.amounts import Price, price_of
from comfyc.prices.badges import context_of, linked_widgets, read_badge
from comfyc.prices.expressions import PriceError, evaluated


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one partner node costs. ``depends_on`` are the inputs that its price depends on. Without a
    ``price``, ``why`` says why it is not known, as a clause."""

    node: str
    title: str
    class_type: str
    price: Price | None = None
    depends_on: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """What some runs cost together: from ``low`` to ``high`` US dollars, and what the ``open`` nodes cost,
    whose price is not known or is not that of a run (it is that of a second, say).

    ``is_approximate``: a price in it is. ``count`` is the number of runs.
    """

    low: float
    high: float
    open: tuple[Estimate, ...]
    is_approximate: bool
    count: int

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left open."""
        return not self.open


@dataclass(frozen=True, slots=True)
class Estimates:
    """The partner nodes of a prompt that would run, in its order; false if there is none."""

    nodes: tuple[Estimate, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.nodes)

    def total(self, count: int = 1) -> Total:
        """What ``count`` runs cost."""
        return total_of([(self, count)])


def total_of(runs: Iterable[tuple[Estimates, int]]) -> Total:
    """What all runs of several prompts cost; each with the number of its runs."""
    low = high = 0.0
    runs = list(runs)
    found: dict[tuple[int, str], Estimate] = {}
    approximate = False
    for index, (estimates, count) in enumerate(runs):
        for one in estimates.nodes:
            price = one.price
            if price is None or not price.is_per_run:
                found[index, one.node] = one
                continue
            low += count * min(price.amounts)
            high += count * max(price.amounts)
            approximate = approximate or price.approximate
    return Total(low, high, tuple(found.values()), approximate, sum(count for _, count in runs))


def estimate(
    prompt: Mapping[str, Any],
    catalog: Catalog,
    *,
    titles: Mapping[str, str] | None = None,
    targets: Iterable[str] | None = None,
) -> Estimates:
    """What the partner nodes of a prompt cost that would run.

    ``titles`` are those of its nodes, by id; ``targets`` the outputs that are to run (all if ``None``). The
    price comes from the ``catalog`` of a server; the bundled one knows only what prices depend on.
    """
    titles = titles or {}
    found = []
    for ident in partner_nodes(prompt, catalog, targets):
        kind = prompt[ident]["class_type"]
        inputs = prompt[ident].get("inputs")
        title = titles.get(ident, kind)
        found.append(_estimate(ident, title, kind, inputs if isinstance(inputs, dict) else {}, catalog))
    return Estimates(tuple(found))


def partner_nodes(
    prompt: Mapping[str, Any], catalog: Catalog, targets: Iterable[str] | None = None
) -> list[str]:
    """The ids of the nodes of a prompt that call a paid service and would run, in the order of the prompt.

    A node runs if an output needs it, by any link. In doubt it does: a type that the catalogue does not know
    may be an output, and a partner node if it is one in the bundled catalogue.
    """
    nodes = {
        ident: node
        for ident, node in prompt.items()
        if isinstance(node, dict) and isinstance(node.get("class_type"), str)
    }
    partners = {ident for ident, node in nodes.items() if _is_partner(node["class_type"], catalog)}
    if not partners:
        return []
    waiting = [ident for ident, node in nodes.items() if _is_output(node["class_type"], catalog)]
    if targets is not None:
        chosen = set(targets)
        waiting = [ident for ident in waiting if ident in chosen]
    reached: set[str] = set()
    while waiting:
        ident = waiting.pop()
        if ident in reached or ident not in nodes:
            continue
        reached.add(ident)
        inputs = nodes[ident].get("inputs")
        if isinstance(inputs, dict):
            waiting += [value[0] for value in inputs.values() if is_link(value)]
    return [ident for ident in nodes if ident in partners & reached]


def _is_partner(kind: str, catalog: Catalog) -> bool:
    entry = catalog.info(kind) or _core().info(kind)
    return entry is not None and entry.get("api_node") is True


def _is_output(kind: str, catalog: Catalog) -> bool:
    entry = catalog.info(kind)
    return entry is None or entry.get("output_node") is True


@cache
def _core() -> Catalog:
    return bundled_core()


def _estimate(ident: str, title: str, kind: str, inputs: Mapping[str, Any], catalog: Catalog) -> Estimate:
    entry = catalog.info(kind)
    source = catalog if entry is not None else _core()
    entry = entry or source.info(kind) or {}
    badge = read_badge(source.price_badge(kind))
    if badge is None:
        return Estimate(ident, title, kind, why="its definition has no price")
    depends_on = badge.depends_on
    if badge.expression is None:
        why = "a server knows it, and the bundled catalogue does not"
        return Estimate(ident, title, kind, None, depends_on, why)
    linked = linked_widgets(badge, inputs)
    if linked:
        why = f"{_names(linked)} {'is' if len(linked) == 1 else 'are'} linked"
        return Estimate(ident, title, kind, None, depends_on, why)
    try:
        price = price_of(evaluated(badge.expression, context_of(badge, inputs, entry)))
    except PriceError as error:
        return Estimate(ident, title, kind, None, depends_on, str(error))
    why = "" if price is not None else "its expression gives no price for these values"
    return Estimate(ident, title, kind, price, depends_on, why)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
