"""``run --assert`` and ``--golden`` on a real ComfyUI: COMFYC_SERVER=http://127.0.0.1:8188 pytest -m live"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.server.test_live_cli import SERVER, comfyc

pytestmark = [pytest.mark.live, pytest.mark.skipif(not SERVER, reason="COMFYC_SERVER is not set")]


def node(kind: str, title: str = "", **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": title or kind}}


PROMPT = {
    "1": node("EmptyImage", width=64, height=48, batch_size=48, color=255),
    "2": node("SaveWEBM", images=["1", 0], filename_prefix="w", codec="vp9", fps=24, crf=32),
    "3": node(
        "SaveAnimatedWEBP",
        images=["1", 0],
        filename_prefix="a",
        fps=6,
        lossless=True,
        quality=80,
        method="default",
    ),
    "4": node("EmptyAudio", duration=3.0, sample_rate=44100, channels=2),
    "5": node("SaveAudioMP3", audio=["4", 0], filename_prefix="s", quality="V0"),
    "6": node("SaveAudio", audio=["4", 0], filename_prefix="s"),
    "7": node("EmptyImage", width=16, height=8, batch_size=2, color=255),
    "8": node("SaveImage", "Final", images=["7", 0], filename_prefix="p"),
    "9": node("PrimitiveString", value="a quick fox"),
    "10": node("PreviewAny", source=["9", 0]),
}
HOLD = (
    "count(images) == 3 and count(videos) == 1 and count(audio) == 2 and count(texts) == 1",
    'videos: duration == 2 and width == 64 and height == 48 and type == "webm"',
    "audio: duration == 3",
    'images of "Final": width == 16 and blank and type == "png"',
    'images of 3: type == "webp" and height == 48',
    "text contains 'fox' and seconds < 600",
)


def test_what_comfyui_saves_is_measured_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text(json.dumps(PROMPT), "utf-8")
    command = ("run", tmp_path / "flow.json", "--out-dir", tmp_path / "out", "--golden", tmp_path / "golden")
    asserted = [part for text in HOLD for part in ("--assert", text)]
    kept = comfyc(*command, *asserted, "--update-golden")
    assert kept.returncode == 0, kept.stderr
    names = sorted(path.name for path in (tmp_path / "golden").iterdir())
    assert names == ["flow.3.webp", "flow.8-2.png", "flow.8.png"]
    again = comfyc(*command, "--set", "7.color=254", "--set", "3.fps=7", "--assert", "not blank")
    assert again.returncode == 1
    assert "of 128 pixels differ, by up to 1 of 255" in again.stderr
    assert again.stderr.count("error[S463]") == 2
    assert again.stderr.count("error[S460]") == 1
