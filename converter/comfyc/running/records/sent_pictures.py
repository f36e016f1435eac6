"""Pictures that a node sends over the WebSocket instead of saving them: outputs, and no previews.

They come in the frames of previews (custom_nodes/websocket_image_save.py of ComfyUI sends its pictures
through the progress bar), once, and the server keeps none. What tells them apart: they are PNG and whole,
and come from an output node that puts out no file. The previews of samplers are JPEG.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comfyc.running.records.events import NodePreview
from comfyc.running.records.out_folder import safe_name
from comfyc.running.records.outcome import Output
from comfyc.running.records.picture import Picture, PictureStore

SENDERS = (
    "SaveImageWebsocket",
    "ETN_SendImageWebSocket",
    "ETN_KritaOutput",
    "SendImageWebSocket",
    "SendImageWebsocket",
    "SaveJpegWebsocket",
    "SwarmSaveImageWS",
    "SwarmSaveAnimatedWebpWS",
    "SwarmSaveAnimationWS",
)
"""Class types that put out nothing else: ComfyUI's own, and those of comfyui-tooling-nodes, ComfyUI-EasyNode,
ComfyStream (PNG or JPEG), a node for JPEG, and SwarmUI (but for its raw bitmaps, which have another form)."""
_MARKED = ("SwarmSaveImageWS", "SwarmSaveAnimatedWebpWS", "SwarmSaveAnimationWS")
"""Those whose progress is a mark for their own client, and no count of pictures."""

_PNG = "image/png"
_SUFFIXES = {_PNG: "png", "image/jpeg": "jpg", "video/quicktime": "mov"}


@dataclass(frozen=True, slots=True)
class Received:
    """What was received: the pictures as outputs by node, and how many are known to be missing."""

    outputs: Mapping[str, tuple[Output, ...]]
    missed: Mapping[str, int]


class Pictures:
    """Keeps the frames that may turn out to be outputs; ``most`` bytes of them."""

    def __init__(self, most: int) -> None:
        self._store: PictureStore | None = None
        self._kept: dict[str, list[Picture]] = {}
        self._lost: dict[str, int] = {}
        self._most = most
        self._size = 0

    def take(self, event: NodePreview, class_type: str) -> None:
        """Keep the picture of a preview, unless it can be nothing else than a preview."""
        if event.mime != _PNG and class_type not in SENDERS:
            return
        node, size = event.display_node, len(event.data)
        if self._store is None:
            self._store = PictureStore()
        try:
            if self._size + size > self._most:
                raise OSError
            self._store.file.seek(self._size)
            self._store.file.write(event.data)
        except OSError:  # the disk is full
            self._lost[node] = self._lost.get(node, 0) + 1
            return
        self._kept.setdefault(node, []).append(Picture(self._store, self._size, size, event.mime))
        self._size += size

    def outputs(
        self,
        targets: Mapping[str, str],
        records: Mapping[str, Mapping[str, Any]],
        steps: Mapping[str, float],
        cached: Container[str],
        *,
        heard_all: bool,
    ) -> Received:
        """The pictures that are outputs, now that it is known what else the nodes put out.

        ``targets`` are the output nodes and their class types, ``records`` what the server says that they put
        out, ``steps`` how many steps the nodes that ran had.
        """
        found: dict[str, tuple[Output, ...]] = {}
        missed: dict[str, int] = {}
        for node, class_type in targets.items():
            record = records.get(node, {})
            if node in cached or _names_files(record):
                continue
            kept = self._kept.get(node, [])
            if kept:
                found[node] = tuple(_outputs(node, class_type, kept))
            expected = len(kept) + self._lost.get(node, 0)
            if class_type in SENDERS and (node in steps or not heard_all):
                expected = max(expected, 1)
            if not heard_all and class_type not in _MARKED and (kept or class_type in SENDERS):
                expected = max(expected, int(steps.get(node, 0)))
            expected = max(expected, sum(map(is_sent, _items(record))))
            if expected > len(kept):
                missed[node] = expected - len(kept)
        return Received(found, missed)


def is_sent(item: Any) -> bool:
    """Does an item of a node's record stand for a picture that was sent over the WebSocket?"""
    return isinstance(item, dict) and item.get("source") == "websocket"


def _items(record: Mapping[str, Any]) -> Iterator[Any]:
    for value in record.values():
        yield from value if isinstance(value, list) else (value,)


def _names_files(record: Mapping[str, Any]) -> bool:
    return any(isinstance(item, dict) and item.get("filename") for item in _items(record))


def _outputs(node: str, class_type: str, pictures: list[Picture]) -> Iterator[Output]:
    for number, picture in enumerate(pictures, 1):
        suffix = _SUFFIXES.get(picture.mime) or picture.mime.rpartition("/")[2]
        name = safe_name(f"{class_type or 'picture'}_{node}_{number:05}.{suffix}")
        yield Output("file", "images", name, type="socket", size=picture.size, picture=picture)
