"""From files to JSON: the same as the editor opens, and a good word for what is none."""

from __future__ import annotations

import io
import json
import os
import re
import struct
import sys
import threading
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Diagnostic, Severity
from comfyc.documents import Parameters
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.sources import UNPARSED, Document, Source, blob, extract, load, parse_json, read_source
from tests import carriers
from tests.carriers import TEXT, box, chunk, element
from tests.discovery import FIXTURES

FOLDER = FIXTURES / "carriers"
OPENED: dict[str, Any] = json.loads((FOLDER / "opened.json").read_text(encoding="utf-8"))
WORKFLOW = json.loads((FOLDER / "workflow.json").read_bytes())
PROMPT = json.loads((FOLDER / "prompt.json").read_bytes())

CARRIERS = sorted(file.name for file in FOLDER.iterdir() if file.suffix != ".json")
A1111 = {name for name, answer in OPENED.items() if answer and answer[0] == "parameters"}
UNREAD = {name for name in CARRIERS if name.startswith("a1111") and not OPENED[name]}
ODD = {"twice.png", "latin1.png", "null_workflow.png", "text_workflow.png", "broken_workflow.png"}
PLAIN = [name for name in CARRIERS if name not in ODD and b"EmptyImage" in (FOLDER / name).read_bytes()]
NOTHING = {"bare.png": codes.NO_WORKFLOW_IN_CARRIER}


def open_bytes(data: bytes, limits: Limits = DEFAULTS) -> tuple[Document | None, list[Diagnostic]]:
    diagnostics = Collector()
    return load(Source("a file", data), diagnostics, limits), list(diagnostics)


def opened(data: bytes) -> Any:
    """The JSON value that a file carries, which nothing must be wrong with."""
    document, found = open_bytes(data)
    assert found == []
    assert document is not None
    return document.value


def only(found: list[Diagnostic]) -> Diagnostic:
    (finding,) = found
    return finding


# --- the editor as the measure -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", sorted(name for name, answer in OPENED.items() if answer and name not in A1111)
)
def test_gives_what_the_editor_opens(name: str) -> None:
    kind, value = OPENED[name]
    document, found = open_bytes((FOLDER / name).read_bytes())
    assert document is not None
    assert document.carried.kind in (kind, "json")
    if codes.EDITOR_MISREADS in [finding.rule for finding in found]:
        as_read = json.dumps(document.value, ensure_ascii=False).encode().decode("latin-1")
        assert as_read == json.dumps(value, ensure_ascii=False)
        assert document.value == WORKFLOW
    else:
        assert json.dumps(document.value) == json.dumps(value)  # the order of the keys is the same, too


@pytest.mark.parametrize(
    "name", sorted(name for name, answer in OPENED.items() if not answer and name not in UNREAD)
)
def test_gives_what_the_editor_misses(name: str) -> None:
    document, found = open_bytes((FOLDER / name).read_bytes())
    if name in NOTHING:
        assert document is None
        assert only(found).rule is NOTHING[name]
    else:
        assert document is not None
        assert document.value == WORKFLOW


@pytest.mark.parametrize("name", sorted(A1111 | UNREAD))
def test_gives_the_parameters_of_another_program(name: str) -> None:
    """Also where the editor reads none, and then says so."""
    document, found = open_bytes((FOLDER / name).read_bytes())
    assert document is not None
    assert isinstance(document.value, Parameters)
    assert re.fullmatch(r"a gr\S+ \S+\nNegative prompt: red\nSteps: 20, Sampler: .*", document.value.text)
    unread = [finding for finding in found if finding.rule is codes.PARAMETERS_UNREAD]
    assert len(unread) == (name in UNREAD)
    others = {"a1111_beside_broken.png": codes.WORKFLOW_UNUSABLE, "a1111_latin1.png": codes.INVALID_UTF8}
    assert {finding.rule for finding in found} - {codes.PARAMETERS_UNREAD} == {
        *filter(None, [others.get(name)])
    }


