"""A pause for Python's cycle collector, which would walk every object made so far, again and again."""

from __future__ import annotations

import gc


class paused_collector:  # noqa: N801 - a context manager, used as a function
    """Make many objects without the collector; it goes on afterwards as before.

    Parsing and converting make trees and tables that live on, hardly any garbage in circles. With the
    collector on, large workflows would be walked many times over while they grow.
    """

    __slots__ = ("_collecting",)

    def __enter__(self) -> None:
        self._collecting = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._collecting:
            gc.enable()
