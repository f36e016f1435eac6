"""Apps: the inputs and outputs that a workflow declares are those that the real editor shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from comfyc.catalog import bundled_core
from comfyc.interface import Interface, interface_of
from comfyc.interface.apps import app_of
from comfyc.running.prepare import prepare
from tests.apps import app_files, recorded
from tests.every import every
from tests.in_process import comfyc

FILES = app_files()
RECORDED = recorded()
OTHER_OUTPUTS = {
    "I628/muted",
    "I628/no-output-node",
    "I627/inside",
    "I628/ok-id-of-the-prompt",
    "ids-of-the-prompt",
}
"""The app builder lists any node of any graph by its own id; but results are shown of output nodes that run,
by their ids in the prompt (``linearOutputStore.ts``)."""
NOT_PROMPT = {"upload-button", "seed-control"}
"""Their last inputs are widgets of the editor alone."""


def interface(name: str) -> Interface:
    return interface_of(json.loads(FILES[name]), bundled_core())


def app(name: str, folder: Path) -> Path:
    """A file of this name in ``fixtures/apps`` or among the templates, written to a folder."""
    file = folder / f"{name.removesuffix('.json').removesuffix('.app')}.app.json"
    file.write_text(FILES[name], "utf-8")
    return file


def shown(answer: Any) -> list[tuple[str, str, str]]:
    """The widgets that a page shows, each once: (node.input, label, description)."""
    keys = ((unquote(one["widget"]).replace(":", ".", 1), one) for one in answer["inputs"])
    return list(dict.fromkeys((key, one["label"], one["description"]) for key, one in keys))


def test_every_file_is_recorded() -> None:
    assert FILES.keys() == RECORDED.keys()
    assert sum(name.endswith(".json") for name in FILES) == 28


@every(
    [name for name, answer in RECORDED.items() if "error" not in answer],
    name=str,
    group=lambda name: "template" if name.endswith(".json") else "made-up",
)
def test_an_app_has_what_the_editor_shows(name: str) -> None:
    answer = RECORDED[name]
    found = app_of(interface(name))
    if found is None:
        assert answer["inputs"] + answer["outputs"] == []
        return
    assert found.opens_as_app == answer["opens_as_app"]
    if answer["outputs"]:  # without any, nothing is shown
        labels = [(one.path, one.label, one.description) for one in found.inputs]
        assert labels == shown(answer)
        if name not in NOT_PROMPT:
            assert [one.path for one in found.inputs if one.setting is None] == []
    if name not in OTHER_OUTPUTS:
        assert found.outputs == tuple(dict.fromkeys(answer["outputs"]))


def test_the_help_of_a_run_lists_the_inputs_of_the_files(tmp_path: Path) -> None:
    own = app("descriptions", tmp_path)
    ended = comfyc("run", own, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert "--wait-for-server" in ended.out
    _, _, inputs = ended.out.partition("Inputs of descriptions.app.json, which --in NAME=VALUE sets:\n")
    assert inputs.splitlines()[:6] == [
        "  width",
        "      how <b>wide</b>",
        "      INT, 1 to 16384. Now 512.",
        "  height",
        "      5",
        "      INT, 1 to 16384. Now 512.",
    ]
    plain = app("linear-data-is-text", tmp_path)
    several = comfyc("run", "-h", plain, own, "--count", "nonsense").out
    assert "What --set NODE.INPUT=VALUE sets in linear-data-is-text.app.json" in several
    assert "Inputs of descriptions.app.json" in several
    assert "Inputs of" not in comfyc("run", "--help").out
    missing = comfyc("run", tmp_path / "nothing.json", "--help")
    assert (missing.code, "--wait-for-server" in missing.out) == (2, True)


def test_inputs_come_first_that_an_app_declares(tmp_path: Path) -> None:
    file = app("templates_ohneis_i2v.json", tmp_path)
    rows = json.loads(comfyc("inputs", file, "--json").out)["results"]
    names = ["Image Prompt", "Edit / Enhance Image", "Animate Image"]
    assert [row["app"] and row["app"]["name"] for row in rows[:4]] == [*names, None]
    assert rows[0]["app"]["description"] is None
    table = comfyc("inputs", app("descriptions", tmp_path)).out.splitlines()
    assert table[0].split() == [
        "APP",
        "NODE",
        "TITLE",
        "CLASS",
        "INPUT",
        "TYPE",
        "VALUE",
        "LIMITS",
        "DESCRIPTION",
    ]
    assert table[1].endswith("how <b>wide</b>")


def test_values_go_to_the_inputs_that_an_app_declares(tmp_path: Path) -> None:
    file = app("label-host", tmp_path)
    job = tmp_path / "job.toml"
    job.write_text("[in]\nweite = 700\n", "utf-8")
    for given, width in ((["--in", "Weite=640"], 640), (["--in", "width=641"], 641), ([job], 700)):
        ended = comfyc("convert", file, *given)
        assert (ended.code, ended.err) == (0, "")
        assert json.loads(ended.out)["1:5"]["inputs"]["width"] == width
    both = comfyc("convert", file, job, "--in", "weite=1", "--set", "1.width=2")
    assert json.loads(both.out)["1:5"]["inputs"]["width"] == 2
    assert comfyc("convert", file, "--in", "Weit=1").err.count("did you mean 'Weite'?") == 1


def test_outputs_that_come_to_nothing_do_not_keep_the_others_from_running() -> None:
    for name, outputs in (("I627/deleted", ("2",)), ("I628/muted", None), ("linear-data-is-text", None)):
        document = json.loads(FILES[name])
        assert prepare(document, bundled_core()).outputs == outputs
        assert prepare(document, bundled_core(), every_output=True).outputs is None
