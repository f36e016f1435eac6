"""The server's WebSocket messages, taken apart: text into :class:`Message`, binary into :class:`Frame`.

Formats: docs/spec/protocol.md, R12 and R29 to R32; ``server.py`` (``encode_bytes``,
``send_image_with_metadata``, ``send_progress_text``). Whatever does not parse is ``None``: an unknown message
is no error.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comfyc.safety.foreign import count_values, number_or_none, shallow
from comfyc.safety.foreign import parse as parse_json

if TYPE_CHECKING:
    from typing import TypeGuard

FEATURES = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
"""What the client must say first on a connection: it wants to be told whose a preview is."""

_STATUS = b'{"type": "status", '
"""How messages about the length of the queue begin, which each client gets several times for each prompt of
any client: nobody here reads them."""
_PREVIEW, _TEXT, _PREVIEW_WITH_METADATA = 1, 3, 4
_IMAGE_TYPES = {1: "image/jpeg", 2: "image/png"}
_SENT_TYPES = {3: "image/webp", 4: "image/gif", 5: "video/mp4", 6: "video/webm", 7: "video/quicktime"}
"""What SwarmUI's nodes send in the frames of previews (SwarmSaveImageWS.py, SwarmSaveAnimationWS.py)."""
_LONGEST_NAME = 256
"""Characters of the id of a prompt, a node or a client."""
_LONGEST_METADATA = 1 << 16
_VALUE = 128
"""Bytes of memory that a JSON value takes at the most."""
MOST_VALUES = 250_000
"""JSON values in one message."""


@dataclass(frozen=True, slots=True)
class Message:
    """A text message: {"type": ..., "data": {...}}."""

    type: str
    data: dict[str, Any]
    cost: int = 0
    """Bytes of memory that it may take."""

    @property
    def prompt_id(self) -> str | None:
        return text_or_none(self.data.get("prompt_id"))


@dataclass(frozen=True, slots=True)
class Frame:
    """A binary message: a preview (``mime`` is set) or a line of text from a node.

    Only a preview with metadata says which prompt it is about.
    """

    payload: bytes
    mime: str | None = None
    node: str | None = None
    display_node: str | None = None
    prompt_id: str | None = None


def is_picture(raw: bytes) -> bool:
    """Whether a message, of which this is the beginning, is binary: those begin with a zero byte, the first
    of the number of their kind, and those that are JSON never do."""
    return raw[:1] == b"\0"


def parse(raw: bytes) -> Message | Frame | None:
    """What a WebSocket message says, ``None`` if it says nothing that is known here."""
    if raw.startswith(_STATUS):
        return None
    return _parse_binary(raw) if is_picture(raw) else _parse_text(raw)


def cost(raw: bytes) -> int:
    """The bytes of memory that a message may take once it is parsed."""
    return len(raw) if is_picture(raw) else len(raw) + _VALUE * count_values(raw)


def is_name(value: Any) -> TypeGuard[str]:
    """Whether it may be the id of something: a text that is not too long."""
    return isinstance(value, str) and len(value) <= _LONGEST_NAME


def text_or_none(value: Any) -> str | None:
    """A node id or the like: a text, or a number where a text should be."""
    if is_name(value):
        return value
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number and number_or_none(value) is not None else None


def _parse_text(raw: bytes) -> Message | None:
    try:
        document = shallow(parse_json(raw, most_values=MOST_VALUES))
    except ValueError:
        return None
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        return None
    data = document.get("data")
    return Message(document["type"], data if isinstance(data, dict) else {}, cost(raw))


def _parse_binary(raw: bytes) -> Frame | None:
    if len(raw) < 8:
        return None
    event, second = struct.unpack_from(">II", raw)
    mime = _IMAGE_TYPES.get(second) or _SENT_TYPES.get(second)
    if event == _PREVIEW and mime is not None:
        return Frame(raw[8:], mime)
    if event not in (_TEXT, _PREVIEW_WITH_METADATA) or second > len(raw) - 8:
        return None
    head, rest = raw[8 : 8 + second], raw[8 + second :]
    if event == _TEXT:
        return Frame(rest, node=head.decode("utf-8", "replace")) if second <= _LONGEST_NAME else None
    return _parse_preview(head, rest)


def _parse_preview(head: bytes, image: bytes) -> Frame | None:
    try:
        metadata = parse_json(head, _LONGEST_METADATA)
    except ValueError:
        return None
    if not isinstance(metadata, dict):
        return None
    mime = metadata.get("image_type")
    return Frame(
        image,
        mime if mime in _IMAGE_TYPES.values() else "image/jpeg",
        text_or_none(metadata.get("node_id")),
        text_or_none(metadata.get("display_node_id")),
        text_or_none(metadata.get("prompt_id")),
    )
