"""What is expected of the outputs of a run: the language, the headers of files, kept pictures."""

from __future__ import annotations

import re
import shlex
import warnings
import wave
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from comfyc import codes
from comfyc.diagnostics import ComfycError
from comfyc.expectations import Judgement, Produced, parse_expectations
from comfyc.expectations.conditions import COMPARISONS
from comfyc.expectations.measuring.files import measure, measures_of
from comfyc.expectations.terms import BY_NAME, KINDS, UNITS
from comfyc.sources.blob import Budget, Metered
from tests.discovery import FIXTURES
from tests.in_process import comfyc

CARRIERS = FIXTURES / "carriers"
MEASURED = {
    "image.png": ("png", "images", 16, 16, None),
    "image.jpg": ("jpeg", "images", 16, 16, None),
    "animated.webp": ("webp", "images", 16, 16, None),
    "image.avif": ("avif", "images", 16, 16, None),
    "image.exr": ("exr", "images", None, None, None),
    "video.mp4": ("mp4", "videos", 64, 64, 0.25),
    "buffered.mp4": ("mp4", "videos", 64, 64, 0.25),
    "fragmented.mp4": ("mp4", "videos", 64, 64, None),
    "video.mov": ("mov", "videos", 64, 64, 0.25),
    "video.webm": ("webm", "videos", 64, 64, 0.25),
    "live.webm": ("webm", "videos", 64, 64, None),
    "video.mkv": ("mkv", "videos", 64, 64, 0.25),
    "free_form.m4a": ("mp4", "audio", None, None, 0.1),
    "audio.flac": ("flac", "audio", None, None, 0.1),
    "audio.mp3": ("mp3", "audio", None, None, 0.1),
    "audio.opus": ("opus", "audio", None, None, 0.1),
    "flac.ogg": ("ogg", "audio", None, None, 0.1),
    "model.glb": ("glb", "files", None, None, None),
}
"""As Pillow 13 and PyAV 18 read these files. PyAV counts the samples that Opus skips, too (0.1065), and the
durations of fragments, which the header of the movie does not have."""


@pytest.mark.parametrize("name", MEASURED)
def test_measures_are_those_of_other_readers(name: str) -> None:
    found = measure(CARRIERS / name)
    assert (found.type, found.kind, found.width, found.height) == MEASURED[name][:4]
    assert found.duration == pytest.approx(MEASURED[name][4])
    assert found.size == (CARRIERS / name).stat().st_size
    assert found.problem is None


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.webp", {"lossless": True}),
        ("b.webp", {"lossless": False}),
        ("c.gif", {}),
        ("d.jpg", {"progressive": True}),
        ("e.png", {}),
        ("f.avif", {}),
    ],
)
def test_the_extent_of_what_pillow_writes(name: str, options: dict[str, Any], tmp_path: Path) -> None:
    Image.linear_gradient("L").resize((321, 123)).save(tmp_path / name, **options)
    found = measure(tmp_path / name)
    assert (found.kind, found.width, found.height, found.problem) == ("images", 321, 123, None)


def test_the_duration_of_a_wave_file(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes(4 * 6_000))
    assert measure(tmp_path / "a.wav").duration == 0.75


def test_files_that_end_early_have_a_problem_and_no_traceback() -> None:
    for name in MEASURED:
        data = (CARRIERS / name).read_bytes()
        for end in range(0, min(len(data), 2_000), 37):
            found = measures_of(Metered(data[:end], Budget()), Path(name))
            assert found.size == end


# --- the language ---


