"""The files that carry a workflow or a prompt in their metadata: one row for each kind of container.

From these rows are made: how a file is recognised (``sources/sniff.py``), which parser reads it
(``sources/__init__.py``), what messages call it (``sources/carried.py``), the files that the command line
looks for in a folder (``cli/work/find_files.py``), the page of W014 (``codes.py``), and the lists in the
documentation, which a test compares. A new carrier is a row here and a parser in ``sources/``.

Data only, and below every room that reads it: ``codes.py`` is one of them.
"""

from __future__ import annotations

from typing import NamedTuple


class Carrier(NamedTuple):
    """A kind of container."""

    name: str
    """The name in reports and JSON: the member ``container``."""
    subject: str
    """What a message calls such a file, without an article."""
    formats: tuple[str, ...]
    """The names of its formats, for lists."""
    endings: tuple[str, ...]
    """The endings of file names that are looked for in folders."""
    magic: bytes
    """A regular expression (with DOTALL) that the first 64 bytes of the file match from the start; of a
    carrier that is text, the first 4096."""
    parser: str
    """MODULE.FUNCTION in ``comfyc.sources``: the function takes ``Metered`` bytes and gives ``Fields``."""
    is_text: bool = False
    """Text is recognised only where no other magic fits."""
    is_latin1: bool = False
    """Whether the editor reads the text byte by byte as Latin-1."""


_FTYP_OF_PICTURES = rb".{4}ftyp(?:.{4})*?(?:avif|avis|mif1|msf1|heic|heix|hevc)"
_BOX_OF_MOVIES = rb"[^\s{\[\"].{3}(?:ftyp|moov|mdat|wide|free|skip|pnot)"
"""The first letter is none that JSON begins with."""
_SVG = rb"(?i)(?:\xef\xbb\xbf)?\s*(?=<)(?:(?!<html).)*?<svg"
"""An SVG element that is not inside a web page."""

CARRIERS = (
    Carrier("png", "PNG picture", ("PNG",), (".png",), rb"\x89PNG", "png.fields"),
    Carrier("webp", "WebP picture", ("WebP",), (".webp",), rb"RIFF.{4}WEBP", "webp.fields"),
    Carrier("jpeg", "JPEG picture", ("JPEG",), (".jpg", ".jpeg"), rb"\xff\xd8\xff", "jpeg.fields"),
    Carrier(
        "webm",
        "WebM or Matroska video",
        ("WebM", "Matroska"),
        (".webm", ".mkv"),
        rb"\x1aE\xdf\xa3",
        "ebml.fields",
    ),
    Carrier("flac", "FLAC sound", ("FLAC",), (".flac",), rb"fLaC", "vorbis.flac_fields", is_latin1=True),
    Carrier(
        "ogg", "Ogg sound", ("Ogg", "Opus"), (".ogg", ".opus"), rb"OggS", "vorbis.ogg_fields", is_latin1=True
    ),
    Carrier(
        "mp3", "MP3 sound", ("MP3",), (".mp3",), rb"ID3|\xff[\xfb\xfa\xf3\xf2]", "id3.fields", is_latin1=True
    ),
    Carrier("glb", "GLB model", ("GLB",), (".glb",), rb"glTF", "gltf.fields"),
    Carrier("exr", "EXR picture", ("EXR",), (".exr",), rb"v/1\x01", "exr.fields"),
    Carrier("avif", "AVIF picture", ("AVIF",), (".avif",), _FTYP_OF_PICTURES, "avif.fields"),
    Carrier("mp4", "MP4 or MOV video", ("MP4", "MOV"), (".mp4", ".mov"), _BOX_OF_MOVIES, "mp4.fields"),
    Carrier(
        "safetensors",
        "safetensors file",
        ("safetensors", "latent"),
        (".latent",),  # a .safetensors in a folder is a model: gigabytes, and no workflow as a rule
        rb".{3}\0{5}\{\s*[\"}]",
        "safetensors.fields",
    ),
    Carrier("svg", "SVG picture", ("SVG",), (".svg",), _SVG, "svg.fields", is_text=True),
)
"""In the order in which the magic is tried: the first that fits decides."""

BY_NAME = {carrier.name: carrier for carrier in CARRIERS}

JSON = "json"
"""The container of a file that is the JSON text itself."""

ENDINGS = (".json", *(ending for carrier in CARRIERS for ending in carrier.endings))
"""The endings of file names that are looked for in folders."""


def formats() -> str:
    """The names of all formats for a sentence, in the order of the alphabet: "AVIF, EXR, ... and WebP"."""
    *names, last = sorted((name for carrier in CARRIERS for name in carrier.formats), key=str.casefold)
    return f"{', '.join(names)} and {last}"
