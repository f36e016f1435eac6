"""The pages of one file: its graph, what is found in it, what it needs, what can be set, and its prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from comfyc.diagnostics import Diagnostic, Severity
from comfyc.drawing import WorkflowPicture, picture_of
from comfyc.drawing.html import html_of
from comfyc.drawing.palette import Theme
from comfyc.drawing.svg import svg_of
from comfyc.gallery.facts import Facts, facts_of
from comfyc.gallery.markup import page
from comfyc.gallery.model import Exhibit
from comfyc.gallery.wording import OUTCOMES, counted, marks_of, pack_address, severity_word
from comfyc.interface import Setting
from comfyc.javascript.stringify import json_text
from comfyc.needs import Needs
from comfyc.needs.tables import address_of, sections
from comfyc.report.findings import FileReport, Finding
from comfyc.safety.escaping import shortened
from comfyc.safety.markup import Child, Html, breakable, fold, link, table, tag, together
from comfyc.safety.secrets import hide_in_addresses

_NEIGHBOURS = "<!--neighbours-->"
"""Where the links to the files before and after are put: no text of a file can hold it."""
_LONGEST_VALUE = 2_000
_LONGEST_PROMPT = 200_000
"""Characters of a prompt that its page shows; all of it is in the file beside."""
_LOCAL = "ON THIS MACHINE"
"""A column about the machine that makes the site, which is nothing to its readers."""
_FEW = 30
"""So many settings are shown without being asked for."""


def exhibit_pages(exhibit: Exhibit, title: str) -> tuple[Facts, dict[str, str]]:
    """The facts about a file, and its pages: their texts by their addresses in the site. ``title`` is that of
    the site."""
    picture = _picture(exhibit)
    facts = facts_of(exhibit, has_graph=picture is not None)
    pages: dict[str, str] = {}
    if picture is not None:
        pages[facts.graph] = svg_of(picture, exhibit.title, Theme.AUTO)
        pages[f"graphs/{exhibit.name}.html"] = html_of(picture, exhibit.title, Theme.AUTO)
    prompt = exhibit.validation.conversion.text if facts.prompt and exhibit.validation is not None else ""
    if prompt:
        pages[facts.prompt] = prompt
    pages[facts.page] = _page(exhibit, facts, title, hide_in_addresses(prompt))
    return facts, {where: hide_in_addresses(text) for where, text in pages.items()}


def with_neighbours(made: str, before: Facts | None, after: Facts | None) -> str:
    """The page of a file with links to the files before and after it."""
    links = together(
        tag("span", word, class_="off")
        if one is None
        else link(f"{one.name}.html", word, title=one.title, rel=rel)
        for word, one, rel in (("← Previous", before, "prev"), ("Next →", after, "next"))
    )
    return made.replace(_NEIGHBOURS, links, 1)


def _picture(exhibit: Exhibit) -> WorkflowPicture | None:
    if exhibit.validation is None:
        return None
    shown = _kept(exhibit.validation.diagnostics, exhibit.report)
    return picture_of(exhibit.validation.conversion, findings=shown)


def _kept(found: Sequence[Diagnostic], report: FileReport) -> list[Diagnostic]:
    """The findings that the report has, which leaves out what the settings of a repository hide, with the
    pointers that the picture knows."""
    kept = {(one.diagnostic.rule.code, one.diagnostic.message) for one in report.findings}
    return [
        one for one in found if one.severity is not Severity.INFO and (one.rule.code, one.message) in kept
    ]


def _page(exhibit: Exhibit, facts: Facts, title: str, prompt: str) -> str:
    about = [
        marks_of(facts),
        tag("p", OUTCOMES[facts.outcome][1], _reason(exhibit), class_="lead"),
        _downloads(exhibit, facts),
        *_findings(exhibit.report),
        *_needs(exhibit.needs),
        _settings(exhibit.settings),
        _prompt(facts, prompt),
    ]
    return page(
        f"{exhibit.title} · {title}",
        _head(exhibit, title),
        tag("main", _figure(facts), tag("div", *about, class_="about"), class_="workflow"),
        script="page.js",
        up="../",
    )


def _head(exhibit: Exhibit, title: str) -> Html:
    folder = exhibit.file.rpartition("/")[0]
    crumbs = [link("../index.html", title), *folder.split("/")] if folder else [link("../index.html", title)]
    path = together(piece for crumb in crumbs for piece in (crumb, tag("span", " / ", class_="soft")))
    return tag(
        "header",
        tag("nav", path, aria_label="Path", class_="crumbs"),
        tag("h1", exhibit.title),
        tag("nav", Html(_NEIGHBOURS), aria_label="Neighbours", class_="neighbours"),
        class_="bar",
    )


def _figure(facts: Facts) -> Html | None:
    """The graph, which can be panned and zoomed, and the picture that carries the workflow."""
    parts: list[Child] = []
    if facts.has_graph:
        where = f"../graphs/{facts.name}.html"
        parts.append(tag("iframe", src=where, title=f"The graph of {facts.title}"))
    elif facts.picture:
        parts.append(tag("img", src=f"../{facts.picture}", alt=f"The picture {facts.title}"))
    return tag("div", *parts, class_="figure") if parts else None


def _downloads(exhibit: Exhibit, facts: Facts) -> Html:
    shown = []
    if facts.has_graph:
        shown.append(link(f"../graphs/{facts.name}.html", "Graph in full"))
    if facts.prompt:
        shown.append(link(f"../{facts.prompt}", "Prompt", download=f"{facts.name}.json"))
    if exhibit.original:
        shown.append(link(f"../{exhibit.original}", "Original file"))
    picture = None
    if facts.picture and facts.has_graph:
        image = tag("img", src=f"../{facts.picture}", alt=f"The picture {facts.title}", loading="lazy")
        picture = link(f"../{facts.picture}", image, class_="picture")
    return tag(
        "div",
        picture,
        tag("p", tag("span", breakable(exhibit.file), class_="path"), class_="file"),
        tag("p", *shown, class_="downloads"),
    )


def _reason(exhibit: Exhibit) -> Html | None:
    """What the server would say."""
    error = exhibit.validation.verdict.error if exhibit.validation is not None else None
    message = (error or {}).get("message")
    return together([" It says: ", tag("q", message)]) if isinstance(message, str) and message else None


def _section(title: str, *children: Child, name: str = "", is_open: bool = True) -> Html:
    """A part of the page that can be folded away; one line if there is nothing more to say."""
    if not children:
        return tag("div", tag("h2", title), class_="section plain", id=name or None)
    return fold(tag("h2", title), *children, is_open=is_open, class_="section", id=name or None)


def _findings(report: FileReport) -> list[Html]:
    """Errors and warnings, the gravest first; notes, of which there may be many, are folded away."""
    ranked = sorted(report.findings, key=lambda one: list(Severity).index(one.severity))
    parts = []
    for name, word, is_note in (("findings", "finding", False), ("notes", "note", True)):
        rows = [one for one in ranked if (one.severity is Severity.INFO) is is_note]
        if rows:
            shown = tag("ul", *map(_finding, rows), class_="findings")
            count = sum(one.count for one in rows)
            parts.append(_section(counted(count, word), shown, name=name, is_open=not is_note))
        elif not is_note:
            parts.append(_section("No errors and no warnings", name=name))
    return parts


def _finding(one: Finding) -> Html:
    found, location = one.diagnostic, one.diagnostic.location
    severity = severity_word(one.severity.value)
    code = link(f"../rules.html#{found.rule.code.lower()}", found.rule.code, title=found.rule.summary)
    where = []
    if location.node is not None:
        where.append(f"node {location.node}" + (f" ({location.title})" if location.title else ""))
    if location.line is not None:
        where.append(f"line {location.line}, column {location.column}")
    if found.pointer:
        where.append(shortened(found.pointer, 200))
    return tag(
        "li",
        tag(
            "p",
            tag("span", severity, class_=f"severity {one.severity.value}"),
            " ",
            code,
            " ",
            tag("span", found.rule.name, class_="soft"),
        ),
        tag("p", shortened(found.message, _LONGEST_VALUE)),
        tag("p", f"Help: {shortened(found.hint, _LONGEST_VALUE)}", class_="hint") if found.hint else None,
        tag("p", " · ".join(where), class_="where") if where else None,
        class_=one.severity.value,
    )


def _needs(needs: Needs | None) -> list[Html]:
    """The tables of ``comfyc needs``, with links to where models and packs are declared to be."""
    if needs is None:
        return []
    models = {one.name: where for one in needs.models if (where := address_of(one)) is not None}
    packs = {row.pack.source: pack_address(row.pack.source) for row in needs.packs if row.pack.source}
    parts = []
    for title, header, rows in sections(needs):
        used = [at for at in range(len(header)) if header[at] != _LOCAL and any(row[at] for row in rows)]
        known: Mapping[str, str] = models if header[0] == "MODEL" else packs if header[0] == "PACK" else {}
        cells = [[_linked(row[at], known) for at in used] for row in rows]
        shown = [table([header[at].capitalize() for at in used], cells)] if cells else []
        parts.append(_section(title, *shown))
    return parts or [_section("Needs nothing but ComfyUI's own nodes")]


def _linked(cell: str, known: Mapping[str, str]) -> Child:
    return link(known[cell], breakable(cell)) if cell in known else breakable(cell)


def _settings(settings: Sequence[Setting]) -> Html | None:
    if not settings:
        return None
    rows: list[list[Child]] = []
    last = ""
    for one in settings:
        node = together([one.title, " ", tag("span", f"#{one.node}", class_="soft")])
        rows.append([None if one.node == last else node, one.label, _value(one)])
        last = one.node
    shown = table(("Node", "Input", "Value"), rows, class_="settings")
    return _section(f"Can be set: {len(settings)}", shown, name="settings", is_open=len(settings) <= _FEW)


def _value(one: Setting) -> Html:
    written = one.value if isinstance(one.value, str) else json_text(one.value)
    return tag("span", shortened(written, _LONGEST_VALUE), class_="value")


def _prompt(facts: Facts, prompt: str) -> Html | None:
    if not prompt:
        return None
    rest = None
    if len(prompt) > _LONGEST_PROMPT:
        rest = tag("p", "This is its beginning: all of it is in the file.", class_="soft")
    shown = tag("pre", tag("code", prompt[:_LONGEST_PROMPT]), tabindex="0")
    return _section("Prompt (API format)", rest, shown, name="prompt", is_open=False)
