"""``comfyc validate --fix``: repairs that change no prompt, and what is left to people."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from comfyc.api import convert_parsed
from comfyc.catalog import Catalog
from comfyc.checks.request import replace_nodes
from comfyc.checks.rules import rules_for
from comfyc.codes import RULES
from comfyc.fixing import REPAIRS
from tests.carriers import chunk, png
from tests.discovery import FIXTURES
from tests.every import every
from tests.faults import Fault, faults
from tests.in_process import comfyc
from tests.repairs import CHANGES_PROMPT, Examiner, bytes_of

TEXT_TO_IMAGE = FIXTURES / "text_to_image" / "workflow.json"

LEFT = {
    "W037/null-slot": "a null slot is exported as it is",
    "W037/four-members": "somebody may know what is missing",
    "W037/without-target": "somebody may know what is missing",
    "W051/input-without-a-name": "the object may hold a link",
    "G102/definitions": "either of the two may be the right one",
    "G102/nodes": "either of the two may be the right one",
    "P332/failed-branch": "the node needs inputs that nobody knows",
    "P332/needed": "the node needs inputs that nobody knows",
    "P344/loader": "the server loses the inputs of the node",
    "P344/renamed": "the server loses the inputs of the node",
    "P347/misspelt": "the name is like that of an input that is not there",
    "N221/button-between": "nobody knows what the value is",
    **dict.fromkeys(
        ("N237/newer-pack", "N237/noted-widget", "N237/unnamed-version", "N238/newer-comfyui", "N238/number"),
        "another version of the node has widgets for the values",
    ),
    "N204/one-more": "a value that no widget takes may be one of a newer version",
}
"""Faults under rules with a repair that are left to people, and why."""


@cache
def examiner(code: str = "") -> Examiner:
    return Examiner(Catalog.load(), code)


def source_of(fault: Fault) -> bytes | None:
    """The bytes of a case that is one JSON file and needs nothing beside it."""
    names = {one.name for one in fault.folder.iterdir()} - {"place.txt", "instead.txt", "verdict.json"}
    if len(names) != 1 or not names <= {"workflow.json", "prompt.json", "source.json"}:
        return None
    return (fault.folder / names.pop()).read_bytes()


CASES = [fault for fault in faults() if fault.code in REPAIRS and source_of(fault) is not None]


def test_a_rule_names_its_repair_if_it_has_one() -> None:
    assert {code for code, rule in RULES.items() if rule.fix} == REPAIRS.keys()


@every(
    [one for one in CASES if not one.silent],
    name=lambda one: one.name,
    group=lambda one: one.code[:2],
)
def test_a_fault_is_repaired_or_left_for_a_reason(fault: Fault) -> None:
    data = source_of(fault)
    assert data is not None
    code = fault.instead or fault.code
    if code not in REPAIRS:
        return
    fixed = examiner(code).fixed(data)
    if fault.name in LEFT:
        assert not fixed.repaired
        assert bytes_of(fixed) == data
        return
    assert code in {one.code for one in fixed.repaired}
    assert not fixed.examined.chosen


@every([one for one in CASES if one.silent], name=lambda one: one.name, group=lambda one: one.code[:2])
def test_a_near_miss_stays_as_it_is(fault: Fault) -> None:
    data = source_of(fault)
    assert data is not None
    assert bytes_of(examiner(fault.code).fixed(data)) == data


def recorded() -> list[Path]:
    """Workflows of the editor's recordings, from every topic, and all faults."""
    return sorted(FIXTURES.glob("cases/*/*/workflow.json"))


@every(recorded(), name=lambda one: one.parent.name, group=lambda one: one.parents[1].name)
def test_a_repaired_case_converts_to_the_same_prompt(path: Path) -> None:
    data = path.read_bytes()
    fixed = examiner().fixed(data)
    codes = {one.code for one in fixed.repaired}
    if not codes:
        assert bytes_of(fixed) == data
        return
    repaired = bytes_of(fixed)
    if not codes & CHANGES_PROMPT:
        assert examiner().prompt(json.loads(repaired)) == examiner().prompt(json.loads(data))
    again = examiner().fixed(repaired)
    assert not again.repaired
    assert bytes_of(again) == repaired


# --- what is changed -------------------------------------------------------------------------------


