"""Rows that were sent by somebody who did not live to say where to: each server is asked for them."""

from __future__ import annotations

from collections.abc import Sequence

from comfyc.diagnostics import ComfycError
from comfyc.running import Server
from comfyc.running.client.client import is_known
from comfyc.studies.ledger import Ledger

ANYWHERE = ""
"""The server of a row that may be on any of the study's."""


async def find_rows(ledger: Ledger, servers: Sequence[Server]) -> bool:
    """Enter in the ledger on which of the open servers each row is whose server is not known, or that it is
    on none of all that the study has. Whether there were any such rows.

    A row stays as it is if a server that may have it was not asked, or did not answer.
    """
    rows = [row for row in ledger.rows("sent") if row.server == ANYWHERE]
    for row in rows:
        found, is_settled = await server_of(row.prompt_id, servers)
        if found is not None:
            ledger.mark_sent(row.number, found.name, row.prompt_id, "", {})
        elif is_settled and {one.name for one in servers}.issuperset(ledger.head.servers):
            ledger.give_back(row.number, "no server has it")
    return bool(rows)


async def server_of(prompt_id: str, servers: Sequence[Server]) -> tuple[Server | None, bool]:
    """The server that has a prompt in its queue or history; whether it is found, or on none of them."""
    answered = True
    for server in servers:
        try:
            if await is_known(server.http, prompt_id):
                return server, True
        except ComfycError:
            answered = False
    return None, answered
