"""The table of limits, the flag that raises them, and that each holds: work is counted, not timed."""

from __future__ import annotations

import json
import re
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest

from comfyc import codes
from comfyc.api import convert_parsed
from comfyc.cli.flags.limits import parse_limits
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Diagnostic
from comfyc.options import Options
from comfyc.report.counts import statistics, summary_line
from comfyc.report.findings import FileFindings, located
from comfyc.report.selection import selection
from comfyc.safety.json_size import count_values, is_within, parse_inner, size_in_memory
from comfyc.safety.limits import ABOUT, DEFAULTS, Limits, amount
from comfyc.sources import Source, load
from comfyc.sources.toml_positions import MAX_PARTS, line_of_long_key
from comfyc.validation import validate_parsed
from comfyc.workflow.wrapped import candidates
from tests import carriers, swollen
from tests.carriers import chunk
from tests.growth import growth, steps
from tests.in_process import comfyc
from tests.reports import REPORTERS

SECURITY = Path(__file__).parent.parent / "docs" / "security.md"


def read(data: bytes, limits: Limits = DEFAULTS) -> list[Diagnostic]:
    found = Collector(limits)
    load(Source("a file", data), found, limits)
    return list(found)


# --- the table and the flag --------------------------------------------------------------------------


def test_every_limit_has_its_row_in_the_documentation() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", SECURITY.read_text("utf-8"), re.M))
    expected = {name: amount(getattr(DEFAULTS, name), about.unit) for name, about in ABOUT.items()}
    assert rows == expected
    assert tuple(ABOUT) == Limits._fields


def test_the_documentation_gives_the_reasons() -> None:
    text = SECURITY.read_text("utf-8")
    for about in ABOUT.values():
        assert f"| {about.what} | {about.why} |" in text


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("text=256MiB", 256 << 20),
        ("text=1gib", 1 << 30),
        ("text=3MB", 3_000_000),
        ("text= 64 KiB", 65_536),
        ("values=4_000_000", 4_000_000),
        ("VALUES=4,000", 4_000),
        ("values=4M", 4_000_000),
    ],
)
def test_a_limit_is_raised(given: str, number: int) -> None:
    limits = parse_limits(["nodes=1", given])
    assert getattr(limits, given.split("=")[0].lower()) == number
    assert limits.nodes == 1
    assert limits.ids == DEFAULTS.ids


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ("valeus=3", "there is no limit 'valeus'", "did you mean 'values'?"),
        ("x", "there is no limit 'x'", "there are unpacked, parts,"),
        ("text", "expected NAME=VALUE, got 'text'", "text=256MiB"),
        ("nodes=many", "expected NAME=VALUE, got 'nodes=many'", "nodes=4000000"),
        ("nodes=0", "expected NAME=VALUE, got 'nodes=0'", "nodes=4000000"),
        ("nodes=-1", "expected NAME=VALUE, got 'nodes=-1'", "nodes=4000000"),
        ("nodes=" + "9" * 5000, "expected NAME=VALUE", "nodes=4000000"),
    ],
)
def test_what_is_no_limit_is_refused(given: str, message: str, hint: str) -> None:
    with pytest.raises(ComfycError, match=re.escape(message)) as caught:
        parse_limits([given])
    assert hint in (caught.value.hint or "")


NODES = {"version": 0.4, "nodes": [{"id": at, "type": "Note"} for at in range(10)], "links": []}


@pytest.mark.parametrize("command", ["convert", "validate", "packs", "inputs"])
def test_every_command_takes_the_flag(command: str, tmp_path: Path) -> None:
    file = tmp_path / "flow.json"
    file.write_text(json.dumps(NODES))
    refused = comfyc(command, "--limit", "nodes=9", file)
    assert refused.code == 1
    assert "more than 9 nodes (--limit nodes=18 raises this)" in refused.err + refused.out
    assert "G150" not in comfyc(command, "--limit", "nodes=10", file).err
    assert comfyc(command, "--limit", "nodse=10", file).code == 2


# --- findings ----------------------------------------------------------------------------------------

LISTS = '{"nodes":[' + ",".join(["[]"] * 3_000) + '],"links":[],"version":0.4}'


@pytest.mark.parametrize("form", REPORTERS)
def test_the_rest_is_counted_in_every_form(form: str) -> None:
    found = convert_parsed(json.loads(LISTS), options=Options(limits=Limits(findings=10))).diagnostics
    report = located(FileFindings("f.json", tuple(found), LISTS))
    told = REPORTERS[form]([report])
    rest = "and 2,990 more: there are more than 10 findings of this rule (--limit findings=20 raises this)"
    plain = re.sub(r"&#\d+;", "", told)
    assert rest.replace("(", "").replace(")", "") in plain.replace("(", "").replace(")", "")
    assert told.count("a node is a list") == 10
    assert told.rindex("a node is a list") < told.rindex("2,990 more")
    assert summary_line([report]) == "3000 warnings in 1 file (1 checked)"
    assert statistics([report]).startswith("3000  W050")


