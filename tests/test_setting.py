"""Values that are set by hand: the result is what the browser exports once they have been typed in."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from comfyc.api import Conversion, convert
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.documents import is_workflow
from comfyc.graph import Const, value_pointer
from comfyc.interface import interface_for, requests_of, set_values
from comfyc.interface.converting import convert_given
from comfyc.sources import Source, load
from tests.discovery import FIXTURES, Case, cases
from tests.every import every
from tests.test_conversion import AS_RECORDED, catalog


def typed(conversion: Conversion, document: Any) -> dict[tuple[str, str], Any]:
    """The texts and numbers of a document that somebody could have typed: by node and input, as they are
    in the file."""
    found: dict[tuple[str, str], Any] = {}
    for ident, node in conversion.ir.nodes.items():
        names = [widget.name for widget in node.widgets if widget.sent and widget.kind in KINDS]
        names += [slot.name for slot in node.inputs if isinstance(slot.binding, Const)]
        for name in names:
            pointer = value_pointer(node, name)
            value = at(document, pointer) if pointer else None
            sent = conversion.prompt[ident]["inputs"].get(name)
            if (isinstance(value, str) and isinstance(sent, str)) or (type(value) is int and sent == value):
                found[ident, name] = value
    return found


def rest(conversion: Conversion, values: dict[tuple[str, str], Any]) -> dict[str, dict[str, Any]]:
    """The inputs of all nodes, without the values of those that are set."""
    return {
        ident: {name: None if (ident, name) in values else value for name, value in node["inputs"].items()}
        for ident, node in conversion.prompt.items()
    }


KINDS = ("text", "customtext", "number")


def at(document: Any, place: Pointer) -> Any:
    for key in place:
        try:
            document = document[key]
        except (LookupError, TypeError):
            return None
    return document


def emptied(document: Any, places: set[Pointer]) -> Any:
    """The document with other values in these places."""
    document = copy.deepcopy(document)
    for place in places:
        holder: Any = at(document, place[:-1])
        key: Any = place[-1]
        if isinstance(holder, (list, dict)):
            holder[key] = "nothing" if isinstance(holder[key], str) else 7
    return document


@every(
    [case for case in cases() if case.prompt and not case.reason],
    name=lambda case: case.name,
    group=lambda case: case.topic,
)
def test_what_is_set_is_as_good_as_typed(case: Case) -> None:
    """Other values are put into the file, and its own are set by hand: the browser's prompt comes of it."""
    source = Source(case.name, case.workflow.encode("utf-8", "surrogatepass"))
    loaded = load(source, Collector())
    assert loaded is not None
    document = loaded.value
    if not is_workflow(document):
        pytest.skip("a prompt")
    full = convert(document, catalog(case.catalog), AS_RECORDED)
    values = typed(full, document)
    if not values:
        pytest.skip("nothing to set")
    places = {place for node, name in values if (place := value_pointer(full.ir.nodes[node], name))}
    poor = emptied(document, places)
    plain = convert(poor, catalog(case.catalog), AS_RECORDED)
    if rest(plain, values) != rest(full, values):
        pytest.skip("other inputs take the values too")
    conversion = convert_given(poor, catalog(case.catalog), values, plain)
    assert conversion.text == case.prompt


SAVER: dict[str, Any] = {
    "nodes": [
        {
            "id": 1,
            "type": "KSampler",
            "inputs": [],
            "outputs": [{"name": "LATENT", "type": "LATENT", "links": [1]}],
            "widgets_values": [5, "fixed", 20, 8, "euler", "normal", 1],
        },
        {
            "id": 2,
            "type": "VAEDecode",
            "inputs": [{"name": "samples", "type": "LATENT", "link": 1}, {"name": "vae", "type": "VAE"}],
            "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": [2]}],
        },
        {
            "id": 3,
            "type": "SaveImage",
            "inputs": [{"name": "images", "type": "IMAGE", "link": 2}],
            "outputs": [],
        },
        {
            "id": 4,
            "type": "CLIPTextEncode",
            "inputs": [],
            "outputs": [{"name": "CONDITIONING", "type": "CONDITIONING", "links": None}],
            "widgets_values": ["old"],
        },
    ],
    "links": [[1, 1, 0, 2, 0, "LATENT"], [2, 2, 0, 3, 0, "IMAGE"]],
    "version": 0.4,
}


def set_in(document: Any, *texts: str, unlink: bool = False) -> Conversion:
    plain = convert(document, catalog(None), AS_RECORDED)
    requests = requests_of(texts, unlink=unlink)
    return set_values(interface_for(plain), document, requests, catalog(None)).conversion


