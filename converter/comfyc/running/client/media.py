"""What kind of file it is, by its first bytes, whatever a server of the web says that it sends: pictures,
sounds, videos and 3D models."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD = 512
"""Bytes from the beginning of a file that its kind shows in."""


@dataclass(frozen=True, slots=True)
class MediaType:
    """A kind of file: what it is, and how its name ends, by which nodes and servers know it."""

    kinds: tuple[str, ...]
    suffix: str


_TYPES = tuple(
    (re.compile(magic, re.DOTALL), MediaType(tuple(kinds.split()), suffix))
    for magic, kinds, suffix in (
        (rb"\x89PNG\r\n\x1a\n", "image", ".png"),
        (rb"\xff\xd8\xff", "image", ".jpg"),
        (rb"GIF8[79]a", "image animation", ".gif"),
        (rb"RIFF.{4}WEBP", "image animation", ".webp"),
        (rb"BM.{4}\0{4}", "image", ".bmp"),
        (rb"II\*\0|MM\0\*", "image", ".tiff"),
        (rb"\x76\x2f\x31\x01", "image", ".exr"),
        (rb".{4}ftypavi[fs]", "image", ".avif"),
        (rb".{4}ftyp(?:hei[cxs]|mif1|msf1)", "image", ".heic"),
        (rb"\0\0\0\x0cJXL \r\n\x87\n|\xff\x0a", "image", ".jxl"),
        (rb".{4}ftypM4[AB] ", "audio", ".m4a"),
        (rb".{4}ftypqt  ", "video", ".mov"),
        (rb".{4}ftyp", "video", ".mp4"),
        (rb"\x1a\x45\xdf\xa3.{0,64}webm", "video", ".webm"),
        (rb"\x1a\x45\xdf\xa3", "video", ".mkv"),
        (rb"RIFF.{4}AVI ", "video", ".avi"),
        (rb"FLV\x01", "video", ".flv"),
        (rb"\0\0\x01[\xba\xb3]", "video", ".mpg"),
        (rb"ID3|\xff[\xfb\xfa\xf3\xf2]", "audio", ".mp3"),
        (rb"fLaC", "audio", ".flac"),
        (rb"OggS.{24,200}\x80theora", "video", ".ogv"),
        (rb"OggS.{24,200}OpusHead", "audio", ".opus"),
        (rb"OggS", "audio", ".ogg"),
        (rb"RIFF.{4}WAVE", "audio", ".wav"),
        (rb"FORM.{4}AIF[FC]", "audio", ".aiff"),
        (rb"\xff[\xf1\xf9]", "audio", ".aac"),
        (rb"glTF[\1\2]\0\0\0", "model", ".glb"),
        (rb"Kaydara FBX Binary", "model", ".fbx"),
        (rb"ply\r?\n", "model", ".ply"),
        (rb"solid[ \r\n]", "model", ".stl"),
        (rb"\s*\{.{0,400}\"asset\"", "model", ".gltf"),
        (rb"(?:#[^\n]*\n|\s)*(?:mtllib|[vog]) [^\n<]*\n", "model", ".obj"),
    )
)


def media_type(head: bytes) -> MediaType | None:
    """The kind of a file that begins with ``head`` (:data:`HEAD` bytes, or the whole of it); ``None`` if it
    is none of those that nodes load."""
    return next((kind for magic, kind in _TYPES if magic.match(head)), None)
