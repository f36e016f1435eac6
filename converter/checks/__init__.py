"""Rules on a prompt against a catalogue: the server's verdict, offline, and what goes wrong after it."""

from converter.checks.verdict import Verdict, verdict

__all__ = ["Verdict", "verdict"]
