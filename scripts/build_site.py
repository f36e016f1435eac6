"""Build the docs site into build/site: ``python -m scripts.build_site`` (dependency group ``docs``).

The pages are the Markdown files of the repository, collected in build/pages under their own paths, so that
links between them hold on GitHub and on the site alike. A link to any other file of the repository leads to
GitHub. Each module of ``MODULES`` gets a page that mkdocstrings makes from its docstrings. The build is
strict: a page that is not in the navigation and a link to a page or heading that does not exist are errors.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from scripts.set_repository import repository

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "build" / "pages"
SITE = ROOT / "build" / "site"
COLLECTED = (
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"),
    *("docs/**/*.md", "docs/*.svg", "docs/*.css", "examples/README.md"),
    *("docs/graph/*.jpg", "docs/report/*.jpg", "docs/studies/*.jpg"),
)
MODULES = {
    "comfyc": "Everything that ``from comfyc import ...`` gives.",
    "comfyc.running": "Running prompts on ComfyUI servers.",
    "comfyc.prices": "What partner nodes cost.",
    "comfyc.packs": "Behaviours for a pack of your own.",
    "comfyc.graph": "The graph of a conversion.",
    "comfyc.corpora": "Rows about many files.",
}
"""The public modules, each with a line about it."""
_LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#)([^)\s]+)(?=\))")


def collect(pages: Path = PAGES) -> None:
    """Copy the Markdown files, pictures and styles to ``pages``, and write a page for each public module.

    Raises ``SystemExit`` for a link to a file that the repository does not have.
    """
    shutil.rmtree(pages, ignore_errors=True)
    files = sorted({file for pattern in COLLECTED for file in ROOT.glob(pattern)})
    for file in files:
        target = pages / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".md":
            target.write_text(with_links(file, set(files)), "utf-8")
        else:
            shutil.copy(file, target)
    (pages / "reference").mkdir()
    for module, about in MODULES.items():
        text = about.replace("``", "`")
        page = f"# {module}\n\n{text}\n\n::: {module}\n    options:\n      show_root_heading: false\n"
        (pages / "reference" / f"{module}.md").write_text(page, "utf-8")


def with_links(file: Path, pages: set[Path]) -> str:
    """The text of a page, whose links to files of the repository that are no ``pages`` lead to GitHub."""

    def link(match: re.Match[str]) -> str:
        path, _, fragment = match[1].partition("#")
        target = Path(os.path.normpath(file.parent / unquote(path)))
        if target in pages:
            return match[1]
        if not target.exists() or not target.is_relative_to(ROOT):
            sys.exit(f"{file}: there is no {match[1]}")
        kind = "tree" if target.is_dir() else "blob"
        address = f"https://github.com/{repository()}/{kind}/main/{target.relative_to(ROOT).as_posix()}"
        return f"{address}#{fragment}" if fragment else address

    return _LINK.sub(link, file.read_text("utf-8"))


class _Page(HTMLParser):
    """The links and the ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name in ("href", "src") and value:
                self.links.add(value)


def dead_links(site: Path = SITE) -> list[str]:
    """Links between the pages of a built site that lead nowhere, each as ``page: link``."""
    pages = {
        file: _Page(file.read_text("utf-8"))
        for file in sorted(site.rglob("*.html"))
        if file.name != "404.html"
    }
    dead = []
    for file, page in pages.items():
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = Path(os.path.normpath(file.parent / unquote(parts.path))) if parts.path else file
            target = target / "index.html" if target.is_dir() else target
            fragment = unquote(parts.fragment)
            missing = target in pages and fragment and fragment not in pages[target].ids
            if not target.is_file() or missing:
                dead.append(f"{file.relative_to(site)}: {link}")
    return dead


def main(arguments: list[str]) -> None:
    """Collect the pages and build the site, or show it at http://127.0.0.1:8000 with ``--serve``."""
    collect()
    words = ["serve"] if "--serve" in arguments else ["build", "--strict", "--clean", "--quiet"]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run([sys.executable, "-m", "mkdocs", *words], cwd=ROOT, env=environment, check=False)
    if done.returncode or "serve" in words:
        sys.exit(done.returncode)
    dead = dead_links()
    if dead:
        sys.exit("\n".join(["dead links:", *dead]))


if __name__ == "__main__":
    main(sys.argv[1:])
