"""A sheet as one HTML file: a card for each row, which a script lays out as a grid.

Without JavaScript the cards are a list, in which everything can be read. Nothing of a study is markup, and
the policy of the page allows our script and our style sheet, the thumbnails inside, and the originals beside
it.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from comfyc.safety.escaping import shortened, visible
from comfyc.safety.markup import Child, Html, script_data, source_hash, tag, text
from comfyc.sheets.axes import Axes
from comfyc.sheets.model import Medium, Sheet, SheetRow, Shot
from comfyc.sheets.thumbnails import Thumbnail
from comfyc.version import version

_FOLDER = Path(__file__).parent
_SCRIPTS = ("rows", "grid", "view")
_MOST_SHOTS = 16
"""Outputs of a row that its card shows."""
_LONGEST_TEXT = 20_000
_LONGEST_PROBLEM = 2_000
_LONGEST_LABEL = 80
"""Characters of a label in the caption of a card; the large view has all of it."""
_RUNS_SCRIPTS = frozenset({"html", "htm", "xhtml", "xht", "svg", "svgz", "xml", "mht", "mhtml"})
"""Endings of files that a browser would run the scripts of, if a link led to them."""
_POLICY = (
    "default-src 'none'; img-src 'self' file: data:; media-src 'self' file:; base-uri 'none';"
    " form-action 'none'"
)
_STATES = {"done": "done", "failed": "failed", "sent": "running", "waiting": "not run yet"}


@dataclass(slots=True)
class ShownOutputs:
    """What became of the outputs on a page: pictures that are inside of it as thumbnails, files that it only
    leads to, and those that are gone; ``unreadable`` are pictures without a thumbnail."""

    inside: int = 0
    linked: int = 0
    unreadable: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class PageWishes:
    """How a page shall be: ``target`` is the folder that it will lie in, to which links are relative;
    ``size`` the longer side of pictures in pixels, to begin with; ``theme`` is auto, dark or light."""

    target: Path
    size: int
    theme: str = "auto"
    note: str = ""


def page_of(
    sheet: Sheet, axes: Axes, thumbnails: Mapping[Path, Thumbnail], wishes: PageWishes
) -> tuple[str, ShownOutputs]:
    """The text of the page, and what became of the outputs."""
    shown = ShownOutputs()
    cards = [_Card(sheet, row, thumbnails, wishes.target, shown).markup() for row in sheet.rows]
    style, script = _asset("sheet.css"), _script()
    policy = f"{_POLICY}; script-src {source_hash(script)}; style-src {source_hash(style)}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("meta", name="viewport", content="width=device-width,initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", sheet.title),
        tag("style", Html(style)),
    )
    body = tag(
        "body",
        _header(sheet, wishes.note),
        tag(
            "main",
            tag("div", tag("ul", *cards, class_="cards"), class_="laid"),
            tag("p", "No row fits.", class_="none soft", hidden=True),
            tag("footer", f"Made by comfyc {version()}", class_="soft"),
            tabindex="-1",
        ),
        Html("\n"),
        script_data("sheet", _data(sheet, axes, wishes)),
        Html("\n"),
        tag("script", Html(script)),
    )
    theme = None if wishes.theme == "auto" else wishes.theme
    return f"<!DOCTYPE html>\n{tag('html', head, Html(chr(10)), body, lang='en', data_theme=theme)}\n", shown


@cache
def _asset(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")


@cache
def _script() -> str:
    """The scripts beside this module as one, in which a name of one of them is no name of the browser's."""
    return '"use strict";\n{\n' + "".join(_asset(f"{name}.js") for name in _SCRIPTS) + "}\n"


def _header(sheet: Sheet, note: str) -> Html:
    counts = [
        tag("li", tag("strong", f"{number:,}"), f" {word}", class_=f"count {state}")
        for state, word in _STATES.items()
        if (number := sheet.count(state))
    ]
    rows = tag("li", tag("strong", f"{len(sheet.rows):,}"), " row" + "s" * (len(sheet.rows) != 1))
    return tag(
        "header",
        tag("h1", sheet.title),
        tag("ul", rows, *counts, class_="counts"),
        tag("p", note, class_="soft note") if note else None,
    )


def _data(sheet: Sheet, axes: Axes, wishes: PageWishes) -> dict[str, Any]:
    """What the script needs to know beside what is in the cards."""
    return {
        "columns": [
            {"name": visible(one.name), "number": one.is_number, "labels": _lines(one.labels)}
            for one in sheet.columns
        ],
        "axes": [axes.sections, axes.rows, axes.columns],
        "size": wishes.size,
        "rows": [
            [
                one.number,
                one.state,
                one.values,
                one.seconds,
                visible(one.server),
                visible(one.prompt_id),
                one.attempt,
                [[visible(name), visible(value)] for name, value in one.seeds],
                [[severity, visible(words)] for severity, words in one.findings],
            ]
            for one in sheet.rows
        ],
    }


