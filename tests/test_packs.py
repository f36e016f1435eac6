"""Custom-node packs: the scenarios that a browser with their scripts exported, and a third party's pack."""

from __future__ import annotations

import dataclasses
import datetime
import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import comfyc.packs
from comfyc.api import Conversion, convert
from comfyc.catalog import Catalog
from comfyc.catalog.bundled import pack_entries
from comfyc.options import Button, DynamicPrompts, Options, UnknownTypes
from comfyc.packs import default_packs
from comfyc.packs.layouts import Layouts, PackTable, load_layouts
from tests.discovery import FIXTURES, read_toml

SCENARIOS = sorted(file.parent for file in FIXTURES.glob("packs/*/workflow.json"))
ROWS = read_toml(FIXTURES / "packs" / "scenarios.toml")
"""Of each scenario ``source``, ``frontend``, ``added``, and a ``reason`` if the prompt is not to be met."""
RECORDED = [folder for folder in SCENARIOS if (folder / "prompt.json").exists()]
EXACT = [folder for folder in RECORDED if "reason" not in ROWS.get(folder.name, {})]
NEVER_RECORDED = {
    "restore_code": "IDENode of AlekPet: no scenario yet",
    "name_picture": "PoseNode and PainterNode of AlekPet: their pictures are on the server of the pack",
    "settle_translation": "the translators of AlekPet ask the server of the pack for languages",
    "restore_multipliers": "Inspire's script loses multipliers that comfyc keeps (N234)",
    "settle_pool": "Lora Pool counts the models of the pack's server",
    "restore_constant": "Constant (mtb): the bundled version of the pack has the script and not the node",
    "_unmute_one": "Random Unmuter of rgthree: no scenario yet",
    "_restore_comparer": "Image Comparer of rgthree: no scenario yet",
}
"""What packs do that no scenario shows, and why; unit tests hold it."""
BUNDLED = Catalog.load()


def converted(folder: Path, *, button: Button = Button.EXPORT) -> Conversion:
    """As the browser was recorded: Math.random at 0, in 2026."""
    now = datetime.datetime(2026, 11, 23)
    options = Options(dynamic_prompts=DynamicPrompts.FIRST, now=now, button=button)
    return convert(json.loads((folder / "workflow.json").read_text("utf-8")), BUNDLED, options)


def without_meta(prompt: Any) -> dict[str, Any]:
    return {
        ident: {"class_type": node["class_type"], "inputs": node["inputs"]} for ident, node in prompt.items()
    }


def test_every_scenario_says_where_it_comes_from() -> None:
    assert set(ROWS) == {folder.name for folder in SCENARIOS}
    needed = {"source", "frontend", "added"}
    for name, row in ROWS.items():
        assert needed <= row.keys() <= {*needed, "reason"}, name


def node_types(folder: Path) -> set[str]:
    """The types of all nodes of a scenario, also inside subgraphs."""
    document = json.loads((folder / "workflow.json").read_text("utf-8"))
    inner = (document.get("definitions") or {}).get("subgraphs", [])
    return {node["type"] for graph in (document, *inner) for node in graph["nodes"]}


BUNDLED_PACKS = [
    module
    for found in pkgutil.iter_modules(comfyc.packs.__path__)
    if found.name != "core"
    and hasattr(module := importlib.import_module(f"comfyc.packs.{found.name}"), "BEHAVIOURS")
]


@pytest.mark.parametrize("pack", BUNDLED_PACKS, ids=lambda pack: pack.FOLDER)
def test_every_bundled_pack_has_a_scenario(pack: Any) -> None:
    assert pack.BEHAVIOURS.keys() & set().union(*map(node_types, SCENARIOS))


def test_what_a_pack_does_is_shown_by_a_scenario_unless_there_is_a_reason() -> None:
    """A reason that is outlived has to go."""
    shown = set().union(*map(node_types, SCENARIOS))
    types: dict[str, set[str]] = {}
    for pack in BUNDLED_PACKS:
        for kind, behaviour in pack.BEHAVIOURS.items():
            for field in dataclasses.fields(behaviour):
                hook = getattr(behaviour, field.name)
                if callable(hook):
                    types.setdefault(hook.__name__, set()).add(kind)
    assert len(types) > 40
    assert {name for name, kinds in types.items() if not kinds & shown} == NEVER_RECORDED.keys()


