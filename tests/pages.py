"""Pages of ours read back: links, texts and ids; and whether they are HTML without mistakes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_VOID = {"img", "input", "link", "meta", "wbr"}
_INLINE = {"a", "span", "code", "strong", "q", "button", "summary", "h1", "h2", "h3", "p", "option", "output"}
_BLOCKS = {"div", "ul", "li", "p", "section", "table", "details", "header", "main", "footer", "nav", "pre"}
_RAW = {"script", "style"}


@dataclass
class Page:
    """What a page holds: tags with their attributes in order, and all its text but that of scripts."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: str = ""
    raw: dict[str, list[str]] = field(default_factory=dict)
    """The contents of scripts and style sheets."""

    def all(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of a name."""
        return [attributes for tag, attributes in self.tags if tag == name]

    @property
    def addresses(self) -> Iterator[str]:
        """Everything that the page loads or leads to."""
        for _, attributes in self.tags:
            for name in ("href", "src"):
                if (value := attributes.get(name)) is not None:
                    yield value


class _Reader(HTMLParser):
    """Fails at what a browser would mend: elements left open, blocks inside text, attributes given twice."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"<{tag}> has an attribute twice: {names}"
        assert not [name for name in names if name.startswith("on") or name == "style"], names
        parent = self.open[-1] if self.open else ""
        assert not (parent in _INLINE and tag in _BLOCKS), f"<{tag}> in <{parent}>"
        assert not (tag == "a" and "a" in self.open), "a link in a link"
        assert tag != "li" or parent == "ul"
        assert parent != "ul" or tag == "li"
        assert tag != "img" or "alt" in names
        ident = dict(attrs).get("id")
        assert ident is None or ident not in self.ids, f"two elements have the id {ident}"
        self.ids |= {ident} if ident else set()
        self.page.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in _RAW:
            self.page.raw.setdefault(self.open[-1], []).append(data)
        else:
            self.page.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def read_page(text: str) -> Page:
    """A page; ``AssertionError`` where it is no valid HTML."""
    assert text.startswith("<!DOCTYPE html>\n")
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader.page


def broken_links(site: Path) -> list[str]:
    """The links of all pages of a site, but for those to the web, that lead nowhere."""
    pages = {
        path: read_page(path.read_text("utf-8"))
        for path in site.rglob("*.html")
        if path.parent.name != "graphs"
    }
    ids = {path: {one["id"] for _, one in page.tags if "id" in one} for path, page in pages.items()}
    broken = []
    for path, page in pages.items():
        for address in page.addresses:
            parts = urlsplit(address)
            if parts.scheme in ("http", "https"):
                continue
            target = path if not parts.path else path.parent / unquote(parts.path)
            known = ids.get(Path(posixpath.normpath(target)), set())
            is_filter = path.name == "index.html" and "=" in parts.fragment
            if not target.is_file() or (parts.fragment and not is_filter and parts.fragment not in known):
                broken.append(f"{path.name}: {address}")
    return broken
