"""What comfyc writes: whole or not at all, over nothing that the call reads, and nothing left behind."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from comfyc.catalog import Catalog
from comfyc.cli.output.writing import spare
from comfyc.diagnostics import ComfycError
from comfyc.safety.atomic import Folder, replace_file, write_file
from tests.discovery import FIXTURES
from tests.in_process import comfyc

STORY = FIXTURES / "text_to_image" / "workflow.json"
ROOT = Path(__file__).resolve().parents[1]
POSIX = pytest.mark.skipif(os.name == "nt", reason="modes, links and locks of POSIX")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- one file ------------------------------------------------------------------------------------


@POSIX
@pytest.mark.parametrize("bits", [0o600, 0o640, 0o755, 0o444])
def test_a_file_that_is_replaced_keeps_its_permissions(bits: int, tmp_path: Path) -> None:
    target, link = tmp_path / "a.json", tmp_path / "link.json"
    target.write_text("old")
    target.chmod(bits)
    link.symlink_to(target)
    write_file(link, b"new")
    assert (target.read_text(), mode(target), link.is_symlink()) == ("new", bits, True)
    with Folder(tmp_path) as folder, folder.part(like="a.json") as part:
        assert stat.S_IMODE(os.fstat(part.file.fileno()).st_mode) == bits  # before a byte is written
    assert comfyc("convert", STORY, "-o", target).code == 0
    assert mode(target) == bits


@POSIX
def test_a_new_file_has_what_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        replace_file(tmp_path / "a.json", b"x")
    finally:
        os.umask(before)
    assert mode(tmp_path / "a.json") == 0o640


@POSIX
def test_the_longest_names_and_paths_are_written(tmp_path: Path) -> None:
    name = "x" * 250 + ".json"
    replace_file(tmp_path / name, b"1")
    assert comfyc("convert", STORY, "-o", tmp_path / name).code == 0
    deep = tmp_path
    while len(str(deep)) < 4095 - 11:
        deep /= "y" * min(200, 4095 - 12 - len(str(deep)))
        deep.mkdir()
    write_file(deep / ("z" * (4094 - len(str(deep)))), b"2")
    assert [len(str(path)) for path in deep.iterdir()] == [4095]


@POSIX
def test_what_does_not_fit_leaves_all_as_it_was(tmp_path: Path) -> None:
    """A limit for files stands for a full disk, also one that fills up with the last bytes of the buffer."""
    script = (
        "import resource, signal, sys; from comfyc.__main__ import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\nmain()"
    )
    (tmp_path / "old.json").write_text("old")
    for name in ("old.json", "new.json"):
        command = [sys.executable, "-c", script, "convert", str(STORY), "-o", name]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
        assert (done.returncode, b"cannot be written: file too large" in done.stderr) == (2, True)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"old.json": "old"}


# --- what is left over ---------------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from comfyc.safety.atomic import Folder
with Folder(Path(sys.argv[1])) as folder, folder.part() as part:
    part.file.write(b"half")
    part.file.flush()
    print("ready", flush=True)
    sys.stdin.read()
    part.replace("whole.json")
"""


