"""The batch that a server goes on with after those that were followed."""

from __future__ import annotations

from collections.abc import Sequence

from comfyc.diagnostics import ComfycError
from comfyc.running.client.listen import Listener
from comfyc.running.client.submit import Submission
from comfyc.running.following.batches import find_next_part
from comfyc.running.following.follow import Follower
from comfyc.running.http.transport import Http


async def find_part_after(
    http: Http, parts: Sequence[Follower], submission: Submission | None, listener: Listener | None
) -> str | None:
    """The id of the batch after ``parts``; ``None`` if the server does not show it, or cannot be asked.

    It has the client id and the nodes of the last part: as its history tells them, else as they were sent.
    """
    ending = parts[-1].ending
    client_id = ending.client_id if ending is not None else None
    if client_id is None and listener is not None:
        client_id = listener.client_id
    nodes = ending.nodes if ending is not None else ()
    if not nodes and submission is not None:
        nodes = tuple(submission.prompt)
    if client_id is None:
        return None
    try:
        return await find_next_part(http, client_id, nodes, [one.tracker.prompt_id for one in parts])
    except ComfycError:
        return None
