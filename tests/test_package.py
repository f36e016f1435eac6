"""What is built from the checkout: the contents of wheel and sdist, and a wheel that works by itself."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from scripts.set_repository import FILES, main, repository

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
MAX_WHEEL = 6 * 1024 * 1024
IN_CHECKOUT_ONLY = {".ci", ".gitignore"}
"""Files and folders of the repository that the sdist leaves out."""


def tracked() -> list[str]:
    """The files of the repository, as git lists them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def sdist(built: Path) -> list[str]:
    """The files in the sdist, without its folder."""
    (found,) = built.glob("*.tar.gz")
    with tarfile.open(found) as file:
        return [member.name.partition("/")[2] for member in file if member.isfile()]


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {name.removeprefix("converter/") for name in tracked() if name.startswith("converter/comfyc/")}
    schemas = {
        f"comfyc/schema/files/{name.removeprefix('schemas/')}"
        for name in tracked()
        if name.startswith("schemas/")
    }
    assert {name for name in names if ".dist-info/" not in name} == sources | schemas
    assert "comfyc/py.typed" in names


def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size < MAX_WHEEL


def test_the_sdist_holds_what_is_listed(sdist: list[str]) -> None:
    expected = {name for name in tracked() if name.partition("/")[0] not in IN_CHECKOUT_ONLY}
    assert set(sdist) - {"PKG-INFO", ".gitignore"} == expected


def test_the_wheel_works_by_itself(wheel: Path, tmp_path: Path) -> None:
    """Nothing that a command needs lies beside the package, in the checkout."""
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path)
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from comfyc.__main__ import main; main()"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    workflow = ROOT / "examples" / "text_to_image.json"
    for arguments in (["convert", str(workflow)], ["validate", str(workflow)], ["schema", "workflow-1"]):
        command = [sys.executable, "-I", "-c", code, str(tmp_path), *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        if arguments[0] == "convert":
            assert done.stdout == (ROOT / "fixtures" / "text_to_image" / "prompt.json").read_text("utf-8")


def test_the_metadata_are_complete(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        (name,) = [name for name in file.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = email.message_from_bytes(file.read(name))
    assert {"Name", "Version", "Summary", "Author", "License-Expression", "License-File"} <= set(
        metadata.keys()
    )
    assert metadata["Description-Content-Type"] == "text/markdown"
    labels = {url.partition(",")[0] for url in metadata.get_all("Project-URL", [])}
    assert labels == {"Repository", "Documentation", "Changelog", "Issues"}


def test_one_command_writes_the_address_everywhere(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    old = repository()
    main(["someone/their.fork"], tmp_path)
    assert repository(tmp_path) == "someone/their.fork"
    for name in FILES:
        before, after = ((root / name).read_text("utf-8") for root in (ROOT, tmp_path))
        assert before.count(old) == after.count("someone/their.fork") > 0
        assert old not in after
    with pytest.raises(SystemExit):
        main(["https://example.com"], tmp_path)


def test_the_address_stands_in_no_other_file() -> None:
    mentions = re.compile(re.escape(repository()).encode())
    quoting = {"scripts/set_repository.py", "CONTRIBUTING.md"}  # which speak of the placeholder
    found = {name for name in tracked() if mentions.search((ROOT / name).read_bytes())}
    assert found - quoting == set(FILES)


def test_the_new_names_of_modules_are_modules() -> None:
    table = (ROOT / "CHANGELOG.md").read_text("utf-8").partition("## Old and new module names")[2]
    rows = re.findall(r"^\| (`.*`) \| (`.*`) \|$", table, re.MULTILINE)
    assert rows
    for old, new in rows:
        first, *others = re.findall(r"`([\w.]+)`", new)
        names = [first, *(f"{first.rpartition('.')[0]}.{name}" for name in others)]
        assert len(names) == len(re.findall(r"`[\w.]+`", old))
        for name in names:
            assert find_spec(name) is not None, name
