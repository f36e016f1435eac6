"""Who of the workers of a Dask cluster does something that must be done once: who has claimed it first.

A claim is kept by the scheduler, so that a task that is run again after its worker has died finds what that
has claimed, and a worker that has lost its scheduler can claim nothing any more.
"""

from __future__ import annotations

import asyncio

from distributed import Client, Lock, Variable, get_client


def claimed_by(name: str) -> str | None:
    """Who has claimed this, None if nobody has. In a task only."""
    return _value(name, get_client())


def claim(name: str, who: str) -> bool:
    """Claim this for ``who``; False if it is claimed already. In a task only."""
    client = get_client()
    with Lock(_key(name)):
        if _value(name, client) is not None:
            return False
        Variable(_key(name), client=client).set(who)
        return True


def release(name: str, client: Client) -> None:
    """Forget a claim."""
    Variable(_key(name), client=client).delete()


def _value(name: str, client: Client) -> str | None:
    try:
        found: str = Variable(_key(name), client=client).get(timeout=_NOW)
    except (TimeoutError, asyncio.TimeoutError):  # on Python 3.10 these are two
        return None
    return found


def _key(name: str) -> str:
    return f"comfyc-{name}"


_NOW = 0.01
"""Seconds for which the scheduler waits for a claim that is not there; what is there it gives at once."""
