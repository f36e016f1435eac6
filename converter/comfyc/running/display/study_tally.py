"""How far a study is: rows that are over, their pace, and the time that the others will take."""

from __future__ import annotations

from collections import deque

_RECENT = 100
"""Rows that the pace is taken from: what was loaded for the first ones does not count for ever."""
_FEWEST = 3


class StudyTally:
    """Of ``total`` rows, ``done`` and ``failed`` are over. Times are in seconds, on any one clock."""

    def __init__(self, total: int, done: int, failed: int, since: float) -> None:
        self.total, self.done, self.failed, self.since = total, done, failed, since
        self._ends: deque[float] = deque([since], _RECENT)

    @property
    def over(self) -> int:
        return self.done + self.failed

    @property
    def left(self) -> int:
        return max(self.total - self.over, 0)

    def row_ended(self, now: float, *, failed: bool) -> None:
        self.failed += failed
        self.done += not failed
        self._ends.append(now)

    def pace(self, now: float) -> float | None:
        """Rows a second, of late; ``None`` before it can be known. While nothing ends, it sinks."""
        if len(self._ends) <= _FEWEST or now <= self._ends[0]:
            return None
        return (len(self._ends) - 1) / (now - self._ends[0])

    def seconds_left(self, now: float) -> float | None:
        pace = self.pace(now)
        return self.left / pace if pace else None
