"""comfyc validate and comfyc schema: what is read, what is written, and the exit code."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema
import pytest

from comfyc.api import convert
from comfyc.catalog import Catalog, bundled_core
from comfyc.checks import prompt_schema, verdict
from comfyc.cli import main
from comfyc.options import DynamicPrompts, Options
from tests.discovery import FIXTURES
from tests.reports import REPORTERS

TEMPLATES = Path(str(files("comfyui_workflow_templates_json") / "templates"))
STORY = FIXTURES / "text_to_image" / "workflow.json"
NO_WORKFLOWS = ("index", "fuse_options")


@dataclass(frozen=True, slots=True)
class Result:
    """What a call of the command line gave."""

    code: int
    out: str
    err: str


Call = Callable[..., Result]


@pytest.fixture
def comfyc(capfdbinary: pytest.CaptureFixture[bytes]) -> Call:
    def call(*arguments: str | Path) -> Result:
        with pytest.raises(SystemExit) as done:
            main(list(map(str, arguments)))
        sys.stdout.flush()
        sys.stderr.flush()
        out, err = capfdbinary.readouterr()
        return Result(int(done.value.code or 0), out.decode(), err.decode())

    return call


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, and the working folder: a good workflow, a bad one, a picture, and other JSON."""
    monkeypatch.chdir(tmp_path)
    flows = tmp_path / "flows"
    (flows / "deep" / "er").mkdir(parents=True)
    shutil.copy(STORY, flows / "good.json")
    (flows / "deep" / "bad.json").write_text(json.dumps(bad(), indent=1), "utf-8")
    shutil.copy(FIXTURES / "carriers" / "image.png", flows / "deep" / "er" / "picture.png")
    (flows / "package.json").write_text('{"name": "x", "scripts": {}}', "utf-8")
    (flows / "tsconfig.json").write_text('{ // with a comment\n "compilerOptions": {} }', "utf-8")
    (flows / "plain.txt").write_text("no", "utf-8")
    for hidden in (".git", "node_modules"):
        (flows / hidden).mkdir()
        shutil.copy(flows / "deep" / "bad.json", flows / hidden / "bad.json")
    return tmp_path


def bad(**more: Any) -> Any:
    """The story with a sampler that there is not, and a size off its steps."""
    document = json.loads(STORY.read_bytes())
    for node in document["nodes"]:
        if node["type"] == "KSampler":
            node["widgets_values"][4] = "eulerr"
        if node["type"] == "EmptyLatentImage":
            node["widgets_values"][0] = 513
    return {**document, **more}


def lines(result: Result) -> list[str]:
    return result.out.splitlines()


# --- exit codes ----------------------------------------------------------------------------------


def test_a_good_file_is_silent_and_zero(comfyc: Call, folder: Path) -> None:
    assert comfyc("validate", "flows/good.json") == Result(0, "", "no findings (1 file checked)\n")


def test_a_bad_file_is_one_and_told_with_its_place(comfyc: Call, folder: Path) -> None:
    result = comfyc("validate", "flows/deep/bad.json")
    assert result.code == 1
    assert "error[P306]: value not in list: 'sampler_name' is 'eulerr'" in result.out
    assert re.search(r"--> flows/deep/bad\.json:\d+:\d+ /nodes/\d/widgets_values/4 {2}\(node 3 ", result.out)
    assert "P343" not in result.out
    assert result.err == "1 error, 1 info in 1 file (1 checked); notes are hidden (-v shows them)\n"


def test_exit_zero_is_for_findings_only(comfyc: Call, folder: Path) -> None:
    assert comfyc("validate", "--exit-zero", "flows/deep/bad.json").code == 0
    assert comfyc("validate", "--exit-zero", "flows/deep/bad.json", "flows/nothing.json").code == 2


def test_what_cannot_be_read_is_two_and_the_others_are_judged(comfyc: Call, folder: Path) -> None:
    result = comfyc("validate", "flows/nothing.json", "flows/deep/bad.json", "flows/no*.json")
    assert result.code == 2
    assert "P306" in result.out
    assert "there is no file 'flows/nothing.json'" in result.err
    assert "no file matches 'flows/no*.json'" in result.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--format", "yaml"], "there is no format 'yaml'"),
        (["--select", "P9"], "no rule has the code or name 'P9'"),
        (["--also", "sarif"], "expected FORMAT=FILE, got 'sarif'"),
        (["--also", "yaml=x"], "there is no format 'yaml'"),
        (["--object-info", "x.json", "--server", "http://127.0.0.1:1"], "cannot be used together"),
        (["--object-info", "x.json"], "there is no file 'x.json'"),
        (["--server", "http://127.0.0.1:1"], "cannot reach 'http://127.0.0.1:1'"),
    ],
)
def test_usage_is_two(comfyc: Call, folder: Path, arguments: list[str], words: str) -> None:
    result = comfyc("validate", *arguments, "flows/good.json")
    assert (result.code, result.out) == (2, "")
    assert words in result.err


