"""Text from a workflow made harmless: one function for each kind of output.

Titles, values and file names are written by others. A terminal obeys escape sequences, a CI system obeys
lines of its log, a page obeys HTML; none of them may take a title for anything but a title.
"""

from __future__ import annotations

import re
import unicodedata

_SUSPECT = re.compile(r"[^\x20-\x7e]")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that move the cursor, reorder the line, end it, or cannot be encoded."""

_JOINERS = "\u200c\u200d"
"""Format characters that scripts and emoji need, and that reorder nothing."""

_LEADING_COLONS = re.compile(r"^(\s*):(?=:)")
_MARKDOWN = re.compile(r"[\\`*_\[\]<>&|~$@]|:(?=/)|(?<=mailto):|(?<=xmpp):|(?<=www)\.", re.IGNORECASE)
_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})


def shortened(text: str, limit: int) -> str:
    """At most ``limit`` characters of a text, with an ellipsis where the rest was."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def visible(text: str) -> str:
    """The text as one line in which everything can be seen: what cannot be printed is spelt as ``\\x1b``.

    That goes for line ends, terminal escapes (C0, C1), bidirectional overrides, zero-width characters
    and lone surrogates, which no encoding takes.
    """
    if text.isascii() and text.isprintable():
        return text
    return _SUSPECT.sub(lambda found: _spelt(found.group()), text)


def _spelt(char: str) -> str:
    code = ord(char)
    nonprinting = unicodedata.category(char) in _INVISIBLE and char not in _JOINERS
    if not nonprinting and code & 0xFFFE != 0xFFFE:  # U+FFFE, U+FFFF and their like are no characters
        return char
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    if named:
        return named
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def plain(text: str) -> str:
    """For a terminal and the log of a CI job.

    Besides :func:`visible`: GitHub's runner obeys a line that begins with ``::`` and, like Azure's and
    TeamCity's, ``##[`` and ``##name[`` anywhere in a line (actions/runner ``ActionCommand.cs``).
    """
    return _LEADING_COLONS.sub(r"\1\\x3a", visible(text)).replace("##", "#\\x23")


def github_data(text: str) -> str:
    """The message of a workflow command (@actions/core ``command.ts``, escapeData)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def github_property(text: str) -> str:
    """The value of a property of a workflow command (@actions/core ``command.ts``, escapeProperty)."""
    return github_data(text).replace(":", "%3A").replace(",", "%2C")


def xml(text: str) -> str:
    """Character data and attribute values of XML 1.0, which has no control characters in any spelling.

    As in :func:`plain`, no line of it is a command for the runner that shows the log it may be in.
    """
    return _LEADING_COLONS.sub(r"\1&#58;", visible(text).translate(_XML)).replace("##", "#&#35;")


def markdown(text: str) -> str:
    """A cell of a Markdown table: entities never have a meaning for Markdown, and never make a tag.

    The invisible joiner behind ``@`` keeps GitHub from linking a person or an address.
    """
    marked = _MARKDOWN.sub(lambda found: f"&#{ord(found.group())};", visible(text))
    return marked.replace("&#64;", "&#64;&#8288;")


def json_escaped(document: str) -> str:
    """JSON text (ASCII only, from ``json.dumps``) without ``##``, for the log of a CI job; the same value."""
    return document.replace("##", "#\\u0023")
