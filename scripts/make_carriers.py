#!/usr/bin/env python3
"""Make fixtures/carriers/: a small file of every kind that carries a workflow, by the real libraries.

    pip install pillow av mutagen safetensors numpy
    python scripts/make_carriers.py [NAME ...]

Each ``<kind>.<ending>`` holds workflow.json and prompt.json of that folder the way ComfyUI's own saving nodes
(``comfy_api/latest/_ui.py``, ``comfy_extras/nodes_*.py``), or well-known custom ones, write them.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "fixtures" / "carriers"

WORKFLOW: dict[str, Any] = {
    "last_node_id": 2,
    "last_link_id": 1,
    "nodes": [
        {
            "id": 1,
            "type": "EmptyImage",
            "pos": [0, 0],
            "size": [315, 130],
            "flags": {},
            "order": 0,
            "mode": 0,
            "inputs": [],
            "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": [1]}],
            "title": 'Grün {a} ]]> "b" \\ Ω',
            "properties": {},
            "widgets_values": [16, 16, 1, 65280],
        },
        {
            "id": 2,
            "type": "SaveImage",
            "pos": [400, 0],
            "size": [315, 270],
            "flags": {},
            "order": 1,
            "mode": 0,
            "inputs": [{"name": "images", "type": "IMAGE", "link": 1}],
            "outputs": [],
            "properties": {},
            "widgets_values": ["carrier"],
        },
    ],
    "links": [[1, 1, 0, 2, 0, "IMAGE"]],
    "groups": [],
    "config": {},
    "extra": {},
    "version": 0.4,
}
PROMPT: dict[str, Any] = {
    "1": {
        "inputs": {"width": 16, "height": 16, "batch_size": 1, "color": 65280},
        "class_type": "EmptyImage",
        "_meta": {"title": 'Grün {a} ]]> "b" \\ Ω'},
    },
    "2": {
        "inputs": {"filename_prefix": "carrier", "images": ["1", 0]},
        "class_type": "SaveImage",
        "_meta": {"title": "Save Image"},
    },
}
TEXTS = {"prompt": json.dumps(PROMPT), "workflow": json.dumps(WORKFLOW)}
LETTERS = json.dumps(WORKFLOW, ensure_ascii=False)
BUNDLE = json.dumps({"prompt": TEXTS["prompt"], "workflow": WORKFLOW})
"""As VideoHelperSuite wrote it into the comment of a video: the prompt as text, the workflow as an object."""

A1111 = (
    "a green square\nNegative prompt: red\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1234, "
    "Size: 512x512, Model hash: 6ce0161689, Model: v1-5-pruned-emaonly"
)

A1111_LETTERS = A1111.replace("green", "grünes")

Maker = Callable[[Path], None]


def _picture(green: int = 255) -> Any:
    return import_module("PIL.Image").new("RGB", (16, 16), (0, green, 0))


def _png_info(**texts: str) -> Any:
    info = import_module("PIL.PngImagePlugin").PngInfo()
    for key, value in texts.items():
        info.add_text(key, value)
    return info


def png(path: Path) -> None:
    """SaveImage."""
    _picture().save(path, pnginfo=_png_info(**TEXTS))


def png_ztxt(path: Path) -> None:
    info = _png_info()
    for key, value in TEXTS.items():
        info.add_text(key, value, zip=True)
    _picture().save(path, pnginfo=info)


def png_itxt(path: Path) -> None:
    """What Pillow makes of text beyond Latin-1."""
    info = _png_info(prompt=json.dumps(PROMPT, ensure_ascii=False))
    info.add_itxt("workflow", LETTERS, lang="en", tkey="graph")
    _picture().save(path, pnginfo=info)


def png_itxt_compressed(path: Path) -> None:
    info = _png_info()
    for key, value in TEXTS.items():
        info.add_itxt(key, value, zip=True)
    _picture().save(path, pnginfo=info)


def _png_of(*texts: tuple[str, bytes]) -> Maker:
    def make(path: Path) -> None:
        info = _png_info()
        for name, value in texts:
            info.add(b"tEXt", name.encode() + b"\0" + value)
        _picture().save(path, pnginfo=info)

    return make


def png_cut_off(path: Path) -> None:
    png(path)
    path.write_bytes(path.read_bytes()[:-20])


def png_after_the_end(path: Path) -> None:
    """The texts behind the chunk that ends the picture."""
    png(path)
    whole = path.read_bytes()
    png_bare(path)
    texts = whole[whole.index(b"tEXt") - 4 : whole.index(b"IDAT") - 4]
    path.write_bytes(path.read_bytes() + texts)


def png_animated(path: Path) -> None:
    """SaveAnimatedPNG: chunks of ComfyUI's own kind, behind the picture data."""
    info = _png_info()
    for key, value in TEXTS.items():
        info.add(b"comf", key.encode() + b"\0" + value.encode(), after_idat=True)
    _picture().save(path, pnginfo=info, save_all=True, append_images=[_picture(128)], duration=100)


