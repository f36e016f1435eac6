"""``comfyc`` in rough conditions: broken pipes, closed streams, signals, full disks, odd names, locales."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests import in_process
from tests.discovery import FIXTURES
from tests.patience import LONGEST
from tests.reports import REPORTERS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="pipes and signals as Unix has them"),
]

WORKFLOW = FIXTURES / "text_to_image" / "workflow.json"
EXPECTED = (FIXTURES / "text_to_image" / "prompt.json").read_bytes()
COMMAND = (sys.executable, "-m", "comfyc")

Done = subprocess.CompletedProcess[bytes]
Process = subprocess.Popen[bytes]


def comfyc(*arguments: str | bytes | Path, env: dict[str, str] | None = None, **options: Any) -> Done:
    """Run it to its end. Whatever the conditions are, there is no traceback and nothing is ignored."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    if "input" in options:
        del options["stdin"]
    variables = {**os.environ, "COLUMNS": "200", **(env or {})}
    done = subprocess.run([*COMMAND, *arguments], env=variables, timeout=LONGEST, check=False, **options)
    assert_calm(done.stderr)
    return done


def quick(*arguments: str | Path, cwd: Path) -> Done:
    """As ``comfyc``, in the process of the tests: for what has nothing to do with processes and streams."""
    done = in_process.comfyc(*arguments, cwd=cwd)
    return Done(arguments, done.code, done.out.encode(), done.err.encode())


def start(*arguments: str | bytes | Path, **options: Any) -> Process:
    """Start it as the leader of a process group, as a shell does."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([*COMMAND, *arguments], start_new_session=True, **options)


def ended(process: Process) -> tuple[int, bytes, bytes]:
    """The exit code as a shell gives it, stdout and stderr; then no process of the group is left."""
    out, err = process.communicate(timeout=LONGEST)
    assert_calm(err)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    code = process.returncode
    return code if code >= 0 else 128 - code, out, err


def assert_calm(err: bytes | None) -> None:
    for words in (b"Traceback", b"Exception ignored", b"BrokenPipe", b"Process-"):
        assert words not in (err or b""), err


def story(**changes: Any) -> str:
    """The workflow of text to image, with a sampler that there is not, and other changes."""
    text = WORKFLOW.read_text("utf-8").replace('"euler"', '"eulerr"')
    return json.dumps({**json.loads(text), **changes})


def big_workflow(folder: Path, size: int) -> Path:
    """A workflow with a prompt of so many characters."""
    document = json.loads(WORKFLOW.read_bytes())
    for node in document["nodes"]:
        if node["type"] == "CLIPTextEncode":
            node["widgets_values"][0] = "x" * size
            break
    file = folder / "big.json"
    file.write_text(json.dumps(document), "utf-8")
    return file


def names_in(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """A folder with enough workflows for several processes."""
    folder = tmp_path / "flows"
    folder.mkdir()
    for number in range(20):
        shutil.copy(WORKFLOW, folder / f"{number:02}.json")
    return folder


@contextlib.contextmanager
def unread_pipe() -> Iterator[int]:
    """The end to write to of a pipe that nobody will ever read."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@contextlib.contextmanager
def feeding(pipe: Path) -> Iterator[int]:
    """Wait until somebody reads a named pipe; what is written, and when it ends, is up to us."""
    until = time.monotonic() + LONGEST
    writing = None
    while writing is None:
        assert time.monotonic() < until
        time.sleep(0.005)
        with contextlib.suppress(OSError):  # ENXIO: nobody reads yet
            writing = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    os.set_blocking(writing, True)
    try:
        yield writing
    finally:
        os.close(writing)


# --- nobody reads ---------------------------------------------------------------------------------

COMMANDS: list[tuple[str | Path, ...]] = [
    ("convert", WORKFLOW),
    ("validate", WORKFLOW, "--format", "json"),
    ("inputs", WORKFLOW),
    ("packs", WORKFLOW),
    ("catalog", "list"),
    ("--version",),
]
FIRST_WORD = [str(command[0]) for command in COMMANDS]