def test_every_carrier_was_given_to_the_editor() -> None:
    assert {file.name for file in FOLDER.iterdir()} - {"opened.json"} == OPENED.keys()


@pytest.mark.parametrize(
    ("name", "container", "kind"),
    [
        ("image.png", "png", "workflow"),
        ("prompt_only.png", "png", "prompt"),
        ("video.mov", "mp4", "workflow"),
        ("audio.opus", "ogg", "workflow"),
        ("latent.latent", "safetensors", "workflow"),
        ("workflow.json", "json", "json"),
    ],
)
def test_tells_where_the_text_comes_from(name: str, container: str, kind: str) -> None:
    carried = extract(read_source(FOLDER / name), Collector())
    assert carried is not None
    assert (carried.container, carried.kind) == (container, kind)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("prompt_only.png", codes.PROMPT_ONLY),
        ("empty_workflow.png", codes.PROMPT_ONLY),
        ("null_workflow.png", codes.WORKFLOW_UNUSABLE),
        ("text_workflow.png", codes.WORKFLOW_UNUSABLE),
        ("broken_workflow.png", codes.WORKFLOW_UNUSABLE),
        ("cut_off.png", codes.CARRIER_CUT_OFF),
        ("latin1.png", codes.INVALID_UTF8),
        ("latin1.json", codes.INVALID_UTF8),
        ("utf16_unmarked.json", codes.UNMARKED_UTF16),
        ("utf32.json", codes.UNMARKED_UTF16),
        ("letters.mp3", codes.EDITOR_MISREADS),
        ("non_finite.json", codes.NON_FINITE_NUMBER),
    ],
)
def test_says_what_is_odd_about_it(name: str, rule: object) -> None:
    _, found = open_bytes((FOLDER / name).read_bytes())
    assert only(found).rule is rule


# --- containers that no library writes ---------------------------------------------------------------

WORKFLOW_EXIF = b"workflow:" + TEXT.encode()
PACKED = b"\3workflow\0" + TEXT.encode()
COMMENTS = carriers.vorbis_comments([("TITLE", "x"), ("workflow", TEXT)])
LONG = carriers.vorbis_comments([("lyrics", "la " * 70_000), ("WORKFLOW", TEXT)])
LIST = carriers.metadata_list({"title": "x", "workflow": TEXT})