def png_prompt_only(path: Path) -> None:
    _picture().save(path, pnginfo=_png_info(prompt=TEXTS["prompt"]))


def png_a1111(path: Path) -> None:
    _picture().save(path, pnginfo=_png_info(parameters=A1111))


def png_a1111_latin1(path: Path) -> None:
    """Pillow writes Latin-1 where it can."""
    _picture().save(path, pnginfo=_png_info(parameters=A1111_LETTERS))


def png_a1111_itxt(path: Path) -> None:
    info = _png_info()
    info.add_itxt("parameters", A1111_LETTERS.replace("square", "四角"))
    _picture().save(path, pnginfo=info)


def _with_comment(comment: bytes) -> Maker:
    """A picture with a UserComment in its EXIF data, where the web UI writes into JPEG, WebP and AVIF."""

    def make(path: Path) -> None:
        exif = _picture().getexif()
        exif[0x0131] = "a web UI"
        exif.get_ifd(0x8769)[0x9286] = comment
        _picture().save(path, exif=exif)

    return make


def png_bare(path: Path) -> None:
    _picture().save(path)


def _exif() -> Any:
    exif = _picture().getexif()
    exif[0x0110] = f"prompt:{TEXTS['prompt']}"
    exif[0x010F] = f"workflow:{TEXTS['workflow']}"
    return exif


def webp_animated(path: Path) -> None:
    """SaveAnimatedWEBP."""
    pictures = [_picture(), _picture(128)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100, exif=_exif())


def webp_capitals(path: Path) -> None:
    """As the savers of several packs write it."""
    exif = _picture().getexif()
    exif[0x010F] = f"Prompt:{TEXTS['prompt']}"
    exif[0x010E] = f"Workflow:{TEXTS['workflow']}"
    _picture().save(path, exif=exif)


def jpeg(path: Path) -> None:
    _picture().save(path, exif=_exif())


def jpeg_comment(path: Path) -> None:
    _picture().save(path, comment=BUNDLE.encode())


def avif(path: Path) -> None:
    _picture().save(path, exif=_exif())


def svg(path: Path) -> None:
    """SaveSVGNode."""
    data = json.dumps({"prompt": PROMPT, "workflow": WORKFLOW}, indent=2)
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16">\n'
        f"  <metadata>\n                <![CDATA[\n            {data}\n                ]]>\n"
        '            </metadata>\n            <rect width="16" height="16" fill="#0f0"/></svg>\n',
        encoding="utf-8",
    )


def exr(path: Path) -> None:
    """The header of SaveImageAdvanced's EXR files; no pixels follow."""
    path.write_bytes(
        b"v/1\x01\x02\0\0\0"
        + b"".join(
            f"{name}\0string\0".encode() + struct.pack("<i", len(value)) + value.encode()
            for name, value in {"compression": "0", **TEXTS}.items()
        )
        + b"\0"
    )


def _video(path: Path, codec: str, metadata: dict[str, str], **options: Any) -> None:
    av: Any = import_module("av")
    with av.open(str(path), mode="w", **options) as output:
        output.metadata.update(metadata)
        stream = output.add_stream(codec, rate=8)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv422p10le" if codec == "prores_ks" else "yuv420p"
        for _ in range(2):
            frame = av.VideoFrame.from_image(_picture().resize((64, 64)))
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def mp4(path: Path) -> None:
    """SaveVideo."""
    _video(path, "libx264", TEXTS, options={"movflags": "use_metadata_tags+faststart"})


def mp4_buffered(path: Path) -> None:
    """SaveVideo into a buffer: the metadata lies behind the pictures."""
    _video(path, "libx264", TEXTS, options={"movflags": "use_metadata_tags"})


def mp4_comment(path: Path) -> None:
    """VideoHelperSuite before 2024: everything in the comment."""
    _video(path, "libx264", {"comment": BUNDLE})


