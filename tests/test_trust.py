"""What a repository's own configuration and its links may do: nothing outside of it, nothing in silence."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from comfyc.catalog import Catalog
from comfyc.cli.settings import trust
from comfyc.cli.settings.configuration import Configurations
from comfyc.cli.work.find_files import find_files
from tests.discovery import FIXTURES
from tests.in_process import comfyc

STORY = FIXTURES / "text_to_image" / "workflow.json"
ROOT = Path(__file__).resolve().parents[1]
SILENT = 'ignore = ["ALL"]\n'
POSIX = pytest.mark.skipif(os.name == "nt", reason="there are no owners")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository ``repo`` that holds a bad workflow in ``flows``, a folder beside it, and a plain one."""
    monkeypatch.delenv("COMFYC_TRUSTED", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "settings"))
    for name in ("repo/.git", "repo/flows", "beside/deep", "home", "plain/deep"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "repo" / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    bad = STORY.read_text("utf-8").replace('"euler"', '"eulerr"')
    for name in ("repo/flows/bad.json", "beside/deep/bad.json", "plain/deep/bad.json"):
        (tmp_path / name).write_text(bad, "utf-8")
    entries = {name: Catalog.load().info(name) for name in ("EmptyLatentImage", "SaveImage")}
    for name in ("repo/info.json", "beside/info.json"):
        (tmp_path / name).write_text(json.dumps(entries), "utf-8")
    return tmp_path


def settings(folder: Path, text: str, name: str = "comfyc.toml") -> None:
    (folder / name).write_text(text, "utf-8")


# --- where the search ends -----------------------------------------------------------------------


def test_the_search_ends_at_the_root_of_the_repository(world: Path) -> None:
    settings(world, SILENT)
    for cwd in (world, world / "repo", world / "repo" / "flows", world / "beside"):
        assert comfyc("validate", world / "repo" / "flows", cwd=cwd).code == 1
    settings(world / "repo", SILENT)
    assert comfyc("validate", world / "repo" / "flows", cwd=world).code == 0
    (world / "repo" / "comfyc.toml").unlink()
    shutil.rmtree(world / "repo" / ".git")
    (world / "repo" / ".git").write_text("gitdir: elsewhere\n")  # a submodule
    assert comfyc("validate", world / "repo" / "flows", cwd=world).code == 1


def test_outside_of_a_repository_it_ends_where_the_user_is_or_pointed_to(world: Path) -> None:
    flow = world / "plain" / "deep" / "bad.json"
    settings(world, SILENT)
    for cwd, paths in ((world / "plain", flow), (world / "beside", flow), (world / "beside", flow.parent)):
        assert comfyc("validate", paths, cwd=cwd).code == 1
    assert comfyc("validate", flow, cwd=world).code == 0  # the working folder itself
    settings(world / "plain", SILENT)
    assert comfyc("validate", world / "plain", cwd=world / "beside").code == 0  # the folder that was named
    assert comfyc("validate", flow, cwd=world / "beside").code == 1  # named is plain/deep
    home = {"HOME": str(world / "plain")}
    assert comfyc("validate", flow, cwd=world / "beside", env=home).code == 0


@POSIX
def test_a_working_folder_that_is_gone_is_no_traceback(world: Path) -> None:
    gone = world / "gone"
    gone.mkdir()
    words = [sys.executable, "-m", "comfyc", "validate", str(world / "repo" / "flows" / "bad.json")]
    script = f"rmdir {gone}; exec {' '.join(words)}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", script], cwd=gone, env=environment, capture_output=True, check=False)
    assert (done.returncode, b"P306" in done.stdout, b"Traceback" in done.stderr) == (1, True, False)


@POSIX
def test_a_mark_that_cannot_be_read_is_a_mark(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object) -> list[str]:
        raise PermissionError

    (world / "repo" / ".git" / "HEAD").unlink()
    settings(world, SILENT)
    monkeypatch.setattr(os, "listdir", refuse)
    assert comfyc("validate", world / "repo" / "flows" / "bad.json", cwd=world).code == 1


# --- whose it is ---------------------------------------------------------------------------------


