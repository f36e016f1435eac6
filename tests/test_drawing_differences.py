"""The pictures of ``comfyc diff``: what is marked, what is dimmed, and that texts of a file do nothing."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from comfyc.api import convert
from comfyc.differences import differences_of
from comfyc.drawing.differences_html import html_of_differences
from comfyc.drawing.differences_marks import ComparedPictures, compared_pictures
from comfyc.drawing.differences_svg import svg_of_differences
from comfyc.drawing.model import NodeBox, WorkflowPicture
from tests.discovery import FIXTURES
from tests.drawings import NAMESPACE
from tests.in_process import comfyc
from tests.test_drawing import template

WORKFLOW = FIXTURES / "text_to_image" / "workflow.json"
PROMPT = FIXTURES / "text_to_image" / "prompt.json"
NAMES = ("old.json", "new.json")


def plain() -> Any:
    return json.loads(WORKFLOW.read_text("utf-8"))


def node(document: Any, kind: str) -> Any:
    return next(one for one in document["nodes"] if one["type"] == kind)


def changed() -> Any:
    """The workflow with another value, word, mode and link, and with a node more and one less."""
    document = plain()
    node(document, "KSampler")["widgets_values"][2] = 31
    prompt = node(document, "CLIPTextEncode")
    prompt["widgets_values"][0] = prompt["widgets_values"][0].replace("glass", "iron")
    node(document, "EmptyLatentImage")["mode"] = 4
    lost, decode = node(document, "VAELoader"), node(document, "VAEDecode")
    document["nodes"].remove(lost)
    document["links"] = [one for one in document["links"] if one[1] != lost["id"]]
    document["links"].append([900, node(document, "CheckpointLoaderSimple")["id"], 2, decode["id"], 1, "VAE"])
    decode["inputs"][1]["link"] = 900
    document["nodes"].append({"id": 77, "type": "PreviewImage", "pos": [1500, 700], "size": [220, 60]})
    return document


def pictures(old: Any, new: Any, *, what_runs: bool = False) -> ComparedPictures:
    before, after = convert(old), convert(new)
    made = compared_pictures(before, after, differences_of(before, after, what_runs=what_runs))
    assert made is not None
    return made


def marks(picture: WorkflowPicture, wanted: Callable[[NodeBox], bool] = lambda box: bool(box.mark)) -> Any:
    return {box.kind: box.mark for panel in picture.panels for box in panel.boxes if wanted(box)}


def test_what_changed_is_marked_and_the_rest_is_dimmed() -> None:
    made = pictures(plain(), changed())
    same = {"KSampler": "changed", "CLIPTextEncode": "changed", "VAEDecode": "changed"}
    same["EmptyLatentImage"] = "changed"
    assert marks(made.old) == same | {"VAELoader": "removed"}
    assert marks(made.new) == same | {"PreviewImage": "added"}
    for picture in (made.old, made.new):
        assert all(box.is_dimmed is not bool(box.mark) for box in picture.main.boxes)
    links = [{wire.text: wire.mark for wire in one.main.wires if wire.mark} for one in (made.old, made.new)]
    assert links == [
        {"Load VAE.VAE → VAE Decode.vae": "removed"},
        {"Load Checkpoint.VAE → VAE Decode.vae": "added"},
    ]
    rows = {row.name: (row.old, row.new) for one in made.changes for row in one.rows}
    assert rows["steps"] == ("20", "31")
    assert rows["mode"] == ("runs", "bypassed")
    assert rows["vae"] == ("Load VAE (10) VAE", "Load Checkpoint (4) VAE")
    assert [box.number for box in (made.changes[0].old, made.changes[0].new) if box] == [1, 1]


def test_the_svg_shows_the_row_of_a_value_in_both_pictures_and_both_values_in_the_list() -> None:
    svg = svg_of_differences(pictures(plain(), changed()), NAMES, "x")
    root = ET.fromstring(svg)
    idents = [one.get("id") for one in root.iter() if one.get("id")]
    assert len(set(idents)) == len(idents)
    hits = [one for one in root.iter() if "hit" in one.get("class", "").split()]
    assert len(hits) == 4
    texts = ["".join(one.itertext()) for one in root.iter(f"{NAMESPACE}text")]
    assert {"old: old.json", "new: new.json", "20", "31", "iron", "glass"} <= set(texts)
    width, height = (float(root.get(name, "0")) for name in ("width", "height"))
    assert width > 1000
    assert height > 700


def test_words_that_changed_are_marked_in_the_list_of_the_page() -> None:
    page = html_of_differences(pictures(plain(), changed()), NAMES, "x")
    assert "<del>glass</del><ins>iron</ins>" in page
    assert "<del>20</del> → <ins>31</ins>" in page


def test_nothing_changed_is_said() -> None:
    made = pictures(plain(), plain())
    assert "no change of meaning" in svg_of_differences(made, NAMES, "x")
    assert "no change of meaning" in html_of_differences(made, NAMES, "x")
    moved = plain()
    moved["nodes"][0]["pos"][0] += 300
    assert "layout: 1 node moved" in svg_of_differences(pictures(plain(), moved), NAMES, "x")


def test_a_change_inside_a_subgraph_is_marked_there_and_its_host_stays_bright() -> None:
    old, new = template("utility_void_video_inpainting"), deepcopy(template("utility_void_video_inpainting"))
    inner = next(one for one in new["definitions"]["subgraphs"] if "SAM3" in one["name"])
    load = next(one for one in inner["nodes"] if one["type"] == "CheckpointLoaderSimple")
    load["mode"] = 4
    made = pictures(old, new)
    assert [(one.where, one.mark) for one in made.changes] == [(inner["name"], "changed")]
    bright = [
        box.path for panel in made.new.panels for box in panel.boxes if not box.is_dimmed and not box.edge
    ]
    assert bright == ["167", "167:149", f"167:149:{load['id']}"]


@pytest.mark.parametrize("what_runs", [False, True])
def test_prompts_and_workflows_are_drawn_side_by_side(what_runs: bool) -> None:
    prompt = json.loads(PROMPT.read_text("utf-8"))
    next(one for one in prompt.values() if one["class_type"] == "KSampler")["inputs"]["steps"] = 7
    made = pictures(plain(), prompt, what_runs=what_runs)
    assert marks(made.old)["KSampler"] == marks(made.new)["KSampler"] == "changed"
    assert "7" in svg_of_differences(made, NAMES, "x")


HOSTILE = (
    '"><script>alert(1)</script></svg></style><img src=x onerror=alert(1)>'
    " \x1b]0;x\x07\u202e & 'a' ]]> --> %"
)


def test_no_text_of_a_file_becomes_markup() -> None:
    old, new = plain(), changed()
    for document, more in ((old, "a"), (new, "b")):
        for one in document["nodes"]:
            one["title"] = HOSTILE + more
            one["color"] = HOSTILE
            if one["type"] == "CLIPTextEncode":
                one["widgets_values"][0] = HOSTILE * 2 + more
            if one["type"] == "CheckpointLoaderSimple":
                one["widgets_values"][0] = HOSTILE + more
    made = pictures(old, new)
    assert made.changes
    svg = svg_of_differences(made, (HOSTILE, HOSTILE), HOSTILE)
    page = html_of_differences(made, (HOSTILE, HOSTILE), HOSTILE)
    tags = {one.tag.removeprefix(NAMESPACE) for one in ET.fromstring(svg).iter()}
    assert tags <= {"svg", "title", "style", "defs", "path", "rect", "circle", "g", "text", "use", "a"}
    assert page.count("<script") == 1
    assert page.count("<style") == 1
    assert "<img" not in page
    for text in (svg, page):
        assert not {"\x1b", "\u202e", "\x07"} & set(text)


def test_the_same_files_give_the_same_bytes() -> None:
    first, second = (pictures(plain(), changed()) for _ in range(2))
    assert svg_of_differences(first, NAMES, "x") == svg_of_differences(second, NAMES, "x")
    assert html_of_differences(first, NAMES, "x") == html_of_differences(second, NAMES, "x")


def test_the_command_writes_both_forms(tmp_path: Path) -> None:
    (tmp_path / "new.json").write_text(json.dumps(changed()), "utf-8")
    for form, beginning in (("svg", "<svg "), ("html", "<!DOCTYPE html>")):
        ended = comfyc("diff", WORKFLOW, "new.json", "--format", form, "-o", f"a.{form}", cwd=tmp_path)
        assert ended.code == 1
        assert ended.out == ""
        assert re.search(r"\d changes in \d nodes", ended.err)
        assert (tmp_path / f"a.{form}").read_text("utf-8").startswith(beginning)
    assert comfyc("diff", WORKFLOW, WORKFLOW, "--format", "svg").code == 0


def test_folders_have_no_picture(tmp_path: Path) -> None:
    ended = comfyc("diff", tmp_path, tmp_path, "--format", "html")
    assert ended.code == 2
    assert "--format html shows two files, and there are 0 pairs of files" in ended.err


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_both_pictures_move_together_and_changes_are_found_by_click_and_key(
    tmp_path: Path, scheme: str
) -> None:
    from tests.test_drawing_page import in_browser  # noqa: PLC0415 - its tests are of the browser only

    page = tmp_path / "diff.html"
    page.write_text(html_of_differences(pictures(plain(), changed()), NAMES, "x"), "utf-8")

    async def use(tab: Any) -> None:
        async def views() -> list[list[float]]:
            boxes = [await tab.get_attribute(f"svg#{one}", "viewBox") for one in ("old", "new")]
            return [[float(number) for number in box.split()] for box in boxes]

        async def off_middle(side: str) -> tuple[float, float]:
            box = await tab.locator(f"svg#{side} .box.now").bounding_box()
            around = await tab.locator(f"svg#{side}").bounding_box()
            return tuple(
                box[at] + box[size] / 2 - around[at] - around[size] / 2
                for at, size in (("x", "width"), ("y", "height"))
            )

        whole = await views()
        assert whole[0][2:] == whole[1][2:]
        await tab.hover("svg#new")
        await tab.mouse.wheel(0, -400)
        near = await views()
        assert near[0][2:] == near[1][2:]
        assert near[0][2] < whole[0][2] * 0.7
        await tab.mouse.down()
        await tab.mouse.move(300, 300, steps=3)
        await tab.mouse.up()
        moved = await views()
        assert moved[0][0] - near[0][0] == pytest.approx(moved[1][0] - near[1][0], abs=0.1)
        assert moved[0][0] != near[0][0]
        await tab.keyboard.press("0")
        assert await views() == whole
        await tab.click("aside li:has-text('KSampler') button")
        assert await tab.locator(".box.now").count() == 2
        for side in ("old", "new"):
            assert await off_middle(side) == pytest.approx((0, 0), abs=12)
        first = await tab.text_content("aside output")
        await tab.keyboard.press("n")
        assert await tab.text_content("aside output") != first
        await tab.keyboard.press("p")
        assert await tab.text_content("aside output") == first
        await tab.keyboard.press("s")
        await tab.keyboard.press("0")
        await tab.click("svg#new g.box[data-path='77'] > g")
        assert "Preview Image" in await tab.text_content("li:has([aria-current])")
        back = await tab.evaluate("() => getComputedStyle(document.body).backgroundColor")
        assert back == ("rgb(29, 32, 38)" if scheme == "dark" else "rgb(255, 255, 255)")

    in_browser(page, use, color_scheme=scheme)
