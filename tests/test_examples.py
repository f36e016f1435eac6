"""The files of examples/, run as examples/README.md says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.server.fake import FakeComfy
from tests.server.test_cli_run import serving
from tests.server.test_python_api import fake_in_thread

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
WORKFLOW = "examples/text_to_image.json"


def run(*arguments: str, folder: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_the_page_names_every_example() -> None:
    page = (EXAMPLES / "README.md").read_text("utf-8")
    for file in EXAMPLES.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts and file.name != "README.md":
            name = file.relative_to(EXAMPLES).as_posix()
            assert name in page or f"pip install examples/{file.parent.name}`" in page, name
    for name in re.findall(r"examples/[\w/.]+", page):
        assert (ROOT / name).exists(), name


def test_the_workflow_is_that_of_the_story() -> None:
    assert (ROOT / WORKFLOW).read_bytes() == (
        ROOT / "fixtures" / "text_to_image" / "workflow.json"
    ).read_bytes()


def test_convert() -> None:
    done = run("examples/convert.py", WORKFLOW)
    assert done.returncode == 0
    expected = json.loads((ROOT / "fixtures" / "text_to_image" / "prompt.json").read_text("utf-8"))
    assert json.loads(done.stdout) == expected
    assert done.stderr == f"{len(expected)} nodes, 9 links\n"


@pytest.mark.slow
def test_run(tmp_path: Path) -> None:
    fake = serving()
    with fake_in_thread(fake) as url:
        done = run("examples/run.py", WORKFLOW, "a fox", str(tmp_path / "out"), COMFYC_SERVER=url)
    assert done.returncode == 0, done.stderr
    (path,) = done.stdout.splitlines()
    assert Path(path).parent == tmp_path / "out"
    assert Path(path).is_file()
    assert texts(fake) == ["a fox", "text, watermark"]


def texts(fake: FakeComfy) -> list[str]:
    """The texts of the prompt that the server got."""
    (body,) = fake.bodies
    return [node["inputs"]["text"] for node in body["prompt"].values() if "text" in node["inputs"]]


@pytest.mark.slow
def test_the_tests_of_a_repository(tmp_path: Path) -> None:
    (tmp_path / "ci").mkdir()
    for name in ("text_to_image.json", "ci/test_workflows.py"):
        (tmp_path / name).write_bytes((EXAMPLES / name).read_bytes())
    command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "ci/test_workflows.py")
    assert run(*command, folder=tmp_path).returncode == 0
    text = (tmp_path / "text_to_image.json").read_text("utf-8")
    (tmp_path / "broken.json").write_text(text.replace('"euler"', '"eulerr"'), "utf-8")
    broken = run(*command, folder=tmp_path)
    assert broken.returncode == 1
    assert "P306" in broken.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pack, as pip lays it out."""
    folder = tmp_path_factory.mktemp("installed")
    run("-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), folder=EXAMPLES / "my_pack")
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(folder)
    return folder


@pytest.mark.slow
def test_a_pack_of_ones_own(installed: Path) -> None:
    pack = "examples/my_pack"
    command = ("-m", "comfyc", "convert", f"{pack}/flow.json", "--object-info", f"{pack}/object_info.json")
    path = os.pathsep.join([str(installed), os.environ.get("PYTHONPATH", "")])
    prompt = json.loads(run(*command, PYTHONPATH=path).stdout)
    assert prompt["3"]["inputs"] == {"text": "a fox, in the snow", "clip": ["1", 1]}
    assert set(prompt) == {"1", "3"}
    without = json.loads(run(*command).stdout)
    assert without["3"]["inputs"]["text"] == "a fox\nin the snow"
