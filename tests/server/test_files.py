"""Downloads and uploads: whole files under safe names, or none; nothing sent twice."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from comfyc.diagnostics import ComfycError
from comfyc.running import Run, Saving, Server, ServerLimits
from comfyc.running.client.upload import Planned, takes_upload, upload_inputs, upload_name
from comfyc.running.records.events import Uploaded
from comfyc.running.records.out_folder import OutFolder, safe_name, safe_parts
from comfyc.safety import atomic
from tests.server.fake import FakeComfy, Faults
from tests.server.running import QUICK, files_in, pace, run_async, run_on
from tests.server.scripts import made_script


def picture(filename: str, subfolder: str = "", folder: str = "output") -> dict[str, Any]:
    return {"9": {"images": [{"filename": filename, "subfolder": subfolder, "type": folder}]}}


def download(outputs: dict[str, Any], out_dir: Path, faults: Faults | None = None, **options: Any) -> Run:
    async def main() -> Run:
        async with FakeComfy(made_script(outputs), faults) as fake:
            return await run_on(fake, out_dir, **options)

    return run_async(main)


# --- names ---

HOSTILE = [
    ("../../evil.png", ""),
    ("/etc/passwd", ""),
    ("evil.png", "../../.."),
    ("evil.png", "/etc"),
    ("..\\..\\evil.png", "..\\.."),
    ("C:\\Windows\\evil.png", "D:\\x"),
    ("..", ""),
    (".", "."),
    ("a\0b.png", "c\0d"),
    ("\x1b]0;title\x07.png", "\x1b[2J"),
    ("con.png", "aux"),
    ("CONOUT$.png", "com\u00b9"),
    ("nul .png", "lpt0 .x"),
    ("x" * 5000 + ".png", "y" * 5000),
    (".bashrc", ".ssh"),
    ("\u202egnp.exe", ""),
    ("trailing. ", "dots..."),
    ("a/b/c/d.png", "/".join("abcdefghijklmnop")),
    ("\ud800.png", "\udfff"),
]


@pytest.mark.parametrize(("filename", "subfolder"), HOSTILE)
def test_hostile_names_stay_in_the_folder(filename: str, subfolder: str, tmp_path: Path) -> None:
    out_dir = tmp_path / "a" / "out"
    run = download(picture(filename, subfolder), out_dir)
    outside = [path for path in files_in(tmp_path) if not path.startswith("a/out/")]
    assert outside == []
    (output,) = run.files
    # A file whose name holds a NUL or the like may be one that cannot be asked for; it is never elsewhere
    assert len(files_in(out_dir)) == (1 if output.problem is None else 0)
    for name in files_in(out_dir):
        assert name.isprintable()
        assert not Path(name).name.startswith(".")


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_name_is_made_one_that_leads_nowhere_else(subfolder: str, filename: str) -> None:
    parts = safe_parts(subfolder, filename)
    assert len(parts) <= 9
    for part in parts:
        assert part not in ("", ".", "..")
        assert not set(part) & set('/\\:*?"<>|\0')
        assert len(part.encode()) <= 255
        assert safe_name(part) == part


@pytest.mark.parametrize("name", ["ComfyUI_00001_.png", "bild äöü 漢字.webp", "a (1).b-c_d.tar.gz"])
def test_a_decent_name_is_kept(name: str) -> None:
    assert safe_parts("sub/folder", name) == ("sub", "folder", name)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    out_dir, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out_dir.mkdir()
    elsewhere.mkdir()
    (out_dir / "sub").symlink_to(elsewhere)
    download(picture("x.png", "sub"), out_dir)
    assert files_in(elsewhere) == []
    assert files_in(out_dir) == ["x.png"]


def test_a_file_in_the_place_of_a_subfolder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "sub").write_text("mine")
    download(picture("x.png", "sub"), tmp_path)
    assert files_in(tmp_path) == ["sub", "x.png"]
    assert (tmp_path / "sub").read_text() == "mine"


# --- what is there already ---


def settle(place: Path | OutFolder, data: bytes, *, overwrite: bool = False, name: str = "a.png") -> Path:
    out = place if isinstance(place, OutFolder) else OutFolder(place)
    with out.within(()) as folder, folder.part(like=name if overwrite else None) as part:
        part.file.write(data)
        return out.settle(part, name, overwrite=overwrite)


def test_other_bytes_get_another_name_and_the_same_bytes_the_same(tmp_path: Path) -> None:
    names = [settle(tmp_path, data).name for data in (b"1", b"2", b"1", b"2", b"3")]
    assert names == ["a.png", "a (1).png", "a.png", "a (1).png", "a (2).png"]
    assert files_in(tmp_path) == ["a (1).png", "a (2).png", "a.png"]


def test_overwrite_replaces(tmp_path: Path) -> None:
    settle(tmp_path, b"1")
    assert settle(tmp_path, b"2", overwrite=True).read_bytes() == b"2"
    assert files_in(tmp_path) == ["a.png"]


def test_overwriting_spares_inputs_and_other_outputs_of_the_call(tmp_path: Path) -> None:
    flow, preview = tmp_path / "a.png", tmp_path / "b.png"
    flow.write_bytes(b"workflow")
    out = OutFolder(tmp_path, (flow, preview))
    names = [settle(out, data, overwrite=True).name for data in (b"1", b"2", b"2")]
    assert names == ["a (1).png", "a (2).png", "a (2).png"]
    assert settle(out, b"3", name="B.png", overwrite=True).name == "B (1).png"
    assert settle(out, b"3", name="b.png").name == "b (1).png"
    assert settle(out, b"4", name="c.png", overwrite=True).name == "c.png"
    assert settle(out, b"5", name="c.png", overwrite=True).name == "c (1).png"
    assert settle(OutFolder(tmp_path, (flow,)), b"6", name="c.png", overwrite=True).read_bytes() == b"6"
    assert (flow.read_bytes(), preview.exists()) == (b"workflow", False)


def test_outputs_of_one_name_are_both_kept_when_overwriting(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"old")
    outputs = {"1": picture("x.png")["9"], "2": picture("x.png", "", "temp")["9"]}
    run = download(outputs, tmp_path, saving=Saving(tmp_path, overwrite=True))
    assert files_in(tmp_path) == ["x (1).png", "x.png"]
    assert len(set(run.paths)) == 2
    assert b"old" not in {path.read_bytes() for path in tmp_path.iterdir()}


@pytest.mark.skipif(os.name == "nt", reason="no folder can be held open")
@pytest.mark.parametrize("swapped", ["out", "out/sub", "out/sub/deep"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_that_is_swapped_for_a_link_leads_nowhere(
    swapped: str, overwrite: bool, tmp_path: Path
) -> None:
    elsewhere, out = tmp_path / "elsewhere", tmp_path / "out"
    (elsewhere / "sub" / "deep").mkdir(parents=True)
    (elsewhere / "deep").mkdir()
    out.mkdir()

    async def view(request: web.Request, data: bytes) -> web.StreamResponse:
        place = tmp_path / swapped
        place.rename(tmp_path / "moved")
        place.symlink_to(elsewhere)
        return web.Response(body=data)

    saving = Saving(out, overwrite=overwrite)
    run = download(picture("x.png", "sub/deep"), out, Faults(view=view), saving=saving)
    assert run.status == "success"
    assert files_in(elsewhere) == []
    moved = {"out": "moved/sub/deep", "out/sub": "moved/deep", "out/sub/deep": "moved"}[swapped]
    assert files_in(tmp_path / moved) == ["x.png"]


def test_a_system_that_holds_no_folders_serves_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "_HOLDS", False)
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    elsewhere.mkdir()
    download(picture("x.png", "a/b"), out)
    (out / "sub").symlink_to(elsewhere)
    (out / ".comfyc-0123456789abcdef.part").write_text("left")
    download(picture("y.png", "sub"), out)
    assert (files_in(elsewhere), files_in(out)) == ([], ["a/b/x.png", "y.png"])
    assert [settle(out, data, name="z.png").name for data in (b"1", b"2", b"1")] == [
        *("z.png", "z (1).png", "z.png")
    ]
    assert settle(out, b"3", name="z.png", overwrite=True).read_bytes() == b"3"
    with pytest.raises(ComfycError, match="cannot write to"):
        settle(out / "y.png", b"1")


def test_names_of_255_bytes_are_kept_and_numbered(tmp_path: Path) -> None:
    name = "\u00e4" * 125 + "x.png"
    assert safe_name(name) == name
    names = [settle(tmp_path, data, name=name).name for data in (b"1", b"2")]
    assert names == [name, "\u00e4" * 123 + " (1).png"]
    assert len(names[1].encode()) <= 255


def test_a_file_system_without_hard_links_serves_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", no_links)
    assert [settle(tmp_path, data).name for data in (b"1", b"2")] == ["a.png", "a (1).png"]
    assert files_in(tmp_path) == ["a (1).png", "a.png"]


def test_two_outputs_of_one_name_are_both_kept(tmp_path: Path) -> None:
    outputs = {"1": picture("x.png")["9"], "2": picture("x.png", "", "temp")["9"], "3": picture("x.png")["9"]}
    run = download(outputs, tmp_path)
    assert files_in(tmp_path) == ["x (1).png", "x.png"]
    assert len(run.paths) == 2
    assert run.outputs["1"][0].path == run.outputs["3"][0].path


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ComfycError, match="cannot write to") as caught:
        download(picture("x.png"), tmp_path / "file" / "out")
    assert caught.value.hint == "choose another folder with --out-dir"


def test_only_the_folders_asked_for_are_downloaded(tmp_path: Path) -> None:
    outputs = {
        "1": picture("a.png")["9"],
        "2": picture("b.png", "", "temp")["9"],
        "3": picture("c", "", "input")["9"],
    }
    saving = Saving(tmp_path, folders=("output",))
    run = download(outputs, tmp_path, saving=saving)
    assert files_in(tmp_path) == ["a.png"]
    assert run.exit_code() == 0


def test_texts_are_saved_if_wanted(tmp_path: Path) -> None:
    outputs = {"4": {"text": ["eins", "zwei\n"]}}
    assert download(outputs, tmp_path).paths == ()
    run = download(outputs, tmp_path, saving=Saving(tmp_path, texts=True))
    assert [Path(path).name for path in run.paths] == ["4-text.txt", "4-text-1.txt"]
    assert (tmp_path / "4-text-1.txt").read_text() == "zwei\n"


# --- broken bodies ---

BODY = bytes(range(256)) * 40


async def truncated(request: web.Request, data: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(data))})
    await response.prepare(request)
    await response.write(data[: len(data) // 2])
    assert request.transport is not None
    request.transport.close()
    return response


async def unfinished_chunks(request: web.Request, data: bytes) -> web.StreamResponse:
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(data[:50])
    assert request.transport is not None
    request.transport.close()
    return response


async def dripping(request: web.Request, data: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(data))})
    await response.prepare(request)
    for byte in data:
        await response.write(bytes([byte]))
        await asyncio.sleep(0.02)
    return response


async def stuck(request: web.Request, data: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(data))})
    await response.prepare(request)
    await response.write(data[:10])
    await asyncio.sleep(600)
    return response


async def endless(request: web.Request, data: bytes) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100_000):
        await response.write(b"x" * 10_000)
    return response


def refused(status: int) -> Any:
    async def answer(request: web.Request, data: bytes) -> web.StreamResponse:
        return web.Response(status=status)

    return answer


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (truncated, "was lost"),
        (unfinished_chunks, "was lost"),
        (dripping, "too slow"),
        (stuck, "does not answer in time"),
        (endless, "larger than 100000 bytes"),
        (refused(404), "no longer has the file 'x.png'"),
        (refused(403), "refused the request"),
        (refused(500), "HTTP 500"),
        (refused(302), "HTTP 302"),
    ],
)
def test_a_file_that_does_not_come_whole_is_not_saved(view: Any, words: str, tmp_path: Path) -> None:
    faults = Faults(view=view)
    short = pace(read=0.15, attempts=2)
    run = download(picture("x.png"), tmp_path, faults, pace=short, limits=ServerLimits(file=100_000))
    (output,) = run.files
    assert words in str(output.problem)
    assert output.path is None
    assert files_in(tmp_path) == []
    assert (run.status, run.exit_code()) == ("success", 2)


def test_one_broken_download_is_repeated(tmp_path: Path) -> None:
    times = 0

    async def broken_once(request: web.Request, data: bytes) -> web.StreamResponse:
        nonlocal times
        times += 1
        return await truncated(request, data) if times == 1 else web.Response(body=data)

    run = download(picture("x.png"), tmp_path, Faults(view=broken_once))
    assert run.exit_code() == 0
    assert files_in(tmp_path) == ["x.png"]


def test_one_lost_file_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    async def selective(request: web.Request, data: bytes) -> web.StreamResponse:
        return web.Response(status=404) if request.query["filename"] == "b.png" else web.Response(body=data)

    outputs = {name: picture(f"{name}.png")["9"] for name in "abc"}
    run = download(outputs, tmp_path, Faults(view=selective))
    assert files_in(tmp_path) == ["a.png", "c.png"]
    assert [output.problem is None for output in run.files] == [True, False, True]


# --- uploads ---


def upload(
    fake: FakeComfy, prompt: dict[str, Any], files: list[Any], events: list[Uploaded] | None = None
) -> dict[str, Any]:
    async def main() -> dict[str, Any]:
        async with fake, Server(fake.url, pace=QUICK) as server:
            listen = events.append if events is not None else None
            return await upload_inputs(server.http, prompt, files, listen)

    return run_async(main)


PROMPT = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "old.png"}},
    "2": {"class_type": "X", "inputs": {}},
}


def test_a_local_file_is_uploaded_and_named_as_the_server_names_it(tmp_path: Path) -> None:
    photo = tmp_path / "phötö 1.PNG"
    photo.write_bytes(b"picture")
    fake = FakeComfy()
    prompt = upload(fake, PROMPT, [("1", "image", str(photo)), Planned("2", "mask", photo)])
    name = prompt["1"]["inputs"]["image"]
    assert fake.uploads == [name]
    assert name.isascii()
    assert name.endswith(".png")
    assert prompt["2"]["inputs"]["mask"] == name
    assert fake.files["input", "", name] == b"picture"
    assert PROMPT["1"]["inputs"] == {"image": "old.png"}


def test_a_file_that_is_there_is_not_sent_again(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"picture")
    fake = FakeComfy()
    events: list[Uploaded] = []
    first = upload(fake, PROMPT, [("1", "image", str(photo))], events)
    second = upload(fake, PROMPT, [("1", "image", str(photo))], events)
    assert first == second
    assert len(fake.uploads) == 1
    assert [event.sent for event in events] == [True, False]


def test_the_name_that_the_server_gives_is_the_truth(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"picture")
    fake = FakeComfy()
    prompt = upload(fake, PROMPT, [("1", "image", str(photo))])
    taken = prompt["1"]["inputs"]["image"]
    fake.files["input", "", taken] = b"somebody else's"
    prompt = upload(fake, PROMPT, [("1", "image", str(photo))])
    assert prompt["1"]["inputs"]["image"] == f"(1) {taken}"


def test_a_model_goes_where_its_nodes_look(tmp_path: Path) -> None:
    model = tmp_path / "chair.glb"
    model.write_bytes(b"glTF")
    prompt = upload(FakeComfy(), PROMPT, [("1", "model_file", str(model))])
    assert prompt["1"]["inputs"]["model_file"].startswith("3d/chair-")


def test_what_cannot_be_uploaded_is_an_error_before_anything_runs(tmp_path: Path) -> None:
    fake = FakeComfy()
    with pytest.raises(ComfycError, match=r"cannot read .*no such file"):
        upload(fake, PROMPT, [("1", "image", str(tmp_path / "missing.png"))])
    large = tmp_path / "large.png"
    large.write_bytes(b"x" * 2000)
    with pytest.raises(ComfycError, match="larger than the server accepts"):
        upload(fake, PROMPT, [("1", "image", str(large))])
    small = tmp_path / "small.png"
    small.write_bytes(b"x")
    with pytest.raises(ComfycError, match="no node '7'"):
        upload(fake, PROMPT, [("7", "image", str(small))])
    assert fake.accepted == []


def test_an_upload_whose_answer_is_lost_is_repeated_without_harm(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"picture")
    fake = FakeComfy(faults=Faults(statuses={"POST /upload": [502], "HEAD /view": [502]}))
    prompt = upload(fake, PROMPT, [("1", "image", str(photo))])
    assert fake.uploads == [prompt["1"]["inputs"]["image"]]


@pytest.mark.parametrize(
    ("spec", "takes"),
    [
        (["COMBO", {"image_upload": True}], True),
        ([["a.png"], {"image_upload": True}], True),
        (["COMBO", {"audio_upload": True, "options": []}], True),
        (["COMBO", {"video_upload": True}], True),
        (["COMBO", {"file_upload": True}], True),
        (["COMBO", {"image_upload": False}], False),
        (["INT", {"default": 1}], False),
        (["IMAGE"], False),
        (None, False),
        (["COMBO", "x"], False),
    ],
)
def test_which_inputs_take_a_file(spec: Any, takes: bool) -> None:
    assert takes_upload(spec) is takes


def test_different_files_of_one_name_get_different_names() -> None:
    path = Path("photo.png")
    assert upload_name(path, "0" * 64) != upload_name(path, "1" * 64)
    assert upload_name(Path("..."), "0" * 64).startswith("file-")