# --- which files ---------------------------------------------------------------------------------


def names(result: Result) -> list[str]:
    """The files that the server's verdict was given for."""
    return [json.loads(line)["file"] for line in lines(result)]


def test_a_folder_is_searched_for_what_holds_a_workflow(comfyc: Call, folder: Path) -> None:
    result = comfyc("validate", "--format", "server", "flows")
    assert names(result) == ["flows/good.json", "flows/deep/bad.json", "flows/deep/er/picture.png"]
    assert "skipped: 2 files have no workflow: flows/package.json, flows/tsconfig.json\n" in result.err


def test_a_pattern_that_the_shell_left_is_expanded(comfyc: Call, folder: Path) -> None:
    result = comfyc("validate", "--format", "server", "flows/**/*.json", "flows/deep")
    assert names(result) == ["flows/deep/bad.json", "flows/good.json", "flows/deep/er/picture.png"]


def test_a_file_is_judged_once_and_a_name_counts_more_than_a_folder(comfyc: Call, folder: Path) -> None:
    result = comfyc("validate", "--format", "concise", "flows", "flows/package.json", "flows/deep/bad.json")
    assert [line.split(":")[0] for line in lines(result)] == ["flows/package.json", "flows/deep/bad.json"]


def test_a_file_with_a_pattern_for_a_name_is_that_file(comfyc: Call, folder: Path) -> None:
    shutil.copy(STORY, folder / "flow[1].json")
    assert names(comfyc("validate", "--format", "server", "flow[1].json")) == ["flow[1].json"]


@pytest.mark.parametrize("name", ["package.json", "tsconfig.json", "plain.txt"])
def test_a_named_file_without_a_workflow_is_an_error(comfyc: Call, folder: Path, name: str) -> None:
    assert comfyc("validate", f"flows/{name}").code == 1
    if name != "plain.txt":
        assert comfyc("validate", "--skip-others", f"flows/{name}", "flows/good.json").code == 0


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("cut.json", STORY.read_bytes()[:900], "W011"),
        ("empty.json", b"", "W007"),
        ("pointer.json", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "W009"),
        ("conflict.json", b'{"nodes": [\n<<<<<<< ours\n1\n=======\n2\n>>>>>>> theirs\n]}', "W010"),
    ],
)
def test_a_broken_workflow_is_not_passed_over(
    comfyc: Call, folder: Path, name: str, content: bytes, code: str
) -> None:
    (folder / "flows" / name).write_bytes(content)
    result = comfyc("validate", "--format", "concise", "flows")
    assert [line for line in lines(result) if f"[{code}]" in line and name in line]


def test_pictures_without_a_workflow_are_named_only_if_asked(comfyc: Call, folder: Path) -> None:
    (folder / "pictures").mkdir()
    shutil.copy(FIXTURES / "carriers" / "bare.png", folder / "pictures" / "bare.png")
    shutil.copy(STORY, folder / "pictures")
    assert comfyc("validate", "pictures").err.startswith("skipped: 1 file has no workflow\n")
    assert "bare.png" in comfyc("validate", "-v", "pictures").err