@pytest.mark.parametrize("command", COMMANDS[:-1], ids=FIRST_WORD[:-1])
def test_a_reader_that_has_gone_is_no_failure_of_the_workflow(command: tuple[str | Path, ...]) -> None:
    with unread_pipe() as writing:
        done = comfyc(*command, stdout=writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("buffering", ["", "1"], ids=["buffered", "unbuffered"])
def test_a_reader_that_goes_after_the_first_line(tmp_path: Path, buffering: str) -> None:
    big = big_workflow(tmp_path, 1_000_000)
    process = start("convert", big, env={**os.environ, "PYTHONUNBUFFERED": buffering})
    assert process.stdout is not None
    assert process.stdout.readline() == b"{\n"
    process.stdout.close()
    process.stdout = None
    code, _, err = ended(process)
    assert (code, err) == (141, b"")


def test_findings_that_nobody_reads(tmp_path: Path) -> None:
    file = tmp_path / "flow.json"
    file.write_text(story(extra={"x": 1}, nodes=[]), "utf-8")
    with unread_pipe() as writing:
        assert comfyc("validate", file, tmp_path / "none", stdout=writing, stderr=writing).returncode == 141


def test_reports_to_files_are_written_before_the_reader_goes(tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text(story(), "utf-8")
    with unread_pipe() as writing:
        comfyc("validate", "flow.json", "--also", "json=r.json", stdout=writing, cwd=tmp_path)
    assert json.loads((tmp_path / "r.json").read_bytes())["diagnostics"]


# --- closed and full streams ----------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS, ids=FIRST_WORD)
def test_what_cannot_be_written_is_said(command: tuple[str | Path, ...]) -> None:
    with open("/dev/full", "wb") as full:
        done = comfyc(*command, stdout=full)
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: the standard output cannot be written: no space left on device\n")


def closing(*arguments: str | Path, shut: str) -> Done:
    """Run it from a shell that closes streams."""
    script = f'exec "$@" {shut}'
    return subprocess.run(
        ["sh", "-c", script, "sh", *COMMAND, *map(str, arguments)],
        capture_output=True,
        timeout=LONGEST,
        check=False,
    )


@pytest.mark.parametrize(
    ("shut", "code", "words"),
    [
        ("<&-", 0, b""),
        (">&-", 2, b"the standard output cannot be written: bad file descriptor"),
        ("2>&-", 0, b""),
        ("<&- >&- 2>&-", 2, b""),
        (">/dev/full 2>&1", 2, b""),
    ],
)
def test_closed_streams(shut: str, code: int, words: bytes) -> None:
    done = closing("convert", WORKFLOW, shut=shut)
    assert_calm(done.stderr)
    assert done.returncode == code
    assert words in done.stderr
    assert done.stdout == (EXPECTED if code == 0 else b"")


def test_nothing_is_read_from_a_closed_stdin_and_nothing_lost_with_a_closed_stderr(tmp_path: Path) -> None:
    done = closing("convert", "-", shut="<&-")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"error: the standard input cannot be read: bad file descriptor\n"
    assert closing("convert", tmp_path / "none.json", shut="2>&-").returncode == 2
    target = tmp_path / "out.json"
    assert closing("convert", WORKFLOW, "-o", target, shut="<&- >&- 2>&-").returncode == 0
    assert target.read_bytes() == EXPECTED


# --- signals --------------------------------------------------------------------------------------

GROUP, ALONE = os.killpg, os.kill
STOPS = [(GROUP, signal.SIGINT), (ALONE, signal.SIGINT), (GROUP, signal.SIGTERM), (ALONE, signal.SIGTERM)]


@pytest.mark.parametrize(("send", "number"), [*STOPS, (GROUP, signal.SIGHUP), (ALONE, signal.SIGHUP)])
def test_a_signal_in_the_middle_of_many_files(
    flows: Path, send: Callable[[int, int], None], number: int
) -> None:
    """One process is in the middle of a file that does not end: a pipe."""
    pipe = flows / "00.json"
    pipe.unlink()
    os.mkfifo(pipe)
    out = flows.parent / "out"
    process = start("convert", *sorted(flows.iterdir()), "--out-dir", out, "--jobs", "3")
    with feeding(pipe):
        send(process.pid, number)
        assert ended(process) == (128 + number, b"", b"")
    written = out.iterdir() if out.exists() else ()
    assert all(file.name[0] != "." and file.read_bytes() == EXPECTED for file in written)


@pytest.mark.parametrize(("send", "number"), [*STOPS[1:3], (GROUP, signal.SIGHUP)])
def test_a_signal_in_the_middle_of_validation(
    flows: Path, send: Callable[[int, int], None], number: int
) -> None:
    pipe = flows / "00.json"
    pipe.unlink()
    os.mkfifo(pipe)
    process = start("validate", *sorted(flows.iterdir()), "--jobs", "2", "-o", flows / "report.txt")
    with feeding(pipe):
        send(process.pid, number)
        assert ended(process) == (128 + number, b"", b"")
    assert not (flows / "report.txt").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_file_that_is_being_written_is_taken_away(tmp_path: Path, number: int) -> None:
    big = big_workflow(tmp_path, 12_000_000)
    names = [tmp_path / f"{index}.json" for index in range(8)]
    for name in names:
        name.symlink_to(big)
    out = tmp_path / "out"
    out.mkdir()
    process = start("convert", *names, "--out-dir", out, "--jobs", "2")
    while process.poll() is None:
        if any(name.startswith(".") for name in os.listdir(out)):
            break
    os.killpg(process.pid, number)
    assert ended(process)[0] == 128 + number
    assert not [name for name in os.listdir(out) if name.startswith(".")]


def test_a_process_that_is_killed_is_not_waited_for(flows: Path) -> None:
    """As the system does it when memory runs out."""
    pipe = flows / "00.json"
    pipe.unlink()
    os.mkfifo(pipe)
    process = start("validate", *sorted(flows.iterdir()), "--jobs", "2")
    with feeding(pipe):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not children.exists():
            process.kill()
            pytest.skip("the system does not tell which processes there are")
        for child in children.read_text().split():
            os.kill(int(child), signal.SIGKILL)
        code, out, err = ended(process)
    assert (code, out) == (2, b"")
    assert err.startswith(b"error: a worker process was killed\n")


def test_processes_that_cannot_be_started(flows: Path) -> None:
    resource = pytest.importorskip("resource")
    limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))  # noqa: E731 - each takes some files
    done = comfyc("validate", flows, "--jobs", "3", preexec_fn=limit)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"error: cannot start a worker process: too many open files\n")
    assert comfyc("validate", flows, "--jobs", "1", preexec_fn=limit).returncode == 0


