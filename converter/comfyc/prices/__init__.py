"""What the partner nodes of a prompt cost, as the editor's price badges say.

estimates = estimate(prompt, catalog)
estimates.nodes          an :class:`Estimate` for each partner node that would run
estimates.total(3)       what three runs cost, as far as it is known
estimate_lines(...)      the same as text for people, estimates_to_json(...) for programs

A price is computed by an expression that comes with the definition of a node type (``price_badge`` of its
object_info) from the values of the node's inputs. It is an estimate: the server may still have the results of
a node from an earlier run, and what a service bills is its own affair.
"""

from __future__ import annotations

from comfyc.prices.amounts import Price
from comfyc.prices.estimates import Estimate, Estimates, Total, estimate, partner_nodes
from comfyc.prices.wording import estimate_lines, estimates_to_json, price_text, total_text

__all__ = [
    "Estimate",
    "Estimates",
    "Price",
    "Total",
    "estimate",
    "estimate_lines",
    "estimates_to_json",
    "partner_nodes",
    "price_text",
    "total_text",
]
