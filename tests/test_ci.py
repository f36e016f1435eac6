"""What is offered for CI, run as it is written: the Action, the hook, the lines of docs/ci.md."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from comfyc.cli.settings.configuration import Configurations
from scripts.pin_action import wanted
from tests.patience import LONGEST

ROOT = Path(__file__).resolve().parents[1]
STORY = ROOT / "fixtures" / "text_to_image" / "workflow.json"
ACTION = (ROOT / "action.yml").read_text("utf-8")
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
BASH = shutil.which("bash")

INSTALLED = """#!/bin/sh
case "$2" in {root}/action/*.py) exec "{python}" "$@" ;; esac
[ "$1 $2 $3" = "-I -m comfyc" ] || exit 99
shift 3
exec "{python}" -I -c 'import sys
sys.path.insert(0, "{root}/converter")
from comfyc.__main__ import main
main()' "$@"
"""
"""Stands for the Python of an environment in which this version of comfyc is installed."""

MODULES = (
    *("venv", "pip", "ensurepip", "comfyc", "hatchling", "typer", "httpcore", "jsonschema"),
    *("sitecustomize", "usercustomize", "json", "os", "re", "subprocess", "multiprocessing", "encodings"),
)

pytestmark = [pytest.mark.slow, pytest.mark.skipif(BASH is None, reason="there is no bash")]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder with a good workflow, a bad one and other JSON, and a Python that has comfyc."""
    flows = tmp_path / "workflows"
    flows.mkdir()
    shutil.copy(STORY, flows / "good.json")
    document = json.loads(STORY.read_bytes())
    for node in document["nodes"]:
        if node["type"] == "KSampler":
            node["widgets_values"][4] = "eulerr"
    (flows / "bad one.json").write_text(json.dumps(document, indent=1), "utf-8")
    (flows / "package.json").write_text("{}", "utf-8")
    for place in ("bin", "comfyc/bin"):
        (tmp_path / place).mkdir(parents=True)
        command = tmp_path / place / "python"
        command.write_text(INSTALLED.format(python=sys.executable, root=ROOT), "utf-8")
        command.chmod(0o755)
    return tmp_path


def step(name: str) -> str:
    """The script of a step of the Action."""
    found = re.search(rf"- name: {name}\n.*?run: \|\n(.*?)(?=\n    - name:|\Z)", ACTION, re.DOTALL)
    assert found is not None
    return textwrap.dedent(found[1])


def defaults() -> dict[str, str]:
    """The variables of the validating step, with the defaults of the inputs that they take."""
    variables = dict(re.findall(r"(COMFYC_\w+): \$\{\{ inputs\.([\w-]+) \}\}", ACTION))
    given = dict(
        re.findall(
            r'^  ([\w-]+):\n    description: [^\n]*\n    default: (?:"([^"]*)"|\$)', ACTION, re.MULTILINE
        )
    )
    return {name: given[source] for name, source in variables.items()}


def run_step(
    repository: Path, name: str = "Validate", **variables: str
) -> tuple[subprocess.CompletedProcess[str], str, str]:
    """Run a step as GitHub's runner does, by default the validating one: the process, its outputs, and the
    summary page."""
    places = {name: repository / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for place in places.values():
        place.write_text("")
    script = repository / "step.sh"
    script.write_text(step(name), "utf-8")
    environment = {
        **os.environ,
        **defaults(),
        **{variable: str(place) for variable, place in places.items()},
        "RUNNER_TEMP": str(repository),
        "COMFYC_ACTION": str(ROOT),
        **variables,
    }
    done = run_bash(script, repository, environment)
    return done, places["GITHUB_OUTPUT"].read_text(), places["GITHUB_STEP_SUMMARY"].read_text()


def run_bash(script: Path, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a script with the options of GitHub's runner."""
    command = [str(BASH), "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def hostile(repository: Path) -> Path:
    """The repository with modules that write "ran" into a file when they are imported, and a pip.conf."""
    for name in MODULES:
        (repository / f"{name}.py").write_text(f"open({str(repository / 'ran')!r}, 'a').write('{name} ')\n")
    (repository / "pip.conf").write_text("[install]\nrequire-virtualenv = maybe\n")
    return repository


HOSTILE_VARIABLES = {"PYTHONPATH": ".", "PYTHONSTARTUP": "json.py", "PIP_CONFIG_FILE": "pip.conf"}


def test_a_checkout_runs_nothing_in_the_action(
    hostile: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The whole installing step, up to the packages, of which an empty index has none."""
    temporary, index = tmp_path_factory.mktemp("runner"), tmp_path_factory.mktemp("index")
    script = temporary / "install.sh"
    script.write_text(step("Install comfyc"), "utf-8")
    environment = {
        **os.environ,
        **HOSTILE_VARIABLES,
        "RUNNER_TEMP": str(temporary),
        "COMFYC_ACTION": str(ROOT),
        "COMFYC_PYTHON": sys.executable,
        "PIP_INDEX_URL": index.as_uri(),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": "",
        "PIP_PYTHON": str(hostile / "bin" / "python"),
    }
    installing = run_bash(script, hostile, environment)
    assert "No matching distribution found for" in installing.stderr
    assert (temporary / "comfyc" / "pyvenv.cfg").is_file()
    done, outputs, _ = run_step(hostile, **HOSTILE_VARIABLES, COMFYC_PATHS="workflows")
    assert (done.returncode, outputs) == (1, "exit-code=1\n")
    assert "P306" in done.stdout
    assert not (hostile / "ran").exists()


def test_a_checkout_runs_nothing_in_the_hook(hostile: Path) -> None:
    done = run_hook(hostile, "--", "workflows/bad one.json", variables=HOSTILE_VARIABLES)
    assert (done.returncode, "P306" in done.stdout) == (1, True)
    assert not (hostile / "ran").exists()


def test_other_processes_import_nothing_from_the_working_folder(hostile: Path) -> None:
    """Processes that are no forks, as on macOS and Windows: each begins in a new Python."""
    for number in range(40):
        shutil.copy(STORY, hostile / "workflows" / f"{number}.json")
    command = hostile / "bin" / "comfyc.py"
    command.write_text(
        f"import sys\nsys.path[0] = {str(ROOT)!r}\n"
        "if __name__ == '__main__':\n"
        "    import multiprocessing\n"
        "    multiprocessing.get_all_start_methods = lambda: ['spawn']\n"
        "    from comfyc.__main__ import main\n"
        "    main()\n"
    )
    words = [sys.executable, str(command), "validate", "--jobs", "2", "workflows"]
    done = subprocess.run(words, cwd=hostile, capture_output=True, text=True, check=False, timeout=LONGEST)
    assert (done.returncode, "(42 checked)" in done.stderr) == (1, True)
    assert not (hostile / "ran").exists()


def test_what_the_action_installs_has_hashes_and_is_what_comfyc_wants() -> None:
    requirements = (ROOT / "action" / "requirements.txt").read_text("utf-8")
    pinned = re.findall(
        r"^([a-z0-9-]+)==[^\n]*\\\n    --hash=sha256:[0-9a-f]{64}", requirements, re.MULTILINE
    )
    assert pinned == re.findall(r"^([^\s#=]+)", requirements, re.MULTILINE)
    assert {re.split(r"[^\w-]", one)[0] for one in wanted()} <= set(pinned)


def test_links_of_the_checkout_lead_the_action_nowhere(repository: Path) -> None:
    elsewhere = repository.parent / "elsewhere"
    shutil.copytree(repository / "workflows", elsewhere)
    before = sorted(elsewhere.iterdir())
    (repository / "out").symlink_to(elsewhere)
    (repository / "inside").symlink_to("workflows")
    (repository / "link.sarif").symlink_to(elsewhere / "file")
    (repository / "link.json").symlink_to("workflows/good.json")
    for place in (
        "out/comfyc.sarif",
        "link.sarif",
        f"{repository}/out/x.sarif",
        "./inside/x/y.sarif",
        "link.json",
    ):
        done, outputs, _ = run_step(repository, COMFYC_SARIF=place)
        assert (done.returncode, outputs) == (2, "exit-code=2\n")
        assert "::error title=comfyc::A path or the sarif-file leads over" in done.stdout
    done, outputs, _ = run_step(repository, COMFYC_BASELINE="out/known.json")
    assert (done.returncode, outputs) == (2, "exit-code=2\n")
    for place in ("out", "./out/", "out/*.json", "out/bad one.json", f"{repository}/out", "workflows/../out"):
        done, outputs, _ = run_step(repository, COMFYC_PATHS=f"workflows\n{place}")
        assert (done.returncode, outputs, "P306" in done.stdout) == (2, "exit-code=2\n", False)
    assert sorted(elsewhere.iterdir()) == before
    for place in ("inside", str(elsewhere), "../elsewhere"):  # what the job itself names is trusted
        done, outputs, _ = run_step(repository, COMFYC_PATHS=place)
        assert (done.returncode, "P306" in done.stdout) == (1, True)


def test_the_action_annotates_and_fails(repository: Path) -> None:
    done, outputs, summary = run_step(repository)
    assert done.returncode == 1
    assert re.match(r"::error file=workflows/bad one\.json,line=\d+,col=\d+,title=P306 ", done.stdout)
    assert outputs == "exit-code=1\n"
    assert summary.startswith("### comfyc: 1 error in 1 file (2 checked)")


def test_the_actions_inputs_reach_the_command(repository: Path) -> None:
    done, outputs, summary = run_step(
        repository,
        COMFYC_PATHS="workflows/good.json\n\nworkflows/bad one.json\r\n",
        COMFYC_SARIF="out/comfyc.sarif",
        COMFYC_IGNORE="P306",
        COMFYC_SUMMARY="false",
        COMFYC_STRICT="true",
        COMFYC_ASSUME_FILES="true",
    )
    assert (done.returncode, done.stdout, outputs, summary) == (0, "", "exit-code=0\n", "")
    assert json.loads((repository / "out" / "comfyc.sarif").read_text("utf-8"))["version"] == "2.1.0"
    assert run_step(repository, COMFYC_EXIT_ZERO="true")[0].returncode == 0
    assert run_step(repository, COMFYC_SELECT="P302")[0].returncode == 0
    assert run_step(repository, COMFYC_OBJECT_INFO="none.json")[1] == "exit-code=2\n"
    assert "no baseline 'none.json'" in run_step(repository, COMFYC_BASELINE="none.json")[0].stderr
    assert "git" in run_step(repository, COMFYC_SINCE="--none")[0].stderr


def test_the_action_fails_on_nothing_unless_it_is_allowed(repository: Path) -> None:
    (repository / "empty").mkdir()
    for paths in ("", "\n\r\n", "empty", "none/*.json"):
        done, outputs, _ = run_step(repository, COMFYC_PATHS=paths)
        assert (done.returncode, outputs) == (2, "exit-code=2\n")
        assert "error" in done.stdout + done.stderr
        allowed, outputs, _ = run_step(repository, COMFYC_PATHS=paths, COMFYC_ALLOW_EMPTY="true")
        assert (allowed.returncode, outputs) == (0, "exit-code=0\n")


def test_no_input_of_the_action_is_pasted_into_a_script() -> None:
    for name in ("Install comfyc", "Validate", "Compare"):
        assert "${{" not in step(name)


class FakeComments(BaseHTTPRequestHandler):
    """The comments of a pull request, as GitHub's API has them."""

    comments: ClassVar[list[dict[str, Any]]] = []
    asked: ClassVar[list[tuple[str, str]]] = []

    def answer(self) -> None:
        self.asked.append((self.command, self.path))
        size = int(self.headers.get("Content-Length") or 0)
        sent = json.loads(self.rfile.read(size)) if size else {}
        number = self.path.rpartition("/")[2]
        assert self.headers["Authorization"] == "Bearer secret"
        found: Any = self.comments if self.path.endswith("page=1") else []
        if self.command == "POST":
            own = {"url": f"http://127.0.0.1:{self.server.server_port}/comments/{len(self.comments)}"}  # type: ignore[attr-defined]
            self.comments.append({**sent, **own, "user": {"type": "Bot"}})
        elif self.command == "PATCH":
            self.comments[int(number)].update(sent)
        data = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = answer  # noqa: N815 - the names of http.server

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_the_action_says_on_the_pull_request_what_has_changed(repository: Path) -> None:
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "workflows"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    event = repository / "event.json"
    event.write_text('{"pull_request": {"number": 7}}', "utf-8")
    FakeComments.comments = [{"body": "mine", "user": {"type": "User"}, "url": "none"}]
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeComments)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    variables = {
        "COMFYC_COMPARE": "HEAD",
        "COMFYC_COMMENT": "true",
        "COMFYC_TOKEN": "secret",
        "GITHUB_API_URL": f"http://127.0.0.1:{server.server_port}",
        "GITHUB_REPOSITORY": "a/b",
        "GITHUB_EVENT_PATH": str(event),
    }
    flow = repository / "workflows" / "good.json"
    try:
        done, _, summary = run_step(repository, "Compare", **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "No workflow has changed in meaning" in summary
        flow.write_text(flow.read_text("utf-8").replace("1234", "4321"), "utf-8")
        done, _, summary = run_step(repository, "Compare", **variables)
        assert "| KSampler (3) | seed | 1234 | 4321 |" in summary
    finally:
        server.shutdown()
        server.server_close()
    _, comment = FakeComments.comments
    assert comment["body"].startswith("<!-- comfyc diff -->\n### workflows/good.json")
    assert [method for method, _ in FakeComments.asked if method != "GET"] == ["POST", "PATCH"]
    done, _, _ = run_step(repository, "Compare", **variables)
    assert done.returncode == 1
    assert "pull-requests: write" in done.stdout
    done, _, _ = run_step(repository, "Compare", **{**variables, "COMFYC_COMPARE": "--none"})
    assert done.returncode == 2
    event.write_text("{}", "utf-8")
    done, _, _ = run_step(repository, "Compare", **variables)
    assert (done.returncode, done.stdout) == (0, "comfyc: there is no pull request to comment on\n")


def test_a_path_of_the_action_is_no_flag_and_no_command(repository: Path) -> None:
    done, _, _ = run_step(repository, COMFYC_PATHS="--exit-zero\n$(touch pwned)\n`touch pwned`")
    assert done.returncode == 2
    assert not (repository / "pwned").exists()


def test_the_hook_skips_what_is_no_workflow(repository: Path) -> None:
    names = sorted(str(file.relative_to(repository)) for file in (repository / "workflows").iterdir())
    done = run_hook(repository, "--assume-files", *names)
    assert done.returncode == 1
    assert "bad one.json" in done.stdout
    assert "package.json" in done.stderr


def test_the_hook_passes_a_commit_without_workflows(repository: Path) -> None:
    done = run_hook(repository, "workflows/package.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert run_hook(repository).returncode == 1  # no files: the folder, as pass_filenames: false gives


HOSTILE_NAMES = ("--output=x.json", "--server=127.0.0.1:9", "-ox.json", "--also=json=x.json", "--exit-zero")


def test_file_names_are_no_options_of_the_hook(repository: Path) -> None:
    assert set(re.findall(r"^  args: (\[.*?\])", HOOKS, re.MULTILINE)) == {'["--"]'}
    names = [*HOSTILE_NAMES, "x.json", "-"]
    for name in names:
        shutil.copy(repository / "workflows" / "bad one.json", repository / name)
    before = (repository / "x.json").read_bytes()
    done = run_hook(repository, "--", *names[:-1])
    assert (done.returncode, done.stdout.count("error[P306]")) == (1, len(names) - 1)
    for name in HOSTILE_NAMES:  # args of one's own that do not end with "--"
        done = run_hook(repository, "--assume-files", "x.json", name)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"'{name}' is an option, but there is also a file of this name" in done.stderr
    (repository / "--").write_text("{}")
    assert run_hook(repository, "--output=x.json", "--", "x.json").returncode == 2
    assert (repository / "x.json").read_bytes() == before


def test_the_hook_for_the_layout_changes_workflows_alone(hostile: Path) -> None:
    flow = hostile / "workflows" / "good.json"
    names = ("workflows/good.json", "workflows/package.json")
    for changed in (True, False):
        before = flow.read_bytes()
        done = run_hook(hostile, "--", *names, hook="format", variables=HOSTILE_VARIABLES)
        assert (done.returncode, done.stdout) == (0, "")
        assert (flow.read_bytes() != before) is changed
    assert (hostile / "workflows" / "package.json").read_text() == "{}"
    assert not (hostile / "ran").exists()


def run_hook(
    repository: Path,
    *arguments: str,
    hook: str = "validate",
    variables: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the hook's entry as pre-commit does, which takes it apart as a shell would (``shlex.split``)."""
    (entry,) = re.findall(rf"entry: (.*? {hook} .*?)(?: #.*)?$", HOOKS, re.MULTILINE)
    command, *flags = shlex.split(entry)
    return subprocess.run(
        [str(repository / "bin" / command), *flags, *arguments],
        cwd=repository,
        env={**os.environ, **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def block(heading: str, language: str) -> str:
    found = re.search(rf"## {heading}\n.*?```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_gitlab_job_runs_line_by_line(repository: Path) -> None:
    job = block("GitLab", "yaml")
    lines = re.findall(r"^    - (python -I -m comfyc .*)$", job, re.MULTILINE)
    assert lines
    environment = {**os.environ, "PATH": f"{repository / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    for line in lines:
        done = subprocess.run(
            ["sh", "-ec", line], cwd=repository, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1, done.stderr
    report = re.search(r"junit: (\S+)", job)
    assert report is not None
    assert "P306" in (repository / report[1]).read_text("utf-8")


def test_the_settings_of_the_page_are_settings(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(block("Settings of a repository", "toml"), "utf-8")
    found = Configurations().of(str(tmp_path / "flow.json"))
    assert found.root == tmp_path
    assert found.object_info == str(tmp_path / "object_info.json.gz")
    assert found.baseline == str(tmp_path / "comfyc-baseline.json")
    assert (found.select, found.ignore) == (("ALL",), ("P340", "experimental-node"))
    assert found.per_file_ignores == {"examples/*": ("P307",)}
    assert found.excludes(str(tmp_path / "a" / "drafts" / "x.json"))
    assert not found.excludes(str(tmp_path / "a" / "x.json"))
