"""Rows of a study: tables, grids, series in parallel and folders of files; combined, typed and checked."""

from __future__ import annotations

import csv
import json
import tempfile
import tracemalloc
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError
from comfyc.interface import Requests
from comfyc.interface.requests import requests_of
from comfyc.running.prepare import Prepared, prepare
from comfyc.studies.rows import RowPlan, RowSources, plan_rows
from comfyc.studies.rows.csv_tables import CsvTable
from comfyc.studies.rows.ranges import read_range
from comfyc.studies.rows.series import series_of
from tests.discovery import FIXTURES

FLOW = FIXTURES / "text_to_image" / "workflow.json"
RUNNABLE = FIXTURES / "runnable"


@cache
def prepared(file: Path = FLOW, *values: str) -> Prepared:
    return prepare(json.loads(file.read_text("utf-8")), Catalog.load(), requests_of(values))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def planned(file: Path = FLOW, several: bool = False, **sources: Any) -> RowPlan:
    return plan_rows(RowSources(**sources), prepared(file), Requests(several=several))


def parameters(plan: RowPlan) -> list[dict[str, Any]]:
    return [dict(row.parameters) for row in plan]


def said(plan: RowPlan) -> list[str]:
    return [str(one) for found in plan.findings.values() for one in found]


def test_all_sources_combine_and_the_first_varies_slowest(folder: Path) -> None:
    (folder / "t.csv").write_text("#n,6.text\na,fox\nb,\n", "utf-8")
    plan = planned(tables=("t.csv",), grids=("cfg=4,6",), zips=("steps=10..11", "denoise=0.5,1"), count=2)
    rows = list(plan)
    assert (plan.count, len(rows), [row.number for row in rows]) == (16, 16, list(range(1, 17)))
    assert [(row.parameters["#n"], row.parameters["cfg"], row.parameters["steps"]) for row in rows[::2]] == [
        (note, cfg, steps) for note in "ab" for cfg in (4, 6) for steps in (10, 11)
    ]
    assert rows[0].parameters == rows[1].parameters
    assert rows[0].targets == {
        ("6", "text"): "fox",
        ("3", "cfg"): 4,
        ("3", "steps"): 10,
        ("3", "denoise"): 0.5,
    }
    assert ("6", "text") not in rows[-1].targets
    assert (rows[0].origin, rows[-1].origin) == ("t.csv:2", "t.csv:3")
    assert [one.name for one in plan.columns] == ["#n", "6.text", "cfg", "steps", "denoise"]
    assert [one.origin for one in plan.columns] == ["t.csv:1:1", "t.csv:1:4", "--grid", "--zip", "--zip"]
    assert not plan.has_errors


