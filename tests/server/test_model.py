"""Never twice, and nothing lost in silence: over all interleavings of losses, by a model of the protocol.

A deeper search than the suite has time for: COMFYC_FAULTS=3 COMFYC_POINTS=8 pytest tests/server/test_model.py
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.server.model import SUBMITTING, Chooser, World, explore, play

pytestmark = pytest.mark.slow

ENOUGH = 1500.0
"""Virtual seconds within which a job has an end, however long a server is away."""


def check(world: World, jobs: int, *, at_most: int = 1) -> None:
    """What holds whatever was lost."""
    for job in range(jobs):
        assert world.started[job] <= at_most, "it ran twice"
        assert world.arrived[job] <= at_most, "it was queued twice"
        done = world.done.get(job)
        if done is None:
            assert world.stop.is_requested, "it was forgotten"
            assert not world.arrived[job], "it was sent and forgotten"
            continue
        assert world.ended[job] < ENOUGH
        if done.run is None:
            assert done.error is not None
            assert not world.arrived[job], "an error does not tell where it is"
            continue
        run = done.run
        assert run.prompt_id or not world.arrived[job], "its id is not told"
        if run.status == "success":
            assert world.finished[job]
        if run.status == "interrupted" and not run.is_left:
            assert world.stop.is_requested
            assert world.last_start.get(job, 0.0) <= world.ended[job], "it was taken back, and runs"


def explored(faults: int, points: int, jobs: int = 1, at_most: int = 1, **options: Any) -> int:
    """Try everything; how many plays that were."""
    count = 0
    for world in explore(lambda chooser: play(chooser, jobs=jobs, **options), faults=faults, points=points):
        count += 1
        try:
            check(world, jobs, at_most=at_most)
        except AssertionError as error:
            raise AssertionError(f"{error} after {world.chooser.names}: {world.done}") from None
    return count


FAULTS = int(os.environ.get("COMFYC_FAULTS", "2"))
POINTS = int(os.environ.get("COMFYC_POINTS", "3"))
CASES: dict[str, dict[str, Any]] = {
    "one server": {},
    "without sockets": {"has_sockets": False},
    "two servers": {"servers": 2},
    "Ctrl-C": {"stoppable": True},
    "a server that gives ids itself": {"takes_ids": False},
    "two jobs": {"jobs": 2},
}


@pytest.mark.parametrize("case", CASES)
def test_a_job_runs_at_most_once_and_has_an_end_whatever_is_lost(case: str) -> None:
    assert explored(FAULTS, POINTS, **CASES[case]) > 200


@pytest.mark.parametrize("servers", [1, 2])
def test_at_least_once_may_run_it_again_and_forgets_nothing(servers: int) -> None:
    assert explored(FAULTS, POINTS, servers=servers, at_least_once=True, at_most=3) > 200


@pytest.mark.parametrize("servers", [1, 2])
def test_one_fault_at_any_request_of_a_run_that_is_asked_for(servers: int) -> None:
    """The three ways to run a prompt twice that comfyc once had are among these."""
    assert explored(1, 14, servers=servers, has_sockets=False) > 60


def one_fault(fault: str, **options: Any) -> World:
    """A play in which this happens to the submission, and nothing else."""
    chooser = Chooser((SUBMITTING.index(fault),), faults=1, points=1)
    return play(chooser, **options)


@pytest.mark.parametrize(
    "fault",
    [
        "fine",
        "refused",
        "answer lost",
        "answer lost, away 14",
        "answer lost, away 92",
        "504, late 15",
        "lost, late 20, away 14",
    ],
)
@pytest.mark.parametrize("takes_ids", [True, False])
def test_what_can_be_found_is_found(fault: str, takes_ids: bool) -> None:
    run = one_fault(fault, takes_ids=takes_ids).done[0].run
    if takes_ids or fault != "answer lost, away 92":  # whose id is not known when it is back
        assert run is not None
        assert run.status == "success"


@pytest.mark.parametrize("fault", ["lost", "503", "504, late 40", "answer lost, away 230"])
@pytest.mark.parametrize("servers", [1, 2])
def test_what_cannot_be_decided_is_unknown_and_has_its_id(fault: str, servers: int) -> None:
    world = one_fault(fault, servers=servers)
    run = world.done[0].run
    assert run is not None
    assert (run.status, run.exit_code(), run.doubt is not None) == ("unknown", 2, True)
    assert str(run.wait).startswith(f"comfyc wait {run.prompt_id} --server http://127.0.0.1:900")
    assert world.arrived[0] <= 1


@pytest.mark.parametrize("fault", ["lost", "503", "restart"])
@pytest.mark.parametrize("servers", [1, 2])
def test_at_least_once_makes_it_again(fault: str, servers: int) -> None:
    run = one_fault(fault, servers=servers, at_least_once=True).done[0].run
    assert run is not None
    assert run.status == "success"