@pytest.mark.parametrize(
    ("text", "column", "problem", "hint"),
    [
        ("count(imges) == 1", 7, "no kind of output 'imges'", "did you mean 'images'?"),
        ("width = 5", 7, "not '='", "write =="),
        ("width == 1 && height == 2", 12, "not '&&'", "write and"),
        ("size < 5s", 8, "a number of bytes is compared with a number of seconds", None),
        ("size < 5XB", 9, "no unit 'XB'", "kB, MB"),
        ('width == "5"', 10, "a number is compared with a text", "leave out the quotes: 5"),
        ("type == png", 9, "no name 'png'", 'write "png"'),
        ("widht == 5", 1, "no name 'widht'", "did you mean 'width'?"),
        ("images == 1", 1, "no value of its own", "count(images)"),
        ("count(images)", 14, "a comparison is missing", "count(images) == 1"),
        ("blank == 1", 7, "not compared", "not blank"),
        ("type < 'png'", 6, "not compared with <", "contains"),
        ("width contains 5", 7, "'contains' is for texts", None),
        ("text matches 'fox'", 14, "a pattern is missing", "/fox/"),
        ("text == /fox/", 9, "a pattern is not a text", "text matches /fox/"),
        ("text matches /fo(x/", 14, "the pattern is wrong", None),
        ("text matches /fox/g", 14, "no flag 'g'", "i, m, s, x"),
        ("images: count(files) == 1", 1, "nothing about single outputs", "leave out 'images:'"),
        ("images of Save: width == 1", 11, "the title of a node in quotes", '"Save Image"'),
        ("1 == 1", 1, "asks nothing", None),
        ("text == 'a", 9, "the quote is not closed", None),
        ("not", 4, "not the end", None),
        ("", 1, "not the end", None),
        ("(" * 60, 51, "more than 50 levels", None),
        ("width == 1)", 11, "not ')'", None),
        ("width == 1; height", 11, "';' has no meaning", None),
    ],
)
def test_what_is_not_understood_is_pointed_at(text: str, column: int, problem: str, hint: str | None) -> None:
    with pytest.raises(ComfycError) as refused:
        parse_expectations([text])
    assert f"at column {column}: " in str(refused.value)
    assert problem in str(refused.value)
    assert hint is None or hint in (refused.value.hint or "")


_OTHERS = ("and", "or", "not", "any", "of", "count", "5", "'a'", "/b/")
_WORDS = [*BY_NAME, *KINDS, *COMPARISONS, *UNITS, *"():", *_OTHERS]


@given(st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join) | st.text(max_size=30))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        parse_expectations([text])
    except ComfycError as error:
        refused = str(error)
    else:
        return
    assert re.search(r"at column \d+: ", refused)