def test_the_standard_input(comfyc: Call, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(json.dumps(bad()).encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    result = comfyc("validate", "--format", "concise", "-")
    assert result.out.startswith("<stdin>:1:")
    assert result.code == 1


# --- what is written -----------------------------------------------------------------------------


@pytest.mark.parametrize("form", REPORTERS)
def test_every_format_goes_to_stdout_whole(comfyc: Call, folder: Path, form: str) -> None:
    result = comfyc("validate", "--format", form, "flows")
    assert result.code == 1
    assert "P306" in result.out
    assert "\x1b" not in result.out + result.err
    if form in ("json", "sarif"):
        assert json.loads(result.out)
    elif form == "junit":
        assert ElementTree.fromstring(result.out).get("failures") == "1"


def test_the_server_format_is_the_servers_answer_a_line_a_file(comfyc: Call, folder: Path) -> None:
    (folder / "flows" / "cut.json").write_bytes(STORY.read_bytes()[:900])
    paths = ["flows/good.json", "flows/deep/bad.json", "flows/cut.json"]
    good, wrong, cut = (json.loads(line) for line in lines(comfyc("validate", "--format", "server", *paths)))
    prompt = convert(bad()).prompt
    assert good == {
        "file": "flows/good.json",
        "http_status": 200,
        "valid": True,
        "error": None,
        "node_errors": {},
        "good_outputs": ["9"],
    }
    assert wrong == {"file": "flows/deep/bad.json", **dict(verdict(prompt, Catalog.load()))}
    assert (cut["valid"], cut["error"], cut["node_errors"], cut["good_outputs"]) == (False, None, {}, [])


def test_reports_to_files(comfyc: Call, folder: Path) -> None:
    result = comfyc(
        "validate", "flows", "-o", "out/text.txt", "--also", "sarif=out/c.sarif", "--also", "junit=out/c.xml"
    )
    assert (result.code, result.out) == (1, "")
    assert "P306" in (folder / "out" / "text.txt").read_text("utf-8")
    assert json.loads((folder / "out" / "c.sarif").read_text("utf-8"))["version"] == "2.1.0"
    assert ElementTree.parse(folder / "out" / "c.xml").getroot().tag == "testsuites"


def test_a_link_is_followed_and_stays(comfyc: Call, folder: Path) -> None:
    """As /dev/stdout is one."""
    (folder / "real.txt").write_text("before", "utf-8")
    (folder / "link.txt").symlink_to(folder / "real.txt")
    comfyc("validate", "flows", "-o", "link.txt")
    assert (folder / "link.txt").is_symlink()
    assert "P306" in (folder / "real.txt").read_text("utf-8")


def test_notes_are_for_people_who_ask_and_for_programs(comfyc: Call, folder: Path) -> None:
    path = "flows/deep/bad.json"
    assert "P343" in comfyc("validate", "-v", path).out
    assert "P343" in comfyc("validate", "--format", "json", path).out
    quiet = comfyc("validate", "-q", "--format", "json", path)
    assert {one["code"] for one in json.loads(quiet.out)["diagnostics"]} == {"P306"}
    assert quiet.err == ""


def test_selection_strictness_and_statistics(comfyc: Call, folder: Path) -> None:
    (folder / "warned.json").write_text(json.dumps(bad(version=0.3)), "utf-8")
    assert comfyc("validate", "--select", "W035", "warned.json").code == 0
    assert comfyc("validate", "--select", "W035", "--strict", "warned.json").code == 1
    assert comfyc("validate", "--ignore", "P306,value-not-in-list", "flows/deep/bad.json").code == 0
    result = comfyc("validate", "--statistics", "flows/deep", "--ignore", "info")
    assert "1  P306  value-not-in-list" in result.err


def test_titles_and_names_are_only_text(comfyc: Call, folder: Path) -> None:
    document = bad()
    for node in document["nodes"]:
        node["title"] = "\x1b[31m\n::error::injected\n"
    name = "\x1b[2Jx\n::warning::y.json"
    (folder / name).write_text(json.dumps(document), "utf-8")
    for form in REPORTERS:
        result = comfyc("validate", "--format", form, name)
        assert "\x1b" not in result.out + result.err
        assert not re.search(r"^::(?!error file=)", result.out + result.err, re.MULTILINE)


def test_what_the_queue_button_would_run(comfyc: Call) -> None:
    flow = FIXTURES / "faults" / "G142" / "open-input" / "workflow.json"
    assert comfyc("validate", flow).code == 1
    assert comfyc("validate", "--as", "queue", flow).code == 0


# --- configuration -------------------------------------------------------------------------------


def settings(place: Path, text: str, name: str = "comfyc.toml") -> None:
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(text, "utf-8")


def test_the_nearest_configuration_counts(comfyc: Call, folder: Path) -> None:
    settings(folder, '[tool.comfyc]\nignore = ["P306"]\n', "pyproject.toml")
    assert comfyc("validate", "flows/deep/bad.json").code == 0
    settings(folder / "flows" / "deep", "strict = true\n")
    assert comfyc("validate", "flows/deep/bad.json").code == 1
    settings(folder / "flows" / "deep", '[tool.comfyc]\nignore = ["P306"]\n', "pyproject.toml")
    assert comfyc("validate", "flows/deep/bad.json").code == 1  # of two in one folder comfyc.toml counts
    (folder / "flows" / "deep" / "comfyc.toml").unlink()
    settings(folder / "flows" / "deep", '[project]\nname = "x"\n', "pyproject.toml")
    assert comfyc("validate", "flows/deep/bad.json").code == 0  # it says nothing, so the one above counts


def test_flags_go_before_the_configuration(comfyc: Call, folder: Path) -> None:
    settings(folder, 'select = ["W"]\nignore = ["P343"]\n')
    assert comfyc("validate", "flows/deep/bad.json").code == 0
    result = comfyc("validate", "--select", "P", "-v", "flows/deep/bad.json")
    assert result.code == 1
    assert "P343" not in result.out


def test_settings_for_some_files_and_files_left_out(comfyc: Call, folder: Path) -> None:
    settings(folder, 'exclude = ["er/", "*.draft.json"]\n[per-file-ignores]\n"flows/deep/*" = ["P306"]\n')
    shutil.copy(folder / "flows" / "deep" / "bad.json", folder / "flows" / "x.draft.json")
    result = comfyc("validate", "--format", "server", "flows")
    assert names(result) == ["flows/good.json", "flows/deep/bad.json"]
    assert result.code == 0
    assert comfyc("validate", "flows/x.draft.json").code == 1  # named, so not left out
    assert comfyc("validate", "--skip-others", "flows/x.draft.json", "flows/good.json").code == 0


def test_a_catalogue_beside_the_configuration(comfyc: Call, folder: Path) -> None:
    entries = {name: Catalog.load().info(name) for name in ("EmptyLatentImage", "SaveImage")}
    (folder / "info.json").write_text(json.dumps(entries), "utf-8")
    settings(folder, 'object-info = "info.json"\n')
    result = comfyc("validate", "--format", "concise", "flows/good.json")
    assert "node type 'KSampler' not found" in result.out
    assert comfyc("validate", "--object-info", folder / "info.json", "flows/good.json").out != ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("strikt = true", "unknown setting 'strikt'"),
        ("strict = 1", "'strict' in '"),
        ('ignore = "P3"', "'ignore' in '"),
        ("per-file-ignores = []", "'per-file-ignores' in '"),
        ('[per-file-ignores]\n"*" = "P3"', "'*' of 'per-file-ignores'"),
        ("object-info = 5", "'object-info' in '"),
        ("strict = ", "is not valid TOML"),
        ('ignore = ["P9"]', "no rule has the code or name 'P9' (in the configuration"),
    ],
)
def test_a_wrong_configuration_is_two(comfyc: Call, folder: Path, text: str, words: str) -> None:
    settings(folder, text)
    result = comfyc("validate", "flows/good.json")
    assert (result.code, result.out) == (2, "")
    assert words in result.err


