"""``comfyc format --strip-seeds --strip-names``: what is taken out of a workflow before it is shared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from comfyc import ComfycError, convert, format_workflow
from comfyc.formatting.names import reads_as_text, without_names
from tests.discovery import FIXTURES, Case, cases
from tests.every import every
from tests.formats import template_texts
from tests.in_process import comfyc
from tests.test_conversion import AS_RECORDED, catalog

CASES = [case for case in cases() if case.prompt and not case.reason]
TEMPLATES = [
    Case("templates", key, text, None, None, None, None, CASES[0].provenance)
    for key, text in list(template_texts())[5::12]
]
REFUSED = {f"generated_forms/{number}" for number in ("023", "055", "088")}
"""Of these, other values would change, because which value is whose depends on what they are."""
WORKFLOW = FIXTURES / "text_to_image" / "workflow.json"


@every([*CASES[::3], *TEMPLATES], name=lambda case: case.name, group=lambda case: case.topic)
def test_seeds_and_texts_change_and_nothing_else(case: Case) -> None:
    with_types = catalog(case.catalog)
    document = json.loads(case.workflow.lstrip("\ufeff"), parse_constant=lambda _: None)
    try:
        made = format_workflow(document, with_types, strip_seeds=True, strip_names=True)
    except ComfycError:
        assert case.name in REFUSED
        return
    assert made.text is not None
    again = format_workflow(made.text, with_types, strip_seeds=True, strip_names=True)
    assert (again.text, again.stripped) == (made.text, ())
    before = convert(document, with_types, AS_RECORDED).prompt
    after = convert(made.text, with_types, AS_RECORDED).prompt
    assert list(after) == list(before)
    for ident, node in before.items():
        assert after[ident].get("class_type") == node.get("class_type")
        assert list(after[ident]["inputs"]) == list(node["inputs"])
        for name, value in node["inputs"].items():
            new = after[ident]["inputs"][name]
            if new != value:
                assert isinstance(value, str) or (type(value) is int and new in (0, 1)), (ident, name)


def node(ident: int, kind: str, values: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": ident,
        "type": kind,
        "mode": 0,
        "inputs": [],
        "outputs": [],
        "widgets_values": values,
        **more,
    }


SUBGRAPH = "d7a9c3f0-0000-4000-8000-000000000001"
PRIVATE: dict[str, Any] = {
    "version": 0.4,
    "nodes": [
        node(1, "KSampler", [4711, "randomize", 20, 8, "euler", "normal", 1]),
        node(2, "PrimitiveInt", [832, "fixed"], title="Width"),
        node(3, "CLIPTextEncode", ["Anna on a beach"], mode=4),
        node(4, "LoadImage", ["anna.JPG", "image"]),
        node(5, "SaveImage", ["anna/beach"]),
        node(6, "Note", ["Put the model of /home/anna/models here, and ask C:\\Users\\anna\\me"]),
        node(7, "CheckpointLoaderSimple", ["sd15.safetensors"]),
        node(
            8,
            "Unheard of",
            ["a secret, really", "DPM++ 2M Karras", 815, "randomize", 512, "fixed", 2**40, "fixed"],
            properties={"copy": "Anna on a beach", "picture": "data:image/png;base64,AAAA"},
        ),
        node(
            9,
            "VHS_VideoCombine",
            {
                "frame_rate": 8,
                "videopreview": {"params": {"filename": "a_1.mp4", "fullpath": "/home/anna/a_1.mp4"}},
            },
        ),
        node(
            10,
            SUBGRAPH,
            ["a boat with Anna"],
            inputs=[{"name": "text", "type": "STRING", "widget": {"name": "text"}}],
        ),
        node(
            11,
            "PrimitiveNode",
            [4712, "randomize"],
            outputs=[{"name": "INT", "type": "INT", "links": [], "widget": {"name": "seed"}}],
        ),
    ],
    "links": [],
    "definitions": {
        "subgraphs": [
            {
                "id": SUBGRAPH,
                "version": 1,
                "name": "Text",
                "inputNode": {"id": -10},
                "outputNode": {"id": -20},
                "inputs": [{"id": "i", "name": "text", "type": "STRING", "linkIds": [1]}],
                "outputs": [],
                "nodes": [
                    node(
                        20,
                        "CLIPTextEncode",
                        ["an older boat with Anna"],
                        inputs=[{"name": "text", "type": "STRING", "widget": {"name": "text"}, "link": 1}],
                    )
                ],
                "links": [
                    {
                        "id": 1,
                        "origin_id": -10,
                        "origin_slot": 0,
                        "target_id": 20,
                        "target_slot": 0,
                        "type": "STRING",
                    }
                ],
            },
            {
                "id": "unused",
                "version": 1,
                "name": "Unused",
                "nodes": [node(30, "CLIPTextEncode", ["a, b, Anna"])],
            },
        ]
    },
    "extra": {
        "prompt": {"1": "Anna"},
        "workspace_info": {"name": "Anna"},
        "info": {"name": "Beach", "author": "Anna"},
        "note": "//nas/anna",
        "output": "~/anna/out.txt",
        "folder": "\\\\nas\\anna",
    },
}


def test_what_is_private_is_gone_wherever_it_is() -> None:
    made = format_workflow(PRIVATE, strip_seeds=True, strip_names=True)
    assert made.text is not None
    found = json.loads(made.text)
    values = {one["id"]: one["widgets_values"] for one in found["nodes"]}
    assert values == {
        1: [0, "randomize", 20, 8, "euler", "normal", 1],
        2: [832, "fixed"],
        3: [""],
        4: ["example.jpg", "image"],
        5: ["ComfyUI"],
        6: ["Put the model of /home/user/models here, and ask C:\\Users\\user\\me"],
        7: ["sd15.safetensors"],
        8: ["", "DPM++ 2M Karras", 0, "randomize", 512, "fixed", 0, "fixed"],
        9: {
            "frame_rate": 8,
            "videopreview": {"params": {"filename": "example.mp4", "fullpath": "example.mp4"}},
        },
        10: [""],
        11: [0, "randomize"],
    }
    assert [one["nodes"][0]["widgets_values"] for one in found["definitions"]["subgraphs"]] == [[""], [""]]
    assert found["nodes"][7]["properties"] == {"copy": "", "picture": ""}
    assert found["extra"] == {
        "info": {"name": "Beach"},
        "note": "//nas/anna",
        "output": "example.txt",
        "folder": "",
    }
    assert {one.what for one in made.stripped} == {"seed", "text", "file", "path", "picture", "member"}
    (one,) = (one for one in made.stripped if one.pointer == ("nodes", 2, "widgets_values", 0))
    assert (one.what, one.node, one.input) == ("text", "3", "text")
    assert format_workflow(made.text, strip_seeds=True, strip_names=True).stripped == ()


def test_each_flag_does_its_part_only() -> None:
    seeds = format_workflow(PRIVATE, strip_seeds=True)
    assert {one.what for one in seeds.stripped} == {"seed"}
    names = format_workflow(PRIVATE, strip_names=True)
    assert "seed" not in {one.what for one in names.stripped}
    assert format_workflow(PRIVATE).stripped == ()


def test_a_prompt_is_stripped_by_the_classes_of_its_nodes() -> None:
    prompt = {
        "1": {"class_type": "KSampler", "inputs": {"seed": 4711, "steps": 20, "model": ["2", 0]}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "Anna"}, "_meta": {"title": "Anna's"}},
        "3": {"class_type": "LoadAudio", "inputs": {"audio": "anna.mp3 [input]"}},
    }
    made = format_workflow(prompt, strip_seeds=True, strip_names=True)
    inputs = {ident: one["inputs"] for ident, one in json.loads(made.text or "").items()}
    assert inputs == {
        "1": {"seed": 0, "steps": 20, "model": ["2", 0]},
        "2": {"text": ""},
        "3": {"audio": "example.mp3 [input]"},
    }


def test_a_document_around_a_workflow_is_refused(tmp_path: Path) -> None:
    (tmp_path / "body.json").write_text(json.dumps({"prompt": {"1": {"class_type": "X", "inputs": {}}}}))
    before = (tmp_path / "body.json").read_text()
    ended = comfyc("format", "body.json", "--strip-names", cwd=tmp_path)
    assert ended.code == 2
    assert "'body.json' is left as it is: the workflow is inside another document" in ended.err
    assert (tmp_path / "body.json").read_text() == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("photo.png", "example.png"),
        ("clipspace/clipspace-mask-12.png [input]", "example.png [input]"),
        ("/mnt/data/loras/x.safetensors", "x.safetensors"),
        ("/mnt/data/out", ""),
        ("C:/Users/anna/clip.MP4", "example.mp4"),
        ("see file:///home/anna/x", "see file:///home/user/x"),
        ("https://example.com/home/page/a.png", "https://example.com/home/page/a.png"),
        ("sdxl/model.safetensors", "sdxl/model.safetensors"),
        ("a / b", "a / b"),
        ("ComfyUI", "ComfyUI"),
    ],
)
def test_names_of_files_and_folders(text: str, expected: str) -> None:
    assert without_names(text)[0] == expected
    assert without_names(expected)[0] == expected


def test_a_choice_of_an_unknown_node_is_no_text() -> None:
    for text in ("DPM++ 2M Karras", "euler", "a b.safetensors", "https://a.b/c, d", ""):
        assert not reads_as_text(text)
    for text in ("a fox, red", "two\nlines", "a fox in the snow"):
        assert reads_as_text(text)


def test_the_command_reports_what_it_took_out(tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_bytes(WORKFLOW.read_bytes())
    ended = comfyc("format", "flow.json", "--strip-seeds", "--strip-names", "--check", "-v", cwd=tmp_path)
    assert ended.code == 1
    assert "would strip: 2 texts, 1 seed: flow.json\n" in ended.err
    assert "  seed at /nodes/5/widgets_values/0 (node 3 seed)\n" in ended.err
    ended = comfyc("format", "flow.json", "--strip-seeds", "--json", cwd=tmp_path)
    assert json.loads(ended.out)["results"][0]["stripped"] == [
        {"what": "seed", "pointer": "/nodes/5/widgets_values/0", "node": "3", "input": "seed"}
    ]
    assert "stripped: 1 seed (-v lists them): flow.json\n" in ended.err
    assert convert(tmp_path / "flow.json").prompt["3"]["inputs"]["seed"] == 0
