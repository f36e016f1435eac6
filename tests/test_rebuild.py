"""From a prompt to a workflow, as the editor does when a prompt is dropped on it."""

from __future__ import annotations

from comfyc.rebuild.text_width import text_width


def test_measures_texts_as_chromium_does() -> None:
    # measured with frontend 1.58.1, whose font Inter has kerning and draws the x in 10x12 as a sign
    measured = {
        "KSampler (Advanced)": 124.189453125,
        "CLIP Text Encode (Prompt)": 153.22265625,
        "choose file to upload": 118.798828125,
        "10x12 -> AV. To": 86.208984375,
    }
    assert {text: text_width(text, 12) for text in measured} == measured