# --- many files ----------------------------------------------------------------------------------


def test_processes_change_nothing_but_the_time(comfyc: Call, tmp_path: Path) -> None:
    for index in range(20):
        text = json.dumps(bad()) if index % 3 else STORY.read_text("utf-8")
        (tmp_path / f"{index:02}.json").write_text(text, "utf-8")
    one = comfyc("validate", "--format", "json", "--jobs", "1", tmp_path)
    two = comfyc("validate", "--format", "json", "--jobs", "2", tmp_path)
    assert one == two
    assert one.code == 1


@pytest.mark.slow
def test_the_official_templates_have_no_errors_but_unknown_types(comfyc: Call) -> None:
    result = comfyc("validate", "--format", "json", "--jobs", "2", TEMPLATES)
    errors = [one for one in json.loads(result.out)["diagnostics"] if one["severity"] == "error"]
    assert {one["code"] for one in errors} <= {"P301", "P306"}  # a scheduler that a pack adds
    assert "files have no workflow" in result.err


# --- a server ------------------------------------------------------------------------------------


class Fake(BaseHTTPRequestHandler):
    """Answers as ComfyUI does: its nodes, and HEAD /view for its input files."""

    asked: list[str]
    there = ("input/sub/there.png", "output/made.png")

    def do_GET(self) -> None:
        core = Catalog.load()
        nodes = {name: core.info(name) for name in ("LoadImage", "PreviewImage")}
        answers = {"/object_info": nodes, "/node_replacements": {}}
        self.answer(200 if self.path in answers else 404, json.dumps(answers.get(self.path)).encode())

    def do_HEAD(self) -> None:
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        place = "/".join(filter(None, (query[key][0] for key in ("type", "subfolder", "filename"))))
        type(self).asked.append(place)
        self.answer(200 if place in self.there else 404, b"")

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
        pass


