"""What changed between two catalogues, and what becomes of the values that files saved."""

from __future__ import annotations

from typing import Any

import pytest

from comfyc import Catalog, convert
from comfyc.comparison import Change, Fit, compare_catalogs, compare_entries, fit_of

STEPS, NAME, SCALE = ["INT", {"default": 20}], ["STRING", {"default": ""}], ["FLOAT", {"default": 1.0}]
WIDGETS = {"steps": STEPS, "name": NAME, "scale": SCALE}
SAVED = {"steps": 7, "name": "seven", "scale": 0.7}


def entry(inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An entry of object_info with these required inputs."""
    return {"input": {"required": inputs}, "output": ["IMAGE"], "output_node": True, **more}


def chosen(**brought: Any) -> dict[str, Any]:
    """An entry with a dynamic combo whose one option brings these inputs, and a widget behind it."""
    options = [{"key": "fast", "inputs": {"required": brought}}]
    return entry({"mode": ["COMFY_DYNAMICCOMBO_V3", {"options": options}], "last": NAME})


@pytest.mark.parametrize(
    ("inputs", "fit"),
    [
        (WIDGETS, Fit.SAME),
        ({"image": ["IMAGE"], **WIDGETS}, Fit.SAME),
        ({**WIDGETS, "scale": ["FLOAT", {"default": 2.0, "max": 9}]}, Fit.SAME),
        ({**WIDGETS, "more": NAME}, Fit.ADDED),
        ({"steps": STEPS, "name": NAME}, Fit.DROPPED),
        ({"steps": STEPS, "text": NAME, "scale": SCALE}, Fit.RENAMED),
        ({"first": STEPS, **WIDGETS}, Fit.SHIFTED),
        ({"name": NAME, "scale": SCALE}, Fit.SHIFTED),
        ({"name": NAME, "steps": STEPS, "scale": SCALE}, Fit.SHIFTED),
        ({**WIDGETS, "name": ["STRING", {"forceInput": True}]}, Fit.SAME),
        ({**WIDGETS, "steps": ["INT", {"control_after_generate": True}]}, Fit.SHIFTED),
    ],
)
def test_the_fit_is_that_of_a_conversion(inputs: dict[str, Any], fit: Fit) -> None:
    old, new = entry(WIDGETS), entry(inputs)
    assert fit_of("T", old, new) is fit
    changes = compare_entries("T", *cleaned(old, new))
    assert any(one.shifts for one in changes) is (fit is Fit.SHIFTED)
    node = {"id": 1, "type": "T", "widgets_values": list(SAVED.values()), "inputs": [], "outputs": []}
    document = {"version": 0.4, "nodes": [node], "links": [], "last_node_id": 1, "last_link_id": 0}
    given = convert(document, Catalog.from_object_info({"T": new})).prompt["1"]["inputs"]
    is_kept = all(given[name] == value for name, value in SAVED.items() if name in given)
    assert is_kept is (fit is not Fit.SHIFTED)


def cleaned(*entries: dict[str, Any]) -> list[dict[str, Any]]:
    """Entries as a catalogue gives them."""
    found = [Catalog.from_object_info({"T": one}).info("T") for one in entries]
    return [one for one in found if one is not None]


def test_a_widget_that_an_option_brings_shifts_those_behind_the_combo() -> None:
    assert fit_of("T", chosen(a=STEPS), chosen(a=STEPS, b=SCALE)) is Fit.SHIFTED
    assert fit_of("T", chosen(a=STEPS), chosen(a=STEPS, image=["IMAGE"])) is Fit.SAME
    (added,) = compare_entries("T", *cleaned(chosen(a=STEPS), chosen(a=STEPS, b=SCALE)))
    assert added == Change("input", "mode.b", "added", None, "FLOAT", shifts=True, when="mode = fast")


def test_every_kind_of_change_is_named() -> None:
    old = entry(
        {"n": ["INT", {"default": 1, "min": 0, "tooltip": "x"}], "way": [["a", "b"]], "image": ["IMAGE"]},
        output_name=["image"],
    )
    new = entry(
        {"way": [["b", "c"]], "n": ["INT", {"default": True, "min": 0.0}]},
        output_name=["mask"],
        deprecated=True,
    )
    new["input"]["optional"] = {"image": ["MASK"]}
    new["output"] = ["MASK", "INT"]
    assert compare_entries("T", *cleaned(old, new)) == [
        Change("input", "way", "moved", 1, 0, shifts=True),
        Change("input", "way", "options", ["a"], ["c"]),
        Change("input", "way", "default", "a", "b"),
        Change("input", "n", "default", 1, True),
        Change("input", "image", "type", "IMAGE", "MASK"),
        Change("input", "image", "optional", False, True),
        Change("output", "image", "name", "image", "mask"),
        Change("output", "image", "type", "IMAGE", "MASK"),
        Change("output", "INT", "added", None, "INT"),
        Change("node", "deprecated", "value", False, True),
    ]


def test_looks_files_and_what_a_scan_does_not_know_are_no_changes() -> None:
    old = entry(
        {"ckpt": [["a.safetensors"]], "way": [["a"]], "n": ["INT", {"default": 1, "display": "slider"}]}
    )
    new = entry({"ckpt": [["b.safetensors"]], "way": [[]], "n": ["INT", {"default": 1, "tooltip": "number"}]})
    new["unknown"] = {"way": "options"}
    with_files = compare_catalogs(*(Catalog.from_object_info({"T": one}) for one in (old, new)))
    assert [one.name for one in with_files.changed[0].changes] == ["ckpt", "ckpt"]
    assert compare_entries("T", *cleaned(old, new), with_files=False) == []


@pytest.mark.slow
def test_catalogues_are_compared_type_by_type() -> None:
    old = Catalog.from_object_info({"Same": entry(WIDGETS), "Gone": entry({}), "Other": entry(WIDGETS)})
    new = Catalog.from_object_info(
        {"Same": entry(WIDGETS), "New": entry({}), "Other": entry({"steps": STEPS})}
    )
    found = compare_catalogs(old, new)
    assert (found.added, found.removed) == (["New"], ["Gone"])
    assert [(one.node_type, one.fit) for one in found.changed] == [("Other", Fit.DROPPED)]
    assert compare_catalogs(old, old).is_empty
    assert compare_catalogs(Catalog.load(), Catalog.load()).is_empty
