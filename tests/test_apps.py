"""Apps: the inputs and outputs that a workflow declares are those that the real editor shows."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from comfyc.catalog import bundled_core
from comfyc.interface import Interface, interface_of
from comfyc.interface.apps import App, app_of
from tests.apps import app_files, recorded
from tests.every import every

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


def app(name: str) -> App:
    found = app_of(interface(name))
    assert found is not None
    return found


def shown(answer: Any) -> list[tuple[str, str, str]]:
    """The widgets that a page shows, each once: (node.input, label, description)."""
    keys = ((unquote(one["key"].partition(":")[2]).replace(":", ".", 1), one) for one in answer["inputs"])
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
