"""What ``run`` is to expect of the outputs, from its flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comfyc.cli.flags.studies import NOTHING_EXPECTED
from comfyc.diagnostics import ComfycError

if TYPE_CHECKING:
    from comfyc.cli.work.prepare_files import Errand
    from comfyc.expectations import Expectations


def expectations_of(errand: Errand) -> Expectations | None:
    """What is expected of each run, None if nothing is. ``ComfycError`` for what is not understood, and for
    what cannot be judged, so that this is known before anything is sent."""
    expected = errand.expected
    if expected == NOTHING_EXPECTED:
        return None
    if not errand.wait:
        message = "--assert and --golden are about outputs, and --no-wait leaves before there are any"
        raise ComfycError(message, "leave out --no-wait")
    from comfyc.expectations import parse_expectations  # noqa: PLC0415 - few runs have any

    return parse_expectations(
        expected.assertions,
        golden=expected.golden,
        distance=expected.golden_distance,
        update=expected.update_golden,
    )
