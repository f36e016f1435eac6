"""Which row a server gets next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Sequence

from comfyc.running.servers.pieces import Piece
from comfyc.studies.ledger import Ledger
from comfyc.studies.records import LedgerRow


class RowSupply:
    """Gives rows to servers: first those that may be on the server already, then those that wait.

    A server goes on with rows that need what it has loaded; when there are none left it gets those that most
    rows wait for and fewest servers work on. ``servers`` are the names of those that are used, ``piece``
    makes work of a row.
    """

    def __init__(self, ledger: Ledger, servers: Sequence[str], piece: Callable[[LedgerRow], Piece]) -> None:
        self._ledger = ledger
        self._piece = piece
        self._waiting = ledger.loads()
        self._on: dict[str, str] = {}
        self._pulled: set[int] = set()
        self._sent: dict[str, deque[LedgerRow]] = {name: deque() for name in servers}
        self.elsewhere: list[LedgerRow] = []
        """Rows that may be on a server that is not among those that are used."""
        for row in ledger.rows("sent"):
            self._sent.get(row.server, self.elsewhere).append(row)

    @property
    def has_more(self) -> bool:
        return any(self._waiting.values()) or any(self._sent.values())

    def next_for(self, server: str, unfit: Collection[Hashable]) -> Piece | None:
        row = self._next_row(server, unfit)
        return None if row is None else self._piece(row)

    def done(self, row: LedgerRow) -> None:
        """The row is not at work any more; if it waits, as the ledger says, it may be given out again."""
        self._pulled.discard(row.number)
        if self._ledger.row(row.number).state == "waiting":
            self._waiting[row.load] = self._waiting.get(row.load, 0) + 1

    def _next_row(self, server: str, unfit: Collection[Hashable]) -> LedgerRow | None:
        if self._sent[server]:
            return self._sent[server].popleft()
        load = self._load_for(server, unfit)
        row = self._ledger.next_waiting(load, self._pulled) if load is not None else None
        if row is None or load is None:
            return None
        self._on[server] = load
        self._waiting[load] -= 1
        self._pulled.add(row.number)
        return row

    def _load_for(self, server: str, unfit: Collection[Hashable]) -> str | None:
        """What the next row of a server needs loaded; None if nothing waits that it can run."""
        able = [load for load, count in self._waiting.items() if count and load not in unfit]
        own = self._on.get(server)
        if own in able or not able:
            return own if own in able else None
        others = [load for name, load in self._on.items() if name != server]
        return max(able, key=lambda load: self._waiting[load] / (others.count(load) + 1))