@pytest.mark.parametrize("folder", [f for f in RECORDED if f not in EXACT], ids=lambda folder: folder.name)
def test_a_scenario_with_a_reason_is_still_an_exception(folder: Path) -> None:
    recorded = json.loads((folder / "prompt.json").read_text("utf-8"))
    prompt = converted(folder).prompt
    assert prompt != recorded
    assert prompt.items() <= recorded.items(), "what comfyc gives of it is the browser's"


@pytest.mark.parametrize("folder", EXACT, ids=lambda folder: folder.name)
def test_the_prompt_is_the_browsers(folder: Path) -> None:
    recorded = json.loads((folder / "prompt.json").read_text("utf-8"))
    assert without_meta(converted(folder).prompt) == without_meta(recorded)


@pytest.mark.parametrize("folder", EXACT, ids=lambda folder: folder.name)
def test_what_the_queue_button_posts(folder: Path) -> None:
    queued = folder / "queue.json"
    recorded = json.loads((queued if queued.exists() else folder / "prompt.json").read_text("utf-8"))
    assert without_meta(converted(folder, button=Button.QUEUE).prompt) == without_meta(recorded)


@pytest.mark.parametrize("folder", EXACT, ids=lambda folder: folder.name)
def test_a_difference_to_the_queue_is_told(folder: Path) -> None:
    told = {found.rule.code for found in converted(folder).diagnostics} & {"G142", "N222"}
    assert bool(told) == (folder / "queue.json").exists()


@pytest.mark.parametrize(
    "folder", [f for f in SCENARIOS if f not in RECORDED], ids=lambda folder: folder.name
)
def test_where_the_browser_throws_the_rest_is_converted(folder: Path) -> None:
    conversion = converted(folder)
    assert conversion.prompt
    assert {found.rule.code for found in conversion.diagnostics} & {"G140"}


# --- the measured table ---------------------------------------------------------------------------


def test_the_table_speaks_of_known_types_only() -> None:
    shelf = pack_entries()
    known = {
        volume.folder.casefold(): set(shelf.names_of(volume))
        for volume in shelf.volumes
        if volume.origin == "server"  # of a pack's source code, the scanner may not read every type
    }
    for folder in known.keys() & load_layouts().packs.keys():
        assert load_layouts().packs[folder].rows.keys() <= known[folder], folder


def test_a_row_is_that_of_the_pack_that_the_entry_names() -> None:
    rows = {"a": PackTable("1.58.1", {"A": ["sp", 1]}, {"T": {"drop": ["x"]}}), "b": PackTable("1.58.1")}
    table = Layouts({"S": ["sp", 0]}, rows, {"T": ["a"]})
    found = table.layout("T", "a")
    assert found is not None
    assert found.drop == {"x"}
    assert table.layout("T", "b") is None, "the pack was measured, and nothing is changed in it"
    assert table.layout("T", "another") == table.layout("T", None) == found
    assert table.layout("U", None) is None
    assert table.types_in("a").keys() == {"S", "A"}
    assert table.types_in("b").keys() == table.types_in(None).keys() == {"S"}


def node(kind: str, values: Any, **more: Any) -> dict[str, Any]:
    return {"id": 1, "type": kind, "inputs": [], "outputs": [], "widgets_values": values, **more}


def inputs_of(entry: dict[str, Any], catalog: Catalog = BUNDLED, **options: Any) -> dict[str, Any]:
    """The inputs that the only node of a workflow gets."""
    document = {"version": 0.4, "nodes": [entry], "links": []}
    return convert(document, catalog, Options(dynamic_prompts=DynamicPrompts.FIRST, **options)).prompt["1"][
        "inputs"
    ]


def test_a_button_of_a_script_takes_its_place_in_the_values() -> None:
    made = inputs_of(node("GoogleTranslateTextNode", ["auto", "en", True, "Manual Trasnlate", "hallo"]))
    assert made["text"] == "hallo"
    made = inputs_of(node("IDENode", ["python", "monokai", "-- Select code file --", "", "result = 1"]))
    assert made["pycode"] == "result = 1"


def test_a_type_of_a_pack_that_is_a_widget_keeps_the_others_in_place() -> None:
    made = inputs_of(node("Transform Image (mtb)", [15, 0, 0.98, -1, 0, "reflect", "#930606", "lanczos"]))
    assert (made["constant_color"], made["filter_type"]) == ("#930606", "lanczos")


