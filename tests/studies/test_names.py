"""What the files of a study are called: by templates, on every file system, no two the same."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comfyc.diagnostics import ComfycError
from comfyc.studies.names import NameTemplate, OutputNamer, folded, same_name
from comfyc.studies.rows import StudyColumn, StudyRow

COLUMNS = tuple(
    StudyColumn(name, "t.csv:1:1") for name in ("cfg", "57.text", "image", "seed", "ckpt_name", "#note")
)
WHEN = datetime(2026, 3, 9, 12, 30)


def row(number: int = 3, files: tuple[str, ...] = (), **parameters: Any) -> StudyRow:
    values = {
        name.replace("text", "57.text").replace("note", "#note"): one for name, one in parameters.items()
    }
    return StudyRow(number, values, {name: Path(values[name]) for name in files}, {})


def stem(template: str | None, one: StudyRow, count: int = 12) -> str:
    made = NameTemplate.parse(template, COLUMNS, count)
    return made.stem(one, seeds={"3.seed": 42}, study="owls", when=WHEN)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (None, "0003"),
        ("{row}", "3"),
        ("{row:06}_{cfg:.2f}", "000003_4.50"),
        ("{cfg}-{seed}", "4.5-42"),
        ("{study}/{date}/{row}", "owls/2026-03-09/3"),
        ("{date:%Y/%m}/{row}", "2026/03/3"),
        ("{row}_{57.text}", "3_a fox, red as a fox may be, in a snow"),
        ("{row}_{note}", "3_left _ right"),
        ("{row}_{#note}", "3_left _ right"),
        ("{ckpt_name}", "sdxl_base 1.0"),
        ("{image}", "cat"),
        ("{row}\\{cfg}", "3/4.5"),
        ("../{row}/./x", "3/x"),
        ("{row} {{not a field}}", "3 (not a field)"),
        ("{node}/{row}_{index:02}", "{node}/3_{index02}"),
    ],
)
def test_a_template_is_filled_in(template: str | None, expected: str) -> None:
    text = "a fox, red as a fox may be, in a snow that falls since yesterday"
    one = row(
        files=("image",),
        cfg=4.5,
        text=text,
        note="left / right",
        ckpt_name="sdxl/base 1.0.safetensors",
        image="photos/cat.jpg",
    )
    assert stem(template, one) == expected


def test_a_column_of_seeds_comes_before_the_seeds_of_the_workflow() -> None:
    assert stem("{seed}", row(seed=7)) == "7"


def test_the_number_has_as_many_digits_as_the_study_needs() -> None:
    assert stem(None, row(), count=123_456) == "000003"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{row}_{cgf}", "no field '{cgf}'"),
        ("{row.__class__}", "no field '{row.__class__}'"),
        ("{row[0]}", "no field"),
        ("{cfg!r}", "a format that is not understood"),
        ("{row:{cfg}}", "a format that is not understood"),
        ("{row:9999999}", "a format that is not understood"),
        ("{index:>9}_{row}", "is not understood"),
        ("{row", "no template"),
        ("{row}}", "no template"),
        ("picture", "all rows would be called 'picture'"),
        ("{node}_{title}", "all rows would be called"),
        ("", "is empty"),
        (" / ", "is empty"),
        ("x" * 2000, "more than 1,000"),
    ],
)
def test_a_template_that_cannot_be_is_refused(template: str, message: str) -> None:
    with pytest.raises(ComfycError, match=re.escape(message)):
        NameTemplate.parse(template, COLUMNS, 12)


def test_the_field_that_was_meant_is_named() -> None:
    with pytest.raises(ComfycError) as caught:
        NameTemplate.parse("{row}_{ckpt_nam}", COLUMNS, 12)
    assert caught.value.hint == "did you mean 'ckpt_name'?"


def test_a_value_has_to_fit_its_format() -> None:
    with pytest.raises(ComfycError, match="row 3 has the value 'a fox'"):
        stem("{57.text:04d}", row(text="a fox"))


def test_outputs_of_a_row_get_names_of_their_own() -> None:
    plain = OutputNamer("0001")
    assert [plain.name(node="9", title="Save", file=f"ComfyUI_{n}_") for n in (1, 2, 3)] == [
        ("0001",),
        ("0001_2",),
        ("0001_3",),
    ]
    named = OutputNamer("{title}/{node}_{index02}_{file}")
    assert named.name(node="9", title="My / {Save}", file="a") == ("My _ (Save)", "9_01_a")
    assert named.name(node="12:3", title="con", file="a") == ("_con", "12_3_02_a")
    folds = OutputNamer("{title}")
    assert folds.name(node="1", title="ÄA", file="") == ("ÄA",)
    assert folds.name(node="2", title="a\u0308a", file="") == ("äa_2",)


def test_names_are_the_same_if_a_file_system_says_so() -> None:
    assert folded("Grün") == folded("gru\u0308N")
    assert folded("straße") == folded("STRASSE")
    assert folded("a_1") != folded("a_2")
    assert "rows 3 and 7 would both have the name 'x'" in str(same_name("x", 3, 7))


@settings(max_examples=60)
@given(st.text(max_size=300), st.sampled_from(["{57.text}", "{57.text}/{row}", "x_{57.text}_{index}"]))
def test_a_name_of_any_value_leads_nowhere_else(value: str, template: str) -> None:
    made = NameTemplate.parse(template, COLUMNS, 2).stem(row(text=value), seeds={}, study="s", when=WHEN)
    parts = OutputNamer(made).name(node="1", title="t", file="f")
    assert 1 <= len(parts) <= 2
    for part in parts:
        assert 0 < len(part.encode()) <= 204
        assert part not in (".", "..")
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f{}]', part)
        assert part == part.strip().rstrip(". ")