SOUND = {
    "png: text chunk behind the picture": carriers.png(chunk(b"IDAT", b""), chunk(b"tEXt", PACKED[1:])),
    "png: zTXt": carriers.png(chunk(b"zTXt", b"workflow\0\0" + zlib.compress(TEXT.encode()))),
    "png: texts without a keyword": carriers.png(chunk(b"tEXt", b"x" * 99), chunk(b"tEXt", PACKED[1:])),
    "png: rubbish behind the end": carriers.png(chunk(b"tEXt", PACKED[1:])) + b"\0\0\0\x05\xff\xfe\xfd\xfc",
    "webp": carriers.webp(carriers.exif({0x010F: WORKFLOW_EXIF})),
    "webp: Exif mark, big-endian": carriers.webp(
        b"Exif\0\0" + carriers.exif({0x010E: WORKFLOW_EXIF}, order=">")
    ),
    "jpeg": carriers.jpeg((0xE0, b"JFIF\0"), (0xE1, b"Exif\0\0" + carriers.exif({0x010F: WORKFLOW_EXIF}))),
    "jpeg: plain JSON in ImageDescription": carriers.jpeg(
        (0xE1, b"Exif\0\0" + carriers.exif({0x010E: TEXT.encode()}))
    ),
    "jpeg: UserComment in UTF-16": carriers.jpeg(
        (
            0xE1,
            b"Exif\0\0"
            + carriers.exif(
                {}, user_comment=b"UNICODE\0" + json.dumps({"workflow": TEXT}).encode("utf-16-be")
            ),
        )
    ),
    "jpeg: UserComment in ASCII": carriers.jpeg(
        (0xE1, b"Exif\0\0" + carriers.exif({}, user_comment=b"ASCII\0\0\0" + TEXT.encode()))
    ),
    "avif: EXIF behind the boxes": carriers.avif(carriers.exif({0x010F: WORKFLOW_EXIF}), in_meta=False),
    "avif: EXIF in the meta box": carriers.avif(carriers.exif({0x010F: WORKFLOW_EXIF}), in_meta=True),
    "mp4: sizes in 64 bits": box(b"ftyp", b"isom")
    + box(b"mdat", b"x", long=True)
    + box(b"moov", box(b"udta", box(b"meta", bytes(4), LIST), bytes(4)), long=True),
    "mp4: udta at the top": box(b"ftyp", b"isom") + box(b"udta", box(b"meta", bytes(4), LIST)),
    "mov: meta of QuickTime's kind": box(b"moov", box(b"meta", box(b"hdlr", bytes(24)), LIST)),
    "webm: names as they come": carriers.matroska(carriers.simple_tag("Workflow", TEXT)),
    "webm: tags behind clusters of unknown length": carriers.matroska(
        element(0x1F43B675, element(0xE7, b"\0"), element(0xA3, bytes(9)), unknown=True),
        carriers.simple_tag("WORKFLOW", TEXT + "\0"),
    ),
    "flac": carriers.flac(carriers.vorbis_comments([]), COMMENTS),
    "flac: behind an ID3 tag": carriers.id3(3) + carriers.flac(COMMENTS),
    "ogg vorbis": carriers.ogg(b"\x01vorbis", b"\x03vorbis" + COMMENTS, b"\x05vorbis"),
    "opus: comments over many pages": carriers.ogg(b"OpusHead", b"OpusTags" + LONG, b"x"),
    "ogg: two streams": carriers.ogg(b"\x80theora", stream=1)
    + carriers.ogg(b"OpusHead", b"OpusTags" + carriers.vorbis_comments([]), stream=2)
    + carriers.ogg(b"\x81theora" + COMMENTS, stream=1),
    "mp3: ID3 2.2": carriers.id3(2, carriers.user_text(2, "workflow", TEXT)),
    "mp3: ID3 2.3": carriers.id3(3, b"TIT2\0\0\0\x02\0\0\0x", carriers.user_text(3, "workflow", TEXT)),
    "mp3: ID3 2.3, UTF-16": carriers.id3(3, carriers.user_text(3, "workflow", TEXT, encoding=1)),
    "mp3: ID3 2.4, UTF-16 without mark": carriers.id3(4, carriers.user_text(4, "workflow", TEXT, encoding=2)),
    "mp3: ID3 2.3, extended header": carriers.id3(
        3, struct.pack(">I", 6) + bytes(6), carriers.user_text(3, "workflow", TEXT), flags=0x40
    ),
    "mp3: ID3 2.4, extended header": carriers.id3(
        4, carriers.syncsafe(6) + b"\1\0", carriers.user_text(4, "workflow", TEXT), flags=0x40
    ),
    "mp3: ID3 2.4, compressed": carriers.id3(
        4, carriers.user_text(4, "", "", flags=0x09, packed=bytes(4) + zlib.compress(PACKED))
    ),
    "mp3: ID3 2.3, compressed": carriers.id3(
        3, carriers.user_text(3, "", "", flags=0x80, packed=bytes(4) + zlib.compress(PACKED))
    ),
    "mp3: iTunes' plain sizes in 2.4": carriers.id3(
        4, carriers.user_text(3, "workflow", TEXT[:-1] + " " * 120 + "}"), carriers.user_text(4, "x", "y")
    ),
    "glb": carriers.glb(json.dumps({"asset": {"extras": {"workflow": TEXT}}}).encode()),
    "safetensors": carriers.safetensors(json.dumps({"__metadata__": {"workflow": TEXT}}).encode()),
    "latent: the metadata comes last": carriers.safetensors(
        json.dumps({"a": {"shape": [1]}, "__metadata__": {"workflow": TEXT}}).encode()
    ),
    "exr": carriers.exr(comments="x", workflow=TEXT),
    "svg: attributes, capitals": b'\xef\xbb\xbf<?xml version="1.0"?>\n<SVG>\n<Metadata id="m">\n<![CDATA['
    + json.dumps({"workflow": json.loads(TEXT)}).encode()
    + b"]]></Metadata></SVG>",
}