TABLES = {
    "a.csv": '6.text,cfg,seed,#n\n"a ""fox"", red",4.5,7,"two\nlines"\n,6,,\n',
    "b.csv": '\ufeff6.text;cfg;seed;#n\r\n"a ""fox"", red";4,5;7;"two\nlines"\r\n;6;;\r\n\r\n',
    "c.csv": 'sep=|\n6.text|cfg|seed|#n\n"a ""fox"", red"|4.5|7|"two\nlines"\n|6||\n',
    "d.tsv": '6.text\tcfg\tseed\t#n\n"a ""fox"", red"\t4.5\t7\t"two\nlines"\n\t6\t\t\n',
    "e.jsonl": '{"6": {"text": "a \\"fox\\", red"}, "cfg": 4.5, "seed": 7, "#n": "two\\nlines"}\n\n'
    '{"6.text": null, "cfg": 6}\n',
    "f.toml": '[[row]]\n6.text = \'a "fox", red\'\ncfg = 4.5\nseed = 7\n"#n" = "two\\nlines"\n'
    "[[row]]\ncfg = 6\n",
    "g.json": '[{"6.text": "a \\"fox\\", red", "cfg": 4.5, "seed": 7, "#n": "two\\nlines"}, {"cfg": 6}]',
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_the_same_in_every_form(folder: Path, name: str) -> None:
    (folder / name).write_bytes(TABLES[name].encode())
    plan = planned(tables=(name,))
    assert parameters(plan) == [
        {"6.text": 'a "fox", red', "cfg": 4.5, "seed": 7, "#n": "two\nlines"},
        {"cfg": 6},
    ]
    assert (plan.count, said(plan)) == (2, [])


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)] * 2),
        min_size=1,
        max_size=5,
        unique=True,
    ),
    st.sampled_from([",", ";", "\t"]),
)
def test_texts_survive_csv_of_any_kind(rows: list[tuple[str, str]], separator: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "t.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL)
            writer.writerows([("#a", "#b"), *rows])
        found = Collector()
        table = CsvTable(str(path), found)
        given_back = [(tuple(cells), [table.position(each)[0] for each in (0, 1)]) for cells in table.rows()]
    assert [cells for cells, _ in given_back] == rows
    assert not found.has_errors
    assert [lines[0] for _, lines in given_back] == sorted(lines[0] for _, lines in given_back)


def test_wrong_cells_have_line_and_column_and_are_told_once(folder: Path) -> None:
    text = 'cfg,6.text,steps\n4,"a\nb",x\nfour,,0\n4,,\n'
    (folder / "t.csv").write_text(text, "utf-8")
    plan = planned(tables=("t.csv",), grids=("denoise=0.5,2",))
    assert len(list(plan)) == 6
    assert plan.has_errors
    assert not plan.is_understood
    found = plan.findings["t.csv"]
    where = [(one.line, one.column, one.code) for one in found]
    assert where == [(3, 4, "I606"), (4, 1, "I606"), (4, 7, "P308")]
    (typed,) = plan.findings[""]
    assert (typed.code, "(--grid)" in typed.message) == ("P309", True)


def test_many_wrong_cells_are_counted(folder: Path) -> None:
    (folder / "t.csv").write_text("cfg\n" + "".join(f"x{number}\n" for number in range(300)), "utf-8")
    plan = planned(tables=("t.csv",))
    assert sum(1 for _ in plan) == 300
    found = list(plan.findings["t.csv"])
    assert (len(found), found[-1].is_rest, found[-1].count) == (21, True, 280)


def test_random_seeds_are_drawn_for_each_row(folder: Path) -> None:
    (folder / "t.csv").write_text("seed,#n\nrandom,a\n-1,b\nrandom,c\n5,d\n", "utf-8")
    seeds = [row.targets["3", "seed"] for row in planned(tables=("t.csv",), count=2)]
    assert seeds[-2:] == [5, 5]
    assert len(set(seeds)) == 7
    assert all(seed >= 0 for seed in seeds)


def test_files_are_read_or_uploaded(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "a.txt").write_text("a fox\n", "utf-8")
    (folder / "data" / "b.png").write_bytes(b"b")
    (folder / "data" / "t.csv").write_text(
        "image,SaveImage.filename_prefix\n@b.png,@a.txt\n,@@me\n@none.png,\n", "utf-8"
    )
    plan = planned(RUNNABLE / "02_load_invert_save.json", tables=("data/t.csv",))
    first, second, _ = list(plan)
    assert first.files == {"image": Path("data/b.png")}
    assert first.parameters == {"image": "data/b.png", "SaveImage.filename_prefix": "a fox"}
    assert first.targets["1", "image"] == "b.png"
    assert second.parameters == {"SaveImage.filename_prefix": "@me"}
    assert [(one.code, one.line, one.column) for one in plan.findings["data/t.csv"]] == [("I612", 4, 1)]
    assert [one.is_file for one in plan.columns] == [True, False]


def test_each_file_is_a_row_in_the_order_of_people(folder: Path) -> None:
    for name in ("p10.png", "p2.png", "p1.png", ".hidden.png", "other.txt"):
        (folder / name).write_bytes(b"x")
    (folder / "p3.png").mkdir()
    plan = planned(RUNNABLE / "02_load_invert_save.json", eaches=("image=*.png",))
    assert [row.files["image"].name for row in plan] == ["p1.png", "p2.png", "p10.png"]
    assert not plan.has_errors
    texts = planned(eaches=("6.text=other.txt",))
    assert [row.targets["6", "text"] for row in texts] == ["x"]


def test_a_file_that_the_server_does_not_have_is_missed(folder: Path) -> None:
    core = Catalog.load()
    nodes: Any = {name: core.info(name) for name in ("LoadImage", "ImageInvert", "SaveImage")}
    nodes = json.loads(json.dumps(nodes))
    nodes["LoadImage"]["input"]["required"]["image"][0] = ["there.png"]
    document = json.loads((RUNNABLE / "02_load_invert_save.json").read_text("utf-8"))
    catalog = Catalog.from_object_info(nodes)
    plan = plan_rows(RowSources(grids=("image=there.png,gone.png",)), prepare(document, catalog))
    assert len(list(plan)) == 2
    assert ["'gone.png'" in one.message for one in plan.findings[""]] == [True]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1..4", ["1", "2", "3", "4"]),
        ("4..1", ["4", "3", "2", "1"]),
        ("-1..1", ["-1", "0", "1"]),
        ("1..8:3", ["1", "4", "7"]),
        ("8..1:-3", ["8", "5", "2"]),
        ("8..1:3", ["8", "5", "2"]),
        ("0.1..0.5:0.1", ["0.1", "0.2", "0.3", "0.4", "0.5"]),
        ("1.0..0.7:0.1", ["1.0", "0.9", "0.8", "0.7"]),
        ("5..5", ["5"]),
        ("1..", None),
        ("a..b", None),
        ("1...4", None),
        ("v1.2..3", None),
        (f"1..{'9' * 50}", None),
    ],
)
def test_ranges(text: str, values: list[str] | None) -> None:
    found = read_range(text)
    assert (None if found is None else list(found)) == values
    assert found is None or [found[index] for index in range(len(found))] == values


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.integers(1, 50))
@settings(max_examples=50)
def test_ranges_of_whole_numbers_are_those_of_python(first: int, last: int, step: int) -> None:
    found = read_range(f"{first}..{last}:{step}")
    assert found is not None
    expected = range(first, last + 1, step) if last >= first else range(first, last - 1, -step)
    assert list(map(int, found)) == list(expected)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("x=a,b", ["a", "b"]),
        ('x="a, b",c', ["a, b", "c"]),
        ('x="say ""hi""","1..4",1..2', ['say "hi"', "1..4", "1", "2"]),
        ('x="",y', ["", "y"]),
        ("x= a , b ", ["a", "b"]),
        ("x=a=b", ["a=b"]),
    ],
)
def test_values_of_a_grid(text: str, values: list[str]) -> None:
    (series,) = series_of([text], [], [], 1)
    assert [row[0] for row in series.rows()] == values
    assert series.count == len(values)


