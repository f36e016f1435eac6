"""Where the fuzzing of a target begins: files of ``fixtures`` that are of its kind, and old crashers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.fuzz.targets import Target

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
CRASHERS = FIXTURES / "crashers"
MOST = 250
"""Seeds of a target: running each of them once must not take most of a minute."""


def of(target: Target) -> list[bytes]:
    """The seeds of a target, small ones only, the smallest first; of many, every so many-th."""
    files = sorted({path for pattern in target.seeds for path in FIXTURES.glob(pattern) if path.is_file()})
    texts = {target.prepare(path.read_bytes()) for path in files[:: len(files) // MOST + 1]}
    texts |= {path.read_bytes() for path in crashers(target.name)}
    return sorted(
        (text for text in texts if 0 < len(text) <= target.longest), key=lambda text: (len(text), text)
    )


def crashers(name: str) -> list[Path]:
    """The inputs that made a target fail once."""
    return sorted((CRASHERS / name).glob("*")) if (CRASHERS / name).is_dir() else []


def parsed(texts: Sequence[bytes]) -> list[Any]:
    """Those of the texts that are JSON."""
    found = []
    for text in texts:
        try:
            found.append(json.loads(text))
        except ValueError:
            continue
    return found