@pytest.mark.parametrize("name", SOUND)
def test_reads_what_the_standards_allow(name: str) -> None:
    value = opened(SOUND[name])
    assert json.dumps(value) == TEXT


def test_numbers_come_as_they_were_written() -> None:
    big = '{"seed": 18446744073709551615, "cfg": 7.50}'
    carried = extract(
        Source("x", carriers.glb(b'{"asset":{"extras":{"workflow":' + big.encode() + b"}}}")), Collector()
    )
    assert carried is not None
    assert carried.text == big


@pytest.mark.parametrize(
    "texts",
    [(b"Workflow\0{}", b"workflow\0" + TEXT.encode()), (b"workflow\0" + TEXT.encode(), b"Workflow\0{}")],
)
def test_small_letters_come_first(texts: tuple[bytes, bytes]) -> None:
    value = opened(carriers.png(*(chunk(b"tEXt", text) for text in texts)))
    assert json.dumps(value) == TEXT


@pytest.mark.parametrize(
    ("texts", "program"),
    [
        ((b"parameters\0a cat",), "A1111"),
        ((b'parameters\0{"sui_image_params": {}}',), "SwarmUI"),
        ((b"fooocus_scheme\0a1111", b"parameters\0x"), "Fooocus"),
        ((b"invokeai_metadata\0{}",), "InvokeAI"),
        ((b"Software\0NovelAI", b"Comment\0{}"), "NovelAI"),
    ],
)
def test_names_the_other_program(texts: tuple[bytes, ...], program: str) -> None:
    document, found = open_bytes(carriers.png(*(chunk(b"tEXt", text) for text in texts)))
    assert document is None
    assert only(found).rule is codes.FOREIGN_PARAMETERS
    assert program in only(found).message


def test_a_workflow_counts_more_than_parameters() -> None:
    texts = (b"parameters\0a cat\nSteps: 20", b"workflow\0" + TEXT.encode())
    assert json.dumps(opened(carriers.png(*(chunk(b"tEXt", text) for text in texts)))) == TEXT


# --- damage and malice -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PLAIN)
def test_half_a_text_is_none(name: str) -> None:
    """Cut off inside the text that comes last, no half of it is given: the other one, or an error."""
    data = (FOLDER / name).read_bytes()
    document, found = open_bytes(data[: data.rindex(b"EmptyImage")])
    rules = {finding.rule for finding in found}
    if document:
        assert document.value in (WORKFLOW, PROMPT)
        assert codes.CARRIER_CUT_OFF in rules
    else:
        assert rules == {codes.DAMAGED_CARRIER}


