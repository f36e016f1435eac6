"""What is told of values of custom nodes that are lost, and of those that nobody can know offline."""

from __future__ import annotations

from typing import Any

import pytest

from comfyc.api import convert
from comfyc.catalog import Catalog
from tests.test_packs import BUNDLED, inputs_of, node


def findings_of(entry: dict[str, Any], catalog: Catalog = BUNDLED) -> dict[str, str]:
    """The messages that are told of the only node of a workflow, by code."""
    conversion = convert({"version": 0.4, "nodes": [entry], "links": []}, catalog)
    return {found.rule.code: found.message for found in conversion.diagnostics}


def test_values_of_a_newer_pack_are_told_with_both_versions() -> None:
    properties = {"cnr_id": "comfyui-kjnodes", "ver": "9.1.0"}
    told = findings_of(node("StringConstant", ["x", "bold", 0.5], properties=properties))
    edition = BUNDLED.edition_of("StringConstant")
    assert edition is not None
    pack = edition.volume
    for part in ("'bold', 0.5", "'9.1.0' of 'comfyui-kjnodes'", pack.title, pack.version):
        assert part in told["N237"]
    assert "N204" not in told


def test_values_of_a_newer_comfyui_are_told_with_both_versions() -> None:
    properties = {"cnr_id": "comfy-core", "ver": "0.99.1"}
    told = findings_of(node("EmptyImage", [64, 64, 1, 0, "sRGB"], properties=properties))
    assert "'0.99.1' of 'ComfyUI'" in told["N238"]
    assert f"ComfyUI {BUNDLED.version}" in told["N238"]


def test_a_servers_definition_is_never_too_old() -> None:
    own = {"input": {"required": {"string": ["STRING", {}]}}, "python_module": "custom_nodes.ComfyUI-KJNodes"}
    core = {"input": {"required": {"width": ["INT", {}]}}, "python_module": "nodes"}
    catalog = Catalog.from_object_info({"StringConstant": own, "EmptyImage": core})
    assert findings_of(node("StringConstant", ["x", 3]), catalog).keys() == {"N204"}
    newer = {"cnr_id": "comfy-core", "ver": "0.99.1"}
    assert findings_of(node("EmptyImage", [64, 3], properties=newer), catalog).keys() == {"N204"}


POINTS = '[{"points":[{"x":0,"y":512},{"x":512,"y":0}],"color":"#1f77b4","name":"Spline 1"}]'


@pytest.mark.parametrize("method", ["path", "time", "speed", "controlpoints"])
def test_coordinates_that_are_sampled_on_the_screen_stay_as_saved(method: str) -> None:
    entry = node("SplineEditor", [POINTS, "[[1]]", 512, 512, 4, method, "linear", 0.5, 1, "list", 0, 1])
    known = method == "controlpoints"
    assert inputs_of(entry)["coordinates"] == ('[[{"x":0,"y":512},{"x":512,"y":0}]]' if known else "[[1]]")
    assert ("N212" in findings_of(entry)) != known


def test_a_frame_of_the_screen_is_not_in_a_file() -> None:
    assert "N212" in findings_of(node("ScreencapStream", ["data:image/png;base64,AAA", 64, 64]))
    assert "N212" not in findings_of(node("ScreencapStream", ["", 64, 64]))


def test_multipliers_that_the_browser_forgets_are_kept() -> None:
    entry = node("ConcatConditioningsWithMultiplier //Inspire", [0.5, 0.6, 0.7])
    assert inputs_of(entry) == {"multiplier1": 0.5, "multiplier2": 0.6, "multiplier3": 0.7}
    assert "N234" in findings_of(entry)
