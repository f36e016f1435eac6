"""Draw the example of docs/diff.md: ``python -m scripts.draw_differences`` writes docs/diff/changes.svg."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from comfyc.api import convert
from comfyc.differences import differences_of
from comfyc.drawing.differences_marks import compared_pictures
from comfyc.drawing.differences_svg import svg_of_differences

ROOT = Path(__file__).parent.parent
WORKFLOW = ROOT / "fixtures" / "text_to_image" / "workflow.json"
TARGET = ROOT / "docs" / "diff" / "changes.svg"


def changed() -> dict[str, Any]:
    """The workflow with other values, with the VAE of the checkpoint and with a preview."""
    document: dict[str, Any] = json.loads(WORKFLOW.read_text("utf-8"))
    nodes = {node["type"]: node for node in reversed(document["nodes"])}
    nodes["KSampler"]["widgets_values"][2:4] = [30, 6.5]
    prompt = nodes["CLIPTextEncode"]["widgets_values"]
    prompt[0] = prompt[0].replace("purple galaxy", "blue galaxy") + ", at night"
    decode, checkpoint, lost = nodes["VAEDecode"], nodes["CheckpointLoaderSimple"], nodes["VAELoader"]
    document["nodes"].remove(lost)
    document["links"] = [link for link in document["links"] if link[1] != lost["id"]]
    decode["inputs"][1]["link"] = 90
    preview = {"id": 77, "type": "PreviewImage", "pos": [lost["pos"][0], lost["pos"][1]], "size": [240, 60]}
    document["nodes"].append(preview | {"inputs": [{"name": "images", "type": "IMAGE", "link": 91}]})
    document["links"] += [
        [90, checkpoint["id"], 2, decode["id"], 1, "VAE"],
        [91, decode["id"], 0, 77, 0, "IMAGE"],
    ]
    return document


def main() -> None:
    """Write the picture."""
    old, new = convert(WORKFLOW), convert(changed())
    compared = compared_pictures(old, new, differences_of(old, new))
    assert compared is not None
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(svg_of_differences(compared, ("flow.json", "changed.json"), "what changed"), "utf-8")


if __name__ == "__main__":
    main()
