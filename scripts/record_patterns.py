"""Record what JavaScript finds with regular expressions: fixtures/javascript/patterns.json.

    python -m scripts.record_patterns [--count N] [--seed S] [--output FILE]

Rows are [pattern, text, found], where found is null if JavaScript refuses the pattern. The patterns are made
up; Node.js is asked (``node`` must be on the path), whose engine is that of Chromium.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
from pathlib import Path

OUTPUT = Path(__file__).resolve().parent.parent / "fixtures" / "javascript" / "patterns.json"
ATOMS = (
    *(
        "a",
        "b",
        "ab",
        ".",
        "\\d",
        "\\w",
        "\\s",
        "\\S",
        "\\W",
        "\\D",
        "\\b",
        "\\B",
        "^",
        "$",
        "[ab]",
        "[^a]",
        "[a-c]",
    ),
    *(
        "[]",
        "[^]",
        "[\\d-x]",
        "[a-]",
        "[\\]]",
        "\\.",
        "\\/",
        "\\x41",
        "\\u0062",
        "\\u{62}",
        "\\xg",
        "\\t",
        "\\-",
        " ",
        "-",
    ),
    *(
        "{",
        "}",
        "]",
        "{2",
        "(?:",
        "(",
        "(?<n>",
        ")",
        ")",
        ")",
        "|",
        "|",
        "*",
        "+",
        "?",
        "*?",
        "{2}",
        "{0,2}",
        "{1,}",
        "{2,1}",
    ),
    *("É", "é", "😀", "_", "1", "\\0", "\\e", "[b-a]", "\\", "["),
)
LETTERS = ("a", "b", "c", "A", " ", "1", "_", "-", ".", "é", "😀", "\n", "x", "]", "{2", "/")
ASK = """
const rows = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(rows.map(([pattern, text]) => {
  try { return [pattern, text, new RegExp(pattern).test(text)]; } catch { return [pattern, text, null]; }
})));
"""


def rows(count: int, seed: int) -> list[tuple[str, str]]:
    """Made-up patterns with texts, short enough for an engine that tries all ways."""
    chance = random.Random(seed)
    return [
        (
            "".join(chance.choice(ATOMS) for _ in range(chance.randint(1, 7))),
            "".join(chance.choice(LETTERS) for _ in range(chance.randint(0, 8))),
        )
        for _ in range(count)
    ]


def record(made: list[tuple[str, str]]) -> list[tuple[str, str, bool | None]]:
    """What Node.js says of each."""
    asked = subprocess.run(
        ["node", "-e", ASK], input=json.dumps(made), capture_output=True, text=True, check=True
    )
    return [tuple(row) for row in json.loads(asked.stdout)]


def main() -> None:
    """Write the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    found = record(rows(arguments.count, arguments.seed))
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(row) for row in found)
    arguments.output.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
