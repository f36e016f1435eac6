"""An answer as it arrives, and the three ways in which there may be none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping

from comfyc.safety.inflating import Inflater

_OVERHEAD = 8
"""Bytes on the wire for each byte that an answer may hold: chunks of one byte take six."""


class NotConnectedError(Exception):
    """No connection was made, so nothing was sent. The cause says why."""


class BrokenError(Exception):
    """The connection ended or fell silent before the answer was complete, or the answer is not HTTP.

    Its text, if there is one, says more.
    """


class AnswerTooLargeError(Exception):
    """The answer is larger than allowed."""


class Response:
    """The status and headers of an answer (names in lower case), and its body as it arrives.

    ``allow`` is told how many bytes may come over the connection for the body.
    """

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        body: AsyncIterator[bytes],
        allow: Callable[[int], None] = lambda size: None,
    ) -> None:
        self.status_code = status
        self.headers = headers
        self._body = body
        self._allow = allow

    async def aiter_bytes(self, most: int) -> AsyncIterator[bytes]:
        """The unpacked body in pieces; ``AnswerTooLargeError`` beyond ``most`` bytes, packed or unpacked.

        A body that is packed twice, or in a way that was not asked for, is a ``BrokenError``.
        """
        coding = self.headers.get("content-encoding", "").strip().lower()
        if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise BrokenError("its answer has an encoding that was not requested")
        inflater = Inflater() if coding not in ("", "identity") else None
        self._allow(_OVERHEAD * most)
        came = found = 0
        try:
            async for chunk in self._body:
                came += len(chunk)
                for piece in inflater.feed(chunk) if inflater is not None else (chunk,):
                    found += len(piece)
                    if max(came, found) > most:
                        raise AnswerTooLargeError
                    yield piece
                if came > most:
                    raise AnswerTooLargeError
            if inflater is not None and came:
                inflater.finish()
        except ValueError:
            raise BrokenError("its answer is damaged") from None
