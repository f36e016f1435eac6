"""Explain why a text is not JSON, in terms that help to repair it."""

from __future__ import annotations

import json
import re

from comfyc import codes
from comfyc.collector import Collector
from comfyc.safety.json_size import MAX_TOKENS
from comfyc.sources.positions import line_columns
from comfyc.workflow.wrapped import candidates

_LFS = "version https://git-lfs.github.com/spec/"
_CONFLICT = (
    re.compile(r"^<{7}(?: |$)", re.M),
    re.compile(r"^={7}$", re.M),
    re.compile(r"^>{7}(?: |$)", re.M),
)
_STRUCTURE = re.compile(r'\\.|["{}\[\]]', re.DOTALL)
_WORD = re.compile(r"-?\w+")
_TOKENS = ("true", "false", "null", "NaN", "Infinity", "-Infinity", ".", "e+", "E+", "e-", "E-")
_PAST_AN_ESCAPE = 12
"""The length of the longest escape (a surrogate pair). A fault nearer to the end may be a truncated
escape."""

_EXPECTED = (
    ("Expecting value", "expected a value"),
    ("Expecting property name", "expected a key in double quotes"),
    ("Expecting ':'", "expected a colon after the key"),
    ("Expecting ','", "expected a comma or a closing bracket"),
)
_LINES = 10_000
"""Upper bound on the lines of a JSON Lines file that are examined."""
_PYTHON = "write the file with json.dump: this looks like Python's own notation"


def explain(text: str, error: json.JSONDecodeError, diagnostics: Collector, subject: str) -> None:
    """Report why ``text`` did not parse: the kind of file if it is not meant to be JSON, else the first
    fault.

    ``subject`` begins the message.
    """
    head = text[:4096].lstrip()
    page = head.lower()
    if not text.strip():
        rule, message, at, hint = codes.EMPTY_FILE, f"{subject} is empty", 0, None
    elif page.startswith("<") and any(mark in page for mark in ("<!doctype html", "<html", "<head", "<body")):
        hint = "download the file itself: the 'Raw' or download button of the page"
        rule, message, at = codes.WEB_PAGE, f"{subject} is a web page, not JSON", 0
    elif head.startswith(_LFS):
        rule, message, at = codes.GIT_LFS_POINTER, f"{subject} is a Git LFS pointer, not the file itself", 0
        hint = "run 'git lfs install' and 'git lfs pull' in the repository"
    elif all(mark.search(text) for mark in _CONFLICT):
        rule, message, hint = (
            codes.MERGE_CONFLICT,
            f"{subject} contains an unresolved merge conflict",
            "resolve it first",
        )
        at = next(mark.start() for mark in _CONFLICT[0].finditer(text))
    elif (lines := _json_lines(text, error)) is not None:
        count, holding = lines
        rule, at = codes.SEVERAL_DOCUMENTS, 0
        message = f"{subject} is JSON Lines: {len(holding)} of {count} documents hold a workflow or a prompt"
        hint = f"extract one, for example: sed -n {holding[0]}p FILE > one.json"
    else:
        opening = _cut_off(text, error)
        if opening:
            kind, offset = opening
            line, column = line_columns(text, [offset])[offset]
            rule, at, hint = codes.TRUNCATED_JSON, len(text), "download or copy the file again"
            message = f"{subject} ends inside the {kind} that begins at line {line}, column {column}"
        else:
            rule = codes.NOT_JSON
            fault, at, hint = _fault(text, error)
            message = f"{subject} is not JSON: {fault}"
    line, column = line_columns(text, [at])[at]
    diagnostics.report(rule, message, line=line, column=column, hint=hint)


def _json_lines(text: str, error: json.JSONDecodeError) -> tuple[int, list[int]] | None:
    """For a text in which each line is a JSON document: the number of documents, and the numbers (from 1) of
    the lines that hold a workflow or a prompt. None for any other text, or if no line holds one."""
    if not error.msg.startswith("Extra data"):
        return None
    count, holding, number, start = 0, [], 0, 0
    while start <= len(text) and number < _LINES:
        end = text.find("\n", start)
        end = end if end >= 0 else len(text)
        line, start, number = text[start:end], end + 1, number + 1
        if line.strip():
            try:
                document = json.loads(line, parse_int=float)
            except (ValueError, RecursionError):
                return None
            count += 1
            if candidates(document):
                holding.append(number)
    return (count + text.count("\n", start), holding) if holding else None


def _cut_off(text: str, error: json.JSONDecodeError) -> tuple[str, int] | None:
    """If the text is truncated, the (kind, offset) of the innermost string, object or list that is still
    open; None otherwise."""
    if text.count('"') + text.count("\\") > MAX_TOKENS:
        return None
    stack, string = _open_at_end(text)
    rest = text[error.pos :].strip()
    if string is not None:
        in_string = error.msg.startswith("Unterminated string") or len(text) - error.pos < _PAST_AN_ESCAPE
        return ("string", string) if in_string and error.pos >= string else None
    if not stack or (rest and not any(token.startswith(rest) for token in _TOKENS) and rest != "-"):
        return None
    return ("object" if text[stack[-1]] == "{" else "list"), stack[-1]


def _open_at_end(text: str) -> tuple[list[int], int | None]:
    """The offsets of the brackets that are open at the end of the text, and that of an open string, if
    any."""
    stack: list[int] = []
    string: int | None = None
    for token in _STRUCTURE.finditer(text):
        char = token[0]
        if char == '"':
            string = token.start() if string is None else None
        elif string is not None:
            continue
        elif char in "{[":
            stack.append(token.start())
        elif char in "}]" and stack:
            stack.pop()
    return stack, string


def _fault(text: str, error: json.JSONDecodeError) -> tuple[str, int, str | None]:
    """Describe the fault at which the parser stopped: (description, offset, hint)."""
    at = error.pos
    before = text[:at].rstrip()
    if error.msg.startswith("Illegal trailing comma"):  # Python 3.13 and later stop at the comma
        before, at = text[: at + 1], at + 1 + len(text[at + 1 :]) - len(text[at + 1 :].lstrip())
    here = text[at : at + 1]
    word = _WORD.match(text, at)
    if error.msg.startswith("Extra data"):
        return "there is more text after the end of the document", at, "keep one JSON document in the file"
    if error.msg.startswith("Invalid control character"):
        return (
            "a string contains a line break or control character",
            at,
            "write a line break in a string as \\n",
        )
    if error.msg.startswith("Invalid \\"):
        return "a string contains an unknown escape sequence", at, "write a backslash in a string as \\\\"
    if here in ("}", "]") and before.endswith(","):
        return f"there is a comma before '{here}'", len(before) - 1, "remove the comma"
    if here == "'" or (word and word[0] in ("None", "True", "False")):
        found = "a single quote" if here == "'" else f"'{word[0]}'" if word else ""
        return f"{found} is not valid in JSON", at, _PYTHON
    if here and here in "“”„‘’":
        return "a typographic quote is not valid in JSON", at, "use straight double quotes"
    if here == "#" or text[at : at + 2] in ("//", "/*"):
        return "comments are not allowed", at, "remove the comments"
    expected = next((words for start, words in _EXPECTED if error.msg.startswith(start)), error.msg.lower())
    return f"{expected}, got {_quoted(word[0] if word else here)}", at, None


def _quoted(found: str) -> str:
    """The text at the fault, for a message; a character that cannot be printed as its code point."""
    if not found:
        return "the end"
    return f"'{found[:20]}'" if found.isprintable() else f"U+{ord(found[0]):04X}"