def _lines(labels: Sequence[str]) -> list[str]:
    return ["\n".join(map(visible, label.split("\n"))) for label in labels]


# --- a card --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Card:
    sheet: Sheet
    row: SheetRow
    thumbnails: Mapping[Path, Thumbnail]
    target: Path
    shown: ShownOutputs

    def markup(self) -> Html:
        shots: list[Child] = [self._shot(one) for one in self.row.shots[:_MOST_SHOTS]]
        if not shots:
            shots = [self._nothing()]
        more = len(self.row.shots) - _MOST_SHOTS
        return tag(
            "li",
            tag("div", *shots, class_="shots"),
            tag("p", f"and {more:,} more outputs", class_="soft") if more > 0 else None,
            tag("p", self._problem(), class_="problem") if self.row.problem and self.row.shots else None,
            tag("p", tag("span", str(self.row.number), class_="number"), *self._chips(), class_="caption"),
            class_=f"card {self.row.state}",
        )

    def _nothing(self) -> Html:
        state = "no outputs" if self.row.state == "done" else _STATES.get(self.row.state, self.row.state)
        problem = tag("span", self._problem(), class_="problem") if self.row.problem else None
        return tag("span", tag("b", state), problem, class_="shot empty")

    def _problem(self) -> str:
        return shortened(self.row.problem, _LONGEST_PROBLEM)

    def _chips(self) -> list[Html]:
        return [
            tag(
                "span",
                tag("b", column.name),
                " ",
                shortened(column.labels[value], _LONGEST_LABEL),
                class_="chip",
                data_column=at,
            )
            for at, (column, value) in enumerate(zip(self.sheet.columns, self.row.values, strict=True))
            if column.varies
        ]

    def _described(self) -> str:
        """The row in words, for those who do not see its picture."""
        values = [
            f"{column.name} {shortened(column.labels[value], _LONGEST_LABEL)}"
            for column, value in zip(self.sheet.columns, self.row.values, strict=True)
            if column.varies
        ]
        return f"Row {self.row.number}: " + ", ".join(values) if values else f"Row {self.row.number}"

    def _shot(self, shot: Shot) -> Html:
        if shot.medium is Medium.TEXT:
            words = text(shortened(shot.text, _LONGEST_TEXT))
            return tag("div", tag("pre", words), class_="shot text", data_name=shot.name or None)
        if shot.path is None:
            self.shown.gone += 1
            return tag("span", f"{shot.name} is not in the folder of the study", class_="shot empty")
        where = self._address(shot.path)
        inside, extra = self._inside(shot, where)
        attributes = {"class": f"shot {shot.medium.value}", "data-name": shot.name}
        if shot.name.rpartition(".")[2].lower() in _RUNS_SCRIPTS:
            return tag("span", *inside, **attributes)
        return Html(tag("a", *inside, href=where, **attributes) + (extra or ""))

    def _inside(self, shot: Shot, where: str) -> tuple[list[Child], Html | None]:
        """What a link to an output holds, and what stands behind it."""
        name = shot.name.rpartition("/")[2]
        if shot.medium is Medium.PICTURE:
            return [self._picture(shot, where)], None
        self.shown.linked += 1
        if shot.medium is Medium.VIDEO:
            return [tag("video", src=where, preload="none", muted=True, loop=True, playsinline=True)], None
        if shot.medium is Medium.AUDIO:
            return [name], tag("audio", src=where, preload="none", controls=True)
        return [name], None

    def _picture(self, shot: Shot, where: str) -> Html:
        made = self.thumbnails.get(shot.path) if shot.path else None
        if made is None:
            self.shown.unreadable += 1
            return tag("img", src=where, alt=self._described(), loading="lazy", decoding="async")
        self.shown.inside += 1
        address = f"data:{made.type};base64,{base64.b64encode(made.data).decode('ascii')}"
        sizes = {"width": made.width or None, "height": made.height or None}
        image = tag("img", src=address, alt=self._described(), loading="lazy", decoding="async", **sizes)
        return Html(image + tag("span", "animated", class_="badge")) if made.moves else image

    def _address(self, path: Path) -> str:
        """How a page in the target folder leads to a file."""
        try:
            relative = os.path.relpath(path, self.target)
        except ValueError:  # another drive of Windows
            return path.as_uri()
        return quote(os.fsencode(relative.replace(os.sep, "/")))
