"""Escape untrusted text: one function for each kind of output.

Titles, values and file names come from strangers, and so do all texts from a server. Terminals obey escape
sequences, CI systems obey lines in their logs, and pages obey HTML; none of them must obey a title.
"""

from __future__ import annotations

import re
import unicodedata

_SUSPECT = re.compile(r"[^\x20-\x7e]")
_SUSPECT_BUT_LINES = re.compile(r"[^\n\x20-\x7e]")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories whose characters move the cursor, reorder or end the line, or cannot be encoded."""

_JOINERS = "\u200c\u200d"
"""Format characters that scripts and emoji need, and that do not reorder text."""

_BLANKS = re.compile(r"[\t\n\r\v\f\x85\u2028\u2029]+")
"""Characters that become a space when several lines are joined into one."""

_LEADING_COLONS = re.compile(r"^(\s*):(?=:)")
_COMMAND = re.compile(r"##(?=[\w.]*\[)")
_MARKDOWN = re.compile(r"[\\`*_\[\]<>&|~$@]|:(?=/)|(?<=mailto):|(?<=xmpp):|(?<=www)\.", re.IGNORECASE)
_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})


def shortened(text: str, limit: int) -> str:
    """At most ``limit`` characters of a text, with an ellipsis if it was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def visible(text: str) -> str:
    """The text as one line of visible characters; all others are spelt like ``\\x1b``.

    These are line ends, terminal escapes (C0, C1), bidirectional overrides, zero-width characters and lone
    surrogates, which cannot be encoded.
    """
    if text.isascii() and text.isprintable():
        return text
    return _SUSPECT.sub(lambda found: _spelt(found.group()), text)


def _spelt(char: str) -> str:
    code = ord(char)
    nonprinting = unicodedata.category(char) in _INVISIBLE and char not in _JOINERS
    if not nonprinting and code & 0xFFFE != 0xFFFE:  # U+FFFE, U+FFFF and the like are noncharacters
        return char
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    if named:
        return named
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def plain(text: str) -> str:
    """Text for a terminal and the log of a CI job.

    In addition to :func:`visible`, commands are escaped: GitHub's runner obeys lines that begin with ``::``
    and, like those of Azure and TeamCity, ``##[`` and ``##name[`` anywhere in a line (actions/runner
    ``ActionCommand.cs``).
    """
    return _LEADING_COLONS.sub(r"\1\\x3a", visible(text)).replace("##", "#\\x23")


def printable(text: str, longest: int = 2000) -> str:
    """Text for messages and lines of progress: :func:`plain`, with spaces for line ends and tabs, cut to
    ``longest`` characters."""
    return shortened(plain(_BLANKS.sub(" ", text[: longest + 1])), longest)


def lines_of_text(text: str) -> str:
    """A text of several lines, each as in :func:`plain`, but with ``##`` kept where no runner obeys it ("##
    Heading")."""
    return "\n".join(_plain_line(line) for line in text.split("\n"))


def _plain_line(line: str) -> str:
    shown = "\t".join(map(visible, line.removesuffix("\r").split("\t")))
    return _COMMAND.sub("#\\\\x23", _LEADING_COLONS.sub(r"\1\\x3a", shown))


def github_data(text: str) -> str:
    """The message of a workflow command (@actions/core ``command.ts``, escapeData)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def github_property(text: str) -> str:
    """The value of a property of a workflow command (@actions/core ``command.ts``, escapeProperty)."""
    return github_data(text).replace(":", "%3A").replace(",", "%2C")


def xml(text: str) -> str:
    """Text for character data and attribute values of XML 1.0, which cannot spell control characters.

    As in :func:`plain`, commands are escaped, because the XML may be shown in the log of a CI job.
    """
    return _LEADING_COLONS.sub(r"\1&#58;", visible(text).translate(_XML)).replace("##", "#&#35;")


def markdown(text: str) -> str:
    """Text for a cell of a Markdown table. Special characters become entities, which are neither Markdown nor
    HTML tags.

    The invisible joiner after ``@`` keeps GitHub from linking a person or an address.
    """
    marked = _MARKDOWN.sub(lambda found: f"&#{ord(found.group())};", visible(text))
    return marked.replace("&#64;", "&#64;&#8288;")


def json_escaped(document: str) -> str:
    """JSON text for terminals and the log of a CI job: the same value, spelt without ``##`` and DEL, the only
    control character that ``json.dumps`` leaves. ``document`` must be ASCII."""
    return document.replace("##", "#\\u0023").replace("\x7f", "\\u007f")


def json_visible(document: str) -> str:
    """JSON text for a terminal: the same value, with invisible characters escaped."""
    if document.isascii() and "\x7f" not in document:
        return document
    return _SUSPECT_BUT_LINES.sub(lambda found: _json_spelt(found.group()), document)


def _json_spelt(char: str) -> str:
    if _spelt(char) == char:
        return char
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))
