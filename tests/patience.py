"""How long a test waits for what must come: on the slowest machine only what hangs takes so long."""

LONGEST = 600.0
"""Seconds. Nothing is judged by it: a command that ends in them has not hung."""
