"""What somebody asks to be set, before it is known what a file has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from comfyc.diagnostics import Diagnostic
from comfyc.safety.web_files import FetchRules


@dataclass(frozen=True, slots=True)
class Request:
    """A value for the input that a path (``NODE.INPUT``) names.

    ``value`` is a text as typed, or a JSON value of another type. ``origin`` is where the request stands,
    for messages. Relative names of files in the value are those of files in ``folder``.
    """

    path: str
    value: Any
    origin: str = "--set"
    folder: Path = Path()
    is_literal: bool = False
    """Whether a text is the value itself, as in a job file, and not one that JSON may be read from."""


@dataclass(frozen=True, slots=True)
class AppRequest:
    """A value for an input that an app declares, by its label or the name of its widget. The other members
    are those of a :class:`Request`."""

    name: str
    value: Any
    origin: str = "--in"
    folder: Path = Path()
    is_literal: bool = False


@dataclass(frozen=True, slots=True)
class Malformed:
    """A text that asks for nothing, because it is not of the form ``NODE.INPUT=VALUE``, or ``NAME=VALUE``."""

    text: str
    origin: str = "--set"
    form: str = "NODE.INPUT=VALUE"
    hint: str = "for example 6.text=cat, where 6 is the id, title or class of a node"


Asked = Request | AppRequest | Malformed


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests, in order: of several for one input the last one counts. ``several`` lets each match more than
    one node, ``unlink`` lets a value take the place of a link. ``fetching`` says what may be fetched from the
    web for inputs that take files; None: nothing."""

    asked: tuple[Asked, ...] = ()
    several: bool = False
    unlink: bool = False
    fetching: FetchRules | None = None


NO_REQUESTS = Requests()


def at_origin(finding: Diagnostic, origin: str) -> Diagnostic:
    """A finding about a request, which says where that stands if it stands in a file (FILE:LINE:COLUMN)."""
    if ":" not in origin:
        return finding
    return replace(finding, message=f"{finding.message} ({origin})", data={**finding.data, "origin": origin})


def requests_of(
    texts: Sequence[str],
    *,
    of_app: Sequence[str] = (),
    several: bool = False,
    unlink: bool = False,
    origin: str = "--set",
) -> Requests:
    """The requests that ``NODE.INPUT=VALUE`` texts make, and before them those of ``NAME=VALUE`` texts for
    the inputs of an app (``of_app``)."""
    asked = [_app_request(text) for text in of_app] + [_request(text, origin) for text in texts]
    return Requests(tuple(asked), several, unlink)


def _app_request(text: str) -> Asked:
    name, equals, value = text.partition("=")
    if equals:
        return AppRequest(name, value)
    return Malformed(
        text, "--in", "NAME=VALUE", "for example prompt=cat, where prompt is the name of an input of the app"
    )


def _request(text: str, origin: str) -> Asked:
    path, equals, value = text.partition("=")
    return Request(path, value, origin) if equals and "." in path else Malformed(text, origin)
