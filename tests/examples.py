"""How many examples a property is tried on."""

from __future__ import annotations

from typing import Any

from hypothesis import settings


def examples(count: int, **more: Any) -> settings:
    """So many examples; with ``--fast`` a tenth of them. ``more`` is for :class:`hypothesis.settings`."""
    return settings(max_examples=max(1, count * settings().max_examples // 100), **more)