@pytest.mark.parametrize("name", PLAIN)
def test_a_text_is_whole_or_not_there(name: str) -> None:
    """Cut off anywhere: never half a text, never without a word."""
    data = (FOLDER / name).read_bytes()
    for size in range(0, len(data), max(1, len(data) // 97)):
        document, found = open_bytes(data[:size])
        if document:
            assert document.value in (WORKFLOW, PROMPT)
        else:
            assert only(found).severity is Severity.ERROR


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zlib.compress(b'{"a":"' + bytes(DEFAULTS.unpacked), 1)
    for data in (
        carriers.png(chunk(b"zTXt", b"workflow\0\0" + bomb)),
        carriers.png(chunk(b"iTXt", b"workflow\0\1\0\0\0" + bomb)),
        carriers.id3(4, carriers.user_text(4, "", "", flags=0x08, packed=bomb)),
    ):
        document, found = open_bytes(data)
        assert document is None
        assert only(found).rule is codes.TOO_LARGE


@pytest.mark.parametrize(
    "data",
    [
        carriers.png(*[chunk(b"IDAT", b"")] * 2000),
        box(b"ftyp", b"isom") + box(b"moov", box(b"udta") * 2000),
        box(b"ftyp", b"isom")
        + box(b"moov", box(b"meta", bytes(4), box(b"ilst", box(b"----", box(b"name")) * 2000))),
        carriers.matroska(*[element(0xEC)] * 2000),
        carriers.flac(*[carriers.vorbis_comments([])] * 2000),
        carriers.flac(carriers.vorbis_comments([("a", "")] * 2000)),
        carriers.id3(4, *[carriers.user_text(4, "a", "")] * 2000),
        carriers.jpeg(*[(0xE2, b"")] * 2000),
        b"v/1\x01\x02\0\0\0" + b"a\0b\0\0\0\0\0" * 2000,
    ],
)
def test_endless_parts_come_to_an_end(data: bytes) -> None:
    document, found = open_bytes(data, Limits(parts=1000))
    assert document is None
    assert only(found).rule is codes.TOO_LARGE
    assert "more than 1,000 parts (--limit parts=2000 raises this)" in only(found).message


def test_texts_that_lie_upon_each_other_are_bounded() -> None:
    body = b"workflow:{" + b" " * 999
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<H", 500)
    tiff += b"".join(struct.pack("<HHII", 0x010F, 2, len(body), 10 + 12 * 500) for _ in range(500)) + body
    document, found = open_bytes(carriers.webp(tiff), Limits(unpacked=20_000))
    assert document is None
    assert codes.CARRIER_CUT_OFF in [finding.rule for finding in found]


@given(st.sampled_from(CARRIERS), st.data())
def test_a_damaged_file_gives_a_document_or_an_error(name: str, data: st.DataObject) -> None:
    content = bytearray((FOLDER / name).read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(content)))
        length = data.draw(st.sampled_from([0, 1, 4, 100]))
        content[at : at + length] = data.draw(
            st.binary(max_size=6) | st.sampled_from([bytes(4), b"\xff" * 4])
        )
    del content[data.draw(st.integers(0, len(content)) | st.just(len(content))) :]
    document, found = open_bytes(bytes(content))
    assert document or any(finding.severity is Severity.ERROR for finding in found)


MAGIC = [
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\0\0\0\0WEBP",
    b"\xff\xd8\xff",
    b"\0\0\0\x10ftypavif",
    b"\0\0\0\x10ftypisom",
]
MAGIC += [
    b"\x1aE\xdf\xa3\x80",
    b"fLaC",
    b"OggS",
    b"ID3\4\0\0",
    b"glTF",
    b"v/1\x01",
    b'\xff\0\0\0\0\0\0\0{"',
    b"<svg>",
    b"{",
]


@given(st.sampled_from([b"", *MAGIC]), st.binary() | st.text().map(str.encode))
def test_any_bytes_will_do(magic: bytes, rest: bytes) -> None:
    document, found = open_bytes(magic + rest)
    assert document or any(finding.severity is Severity.ERROR for finding in found)


# --- text that is not JSON ---------------------------------------------------------------------------

CONFLICT = '{\n<<<<<<< HEAD\n "a": 1\n=======\n "a": 2\n>>>>>>> theirs\n}'


@pytest.mark.parametrize(
    ("text", "rule", "place", "words"),
    [
        ("", codes.EMPTY_FILE, (1, 1), "is empty"),
        (" \n\t", codes.EMPTY_FILE, (1, 1), "is empty"),
        ("<!DOCTYPE html>\n<html>", codes.WEB_PAGE, (1, 1), "web page"),
        ("\n <html lang='en'><svg/>", codes.WEB_PAGE, (1, 1), "web page"),
        ("version https://git-lfs.github.com/spec/v1\noid", codes.GIT_LFS_POINTER, (1, 1), "Git LFS"),
        (CONFLICT, codes.MERGE_CONFLICT, (2, 1), "merge conflict"),
        ('{"a": 1', codes.TRUNCATED_JSON, (1, 8), "inside the object that begins at line 1, column 1"),
        (
            '{"a":\n [1, {}, ',
            codes.TRUNCATED_JSON,
            (2, 10),
            "inside the list that begins at line 2, column 2",
        ),
        ('{"a":\n "x{[', codes.TRUNCATED_JSON, (2, 6), "inside the string that begins at line 2, column 2"),
        ('{"a": "\\', codes.TRUNCATED_JSON, (1, 9), "inside the string that begins at line 1, column 7"),
        ('["\\u12', codes.TRUNCATED_JSON, (1, 7), "inside the string"),
        ('{"a": fal', codes.TRUNCATED_JSON, (1, 10), "inside the object"),
        ('{"a": -', codes.TRUNCATED_JSON, (1, 8), "inside the object"),
        ('{"a": 1.', codes.TRUNCATED_JSON, (1, 9), "inside the object"),
        ('{"a"', codes.TRUNCATED_JSON, (1, 5), "inside the object"),
        ('{\n "a": 1,\n}', codes.NOT_JSON, (2, 8), "there is a comma before '}'"),
        ("[1, 2, ]", codes.NOT_JSON, (1, 6), "there is a comma before ']'"),
        ("{'a': 1}", codes.NOT_JSON, (1, 2), "a single quote is not valid in JSON"),
        ('{"a": True}', codes.NOT_JSON, (1, 7), "'True' is not valid in JSON"),
        ('{} {"a": 1}', codes.NOT_JSON, (1, 4), "more text after the end"),
        ('{"a": 1 // one\n}', codes.NOT_JSON, (1, 9), "comments are not allowed"),
        ('{"a": 1\n # one\n}', codes.NOT_JSON, (2, 2), "comments are not allowed"),
        ('{"a": "x\ny"}', codes.NOT_JSON, (1, 9), "a line break or control character"),
        ('{"a": "C:\\x"}', codes.NOT_JSON, (1, 10), "an unknown escape"),
        ('{"a": 1 "b": 2}', codes.NOT_JSON, (1, 9), "expected a comma or a closing bracket, got '\"'"),
        ('{"a" 1}', codes.NOT_JSON, (1, 6), "expected a colon after the key, got '1'"),
        ("{a: 1}", codes.NOT_JSON, (1, 2), "expected a key in double quotes, got 'a'"),
        ('{"a": undefined}', codes.NOT_JSON, (1, 7), "expected a value, got 'undefined'"),
        ('{"a": \0}', codes.NOT_JSON, (1, 7), "expected a value, got U+0000"),
        ("{“a”: 1}", codes.NOT_JSON, (1, 2), "a typographic quote is not valid in JSON"),
        ('{"a": 1]', codes.NOT_JSON, (1, 8), "expected a comma or a closing bracket, got ']'"),
        ("hello", codes.NOT_JSON, (1, 1), "expected a value, got 'hello'"),
        ("[" * 100_000 + "]" * 100_000, codes.TOO_DEEP, (None, None), "too deeply"),
    ],
)
def test_says_why_it_is_not_json(text: str, rule: object, place: tuple[int, int], words: str) -> None:
    document, found = open_bytes(text.encode())
    finding = only(found)
    assert document is None
    assert finding.rule is rule
    assert (finding.location.line, finding.location.column) == place
    assert words in finding.message
    assert finding.message.startswith("the text")


def test_the_carrier_is_named_when_its_text_is_not_json() -> None:
    _, found = open_bytes(carriers.png(chunk(b"tEXt", b'workflow\0{"nodes": [},')))
    assert only(found).message.startswith("the workflow in the PNG picture is not JSON")


@given(st.text(alphabet="{}[]\",:01-.eE \\/'aN\n<>=#ntu"))
def test_any_text_is_json_or_not(text: str) -> None:
    diagnostics = Collector()
    value = parse_json(text, diagnostics)
    assert diagnostics.has_errors == (value is UNPARSED)
    for finding in diagnostics:
        assert finding.location.line is not None
        assert 1 <= finding.location.line <= text.count("\n") + 1


@pytest.mark.slow
@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)),
    st.data(),
)
def test_a_text_cut_anywhere_is_truncated(value: Any, data: st.DataObject) -> None:
    text = json.dumps([value], ensure_ascii=data.draw(st.booleans()))
    diagnostics = Collector()
    assert parse_json(text[: data.draw(st.integers(1, len(text) - 1))], diagnostics) is UNPARSED
    assert [finding.rule for finding in diagnostics] == [codes.TRUNCATED_JSON]