def test_the_rest_is_selected_and_raised_like_the_others() -> None:
    found = tuple(convert_parsed(json.loads(LISTS)).diagnostics)
    assert not located(FileFindings("f", found, LISTS), selection(ignore=["W050"])).findings
    strict = located(FileFindings("f", found, LISTS), selection(strict=True))
    assert strict.has_errors
    assert {one.severity.value for one in strict.findings} == {"error"}


def test_an_error_that_is_only_counted_is_an_error() -> None:
    found = Collector(Limits(findings=1))
    found.report(codes.MALFORMED, "a")
    found.report(codes.MALFORMED, "b")
    found.revise(lambda _: None)
    assert len(found) == 0
    assert found.has_errors


def test_findings_are_merged_with_their_rest() -> None:
    parts = [Collector(Limits(findings=3)) for _ in range(2)]
    for part in parts:
        for number in range(5):
            part.report(codes.MALFORMED, str(number))
    whole = Collector(Limits(findings=4))
    for part in parts:
        whole.extend(part)
    assert [one.count for one in whole] == [1, 1, 1, 1, 6]
    assert sum(one.count for one in whole) == 10


def test_findings_beyond_the_limit_cost_no_memory() -> None:
    found = Collector(Limits(findings=100))
    for _ in range(100):
        found.report(codes.MALFORMED, "x", pointer=("nodes", 1))
    tracemalloc.start()
    for number in range(20_000):
        found.report(codes.MALFORMED, f"node {number}", pointer=("nodes", number))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000


def test_long_names_are_not_repeated_in_each_finding() -> None:
    """A node id of a megabyte, whose inputs are all wrong."""
    ident = "x" * (1 << 20)
    inputs = {f"i{at}": [ident, 7] for at in range(50)}
    document = {ident: {"class_type": "SaveImage", "inputs": {"images": [ident, 9], **inputs}}}
    text = json.dumps(document)
    found = tuple(validate_parsed(document, text=text).diagnostics)
    assert found
    report = located(FileFindings("f.json", found, text))
    for form, reporter in REPORTERS.items():
        assert len(reporter([report])) < 500_000, form


