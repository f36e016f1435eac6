"""Set values in a prompt by hand: ``6.text=a cat``, ``KSampler.seed=42``, ``Positive Prompt.text=@file``.

    assign(prompt, ["6.text=a cat"])            texts, as ``--set`` takes them
    assign(prompt, {"KSampler.seed": 42})       values

A node is named by its id, its title or its class, an input by its name. Nothing is guessed: a name
that fits no node, or several, is a ``ComfycError`` that lists what there is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyc.catalog import Catalog
from comfyc.catalog.seeds import minus_one_is_random, out_of_range, random_seed, read_seed, seed_limits
from comfyc.catalog.specs import InputSpec, input_named, node_spec
from comfyc.diagnostics import ComfycError
from comfyc.prompt import Prompt, PromptNode
from comfyc.safety.opening import read_text
from comfyc.suggestions import closest, did_you_mean

_SHOWN = 8
_NUMBERS = {"INT": (int,), "FLOAT": (int, float)}
MAX_TEXT = 1 << 26
"""Bytes of a text that ``@FILE`` reads: 64 MiB."""
UPLOADS = ("image_upload", "video_upload", "animated_image_upload", "audio_upload", "file_upload")
"""Options of inputs whose value is a file on the server that the editor can upload."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One input that can be set: the node's id, title and class, the input's name, its value now."""

    node: str
    title: str
    type: str
    input: str
    value: Any

    @property
    def is_linked(self) -> bool:
        """Whether the value is a link to another node's output."""
        return isinstance(self.value, list)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A value for one input; ``file`` is the local file for an input that takes an uploaded one."""

    node: str
    input: str
    value: Any
    file: Path | None = None
    is_random: bool = False
    """Whether it is a seed that is to be another one each time."""


def assign(
    prompt: Prompt,
    values: Sequence[str] | Mapping[str, Any],
    catalog: Catalog | None = None,
    *,
    several: bool = False,
) -> Prompt:
    """A prompt with other values; the given one stays as it is.

    ``values`` are ``NODE.INPUT=VALUE`` texts, read as :func:`assignments` says, or a mapping from
    ``NODE.INPUT`` to the values themselves. ``catalog`` tells the types of inputs, and names those that the
    prompt does not have; by default it is the bundled one. ``ComfycError`` for a name that fits no input, or
    several, unless ``several``. Of a file for upload only its name is set.
    """
    catalog = Catalog.load() if catalog is None else catalog
    if isinstance(values, Mapping):
        found = {
            target: value
            for path, value in values.items()
            for target in _targets(prompt, path, catalog, several=several)
        }
    else:
        done = assignments(prompt, values, catalog, several=several)
        found = {(one.node, one.input): one.value for one in done}
    return with_values(prompt, found)


def with_values(prompt: Prompt, values: Mapping[tuple[str, str], Any]) -> Prompt:
    """A prompt with other values, by node id and input name; what does not change is shared."""
    changed = prompt.copy()
    for (ident, name), value in values.items():
        node = changed[ident].copy()
        node["inputs"] = {**node["inputs"], name: value}
        changed[ident] = node
    return changed


def settings(prompt: Prompt) -> Iterator[Setting]:
    """Every input of a prompt, in its order."""
    for ident, node in prompt.items():
        for name, value in node["inputs"].items():
            yield Setting(ident, _title(node), str(node.get("class_type", "")), name, value)


def assignments(
    prompt: Prompt, texts: Sequence[str], catalog: Catalog, *, several: bool = False
) -> list[Assignment]:
    """What ``NODE.INPUT=VALUE`` texts set in the prompt, in order; the prompt stays as it is.

    VALUE is JSON where it parses as JSON of a type that fits the input, else text; ``@name`` reads a
    file, ``@@`` stands for a leading ``@``. An assignment that fits several nodes is an error unless
    ``several``.
    """
    return [item for text in texts for item in _understand(prompt, text, catalog, several=several)]


def _understand(prompt: Prompt, text: str, catalog: Catalog, *, several: bool) -> list[Assignment]:
    path, equals, value = text.partition("=")
    if not equals or "." not in path:
        raise ComfycError(
            f"expected NODE.INPUT=VALUE, got '{text}'",
            "for example 6.text=cat, where 6 is the id, title or class of a node",
        )
    matches = _targets(prompt, path, catalog, several=several)
    return [_assignment(prompt, node, name, value, catalog) for node, name in matches]


def _targets(prompt: Prompt, path: str, catalog: Catalog, *, several: bool) -> list[tuple[str, str]]:
    """The inputs that a ``NODE.INPUT`` means, one of them unless ``several``."""
    if "." not in path:
        raise ComfycError(f"expected NODE.INPUT, got '{path}'", "write it as 6.text or KSampler.seed")
    matches = _match(prompt, path.strip(), catalog)
    if len(matches) > 1 and not several:
        names = [f"{node} ('{_title(prompt[node])}')" for node, _ in matches]
        raise ComfycError(
            f"'{path.strip()}' matches {len(matches)} nodes: {_listed(names)}",
            "use the id of the node, or pass --set-all to set all of them",
        )
    return matches


def _match(prompt: Prompt, path: str, catalog: Catalog) -> list[tuple[str, str]]:
    """The (node, input) pairs that a path means; titles and input names may have dots themselves."""
    splits = [(path[:index], path[index + 1 :]) for index, char in enumerate(path) if char == "."]
    named: list[tuple[list[str], str]] = []
    for fold in (False, True):
        for left, right in splits:
            nodes = _nodes(prompt, left, fold=fold)
            found = [(node, right) for node in nodes if right in _input_names(prompt[node], catalog)]
            if found:
                return found
            if nodes:
                named.append((nodes, right))
    if named:
        nodes, missing = named[0]
        names = _input_names(prompt[nodes[0]], catalog)
        raise ComfycError(
            f"node {nodes[0]} ('{_title(prompt[nodes[0]])}') has no input '{missing}'",
            did_you_mean(closest(missing, names, 3)) or f"its inputs are: {_listed(names)}",
        )
    left = splits[-1][0]
    known = list(dict.fromkeys(name for ident, node in prompt.items() for name in (ident, *_names(node))))
    titles = [f"{ident} ('{_title(node)}')" for ident, node in prompt.items()]
    raise ComfycError(
        f"no node has the id, title or class '{left}'",
        did_you_mean(closest(left, known, 3))
        or f"the nodes are: {_listed(titles)}; `comfyc inputs` lists all",
    )


def _nodes(prompt: Prompt, name: str, *, fold: bool) -> list[str]:
    if name in prompt:
        return [name]
    wanted = name.casefold() if fold else name
    for index in (0, 1):  # titles before classes
        found = [
            ident
            for ident, node in prompt.items()
            if (_names(node)[index].casefold() if fold else _names(node)[index]) == wanted
        ]
        if found:
            return found
    return []


def _names(node: PromptNode) -> tuple[str, str]:
    return _title(node), str(node.get("class_type", ""))


def _title(node: PromptNode) -> str:
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    return title if isinstance(title, str) else str(node.get("class_type", ""))


def _input_names(node: PromptNode, catalog: Catalog) -> list[str]:
    return list(dict.fromkeys([*node["inputs"], *(spec.name for spec in _specs(node, catalog))]))


def _specs(node: PromptNode, catalog: Catalog) -> tuple[InputSpec, ...]:
    info = catalog.info(str(node.get("class_type", "")))
    return node_spec("", info).declared if info is not None else ()


def _assignment(prompt: Prompt, node: str, name: str, text: str, catalog: Catalog) -> Assignment:
    info = catalog.info(str(prompt[node].get("class_type", "")))
    spec = input_named(info, name, prompt[node]["inputs"]) if info is not None else None
    if text.startswith("@@"):
        text = text[1:]
    elif text.startswith("@"):
        path = Path(text[1:])
        if spec is not None and any(spec.options.get(flag) for flag in UPLOADS):
            if not path.is_file():
                raise ComfycError(
                    f"there is no file '{path}'", "check the path, or write @@ for a text that begins with @"
                )
            return Assignment(node, name, path.name, path)
        text = _from_file(path)
        if spec is None or spec.type not in _NUMBERS:
            return Assignment(node, name, text)
    limits = seed_limits(name, spec.options) if spec is not None and spec.type == "INT" else None
    if limits is not None:
        return _seed(text, node, name, limits)
    return Assignment(node, name, parse_value(text, spec, f"{node}.{name}"))


def _from_file(path: Path) -> str:
    try:
        return read_text(path, MAX_TEXT).removesuffix("\n")
    except UnicodeDecodeError as error:
        raise ComfycError(
            f"'{path}' is not UTF-8 text", "only inputs that take files accept other files"
        ) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ComfycError(
            f"'{path}' cannot be read: {reason}", "write @@ for a text that begins with @"
        ) from error


def parse_value(text: str, spec: InputSpec | None, name: str) -> Any:
    """The value that a text means for an input: JSON of a fitting type, else the text itself."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
        parsed = True
    except (ValueError, RecursionError):
        value, parsed = text, False
    kind = spec.type if spec is not None else None
    if kind == "STRING":
        return value if isinstance(value, str) else text
    if kind in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, _NUMBERS[kind]):
            raise ComfycError(
                f"'{text}' is not a valid {kind} for '{name}'", f"use a {'whole ' * (kind == 'INT')}number"
            )
        return value
    if kind == "BOOLEAN":
        folded = {"true": True, "false": False}.get(text.strip().lower(), value)
        if not isinstance(folded, bool):
            raise ComfycError(f"'{text}' is not a valid BOOLEAN for '{name}'", "use true or false")
        return folded
    if kind == "COMBO" and spec is not None:
        options = spec.options.get("options")
        fits = (
            parsed
            and isinstance(options, list)
            and any(type(o) is type(value) and o == value for o in options)
        )
        return value if fits or (parsed and isinstance(value, str)) else text
    return value


def _seed(text: str, node: str, name: str, limits: tuple[int, int]) -> Assignment:
    """The seed that a text means: -1 and "random" are a random one, unless -1 is a value of this seed."""
    minimum, maximum = limits
    is_random = text.strip().lower() == "random"
    value = read_seed(text) if not is_random else None
    if value is None and not is_random:
        raise ComfycError(f"'{text}' is not a seed for '{node}.{name}'", "use a whole number, or random")
    if value is None or (value == -1 and minus_one_is_random(name, minimum)):
        return Assignment(node, name, random_seed(minimum, maximum), is_random=True)
    if not minimum <= value <= maximum:
        raise out_of_range(value, f"'{node}.{name}'", minimum, maximum)
    return Assignment(node, name, value)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
