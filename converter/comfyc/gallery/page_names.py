"""The names of the pages: safe in every file system and address, and the same for the same path."""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_LONGEST = 80
_OTHER = re.compile(r"[^a-z0-9]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9]|index)?")
"""Names that Windows gives to devices, whatever the ending; one that web servers look for; and none."""
_DIGITS = 8


def page_names(paths: Sequence[str]) -> dict[str, str]:
    """A name for each path, of lower case letters, digits and ``-``, at most 89 characters long.

    ``sub/My Flow.json`` becomes ``sub-my-flow``. A hash of the path follows if the name says too little of it
    (cut, reserved, of another script) or if another path would have the same.
    """
    short = {path: _short(path) for path in paths}
    count = Counter(short.values())
    names: dict[str, str] = {}
    taken = {name for name, users in count.items() if users == 1}
    for path, name in short.items():
        if count[name] > 1 or _says_too_little(path, name):
            base = name[:_LONGEST].strip("-") or "file"
            tries = (f"{base}-{_digest(path, number)}" for number in itertools.count())
            name = next(one for one in tries if one not in taken)
            taken.add(name)
        names[path] = name
    return names


def _digest(path: str, number: int) -> str:
    hashed = hashlib.sha256(f"{path}\0{number}".encode("utf-8", "surrogatepass"))
    return hashed.hexdigest()[:_DIGITS]


def _stem(path: str) -> str:
    stem, _, ending = path.rpartition(".")
    return stem if stem and "/" not in ending else path


def _short(path: str) -> str:
    plain = unicodedata.normalize("NFKD", _stem(path)).casefold()
    return _OTHER.sub("-", "".join(one for one in plain if not unicodedata.combining(one))).strip("-")


def _says_too_little(path: str, name: str) -> bool:
    letters = sum(one.isalnum() for one in _stem(path))
    return len(name) > _LONGEST or _RESERVED.fullmatch(name) is not None or len(name) < letters / 2