@pytest.mark.parametrize(
    ("data", "words", "hint"),
    [
        (b"PK\x03\x04" + bytes(40), "a ZIP archive", "unpack"),
        (b"\x1f\x8b\x08" + bytes(40), "a gzip archive", "gunzip"),
        (b"GIF89a" + bytes(40), "a GIF picture", "same run"),
        (b"RIFF\0\0\0\0WAVEfmt ", "a WAV sound", "same run"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document", "that ComfyUI saved"),
        (bytes(100), "binary data of an unknown kind", "that ComfyUI saved"),
        (b"x\0}", "binary data of an unknown kind", "that ComfyUI saved"),
    ],
)
def test_names_what_can_hold_no_workflow(data: bytes, words: str, hint: str) -> None:
    document, found = open_bytes(data)
    assert document is None
    assert only(found).rule is codes.UNKNOWN_FORMAT
    assert words in only(found).message
    assert hint in (only(found).hint or "")


@pytest.mark.parametrize(
    "text", ['{  "ftyp": 1}', '["free", 2]', '[1, "moov"]', "[\n\n\n[]]", '{"WEBPWEBP": 1}', "  12"]
)
def test_json_that_looks_like_a_container(text: str) -> None:
    assert opened(text.encode()) == json.loads(text)


# --- numbers and encodings ---------------------------------------------------------------------------


def test_non_finite_numbers_are_null_and_told_once() -> None:
    text = '{"a": "NaN \\" Infinity",\n "b": [-Infinity, Infinity, NaN, NaN]}'
    document, found = open_bytes(text.encode())
    assert document is not None
    assert document.value == {"a": 'NaN " Infinity', "b": [None] * 4}
    assert "4 numbers" in only(found).message
    assert (only(found).location.line, only(found).location.column) == (2, 8)


def test_numbers_of_any_size() -> None:
    document, found = open_bytes(
        b"[" + b"9" * 4300 + b"," + b"9" * 4301 + b", -" + b"9" * 100_000 + b", 1e999, NaN]"
    )
    assert document is not None
    assert document.value == [10**4300 - 1, float("inf"), float("-inf"), float("inf"), None]
    assert only(found).rule is codes.NON_FINITE_NUMBER
    assert "a number" in only(found).message


def test_integers_stay_exact() -> None:
    assert opened(b"[18446744073709551615, -9007199254740993]") == [18446744073709551615, -9007199254740993]


def test_lone_surrogates_are_text() -> None:
    assert opened(b'["\\ud800"]') == ["\ud800"]


def test_the_first_invalid_byte_is_located() -> None:
    document, found = open_bytes(b'\xef\xbb\xbf{\n "\xc3\xa9": "\xe9"}')
    assert document is not None
    assert document.value == {"é": "\ufffd"}
    assert (only(found).location.line, only(found).location.column) == (2, 8)


# --- reading files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"), [("none.json", "there is no file"), (".", "is a folder"), ("a\0b", "cannot be read")]
)
def test_what_cannot_be_read_is_an_error(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ComfycError, match=words):
        read_source(f"{tmp_path}/{name}")