def test_a_name_is_filled_in_with_what_is_set() -> None:
    """SaveImage has no saved value, so that its own is a default that stands nowhere in the file."""
    texts = ["3.filename_prefix=%date:yyyy-MM-dd%/%KSampler.seed%_%KSampler.cfg%", "1.seed=77"]
    for order in (texts, texts[::-1]):
        prompt = set_in(SAVER, *order).prompt
        assert prompt["3"]["inputs"]["filename_prefix"] == "2026-01-02/77_8"
        assert prompt["1"]["inputs"]["seed"] == 77


def test_a_text_that_is_set_has_its_alternatives_chosen_and_its_comments_cut() -> None:
    prompt = set_in(SAVER, "4.text=a {red|green} fox // soft")
    assert prompt.prompt["4"]["inputs"]["text"] == "a red fox "
    assert [found.rule.code for found in prompt.diagnostics][-2:] == ["N211", "N210"]
    literal = set_in(SAVER, r"4.text=a \{red|green\} fox")
    assert literal.prompt["4"]["inputs"]["text"] == "a {red|green} fox"


def test_a_prompt_is_set_as_it_is() -> None:
    """No editor opens it: its texts are the server's own."""
    prompt = convert(SAVER, catalog(None), AS_RECORDED).prompt
    done = set_in(prompt, "3.filename_prefix=%KSampler.seed%", "4.text={a|b}").prompt
    assert done["3"]["inputs"]["filename_prefix"] == "%KSampler.seed%"
    assert done["4"]["inputs"]["text"] == "{a|b}"


def test_a_value_takes_the_place_of_a_link_only_if_it_may() -> None:
    document = copy.deepcopy(SAVER)
    document["nodes"].append(
        {
            "id": 9,
            "type": "PrimitiveString",
            "inputs": [],
            "outputs": [{"name": "STRING", "type": "STRING", "links": [9]}],
            "widgets_values": ["linked"],
        }
    )
    document["nodes"][2]["inputs"].append(
        {"name": "filename_prefix", "type": "STRING", "widget": {"name": "filename_prefix"}, "link": 9}
    )
    document["links"].append([9, 9, 0, 3, 1, "STRING"])
    assert set_in(document).prompt["3"]["inputs"]["filename_prefix"] == ["9", 0]
    texts = ("3.filename_prefix=%KSampler.seed%", '2.vae=["4", 0]')
    refused = set_in(document, *texts)
    assert [one.code for one in refused.diagnostics.errors] == ["I605"]
    assert refused.prompt["3"]["inputs"]["filename_prefix"] == ["9", 0]
    done = set_in(document, *texts, unlink=True).prompt
    assert done["3"]["inputs"]["filename_prefix"] == "5"
    assert done["2"]["inputs"]["vae"] == ["4", 0]


def test_a_primitive_that_replaces_tokens_replaces_what_is_set() -> None:
    document = copy.deepcopy(SAVER)
    document["nodes"].append(
        {
            "id": 9,
            "type": "PrimitiveNode",
            "inputs": [],
            "outputs": [{"name": "STRING", "type": "STRING", "links": [9], "widget": {"name": "text"}}],
            "properties": {"Run widget replace on values": True},
            "widgets_values": ["seed %KSampler.seed%"],
        }
    )
    document["nodes"][3]["inputs"] = [
        {"name": "clip", "type": "CLIP", "link": None},
        {"name": "text", "type": "STRING", "widget": {"name": "text"}, "link": 9},
    ]
    document["links"].append([9, 9, 0, 4, 1, "STRING"])
    assert set_in(document).prompt["4"]["inputs"]["text"] == "seed 5"
    assert set_in(document, "1.seed=77").prompt["4"]["inputs"]["text"] == "seed 77"
    assert set_in(document, "4.text=x %KSampler.seed%").prompt["4"]["inputs"]["text"] == "x 5"
    document["nodes"][4]["properties"] = {}
    assert set_in(document, "4.text=x %KSampler.seed%").prompt["4"]["inputs"]["text"] == "x %KSampler.seed%"


def test_what_a_script_works_out_follows_what_is_set() -> None:
    document = json.loads((FIXTURES / "runnable" / "16_custom_combo_text.json").read_text("utf-8"))
    assert set_in(document, "CustomCombo.choice=blue").prompt["1"]["inputs"]["index"] == 1
    assert set_in(document, "CustomCombo.index=7").prompt["1"]["inputs"]["index"] == 7


def test_an_option_brings_its_own_inputs() -> None:
    """Whether it is the first workflow with this catalogue or a later one, whose nodes are folded."""
    case = FIXTURES / "faults" / "I611" / "ok-one-host" / "workflow.json"
    document = json.loads(case.read_text("utf-8"))
    for _ in range(3):
        done = set_in(document, "10:3.resize_type=scale by multiplier", "10:3.resize_type.multiplier=2.5")
        assert done.prompt["10:3"]["inputs"] == {
            "resize_type": "scale by multiplier",
            "resize_type.multiplier": 2.5,
            "scale_method": "lanczos",
            "input": ["1", 0],
        }
