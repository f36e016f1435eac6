"""Pictures that came over the WebSocket, in the temporary file that those of a run share."""

from __future__ import annotations

_IN_MEMORY = 64 << 20


class PictureStore:
    """The temporary file that all pictures of a run share; it is closed with the last of them."""

    def __init__(self) -> None:
        import tempfile  # noqa: PLC0415 - hardly ever needed

        self.file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - see __del__

    def __del__(self) -> None:
        self.file.close()


class Picture:
    """A picture that came, kept in the common temporary file; :meth:`read` gives its bytes."""

    def __init__(self, store: PictureStore, start: int, size: int, mime: str) -> None:
        self.size = size
        self.mime = mime
        self._store = store
        self._start = start

    def read(self) -> bytes:
        self._store.file.seek(self._start)
        return self._store.file.read(self.size)
