"""A pause for Python's cycle collector, which would walk every object made so far, again and again."""

from __future__ import annotations

import gc

MANY = 50_000
"""New objects from which on the collector does not look at them as young ones: of some 5,000 nodes."""
_LOOKS = 50
"""Each so many pauses that made as many, it looks at everything instead."""
_HAS_GENERATIONS = hasattr(gc, "get_count") and hasattr(gc, "freeze")
_pauses = 0


class paused_collector:  # noqa: N801 - a context manager, used as a function
    """Make many objects without the collector; it goes on afterwards as before.

    Parsing and converting make trees and tables that live on, hardly any garbage in circles. With the
    collector on, large workflows would be walked many times over while they grow, and with it on again
    once more, out of the processor's cache; so what is large becomes old at once.
    """

    __slots__ = ("_collecting",)

    def __enter__(self) -> None:
        self._collecting = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._collecting:
            if _HAS_GENERATIONS and gc.get_count()[0] > MANY:
                _age()
            gc.enable()


def _age() -> None:
    """Move all young objects to the oldest generation.

    Garbage of others that moves along waits for a full collection. As what is moved does not count for
    when that is due, there is one from time to time.
    """
    global _pauses
    _pauses += 1
    if _pauses % _LOOKS == 0:
        gc.collect()
    elif not gc.get_freeze_count():  # what the program has frozen would thaw
        gc.freeze()
        gc.unfreeze()
