"""Pause Python's cycle collector, which would otherwise walk every object made so far again and again."""

from __future__ import annotations

import gc

MANY = 50_000
"""A pause that made more objects than this (about 5,000 nodes) promotes them to the oldest generation."""
_FULL_EVERY = 50
"""Every 50th such pause runs a full collection instead."""
_HAS_GENERATIONS = hasattr(gc, "get_count") and hasattr(gc, "freeze")
_pauses = 0


class paused_collector:  # noqa: N801 - a context manager, used as a function
    """Context manager that disables the collector while many objects are made, then restores it.

    Parsing and converting make trees and tables that stay alive, and hardly any cyclic garbage. With the
    collector enabled, a large workflow would be walked many times while it grows, and once more, with a cold
    cache, after the pause. Large amounts of new objects are therefore promoted to the oldest generation.
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


class unwalked_objects:  # noqa: N801 - a context manager, used as a function
    """Context manager inside of which the collector does not walk the objects that there were before.

    For long work beside large tables that stay: what the work makes is walked without these.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        if _HAS_GENERATIONS:
            gc.freeze()

    def __exit__(self, *_: object) -> None:
        if _HAS_GENERATIONS:
            gc.unfreeze()


def _age() -> None:
    """Move all young objects to the oldest generation.

    Garbage of other code that is moved along waits for a full collection. Moved objects do not count towards
    the next one, so this runs one from time to time.
    """
    global _pauses
    _pauses += 1
    if _pauses % _FULL_EVERY == 0:
        gc.collect()
    elif not gc.get_freeze_count():  # unfreezing would also thaw objects that the program has frozen
        gc.freeze()
        gc.unfreeze()