# --- what cannot be written -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("convert", "flow.json", "-o", "folder"), "'folder' cannot be written: is a directory"),
        (("convert", "flow.json", "-o", "old.json/x.json"), "'old.json/x.json' cannot be written: "),
        (("convert", "flow.json", "--out-dir", "old.json"), "'old.json/flow.json' cannot be written: "),
        (("convert", "flow.json", "-o", "loop"), "'loop' cannot be written: too many levels"),
        (("convert", "flow.json", "-o", "/dev/full"), "'/dev/full' cannot be written: no space left"),
        (("convert", "flow.json", "-o", "x" * 300), "cannot be written: file name too long"),
        (("validate", "flow.json", "--also", "json=folder"), "'folder' cannot be written: is a directory"),
        (("convert", "flow.json", "-o", "./folder/../flow.json"), "would overwrite the workflow itself"),
        (("convert", "flow.json", "-o", "link.json"), "would overwrite the workflow itself"),
        (("validate", "flow.json", "-o", "flow.json"), "would overwrite the workflow itself"),
        (("validate", ".", "--also", "json=link.json"), "would overwrite the workflow itself"),
        (("convert", "folder"), "'folder' is a folder"),
        (("convert", "loop"), "'loop' cannot be read: too many levels"),
        (("validate", "x" * 300), "there is no file 'xxx"),
    ],
)
def test_a_place_that_will_not_do(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    shutil.copy(WORKFLOW, tmp_path / "flow.json")
    (tmp_path / "folder").mkdir()
    (tmp_path / "old.json").write_text('{"name": "old"}', "utf-8")
    (tmp_path / "link.json").symlink_to("flow.json")
    (tmp_path / "loop").symlink_to("loop")
    before = names_in(tmp_path)
    done = quick(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr.decode()
    assert names_in(tmp_path) == before
    assert (tmp_path / "flow.json").read_bytes() == WORKFLOW.read_bytes()
    assert (tmp_path / "old.json").read_text("utf-8") == '{"name": "old"}'


@pytest.mark.parametrize(
    "arguments", [("-o", "old.json"), ("-o", "link.json"), ("--out-dir", "."), ("-o", "new.json")], ids=str
)
def test_a_disk_that_is_full_leaves_the_old_file(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A limit for the size of files is as good as a full disk, and holds for everybody."""
    resource = pytest.importorskip("resource")
    (tmp_path / "in").mkdir()
    shutil.copy(WORKFLOW, tmp_path / "in" / "old.json")
    (tmp_path / "old.json").write_text("old", "utf-8")
    (tmp_path / "link.json").symlink_to("old.json")
    before = names_in(tmp_path)
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))  # noqa: E731
    done = comfyc("convert", "in/old.json", *arguments, cwd=tmp_path, preexec_fn=limit)
    assert done.returncode == 2
    assert b"cannot be written: file too large" in done.stderr
    assert names_in(tmp_path) == before
    assert (tmp_path / "old.json").read_text("utf-8") == "old"


def test_links_stay_and_what_the_shell_has_opened_is_written_in_place(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("made.json")
    assert comfyc("convert", WORKFLOW, "-o", "link.json", cwd=tmp_path).returncode == 0
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "made.json").read_bytes() == EXPECTED
    with (tmp_path / "shell.json").open("wb") as stdout:
        comfyc("convert", WORKFLOW, "-o", "/dev/stdout", stdout=stdout)
        assert os.fstat(stdout.fileno()).st_size == len(EXPECTED)


def test_two_at_the_same_time(flows: Path) -> None:
    out = flows.parent / "out"
    both = [start("convert", *sorted(flows.iterdir()), "--out-dir", out, "-q") for _ in range(2)]
    assert [ended(process) for process in both] == [(0, b"", b"")] * 2
    assert names_in(out) == names_in(flows)
    assert {file.read_bytes() for file in out.iterdir()} == {EXPECTED}


# --- what is read ---------------------------------------------------------------------------------

ODD = [b" two  words .json", b"two\nlines.json", b"no-utf-\xff.json", b"-o.json", "ü中.json".encode()]


def test_any_name_is_a_name(tmp_path: Path) -> None:
    for name in ODD:
        shutil.copy(WORKFLOW, tmp_path / os.fsdecode(name))
    done = comfyc("convert", "--out-dir", "out", "--", *ODD, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"5 of 5 files converted to out\n")
    assert sorted(map(os.fsencode, names_in(tmp_path / "out"))) == sorted(ODD)
    answers = comfyc("validate", "--format", "server", "--", *ODD, cwd=tmp_path).stdout.splitlines()
    assert [os.fsencode(json.loads(answer)["file"]) for answer in answers] == ODD
    packs = json.loads(comfyc("packs", "--json", "--", *ODD, cwd=tmp_path).stdout)["results"]
    assert [os.fsencode(each["file"]) for each in packs] == ODD


def test_half_a_surrogate_pair_is_spelt_out(tmp_path: Path) -> None:
    document = json.loads(story())
    document["nodes"].append({"id": 99, "type": "No\ud801", "mode": 0, "inputs": [], "outputs": []})
    document["nodes"][0]["title"] = title = "\ud83d é"
    file = tmp_path / "flow.json"
    file.write_text(json.dumps(document), "utf-8")
    assert title in {row["title"] for row in json.loads(comfyc("inputs", "--json", file).stdout)["results"]}
    (needed,) = json.loads(comfyc("packs", "--json", file).stdout)["results"]
    assert [list(pack["types"]) for pack in needed["packs"]] == [["No\ud801"]]


def test_a_pipe_and_the_standard_input_by_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    process = start("convert", tmp_path / "pipe")
    with feeding(tmp_path / "pipe") as writing:
        os.write(writing, WORKFLOW.read_bytes())
    assert ended(process) == (0, EXPECTED, b"")
    with WORKFLOW.open("rb") as stdin:
        assert comfyc("convert", "/dev/stdin", stdin=stdin).stdout == EXPECTED
    done = subprocess.run(
        [*COMMAND, "convert", "/dev/stdin"], input=WORKFLOW.read_bytes(), stdout=-1, check=True
    )
    assert done.stdout == EXPECTED


@pytest.mark.parametrize("path", [".", "*.json"])
def test_a_pipe_that_was_only_found_is_passed_over(tmp_path: Path, path: str) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    shutil.copy(WORKFLOW, tmp_path / "flow.json")
    done = comfyc("validate", path, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"no findings (1 file checked)\n")


def test_a_file_that_goes_away_between_listing_and_reading(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("gone.json", "here.json"):
        shutil.copy(WORKFLOW, folder / name)
    process = start("validate", "pipe", "folder", "--format", "server", cwd=tmp_path)
    with feeding(tmp_path / "pipe") as writing:
        (folder / "gone.json").unlink()
        os.write(writing, WORKFLOW.read_bytes())
    code, out, err = ended(process)
    assert code == 2
    assert [json.loads(line)["file"] for line in out.splitlines()] == ["pipe", "folder/here.json"]
    assert b"there is no file 'folder/gone.json'" in err


# --- any hash seed, any locale, any terminal ------------------------------------------------------

_CALLS = """
import json, sys
from comfyc.cli import main
for call in json.loads(sys.argv[1]):
    try:
        main(call.split())
    except SystemExit as done:
        sys.stdout.flush()
        print("==", ascii(call), done.code, flush=True)
        print("==", ascii(call), done.code, file=sys.stderr, flush=True)
"""


def outputs(calls: list[str], env: dict[str, str], cwd: Path) -> tuple[bytes, bytes]:
    """What a process gives that does many calls: both streams, with the exit codes."""
    kept = {key: value for key, value in os.environ.items() if key[:3] not in ("LC_", "LAN", "PYT")}
    done = subprocess.run(
        [sys.executable, "-c", _CALLS, json.dumps(calls)],
        capture_output=True,
        env={**kept, "PYTHONPATH": str(FIXTURES.parent), "COLUMNS": "200", **env},
        cwd=cwd,
        timeout=LONGEST,
        check=False,
    )
    assert_calm(done.stderr)
    assert done.returncode == 0
    assert done.stdout.count(b"== ") == len(calls)
    return done.stdout, done.stderr


@pytest.fixture
def rich_folder(tmp_path: Path) -> Path:
    """Files with many findings, and texts that are not ASCII."""
    for fault in ("G103", "G115"):
        shutil.copytree(FIXTURES / "faults" / fault, tmp_path / "faults" / fault)
    document = json.loads(story())
    document["nodes"][0]["title"] = "Größe 中 🦊"
    document["nodes"] += [
        {
            "id": 90 + index,
            "type": kind,
            "mode": 0,
            "inputs": [],
            "outputs": [],
            "properties": {"cnr_id": kind},
        }
        for index, kind in enumerate(("Nobody", "Knöws", "These", "Nödes"))
    ]
    (tmp_path / "flow.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    node = {"input": {"required": {"größe": ["INT"]}}, "output": [], "name": "Größe"}
    (tmp_path / "info.json").write_text(json.dumps({"Größe": node}, ensure_ascii=False), "utf-8")
    return tmp_path


CALLS = [
    "convert flow.json -v",
    "convert flow.json --set é.x=1",
    *(f"validate --format {form} --jobs 1 --statistics flow.json faults" for form in (*REPORTERS, "server")),
    "inputs flow.json",
    "inputs --json flow.json",
    "packs flow.json",
    "packs --json flow.json",
    "packs --format install flow.json",
    "catalog list",
    "catalog show Größe --object-info info.json",
    "catalog show Mühe",
    "explain N201",
]


def test_any_hash_seed_and_any_locale_will_do(rich_folder: Path) -> None:
    """The product is the same, byte for byte; messages spell out what the terminal cannot show."""
    expected = outputs(CALLS, {"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}, rich_folder)
    assert "Größe 中 🦊".encode() in expected[0]
    some, few = CALLS[:4], [*CALLS[:4], *CALLS[-2:]]
    whole = outputs(few, {"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}, rich_folder)
    assert outputs(few, {"LC_ALL": "C", "PYTHONHASHSEED": "1"}, rich_folder) == whole
    bare = {"LC_ALL": "C", "PYTHONUTF8": "0"}
    out, err = outputs(CALLS, {**bare, "PYTHONCOERCECLOCALE": "0", "PYTHONHASHSEED": "2"}, rich_folder)
    assert out == expected[0]
    assert err.isascii()
    env = {**bare, "PYTHONIOENCODING": "ascii"}
    out, err = outputs(some, {**env, "PYTHONHASHSEED": "3"}, rich_folder)
    assert expected[0].startswith(out)
    assert err.isascii()
    outputs(["--help", "nonsense"], env, rich_folder)


def on_terminal(*arguments: str, cwd: Path, env: dict[str, str]) -> str:
    """What a terminal gets that is stdout and stderr."""
    ours, theirs = os.openpty()
    variables = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    process = start(*arguments, cwd=cwd, stdout=theirs, stderr=theirs, env={**variables, **env})
    os.close(theirs)
    got = b""
    with contextlib.suppress(OSError):  # Linux: EIO when the last writer has gone
        while piece := os.read(ours, 1 << 16):
            got += piece
    os.close(ours)
    process.wait(LONGEST)
    assert_calm(got)
    return got.decode()


@pytest.mark.parametrize("command", ["validate", "convert"])
def test_escape_sequences_are_for_terminals_that_want_them(flows: Path, command: str) -> None:
    (flows / "bad.json").write_text(story(), "utf-8")
    (flows / "cut.json").write_text(story()[:500], "utf-8")
    paths = ["--out-dir", "out", *names_in(flows)] if command == "convert" else ["."]
    shown = {
        name: on_terminal(command, *paths, cwd=flows, env=env)
        for name, env in (
            ("color", {"TERM": "xterm"}),
            ("plain", {"TERM": "xterm", "NO_COLOR": "1"}),
            ("dumb", {"TERM": "dumb"}),
        )
    }
    assert "\x1b[1;31merror[W0" in shown["color"]
    assert "error[W0" in shown["plain"]
    assert "error[W0" in shown["dumb"]
    assert "\x1b" not in shown["plain"] + shown["dumb"]
    assert "22/22" in shown["color"]  # how far it is
    assert "22/22" not in shown["dumb"].replace("\r\n", "\n").split("\r")[0]


def test_quiet_and_verbose_are_about_stderr(tmp_path: Path) -> None:
    document = json.loads(story())
    document["nodes"].append({"id": 99, "type": "NobodyKnows", "mode": 0, "inputs": [], "outputs": []})
    (tmp_path / "flow.json").write_text(json.dumps(document), "utf-8")
    plain, quiet, verbose = (
        quick("convert", "flow.json", *flag, cwd=tmp_path) for flag in ((), ("-q",), ("-v",))
    )
    assert plain.returncode == quiet.returncode == verbose.returncode == 0
    assert plain.stdout == quiet.stdout == verbose.stdout
    assert json.loads(plain.stdout)
    assert b"warning[N201]" in plain.stderr
    assert quiet.stderr == b""
    assert len(verbose.stderr) >= len(plain.stderr)


# --- catalog save ---------------------------------------------------------------------------------


class Comfy(BaseHTTPRequestHandler):
    """A server whose path says how it answers."""

    NODES: ClassVar[bytes] = b'{"Node": {"input": {"required": {}}, "output": [], "name": "Node"}}'
    ANSWERS: ClassVar[dict[str, tuple[int, bytes]]] = {
        "/good": (200, NODES),
        "/gone": (404, b"no"),
        "/page": (200, b"<!doctype html><html>Sign in</html>"),
        "/short": (200, NODES),
        "/cut": (200, NODES[:-9]),
    }

    def do_GET(self) -> None:
        kind, _, what = self.path.rpartition("/")
        status, body = self.ANSWERS[kind] if what == "object_info" else (404, b"")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) + (9 if kind == "/short" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture(scope="module")
def comfy() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Comfy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_catalogue_is_saved_over_an_old_one(comfy: str, tmp_path: Path) -> None:
    (tmp_path / "info.json").write_text("old", "utf-8")
    done = comfyc("catalog", "save", f"{comfy}/good", "-o", "info.json", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"info.json: 1 node types\n")
    assert (tmp_path / "info.json").read_bytes() == Comfy.NODES
    assert names_in(tmp_path) == ["info.json"]


@pytest.mark.parametrize("kind", ["gone", "page", "short", "cut", "refused"])
def test_what_is_no_catalogue_is_not_saved(comfy: str, tmp_path: Path, kind: str) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}" if kind == "refused" else f"{comfy}/{kind}"
        (tmp_path / "info.json").write_text("old", "utf-8")
        done = quick("catalog", "save", url, "-o", "info.json", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"error: ")
    assert url.encode() in done.stderr
    assert names_in(tmp_path) == ["info.json"]
    assert (tmp_path / "info.json").read_text("utf-8") == "old"


# --- settings that are wrong ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("comfyc.toml", "strict = true\nstrikt = true\n", 2),
        ("comfyc.toml", "\n# strict\nstrict = 1\n", 3),
        ("comfyc.toml", 'strict = true\n\n[per-file-ignores]\n"a" = ["P3"]\n"*.json" = "P3"\n', 5),
        ("comfyc.toml", "strict = true\nignore = [\n", 2),
        ("comfyc.toml", "strict = true\nignore = = 1\n", 2),
        ("comfyc.toml", "strict = true\n# \udcff\n", 2),
        ("pyproject.toml", '[project]\nignore = "x"\n\n[tool.comfyc]\nignore = "x"\n', 5),
        ("pyproject.toml", "[tool]\nother = 1\ncomfyc = 3\n", 3),
    ],
)
def test_a_wrong_setting_is_told_with_its_line(tmp_path: Path, name: str, text: str, line: int) -> None:
    (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    done = quick("validate", "-", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"'{tmp_path / name}:{line}'" in done.stderr.decode()