def test_what_always_goes_to_the_prompt() -> None:
    values = [
        "__a__ {b|c}",
        "",
        True,
        "loras/x.safetensors",
        "Select the Wildcard to add to the text",
        5,
        "fixed",
    ]
    made = inputs_of(node("ImpactWildcardEncode", values))
    assert made["Select to add LoRA"] == "Select the LoRA to add to the text"
    assert made["wildcard_text"] == "__a__ {b|c}"


def test_a_servers_entry_wins_over_the_bundled_one() -> None:
    own = {
        "input": {"required": {"only": ["INT", {"default": 4}]}},
        "output": [],
        "python_module": "custom_nodes.ComfyUI-KJNodes",
    }
    catalog = Catalog.from_object_info({"StringConstant": own})
    assert inputs_of(node("StringConstant", [5]), catalog) == {"only": 5}


def test_a_bundle_lends_names_to_what_a_server_lacks() -> None:
    conversion = convert(
        {"version": 0.4, "nodes": [node("StringConstant", ["x"])], "links": []}, Catalog.from_object_info({})
    )
    assert conversion.prompt["1"]["inputs"] == {"string": "x"}
    assert [found.rule.code for found in conversion.diagnostics] == ["N201"]


def test_the_browser_of_a_bare_server_knows_no_packs() -> None:
    made = inputs_of(node("StringConstant", ["x"]), unknown=UnknownTypes.BROWSER)
    assert made == {"UNKNOWN": "x"}


# --- values that a script reads or writes ---------------------------------------------------------


@pytest.mark.parametrize(
    ("saved", "size"),
    [("256x?", (256, 0)), ("?x512", (0, 512)), ("Disabled", (0, 0)), ("640x480", (640, 480))],
)
def test_force_size_of_old_files(saved: str, size: tuple[int, int]) -> None:
    made = inputs_of(node("VHS_LoadVideoPath", ["a.mp4", 0, saved, 0, 0, 1]))
    assert (made["custom_width"], made["custom_height"]) == size


def test_the_widgets_of_a_video_format() -> None:
    values = {
        "format": "video/h264-mp4",
        "crf": 23,
        "pix_fmt": "yuv420p",
        "save_image": False,
        "frame_rate": 8,
    }
    made = inputs_of(node("VHS_VideoCombine", values))
    assert list(made)[3:5] == ["format", "pix_fmt"]
    assert (made["crf"], made["save_output"]) == (23, False)


def test_rows_of_power_lora_loader() -> None:
    rows = [{}, {"type": "PowerLoraLoaderHeaderWidget"}, {"on": True, "lora": "a", "strength": 1}, {}, ""]
    made = inputs_of(node("Power Lora Loader (rgthree)", rows))
    assert made["lora_1"] == {"on": True, "lora": "a", "strength": 1}
    both = node("Power Lora Loader (rgthree)", rows, properties={"Show Strengths": "Separate Model & Clip"})
    assert inputs_of(both)["lora_1"]["strengthTwo"] == 1


def drawn(seed: int) -> Options:
    return Options(dynamic_prompts=DynamicPrompts.RANDOM, random_seed=seed)


def test_a_seed_of_minus_one_is_random_for_efficiency_nodes() -> None:
    values = [-1, None, 20, 7, "euler", "simple", 1, "auto", "true"]
    entry = node("KSampler (Efficient)", values)
    document = {"version": 0.4, "nodes": [entry], "links": []}
    seeds = {convert(document, BUNDLED, drawn(s)).prompt["1"]["inputs"]["seed"] for s in range(3)}
    assert len(seeds) == 3
    assert all(isinstance(seed, int) and seed >= 0 for seed in seeds)


def test_values_of_version_one_of_efficiency_nodes() -> None:
    made = inputs_of(
        node("KSampler (Efficient)", ["Script", 9, "randomize", 20, 7, "euler", "normal", 1, "auto"])
    )
    assert (made["seed"], made["steps"], made["vae_decode"]) == (9, 20, "true")


# --- files of packs that nobody measured ----------------------------------------------------------

STRANGER = {
    "input": {
        "required": {
            "image": ["IMAGE"],
            "amount": ["INT", {"default": 1}],
            "curve": ["MY_CURVE"],
            "mode": [["soft", "hard"]],
            "text": ["STRING", {"default": ""}],
        }
    },
    "output": ["IMAGE"],
    "python_module": "custom_nodes.stranger",
}
STRANGERS = Catalog.from_object_info({"Stranger": STRANGER})


