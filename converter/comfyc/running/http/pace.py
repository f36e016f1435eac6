"""How patient the client is and how much it accepts: every wait and every size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from comfyc.safety.foreign import MAX_JSON
from comfyc.safety.limits import DEFAULTS


@dataclass(frozen=True, slots=True)
class Pace:
    """Waits in seconds.

    The first group belongs to single requests, the second to looking after a prompt, the third says
    when to give up on it (``None``: never).
    """

    connect: float = 10.0
    """Until a connection stands, for HTTP and for the WebSocket."""
    read: float = 30.0
    """Until the next bytes of an answer; a whole answer may take four times as long."""
    submit: float = 120.0
    """Until the answer to a submission: the server validates the whole prompt before it answers."""
    upload: float = 3600.0
    """Until a file has been sent and its receipt has come."""
    retry: float = 0.5
    """Before the first repetition of a request that failed; doubled each time, up to ``retry_most``."""
    retry_most: float = 10.0
    attempts: int = 4
    """How often a request is tried in all before its failure is taken as final."""

    poll: float = 2.0
    """Between two looks at /history and /queue while the WebSocket is away, silent or not to be trusted."""
    poll_live: float = 15.0
    """The same while messages about our prompt come in."""
    settle: float = 0.02
    """Before the first look after the server said that it is done; doubled until the history is written."""
    silence: float = 20.0
    """After this long without a message on a connection that had to be renewed it is renewed again."""

    total: float | None = None
    """For the whole of a prompt, from its submission."""
    idle: float | None = 1800.0
    """Without any sign of a prompt that is running. Time in the queue does not count."""
    answer: float | None = 60.0
    """Without any sign of a prompt at a node that waits until somebody answers it in the browser."""
    dead_worker: float | None = 180.0
    """Running, with no node at work and no message: the thread of the server that runs prompts is dead."""
    unreachable: float = 120.0
    """Without a single answer from the server."""
    undecided: float = 60.0
    """For a prompt whose submission had no answer to show up on a server that does answer."""
    grace: float = 10.0
    """For the server to obey an interrupt."""

    def pauses(self) -> Iterator[float]:
        """What to wait after each failed attempt but the last."""
        pause = self.retry
        for _ in range(self.attempts - 1):
            yield pause
            pause = min(pause * 2, self.retry_most)


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Sizes in bytes beyond which an answer is refused, and how many things of a kind are kept."""

    answer: int = MAX_JSON
    """One long JSON answer: /history holds the whole prompt and the workflow, /queue those of all prompts."""
    receipt: int = 16 << 20
    """Any other JSON answer."""
    message: int = 64 << 20
    """One WebSocket message: a picture, whole or in parts."""
    news: int = 8 << 20
    """One WebSocket message that is JSON."""
    file: int = 16 << 30
    """One output file."""
    slowest: int = 1024
    """Bytes per second below which a download, once it had ``Pace.read`` seconds, is given up."""
    pictures: int = 8 << 30
    """The pictures that nodes send over the WebSocket during one prompt."""
    backlog: int = 2000
    """WebSocket messages that wait for the caller; more are dropped, since /history has the truth."""
    nodes: int = 100_000
    """Nodes of one prompt that are kept track of."""
    outputs: int = DEFAULTS.outputs
    """Outputs of one prompt that are kept and saved."""
