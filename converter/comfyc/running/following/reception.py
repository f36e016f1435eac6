"""The live messages about one prompt: the connection that they come over, and where they wait."""

from __future__ import annotations

from comfyc.running.client.listen import Lines, Listener
from comfyc.running.following.inbox import Inbox
from comfyc.running.http.transport import Http


class Reception:
    """Receives messages into ``inbox`` once a connection is made or borrowed; ``listener`` is that."""

    def __init__(self, http: Http, lines: Lines) -> None:
        self.inbox = Inbox(http.limits.backlog, 2 * http.limits.message)
        self.listener: Listener | None = None
        self._http = http
        self._lines = lines

    @property
    def has_missed_nothing(self) -> bool:
        """Whether every message since the connection was made is here."""
        listener = self.listener
        return listener is not None and listener.is_up and not listener.drops and not self.inbox.dropped

    async def borrow(self, client_id: str) -> Listener:
        """Take over an idle connection, whose client id counts then, or make a new one for ``client_id``."""
        self.listener = await self._lines.take(self.inbox.put, client_id)
        return self.listener

    async def connect(self, client_id: str) -> None:
        """Make a connection of our own for ``client_id``."""
        http = self._http
        self.listener = Listener(http.access, client_id, self.inbox.put, http.pace, http.limits)
        await self.listener.start()

    async def leave(self, *, is_reusable: bool) -> None:
        """Close the connection, or leave it to the next prompt if it is reusable and nothing was missed."""
        if self.listener is None:
            return
        if is_reusable and self.has_missed_nothing:
            self._lines.give_back(self.listener)
        else:
            await self.listener.stop()

    def note(self, prompt_id: str) -> None:
        """Keep in mind that a prompt has the client id of the connection."""
        if self.listener is not None:
            self.listener.served.add(prompt_id)
