"""git merge with the merge driver: real repositories, real branches."""

from __future__ import annotations

import copy
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from comfyc import convert, validate
from tests.discovery import FIXTURES
from tests.in_process import comfyc
from tests.repositories import commit, git, isolate_git, needs_git, new_repository

pytestmark = [needs_git, pytest.mark.slow]

TEXT = (FIXTURES / "text_to_image" / "workflow.json").read_text("utf-8")
PROMPT = (FIXTURES / "text_to_image" / "prompt.json").read_text("utf-8")
NAME = "my flows/a flow.json"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    isolate_git(tmp_path / "home", monkeypatch)
    root = new_repository(tmp_path / "a repository")
    assert comfyc("git", "enable", cwd=root).code == 0
    return root


def changed(text: str = TEXT, **values: Any) -> str:
    """The text with other values of the KSampler, and nothing else changed."""
    names = {"steps": 2, "cfg": 3}
    document = json.loads(text)
    node = next(one for one in document["nodes"] if one["type"] == "KSampler")
    for name, value in values.items():
        node["widgets_values"][names[name]] = value
    return json.dumps(document, indent=2 if text.startswith("{\n") else None)


def diverge(root: Path, base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Make a commit on each of two branches, and leave ours checked out."""
    commit(root, base)
    git(root, "checkout", "-q", "-b", "theirs")
    commit(root, theirs)
    git(root, "checkout", "-q", "main")
    commit(root, ours)


def sampled(path: Path) -> list[Any]:
    inputs = convert(path).prompt["3"]["inputs"]
    return [inputs["steps"], inputs["cfg"]]


def test_disjoint_changes_need_nobody(root: Path) -> None:
    ours, theirs = changed(steps=30), changed(cfg=6)
    diverge(root, {NAME: TEXT}, {NAME: ours}, {NAME: theirs})
    git(root, "merge", "theirs")
    assert sampled(root / NAME) == [30, 6]
    assert len(git(root, "rev-list", "--merges", "HEAD").split()) == 1
    assert git(root, "status", "--porcelain") == ""


def test_names_of_files_are_names(root: Path) -> None:
    names = ["-x.json", "Größe 画.json", "it's.json", "$(touch pwned).json"]
    ours, theirs = changed(steps=30), changed(steps=40, cfg=6)
    diverge(root, *(dict.fromkeys(names, text) for text in (TEXT, ours, theirs)))
    told = git(root, "merge", "theirs", code=1)
    shown = git(root, "diff", "HEAD~1")
    for name in names:
        assert f"CONFLICT (workflow): {name}: KSampler #3, steps" in told
        assert sampled(root / name) == [30, 6]
    assert shown.count("\n+    steps = 30\n") == len(names)
    assert {path.name for path in root.iterdir()} == {".git", *names}


def test_changes_of_one_line_need_nobody(root: Path) -> None:
    """In a file without line ends, git would have a conflict."""
    text = json.dumps(json.loads(TEXT))
    diverge(root, {NAME: text}, {NAME: changed(text, steps=30)}, {NAME: changed(text, cfg=6)})
    git(root, "merge", "theirs")
    assert (root / NAME).read_text("utf-8") == changed(text, steps=30, cfg=6)


def test_a_conflict_is_gits_too_and_can_be_settled(root: Path) -> None:
    diverge(root, {NAME: TEXT}, {NAME: changed(steps=30, cfg=5)}, {NAME: changed(steps=40)})
    told = git(root, "merge", "theirs", code=1)
    assert f"CONFLICT (workflow): {NAME}: KSampler #3, steps: base 20, ours 30, theirs 40" in told
    assert f"comfyc git resolve '{NAME}' --ours" in told
    assert git(root, "status", "--porcelain") == f'UU "{NAME}"\n'
    assert sampled(root / NAME) == [30, 5]
    assert [one.code for one in validate(root / NAME, assume_files=True).diagnostics.errors] == ["D805"]
    assert "Conflicts of a merge" in git(root, "diff", "HEAD")
    listed = comfyc("git", "resolve", NAME, cwd=root)
    assert (listed.code, listed.out) == (1, "KSampler #3, steps: base 20, ours 30, theirs 40\n")
    settled = comfyc("git", "resolve", NAME, "--theirs", cwd=root)
    assert (settled.code, settled.out) == (0, "")
    assert json.loads((root / NAME).read_text("utf-8")) == json.loads(changed(steps=40, cfg=5))
    git(root, "commit", "-q", "-a", "-m", "merged")
    assert comfyc("git", "resolve", NAME, "--ours", cwd=root).err == f"there is no conflict in '{NAME}'\n"


def test_ours_stays_when_that_is_asked_for(root: Path) -> None:
    ours = changed(steps=30)
    diverge(root, {NAME: TEXT}, {NAME: ours}, {NAME: changed(steps=40)})
    git(root, "merge", "theirs", code=1)
    assert comfyc("git", "resolve", NAME, "--ours", cwd=root).code == 0
    assert (root / NAME).read_text("utf-8") == ours


def test_both_have_added_the_file(root: Path) -> None:
    diverge(root, {"other": ""}, {NAME: changed(steps=30)}, {NAME: changed(steps=40)})
    assert "steps: base none, ours 30, theirs 40" in git(root, "merge", "theirs", code=1)


def test_prompts_are_merged(root: Path) -> None:
    def prompt(**values: Any) -> str:
        document = json.loads(PROMPT)
        document["3"]["inputs"].update(values)
        return json.dumps(document)

    diverge(root, {NAME: prompt()}, {NAME: prompt(steps=30)}, {NAME: prompt(cfg=6, steps=40)})
    assert "KSampler #3, steps: base 20, ours 30, theirs 40" in git(root, "merge", "theirs", code=1)
    assert sampled(root / NAME) == [30, 6]
    assert comfyc("git", "resolve", NAME, "--theirs", cwd=root).code == 0
    assert json.loads((root / NAME).read_text("utf-8")) == json.loads(prompt(steps=40, cfg=6))


def test_other_files_are_merged_as_without_comfyc(root: Path) -> None:
    lines = [f'  "{name}": 1' for name in "abcdefghij"]

    def text(**values: Any) -> str:
        own = [line.replace("1", str(values.get(line[3], 1))) for line in lines]
        return "{\n" + ",\n".join(own) + "\n}\n"

    base = {"clean.json": text(), "both.json": text(), "broken.json": TEXT, "flow.json": TEXT}
    ours = {
        "clean.json": text(a=2),
        "both.json": text(e=2),
        "broken.json": TEXT[:-20],
        "flow.json": TEXT + " \n",
    }
    theirs = {"clean.json": text(j=3), "both.json": text(e=3), "broken.json": TEXT[5:], "flow.json": "[]\n"}
    diverge(root, base, ours, theirs)
    git(root, "merge", "theirs", code=1)
    with_comfyc = {name: (root / name).read_bytes() for name in base}
    status = git(root, "status", "--porcelain")
    git(root, "merge", "--abort")
    comfyc("git", "disable", cwd=root)
    git(root, "merge", "theirs", code=1)
    assert git(root, "status", "--porcelain") == status
    assert {name: (root / name).read_bytes() for name in base} == with_comfyc


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_result_is_written_as_ours_is(tmp_path: Path, mark: str) -> None:
    """Indentation, line ends, a byte order mark, escapes: what the merge has not changed stays."""
    ours = mark + changed(steps=30).replace("\n", "\r\n").replace('"Load VAE"', '"Load\\u0020VAE"')
    for name, text in {"base": TEXT, "ours": ours, "theirs": changed(cfg=6)}.items():
        (tmp_path / name).write_bytes(text.encode())
    ended = comfyc("git", "merge", *(tmp_path / name for name in ("base", "ours", "theirs")))
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    before, after = ours.split("\r\n"), (tmp_path / "ours").read_bytes().decode().split("\r\n")
    different = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    assert [other.strip() for _, other in different] == ["6,"]


def test_what_cannot_be_done_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}", "utf-8")
    (tmp_path / "b.json").write_text("{", "utf-8")
    for arguments, message in {
        ("merge", "a.json", "nowhere", "a.json"): "'nowhere' cannot be read",
        ("resolve", "nowhere"): "'nowhere' cannot be read",
        ("resolve", "b.json"): "'b.json' is no workflow or prompt in JSON",
        ("resolve", "a.json", "--ours", "--theirs"): "cannot be used together",
    }.items():
        ended = comfyc("git", *arguments, cwd=tmp_path)
        assert ended.code == 2
        assert message in ended.err
    assert comfyc("git", "resolve", "a.json", cwd=tmp_path).code == 0


def test_a_conflict_whose_node_is_gone_stays_unsettled(tmp_path: Path) -> None:
    document = json.loads(TEXT)
    entry = {
        "kind": "value",
        "node": 99,
        "title": "T",
        "path": ["title"],
        "base": "a",
        "ours": "b",
        "theirs": "c",
    }
    noted = copy.deepcopy(document)
    noted["extra"]["comfyc"] = {"conflicts": [entry, {"kind": "?"}, 5]}
    (tmp_path / "a.json").write_text(json.dumps(noted), "utf-8")
    ended = comfyc("git", "resolve", tmp_path / "a.json", "--theirs")
    assert ended.code == 1
    assert (
        "is gone, so that nothing was done about it: T #99, title: base 'a', ours 'b', theirs 'c'"
        in ended.err
    )
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == document


def test_the_page_shows_what_happens(root: Path) -> None:
    """docs/git.md: each command of its two sessions prints what stands below it."""
    page = (FIXTURES.parent / "docs" / "git.md").read_text("utf-8")
    first, second = re.findall(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (listed,) = re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    comfyc("git", "disable", cwd=root)
    commit(root, {"flow.json": (FIXTURES.parent / "examples" / "text_to_image.json").read_bytes()})
    assert played(root, first) == first
    git(root, "commit", "-q", "-a", "-m", "A fox")
    git(root, "checkout", "-q", "-b", "warmer", "HEAD~1")
    flow = root / "flow.json"
    assert (
        comfyc("set", flow, "--set", "KSampler.steps=25", "--set", "KSampler.cfg=6.5", "-o", flow).code == 0
    )
    git(root, "commit", "-q", "-a", "-m", "Less guidance")
    git(root, "checkout", "-q", "main")
    merge, rest = second.split("$ comfyc", 1)
    assert played(root, merge, code=1) == merge
    (conflict,) = json.loads(flow.read_text("utf-8"))["extra"]["comfyc"]["conflicts"]
    assert conflict == json.loads(listed)
    assert played(root, f"$ comfyc{rest}") == f"$ comfyc{rest}"


def played(root: Path, session: str, code: int = 0) -> str:
    """The commands of a session with what they print now."""
    lines: list[str] = []
    for line in session.splitlines():
        if not line.startswith("$ "):
            continue
        program, *arguments = shlex.split(line[2:])
        lines.append(f"{line}\n")
        if program == "git":
            printed = git(root, *arguments, code=code)
            reports, at, rest = printed.partition("CONFLICT (workflow)")  # stderr comes first at a terminal
            lines.append(at + rest + reports if at else printed)
        else:
            ended = comfyc(*arguments, cwd=root)
            lines.append(ended.out + ended.err)
    return "".join(lines)