def test_the_documentation_names_every_word() -> None:
    page = (FIXTURES.parent / "docs" / "assertions.md").read_text("utf-8")
    table = page.partition("| what |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(\w+)`", table))
    assert named >= {*BY_NAME, *KINDS, *UNITS}
    texts = re.findall(r"--assert (?:'([^']+)'|\"([^\"]+)\")", page)
    examples = [one or other for one, other in texts]
    assert len(examples) > 8
    assert len(parse_expectations(examples).assertions) == len(examples)
    (error,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    with pytest.raises(ComfycError) as refused:
        parse_expectations(["count(imges) == 1"])
    assert error == f"error: {refused.value}\n  help: {refused.value.hint}\n"


def test_the_job_of_the_documentation_asks_for_what_run_has() -> None:
    page = (FIXTURES.parent / "docs" / "assertions.md").read_text("utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    command = shlex.split(yaml.safe_load(text)[1]["run"])
    assert command[:2] == ["comfyc", "run"]
    known = comfyc("run", "--help").out
    assert [flag for flag in command if flag.startswith("-") and f"{flag} " not in known] == []


# --- what holds ---


def picture(path: Path, color: str = "red", size: tuple[int, int] = (64, 48), dot: str | None = None) -> Path:
    made = Image.new("RGB", size, color)
    if dot is not None:
        made.putpixel((3, 4), tuple(Image.new("RGB", (1, 1), dot).tobytes()))
    made.save(path)
    return path


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[Produced]:
    """Two pictures of node 9, one of node 12:4, a video, a sound and two texts."""
    folder = tmp_path_factory.mktemp("outputs")
    return [
        Produced("file", "9", "Save Image", "images", picture(folder / "a_1.png", dot="blue")),
        Produced("file", "9", "Save Image", "images", picture(folder / "a_2.png", dot="blue")),
        Produced("file", "12:4", "Final", "images", picture(folder / "b.jpg", size=(8, 8))),
        Produced("file", "20.0.0.1", "Video", "gifs", CARRIERS / "video.mp4"),
        Produced("file", "21", "Sound", "audio", CARRIERS / "audio.flac"),
        Produced("text", "30", "Preview", "text", text="A quick brown Fox"),
        Produced("text", "31", "Preview", "text", text='says "hello"\nand more'),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "count(images) == 3 and count(videos) == 1 and count(audio) == 1",
        "count(files) == 5",
        "count(texts) == 2 and count(outputs) == 7",
        'count(images of "Save Image") == 2',
        "count(files of 20) == 1",
        'count(files of "12:4") == 1',
        "count(images of 9) == count(texts)",
        "count(videos of 9) == 0",
        'images of "Save Image": width == 64 and height == 48 and not blank',
        'images of "Final": blank',
        'any images: type == "JPG"',
        'images: type == "png" or type == ".jpeg"',
        'videos: type == "mp4"',
        "8 <= width <= 64",
        "not width > 64",
        "images: height < width or height == width",
        "size < 5MB",
        "size >= 1B and size < 0.05 MiB",
        "duration >= 100ms and duration < 1min",
        "videos: duration == 0.25",
        "seconds < 60",
        "seconds > 2s",
        'texts of 30: text contains "Fox"',
        "any texts: text matches /FOX$/i",
        "texts: text matches /says|brown/",
        'texts of 31: text contains \'"hello"\' and text contains "say"',
        'text != ""',
        "images of 9: name matches /^a_\\d+\\.png$/",
        "(count(images) == 5 or count(texts) == 2) and not count(images) == 2",
    ],
)
def test_it_holds(text: str, outputs: list[Produced]) -> None:
    assert parse_expectations([text]).judge(outputs, "flow", seconds=2.5) == []


@pytest.mark.parametrize(
    ("text", "facts", "hint"),
    [
        ("count(images) == 1", "count(images) is 3", None),
        (
            'count(images of "Save Imag") == 2',
            'count(images of "Save Imag") is 0',
            "did you mean 'Save Image'?",
        ),
        ("count(images of 77) == 1", 'count(images of "77") is 0', '9 "Save Image"'),
        ("width == 64", "b.jpg: width is 8", None),
        ("width == 1 or height == 2", "a_1.png: width is 64, height is 48", None),
        ("images of 9: width == 1", "a_1.png: width is 64; ", None),
        ("not blank", "b.jpg: it is blank", None),
        ("images of 9: blank", "it is not blank", None),
        ("size < 10B", "; and 2 more", None),
        ("images of 9: size == 1", "bytes", None),
        ('type == "png"', 'type is "jpeg"', None),
        ("videos: duration > 1", "duration is 0.25", None),
        ("seconds < 2", "seconds is 2.5", None),
        ('text contains "Fox"', 'text is "says "hello" and more"', None),
        ('not text contains "Fox"', "a text of node 30: ", None),
        ("any images: width == 1", "a_1.png: width is 64; ", None),
        ("texts of 9: text == 'x'", "there is no text of node '9'", None),
        (
            "images of 99: width == 1",
            "there is no picture or video of node '99'",
            "the nodes with outputs are",
        ),
        ("audio: blank", "there is no picture", None),
        ("files: width == 64 and duration > 0", "a_1.png: width is 64, it has no duration", None),
    ],
)
def test_what_does_not_hold_says_what_is_the_case(
    text: str, facts: str, hint: str | None, outputs: list[Produced]
) -> None:
    (found,) = parse_expectations([text]).judge(outputs, "flow", seconds=2.5)
    assert found.rule is codes.ASSERTION_FAILED
    assert found.message.startswith(f"'{text}' does not hold: ")
    assert facts in found.message
    assert hint in (found.hint or "") if hint is not None else found.hint is None
    assert found.data["assertion"] == text


def test_without_outputs_no_assertion_about_them_holds() -> None:
    found = parse_expectations(["not blank", "count(files) == 0", "width != 5"]).judge([], "flow")
    assert [one.message for one in found] == [
        "'not blank' does not hold: there is no picture",
        "'width != 5' does not hold: there is no picture or video",
    ]


def test_a_file_that_two_nodes_put_out_counts_once(outputs: list[Produced]) -> None:
    twice = [outputs[0], Produced("file", "77", path=outputs[0].path)]
    texts = ["count(images) == 1", "count(images of 77) == 1", "images of 77: width == 64"]
    assert parse_expectations(texts).judge(twice, "flow") == []


@pytest.mark.parametrize(
    ("assertion", "name", "why"),
    [
        ("width == 16", "image.exr", "the width of this exr file is not known"),
        ("duration > 0", "live.webm", "the duration of this webm file is not known"),
        ("not blank", "image.svg", "Pillow cannot decode it"),
        ("seconds < 5", "image.png", "it is not known how long the run took"),
        ("size > 0", "gone.png", "gone.png' cannot be read: no such file or directory"),
        ("count(images) == 1", "gone.png", "gone.png' cannot be read: no such file or directory"),
    ],
)
def test_what_is_not_known_does_not_hold(assertion: str, name: str, why: str) -> None:
    made = [Produced("file", "9", path=CARRIERS / name)]
    (found,) = parse_expectations([assertion]).judge(made, "flow")
    assert found.rule is codes.ASSERTION_UNJUDGED
    assert why in found.message


def test_a_damaged_file_is_not_judged(tmp_path: Path) -> None:
    file = tmp_path / "cut.png"
    file.write_bytes(picture(tmp_path / "a.png", dot="blue").read_bytes()[:60])
    made = [Produced("file", "9", path=file)]
    found = parse_expectations(["width == 64", "not blank"]).judge(made, "flow")
    assert [one.rule for one in found] == [codes.ASSERTION_UNJUDGED]
    file.write_bytes(b"\x89PNG\r\n\x1a\n")
    found = parse_expectations(["width == 64", "not blank"]).judge(made, "flow")
    assert [one.rule for one in found] == [codes.ASSERTION_UNJUDGED] * 2


@pytest.mark.parametrize(
    ("mode", "color", "dot", "is_blank"),
    [
        ("RGB", (9, 9, 9), (9, 9, 9), True),
        ("RGB", (9, 9, 9), (9, 9, 8), False),
        ("L", 7, 7, True),
        ("L", 7, 8, False),
        ("RGBA", (1, 2, 3, 0), (3, 2, 1, 0), True),
        ("RGBA", (1, 2, 3, 255), (1, 2, 3, 0), False),
        ("I;16", 700, 700, True),
        ("I;16", 700, 701, False),
        ("P", 0, 1, False),
    ],
)
def test_blank(mode: str, color: Any, dot: Any, is_blank: bool, tmp_path: Path) -> None:
    made = Image.new(mode, (8, 8), color)
    made.putpixel((1, 1), dot)
    if mode == "P":
        made.putpalette([0, 0, 0, 200, 0, 0])
    made.save(tmp_path / "a.png")
    output = Produced("file", "9", path=tmp_path / "a.png")
    found = parse_expectations(["blank" if is_blank else "not blank"]).judge([output], "flow")
    assert found == []


# --- pictures that were kept ---


def judged(folder: Path, *made: Path, stem: str = "flow", distance: int | None = None) -> list[Judgement]:
    products = [Produced("file", "9", path=path) for path in made]
    return parse_expectations([], golden=folder, distance=distance).judge(products, stem)


def kept(folder: Path, *made: Path, stem: str = "flow", texts: tuple[str, ...] = ()) -> list[Judgement]:
    products = [Produced("file", "9", path=path) for path in made]
    return parse_expectations(texts, golden=folder, update=True).judge(products, stem)


def test_pictures_are_kept_and_compared_by_their_pixels(tmp_path: Path) -> None:
    golden = tmp_path / "golden" / "deep"
    one, two = picture(tmp_path / "x_00001_.png", dot="blue"), picture(tmp_path / "x_00002_.png", dot="green")
    found = kept(golden, one, two)
    assert [one.rule for one in found] == [codes.GOLDEN_KEPT] * 2
    assert sorted(path.name for path in golden.iterdir()) == ["flow.9-2.png", "flow.9.png"]
    assert (golden / "flow.9.png").read_bytes() == one.read_bytes()
    assert judged(golden, one, two) == []
    other = picture(tmp_path / "x_00003_.png", dot="blue")
    Image.open(other).save(other, compress_level=0)  # other bytes, the same pixels
    assert other.read_bytes() != one.read_bytes()
    assert judged(golden, other, two) == []
    picture(other, dot="yellow")
    (differs,) = judged(golden, other, two)
    assert differs.rule is codes.GOLDEN_DIFFERS
    both = f"'{other}' and '{golden / 'flow.9.png'}'"
    assert differs.message == f"{both} differ: 1 of 3,072 pixels differ, by up to 255 of 255"


def test_an_assertion_that_fails_keeps_nothing(tmp_path: Path) -> None:
    found = kept(tmp_path / "golden", picture(tmp_path / "a.png"), texts=("not blank",))
    assert [one.rule for one in found] == [codes.ASSERTION_FAILED]
    assert not (tmp_path / "golden").exists()


def test_pictures_are_all_kept_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = picture(tmp_path / "a.png")
    kept(tmp_path / "golden", old)
    new = [picture(tmp_path / name, color="green") for name in ("b.png", "c.png")]

    copied: list[bytes] = []

    def copy(source: BinaryIO, target: BinaryIO) -> None:
        copied.append(source.read())
        if len(copied) == len(new):
            raise OSError(28, "No space left on device")
        target.write(copied[-1])

    monkeypatch.setattr("shutil.copyfileobj", copy)
    (found,) = kept(tmp_path / "golden", *new)
    assert found.rule is codes.GOLDEN_NOT_KEPT
    assert "no space left" in found.message
    assert [path.name for path in (tmp_path / "golden").iterdir()] == ["flow.9.png"]
    assert (tmp_path / "golden" / "flow.9.png").read_bytes() == old.read_bytes()


def test_pictures_that_are_missing_on_either_side(tmp_path: Path) -> None:
    golden, one = tmp_path / "golden", picture(tmp_path / "a.png")
    kept(golden, one)
    (missing,) = judged(golden, one, stem="flow-2")
    assert missing.rule is codes.GOLDEN_MISSING
    assert f"'{golden / 'flow-2.9.png'}'" in missing.message
    picture(golden / "flow.9-2.png")
    (not_made,) = judged(golden, one)
    assert not_made.rule is codes.GOLDEN_NOT_MADE
    assert "flow.9-2.png" in not_made.message
    assert [one.rule for one in judged(golden)] == [codes.GOLDEN_NOT_MADE] * 2
    (nothing,) = judged(golden, stem="other")
    assert nothing.rule is codes.GOLDEN_MISSING
    assert "the run made no picture" in nothing.message


def test_sizes_and_frames_differ_in_words(tmp_path: Path) -> None:
    golden = tmp_path / "golden"
    kept(golden, picture(tmp_path / "a.png", size=(10, 20)))
    for distance in (None, 64):
        (found,) = judged(golden, picture(tmp_path / "b.png", size=(20, 10)), distance=distance)
        assert found.message.endswith("differ: it is 20x10, and the kept one 10x20")
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "blue", "green")]
    frames[0].save(tmp_path / "c.webp", save_all=True, append_images=frames[1:], lossless=True)
    kept(golden, tmp_path / "c.webp", stem="moving")
    frames[0].save(tmp_path / "d.webp", save_all=True, append_images=frames[1:2], lossless=True)
    assert judged(golden, tmp_path / "d.webp", stem="moving")[0].message.endswith("it has fewer frames")
    frames[0].save(tmp_path / "d.webp", save_all=True, append_images=frames[:0:-1], lossless=True)
    assert "in frame 2" in judged(golden, tmp_path / "d.webp", stem="moving")[0].message