def mp4_fragmented(path: Path) -> None:
    _video(path, "libx264", TEXTS, options={"movflags": "use_metadata_tags+frag_keyframe+empty_moov"})


def mov(path: Path) -> None:
    _video(path, "prores_ks", TEXTS, options={"movflags": "use_metadata_tags"})


def webm(path: Path) -> None:
    """SaveWEBM."""
    _video(path, "libvpx-vp9", TEXTS)


def webm_live(path: Path) -> None:
    """Segment and clusters of unknown length."""
    _video(path, "libvpx-vp9", TEXTS, options={"live": "1"})


def mkv(path: Path) -> None:
    """SaveVideo with format mkv."""
    _video(path, "libx264", TEXTS)


def _sound(path: Path, codec: str, metadata: dict[str, str], format_: str, **options: Any) -> None:
    av, numpy = import_module("av"), import_module("numpy")
    with av.open(str(path), mode="w", format=format_, **options) as output:
        output.metadata.update(metadata)
        stream = output.add_stream(codec, rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            numpy.zeros((1, 4800), dtype="float32"), format="flt", layout="mono"
        )
        frame.sample_rate = 48000
        frame.pts = 0
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def flac(path: Path) -> None:
    """SaveAudio."""
    _sound(path, "flac", TEXTS, "flac")


def opus(path: Path) -> None:
    """SaveAudioOpus."""
    _sound(path, "libopus", TEXTS, "opus")


def mp3(path: Path) -> None:
    """SaveAudioMP3."""
    _sound(path, "libmp3lame", TEXTS, "mp3")


def ogg_flac(path: Path) -> None:
    _sound(path, "flac", TEXTS, "ogg")


def _tagged(path: Path, codec: str, format_: str, tag: Callable[[Any], None]) -> None:
    _sound(path, codec, {}, format_)
    file = import_module("mutagen").File(path)
    tag(file)
    file.save()


def flac_capitals(path: Path) -> None:
    def tag(file: Any) -> None:
        file["WORKFLOW"] = TEXTS["workflow"]

    _tagged(path, "flac", "flac", tag)


def flac_letters(path: Path) -> None:
    """UTF-8 beyond ASCII, which ComfyUI itself does not write."""
    _sound(path, "flac", {"workflow": LETTERS}, "flac")


def opus_letters(path: Path) -> None:
    _sound(path, "libopus", {"workflow": LETTERS}, "opus")


def mp3_letters(path: Path) -> None:
    _sound(path, "libmp3lame", {"workflow": LETTERS}, "mp3")


def mp3_utf16(path: Path) -> None:
    def tag(file: Any) -> None:
        file.tags.add(import_module("mutagen.id3").TXXX(encoding=1, desc="workflow", text=TEXTS["workflow"]))

    _tagged(path, "libmp3lame", "mp3", tag)


def m4a_free_form(path: Path) -> None:
    def tag(file: Any) -> None:
        for key, value in TEXTS.items():
            file[f"----:com.apple.iTunes:{key}"] = value.encode()

    _tagged(path, "aac", "mp4", tag)


def safetensors(path: Path) -> None:
    """SaveLatent."""
    numpy: Any = import_module("numpy")
    tensors = {"latent_tensor": numpy.zeros((1, 4, 2, 2), dtype="float32")}
    import_module("safetensors.numpy").save_file(tensors, path, metadata=TEXTS)


def glb(path: Path) -> None:
    """SaveGLB: texts in the extras."""
    _glb(path, TEXTS)


def glb_objects(path: Path) -> None:
    _glb(path, {"prompt": PROMPT, "workflow": WORKFLOW})


def _glb(path: Path, extras: dict[str, Any]) -> None:
    text = json.dumps({"asset": {"version": "2.0", "extras": extras}, "scenes": [], "nodes": []}).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", 4, 0x004E4942) + bytes(4)
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)


def _text(text: str, encoding: str) -> Maker:
    def make(path: Path) -> None:
        path.write_bytes(text.encode(encoding))

    return make


_WORKFLOW, _PROMPT = (("workflow", TEXTS["workflow"].encode()), ("prompt", TEXTS["prompt"].encode()))

