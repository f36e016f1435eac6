"""What once made a target of the fuzzer fail is given to it again (see tests/fuzz)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.seeds import CRASHERS, crashers, of
from tests.fuzz.targets import TARGETS

FOUND = [(name, path) for name in TARGETS for path in crashers(name)]


@pytest.mark.parametrize(("name", "path"), FOUND, ids=[f"{name}-{path.name}" for name, path in FOUND])
def test_it_fails_no_more(name: str, path: Path) -> None:
    TARGETS[name].run(path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_pass(name: str) -> None:
    seeds = of(TARGETS[name])
    for seed in seeds[:: len(seeds) // 12 + 1]:
        TARGETS[name].run(seed)


def test_every_crasher_has_a_target() -> None:
    assert {path.name for path in CRASHERS.iterdir()} <= TARGETS.keys()
