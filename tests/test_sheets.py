"""``comfyc sheet``: pages and pictures of studies. tests/test_sheet_page.py uses the page in Chromium."""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from PIL import Image

from comfyc.diagnostics import ComfycError
from comfyc.sheets.axes import Axes, chosen_axes, named_axes
from comfyc.sheets.lettering import font_for, wrapped
from comfyc.sheets.model import AS_IN_THE_FILE, Sheet, SheetColumn, SheetRow, sheet_of
from comfyc.sheets.png import png_of
from comfyc.sheets.thumbnails import thumbnails_of
from comfyc.studies.ledger import Ledger
from tests.answers import answer
from tests.in_process import comfyc
from tests.ledgers import Made, png, write_study
from tests.pages import Page, read_page

RED, GREEN = (200, 30, 30), (30, 160, 60)
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202e"


def grid_rows() -> Iterator[Made]:
    """3 x 4 x 2 rows: one of them failed, one is not run yet."""
    for number, (sampler, cfg, steps) in enumerate(
        product(("euler", "ddim"), (4, 6.5, 10), (8, 12, 20, 30)), 1
    ):
        values = {"sampler": sampler, "cfg": cfg, "steps": steps, "model": "a.safetensors"}
        if number == 6:
            yield Made(values, state="failed", problem="KSampler [3]: out of memory")
        elif number == 7:
            yield Made(values, state="waiting")
        else:
            picture = png(30, 20, RED if sampler == "euler" else GREEN)
            yield Made(values, {f"{number:04}.png": picture}, seeds={"3.seed": 2**63 + number})


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("studies") / "a study", grid_rows(), "Foxes & owls")


def sheet_in(folder: Path) -> Sheet:
    with Ledger.open(folder) as ledger:
        names = [one.name for one in ledger.head.columns]
        return sheet_of(ledger.name, names, ledger.results(), folder)


def page_in(file: Path) -> Page:
    return read_page(file.read_text("utf-8"))


def data_of(page: Page) -> Any:
    return json.loads(page.raw["script"][0])


# --- axes ------------------------------------------------------------------------------------------


def axes_of(*rows: dict[str, Any]) -> tuple[str | None, ...]:
    """The names of the columns that become rows, columns and sections."""
    names = list(dict.fromkeys(key for row in rows for key in row))
    columns = []
    for name in names:
        labels = dict.fromkeys(str(row.get(name, "")) for row in rows)
        columns.append(SheetColumn(name, tuple(labels)))
    numbered = [
        tuple(column.labels.index(str(row.get(column.name, ""))) for column in columns) for row in rows
    ]
    entries = tuple(SheetRow(at, "done", one) for at, one in enumerate(numbered))
    sheet = Sheet("", tuple(columns), entries)
    axes = chosen_axes(sheet)
    return tuple(None if at is None else names[at] for at in (axes.rows, axes.columns, axes.sections))


def products(**values: Any) -> list[dict[str, Any]]:
    return [dict(zip(values, one, strict=True)) for one in product(*values.values())]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (products(a=range(3), b=range(4)), ("a", "b", None)),
        (products(b=range(4), a=range(3), same=[1]), ("a", "b", None)),
        (products(a=range(3), b=range(4), c=range(2)), ("a", "b", "c")),
        (products(a=range(3), b=range(20)), ("b", "a", None)),  # no wider than a screen
        (products(a=range(2), b=range(2), c=range(2), seed=range(9)), ("b", "c", "a")),
        (products(text=["x" * 40, "y" * 40, "z"], cfg=range(2)), ("text", "cfg", None)),
        (products(text=["x" * 40, "y"], cfg=range(3), steps=range(4)), ("cfg", "steps", "text")),
        (products(text=range(9)), (None, None, None)),
        (products(a=range(99), b=range(99))[:99], (None, None, None)),
        ([{"a": n, "b": n} for n in range(6)], (None, None, None)),  # they vary together
        ([{"a": n, "b": n % 2} for n in range(6)], (None, None, None)),
        ([], (None, None, None)),
    ],
)
def test_the_parameters_with_the_fewest_values_that_fill_a_grid_are_its_axes(
    rows: list[dict[str, Any]], expected: tuple[str | None, ...]
) -> None:
    assert axes_of(*rows) == expected


