"""Files at a revision of a git repository: what git has there is what is read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from comfyc.diagnostics import ComfycError
from comfyc.revisions import ChangedFile, Repository
from comfyc.revisions.command import program
from comfyc.safety.limits import DEFAULTS
from tests.repositories import commit, git, isolate_git, needs_git, new_repository

pytestmark = needs_git

ODD_NAMES = [
    "plain.json",
    "deep/er/flow.json",
    "with space.json",
    "Größe 画.json",
    "-rf.json",
    ":(top)magic.json",
    "star*[a].json",
    'quote".json',
]
"""Names that git quotes, takes for options or patterns, or that lie in a folder."""
if sys.platform == "win32":
    ODD_NAMES = [name for name in ODD_NAMES if not set(name) & set('*:"')]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    isolate_git(tmp_path / "home", monkeypatch)
    return new_repository(tmp_path / "a repository")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_file_is_read_at_a_revision(root: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(root, {name: "first\r\n"})
    commit(root, {name: b"second \xff"})
    commit(root, {name: None})
    repository = Repository.around(root / name)  # neither the file nor its folder are there now
    assert repository.root == Path(os.path.realpath(root))
    assert repository.read("HEAD~1", root / name) == b"second \xff"
    monkeypatch.chdir(root)
    assert repository.read("main~2", f"./{name}") == b"first\r\n"


def test_a_path_is_relative_to_the_current_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(root, {"flow.json": "of the root", "sub/flow.json": "of the folder", "sub/deep/x": ""})
    monkeypatch.chdir(root / "sub")
    assert Repository.around("flow.json").read("HEAD", "flow.json") == b"of the folder"
    assert Repository.around(".").read("HEAD", "../flow.json") == b"of the root"
    monkeypatch.chdir("deep")
    assert Repository.around("../flow.json").read("HEAD", Path("..", "flow.json")) == b"of the folder"


def test_all_names_of_a_revision_are_understood(root: Path) -> None:
    name = commit(root, {"a": "1"}, "the first")
    git(root, "tag", "-a", "v1", "-m", "annotated")
    commit(root, {"a": "2"})
    repository = Repository.around(root)
    for revision in ("HEAD~1", "v1", "main^", name, name[:8], ":/the first", "v1^{tree}", "@{1}"):
        assert repository.read(revision, root / "a") == b"1", revision


@pytest.mark.parametrize(
    "revision",
    [
        "",
        "nowhere",
        "-1",
        "--output=pwned",
        "--help",
        "main..HEAD",
        "^HEAD",
        "HEAD\0",
        "a\nb",
        "\ud800",
        "HEAD:x",
    ],
)
def test_what_is_no_revision_is_an_error(root: Path, revision: str) -> None:
    commit(root, {"a": ""})
    with pytest.raises(ComfycError, match=r"(?s)there is no revision '.*' in the git repository") as caught:
        Repository.around(root).read(revision, root / "a")
    assert "git log" in str(caught.value.hint)
    assert sorted(path.name for path in root.iterdir()) == [".git", "a"]


def test_one_file_is_no_revision(root: Path) -> None:
    commit(root, {"a": ""})
    with pytest.raises(ComfycError, match="'HEAD:a' is one file in git, not a revision"):
        Repository.around(root).commit("HEAD:a")


def test_what_is_not_there_is_an_error(root: Path, tmp_path: Path) -> None:
    commit(root, {"sub/a": ""})
    git(
        root,
        "update-index",
        "--add",
        "--cacheinfo",
        f"120000,{git(root, 'rev-parse', 'HEAD:sub/a').strip()},link",
    )
    git(root, "commit", "-q", "-m", "a link")
    repository = Repository.around(root)
    for path, message in {
        root / "b": "there is no file 'b' at the revision 'HEAD'",
        root / "sub": "'sub' is a folder at the revision 'HEAD'",
        root / "link": "'link' is a symbolic link at the revision 'HEAD'",
        root / "sub" / "a" / "x": "there is no file 'sub/a/x'",
        tmp_path / "a": "is outside of the git repository",
        root / "a\0b": "git cannot be started: embedded null byte",
    }.items():
        with pytest.raises(ComfycError, match=message):
            repository.read("HEAD", path)


def test_a_folder_without_a_repository_is_an_error(root: Path, tmp_path: Path) -> None:
    with pytest.raises(ComfycError, match="is in no git repository") as caught:
        Repository.around(tmp_path / "home")
    assert caught.value.hint == "compare two files, or run git init first"


def test_a_repository_without_commits_has_no_revision(root: Path) -> None:
    with pytest.raises(ComfycError, match="there is no revision 'HEAD'"):
        Repository.around(root).changed("HEAD")


def test_a_repository_that_git_refuses_is_an_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(ComfycError, match="belongs to another user") as caught:
        Repository.around(root)
    assert "safe.directory" in str(caught.value.hint)


def test_a_shallow_clone_says_how_to_get_the_rest(root: Path, tmp_path: Path) -> None:
    for number in range(3):
        commit(root, {"a": str(number)})
    git(tmp_path, "clone", "-q", "--depth", "1", root.as_uri(), "clone")
    with pytest.raises(ComfycError, match="there is no revision 'HEAD~1'") as caught:
        Repository.around(tmp_path / "clone").commit("HEAD~1")
    assert "--unshallow" in str(caught.value.hint)


def test_git_is_looked_for_in_path_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    program.cache_clear()
    monkeypatch.chdir(root)
    (root / "git").write_text("#!/bin/sh\ntouch pwned\n")
    (root / "git").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([".", "", str(tmp_path / "home")]))
    with pytest.raises(ComfycError, match="git is not installed, or not in PATH"):
        Repository.around(root)
    program.cache_clear()
    assert not (root / "pwned").exists()


def test_a_large_file_is_not_read(root: Path) -> None:
    commit(root, {"a": "x" * 5000})
    repository = Repository.around(root)
    limits = DEFAULTS._replace(stream=4999)
    with pytest.raises(
        ComfycError, match=r"'a' has more than 4,999 bytes \(--limit stream=9998 raises this\)"
    ):
        repository.read("HEAD", root / "a", limits)
    assert len(repository.read("HEAD", root / "a", limits._replace(stream=5000))) == 5000


def test_changed_files_have_both_names(root: Path) -> None:
    text = "".join(f"line {number}\n" for number in range(40))
    commit(root, {"same": "1", "edited": "1", "gone": "1", "old Größe": text, ".gitignore": "ignored"})
    commit(root, {"gone": None, "old Größe": None, "new 画 name": text + "and one more\n", "edited": "2"})
    before = [("new 画 name", "old Größe"), ("edited", "edited"), (None, "gone")]
    repository = Repository.around(root)
    assert names(repository.changed("HEAD~1", "HEAD")) == set(before)
    (root / "sub").mkdir()
    (root / "sub" / "untracked").write_text("")
    (root / "ignored").write_text("")
    (root / "same").touch()  # a new date is no change
    os.utime(root / "same", (1, 1))
    assert names(repository.changed("HEAD~1")) == {*before, ("sub/untracked", None)}
    assert names(Repository.around(root / "sub").changed("HEAD")) == {("sub/untracked", None)}
    (renamed,) = [one for one in repository.changed("HEAD~1") if one.name == "new 画 name"]
    assert renamed.path == repository.root / "new 画 name"
    assert repository.read("HEAD~1", repository.root / str(renamed.old_name)) == text.encode()


def names(changed: list[ChangedFile]) -> set[tuple[str | None, str | None]]:
    return {(one.name, one.old_name) for one in changed}


def test_settings_of_the_user_change_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(root, {"sub/a": "1", "b": "1"})
    commit(root, {"sub/a": None, "sub/c": "1", "b": "2", ".gitattributes": "* diff=bad\n"})
    for name, value in {
        "diff.renames": "false",
        "diff.relative": "true",
        "color.ui": "always",
        "core.quotePath": "true",
        "diff.bad.textconv": "touch pwned;",
        "diff.bad.command": "touch pwned;",
        "core.fsmonitor": "touch pwned;",
        "diff.external": "touch pwned;",
        "core.pager": "touch pwned;",
    }.items():
        git(root, "config", name, value)
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "touch pwned;")
    monkeypatch.setenv("GIT_GLOB_PATHSPECS", "1")
    repository = Repository.around(root / "sub")
    expected = {("sub/c", "sub/a"), ("b", "b"), (".gitattributes", None)}
    assert names(repository.changed("HEAD~1")) == names(repository.changed("HEAD~1", "HEAD")) == expected
    assert repository.read("HEAD~1", root / "b") == b"1"
    assert not (root / "pwned").exists()
    assert not (root / "sub" / "pwned").exists()


def test_worktrees_have_revisions_of_their_own(root: Path, tmp_path: Path) -> None:
    commit(root, {"a": "1"})
    git(root, "worktree", "add", "-q", "-b", "other", tmp_path / "tree")
    commit(tmp_path / "tree", {"a": "2"})
    assert Repository.around(tmp_path / "tree" / "a").read("HEAD", tmp_path / "tree" / "a") == b"2"
    assert Repository.around(root / "a").read("HEAD", root / "a") == b"1"
    assert Repository.around(root / "a").read("other", root / "a") == b"2"


def test_a_repository_without_a_working_tree_can_be_read(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(root, {"a": "1"})
    commit(root, {"a": "2"})
    git(tmp_path, "clone", "-q", "--bare", root, "bare")
    monkeypatch.chdir(tmp_path / "bare")
    repository = Repository.around("a")
    assert repository.read("main~1", "a") == b"1"
    assert names(repository.changed("main~1", "main")) == {("a", "a")}
    with pytest.raises(ComfycError, match="work tree"):
        repository.changed("main")


def test_a_hook_names_its_repository(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git calls hooks with GIT_DIR, relative to the root, where they run."""
    commit(root, {"sub/a": "1"})
    monkeypatch.chdir(root)
    monkeypatch.setenv("GIT_DIR", ".git")
    assert Repository.around("sub/a").read("HEAD", "sub/a") == b"1"
    assert names(Repository.around("sub").changed("HEAD")) == set()


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a permission there")
def test_links_to_folders_are_followed(root: Path, tmp_path: Path) -> None:
    commit(root, {"sub/a": "1"})
    (tmp_path / "link").symlink_to(root / "sub")
    assert Repository.around(tmp_path / "link" / "a").read("HEAD", tmp_path / "link" / "a") == b"1"
