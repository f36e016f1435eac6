"""Studies as a shell sees them: ``comfyc run`` with rows, ``resume``, ``retry`` and ``studies``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comfyc.running import Pace, Server
from comfyc.safety.limits import DEFAULTS
from comfyc.studies.ledger import Ledger
from tests import in_process
from tests.answers import answer, answers
from tests.server.fake import FakeComfy
from tests.server.test_cli_run import comfyc, core_nodes, object_info, on, serving

WORKFLOW: dict[str, Any] = {
    "1": {
        "class_type": "EmptyImage",
        "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0},
        "_meta": {"title": "Canvas"},
    },
    "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
}


def written(folder: Path, document: Any = None) -> None:
    (folder / "flow.json").write_text(json.dumps(document or WORKFLOW), "utf-8")


def at(server: FakeComfy) -> tuple[str, str]:
    return ("--server", server.url)


def sent(server: FakeComfy, name: str) -> list[Any]:
    return [body["prompt"]["1"]["inputs"][name] for body in server.bodies]


def test_a_study_from_its_table_to_its_results(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "t.csv").write_text("Canvas.color,#note\n5,red\n,none\n", "utf-8")

    async def test(server: FakeComfy) -> None:
        rows = ("--table", "t.csv", "--grid", "width=8,16")
        made = await comfyc(
            tmp_path,
            "run",
            "flow.json",
            *rows,
            "--name",
            "{width}/{row}",
            "-d",
            "out",
            "--server",
            server.url,
        )
        assert (made.code, sorted(made.out.split())) == (
            0,
            ["out/16/2.png", "out/16/4.png", "out/8/1.png", "out/8/3.png"],
        )
        assert sorted(zip(sent(server, "color"), sent(server, "width"), strict=True)) == [
            (0, 8),
            (0, 16),
            (5, 8),
            (5, 16),
        ]
        again = await comfyc(tmp_path, "run", "flow.json", *rows, "-d", "out", *at(server))
        assert (again.code, len(server.bodies)) == (2, 4)
        assert "'out' has a study already" in again.err
        left = await comfyc(tmp_path, "resume", "out")
        assert (left.code, left.err) == (0, "nothing is left of 'out'\n")

    on(serving(), test)


async def made_study(folder: Path, server: FakeComfy, *flags: str) -> Any:
    written(folder)
    rows = ("--grid", "color=1..3")
    return await comfyc(folder, "run", "flow.json", *rows, "-d", "out", *at(server), *flags)


def test_results_for_people_and_programs(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        await made_study(tmp_path, server)
        (about,) = answer((await comfyc(tmp_path, "studies", "list", "--json")).out)["results"]
        counts = {name: about[name] for name in ("rows", "done", "failed", "left")}
        assert (about["folder"], counts) == ("out", {"rows": 3, "done": 3, "failed": 0, "left": 0})
        assert "out" in (await comfyc(tmp_path, "studies")).out
        found = answer((await comfyc(tmp_path, "studies", "show", "out", "--json")).out)["results"]
        assert [one["parameters"] for one in found] == [{"color": 1}, {"color": 2}, {"color": 3}]
        assert [one["outputs"][0]["path"] for one in found] == ["0001.png", "0002.png", "0003.png"]
        assert len({one["prompt_hash"] for one in found}) == 3
        await comfyc(tmp_path, "studies", "show", "out", "--csv", "-o", "r.csv")
        table = list(csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text("utf-8"))))
        assert [(one["color"], one["state"], one["files"]) for one in table] == [
            (str(n), "done", f"000{n}.png") for n in (1, 2, 3)
        ]
        page = (await comfyc(tmp_path, "studies", "show", "out")).out
        assert page.startswith("out: 3 rows, 3 done, 0 failed, 0 left\n")

    on(serving(), test)


def test_json_has_a_line_for_each_row(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        made = await made_study(tmp_path, server, "--json")
        assert sorted((one["row"], one["parameters"]["color"], one["ok"]) for one in answers(made.out)) == [
            (1, 1, True),
            (2, 2, True),
            (3, 3, True),
        ]

    on(serving(), test)


def test_failed_rows_are_made_again_by_retry(tmp_path: Path) -> None:
    """A row that is refused has failed; the others are done. What was made is not made again."""

    async def test(server: FakeComfy) -> None:
        server.faults.statuses["POST /prompt"] = [400]
        made = await made_study(tmp_path, server, "--keep-order")
        assert made.code == 1
        assert "1 row of 3 failed" in made.err
        assert "comfyc retry out" in made.err
        with Ledger.open(tmp_path / "out") as ledger:
            assert [one.state for one in ledger.results()] == ["failed", "done", "done"]
        resumed = await comfyc(tmp_path, "resume", "out")
        assert (resumed.code, len(server.accepted)) == (1, 2)
        retried = await comfyc(tmp_path, "retry", "out")
        assert (retried.code, retried.out, len(server.accepted)) == (0, "out/0001.png\n", 3)
        with Ledger.open(tmp_path / "out") as ledger:
            assert [(one.state, one.attempt) for one in ledger.results()] == [
                ("done", 2),
                ("done", 1),
                ("done", 1),
            ]

    on(serving(), test)


def test_resume_sends_what_was_planned(tmp_path: Path) -> None:
    """With the seeds that were drawn, and the values and the expectations of the beginning."""
    document = {
        **WORKFLOW,
        "5": {"class_type": "RandomNoise", "inputs": {"noise_seed": 7}},
        "6": {"class_type": "PreviewAny", "inputs": {"source": ["5", 0]}},
    }

    def prompts(server: FakeComfy) -> list[Any]:
        return sorted((body["prompt"] for body in server.bodies), key=json.dumps)

    async def test(server: FakeComfy) -> None:
        written(tmp_path, document)
        flags = ("--set", "1.height=24", "--set", "5.noise_seed=random", "--assert", "count(images) == 2")
        rows = ("--grid", "color=1,2", "--count", "2", "--name", "{row}_{seed}")
        made = await comfyc(tmp_path, "run", "flow.json", *rows, *flags, "-d", "out", *at(server))
        assert made.code == 1
        first = prompts(server)
        assert len({json.dumps(one) for one in first}) == 4
        assert {one["1"]["inputs"]["height"] for one in first} == {24}
        with Ledger.open(tmp_path / "out") as ledger:
            names = [one.stem for one in ledger.results()]
            assert {name.split("_")[1] for name in names} == {
                str(one["5"]["inputs"]["noise_seed"]) for one in first
            }
        (tmp_path / "flow.json").unlink()
        server.bodies.clear()
        retried = await comfyc(tmp_path, "retry", "out")
        assert retried.code == 1
        assert "count(images) == 2" in retried.err
        assert prompts(server) == first

    on(serving(), test)


def test_files_are_uploaded_when_their_turn_comes_and_once(tmp_path: Path) -> None:
    document = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
        "2": {
            "class_type": "ImageScaleBy",
            "inputs": {"image": ["1", 0], "upscale_method": "area", "scale_by": 1},
        },
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "x"}},
    }

    async def test(server: FakeComfy) -> None:
        written(tmp_path, document)
        for name in ("b", "a"):
            (tmp_path / f"{name}.png").write_bytes(name.encode())
        rows = ("--each", "image=*.png", "--grid", "scale_by=1,2", "--name", "{image}_{scale_by}")
        made = await comfyc(tmp_path, "run", "flow.json", *rows, "-d", "out", *at(server))
        assert made.code == 0, made.err
        assert sorted(made.out.split()) == [
            f"out/{name}_{scale}.png" for name in ("a", "b") for scale in (1, 2)
        ]
        assert len(server.uploads) == 2
        used = [body["prompt"]["1"]["inputs"]["image"] for body in server.bodies]
        assert sorted(used) == sorted([*server.uploads, *server.uploads])

    on(serving(), test)


def test_two_files_are_no_study(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        written(tmp_path)
        (tmp_path / "b.json").write_text(json.dumps(WORKFLOW), "utf-8")
        made = await comfyc(
            tmp_path, "run", "flow.json", "b.json", "--grid", "color=1", "-d", "out", *at(server)
        )
        assert made.code == 2
        assert "a study is of one workflow" in made.err
        assert not (tmp_path / "out").exists()

    on(serving(), test)


def test_rows_that_only_one_of_two_servers_can_run_go_there(tmp_path: Path) -> None:
    """What a row names has to be on one server only, and the others get the rows that they can run."""

    def pick(*names: str) -> dict[str, Any]:
        return {
            **json.loads(core_nodes()),
            "Pick": {
                "input": {"required": {"name": [list(names)]}},
                "input_order": {"required": ["name"]},
                "output": ["MODEL"],
                "output_is_list": [False],
                "output_name": ["MODEL"],
                "name": "Pick",
                "display_name": "Pick",
                "category": "x",
                "output_node": False,
            },
        }

    document = {
        **WORKFLOW,
        "7": {"class_type": "Pick", "inputs": {"name": "small"}},
        "8": {"class_type": "PreviewAny", "inputs": {"source": ["7", 0]}},
    }

    async def test(server: FakeComfy) -> None:
        written(tmp_path, document)
        async with serving(answers={"GET /object_info": object_info(pick("small", "large"))}) as large:
            rows = ("--grid", "name=small,large", "--grid", "color=1..3")
            made = await comfyc(tmp_path, "run", "flow.json", *rows, "-d", "out", *at(server), *at(large))
            assert made.code == 0, made.err
            names = {
                (one is large, body["prompt"]["7"]["inputs"]["name"])
                for one in (server, large)
                for body in one.bodies
            }
            assert (False, "large") not in names
            assert len(server.bodies) + len(large.bodies) == 6
        wrong = await comfyc(tmp_path, "run", "flow.json", *rows, "-d", "other", *at(server))
        assert wrong.code == 1
        assert "'large'" in wrong.err
        assert not (tmp_path / "other" / "study.sqlite").exists()

    on(serving(answers={"GET /object_info": object_info(pick("small"))}), test)


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        (("--name", "{row}"), "--name is for the rows of a study"),
        (("--keep-order",), "--keep-order is for the rows of a study"),
        (("--grid", "color=1", "--preview", "p.png"), "--preview cannot be used with rows"),
        (("--grid", "color=1", "--no-wait"), "--no-wait cannot be used with rows"),
    ],
)
def test_what_would_have_no_effect_is_refused(tmp_path: Path, flags: tuple[str, ...], why: str) -> None:
    async def test(server: FakeComfy) -> None:
        written(tmp_path)
        made = await comfyc(tmp_path, "run", "flow.json", *flags, "-d", "out", *at(server))
        assert (made.code, server.bodies) == (2, [])
        assert why in made.err

    on(serving(), test)


def test_resume_is_as_patient_as_run_and_keeps_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Server] = []

    def go_on(folder: Path, named: object, opened_at: Callable[..., list[Server]], *_: Any, **__: Any) -> int:
        opened.extend(opened_at(["http://127.0.0.1:9"], DEFAULTS._replace(outputs=7)))
        return 0

    monkeypatch.setattr("comfyc.cli.work.go_on.go_on_with", go_on)
    assert in_process.comfyc("resume", "out").code == 0
    assert (opened[0].pace, opened[0].limits.outputs) == (Pace(), 7)
