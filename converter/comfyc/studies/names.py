"""What the files of a study are called: ``--name "{row:04}_{cfg}_{seed}"``.

    template = NameTemplate.parse("{row:04}_{cfg}/{node}", plan.columns, plan.count)
    stem = template.stem(row, seeds=..., study="out", when=...)    "0003_4.5/{node}"
    OutputNamer(stem).name(node="9", title="Save", file="ComfyUI_00001_")    ("0003_4.5", "9")

A template is text with fields in braces, and ``/`` for folders. Fields about the row and its parameters are
filled in when the row is planned; those about an output stay in the stem of the row until there is one, so
that the stem is all that has to be kept. Nothing in a field reaches into an object, as ``{row.x}`` and
``{row[0]}`` would in Python.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from string import Formatter
from typing import Any

from comfyc.diagnostics import ComfycError
from comfyc.running.records.out_folder import safe_name
from comfyc.studies.rows import StudyColumn, StudyRow
from comfyc.suggestions import closest, did_you_mean

OF_ROW = ("row", "study", "date", "seed")
OF_OUTPUT = ("index", "node", "title", "file")
_LEFT = re.compile(r"\{(index|node|title|file)([0-9.d]*)\}")
"""A field about an output in the stem of a row, with its format behind its name."""
_FORMAT = re.compile(r"(?:.?[<>=^])?[+\- ]?#?0?\d{0,3}[,_]?(?:\.\d{1,2})?[a-zA-Z%]?")
_FORMAT_OF_OUTPUT = re.compile(r"\d{0,2}d?|\.\d{1,2}")
_MODELS = (".safetensors", ".ckpt", ".gguf", ".pth", ".pt", ".sft")
"""Endings that say nothing in a name."""
_LONGEST_VALUE = 40
"""Characters of a text in a name."""
_LONGEST = 200
"""Bytes of a part of a name: an ending and a number have to fit behind it."""
_HARMLESS = re.compile(r"[0-9_]([\w (),+=-]*\w)?", re.ASCII)
"""A name that is safe as it is. Those of devices begin with a letter."""
_DEEPEST = 8
_LONGEST_TEMPLATE = 1_000
_LISTED = 12


@dataclass(frozen=True, slots=True)
class _Field:
    """A piece of a template: text as it is, and the field behind it. ``name`` is None for text alone.
    ``column`` is the column that the field means."""

    text: str
    name: str | None = None
    form: str = ""
    column: StudyColumn | None = None


@dataclass(frozen=True, slots=True)
class NameTemplate:
    """A template that has been read. ``fields`` are its pieces."""

    text: str
    fields: tuple[_Field, ...]

    @classmethod
    def parse(cls, text: str | None, columns: Sequence[StudyColumn], count: int) -> NameTemplate:
        """Read a template; None is the number of the row, with as many digits as ``count`` rows need.

        ``ComfycError`` for a field that does not exist, and for a template that gives all rows one name.
        """
        if text is None:
            text = f"{{row:0{max(4, len(str(count)))}}}"
        if len(text) > _LONGEST_TEMPLATE:
            raise ComfycError("the template after --name has more than 1,000 characters", "make it shorter")
        try:
            pieces = list(Formatter().parse(text))
        except ValueError as error:
            message = f"'{text}' is no template for names: {str(error).lower()}"
            raise ComfycError(message, "write a brace that is part of the name twice: {{") from None
        fields = tuple(_field(piece, columns) for piece in pieces)
        if not any(one.name is not None for one in fields) and not text.strip("/\\ ."):
            raise ComfycError("the template after --name is empty", "for example {row:04}_{seed}")
        if count > 1 and not any(one.column is not None or one.name in ("row", "seed") for one in fields):
            raise ComfycError(
                f"all rows would be called '{text}'", "put {row} or a column into the template after --name"
            )
        return cls(text, fields)

    @property
    def has_seed(self) -> bool:
        """Whether a name may have a seed that is not the value of a column."""
        return any(one.name == "seed" for one in self.fields)

    def stem(self, row: StudyRow, *, seeds: Mapping[str, int], study: str, when: datetime) -> str:
        """What the files of a row are called, without an ending; folders are separated by ``/``.

        ``seeds`` are those of the row by "node.input", ``study`` is the name of the study, and ``when`` the
        time for ``{date}``. ``ComfycError`` if a value has not the format that is asked for.
        """
        made = []
        for one in self.fields:
            made.append(one.text)
            if one.name in OF_OUTPUT and one.column is None:
                made.append(f"{{{one.name}{one.form}}}")
            elif one.name is not None:
                made.append(self._value(one, row, seeds, study, when))
        parts = [part for part in re.split(r"[/\\]+", "".join(made)) if part.strip(". ")][:_DEEPEST]
        return "/".join(map(_safe, parts)) or "_"

    def _value(self, one: _Field, row: StudyRow, seeds: Mapping[str, int], study: str, when: datetime) -> str:
        value: Any
        if one.column is not None and not (one.name == "seed" and one.column.name not in row.parameters):
            value = _of_column(one.column, row)
        elif one.name == "seed":
            value = next(iter(seeds.values()), None)
            if value is None:
                raise ComfycError("no seed is set in the workflow for {seed}", "leave it out of --name")
        else:
            value = row.number if one.name == "row" else study
        try:
            if one.name == "date" and one.column is None:
                return _without_braces(when.strftime(one.form or "%Y-%m-%d"))
            return _shown(value, one.form)
        except ValueError as error:
            raise ComfycError(
                f"row {row.number} has the value '{value}' for {{{one.name}:{one.form}}}: {error}",
                "leave the format out: it is for numbers",
            ) from None


class OutputNamer:
    """Names the outputs of a row by its stem, no two the same."""

    def __init__(self, stem: str) -> None:
        self.stem = stem
        self.count = 0
        self._given: dict[str, int] = {}

    def name(self, *, node: str, title: str, file: str) -> tuple[str, ...]:
        """The folders and the name without its ending for the next output: of the node ``node`` with this
        title, which the server calls ``file`` (without its ending). Where the template does not tell outputs
        apart, the second one has ``_2`` behind it."""
        self.count += 1
        values = {"index": self.count, "node": node, "title": title, "file": file}

        def filled(found: re.Match[str]) -> str:
            return _shown(values[found[1]], found[2])

        made = _LEFT.sub(filled, self.stem)
        number = self._given[folded(made)] = self._given.get(folded(made), 0) + 1
        parts = [_safe(part) for part in made.split("/")]
        return (*parts[:-1], f"{parts[-1]}_{number}" if number > 1 else parts[-1])


def folded(stem: str) -> str:
    """What stems are compared by: two that differ only in this way are one name on some file system."""
    if stem.isascii():
        return stem.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", stem).casefold())


def same_name(stem: str, first: int, second: int) -> ComfycError:
    """The error about two rows whose files would have one name."""
    hint = "put something into --name that tells them apart, such as {row}"
    return ComfycError(f"the rows {first} and {second} would both have the name '{stem}'", hint)


def _field(piece: tuple[str, str | None, str | None, str | None], columns: Sequence[StudyColumn]) -> _Field:
    text, name, form, conversion = piece
    text, form = _without_braces(text), form or ""
    if name is None:
        return _Field(text)
    if conversion or "{" in form or (name != "date" and not _FORMAT.fullmatch(form)):
        raise ComfycError(
            f"the field '{{{name}}}' after --name has a format that is not understood",
            "for example {row:04}, {cfg:.1f}, {date:%Y-%m-%d}",
        )
    column = _column(name, columns)
    if name in OF_OUTPUT and column is None and not _FORMAT_OF_OUTPUT.fullmatch(form):
        raise ComfycError(f"{{{name}:{form}}} after --name is not understood", "for example {index:02}")
    if column is None and name not in (*OF_ROW, *OF_OUTPUT):
        known = list(dict.fromkeys([*OF_ROW, *OF_OUTPUT, *(one.name for one in columns)]))
        fields = ", ".join(f"{{{each}}}" for each in known[:_LISTED])
        more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
        guess = did_you_mean(closest(name, known, 3))
        raise ComfycError(
            f"there is no field '{{{name}}}' for --name", guess or f"the fields are: {fields}{more}"
        )
    return _Field(text, name, form, column)


def _column(name: str, columns: Sequence[StudyColumn]) -> StudyColumn | None:
    """The column that a field means: by its name, by that of an input which only one of them sets, or by
    NODE.INPUT. What is said of every row or output comes first, but a seed may be a column."""
    if name in (*OF_ROW, *OF_OUTPUT) and name != "seed":
        return None
    wanted = (name, f"#{name}")
    found = [one for one in columns if one.name in wanted]
    found = found or [one for one in columns if one.name.casefold() == name.casefold()]
    found = found or [one for one in columns if any(name in (each.input, each.path) for each in one.settings)]
    return found[0] if len(found) == 1 else None


def _of_column(column: StudyColumn, row: StudyRow) -> Any:
    """The value of a column in a row: what the file has where the row has none, of a file its name."""
    file = row.files.get(column.name)
    if file is not None:
        return PurePath(file.name).stem
    known = row.parameters.get(column.name)
    return known if known is not None or not column.settings else column.settings[0].value


def _shown(value: Any, form: str) -> str:
    """A value as part of a name. ``ValueError`` if it has not the format."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if form:
        try:
            text = format(value, form)
        except TypeError as error:
            raise ValueError(str(error)) from None
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        text = _shortened(text)
    return re.sub(r"[/\\]+", "_", _without_braces(text))


def _shortened(text: str) -> str:
    """The beginning of a text, up to the end of a word."""
    for ending in _MODELS:
        text = text.removesuffix(ending)
    text = " ".join(text.split())
    if len(text) <= _LONGEST_VALUE:
        return text
    start = text[: _LONGEST_VALUE + 1]
    return (start.rpartition(" ")[0] if " " in start[_LONGEST_VALUE // 2 :] else start[:-1]).rstrip(" ,;.:-")


def _without_braces(text: str) -> str:
    """A text that is not taken for a field."""
    return text.replace("{", "(").replace("}", ")")


def _safe(part: str) -> str:
    """A part of a name that every file system takes, with room for a number and an ending."""
    if len(part) <= _LONGEST and _HARMLESS.fullmatch(part):
        return part  # most are, and there may be a million
    text = safe_name(part)
    if len(text) <= _LONGEST // 4:
        return text
    return text.encode()[:_LONGEST].decode("utf-8", "ignore").rstrip(". ")
