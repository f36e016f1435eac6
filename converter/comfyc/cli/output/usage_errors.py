"""What typer says about wrong arguments, in our own words: an error and what to try."""

from __future__ import annotations

import re
from typing import Any

from comfyc.diagnostics import ComfycError

_OPTIONS = re.compile(r"\s*\(?\b(?:Possible options:|Did you mean)\s+(.*?)\)?[.?]*\Z", re.DOTALL)
"""How typer and click end a message with what may have been meant."""


def in_our_words(error: Any, command: str | None) -> ComfycError:
    """The usage error of typer (click) as one of ours; the hint names what may have been meant, and the help
    page of the command."""
    message = " ".join(str(error.format_message()).split())
    meant = _OPTIONS.search(message)
    if meant is not None:
        message = message[: meant.start()]
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else f"comfyc {command or ''}".rstrip()
    words = re.findall(r"[\w-]+", meant[1]) if meant is not None else []
    likely = f"did you mean {' or '.join(words)}? " if words else ""
    message = f"{message[:1].lower()}{message[1:].rstrip('.')}"
    return ComfycError(message, f"{likely}{path} --help shows the usage")