def test_axes_can_be_named(study: Path) -> None:
    sheet = sheet_in(study)
    assert [one.name for one in sheet.columns] == ["sampler", "cfg", "steps", "model"]
    assert named_axes(sheet, "", "", "") == chosen_axes(sheet) == Axes(1, 2, 0)
    assert named_axes(sheet, "steps", "cfg", "none") == Axes(2, 1, None)
    assert named_axes(sheet, "", "", "none") == Axes(1, 2, None)
    assert named_axes(sheet, "sampler", "", "") == Axes(0, 1, 2)
    with pytest.raises(ComfycError, match="no column 'step'") as wrong:
        named_axes(sheet, "step", "", "")
    assert wrong.value.hint is not None
    assert "did you mean 'steps'? --rows takes sampler, cfg, steps, model, none" in wrong.value.hint
    with pytest.raises(ComfycError, match="the same column"):
        named_axes(sheet, "cfg", "cfg", "")


def test_values_are_ordered_as_numbers_or_as_they_were_given(tmp_path: Path) -> None:
    rows = [Made({"cfg": 10, "word": "b"}), Made({"cfg": 9.5, "word": "a"}), Made({}), Made({"word": True})]
    sheet = sheet_in(write_study(tmp_path, rows))
    assert [one.labels for one in sheet.columns] == [
        (AS_IN_THE_FILE, "9.5", "10"),
        (AS_IN_THE_FILE, "b", "a", "true"),
    ]
    assert [one.is_number for one in sheet.columns] == [True, False]


# --- the page --------------------------------------------------------------------------------------


