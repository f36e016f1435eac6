"""PNG and animated PNG: the text chunks (PNG specification 11.3.3; frontend ``scripts/metadata/png.ts``)."""

from __future__ import annotations

from comfyc.sources.blob import DamagedError, Metered, big, inflate, take
from comfyc.sources.fields import Field, Fields, wanted

_TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt", b"comf")

_KEYWORD = 80
"""Upper bound on the bytes of a keyword, including the zero byte at its end."""


def fields(data: Metered) -> Fields:
    """The wanted texts of tEXt, zTXt and iTXt chunks, and of ``comf`` chunks, ComfyUI's tEXt of animated
    PNGs.

    tEXt is Latin-1 by the standard and UTF-8 in the editor; ComfyUI writes only ASCII. The editor does not
    read zTXt. A text that does not decompress is skipped, as in the editor, and reported at the end. Chunks
    after the end chunk are read as well, as in the editor.
    """
    offset, ended, damage = 8, False, None
    while offset + 8 <= len(data):
        length, kind = big(data, offset), take(data, offset + 4, 4)
        if not kind.isalpha():
            break
        if kind in _TEXT_CHUNKS:
            try:
                yield from _text_chunk(data, kind, offset + 8, length)
            except DamagedError as error:
                damage = error
        ended = ended or kind == b"IEND"
        offset += 12 + length
    if damage:
        raise damage
    if not ended:
        raise DamagedError(f"the image is truncated at byte {min(offset, len(data))}")


def _text_chunk(data: Metered, kind: bytes, start: int, length: int) -> Fields:
    head = take(data, start, min(length, _KEYWORD))
    keyword, zero, _ = head.partition(b"\0")
    key = keyword.decode("latin-1")
    if not zero or not wanted(key):
        return
    body = take(data, start + len(keyword) + 1, length - len(keyword) - 1)
    compressed = kind == b"zTXt"
    if compressed:
        body = body[1:]
    elif kind == b"iTXt":
        compressed = body[:1] == b"\1"
        body = body[2:].split(b"\0", 2)[-1]  # after the language and the translated keyword
    yield Field(key, inflate(body, data.budget) if compressed else body)