@contextmanager
def writing(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process in the middle of a file."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


@POSIX
def test_the_next_run_takes_away_what_a_killed_one_has_left(tmp_path: Path) -> None:
    with writing(tmp_path) as process:
        process.kill()
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".comfyc-")
    others = [
        ".comfyc-1.part",
        ".x.part",
        "comfyc-0123456789abcdef.part",
        ".comfyc-0123456789abcdef.part.json",
    ]
    for name in others:
        (tmp_path / name).write_text("somebody else's")
    (tmp_path / ".comfyc-0123456789abcdef.part").mkdir()
    (tmp_path / ".comfyc-1123456789abcdef.part").symlink_to(others[0])
    assert comfyc("convert", STORY, "-o", tmp_path / "new.json").code == 0
    kept = [*others, ".comfyc-0123456789abcdef.part", ".comfyc-1123456789abcdef.part", "new.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


@POSIX
def test_what_another_run_is_writing_is_left_to_it(tmp_path: Path) -> None:
    with writing(tmp_path) as process:
        assert comfyc("convert", STORY, "-o", tmp_path / "new.json").code == 0
        assert len(list(tmp_path.iterdir())) == 2
        process.communicate("")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.json", "whole.json"]


@POSIX
def test_a_part_that_is_swept_away_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks = importlib.import_module("fcntl")
    real, times = locks.flock, 0

    def flock(held: int, how: int) -> None:
        nonlocal times
        times += 1
        if times == 1:
            (only,) = tmp_path.iterdir()
            only.unlink()
        real(held, how)

    monkeypatch.setattr(locks, "flock", flock)
    replace_file(tmp_path / "a.json", b"whole")
    assert (times, {path.name: path.read_bytes() for path in tmp_path.iterdir()}) == (2, {"a.json": b"whole"})


# --- inputs are spared ---------------------------------------------------------------------------

ALIASES = ["same", "dot", "link", "hard", "folder"]


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a workflow, a catalogue, a text and a configuration, each under other names."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(STORY, "flow.json")
    entries = {name: Catalog.load().info(name) for name in ("EmptyLatentImage", "SaveImage")}
    Path("info.json").write_text(json.dumps(entries), "utf-8")
    Path("text.txt").write_text("a fox", "utf-8")
    Path("key.txt").write_text("key", "utf-8")
    Path("comfyc.toml").write_text('object-info = "info.json"\n', "utf-8")
    for alias in ("link", "hard", "folder"):
        Path(alias).mkdir() if alias != "folder" else Path(alias).symlink_to(".")
    for name in ("flow.json", "info.json", "text.txt", "key.txt", "comfyc.toml"):
        Path("link", name).symlink_to(Path("..", name))
        os.link(name, Path("hard", name))
    return tmp_path


def called(name: str, alias: str) -> str:
    return {"same": name, "dot": f"./{name}"}.get(alias, f"{alias}/{name}")


CALLS = [
    ("flow.json", "convert flow.json -o {}"),
    ("flow.json", "convert flow.json --also json={}"),
    ("info.json", "convert flow.json --object-info info.json -o {}"),
    ("info.json", "convert flow.json --object-info info.json --also sarif={}"),
    ("text.txt", "convert flow.json --set 6.text=@text.txt -o {}"),
    ("key.txt", "convert flow.json --cacert key.txt -o {}"),
    ("flow.json", "validate flow.json -o {}"),
    ("flow.json", "validate . --also json={}"),
    ("info.json", "validate flow.json --object-info info.json -o {}"),
    ("info.json", "validate flow.json -o {}"),
    ("comfyc.toml", "validate flow.json --also junit={}"),
    ("info.json", "schema prompt --object-info info.json -o {}"),
    ("key.txt", "catalog save http://127.0.0.1:9 --cacert key.txt -o {}"),
    ("flow.json", "run flow.json --server http://127.0.0.1:9 --preview {}"),
    ("text.txt", "run flow.json --server http://127.0.0.1:9 --set 6.text=@text.txt --preview {}"),
    ("key.txt", "run flow.json --server http://127.0.0.1:9 --api-key-file key.txt --preview {}"),
    ("key.txt", "wait x --server http://127.0.0.1:9 --api-key-file key.txt --preview {}"),
]


@POSIX
@pytest.mark.parametrize("alias", ALIASES)
@pytest.mark.parametrize(("name", "command"), CALLS)
def test_no_output_is_written_over_an_input(inputs: Path, name: str, command: str, alias: str) -> None:
    before = {path: path.read_bytes() for path in inputs.rglob("*") if path.is_file()}
    ended = comfyc(*command.format(called(name, alias)).split(), cwd=inputs)
    assert (ended.code, "would overwrite" in ended.err) == (2, True)
    assert {path: path.read_bytes() for path in inputs.rglob("*") if path.is_file()} == before


@POSIX
@pytest.mark.parametrize("alias", ["same", "dot", "folder"])
def test_two_outputs_are_two_files(inputs: Path, alias: str) -> None:
    other = called("new.json", alias)
    calls = [
        f"convert flow.json -o new.json --also json={other}",
        f"convert flow.json --also json=new.json --also sarif={other}",
        f"validate flow.json --object-info info.json -o new.json --also json={other}",
        f"convert flow.json --out-dir . --also json={called('flow.json', alias)}",
        f"convert flow.json --out-dir api --also json={called('api/flow.json', alias)}",
    ]
    before = sorted(inputs.rglob("*"))
    for call in calls:
        ended = comfyc(*call.split(), cwd=inputs)
        assert (ended.code, ended.err.count("error: ")) == (2, 1), call
    assert sorted(inputs.rglob("*")) == before
    assert (
        comfyc("convert", "flow.json", "-o", os.devnull, "--also", f"json={os.devnull}", cwd=inputs).code == 0
    )


def test_names_that_differ_in_case_are_one_where_the_disk_has_it_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = [tmp_path / "A.json", tmp_path / "a.json"]
    lexists = os.path.lexists
    monkeypatch.setattr(os.path, "lexists", lambda path: lexists(path) or "TEST" in str(path))
    with pytest.raises(ComfycError, match="written to the same file"):
        spare(outputs)
    monkeypatch.setattr(os.path, "lexists", lambda path: False)
    spare(outputs)