def workflow(**more: Any) -> dict[str, Any]:
    flow: dict[str, Any] = json.loads(TEXT_TO_IMAGE.read_text("utf-8"))
    return {**flow, **more}


def repaired(document: Any, code: str = "") -> Any:
    return json.loads(bytes_of(examiner(code).fixed(json.dumps(document).encode())))


def test_the_rest_of_a_file_stays_byte_for_byte() -> None:
    before = TEXT_TO_IMAGE.read_text("utf-8")
    number = json.loads(before)["last_link_id"]
    broken = before.replace(f'"last_link_id": {number}', '"last_link_id": 1')
    assert broken != before
    assert bytes_of(examiner().fixed(broken.encode())).decode() == before
    marked = "\ufeff" + broken.replace("\n", "\r\n")
    assert bytes_of(examiner().fixed(marked.encode())).decode() == "\ufeff" + before.replace("\n", "\r\n")


def test_a_link_from_nowhere_goes_with_all_that_names_it() -> None:
    flow = workflow()
    flow["links"].append([90, 77, 0, flow["nodes"][0]["id"], 0, "MODEL"])
    flow["nodes"][0].setdefault("inputs", []).append({"name": "x", "type": "MODEL", "link": 90})
    flow["nodes"][1]["outputs"][0]["links"].append(90)
    text = json.dumps(repaired(flow))
    assert "90" not in [one.strip(" []") for one in text.split(",")]


def test_shifted_values_are_what_the_file_has_in_its_order() -> None:
    """A file from before seeds had a control has the values in the order of the inputs."""
    flow = json.loads((FIXTURES / "faults/N203/no-control/workflow.json").read_text("utf-8"))
    made = convert_parsed(repaired(flow), examiner().catalog).prompt
    (sampler,) = [node for node in made.values() if node["class_type"] == "KSampler"]
    names = ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise")
    (saved,) = [node["widgets_values"] for node in flow["nodes"] if node["type"] == "KSampler"]
    assert [sampler["inputs"][name] for name in names] == saved


def test_a_control_that_the_node_does_not_have_is_removed() -> None:
    """Values with the control of a seed, for a type whose seed has none."""
    info = {
        "Noise": {
            "input": {"required": {"noise": ["INT", {}], "steps": ["INT", {}], "name": ["STRING", {}]}},
            "output": ["NOISE"],
            "output_node": True,
        }
    }
    flow = workflow(links=[], nodes=[{"id": 1, "type": "Noise", "widgets_values": [7, "fixed", 20, "x"]}])
    examine = Examiner(Catalog.from_object_info(info), "N221")
    made = json.loads(bytes_of(examine.fixed(json.dumps(flow).encode())))
    assert made["nodes"][0]["widgets_values"] == [7, 20, "x"]
    assert examine.prompt(made) == examine.prompt(flow)


def test_a_control_that_the_editor_takes_for_another_value_is_removed() -> None:
    latent = {"id": 1, "type": "EmptyLatentImage", "widgets_values": [512, "fixed", 768, 1]}
    made = repaired(workflow(links=[], nodes=[latent]), "N238")
    assert made["nodes"][0]["widgets_values"] == [512, 768, 1]
    latent["widgets_values"] = [512, 768, 1, "fixed"]
    flow = workflow(links=[], nodes=[latent])
    assert repaired(flow, "N238") == flow


def test_values_that_do_not_fit_in_the_end_are_left() -> None:
    flow = json.loads((FIXTURES / "faults/N203/no-control/workflow.json").read_text("utf-8"))
    (sampler,) = [node for node in flow["nodes"] if node["type"] == "KSampler"]
    sampler["widgets_values"][3] = "no such sampler"
    assert repaired(flow) == flow


def test_a_replaced_type_becomes_what_the_server_makes_of_it() -> None:
    prompt = {
        "1": {
            "class_type": "T2IAdapterLoader",
            "inputs": {"t2i_adapter_name": "a.pth"},
            "_meta": {"title": "T"},
        },
    }
    catalog = examiner().catalog
    assert repaired(prompt, "P344") == replace_nodes(prompt, rules_for(catalog))[0]
    assert repaired(prompt, "P344")["1"]["class_type"] == "ControlNetLoader"


