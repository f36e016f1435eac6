"""Tables about corpora: what a row says, what of a file is read for it, and that each file has one row."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
import re
import shlex
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from comfyc import ComfycError, validate
from comfyc.corpora import examine
from comfyc.corpora.addresses import CorpusFile, list_files
from comfyc.corpora.blobs import RangedBlob, front_of
from comfyc.corpora.rows import COLUMNS, Examiner
from comfyc.corpora.tables import open_table
from comfyc.engines.processes import Here, Processes
from comfyc.prompt.identity import prompt_hash
from tests import in_process
from tests.carriers import box, chunk, png
from tests.discovery import FIXTURES

FLOW = FIXTURES / "text_to_image" / "workflow.json"
PICTURE = FIXTURES / "carriers" / "image.png"
CARRIERS = sorted((FIXTURES / "carriers").iterdir())
BIG = 20 << 20


def text_chunk(key: bytes, value: bytes) -> bytes:
    return chunk(b"tEXt", key + b"\0" + value)


def pixels(size: int = BIG) -> list[bytes]:
    """What a picture library writes: chunks of 64 KiB."""
    one = chunk(b"IDAT", bytes(1 << 16))
    return [one] * (size >> 16)


class Reading:
    """A file that counts what is read of it."""

    def __init__(self, data: bytes) -> None:
        self.data, self.times, self.count = data, 0, 0

    def __call__(self, start: int, stop: int) -> bytes:
        self.times += 1
        self.count += stop - start
        return self.data[start:stop]

    def examined(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        """The row of this file, as if a file system had it."""
        fsspec = pytest.importorskip("fsspec")
        files = fsspec.filesystem("memory")
        monkeypatch.setattr(type(files), "cat_file", lambda _, name, start, end: self(start, end))
        files.store.clear()
        files.pipe("/one.bin", self.data)
        return examine("memory://one.bin")


# --- rows -----------------------------------------------------------------------------------------


def test_a_row_has_the_hash_of_the_prompt_that_the_browser_exported() -> None:
    prompt = json.loads((FLOW.parent / "prompt.json").read_text("utf-8"))
    bare = {ident: {k: v for k, v in node.items() if k != "_meta"} for ident, node in prompt.items()}
    spelt = json.dumps(bare, sort_keys=True, separators=(",", ":"))
    row = examine(str(FLOW))
    assert row["prompt_hash"] == hashlib.sha256(spelt.encode()).hexdigest()
    assert row["node_types"] == sorted({node["class_type"] for node in prompt.values()})
    assert (row["state"], row["verdict"], row["errors"]) == ("ok", "accepted", 0)
    assert "checkpoints/v1-5-pruned-emaonly-fp16.safetensors" in row["models"]
    assert row["size"] == FLOW.stat().st_size
    assert list(row) == list(COLUMNS)


def test_what_a_server_would_run_makes_the_hash() -> None:
    prompt = {"1": {"class_type": "A", "inputs": {"x": 1, "y": [2]}}, "2": {"class_type": "B", "inputs": {}}}
    other = {
        "2": {"inputs": {}, "class_type": "B", "_meta": {"title": "named"}},
        "1": {"inputs": {"y": [2], "x": 1}, "class_type": "A"},
    }
    changed = json.loads(json.dumps(prompt).replace('"x": 1', '"x": 2'))
    assert prompt_hash(prompt) == prompt_hash(other) != prompt_hash(changed)


@pytest.mark.parametrize(
    ("name", "text", "state", "codes"),
    [
        ("flow.json", None, "ok", []),
        ("typo.json", FLOW.read_text("utf-8").replace("KSampler", "NoSampler"), "errors", ["P301"]),
        ("package.json", '{"name": "a package"}', "no workflow", ["W002"]),
        ("clip.gif", "GIF89a", "no workflow", ["W014"]),
        ("half.json", '{"nodes": [', "unreadable", ["W011"]),
    ],
)
def test_states(tmp_path: Path, name: str, text: str | None, state: str, codes: list[str]) -> None:
    (tmp_path / name).write_text(FLOW.read_text("utf-8") if text is None else text, "utf-8")
    row = examine(str(tmp_path / name))
    assert row["state"] == state
    assert set(codes) <= set(row["codes"])
    assert bool(row["reason"]) == (state != "ok")
    assert bool(row["prompt_hash"]) == (state in ("ok", "errors"))


def test_what_cannot_be_read_is_a_row_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = examine(str(tmp_path / "gone.json"))
    assert (row["state"], row["size"]) == ("unreadable", None)
    assert "there is no file" in row["reason"]
    monkeypatch.setattr("comfyc.corpora.rows.validate_parsed", lambda *_, **__: 1 // 0)
    row = examine(str(FLOW))
    assert (row["state"], row["reason"][:33]) == ("unreadable", "comfyc failed: ZeroDivisionError:")


def test_a_moment_does_not_change_the_hash(tmp_path: Path) -> None:
    path = tmp_path / "dated.json"
    text = FLOW.read_text("utf-8")
    assert '"ComfyUI"' in text
    path.write_text(text.replace('"ComfyUI"', '"%date:hhmmssSSS%{a|b|c|d|e|f}"'), "utf-8")
    assert len({examine(str(path))["prompt_hash"] for _ in range(4)}) == 1


def test_what_utf8_cannot_hold_is_spelt(tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    prompt = {"1": {"class_type": "\ud800", "inputs": {}}}
    path.write_text(json.dumps(prompt), "utf-8")
    assert examine(str(path))["node_types"] == ["\\ud800"]


# --- what is read -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", CARRIERS, ids=lambda path: path.name)
def test_the_front_of_a_file_says_what_the_whole_says(path: Path) -> None:
    whole = validate(path)
    row = examine(str(path))
    codes = {one.rule.code for one in whole.diagnostics}
    assert row["prompt_hash"] == prompt_hash(whole.conversion.prompt)
    assert set(row["codes"]) == codes - {"W016"}, "only that the pixels are damaged is not seen"


def test_of_a_large_picture_only_the_front_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = FLOW.read_bytes()
    reading = Reading(png(text_chunk(b"prompt", b"{}"), text_chunk(b"workflow", text), *pixels()))
    row = reading.examined(monkeypatch)
    assert (row["state"], row["container"], row["size"]) == ("ok", "png", len(reading.data))
    assert (reading.times, reading.count) == (1, 1 << 17)


def test_a_text_behind_the_pixels_is_found_in_few_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading(png(*pixels(), text_chunk(b"workflow", FLOW.read_bytes())))
    assert reading.examined(monkeypatch)["state"] == "ok"
    assert reading.times <= 24
    assert reading.count <= 3 * len(reading.data)


def test_the_frames_of_a_video_are_leapt_over(monkeypatch: pytest.MonkeyPatch) -> None:
    video = (FIXTURES / "carriers" / "buffered.mp4").read_bytes()
    length = int.from_bytes(video[:4], "big")
    reading = Reading(video[:length] + box(b"free", bytes(BIG)) + video[length:])
    row = reading.examined(monkeypatch)
    assert (row["state"], row["container"]) == ("ok", "mp4")
    assert reading.count < 1 << 19


def test_a_web_server_that_knows_no_ranges_will_do() -> None:
    data = bytes(range(256)) * 4096
    blob = RangedBlob(lambda start, stop: data, len(data))
    assert [blob[0:4], blob[900_001:900_005]] == [data[0:4], data[900_001:900_005]]
    assert front_of(blob) is blob


def test_slices_are_those_of_bytes() -> None:
    data = os.urandom(3 << 18)
    blob = RangedBlob(lambda start, stop: data[start:stop], len(data))
    spans = [(0, 8), (4, 90), (1 << 17, (1 << 17) + 9), (0, 1 << 19), (len(data) - 3, len(data) + 9), (9, 2)]
    assert [blob[start:stop] for start, stop in spans] == [data[start:stop] for start, stop in spans]


# --- addresses ------------------------------------------------------------------------------------


def filled(names: Sequence[str]) -> Any:
    fsspec = pytest.importorskip("fsspec")
    files = fsspec.filesystem("memory")
    files.store.clear()
    for name in names:
        files.pipe(f"/{name}", FLOW.read_bytes())
    return files


def test_patterns_and_folders() -> None:
    filled(
        ["hub/a.json", "hub/b/c.png", "hub/b/d/e.json", "hub/.git/f.json", "hub/notes.txt", "other/g.json"]
    )
    listed = {
        pattern: [found.address for found in list_files([f"memory://{pattern}"])]
        for pattern in ("hub", "hub/*.json", "hub/**/*.json", "hub/*/*.png", "hub/a.json")
    }
    assert listed == {
        "hub": ["memory:///hub/a.json", "memory:///hub/b/c.png", "memory:///hub/b/d/e.json"],
        "hub/*.json": ["memory:///hub/a.json"],
        "hub/**/*.json": ["memory:///hub/a.json", "memory:///hub/b/d/e.json"],
        "hub/*/*.png": ["memory:///hub/b/c.png"],
        "hub/a.json": ["memory:///hub/a.json"],
    }
    assert {found.size for found in list_files(["memory://hub"])} == {FLOW.stat().st_size}


def test_a_file_that_two_addresses_lead_to_comes_once() -> None:
    filled(["hub/a.json", "hub/b.json"])
    both = ["memory://hub/*.json", "memory://hub/a.json", "memory://hub"]
    assert len(list(list_files(both))) == 2


def test_files_in_an_archive(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    import zipfile  # noqa: PLC0415

    with zipfile.ZipFile(tmp_path / "flows.zip", "w") as archive:
        archive.write(FLOW, "in/one.json")
        archive.write(PICTURE, "in/two.png")
    found = list(list_files([f"zip://in/*::file://{tmp_path}/flows.zip"]))
    assert [one.address.partition("::")[0] for one in found] == ["zip://in/one.json", "zip://in/two.png"]
    assert [examine(one.address)["state"] for one in found] == ["ok", "ok"]


def test_addresses_that_lead_nowhere() -> None:
    filled([])
    for address in ("memory://none/*.json", "memory://none.json", "nosuch://x/y.json"):
        with pytest.raises(ComfycError):
            list(list_files([address]))


# --- tables ---------------------------------------------------------------------------------------


def rows_of(count: int) -> list[dict[str, Any]]:
    blank = Examiner().blank(CorpusFile("x"))
    return [{**blank, "address": f"{at}.json", "codes": ["W001", 'a "b", c']} for at in range(count)]


def test_lines_and_cells_have_what_the_rows_have(tmp_path: Path) -> None:
    rows = rows_of(3)
    for name in ("t.jsonl", "t.csv"):
        with open_table(tmp_path / name) as table:
            table.add(rows[:2])
            table.add(rows[2:])
    lines = (tmp_path / "t.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == rows
    with open(tmp_path / "t.csv", encoding="utf-8", newline="") as file:
        cells = list(csv.DictReader(file))
    assert [json.loads(one["codes"]) for one in cells] == [one["codes"] for one in rows]
    assert [one["address"] for one in cells] == [one["address"] for one in rows]


@pytest.mark.engine
def test_parquet_is_written_in_groups(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [{**one, "modified": 1.5, "prompt": "{}"} for one in rows_of(12_000)]
    with open_table(tmp_path / "t.parquet", "prompt") as table:
        table.add(rows)
    file = parquet.ParquetFile(tmp_path / "t.parquet")
    assert [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)] == [5000, 5000, 2000]
    read = file.read().to_pylist()
    assert [one["address"] for one in read] == [one["address"] for one in rows]
    assert (read[0]["codes"], read[0]["modified"].timestamp(), read[0]["prompt"]) == (
        rows[0]["codes"],
        1.5,
        "{}",
    )


def test_a_table_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("old", "utf-8")
    no_row: dict[str, Any] = {}
    with pytest.raises(KeyError), open_table(path) as table:  # noqa: PT012 - it is left by the exception
        table.add(rows_of(5))
        table.add([no_row])
    assert path.read_text("utf-8") == "old"
    assert os.listdir(tmp_path) == ["t.csv"]


# --- engines ------------------------------------------------------------------------------------


def double(item: int) -> int:
    """Doubles; a process dies of 13, and once of 21."""
    if item == 13 or (item == 21 and not os.environ.pop("SPARED", None)):
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * item


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed as on Unix")
def test_each_item_has_one_result_whoever_dies() -> None:
    batches = [range(at, at + 5) for at in range(0, 50, 5)]
    with Processes(double, 2) as pool:
        results = list(pool.map(batches, lambda item: -item))
    expected = [2 * item for item in range(50)]
    expected[13], expected[21] = -13, -21
    assert [one for batch in results for one in batch] == expected
    assert [len(batch) for batch in results] == [5] * 10


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed as on Unix")
def test_who_does_not_say_what_is_lost_hears_of_it() -> None:
    with Processes(double, 2) as pool, pytest.raises(ComfycError, match="a worker process was killed"):
        list(pool.map([[1], [13]]))


def test_no_more_than_a_few_batches_are_held() -> None:
    taken = 0

    def batches() -> Any:
        nonlocal taken
        for at in range(500):
            taken = at
            yield [0, 100 + at]

    with Processes(double, 2) as pool:
        for number, _ in enumerate(pool.map(batches())):
            assert taken <= number + 12


def last_of_all(item: tuple[int, str]) -> int:
    """The number, of the first one when the file is there that the last of those beside it has written."""
    number, file = item
    if number == 7:
        Path(file).touch()
    while number == 0 and not os.path.exists(file):
        time.sleep(0.001)
    return number


def test_a_batch_that_takes_longer_than_all_that_may_be_held_ends_nothing(tmp_path: Path) -> None:
    file = str(tmp_path / "file")
    with Processes(last_of_all, 2) as pool:
        results = list(pool.map([(number, file)] for number in range(20)))
    assert results == [[number] for number in range(20)]


# --- the command ------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.json", "b.json", "in/c.json"):
        (tmp_path / "flows" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "flows" / name).write_bytes(FLOW.read_bytes())
    (tmp_path / "flows" / "z.png").write_bytes(PICTURE.read_bytes())
    return tmp_path


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_row_for_each_file_of_a_folder(folder: Path) -> None:
    done = in_process.comfyc("validate", "flows", "--engine", "cores", "-o", "t.jsonl", cwd=folder)
    assert (done.code, done.out, done.err) == (0, "", "4 files in t.jsonl: 4 ok\n")
    rows = lines(folder / "t.jsonl")
    assert [one["address"] for one in rows] == [
        "flows/a.json",
        "flows/b.json",
        "flows/z.png",
        "flows/in/c.json",
    ]
    assert Counter(one["prompt_hash"] for one in rows).most_common(1)[0][1] == 3


def test_the_three_commands_agree_and_convert_adds_the_prompt(folder: Path) -> None:
    tables = {}
    for command in ("convert", "validate", "needs"):
        done = in_process.comfyc(command, "flows", "--engine", "cores", "-o", f"{command}.jsonl", cwd=folder)
        assert done.code == 0
        tables[command] = [{**one, "seconds": 0} for one in lines(folder / f"{command}.jsonl")]
    prompts = [json.loads(one.pop("prompt")) for one in tables["convert"]]
    assert tables["convert"] == tables["validate"] == tables["needs"]
    assert prompts[0] == json.loads((FLOW.parent / "prompt.json").read_text("utf-8"))


@pytest.mark.parametrize("kept", [slice(0, -1), slice(0, 0)])
def test_a_table_that_lacks_rows_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch, kept: slice) -> None:
    def lossy(engine: Here[Any, Any], batches: Any, lost: Any) -> Any:
        yield [engine._work(item) for item in next(iter(batches))][kept]

    monkeypatch.setattr(Here, "map", lossy)
    monkeypatch.setattr("comfyc.cli.work.tabulate._BATCH", 4 if kept.stop else 2)
    flags = ("validate", "flows", "--jobs", "1", "--engine", "cores", "-o", "t.csv", "--allow-empty")
    done = in_process.comfyc(*flags, cwd=folder)
    assert (done.code, (folder / "t.csv").exists()) == (2, False)


def test_bad_files_make_the_exit_code(folder: Path) -> None:
    (folder / "flows" / "bad.json").write_text('{"nodes": [', "utf-8")
    flags = ("validate", "flows", "--engine", "cores", "-o", "t.csv")
    assert in_process.comfyc(*flags, cwd=folder).code == 1
    assert in_process.comfyc(*flags, "--exit-zero", cwd=folder).code == 0


def test_addresses_are_for_tables(folder: Path) -> None:
    filled(["hub/a.json", "hub/b.json"])
    refused = in_process.comfyc("validate", "memory://hub/a.json", cwd=folder)
    assert (refused.code, "is an address" in refused.err) == (2, True)
    done = in_process.comfyc(
        "validate", "memory://hub/**", "flows", "-o", "t.jsonl", "--jobs", "1", cwd=folder
    )
    assert done.code == 0, done.err
    assert len(lines(folder / "t.jsonl")) == 6


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("validate", "flows", "--engine", "cores"), "pass -o FILE"),
        (("validate", "flows", "--engine", "spark://x", "-o", "t.csv"), "is no engine"),
        (("validate", "flows", "--engine", "cores", "-o", "t.txt"), "is no name of a table"),
        (("validate", "flows", "-o", "t.parquet", "--fix"), "--fix cannot be used"),
        (
            ("convert", "flows", "--engine", "cores", "-o", "t.csv", "--set", "3.steps=1"),
            "--set cannot be used",
        ),
        (("needs", "flows", "-o", "t.txt"), "is no name of a table"),
        (("needs", "-", "-o", "t.csv"), "the standard input is no file"),
        (("validate", "gone/*.json", "--engine", "cores", "-o", "t.csv"), "no file matches"),
        (("validate", "empty", "--engine", "cores", "-o", "t.csv"), "no file was found"),
    ],
)
def test_what_cannot_be_a_table(folder: Path, arguments: tuple[str, ...], part: str) -> None:
    (folder / "empty").mkdir()
    done = in_process.comfyc(*arguments, cwd=folder)
    assert (done.code, part in done.err) == (2, True), done.err
    assert sorted(os.listdir(folder)) == ["empty", "flows"]


@pytest.mark.parametrize(
    "arguments",
    [("validate", "flows", "-o", "t.csv"), ("run", "flows/a.json", "--grid", "3.steps=1..2", "-d", "out")],
)
def test_dask_has_to_be_there(
    folder: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comfyc.engines.find_spec", lambda name: None)
    done = in_process.comfyc(*arguments, "--engine", "dask://127.0.0.1:1", cwd=folder)
    assert (done.code, "pip install 'comfyc[dask]'" in done.err) == (2, True)
    assert os.listdir(folder) == ["flows"]


def test_other_outputs_stay_what_they_are(folder: Path) -> None:
    assert in_process.comfyc("validate", "flows", "--format", "server", "-o", "v.jsonl", cwd=folder).code == 0
    assert [one["valid"] for one in lines(folder / "v.jsonl")] == [True] * 4
    assert in_process.comfyc("convert", "flows/a.json", "-o", "p.csv", cwd=folder).code == 0
    assert json.loads((folder / "p.csv").read_text("utf-8"))["3"]["class_type"] == "KSampler"


# --- docs/corpora.md --------------------------------------------------------------------------------

PAGE = (FIXTURES.parent / "docs" / "corpora.md").read_text("utf-8")


def block(language: str) -> str:
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL))


def test_the_columns_are_documented() -> None:
    rows = re.findall(r"^\| (`.*?) \| ", PAGE, re.MULTILINE)
    assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == [*COLUMNS, "prompt"]


def test_the_commands_of_the_page(folder: Path) -> None:
    commands = re.findall(r"^comfyc .*?(?= *#|$)", block("sh"), re.MULTILINE)
    assert len(commands) == 5
    for command in commands:
        local = re.sub(r"'\w+://.*?'|flows/", "flows", command)
        local = re.sub(r"(--engine \S+ )?-o table.parquet", "--engine cores -o table.jsonl", local)
        assert in_process.comfyc(*shlex.split(local)[1:], cwd=folder).code == 0
        assert len(lines(folder / "table.jsonl")) == 4


def test_the_query_of_the_page() -> None:
    rows = [examine(str(path)) for path in (FLOW, FLOW, PICTURE)]
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.execute('create table "table.parquet" (address, verdict, packs, prompt_hash)')
        cells = [(row["address"], row["verdict"], str(row["packs"]), row["prompt_hash"]) for row in rows]
        database.executemany('insert into "table.parquet" values (?, ?, ?, ?)', cells)
        found = database.execute(block("sql")).fetchall()
    assert found == [(str(FLOW), 2, "[]"), (str(PICTURE), 1, "[]")]


@pytest.mark.engine
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_the_example_for_ray(folder: Path) -> None:
    ray = pytest.importorskip("ray")
    parquet = pytest.importorskip("pyarrow.parquet")
    names: dict[str, Any] = {}
    exec(block("python"), names)
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    try:
        names["table"]([str(path) for path in sorted((folder / "flows").glob("*.*"))], str(folder / "out"))
    finally:
        ray.shutdown()
    assert parquet.read_table(folder / "out")["state"].to_pylist() == ["ok"] * 3