@contextmanager
def fake_server() -> Iterator[str]:
    Fake.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Fake)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_server_gives_the_catalogue_and_says_which_files_it_has(
    comfyc: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMFYC_CACHE_DIR", str(tmp_path / "cache"))
    wanted = ["sub/there.png", "sub/gone.png", "made.png [output]", "made.png [temp]", "../x.png"]
    prompt: dict[str, Any] = {}
    for index, name in enumerate(wanted):
        prompt[f"{index}"] = {"class_type": "LoadImage", "inputs": {"image": name}}
        prompt[f"p{index}"] = {"class_type": "PreviewImage", "inputs": {"images": [f"{index}", 0]}}
    file = tmp_path / "prompt.json"
    file.write_text(json.dumps(prompt, indent=1), "utf-8")
    with fake_server() as url:
        result = comfyc("validate", "--server", url, "--format", "json", file)
        assert Fake.asked == ["input/sub/there.png", "input/sub/gone.png", "output/made.png", "temp/made.png"]
        told = [one for one in json.loads(result.out)["diagnostics"] if one["code"] == "P307"]
        assert [one["node"] for one in told] == ["1", "3"]
        assert [one["severity"] for one in told] == ["error", "error"]
        outside = [one for one in json.loads(result.out)["diagnostics"] if one["code"] == "P350"]
        assert [one["node"] for one in outside] == ["4"]
        assert result.code == 1
        assert comfyc("validate", "--server", url, "--strict", "--assume-files", file).code == 0
    assert comfyc("validate", "--server", url, file).code == 2


# --- the schema of prompts -----------------------------------------------------------------------


def test_the_schema_of_a_catalogue_is_printed(comfyc: Call, tmp_path: Path) -> None:
    entries = {name: Catalog.load().info(name) for name in ("EmptyImage", "SaveImage")}
    (tmp_path / "info.json").write_text(json.dumps(entries), "utf-8")
    result = comfyc("schema", "prompt", "--object-info", tmp_path / "info.json")
    assert (result.code, result.err) == (0, "")
    check = jsonschema.Draft202012Validator(json.loads(result.out))
    values: dict[str, Any] = {"width": 8, "height": 8, "batch_size": 1, "color": 0}
    image = {"class_type": "EmptyImage", "inputs": values}
    save = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}
    assert check.is_valid({"1": image, "2": save})
    wrong: list[Any] = [
        {**image, "class_type": "EmptyImages"},
        {**image, "inputs": {**values, "width": 0}},
        {**image, "inputs": {"width": 8}},
        {**image, "inputs": {**values, "width": "wide"}},
    ]
    assert not any(check.is_valid({"1": one, "2": save}) for one in wrong)


def test_other_schemas_are_the_files_that_are_shipped(comfyc: Call, tmp_path: Path) -> None:
    for name in ("workflow-0.4", "workflow-1", "object_info", "diagnostics"):
        comfyc("schema", name, "-o", tmp_path / name)
        jsonschema.Draft202012Validator.check_schema(json.loads((tmp_path / name).read_text("utf-8")))
    assert comfyc("schema", "workflow-1", "--object-info", "x.json").code == 2
    assert comfyc("schema", "workflow-1", "--packs").code == 2
    assert comfyc("schema", "prompt", "--packs", "--object-info", "x.json").code == 2


@pytest.mark.slow
def test_the_schema_of_the_core_is_small_and_knows_packs_if_asked(comfyc: Call, tmp_path: Path) -> None:
    core = comfyc("schema", "prompt").out
    comfyc("schema", "prompt", "--packs", "-o", tmp_path / "all.json")
    everything = (tmp_path / "all.json").read_text("utf-8")
    assert len(core) < 1_000_000
    assert len(everything) < 11_000_000
    node = "UltimateSDUpscale"
    assert (node in core, node in everything) == (False, True)


@pytest.fixture(scope="module")
def core_schema() -> jsonschema.protocols.Validator:
    return jsonschema.Draft202012Validator(prompt_schema(bundled_core()))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_the_schema_takes_the_prompts_of_the_templates(
    core_schema: jsonschema.protocols.Validator, part: int
) -> None:
    known = bundled_core()
    sources = sorted(file for file in TEMPLATES.glob("*.json") if not file.name.startswith(NO_WORKFLOWS))
    for file in sources[2 * part :: 8]:
        document = json.loads(file.read_bytes())
        prompt: Any = convert(document, known, Options(dynamic_prompts=DynamicPrompts.FIRST)).prompt
        answer = verdict(prompt, known)
        if answer["valid"] and not answer["node_errors"]:
            assert core_schema.is_valid(prompt), file.name