MAKERS: dict[str, Maker] = {
    "image.png": png,
    "ztxt.png": png_ztxt,
    "itxt.png": png_itxt,
    "itxt_compressed.png": png_itxt_compressed,
    "animated.png": png_animated,
    "twice.png": _png_of(("workflow", b'{"nodes": [], "version": 0.4, "extra": {}}'), _WORKFLOW),
    "capital.png": _png_of(("Workflow", _WORKFLOW[1])),
    "latin1.png": _png_of(("workflow", LETTERS.replace("Ω", "").encode("latin-1"))),
    "null_workflow.png": _png_of(("workflow", b"null"), _PROMPT),
    "empty_workflow.png": _png_of(("workflow", b""), _PROMPT),
    "text_workflow.png": _png_of(("workflow", json.dumps(TEXTS["workflow"]).encode()), _PROMPT),
    "broken_workflow.png": _png_of(("workflow", _WORKFLOW[1][:-1]), _PROMPT),
    "cut_off.png": png_cut_off,
    "after_the_end.png": png_after_the_end,
    "prompt_only.png": png_prompt_only,
    "a1111.png": png_a1111,
    "a1111_latin1.png": png_a1111_latin1,
    "a1111_itxt.png": png_a1111_itxt,
    "a1111_capital.png": _png_of(("Parameters", A1111.encode())),
    "a1111_beside_workflow.png": _png_of(_WORKFLOW, ("parameters", A1111.encode())),
    "a1111_beside_prompt.png": _png_of(_PROMPT, ("parameters", A1111.encode())),
    "a1111_beside_words.png": _png_of(("prompt", b"a cat"), ("parameters", A1111.encode())),
    "a1111_beside_broken.png": _png_of(
        ("workflow", b"{"), ("prompt", b'{"1": {"inputs": {}}}'), ("parameters", A1111.encode())
    ),
    "a1111.jpg": _with_comment(b"UNICODE\0" + A1111_LETTERS.encode("utf-16-be")),
    "a1111_little_endian.jpg": _with_comment(b"UNICODE\0" + A1111_LETTERS.encode("utf-16-le")),
    "a1111_ascii.jpg": _with_comment(b"ASCII\0\0\0" + A1111.encode()),
    "a1111.webp": _with_comment(b"UNICODE\0" + A1111_LETTERS.encode("utf-16-be")),
    "a1111.avif": _with_comment(b"UNICODE\0" + A1111_LETTERS.encode("utf-16-be")),
    "bare.png": png_bare,
    "animated.webp": webp_animated,
    "capitals.webp": webp_capitals,
    "image.jpg": jpeg,
    "comment.jpg": jpeg_comment,
    "image.avif": avif,
    "image.svg": svg,
    "image.exr": exr,
    "video.mp4": mp4,
    "buffered.mp4": mp4_buffered,
    "comment.mp4": mp4_comment,
    "fragmented.mp4": mp4_fragmented,
    "video.mov": mov,
    "video.webm": webm,
    "live.webm": webm_live,
    "video.mkv": mkv,
    "audio.flac": flac,
    "capitals.flac": flac_capitals,
    "letters.flac": flac_letters,
    "audio.opus": opus,
    "letters.opus": opus_letters,
    "flac.ogg": ogg_flac,
    "audio.mp3": mp3,
    "letters.mp3": mp3_letters,
    "utf16.mp3": mp3_utf16,
    "free_form.m4a": m4a_free_form,
    "latent.latent": safetensors,
    "model.safetensors": safetensors,
    "model.glb": glb,
    "objects.glb": glb_objects,
    "bom.json": _text(LETTERS, "utf-8-sig"),
    "utf16.json": _text(LETTERS, "utf-16"),
    "utf16_big_endian.json": _text("\ufeff" + LETTERS, "utf-16-be"),
    "utf16_unmarked.json": _text(LETTERS, "utf-16-le"),
    "utf32.json": _text(LETTERS, "utf-32"),
    "latin1.json": _text(LETTERS.replace("Ω", ""), "latin-1"),
    "non_finite.json": _text(
        '{"nodes": [], "version": 0.4, "extra": {"a": NaN, "b": [-Infinity, "NaN"]}}', "ascii"
    ),
}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for key, text in TEXTS.items():
        (FOLDER / f"{key}.json").write_text(text + "\n", encoding="utf-8")
    wanted = sys.argv[1:] or MAKERS
    for name, maker in MAKERS.items():
        if name not in wanted:
            continue
        maker(FOLDER / name)
        print(f"{(FOLDER / name).stat().st_size:8} {name}")


if __name__ == "__main__":
    main()
