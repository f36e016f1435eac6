"""The body of an upload: a file in a form, as a browser sends it (RFC 7578)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import IO

_BLOCK = 1 << 16


class UploadForm:
    """A multipart body with one file, sent as it is read; its size is known before."""

    def __init__(self, fields: Mapping[str, str], name: str, file: tuple[str, IO[bytes], str]) -> None:
        filename, self._file, mime = file
        boundary = os.urandom(16).hex()
        self.content_type = f"multipart/form-data; boundary={boundary}"
        head = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        )
        head += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        self._head = f"{head}Content-Type: {mime}\r\n\r\n".encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._size = os.fstat(self._file.fileno()).st_size
        self.length = len(self._head) + self._size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        left = self._size
        while left:
            block = self._file.read(min(_BLOCK, left))
            if not block:
                raise OSError("the file changed while it was being sent")
            left -= len(block)
            yield block
        yield self._tail
