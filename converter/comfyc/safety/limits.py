"""All limits on the cost of a file, in one table: the number, the reason, and how to raise it.

Together they keep the process below 500 MB for any file. ``comfyc ... --limit NAME=VALUE`` raises a limit
(see ``comfyc.cli.flags.limits``), and so does ``Limits(values=...)`` in Python. docs/security.md lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

MIB = 1 << 20


class Limits(NamedTuple):
    """The limits for one call. :data:`ABOUT` says what each of them counts, and the reason for its size."""

    unpacked: int = 64 * MIB
    parts: int = 1_000_000
    stream: int = 128 * MIB
    text: int = 64 * MIB
    values: int = 2_000_000
    nodes: int = 50_000
    slots: int = 500_000
    ids: int = 32 * MIB
    prompt: int = 64 * MIB
    findings: int = 1_000
    outputs: int = 10_000
    downloads: int = 256 * MIB

    def exceeded(self, name: str, of: str = "") -> str:
        """The words of a message about an exceeded limit: the number, and the flag that raises the limit.

        ``of`` follows the number, as in "more than 64 MiB of text".
        """
        number: int = getattr(self, name)
        unit = ABOUT[name].unit
        shown = f"{amount(number, unit)} {of}".rstrip()
        return f"more than {shown} (--limit {name}={_doubled(number, unit)} raises this)"


class About(NamedTuple):
    """The unit of a limit ("bytes" or the things it counts), what it counts, and the reason for its size."""

    unit: str
    what: str
    why: str


ABOUT: Mapping[str, About] = {
    "unpacked": About(
        "bytes",
        "bytes read from a picture, video, sound or model, and bytes unpacked from its compressed texts: all"
        " blocks together, including those that are empty, damaged or not used",
        "the largest workflows that people share have 3 MiB; one byte of zlib data may unpack to a thousand",
    ),
    "parts": About(
        "parts",
        "headers and texts that are read from such a file",
        "a two-hour video has about ten thousand; the time grows with their number",
    ),
    "stream": About(
        "bytes",
        "bytes that are read from a pipe or the standard input",
        "the content of a pipe is kept in memory, while a file is read in parts",
    ),
    "text": About(
        "bytes",
        "bytes of a JSON text in memory: one for each character, two or four if any character needs them",
        "the text is kept together with the parsed values, to find lines and columns",
    ),
    "values": About(
        "values",
        "values of a JSON document and of JSON texts inside it, including the names of members",
        "each value takes about a hundred bytes; a workflow of 5,000 nodes has 400,000",
    ),
    "nodes": About(
        "nodes",
        "nodes of a workflow or a prompt, before and after its subgraphs are expanded",
        "each node takes some kilobytes; the largest workflows that people share have fewer than 5,000",
    ),
    "slots": About(
        "slots",
        "inputs, outputs and widgets that nodes get from their types and subgraph definitions, including the"
        " nodes that subgraphs expand to",
        "most nodes have ten; some types have a hundred and fifty, and a subgraph may have thousands",
    ),
    "ids": About(
        "bytes",
        "characters of the ids of the nodes that subgraphs expand to",
        "the id of a node includes those of all enclosing subgraph nodes, so ids grow with the depth",
    ),
    "prompt": About(
        "bytes",
        "bytes of the text of a prompt in memory",
        "a value may be copied into any number of nodes; a server accepts 100 MiB",
    ),
    "findings": About(
        "findings",
        "findings of one rule that are reported for one file; the others are counted",
        "a file may violate a rule a million times, and a report takes hundreds of bytes for each finding",
    ),
    "outputs": About(
        "outputs",
        "files and texts of one prompt that `run` keeps and saves",
        "each output takes a request to the server; 10,000 frames are seven minutes of video",
    ),
    "downloads": About(
        "bytes",
        "bytes of a file that `run` fetches from the web (`--allow-download`)",
        "what is at an address is not known before it has come; ComfyUI takes uploads of 100 MiB by default",
    ),
}
"""The descriptions of the limits, by name."""

DEFAULTS = Limits()
"""The default limits."""


def amount(number: int, unit: str) -> str:
    """The value of a limit, for people: "64 MiB", "2,000,000 values"."""
    if unit != "bytes":
        return f"{number:,} {unit.removesuffix('s') if number == 1 else unit}"
    return f"{number // MIB} MiB" if number and number % MIB == 0 else f"{number:,} bytes"


def _doubled(number: int, unit: str) -> str:
    double = 2 * number
    return f"{double // MIB}MiB" if unit == "bytes" and double and double % MIB == 0 else str(double)