def test_a_page_holds_thumbnails_and_leads_to_the_originals(study: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "sheet.html"
    ended = comfyc("sheet", study, "-o", target)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith(
        f"wrote {target}: 24 rows by sampler in sections, cfg in rows, steps in columns,"
    )
    page = page_in(target)
    images = page.all("img")
    assert len(images) == 22
    kind, _, data = str(images[0]["src"]).partition(";base64,")
    assert kind == "data:image/webp"
    thumbnail = Image.open(io.BytesIO(base64.b64decode(data)))
    assert (thumbnail.format, thumbnail.size) == ("WEBP", (30, 20))  # small pictures stay as they are
    assert images[0]["alt"] == "Row 1: sampler euler, cfg 4, steps 8"
    assert all(one["loading"] == "lazy" for one in images)
    links = [str(one["href"]) for one in page.all("a")]
    assert len(links) == 22
    assert all((target.parent / unquote(one)).is_file() for one in links)
    assert not any(one.startswith(("/", "file:")) for one in links)
    assert "KSampler [3]: out of memory" in page.text
    assert "not run yet" in page.text
    found = data_of(page)
    assert found["axes"] == [0, 1, 2]
    assert found["rows"][0][7] == [["3.seed", str(2**63 + 1)]]  # JavaScript would round the number


def test_without_a_name_the_page_is_beside_the_ledger(study: Path) -> None:
    found = answer(comfyc("sheet", study, "--json", "--quiet", "--title", "Owls").out)
    (row,) = found["results"]
    file = study / "sheet.html"
    assert row == {
        "output": str(file),
        "name": "Owls",
        "bytes": file.stat().st_size,
        "axes": {"sections": "sampler", "rows": "cfg", "columns": "steps"},
        "rows": 24,
        "done": 22,
        "failed": 1,
        "sent": 0,
        "waiting": 1,
    }
    assert [str(one["href"]) for one in page_in(file).all("a")][:2] == ["0001.png", "0002.png"]


def test_what_a_study_is_made_of_is_never_overwritten(study: Path, tmp_path: Path) -> None:
    for name, problem in (("0001.png", "would overwrite"), ("study.sqlite", "does not say what to write")):
        before = (study / name).read_bytes()
        ended = comfyc("sheet", study, "-o", study / name)
        assert (ended.code, (study / name).read_bytes()) == (2, before)
        assert problem in ended.err
    assert comfyc("sheet", tmp_path).err.startswith("error: there is no study in")
    assert "does not say what to write" in comfyc("sheet", study, "-o", tmp_path / "sheet.jpg").err
    assert list(tmp_path.iterdir()) == []


def test_the_ledger_may_be_named_instead_of_its_folder(study: Path, tmp_path: Path) -> None:
    assert comfyc("sheet", study / "study.sqlite", "-o", tmp_path / "x.html").code == 0
    assert len(page_in(tmp_path / "x.html").all("img")) == 22


def test_nothing_of_a_study_is_markup(tmp_path: Path) -> None:
    rows = [
        Made({f"a{EVIL}": EVIL}, {"x.png": png(4, 4, RED), f"{EVIL}": f"said {EVIL}"}, seeds={EVIL: 1}),
        Made({f"a{EVIL}": "b"}, state="failed", problem=EVIL, server=f"http://me:secret@host/{EVIL}"),
    ]
    folder = write_study(tmp_path / "s", rows, EVIL)
    assert comfyc("sheet", folder, "--quiet").code == 0
    text = (folder / "sheet.html").read_text("utf-8")
    page = read_page(text)
    assert len(page.all("script")) == 2
    assert [one["src"] for one in page.all("img")] != ["x"]
    assert "alert(1)" in page.text
    assert "secret" not in text
    assert "\u202e" not in text
    (policy,) = [one["content"] for one in page.all("meta") if "http-equiv" in one]
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src 'self' file: data:; media-src 'self' file:;")
    assert "unsafe" not in policy
    assert data_of(page)["columns"][0]["labels"][0].startswith("</script><script>")


def test_every_kind_of_output_is_shown(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), (80 * at, 0, 0)) for at in range(3)]
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    deep = io.BytesIO()
    Image.new("I;16", (8, 8), 0x8000).save(deep, "PNG")
    outputs: dict[str, bytes | str] = {
        "sub/a #1%?.mp4": b"video",
        "b.flac": b"audio",
        "c.glb": b"mesh",
        "d.html": b"<script>alert(1)</script>",
        "e.svg": b"<svg/>",
        "f.gif": stream.getvalue(),
        "g.png": b"no picture",
        "h.png": deep.getvalue(),
        "A caption": "a fox\n  in the snow",
    }
    folder = write_study(tmp_path / "s", [Made({"n": 1}, outputs)])
    ended = comfyc("sheet", folder)
    assert "warning: 2 pictures cannot be read, and have no thumbnail" in ended.err
    page = page_in(folder / "sheet.html")
    assert [one["src"] for one in page.all("video")] == ["sub/a%20%231%25%3F.mp4"]
    assert [(one["src"], one["preload"]) for one in page.all("audio")] == [("b.flac", "none")]
    assert page.all("video")[0]["preload"] == "none"
    # a browser would run the scripts of d.html and e.svg
    assert [one["href"] for one in page.all("a")] == [
        "sub/a%20%231%25%3F.mp4",
        "b.flac",
        "c.glb",
        "f.gif",
        "g.png",
        "h.png",
    ]
    sources = [str(one["src"]) for one in page.all("img")]
    assert [one[:16] for one in sources] == ["e.svg", "data:image/webp;", "g.png", "data:image/webp;"]
    assert "animated" in page.text
    assert "a fox\n  in the snow" in page.text
    grey = Image.open(io.BytesIO(base64.b64decode(sources[-1].partition(",")[2])))
    assert abs(grey.convert("L").getpixel((4, 4)) - 128) < 3  # type: ignore[operator]


def test_files_outside_of_the_folder_and_lost_ones_are_not_shown(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png(4, 4, RED))
    rows = [
        Made({"n": at}, {name: png(4, 4, GREEN)})
        for at, name in enumerate(("../secret.png", "link.png", "lost.png", "good.png"))
    ]
    folder = write_study(tmp_path / "s", rows)
    (folder / "lost.png").unlink()
    (folder / "link.png").unlink()
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    ended = comfyc("sheet", folder)
    assert "warning: 3 outputs are not in the folder of the study any more" in ended.err
    assert [one["href"] for one in page_in(folder / "sheet.html").all("a")] == ["good.png"]