def test_a_widget_that_only_the_file_knows() -> None:
    inputs = [{"name": "curve", "type": "MY_CURVE", "link": None, "widget": {"name": "curve"}}]
    made = inputs_of(node("Stranger", [3, "0,0;1,1", "hard", "x"], inputs=inputs), STRANGERS)
    assert made == {"amount": 3, "curve": "0,0;1,1", "mode": "hard", "text": "x"}


def test_a_button_that_only_the_file_knows() -> None:
    made = inputs_of(node("Stranger", [3, None, "hard", "x"]), STRANGERS)
    assert made == {"amount": 3, "mode": "hard", "text": "x"}


def test_values_by_name_that_only_the_file_knows() -> None:
    named = {"amount": 3, "Go": None, "mode": "hard", "text": "x"}
    made = inputs_of(node("Stranger", [3, None, "hard", "x"], widgets_values_named=named), STRANGERS)
    assert made == {"amount": 3, "mode": "hard", "text": "x"}
    made = inputs_of(node("Stranger", {"text": "y", "amount": 4}), STRANGERS)
    assert (made["amount"], made["text"]) == (4, "y")


def test_values_that_fit_are_left_alone() -> None:
    made = inputs_of(node("Stranger", [3, "hard", "x", "more"]), STRANGERS)
    assert made == {"amount": 3, "mode": "hard", "text": "x"}


# --- third parties --------------------------------------------------------------------------------