# --- carriers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        swollen.CARRIERS[kind][what]
        for kind, what in (
            ("png", "bomb"),
            ("png", "bombs beside each other"),
            ("png", "damaged bombs"),
            ("mp3", "bomb"),
            ("mp3", "damaged bombs"),
            ("webp", "many entries over one text"),
            ("jpeg", "many entries over one text"),
            ("avif", "many entries over one text"),
            ("flac", "many texts"),
            ("mp4", "many texts"),
            ("webm", "many texts"),
        )
    ],
)
def test_what_comes_out_of_a_file_is_limited_in_all(
    make: swollen.Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(unpacked=1 << 20)
    found = [one for one in read(make(), limits) if "unpacked" in one.message]
    assert found
    assert all("more than 1 MiB of text (--limit unpacked=2MiB raises this)" in one.message for one in found)


@pytest.mark.parametrize("damaged", [False, True])
def test_chunks_that_break_off_count(damaged: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, no more bytes are unpacked than one file may give."""
    out = 0
    real = zlib.decompressobj

    class Counting:
        def __init__(self) -> None:
            self._stream = real()

        def decompress(self, data: bytes, most: int) -> bytes:
            nonlocal out
            piece = self._stream.decompress(data, most)
            out += len(piece)
            return piece

        def __getattr__(self, name: str) -> Any:
            return getattr(self._stream, name)

    bomb = swollen.zipped(1 << 20)
    data = carriers.png(*[chunk(b"zTXt", b"workflow\0\0" + (bomb[:-8] if damaged else bomb))] * 50)
    monkeypatch.setattr(zlib, "decompressobj", Counting)
    read(data, Limits(unpacked=4 << 20))
    assert 3 << 20 < out <= 5 << 20


def test_chunks_of_nonsense_count() -> None:
    """Of a stream with a fault nobody tells how much came out: it counts as a piece."""
    data = carriers.png(*[chunk(b"zTXt", b"workflow\0\0xx")] * 100)
    assert any("--limit unpacked" in one.message for one in read(data, Limits(unpacked=1 << 20)))


# --- JSON --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("1", 1),
        ("[]", 2),
        ("[1, 2]", 3),
        ('{"a": 1}', 3),
        ('["a,b,c", "[[["]', 3),
        (r'["\",\\", "\\\",["]', 3),
        ('{"a": [1, {"b": "x:y"}]}', 7),
    ],
)
def test_values_are_counted_outside_of_strings(text: str, count: int) -> None:
    assert count_values(text, 100) == count
    assert is_within(text, count)
    assert is_within(text, count - 1) == (len(text) < count - 1)
    assert count_values(text, 0) == 1


def test_counting_ends_where_there_are_too_many() -> None:
    """Each string is passed over once, and no more of them than there may be values."""
    assert growth(lambda size: lambda: count_values('["a"' + ',"a"' * size, 10**9), 500) < 1.1
    assert steps(lambda: count_values('""' * 100_000, 100)) < 3_000


@pytest.mark.parametrize(
    ("text", "width"), [("a" * 100, 1), ("é" * 100, 2), ("a" * 99 + "日", 2), ("a" * 99 + "😀", 4)]
)
def test_the_size_in_memory_is_told_before_decoding(text: str, width: int) -> None:
    assert size_in_memory(text.encode()) == 100 * width
    assert size_in_memory(text) >= 100 * (width if text[-1] != "é" else 1)


def test_wide_letters_count_as_what_they_take() -> None:
    limits = Limits(text=4_000)
    assert read(('["' + "a" * 3_000 + '"]').encode(), limits) == []
    wide = read(('["' + "a" * 3_000 + '😀"]').encode(), limits)
    assert [one.rule for one in wide] == [codes.TOO_LARGE]
    assert "in memory (--limit text=8000 raises this)" in wide[0].message


@pytest.mark.slow
def test_values_of_json_in_texts_count() -> None:
    inner = json.dumps({"nodes": [[]] * 150_000})
    document = {"a": inner, "b": json.dumps({"c": inner})}
    found = Collector(Limits(values=200_000))
    candidates(document, found)
    assert [one.rule for one in found] == [codes.TOO_MANY_VALUES]
    assert "--limit values=400000" in next(iter(found)).message
    candidates(document, found := Collector())
    assert list(found) == []


def test_json_in_a_widget_is_small() -> None:
    assert parse_inner("[1]") == [1]
    with pytest.raises(ValueError, match="values"):
        parse_inner("[" + "0," * 100_001 + "0]")


@pytest.mark.parametrize("kind", ["workflow", "prompt", "definitions"])
def test_nodes_are_limited(kind: str) -> None:
    nodes = [{"id": at, "type": "Note"} for at in range(30)]
    document: dict[str, Any] = {"version": 0.4, "nodes": nodes, "links": []}
    if kind == "prompt":
        document = {str(at): {"class_type": "SaveImage", "inputs": {}} for at in range(30)}
    elif kind == "definitions":
        graph = {"id": "g", "name": "g", "nodes": nodes[:20], "links": []}
        document = {**document, "nodes": nodes[:10], "definitions": {"subgraphs": [graph]}}
    options = Options(limits=Limits(nodes=29))
    for found in (
        convert_parsed(document, options=options).diagnostics,
        validate_parsed(document, options=options).diagnostics,
    ):
        assert [one.message for one in found if one.rule is codes.TOO_MANY_NODES] == [
            f"the {'prompt' if kind == 'prompt' else 'workflow'} has more than 29 nodes"
            " (--limit nodes=58 raises this)"
        ]
    assert not any(one.rule is codes.TOO_MANY_NODES for one in convert_parsed(document).diagnostics)


def test_widgets_of_types_are_limited() -> None:
    """The type with the most widgets has 150 of them."""
    document = {"version": 0.4, "links": [], "nodes": [{"id": n, "type": "LoRA Stacker"} for n in range(100)]}
    found = convert_parsed(document, options=Options(limits=Limits(slots=5_000))).diagnostics
    told = [one.message for one in found if one.rule is codes.EXPANSION_TOO_LARGE]
    assert told == ["the nodes have more than 5,000 slots in all (--limit slots=10000 raises this)"]


def test_the_text_of_a_prompt_is_limited_with_its_letters() -> None:
    """Titles, names and wide letters count like values."""
    for title in ("x" * 10_000, "😀" * 2_500):
        document = {"version": 0.4, "links": [], "nodes": [{"id": 1, "type": "EmptyImage", "title": title}]}
        assert not convert_parsed(document, options=Options(limits=Limits(prompt=8_000))).prompt
        assert convert_parsed(document, options=Options(limits=Limits(prompt=40_000))).prompt


# --- TOML --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "x." * 20_000 + "x = 1",
        "[" + "x . " * 100 + "x]",
        '"a".' * 100 + "a = 1",
        "'\u2028'." * 100 + "a = 1",
        "y = { " + "x." * 100 + "x = 1 }",
    ],
)
def test_long_keys_are_found_before_they_are_parsed(line: str, tmp_path: Path) -> None:
    assert line_of_long_key("# first\n" + line) == 2
    (tmp_path / "comfyc.toml").write_text("strict = true\n" + line, "utf-8")
    (tmp_path / "flow.json").write_text(LISTS)
    ended = comfyc("validate", tmp_path)
    assert ended.code == 2
    assert f"comfyc.toml:2' has a key of more than {MAX_PARTS} parts" in ended.err


@pytest.mark.parametrize(
    "line",
    ["a = [" + "1.5, " * 100 + "1]", 'a = "' + "x." * 100 + '"', "# " + "." * 100, "a." * 60 + "a = 1"],
)
def test_other_dots_are_no_long_keys(line: str) -> None:
    assert line_of_long_key(line) is None


def test_looking_for_long_keys_grows_with_the_file() -> None:
    assert growth(lambda size: lambda: line_of_long_key("x.y " * size), 500) < 1.2