def test_what_only_a_bundled_pack_does_not_declare_is_left() -> None:
    prompt = {"1": {"class_type": "ImageResize+", "inputs": {"frobnicate": 1}}}
    assert examiner().catalog.edition_of("ImageResize+") is not None
    assert repaired(prompt, "P347") == prompt
    prompt = {"1": {"class_type": "EmptyImage", "inputs": {"width": 64, "frobnicate": 1}}}
    prompt["2"] = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}
    assert "frobnicate" not in json.dumps(repaired(prompt, "P347"))


def test_a_repair_that_would_change_the_prompt_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof is what makes repairs safe: one that removes a link in use is not made."""
    from comfyc.fixing import planning  # noqa: PLC0415
    from comfyc.fixing.repair import Repair  # noqa: PLC0415
    from comfyc.graph import ABSENT  # noqa: PLC0415

    monkeypatch.setattr(
        planning, "REPAIRS", {**REPAIRS, "D830": lambda site: Repair("", {("links", 0): ABSENT})}
    )
    flow = workflow(last_link_id=1)
    fixed = examiner().fixed(json.dumps(flow).encode())
    assert [one.code for one in fixed.refused] == ["D830"]
    assert json.loads(bytes_of(fixed)) == flow


def test_a_repair_that_brings_other_findings_keeps_none_from_being_made() -> None:
    """The last node would need inputs that nobody knows (P302), and the first has one too many."""
    empty = {"width": 64, "height": 64, "batch_size": 1, "color": 0, "frobnicate": 1}
    save = {"images": ["1", 0], "filename_prefix": "x"}
    prompt = {
        "1": {"class_type": "EmptyImage", "inputs": empty},
        "2": {"class_type": "SaveImage", "inputs": save},
        "3": {"class_type": "SaveImage"},
    }
    fixed = examiner().fixed(json.dumps(prompt).encode())
    assert [one.code for one in fixed.repaired] == ["P347"]
    assert [one.code for one in fixed.refused] == ["P332"]


def test_a_wrapped_prompt_is_repaired_inside_of_its_request() -> None:
    node = {
        "class_type": "SaveImage",
        "inputs": {"images": ["1", 0], "filename_prefix": "x", "frobnicate": 1},
    }
    empty = {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}}
    request = {"client_id": "a", "prompt": {"1": empty, "2": node}}
    made = repaired(request)
    assert made["client_id"] == "a"
    assert "frobnicate" not in made["prompt"]["2"]["inputs"]


# --- what is offered -------------------------------------------------------------------------------


def test_edits_of_a_fix_make_the_repaired_text(tmp_path: Path) -> None:
    """An editor that applies the edits of a finding gets what --fix would write for it."""
    source = FIXTURES / "faults" / "N203" / "no-control" / "workflow.json"
    document = json.loads(comfyc("validate", source, "--format", "json").out)
    (fix,) = [one["fix"] for one in document["diagnostics"] if one["code"] == "N203"]
    lines = source.read_text("utf-8").splitlines(keepends=True)
    for edit in reversed(fix["edits"]):
        assert edit["line"] == edit["end_line"]
        line = lines[edit["line"] - 1]
        lines[edit["line"] - 1] = line[: edit["column"] - 1] + edit["text"] + line[edit["end_column"] - 1 :]
    copy = tmp_path / "flow.json"
    copy.write_bytes(source.read_bytes())
    comfyc("validate", copy, "--fix", "--select", "N203")
    assert "".join(lines) == copy.read_text("utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shift.json").write_bytes((FIXTURES / "faults/N203/no-control/workflow.json").read_bytes())
    (tmp_path / "good.json").write_bytes(TEXT_TO_IMAGE.read_bytes())
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


def test_findings_say_that_they_can_be_fixed(folder: Path) -> None:
    before = contents(folder)
    ended = comfyc("validate", folder, "--assume-files")
    assert "warning[N203]: [*] " in ended.out
    assert "  fix: insert 'fixed' for the seed's control, so that steps is 20" in ended.out
    assert "1 fixable with --fix" in ended.err
    assert contents(folder) == before


def test_fix_writes_the_files_and_reports_what_is_left(folder: Path) -> None:
    before = contents(folder)
    ended = comfyc("validate", folder, "--assume-files", "--fix")
    assert ended.code == 0
    assert "shift.json: N203" in ended.err
    assert "1 fixed, 1 remaining: " in ended.err
    after = contents(folder)
    assert after["good.json"] == before["good.json"]
    assert after["shift.json"] == before["shift.json"].replace(b"[5, 20,", b'[5, "fixed", 20,')
    assert "0 fixed" in comfyc("validate", folder, "--assume-files", "--fix").err
    assert contents(folder) == after


def test_diff_shows_what_fix_would_do_and_changes_nothing(folder: Path) -> None:
    before = contents(folder)
    ended = comfyc("validate", "--diff", cwd=folder)
    assert ended.code == 1
    assert contents(folder) == before
    lines = ended.out.splitlines()
    assert [line for line in lines if line.startswith(("---", "+++"))] == ["--- shift.json", "+++ shift.json"]
    (added,) = [line for line in lines if line.startswith("+ ")]
    assert '[5, "fixed", 20' in added
    comfyc("validate", "--fix", cwd=folder)
    ended = comfyc("validate", "--diff", cwd=folder)
    assert (ended.code, ended.out) == (0, "")


def test_a_diff_is_what_patch_takes(folder: Path) -> None:
    """A file of one line in UTF-16, without a line end at its end, and with a line separator in a text."""
    flow = json.loads((folder / "shift.json").read_text("utf-8"))
    flow["nodes"][1]["widgets_values"] = ["\u2028x"]
    text = json.dumps(flow, ensure_ascii=False)
    fixed = text.replace("[5, 20,", '[5, "fixed", 20,')
    (folder / "shift.json").write_bytes(text.encode("utf-16"))
    end = "\\ No newline at end of file"
    lines = comfyc("validate", "--diff", cwd=folder).out.split("\n")
    assert lines[2:] == ["@@ -1 +1 @@", f"-\ufeff{text}", end, f"+\ufeff{fixed}", end, ""]
    comfyc("validate", "--fix", cwd=folder)
    assert (folder / "shift.json").read_bytes().decode("utf-16") == fixed


def test_a_document_that_nests_deeply_is_no_accident() -> None:
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    flow = workflow(last_link_id=1, extra={"deep": deep})
    data = json.dumps(flow).encode()
    assert bytes_of(examiner().fixed(data)) in (data, json.dumps({**flow, "last_link_id": 9}).encode())


def test_only_what_is_selected_is_fixed(folder: Path) -> None:
    before = contents(folder)
    comfyc("validate", "--fix", "--ignore", "N203", cwd=folder)
    assert contents(folder) == before


def test_the_standard_input_goes_to_stdout() -> None:
    data = (FIXTURES / "faults/N203/no-control/workflow.json").read_bytes()
    ended = comfyc("validate", "--fix", "-", stdin=data)
    assert ended.out.encode() == data.replace(b"[5, 20,", b'[5, "fixed", 20,')
    assert "fixed" in ended.err
    good = TEXT_TO_IMAGE.read_bytes()
    assert comfyc("validate", "--fix", "-", stdin=good).out.encode() == good


def test_a_picture_is_not_changed(tmp_path: Path) -> None:
    text = (FIXTURES / "faults/N203/no-control/workflow.json").read_bytes()
    (tmp_path / "a.png").write_bytes(png(chunk(b"tEXt", b"workflow\0" + text)))
    before = contents(tmp_path)
    ended = comfyc("validate", "--fix", tmp_path)
    assert "a.png: 1 finding, as only JSON files are changed" in ended.err
    assert "0 fixed" in ended.err
    assert contents(tmp_path) == before
    assert "[*]" not in comfyc("validate", tmp_path).out


def test_a_file_that_cannot_be_written_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("comfyc.cli.output.writing.write_file", fails)
    before = contents(folder)
    ended = comfyc("validate", "--fix", folder)
    assert ended.code == 2
    assert "cannot be written: no space left" in ended.err
    assert contents(folder) == before


def test_json_says_what_was_fixed(folder: Path) -> None:
    answer = json.loads(comfyc("validate", folder, "--fix", "--json", "--assume-files").out)
    fixed = {Path(one["file"]).name: [fix["code"] for fix in one["fixed"]] for one in answer["results"]}
    assert fixed == {"good.json": [], "shift.json": ["N203"]}


@pytest.mark.parametrize("flags", [["--format", "json"], ["--json"], ["-o", "x.txt"]])
def test_diff_takes_no_flags_of_reports(folder: Path, flags: list[str]) -> None:
    assert comfyc("validate", "--diff", *flags, cwd=folder).code == 2
