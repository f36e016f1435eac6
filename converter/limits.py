"""Every limit on what a file may cost, in one table: the number, the reason, and how to raise it.

Together they keep the process below 500 MB for any file. ``comfyc ... --limit NAME=VALUE`` raises one (see
``converter.cli.limiting``), as does ``Limits(values=...)`` for callers in Python. docs/security.md shows
them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import NamedTuple

MIB = 1 << 20


class Limit(NamedTuple):
    """A row of the table: ``unit`` is "bytes" or what is counted."""

    name: str
    number: int
    unit: str
    what: str
    why: str


def _limit(number: int, unit: str, what: str, why: str) -> int:
    row: int = field(default=number, metadata={"unit": unit, "what": what, "why": why})
    return row


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers that hold for one call. The reason for each stands with it."""

    unpacked: int = _limit(
        64 * MIB,
        "bytes",
        "bytes that are taken out of a picture, video, sound or model, and bytes that come out of its"
        " compressed texts: all blocks together, also those that are empty, damaged or not used",
        "the largest workflows that people share have 3 MiB; zlib makes a thousand bytes out of one",
    )
    parts: int = _limit(
        1_000_000,
        "parts",
        "headers and texts that are looked at in such a file",
        "a two-hour video has some ten thousand; the time grows with them",
    )
    stream: int = _limit(
        128 * MIB,
        "bytes",
        "bytes that are read from a pipe or the standard input",
        "a pipe is held in memory, where a file is only looked into",
    )
    text: int = _limit(
        64 * MIB,
        "bytes",
        "bytes of a JSON text in memory: one for each character, two or four if any character needs them",
        "it is held beside what is parsed from it, for lines and columns",
    )
    values: int = _limit(
        2_000_000,
        "values",
        "values of a JSON document, names of members included, with those of JSON texts inside it",
        "each takes some hundred bytes; a workflow of 5,000 nodes has 400,000",
    )
    nodes: int = _limit(
        50_000,
        "nodes",
        "nodes of a workflow or a prompt, also once its subgraphs are expanded",
        "each takes some kilobytes; the largest workflows that people share have below 5,000",
    )
    slots: int = _limit(
        500_000,
        "slots",
        "inputs, outputs and widgets that nodes get from their types and subgraph definitions, and those of"
        " the nodes that subgraphs are expanded to",
        "most nodes have ten; some types have a hundred and fifty, and a subgraph may have thousands",
    )
    ids: int = _limit(
        32 * MIB,
        "bytes",
        "letters of the ids of the nodes that subgraphs are expanded to",
        "the id of a node names each subgraph around it, so that ids grow with the depth",
    )
    prompt: int = _limit(
        64 * MIB,
        "bytes",
        "letters of a prompt that is written",
        "a value stands once in a workflow and may go into any number of nodes; a server takes 100 MiB",
    )
    findings: int = _limit(
        1_000,
        "findings",
        "findings of one rule that are told of one file; the others are counted",
        "a file may break a rule a million times, and every report has hundreds of bytes for each",
    )

    def told(self, name: str, of: str = "") -> str:
        """What a message says of a limit that was met: the number, its name and the flag that raises it."""
        row = next(row for row in self.table() if row.name == name)
        number = f"{amount(row.number, row.unit)} {of}".rstrip()
        return f"more than {number} (--limit {name}={_doubled(row)} raises this)"

    def table(self) -> tuple[Limit, ...]:
        """All limits with the numbers that hold here."""
        return tuple(Limit(row.name, getattr(self, row.name), **row.metadata) for row in fields(self))


DEFAULTS = Limits()
"""The limits where nobody asks for others."""


def amount(number: int, unit: str) -> str:
    """A number of a limit for people: "64 MiB", "2,000,000 values"."""
    if unit != "bytes":
        return f"{number:,} {unit}"
    return f"{number // MIB} MiB" if number and number % MIB == 0 else f"{number:,} bytes"


def _doubled(row: Limit) -> str:
    double = 2 * row.number
    return f"{double // MIB}MiB" if row.unit == "bytes" and double and double % MIB == 0 else str(double)