STRANGE_PACK = """
from comfyc.packs import Behaviour

def twice(node, export):
    for widget in node.widgets:
        if widget.name == "amount":
            widget.value *= 2

def through(graph, node, slot, wanted):
    return node.inputs[0]

BEHAVIOURS = {
    "Stranger": Behaviour(finish=twice),
    "Stranger Reroute": Behaviour(through, "Reroute"),
    "SetNode": Behaviour(through, "Set", widgets=("Other",)),
}
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Installs a distribution with a pack into a folder of the path."""

    def run(module: str, source: str) -> None:
        (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: comfyc-{module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[comfyc.packs]\n{module} = {module}:BEHAVIOURS\n")
        importlib.invalidate_caches()
        default_packs.cache_clear()

    monkeypatch.syspath_prepend(str(tmp_path))
    default_packs.cache_clear()
    yield run
    default_packs.cache_clear()
    for name in [name for name in sys.modules if name.startswith("strange_")]:
        del sys.modules[name]


def test_a_third_partys_pack_by_entry_point(install: Any) -> None:
    install("strange_pack", STRANGE_PACK)
    nodes = [
        {"id": 1, "type": "Stranger", "outputs": [{"name": "o", "type": "IMAGE"}], "widgets_values": [3]},
        {"id": 2, "type": "Stranger Reroute", "inputs": [{"name": "", "type": "*", "link": 1}]},
        {"id": 3, "type": "Stranger", "inputs": [{"name": "image", "type": "IMAGE", "link": 2}]},
    ]
    links = [[1, 1, 0, 2, 0, "IMAGE"], [2, 2, 0, 3, 0, "IMAGE"]]
    prompt = convert({"version": 0.4, "nodes": nodes, "links": links}, STRANGERS).prompt
    assert prompt["1"]["inputs"]["amount"] == 6
    assert prompt["3"]["inputs"]["image"] == ["1", 0]
    behaviour = default_packs().behaviour("SetNode")
    assert behaviour is not None
    assert behaviour.widgets == ("Other",)  # the later pack wins


FAULTY = """
from comfyc.packs import Behaviour

def spoil(saved):
    saved.widgets[0].value = "spoilt"
    saved.widgets.reverse()

def fails(*given):
    if hasattr(given[0], "widgets"):
        spoil(given[0])
    raise KeyError("it broke")

def returns_nothing(*given):
    pass

BEHAVIOURS = {"Stranger": Behaviour(HOOK)}
"""
HOOKS = ["arrange", "restore", "settle", "finish", "rewire"]


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_that_raises_is_a_finding_and_the_node_keeps_its_values(install: Any, hook: str) -> None:
    document = {"version": 0.4, "nodes": [node("Stranger", [3, "hard", "x"], title="Mine")], "links": []}
    sound = convert(document, STRANGERS)
    install("strange_fault", FAULTY.replace("HOOK", f"{hook}=fails"))
    conversion = convert(document, STRANGERS)
    assert conversion.prompt == sound.prompt
    assert conversion.prompt["1"]["inputs"] == {"amount": 3, "mode": "hard", "text": "x"}
    (found,) = conversion.diagnostics.with_code("N241")
    name = "'strange_fault' of the distribution 'comfyc-strange_fault'"
    assert found.message == f"the hook '{hook}' of the pack {name} raised KeyError: 'it broke'"
    is_of_node = hook not in ("arrange", "rewire")
    assert (found.node, found.title) == (("1", "Mine") if is_of_node else (None, None))
    assert dict(found.data) == {"pack": name, "hook": hook}


def test_widgets_that_are_none_count_as_a_failure(install: Any) -> None:
    install("strange_fault", FAULTY.replace("HOOK", "arrange=returns_nothing"))
    document = {"version": 0.4, "nodes": [node("Stranger", [3, "hard", "x"])], "links": []}
    conversion = convert(document, STRANGERS)
    assert conversion.prompt["1"]["inputs"] == {"amount": 3, "mode": "hard", "text": "x"}
    assert "TypeError: the widgets are no list" in conversion.diagnostics.with_code("N241")[0].message


@pytest.mark.parametrize("made", ["fails", "lambda *given: 5"])
def test_a_node_of_the_editor_whose_pack_fails_stands_for_nothing(install: Any, made: str) -> None:
    install("strange_fault", FAULTY.replace('"Stranger"', '"Way"').replace("HOOK", made))
    targets = [
        {"id": ident, "type": "Stranger", "inputs": [{"name": "image", "type": "IMAGE", "link": ident}]}
        for ident in (2, 3)
    ]
    way = {"id": 1, "type": "Way", "outputs": [{"name": "", "type": "*", "links": [2, 3]}]}
    links = [[ident, 1, 0, ident, 0, "IMAGE"] for ident in (2, 3)]
    conversion = convert({"version": 0.4, "nodes": [way, *targets], "links": links}, STRANGERS)
    assert set(conversion.prompt) == {"2", "3"}
    assert all("image" not in node["inputs"] for node in conversion.prompt.values())
    (found,) = conversion.diagnostics.with_code("N241")  # once, however often it is asked
    assert found.node == "1"


def test_what_no_pack_may_stop_passes(install: Any) -> None:
    stop = FAULTY.replace('raise KeyError("it broke")', "raise KeyboardInterrupt")
    install("strange_fault", stop.replace("HOOK", "finish=fails"))
    with pytest.raises(KeyboardInterrupt):
        convert({"version": 0.4, "nodes": [node("Stranger", [3])], "links": []}, STRANGERS)


@pytest.mark.parametrize("source", ["1 / 0", "BEHAVIOURS = {'Stranger': 5}", "BEHAVIOURS = None", ""])
def test_a_pack_that_fails_is_told_by_its_distribution(install: Any, source: str) -> None:
    install("strange_fault", source)
    conversion = convert({"version": 0.4, "nodes": [node("Stranger", [3])], "links": []}, STRANGERS)
    assert conversion.prompt["1"]["inputs"]["amount"] == 3
    (found,) = [found for found in conversion.diagnostics if found.rule.code == "N223"]
    assert "comfyc-strange_fault" in found.message


def test_workflows_without_packs_load_none(install: Any) -> None:
    install("strange_fault", "raise SystemError")
    core = {"version": 0.4, "nodes": [node("EmptyImage", [64, 64, 1, 0])], "links": []}
    assert not [found for found in convert(core).diagnostics if found.rule.code == "N223"]


def test_copies_of_a_repeater_take_no_id_that_is_taken() -> None:
    def image(ident: object, width: int, links: list[int]) -> dict[str, object]:
        outputs = [{"name": "IMAGE", "type": "IMAGE", "links": links}]
        return {"id": ident, "type": "EmptyImage", "outputs": outputs, "widgets_values": [width, 8, 1, 0]}

    repeater = {
        "id": 2,
        "type": "Repeater|pysssss",
        "inputs": [{"name": "source", "type": "*", "link": 1}],
        "outputs": [{"name": "*", "type": "*", "links": []}],
        "widgets_values": [3, "single", "create"],
    }
    nodes = [image(1, 16, [1]), image("2_1", 32, []), repeater]
    document = {"version": 0.4, "nodes": nodes, "links": [[1, 1, 0, 2, 0, "IMAGE"]]}
    prompt = convert(document, Catalog.load()).prompt
    widths = {ident: node["inputs"]["width"] for ident, node in prompt.items() if "width" in node["inputs"]}
    assert widths == {"1": 16, "2_1": 32, "2_2": 16, "2_3": 16}
