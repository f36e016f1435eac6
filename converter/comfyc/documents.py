"""What a document is: a workflow, a prompt, a request, a catalogue, parameters, or nothing of the kind.

The one place that decides it. What somebody passes is taken for what it is meant to be, so that what is
missing can be said (:func:`kind_of`); a value inside another document, or a file that was only found beside
others, has to show that it is one (:func:`kind_inside`, :func:`has_typed_nodes`), as JSON is full of lists
called ``nodes``. What wraps a workflow or a prompt, and where it lies, ``workflow/wrapped.py`` finds out.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_MEMBERS_OF_NODES = frozenset({"inputs", "outputs", "widgets_values", "pos", "mode", "flags", "properties"})


@dataclass(frozen=True, slots=True)
class Parameters:
    """A text in which the Stable Diffusion web UI (AUTOMATIC1111) or a related program notes how a picture
    was made: a document that is not JSON, of which the editor builds a workflow (:mod:`comfyc.a1111`).

    ``subject`` is what messages call the file that carries it, without an article.
    """

    text: str
    subject: str = "picture"


class Kind(enum.Enum):
    """What a document is; the value of one that has a schema is the name of its file in ``schemas/``."""

    WORKFLOW_04 = "workflow-0.4"
    WORKFLOW_1 = "workflow-1"
    PROMPT = "prompt"
    OBJECT_INFO = "object_info"
    REQUEST = "request"
    """The body of ``POST /prompt``, or what is laid out like it: a prompt beside other members."""
    NOTHING = "nothing"

    @property
    def is_workflow(self) -> bool:
        return self in (Kind.WORKFLOW_04, Kind.WORKFLOW_1)


def kind_of(document: Any) -> Kind:
    """What a document is meant to be.

    A workflow without a known version goes by the form of its links. ``{}`` is a prompt without nodes, and
    members with ``inputs`` are nodes of a prompt whose class is missing.
    """
    if not isinstance(document, dict):
        return Kind.NOTHING
    if is_workflow(document):
        return _version_of(document)
    if not document or is_prompt(document) or _has_member(document, "inputs"):
        return Kind.PROMPT
    if describes_nodes(document):
        return Kind.OBJECT_INFO
    return Kind.NOTHING if request_of(document) is None else Kind.REQUEST


def is_workflow(document: Any) -> bool:
    """Whether a document is meant to be a workflow: an object with ``nodes``."""
    return isinstance(document, dict) and "nodes" in document


def is_prompt(document: Any) -> bool:
    """Whether a document has nodes as a prompt has them: members with a ``class_type``."""
    return isinstance(document, dict) and _has_member(document, "class_type")


def is_api_prompt(document: Any) -> bool:
    """Whether the editor takes a carried document for a prompt: each member has a ``class_type`` and
    ``inputs``."""
    return (
        isinstance(document, dict)
        and bool(document)
        and all(
            isinstance(node, dict)
            and isinstance(node.get("class_type"), str)
            and isinstance(node.get("inputs"), dict)
            for node in document.values()
        )
    )


def describes_nodes(document: Mapping[str, Any]) -> bool:
    """Whether an object has entries as ``/object_info`` gives them. It may be that of a type called
    ``nodes``, and is none of a workflow."""
    is_list = isinstance(document.get("nodes"), list)
    return not is_list and (_has_member(document, "input") or _has_member(document, "output"))


def request_of(document: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The prompt in the body of a ``POST /prompt``, and the other members; None for what is no such body."""
    body = document.get("prompt") if isinstance(document, dict) else None
    if not isinstance(body, dict) or {"class_type", "inputs"} & body.keys():
        return None
    return body, {key: value for key, value in document.items() if key != "prompt"}


def kind_inside(value: Any) -> Kind:
    """The kind of a value inside a document: a workflow or a prompt that shows that it is one, else nothing.

    Lists of ``nodes`` are common in JSON: these have to look like an editor's.
    """
    if is_prompt(value):
        return Kind.PROMPT
    nodes = value.get("nodes") if isinstance(value, dict) else None
    if isinstance(nodes, list) and any(
        isinstance(node, dict) and "type" in node and not _MEMBERS_OF_NODES.isdisjoint(node) for node in nodes
    ):
        return _version_of(value)
    return Kind.NOTHING


def has_typed_nodes(workflow: Mapping[str, Any]) -> bool:
    """Whether a document with ``nodes`` that nobody passed by its name is a workflow: one of its nodes has a
    type, or it has none, but links."""
    nodes = workflow["nodes"]
    if not isinstance(nodes, list):
        return False
    return any(isinstance(node, dict) and "type" in node for node in nodes) if nodes else "links" in workflow


def _version_of(workflow: Mapping[str, Any]) -> Kind:
    version, links = workflow.get("version"), workflow.get("links")
    if type(version) in (int, float) and version in (0.4, 1):
        return Kind.WORKFLOW_04 if version == 0.4 else Kind.WORKFLOW_1
    has_objects = isinstance(links, list) and any(isinstance(row, dict) for row in links)
    return Kind.WORKFLOW_1 if has_objects else Kind.WORKFLOW_04


def _has_member(document: Mapping[str, Any], name: str) -> bool:
    """Whether any member is an object with a member of this name."""
    return any(isinstance(value, dict) and name in value for value in document.values())


def value_at(document: Any, pointer: Iterable[int | str], absent: Any = None) -> Any:
    """The value at a JSON pointer in a document, ``absent`` if there is none."""
    here = document
    for step in pointer:
        is_item = isinstance(here, list) and isinstance(step, int) and 0 <= step < len(here)
        if not is_item and not (isinstance(here, dict) and step in here):
            return absent
        here = here[step]
    return here