def test_an_empty_value_keeps_that_of_the_file() -> None:
    plan = planned(grids=('6.text=,"",fox',))
    assert parameters(plan) == [{}, {"6.text": ""}, {"6.text": "fox"}]


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ({"grids": ("cfg",)}, "expected NAME=VALUE"),
        ({"grids": ("=4",)}, "expected NAME=VALUE"),
        ({"grids": ('cfg="4',)}, "a quote out of order"),
        ({"grids": ('cfg="4"5',)}, "a quote out of order"),
        ({"grids": ("cfg=1..2:0",)}, "has the step 0"),
        ({"grids": ("cfg=1..2:-1",)}, "never gets to its end"),
        ({"grids": ("cfg=0.1..0.4",)}, "fractions without a step"),
        ({"grids": ("seed=1..99999999",)}, "more than 10,000,000 numbers"),
        ({"grids": ("seed=1..9999", "cfg=1..9999")}, "at most 10,000,000 are planned"),
        ({"zips": ("cfg=1,2", "steps=1,2,3")}, "cfg 2, steps 3"),
        ({"eaches": ("image=*.png",)}, "no file matches '*.png'"),
        ({"tables": ("none.csv",)}, "there is no file 'none.csv'"),
        ({"tables": ("t.xlsx",)}, "'t.xlsx' is no table that can be read"),
    ],
)
def test_what_describes_no_rows_is_refused(folder: Path, sources: dict[str, Any], message: str) -> None:
    with pytest.raises(ComfycError) as caught:
        planned(**sources)
    assert message in str(caught.value)


def test_one_value_for_several_nodes(folder: Path) -> None:
    plan = planned(several=True, grids=("text=fox,cat",))
    assert [row.targets for row in plan] == [
        {("6", "text"): text, ("7", "text"): text} for text in ("fox", "cat")
    ]


