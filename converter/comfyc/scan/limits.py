"""What a scan may cost: every number that bounds it, and the fuel that the interpreter burns.

Source code from anywhere is interpreted, so that whatever can grow or go round is counted. None of these
numbers is near what the largest packs need (measured on 60 packs: 1,200 files, 5 MiB, 1.5 million steps).
"""

from __future__ import annotations

from typing import Any

MAX_PACKS = 2_000
"""Packs of one folder."""
MAX_FILES = 30_000
"""Files of a pack that are looked at; further ones do not exist for the scan."""
MAX_DEPTH = 16
"""Folders inside one another."""
MAX_SOURCE = 4 << 20
"""Bytes of a Python file."""
MAX_DATA = 8 << 20
"""Bytes of a data file that the code of a pack reads."""
MAX_READ = 64 << 20
"""Bytes of all files that one pack makes the scan read."""
MAX_WRITTEN = 1_000
"""Files that the code of a pack is allowed to have written."""
MAX_CLASSES = 20_000
"""Node classes of a pack."""
MAX_CALLS = 60
"""Calls of functions inside one another."""
MAX_TEXT = 1 << 20
"""Characters of a text that the code makes."""
MAX_ITEMS = 100_000
"""Members of a list, and rounds of a loop."""
MAX_BITS = 2_048
"""Bits of an integer."""
MAX_ENTRY = 200_000
"""Values of one node's entry."""
MAX_ENTRY_DEPTH = 32
"""Lists and dictionaries inside one another in a node's entry."""

PACK_FUEL = 12_000_000
"""Steps for all of a pack: some ten seconds."""
MODULE_FUEL = 3_000_000
"""Steps for the import of a pack, with all that it imports."""
STATEMENT_FUEL = 500_000
"""Steps for one statement of a module that imports nothing."""
MAX_ROUNDS = 5_000
"""Rounds of a ``while``."""
CLASS_FUEL = 400_000
"""Steps for one node class."""


class OutOfFuelError(Exception):
    """The interpretation takes more steps than it may."""


def is_small(value: Any, most: int = 50_000) -> bool:
    """Whether a value has at most ``most`` members, counting shared ones as often as a walk meets them.

    Python's own comparison, hash and text of a list that holds another one twice, and so on, take time that
    doubles with each level; they are only asked for what is small.
    """
    if not isinstance(value, (list, tuple, dict)):
        return not isinstance(value, str) or len(value) <= MAX_TEXT
    pending: list[Any] = [value]
    count = 0
    while pending:
        one = pending.pop()
        count += 1
        if isinstance(one, dict):
            pending.extend(one)
            pending.extend(one.values())
        elif isinstance(one, (list, tuple)):
            pending.extend(one)
        if count + len(pending) > most:
            return False
    return True
