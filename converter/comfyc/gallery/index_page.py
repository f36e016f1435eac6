"""The first page: what all files have together, and a card for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from comfyc.carriers import JSON
from comfyc.codes import RULES
from comfyc.gallery.facts import Facts
from comfyc.gallery.index_json import index_json
from comfyc.gallery.markup import asset, page
from comfyc.gallery.rules_page import rules_page
from comfyc.gallery.totals import Demand, Totals, totals_of
from comfyc.gallery.wording import OUTCOMES, counted, marks_of, pack_address, severity_word
from comfyc.safety.markup import (
    NOTHING,
    Child,
    Html,
    breakable,
    fold,
    link,
    script_data,
    table,
    tag,
    together,
)
from comfyc.safety.secrets import hide_in_addresses
from comfyc.version import version

_SORTS = {
    "name": "By name",
    "errors": "By findings",
    "nodes": "By nodes",
    "fewest": "Fewest nodes",
}
_CHIPS = 3
"""Packs that a card names."""


def site_pages(facts: Sequence[Facts], title: str, skipped: Sequence[str] = ()) -> dict[str, str]:
    """The pages about all files: their texts by their addresses. ``skipped`` are the files without a
    workflow."""
    totals = totals_of(facts)
    made = {
        "index.html": _index(facts, totals, title, skipped),
        "index.json": index_json(facts, totals, title, skipped),
        "icon.svg": asset("icon.svg"),
        "rules.html": rules_page((one.code for one in totals.rules), title),
    }
    return {where: hide_in_addresses(text) for where, text in made.items()}


def _index(facts: Sequence[Facts], totals: Totals, title: str, skipped: Sequence[str]) -> str:
    cards = tag("ul", *(_card(one) for one in facts), class_="cards")
    return page(
        title,
        tag("header", tag("h1", title), tag("p", _subtitle(facts, skipped), class_="soft"), class_="top"),
        tag(
            "main",
            _tiles(totals, len(facts)),
            _summary(totals),
            _tools(totals),
            cards,
            _none(),
            class_="gallery",
        ),
        tag("footer", f"Made by comfyc {version()}. ", link("index.json", "The same for programs"), "."),
        script_data("cards", [_row(one) for one in facts]),
        script="index.js",
    )


def _subtitle(facts: Sequence[Facts], skipped: Sequence[str]) -> str:
    left = f"; {counted(len(skipped), 'other file')} without a workflow" if skipped else ""
    return counted(len(facts), "file") + left


# --- what all files have together ----------------------------------------------------------------


def _tiles(totals: Totals, files: int) -> Html:
    shown = [tag("li", _tile(files, "all files"), class_="tile")]
    for outcome, (word, _) in OUTCOMES.items():
        if number := totals.outcomes.get(outcome, 0):
            key = outcome.replace(" ", "-")
            shown.append(tag("li", link(f"#outcome={key}", _tile(number, word)), class_=f"tile {key}"))
    shown += [
        tag("li", _tile(number, key + "s" * (number > 1)), class_=f"tile {key}")
        for key in ("error", "warning")
        if (number := totals.severities.get(key, 0))
    ]
    return tag("ul", *shown, class_="tiles")


def _tile(number: int, word: str) -> Html:
    return together([tag("strong", f"{number:,}"), tag("span", word)])


def _summary(totals: Totals) -> Html:
    parts = []
    if totals.rules:
        rows = [
            [
                _filter("code", one.code),
                tag("span", severity_word(one.severity), class_=one.severity),
                RULES[one.code].summary if one.code in RULES else "",
                link(f"rules.html#{one.code.lower()}", "explain"),
                f"{one.count:,}",
                f"{len(one.files):,}",
            ]
            for one in totals.rules
        ]
        shown = table(("Rule", "", "What it says", "", "Findings", "Files"), rows, class_="numbers-2")
        parts.append(_fold(f"Findings by rule: {len(rows)}", shown))
    parts += _wanted(
        "Models", "model", totals.models, "Folder", lambda one: one.about.get("folder") or "not known"
    )
    parts += _wanted("Packs", "pack", totals.packs, "To install", _to_install)
    parts += _wanted("Partner nodes", "partner", totals.partner_nodes, "", lambda one: None)
    if totals.duplicates:
        groups = [
            tag("li", together(_joined([link(one.page, one.file) for one in same])))
            for same in totals.duplicates
        ]
        note = tag("p", "A server would run the same for these files, but for titles.", class_="soft")
        parts.append(_fold(f"Duplicates: {counted(len(groups), 'group')}", note, tag("ul", *groups)))
    return tag("div", *parts, class_="summary") if parts else NOTHING


def _fold(title: str, *children: Child) -> Html:
    return fold(tag("h2", title), *children, class_="section")


def _joined(links: Sequence[Html]) -> list[str]:
    return [piece for one in links for piece in (one, " = ")][:-1]


def _filter(kind: str, value: str) -> Html:
    """A link that shows the cards with this value only."""
    return link(f"#{kind}={quote(value.encode('utf-8', 'surrogatepass'), safe='')}", value)


def _to_install(one: Demand) -> Child:
    source = one.about.get("source")
    return link(pack_address(source), source) if source else "not known"


def _wanted(title: str, kind: str, found: Sequence[Demand], column: str, about: Any) -> list[Html]:
    if not found:
        return []
    header = ("Name", *([column] if column else []), "Files")
    rows: list[Iterable[Child]] = [
        [_filter(kind, one.name), *([about(one)] if column else []), f"{len(one.files):,}"] for one in found
    ]
    return [_fold(f"{title}: {len(found)}", table(header, rows, class_="numbers-1"))]


# --- the gallery ---------------------------------------------------------------------------------


def _tools(totals: Totals) -> Html:
    """The search and the filters, which a script shows."""
    outcomes = [
        (key.replace(" ", "-"), word, totals.outcomes.get(key, 0)) for key, (word, _) in OUTCOMES.items()
    ]
    choices = {
        "outcome": ("Any verdict", [row for row in outcomes if row[2]]),
        "pack": ("Any pack", [(one.name, one.name, len(one.files)) for one in totals.packs]),
        "model": ("Any model", [(one.name, one.name, len(one.files)) for one in totals.models]),
        "partner": (
            "Any partner node",
            [(one.name, one.name, len(one.files)) for one in totals.partner_nodes],
        ),
        "code": (
            "Any rule",
            [(one.code, f"{one.code} {_named(one.code)}", len(one.files)) for one in totals.rules],
        ),
    }
    selects = [
        tag(
            "select",
            tag("option", every, value=""),
            *(tag("option", f"{word} ({number})", value=value) for value, word, number in rows),
            name=name,
            aria_label=every,
        )
        for name, (every, rows) in choices.items()
        if rows
    ]
    sorts = (tag("option", word, value=key) for key, word in _SORTS.items())
    return tag(
        "div",
        tag("input", type="search", name="q", placeholder="Search ( / )", aria_label="Search files"),
        *selects,
        tag("select", *sorts, name="sort", aria_label="Sort"),
        tag("button", "Clear", type="button", name="clear"),
        tag("output", aria_live="polite"),
        class_="tools",
        role="search",
        hidden=True,
    )


def _named(code: str) -> str:
    return RULES[code].name if code in RULES else ""


def _none() -> Html:
    return tag("p", "No file fits.", class_="none soft", hidden=True)


def _card(one: Facts) -> Html:
    shown = one.picture or one.graph
    kind = "picture" if one.picture else "graph"
    image = (
        tag("img", src=shown, alt="", loading="lazy", decoding="async") if shown else tag("span", "no graph")
    )
    about = [each for each in (one.file.rpartition("/")[0], one.container) if each not in ("", JSON)]
    return tag(
        "li",
        link(one.page, image, class_=f"thumb {kind}", tabindex="-1", aria_hidden="true"),
        tag("h3", link(one.page, breakable(one.title)), title=one.file),
        tag("p", breakable(" · ".join(about)), class_="path") if about else None,
        marks_of(one),
        tag("p", _needs(one), class_="soft"),
        _chips(one),
        class_="card",
    )


def _needs(one: Facts) -> str:
    counts = [(one.nodes, "node"), (len(one.models), "model"), (len(one.partner_nodes), "partner node")]
    return " · ".join(counted(number, word) for number, word in counts if number)


def _chips(one: Facts) -> Html | None:
    names = [row["name"] for row in one.packs]
    if not names:
        return None
    more = len(names) - _CHIPS
    chips = [tag("span", name, class_="chip") for name in names[:_CHIPS]]
    if more > 0:
        chips.append(tag("span", f"+{more}", class_="chip", title=", ".join(names[_CHIPS:])))
    return tag("p", *chips, class_="chips")


def _row(one: Facts) -> list[Any]:
    """What the script knows of a card: the words that are searched, and what is filtered and sorted by."""
    models, packs = ([row["name"] for row in rows] for rows in (one.models, one.packs))
    words = "\n".join([one.file, *models, *packs, *one.partner_nodes, *one.classes, *one.rules]).lower()
    found = one.severities.get("error", 0) * 1_000 + one.severities.get("warning", 0)
    return [
        words,
        one.outcome.replace(" ", "-"),
        packs,
        models,
        one.partner_nodes,
        list(one.rules),
        found,
        one.nodes,
    ]
