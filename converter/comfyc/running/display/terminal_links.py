"""Links on terminals (OSC 8): which terminals take them, and the address of a local file.

https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote

_PROGRAMS = ("iTerm.app", "WezTerm", "ghostty", "vscode", "Hyper", "rio", "WarpTerminal")
_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour", "rio")
_MARKS = ("KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "GHOSTTY_RESOURCES_DIR", "DOMTERM")
_VTE = 5000
"""The first version of VTE (GNOME Terminal and its kin), 0.50, that takes them."""


def takes_links(environment: Mapping[str, str]) -> bool:
    """Whether the terminal of this environment is one that shows links, and not one that may show their
    bytes. Under tmux and screen it cannot be known."""
    term = environment.get("TERM", "")
    if term == "dumb" or environment.get("TMUX") or term.startswith("screen"):
        return False
    version = environment.get("VTE_VERSION", "")
    return (
        environment.get("TERM_PROGRAM") in _PROGRAMS
        or term.startswith(_TERMS)
        or any(environment.get(mark) for mark in _MARKS)
        or (version.isdecimal() and int(version) >= _VTE)
    )


def link_to(path: Path) -> str:
    """The address of a file, with the name of this machine: the terminal may be on another."""
    return f"file://{_host()}{quote(path.absolute().as_posix())}"


@cache
def _host() -> str:
    return socket.gethostname()
