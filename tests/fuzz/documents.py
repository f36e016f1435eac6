"""Changes to JSON documents, as a mutator of libFuzzer makes them: what comes out is a document again."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

VALUES: tuple[Any, ...] = (
    *(None, True, False, [], {}, "", "a", [[]], [{}], {"": None}),
    *(
        0,
        1,
        -1,
        2,
        3,
        10,
        255,
        65536,
        10**9,
        2**31,
        2**53 + 1,
        -(2**63),
        10**20,
        10**400,
        0.5,
        -0.0,
        1e308,
        1e-320,
    ),
    *(
        float("nan"),
        float("inf"),
        float("-inf"),
        "NaN",
        "1e999",
        "-1",
        "0",
        "01",
        "9" * 500,
        "\ud800",
        "\0",
        "\x1b[2J",
    ),
    *(
        "__proto__",
        "constructor",
        "::error::x",
        "##[error]x",
        "\u202e",
        "\x85",
        "%s",
        "%a.b%",
        "%date:yyyy%",
        "{a|b",
    ),
    *(
        "../../etc/passwd",
        "/dev/zero",
        "C:\\x",
        "@x",
        "@@x",
        "-o",
        "*",
        "COMBO",
        "INT",
        "FLOAT",
        "STRING",
        "BOOLEAN",
    ),
    *("(a+)+$", "(?:", "1:2", "1:2:3", "5", "a" * 3000, [0, 0], ["1", 0], [1, 1, 0, 1, 0, "*"]),
)
"""Values that have been too much for some reader at some time."""

MOST_DEPTH = 12
_MOST_COPIES = 40
_LONGEST = 3000


class Mutator:
    """Changes documents; ``stock`` holds values and keys of other documents that may be put in."""

    def __init__(self, stock: Sequence[Any]) -> None:
        self._values: list[Any] = list(VALUES)
        keys: dict[str, None] = {}
        for document in stock:
            for container, key in _places(document):
                if isinstance(container, dict):
                    keys[key] = None
                value = container[key]
                if len(json.dumps(value)) <= _LONGEST:
                    self._values.append(value)
        self._keys = [*keys, "", "__proto__", "0", "-1"]

    def change(self, text: bytes, most: int, seed: int) -> bytes | None:
        """The document with a few changes, at most ``most`` bytes long; None if the text is no document."""
        chance = random.Random(seed)
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            return None
        for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
            document = self._changed(document, chance)
        changed = json.dumps(document, separators=(",", ":")).encode()
        return changed if len(changed) <= most else None

    def _changed(self, document: Any, chance: random.Random) -> Any:
        places = _places(document)
        if not places or chance.random() < 0.01:
            return self._value(chance)
        container, key = chance.choice(places)
        kind = chance.randrange(8)
        if kind == 0:
            del container[key]
        elif kind == 1:
            other, where = chance.choice(places)
            container[key] = _copied(other[where])
        elif kind == 2:
            container[key] = _near(container[key], chance)
        elif kind == 3 and isinstance(container, dict):
            container[chance.choice(self._keys)] = container.pop(key)
        elif kind == 4:
            self._add(container[key] if chance.random() < 0.5 else container, chance)
        elif kind == 5 and isinstance(container, list):
            container[:] = [
                *container,
                *(_copied(container[key]) for _ in range(chance.randrange(1, _MOST_COPIES))),
            ]
        elif kind == 6:
            container[key] = chance.choice(([container[key]], {chance.choice(self._keys): container[key]}))
        else:
            container[key] = self._value(chance)
        return document

    def _add(self, container: Any, chance: random.Random) -> None:
        if isinstance(container, dict):
            container[chance.choice(self._keys)] = self._value(chance)
        elif isinstance(container, list):
            container.insert(chance.randint(0, len(container)), self._value(chance))

    def _value(self, chance: random.Random) -> Any:
        return _copied(chance.choice(self._values))


def _near(value: Any, chance: random.Random) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + chance.choice((1, -1, 10, -10, value, 2**32))
    if isinstance(value, float):
        return value * chance.choice((-1, 0, 10, 1e300))
    if isinstance(value, str):
        at = chance.randint(0, len(value))
        return (
            value[:at]
            + chance.choice(("", "\0", "\n", "|", "{", "}", "%", "@", ".", ":", "1", "\ud800"))
            + value[at + chance.randint(0, 2) :]
        )
    if isinstance(value, list):
        return chance.sample(value, len(value))
    if isinstance(value, dict):
        return dict(chance.sample(sorted(value.items(), key=str), len(value)))
    return value


def _copied(value: Any) -> Any:
    return json.loads(json.dumps(value)) if isinstance(value, (dict, list)) else value


def _places(document: Any) -> list[tuple[Any, Any]]:
    """Each place in a document that can be changed, as the container and the key in it."""
    found: list[tuple[Any, Any]] = []
    level = [document]
    for _ in range(MOST_DEPTH):
        following = []
        for one in level:
            if isinstance(one, (dict, list)):
                keys = list(one) if isinstance(one, dict) else range(len(one))
                found += [(one, key) for key in keys]
                following += [one[key] for key in keys]
        level = following
    return found