def test_reads_the_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(TEXT.encode())))
    source = read_source("-")
    assert source.name == "<stdin>"
    assert load(source, Collector()) is not None


def test_a_pipe_is_read_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(bytes(2000))))
    with pytest.raises(ComfycError, match=r"<stdin> gives more than 1,000 bytes .--limit stream=2000"):
        read_source("-", Limits(stream=1000))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_reads_a_named_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    data = (FOLDER / "image.png").read_bytes() + bytes(9 << 20)
    writer = threading.Thread(target=lambda: pipe.write_bytes(data))
    writer.start()
    document = load(read_source(pipe), Collector())
    writer.join()
    assert document is not None
    assert document.value == WORKFLOW


def test_looks_into_a_huge_video_without_reading_it(tmp_path: Path) -> None:
    """Three sparse GiB of pictures before the metadata: more than is ever held in memory."""
    path = tmp_path / "huge.mp4"
    with path.open("wb") as file:
        file.write(box(b"ftyp", b"isom") + struct.pack(">I4sQ", 1, b"mdat", 3 << 30))
        file.seek((3 << 30) + 12)
        file.write(
            box(b"moov", box(b"udta", box(b"meta", bytes(4), carriers.metadata_list({"workflow": TEXT}))))
        )
    source = read_source(path)
    assert not isinstance(source.data, bytes)
    document = load(source, Collector())
    assert document is not None
    assert json.dumps(document.value) == TEXT