def test_pillow_is_quiet_about_a_large_picture_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path / "golden", picture(tmp_path / "a.png"))
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 2_000)  # the picture has 3,072
    filters = list(warnings.filters)
    (found,) = judged(tmp_path / "golden", picture(tmp_path / "b.png", dot="blue"))
    assert found.rule is codes.GOLDEN_DIFFERS
    assert warnings.filters == filters
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 1_000)
    (found,) = judged(tmp_path / "golden", tmp_path / "b.png")
    assert found.rule is codes.ASSERTION_UNJUDGED
    assert "more pixels than Pillow decodes" in found.message


def test_a_picture_with_an_opaque_alpha_channel_is_the_same(tmp_path: Path) -> None:
    one = picture(tmp_path / "a.png", dot="blue")
    kept(tmp_path / "golden", one)
    Image.open(one).convert("RGBA").save(tmp_path / "b.png")
    assert judged(tmp_path / "golden", tmp_path / "b.png") == []


def test_pictures_that_look_alike_are_within_a_distance(tmp_path: Path) -> None:
    drawn = Image.radial_gradient("L").convert("RGB")
    drawn.paste("red", (20, 20, 90, 200))
    drawn.save(tmp_path / "a.png")
    golden = tmp_path / "golden"
    kept(golden, tmp_path / "a.png")
    drawn.point(lambda value: min(255, value + 2)).save(tmp_path / "alike.png")
    assert judged(golden, tmp_path / "alike.png")[0].rule is codes.GOLDEN_DIFFERS
    assert judged(golden, tmp_path / "alike.png", distance=4) == []
    drawn.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "other.png")
    (found,) = judged(golden, tmp_path / "other.png", distance=4)
    assert re.search(r"hashes are \d+ bits apart, and 4 are allowed", found.message)


