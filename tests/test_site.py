"""The docs site: every page is in its navigation, every link leads somewhere, and it can be built."""

from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.build_site import MODULES, ROOT, collect, dead_links, with_links


def test_every_page_is_in_the_navigation_once(tmp_path: Path) -> None:
    collect(tmp_path)
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:\n")[2]
    listed = re.findall(r": (\S+\.md)$", navigation, re.MULTILINE)
    assert sorted(listed) == sorted(file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.md"))


def test_links_to_other_files_lead_to_the_repository() -> None:
    page = ROOT / "docs" / "json.md"
    text = with_links(page, {page})
    assert re.search(r"\(https://github\.com/[^/]+/[^/]+/blob/main/schemas/answer\.schema\.json\)", text)


def test_a_link_to_nothing_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[nothing](nothing.json)", "utf-8")
    with pytest.raises(SystemExit, match=r"page\.md: there is no nothing\.json"):
        with_links(page, {page})


def test_dead_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "index.html").write_text(
        '<a href="a/#here">1</a><a href="b/">2</a><a href="#top">3</a>', "utf-8"
    )
    (tmp_path / "a" / "index.html").write_text('<h1 id="here">x</h1><a href="../#there">4</a>', "utf-8")
    assert dead_links(tmp_path) == ["a/index.html: ../#there", "index.html: #top", "index.html: b/"]


def test_the_public_modules_have_docstrings() -> None:
    for module in MODULES:
        assert importlib.import_module(module).__doc__


@pytest.mark.docs
@pytest.mark.skipif(importlib.util.find_spec("mkdocs") is None, reason="the dependency group docs is missing")
def test_the_site_is_built_strictly() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.build_site"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert dead_links() == []
