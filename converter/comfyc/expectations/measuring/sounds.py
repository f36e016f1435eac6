"""Duration of sounds, from their headers, in seconds; None where a file does not say it."""

from __future__ import annotations

from comfyc.sources.blob import BLOCK, Blob, DamagedError, big, little, take
from comfyc.sources.id3 import tag_size

_OPUS_RATE = 48_000
_NO_POSITION = (1 << 64) - 1
_SEARCHED = 4096
"""Bytes after a tag in which the first frame of an MP3 must begin."""
_RATES = (44_100, 48_000, 32_000)
_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def flac(data: Blob) -> float | None:
    """FLAC: rate and number of samples in STREAMINFO, which is the first block (RFC 9639 8.2)."""
    start = tag_size(data)
    packed = big(data, start + 18, 8)
    rate, samples = packed >> 44, packed & (1 << 36) - 1
    return samples / rate if rate and samples else None


def wav(data: Blob) -> float | None:
    """WAV: the length of the chunk ``data`` by the bytes of a second in ``fmt``."""
    offset, rate = 12, 0
    while offset + 8 <= len(data):
        kind, length = take(data, offset, 4), little(data, offset + 4)
        if kind == b"fmt ":
            rate = little(data, offset + 16)
        elif kind == b"data":
            return min(length, len(data) - offset - 8) / rate if rate else None
        offset += 8 + length + length % 2
    raise DamagedError("there is no chunk of samples")


def ogg(data: Blob) -> float | None:
    """Ogg with Opus, Vorbis or FLAC: the position of the last page (RFC 3533 6; RFC 7845 4, 5.1; Vorbis I
    4.2.2; RFC 9639 10.1)."""
    start = 27 + big(data, 26, 1)
    first = data[start : start + 30]
    if first.startswith(b"OpusHead"):
        rate, skipped = _OPUS_RATE, int.from_bytes(first[10:12], "little")
    elif first.startswith(b"\x01vorbis"):
        rate, skipped = int.from_bytes(first[12:16], "little"), 0
    elif first.startswith(b"\x7fFLAC"):
        rate, skipped = int.from_bytes(first[27:30], "big") >> 4, 0
    else:
        return None
    tail = data[max(0, len(data) - BLOCK) : len(data)]
    at = tail.rfind(b"OggS")
    position = int.from_bytes(tail[at + 6 : at + 14], "little")
    if at < 0 or len(tail) < at + 14 or position == _NO_POSITION:
        raise DamagedError("the last page is cut off")
    return max(position - skipped, 0) / rate if rate else None


def mp3(data: Blob) -> float | None:
    """MP3: the number of frames in the first of them (Xing, Info), else by the size, as if the rate were the
    same everywhere (ISO/IEC 11172-3 2.4.2.3)."""
    start = tag_size(data)
    head = data[start : start + _SEARCHED]
    for at in range(len(head) - 3):
        if head[at] != 0xFF or head[at + 1] & 0xE6 != 0xE2:  # the sync, and layer III
            continue
        version, bits, rate = head[at + 1] >> 3 & 3, head[at + 2] >> 4, head[at + 2] >> 2 & 3
        if version == 1 or bits in (0, 15) or rate == 3:
            continue
        is_first = version == 3
        hertz = _RATES[rate] // (1 if is_first else 2 if version == 2 else 4)
        is_mono = head[at + 3] >> 6 == 3
        side = at + 4 + ((17 if is_mono else 32) if is_first else (9 if is_mono else 17))
        if head[side : side + 4] in (b"Xing", b"Info") and big(head, side + 4) & 1:
            samples = big(head, side + 8) * (1152 if is_first else 576)
            return max(samples - _padding(head, side), 0) / hertz
        kbits = (_KBITS_1 if is_first else _KBITS_2)[bits]
        return (len(data) - start - at) * 8 / (kbits * 1000)
    raise DamagedError("there is no frame of sound")


def _padding(head: bytes, start: int) -> int:
    """The samples that the encoder has added, by the tag of LAME and libav after the header Xing."""
    if big(head, start + 4) != 0xF:  # frames, bytes, table and quality stand before the tag
        return 0
    packed = int.from_bytes(head[start + 141 : start + 144], "big")
    return (packed >> 12) + (packed & 0xFFF)