@POSIX
def test_a_configuration_of_another_user_is_passed_over_and_told_of(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = world / "repo"
    settings(repo, SILENT)
    settings(repo / "flows", '[tool.other]\nx = "y"\n', "pyproject.toml")
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    ended = comfyc("validate", "flows", cwd=repo)
    assert (ended.code, ended.err.count("is not used: it belongs to another user")) == (1, 1)
    assert "--trust-config" in ended.err
    assert "error" not in comfyc("packs", "flows", cwd=repo).err
    assert comfyc("validate", "flows", "--trust-config", cwd=repo).code == 0
    assert comfyc("validate", "flows", cwd=repo, env={"COMFYC_TRUSTED": f"/x{os.pathsep}{world}"}).code == 0
    listed = world / "home" / "settings" / "comfyc"
    listed.mkdir(parents=True)
    (listed / "trusted").write_text(f"{world / 'rep'}\n", "utf-8")
    assert comfyc("validate", "flows", cwd=repo).code == 1
    (listed / "trusted").write_text(f"/elsewhere\n{repo}\n", "utf-8")
    assert comfyc("validate", "flows", cwd=repo).code == 0


@POSIX
def test_owners_are_judged_as_git_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = os.stat_result((0o100644, 1, 1, 1, 1000, 1000, 0, 0, 0, 0))
    for user, sudo, other in ((1000, "", False), (1001, "1000", True), (0, "", True), (0, "1000", False)):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        monkeypatch.setenv("SUDO_UID", sudo)
        assert trust.owner_is_other(info) is other


# --- what it may name ----------------------------------------------------------------------------

FOREIGN = [
    "http://127.0.0.1:9",
    "https://gpu-box/",
    "gpu-box",
    "gpu-box:8188",
    "file:///etc/passwd",
    "../beside/info.json",
    "flows/../../beside/info.json",
    "/etc/passwd",
    "//server/share/info.json",
    "link.json",
    "linked/info.json",
    "dead.json",
    "a\0b.json",
]


@pytest.mark.parametrize("value", FOREIGN)
def test_a_foreign_catalogue_needs_trust(world: Path, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = world / "repo"
    (repo / "link.json").symlink_to(world / "beside" / "info.json")
    (repo / "linked").symlink_to(world / "beside")
    (repo / "dead.json").symlink_to(world / "beside" / "none.json")
    settings(repo, f"object-info = {json.dumps(value)}\n")
    loads: list[str] = []

    def load(name: str, **options: object) -> Catalog:
        loads.append(name)
        return Catalog.load()

    monkeypatch.setattr("comfyc.cli.work.validate_files.load_catalog", load)
    ended = comfyc("validate", "flows", cwd=repo)
    assert (ended.code, loads) == (2, [])
    assert "'object-info' in '" in ended.err
    assert "--trust-config" in ended.err
    assert comfyc("validate", "flows", "--object-info", "info.json", cwd=repo).code == 1
    assert loads == ["info.json"]
    assert comfyc("packs", "flows", cwd=repo).code == 0
    comfyc("validate", "flows", "--trust-config", cwd=repo)
    assert loads[1:] == [value if "." not in value or "://" in value else str(repo / value)]


@pytest.mark.parametrize("value", ["info.json", "./flows/../info.json", "inside.json", "<absolute>"])
def test_a_catalogue_of_the_repository_needs_none(world: Path, value: str) -> None:
    repo = world / "repo"
    (repo / "inside.json").symlink_to("info.json")
    settings(repo / "flows", f"object-info = {json.dumps('../' + value)}\n")
    if value == "<absolute>":
        settings(repo / "flows", f"object-info = {json.dumps(str(repo / 'info.json'))}\n")
    ended = comfyc("validate", "--format", "concise", "flows", cwd=repo)
    assert "node type 'KSampler' not found" in ended.out


@pytest.mark.parametrize("name", ["comfyc.toml", "pyproject.toml"])
def test_a_configuration_that_is_a_link_out_is_not_opened(world: Path, name: str) -> None:
    text = SILENT if name == "comfyc.toml" else f"[tool.comfyc]\n{SILENT}secret = 1\n"
    settings(world / "beside", text)
    (world / "repo" / name).symlink_to(world / "beside" / "comfyc.toml")
    ended = comfyc("validate", "flows", cwd=world / "repo")
    assert ended.code == (2 if name == "comfyc.toml" else 1)
    assert "is a link that leads out of" in ended.err
    assert "secret" not in ended.err
    trusting = comfyc("validate", "flows", "--trust-config", cwd=world / "repo")
    assert (trusting.code, "secret" in trusting.err) == ((0, False) if name == "comfyc.toml" else (2, True))


# --- nothing in silence --------------------------------------------------------------------------


def test_what_a_configuration_hides_is_counted(world: Path) -> None:
    repo = world / "repo"
    flows = repo / "flows"
    assert "hidden" not in comfyc("validate", "flows", cwd=repo).err.replace("notes are hidden", "")
    for text in (SILENT, 'select = ["W"]\n', '[per-file-ignores]\n"*" = ["P306"]\n'):
        settings(repo, text)
        for more in ((), ("-q",), ("--format", "json")):
            assert (
                "hidden by the configuration: 1 finding\n" in comfyc("validate", *more, "flows", cwd=repo).err
            )
    assert "hidden by" not in comfyc("validate", "--ignore", "P306", "flows", cwd=repo).err
    (flows / "drafts").mkdir()
    for name in ("drafts/x.json", "y.json", "z.json"):
        shutil.copy(flows / "bad.json", flows / name)
    settings(repo, 'exclude = ["drafts", "y.json", "z.json"]\n')
    for command in (("validate",), ("packs",), ("convert", "--json")):
        ended = comfyc(*command, "flows", cwd=repo)
        assert ended.err.endswith("hidden by the configuration: 2 files, 1 folder\n")


@pytest.mark.parametrize(
    "text",
    [
        f"exclude = {json.dumps([f'*a*{number}' for number in range(129)])}\n",
        f"exclude = {json.dumps(['*a' * 129])}\n",
        f"ignore = {json.dumps(['P306'] * 1001)}\n",
        "[per-file-ignores]\n" + "".join(f'"*{number}" = ["P3"]\n' for number in range(129)),
        f'[per-file-ignores]\n"{"*a" * 129}" = ["P3"]\n',
    ],
)
def test_a_configuration_has_a_size_that_every_file_can_be_held_against(world: Path, text: str) -> None:
    settings(world / "repo", text)
    ended = comfyc("validate", "flows", cwd=world / "repo")
    assert (ended.code, "has more than" in ended.err) == (2, True)


# --- folders, patterns and links -----------------------------------------------------------------


@pytest.mark.parametrize("path", ["flows", ".", "flows/**", "**/*.json", "flows/*/*.json", "*/*.json"])
def test_links_that_lead_out_are_skipped_and_counted(world: Path, path: str) -> None:
    repo = world / "repo"
    (repo / "flows" / "away").symlink_to(world / "beside" / "deep")
    (repo / "flows" / "file.json").symlink_to(world / "beside" / "deep" / "bad.json")
    (repo / "flows" / "inside.json").symlink_to("bad.json")
    search = find_files([os.path.join(repo, path)], Configurations(), "validate")
    found = {os.path.relpath(file.path, repo) for file in search.files}
    away = {os.path.relpath(link, repo) for link in search.links}
    assert found <= {"flows/bad.json", "flows/inside.json", "info.json"}
    assert away <= {"flows/away", "flows/file.json"}
    assert found or path == "flows/*/*.json"
    assert away
    ended = comfyc("validate", path, "--allow-empty", "--exit-zero", cwd=repo)
    assert f"skipped: {len(away)} link" in ended.err


def test_loops_of_links_end(world: Path) -> None:
    flows = world / "repo" / "flows"
    for name in ("one", "two", "three"):
        (flows / name).symlink_to(".")
    for path in (flows, flows / "**" / "*.json"):
        search = find_files([str(path)], Configurations(), "validate")
        assert [os.path.relpath(file.path, flows) for file in search.files] == ["bad.json"]


def test_a_link_in_a_list_of_changed_files_leads_nowhere_else(world: Path) -> None:
    repo = world / "repo"
    (repo / "link.json").symlink_to(world / "beside" / "deep" / "bad.json")
    assert comfyc("validate", "link.json", cwd=repo).code == 1  # somebody named it
    listed = comfyc("validate", "--skip-others", "link.json", cwd=repo)
    assert (listed.code, "skipped: 1 link leads out" in listed.err) == (2, True)


def test_a_pattern_that_fits_a_dash_reads_that_file(world: Path) -> None:
    shutil.copy(STORY, world / "beside" / "deep" / "-")
    ended = comfyc("validate", "?", cwd=world / "beside" / "deep", stdin=b"{}")
    assert (ended.code, "1 file checked" in ended.err) == (0, True)