def test_a_large_text_is_read_whole_and_a_larger_one_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_text('{"a": "' + "x" * (9 << 20) + '"}')
    document = load(read_source(path), Collector())
    assert document is not None
    assert len(document.value["a"]) == 9 << 20
    diagnostics = Collector()
    assert load(read_source(path), diagnostics, Limits(text=1 << 20)) is None
    assert only(list(diagnostics)).rule is codes.TOO_LARGE


def test_a_file_that_vanishes_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(box(b"ftyp", b"isom") + box(b"mdat", bytes(9 << 20)))
    source = read_source(path)
    path.unlink()
    with pytest.raises(ComfycError, match="could not be read"):
        extract(source, Collector())


def test_a_file_gives_the_slices_that_bytes_give(tmp_path: Path) -> None:
    path = tmp_path / "data"
    content = os.urandom(300_000)
    path.write_bytes(content)
    data = blob.FileBlob(path, len(content))
    for start, stop in ((0, 4), (2, 9), (65_530, 65_540), (10, 200_000), (5, 6), (299_999, 400_000), (9, 3)):
        assert data[start:stop] == content[start:stop]


# --- every rule of reading ---------------------------------------------------------------------------

FAULTS = sorted(FIXTURES.glob("faults/W0[0-2]*/*/source.*"))


@pytest.mark.parametrize("file", FAULTS, ids=lambda file: f"{file.parts[-3]}-{file.parts[-2]}")
def test_the_rule_speaks_or_is_silent(file: Path) -> None:
    """In fixtures/faults/<code>/<case>/; a case that begins with ``ok-`` must not meet the rule."""
    code, case = file.parts[-3:-1]
    diagnostics = Collector()
    document = load(read_source(file), diagnostics)
    rules = {finding.rule.code: finding.rule for finding in diagnostics}
    assert (code in rules) != case.startswith("ok-")
    assert (document is None) == any(rule.severity is Severity.ERROR for rule in rules.values())


def test_every_rule_of_reading_has_a_case() -> None:
    elsewhere = {codes.NOT_A_WORKFLOW.code, codes.DUPLICATE_KEY.code}  # found by later stages
    reading = {code for code in codes.RULES if "W001" <= code <= "W021"} - elsewhere
    assert reading == {file.parts[-3] for file in FAULTS if not file.parts[-2].startswith("ok-")}