def test_inputs_that_only_some_rows_have(folder: Path) -> None:
    """Options of a dynamic combo, each with inputs of its own."""
    (folder / "t.csv").write_text(
        "resize_type,2.resize_type.width,2.resize_type.multiplier\n"
        "scale dimensions,100,\n"
        "scale by multiplier,,1.5\n"
        "scale by multiplier,7,2\n"
        "scale dimension,,\n"
        ",,99\n",
        "utf-8",
    )
    plan = planned(RUNNABLE / "09_dyncombo_resize.json", tables=("t.csv",))
    rows = list(plan)
    assert rows[0].targets == {("2", "resize_type"): "scale dimensions", ("2", "resize_type.width"): 100}
    assert rows[1].parameters == {"resize_type": "scale by multiplier", "2.resize_type.multiplier": 1.5}
    where = [(one.code, one.line, one.column) for one in plan.findings["t.csv"]]
    assert where == [("I603", 4, 21), ("P335", 5, 1), ("P309", 6, 3)]


def test_linked_inputs_take_values_only_if_links_may_be_cut(folder: Path) -> None:
    (folder / "t.csv").write_text("#n,3.model\na,x\n", "utf-8")
    plan = planned(tables=("t.csv",))
    assert [(one.code, one.line, one.column) for one in plan.findings["t.csv"]] == [("I605", 1, 4)]


def test_the_names_of_an_app_are_those_of_its_inputs(folder: Path) -> None:
    app = FIXTURES / "apps" / "text_to_image.app.json"
    (folder / "t.jsonl").write_text('{"prompt": "a fox", "steps": 7}\n', "utf-8")
    (row,) = planned(app, tables=("t.jsonl",))
    assert row.targets == {("6", "text"): "a fox", ("3", "steps"): 7}


@pytest.mark.parametrize(
    "text",
    [
        "3.cfg=7",
        "3.cfg=200",
        "3.cfg=-0.5",
        "3.cfg=much",
        "3.cfg=true",
        "3.steps=7.5",
        "3.steps=0",
        "3.steps=20000",
        "3.seed=0x10",
        "3.seed=99999999999999999999",
        "3.sampler_name=euler",
        "3.sampler_name=eular",
        "5.width=512",
        "5.width=513",
        "5.width=99999",
        "9.filename_prefix=a",
        "6.text=7",
        "6.text=[1]",
        "4.ckpt_name=none.safetensors",
        "KSampler.cfg=7",
        "Positive Prompt.text=a",
        "3.model=x",
        "3.nothing=x",
        "99.text=x",
    ],
)
def test_a_cell_is_read_and_judged_as_a_value_of_set(text: str) -> None:
    document = json.loads(FLOW.read_text("utf-8"))
    alone = prepare(document, Catalog.load(), requests_of([text]))
    name, _, value = text.partition("=")
    plan = planned(grids=(f'{name}="{value}"',))
    (row,) = plan
    assert row.targets == alone.values
    expected = {one.code for one in alone.diagnostics} - {one.code for one in prepared().diagnostics}
    assert {one.code for found in plan.findings.values() for one in found} - {"P307"} == expected - {"P307"}
    assert plan.has_errors == alone.diagnostics.has_errors


def test_a_table_that_changes_meanwhile_is_refused(folder: Path) -> None:
    (folder / "t.csv").write_text("cfg\n4\n5\n", "utf-8")
    plan = planned(tables=("t.csv",))
    (folder / "t.csv").write_text("cfg\n4\n", "utf-8")
    with pytest.raises(ComfycError, match="has changed while it was read"):
        list(plan)


def test_rows_are_not_held(folder: Path) -> None:
    def peak(count: int) -> int:
        lines = (f"{number} {'x' * 4000},{number}\n" for number in range(count))
        (folder / "t.csv").write_text("6.text,seed\n" + "".join(lines), "utf-8")
        plan = planned(tables=("t.csv",))
        tracemalloc.start()
        try:
            assert sum(1 for _ in plan) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(500) - peak(200) < 400_000  # the rows have 1.2 MB more


def test_a_column_that_is_named_as_a_node_is_told_the_inputs_of_the_node() -> None:
    (finding,) = planned(grids=("KSampler=1,2",)).findings[""]
    assert finding.message.startswith("'KSampler' is a node, and not one of its inputs")
    assert "KSampler.steps" in str(finding.hint)