def test_a_kept_file_that_is_no_picture_is_not_compared(tmp_path: Path) -> None:
    kept(tmp_path / "golden", picture(tmp_path / "a.png"))
    (tmp_path / "golden" / "flow.9.png").write_bytes(b"no picture")
    (found,) = judged(tmp_path / "golden", tmp_path / "a.png")
    assert found.rule is codes.ASSERTION_UNJUDGED
    assert "flow.9.png" in found.message


def test_what_cannot_be_compared_is_known_before_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ComfycError, match="there is no folder"):
        parse_expectations([], golden=tmp_path / "gone")
    with pytest.raises(ComfycError, match="has 64 bits"):
        parse_expectations([], golden=tmp_path, distance=65)
    with pytest.raises(ComfycError, match=r"--update-golden is for --golden"):
        parse_expectations([], update=True)
    monkeypatch.setattr("comfyc.expectations.pixels.find_spec", lambda name: None)
    with pytest.raises(ComfycError, match="'blank' needs the library Pillow") as refused:
        parse_expectations(["not blank"])
    assert refused.value.hint == "pip install 'comfyc[pictures]'"
    with pytest.raises(ComfycError, match="--golden needs the library Pillow"):
        parse_expectations([], golden=tmp_path)
    assert parse_expectations(["width == 5"])
