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
from pathlib import Path

import pytest

from converter.cli.configuration import Configurations

ROOT = Path(__file__).resolve().parents[1]
STORY = ROOT / "fixtures" / "text_to_image" / "workflow.json"
ACTION = (ROOT / "action.yml").read_text("utf-8")
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
BASH = shutil.which("bash")

pytestmark = pytest.mark.skipif(BASH is None, reason="there is no bash")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder with a good workflow, a bad one and other JSON, and ``comfyc`` on a path of its own."""
    flows = tmp_path / "workflows"
    flows.mkdir()
    shutil.copy(STORY, flows / "good.json")
    document = json.loads(STORY.read_bytes())
    for node in document["nodes"]:
        if node["type"] == "KSampler":
            node["widgets_values"][4] = "eulerr"
    (flows / "bad one.json").write_text(json.dumps(document, indent=1), "utf-8")
    (flows / "package.json").write_text("{}", "utf-8")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "comfyc"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m converter "$@"\n', "utf-8")
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
        re.findall(r'^  ([\w-]+):\n    description: [^\n]*\n    default: "([^"]*)"', ACTION, re.MULTILINE)
    )
    return {name: given[source] for name, source in variables.items()}


def run_step(repository: Path, **variables: str) -> tuple[subprocess.CompletedProcess[str], str, str]:
    """Run the validating step as GitHub's runner does: the process, its outputs, and the summary page."""
    places = {name: repository / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for place in places.values():
        place.write_text("")
    script = repository / "step.sh"
    script.write_text(step("Validate"), "utf-8")
    environment = {
        **os.environ,
        **defaults(),
        **{name: str(place) for name, place in places.items()},
        "RUNNER_TEMP": str(repository),
        "COMFYC": str(repository / "bin" / "comfyc"),
        **variables,
    }
    command = [str(BASH), "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    done = subprocess.run(
        command, cwd=repository, env=environment, capture_output=True, text=True, check=False
    )
    return done, places["GITHUB_OUTPUT"].read_text(), places["GITHUB_STEP_SUMMARY"].read_text()


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


def test_the_action_fails_on_nothing_unless_it_is_allowed(repository: Path) -> None:
    (repository / "empty").mkdir()
    for paths in ("", "\n\r\n", "empty", "none/*.json"):
        done, outputs, _ = run_step(repository, COMFYC_PATHS=paths)
        assert (done.returncode, outputs) == (2, "exit-code=2\n")
        assert "error" in done.stdout + done.stderr
        allowed, outputs, _ = run_step(repository, COMFYC_PATHS=paths, COMFYC_ALLOW_EMPTY="true")
        assert (allowed.returncode, outputs) == (0, "exit-code=0\n")


def test_no_input_of_the_action_is_pasted_into_a_script() -> None:
    for name in ("Install comfyc", "Validate"):
        assert "${{" not in step(name)


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


def run_hook(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the hook's entry as pre-commit does, which takes it apart as a shell would (``shlex.split``)."""
    (entry,) = re.findall(r"entry: (.*?)(?: #.*)?$", HOOKS, re.MULTILINE)
    command, *flags = shlex.split(entry)
    return subprocess.run(
        [str(repository / "bin" / command), *flags, *arguments],
        cwd=repository,
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
    lines = re.findall(r"^    - (comfyc .*)$", job, re.MULTILINE)
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
    assert (found.select, found.ignore) == (("ALL",), ("P340", "experimental-node"))
    assert found.per_file_ignores == {"examples/*": ("P307",)}
    assert found.excludes(str(tmp_path / "a" / "drafts" / "x.json"))
    assert not found.excludes(str(tmp_path / "a" / "x.json"))
