"""The pages of a site, and our own texts in them.

The policy of a :func:`page` allows our script and our style sheet, by their hashes, and what lies beside the
page.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from comfyc.safety.markup import Child, Html, source_hash, tag, together

_FOLDER = Path(__file__).parent
_CODE = re.compile(r"`([^`]+)`")


def with_code(words: str) -> Html:
    """A text of the table of rules, with its code spans."""
    pieces = _CODE.split(words)
    return together(tag("code", piece) if at % 2 else piece for at, piece in enumerate(pieces))


def page(title: str, *body: Child, script: str, up: str = "") -> str:
    """A whole page; ``script`` names a file beside this module, ``up`` leads to the folder of the site."""
    sheet, code = asset("gallery.css"), asset(script)
    policy = (
        "default-src 'none'; img-src 'self' file:; frame-src 'self' file:; base-uri 'none';"
        " form-action 'none';"
        f" script-src {source_hash(code)}; style-src {source_hash(sheet)}"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("meta", name="viewport", content="width=device-width,initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href=f"{up}icon.svg"),
        tag("title", title),
        tag("style", Html(sheet)),
    )
    inside = tag("body", *body, Html("\n"), tag("script", Html(code)))
    return f"<!DOCTYPE html>\n{tag('html', head, Html(chr(10)), inside, lang='en')}\n"


@cache
def asset(name: str) -> str:
    """The text of a file beside this module."""
    return (_FOLDER / name).read_text("utf-8")