def test_a_page_without_pillow_holds_small_originals_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = io.BytesIO()
    Image.effect_noise((300, 300), 90).save(noise, "PNG")
    small = png(4, 4, RED)
    folder = write_study(tmp_path / "s", [Made({"n": 1}, {"a.png": small, "b.png": noise.getvalue()})])
    monkeypatch.setitem(sys.modules, "PIL", None)
    ended = comfyc("sheet", folder)
    assert ended.code == 0
    assert "up to 48 KiB (1), and only leads to the others (1); pip install 'comfyc[pictures]'" in ended.err
    page = page_in(folder / "sheet.html")
    whole = f"data:image/png;base64,{base64.b64encode(small).decode()}"
    assert [one["src"] for one in page.all("img")] == [whole, "b.png"]
    assert "Thumbnails are missing" in page.text
    ended = comfyc("sheet", folder, "-o", tmp_path / "x.png")
    assert ended.code == 2
    assert (
        "error: a sheet as PNG needs the library Pillow\n  help: pip install 'comfyc[pictures]'" in ended.err
    )
    assert not (tmp_path / "x.png").exists()


def test_thumbnails_have_the_size_that_is_asked_for(tmp_path: Path) -> None:
    picture = tmp_path / "x.png"
    picture.write_bytes(png(400, 100, RED))
    made = thumbnails_of([picture], 64)[picture]
    assert (made.type, made.width, made.height, made.moves) == ("image/webp", 64, 16, False)
    assert comfyc("sheet", tmp_path, "--thumbnail", "5").err.startswith("error: thumbnails of 5 pixels")
    assert comfyc("sheet", tmp_path, "--theme", "blue").code == 2


def test_a_page_goes_to_stdout(study: Path) -> None:
    ended = comfyc("sheet", study.name, "-o", "-", "--theme", "dark", cwd=study.parent)
    page = read_page(ended.out)
    assert page.all("html")[0]["data-theme"] == "dark"
    assert page.all("a")[0]["href"] == f"{study.name.replace(' ', '%20')}/0001.png"
    assert comfyc("sheet", study, "-o", "-", "--json").code == 2


# --- the picture -----------------------------------------------------------------------------------


def test_a_picture_has_a_grid_for_each_section(study: Path, tmp_path: Path) -> None:
    target = tmp_path / "sheet.png"
    assert comfyc("sheet", study, "-o", target, "--thumbnail", "90").code == 0
    image = Image.open(target).convert("RGB")
    colors = {color: count for count, color in image.getcolors(1 << 20) or []}
    assert colors[RED] == 10 * 30 * 20
    assert colors[GREEN] == 12 * 30 * 20
    lines = [image.crop((0, at, image.width, at + 1)).getcolors(image.width) for at in range(image.height)]
    reds, greens = (
        [at for at, line in enumerate(lines) if color in {one for _, one in line or ()}]
        for color in (RED, GREEN)
    )
    assert max(reds) < min(greens)
    dark = Image.open(io.BytesIO(png_of(sheet_in(study), Axes(1, 2, 0), 90, "dark"))).convert("RGB")
    assert (dark.size, dark.getpixel((0, 0)), image.getpixel((0, 0))) == (
        image.size,
        (0x14, 0x16, 0x1B),
        (0xF6, 0xF7, 0xF9),
    )


def test_a_picture_without_axes_has_a_cell_for_each_row(study: Path) -> None:
    image = Image.open(io.BytesIO(png_of(sheet_in(study), Axes(), 40)))
    colors = {color: count for count, color in image.convert("RGB").getcolors(1 << 20) or []}
    assert (colors[RED], colors[GREEN]) == (10 * 600, 12 * 600)


def test_several_rows_share_a_cell(study: Path) -> None:
    both = png_of(sheet_in(study), Axes(1, 2, None), 90)
    colors = {color for _, color in Image.open(io.BytesIO(both)).convert("RGB").getcolors(1 << 20) or []}
    assert {RED, GREEN} <= colors


def test_lines_are_no_wider_than_there_is_room() -> None:
    text = "a fox in the snow, " * 9 + "x" * 200
    font = font_for(text, 12)
    lines = wrapped(text, font, 90, 4)
    assert len(lines) == 4
    assert all(font.getlength(line) <= 90 for line in lines)
    assert lines[-1].endswith("…")
    assert wrapped("a fox", font, 90, 4) == ["a fox"]
    assert wrapped("", font, 90, 4) == []
    assert "".join(wrapped("y" * 50, font, 90, 40)) == "y" * 50
