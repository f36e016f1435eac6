"""What the editor finds in the prompts of such a picture: LoRAs, which become nodes, and names of embeddings.

Source: ``scripts/pnginfo.ts`` importA1111 (createLoraNodes, replaceEmbeddings) of frontend 1.58.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from comfyc.javascript.values import leading_number

_LORA = "<lora:"
_WORD = r"[A-Za-z0-9_]"
_EDGE = f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))"


class Lora(NamedTuple):
    """A LoRA that a prompt names. ``offset`` is where it is ``written`` there; ``weight`` is NaN if none can
    be read: the editor then drops it."""

    offset: int
    written: str
    name: str
    weight: float


def without_loras(prompt: str, most: int) -> tuple[str, list[Lora]]:
    """The prompt without ``<lora:name:weight>``, and what was taken out of it: of very many one more than
    ``most``."""
    kept: list[str] = []
    found: list[Lora] = []
    done = 0
    for start, end in islice(_loras(prompt), most + 1):
        kept.append(prompt[done:start])
        written = prompt[start:end]
        name, weight, *_ = written[len(_LORA) : -1].split(":")
        found.append(Lora(start, written, name, leading_number(weight)))
        done = end
    kept.append(prompt[done:])
    return "".join(kept), found


def _loras(prompt: str) -> Iterator[tuple[int, int]]:
    """Start and end of all matches of ``<lora:([^:]+:[^>]+)>``. Each offset is visited once."""
    start = prompt.find(_LORA)
    while start >= 0:
        name = start + len(_LORA)
        colon = prompt.find(":", name)
        end = prompt.find(">", colon + 1)
        if colon < 0 or end < 0:
            return
        if colon > name and end > colon + 1:
            yield start, end + 1
            name = end + 1
        start = prompt.find(_LORA, name)


def with_embeddings(prompt: str, embeddings: Iterable[str]) -> str:
    r"""The prompt with ``embedding:`` before each word that is the name of an embedding.

    Case does not count. An edge of a word is JavaScript's ``\b``, which knows ASCII letters only.
    """
    names = ["".join(map(_in_either_case, name)) for name in embeddings if name]
    if not names:
        return prompt
    pattern = f"{_EDGE}({f'{_EDGE}|{_EDGE}'.join(names)}){_EDGE}"
    return re.sub(pattern, r"embedding:\1", prompt)


def _in_either_case(letter: str) -> str:
    """The pattern of a letter: Python's own flag takes a long s for an s, and JavaScript does not."""
    forms = dict.fromkeys(form for form in (letter, letter.lower(), letter.upper()) if len(form) == 1)
    same = [form for form in forms if form.isascii() == letter.isascii()]
    return f"[{''.join(map(re.escape, same))}]" if len(same) > 1 else re.escape(letter)
