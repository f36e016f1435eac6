"""One test for many items: a check of each, told apart by name when some fail.

pytest needs some milliseconds for each test, however little that does; with thousands of files and a dozen
things that hold of each, that is a minute. What a contributor looks at file by file (the text of a golden, a
fault, a verdict) stays a test of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

Item = TypeVar("Item")
SHOWN = 20
"""Names of failing items that are listed."""


def every(
    items: Iterable[Item], *, name: Callable[[Item], str], group: Callable[[Item], str]
) -> Callable[[Callable[[Item], None]], Callable[[str], None]]:
    """Decorates a check of one item: makes it a test for each group, which checks all items of the group.

    A check may skip its item. Of several that fail the first is shown, and the names of all.
    """
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(group(item), []).append(item)

    def decorate(check: Callable[[Item], None]) -> Callable[[str], None]:
        @pytest.mark.parametrize("group", groups)
        def run(group: str) -> None:
            failed: list[tuple[str, Exception]] = []
            for item in groups[group]:
                try:
                    check(item)
                except pytest.skip.Exception:
                    continue
                except Exception as error:
                    failed.append((name(item), error))
            if failed:
                names = ", ".join(label for label, _ in failed[:SHOWN])
                raise AssertionError(f"{len(failed)} of {len(groups[group])}: {names}") from failed[0][1]

        run.__name__, run.__qualname__ = check.__name__, check.__qualname__
        run.__doc__, run.__module__ = check.__doc__, check.__module__
        return run

    return decorate
