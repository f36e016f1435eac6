"""Files that a server has under another spelling of their paths than a prompt has (P361, P362).

A server lists the files of its model folders with the separator of its system, and takes no other spelling
(folder_paths.get_filename_list and execution.validate_inputs of ComfyUI 0.33.0). A workflow from Windows says
``SDXL\\model.safetensors`` where a server on Linux has ``SDXL/model.safetensors``, and everybody sorts models
into folders of his own.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from comfyc import codes
from comfyc.catalog import Catalog
from comfyc.checks.facts import is_file, upload_folder
from comfyc.checks.reporting import Where, quoted
from comfyc.checks.rules import NodeRules, rules_for
from comfyc.collector import Collector

_GENERIC = re.compile(
    r"(?:model|pytorch_model|diffusion_pytorch_model|adapter_model|pytorch_lora_weights|open_clip_model|"
    r"open_clip_pytorch_model|vae|lora|config)(?:[.-](?:fp16|fp32|bf16|\d+-of-\d+))*\.[^.]+"
)
"""Names that many models have, so that a file of that name elsewhere proves nothing."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """``value`` is what the input of a node has, ``listed`` how the server lists the file; ``is_elsewhere``:
    it is in another folder there, and only the name of the file is the same."""

    node: str
    input: str
    value: str
    listed: str
    is_elsewhere: bool


def respelled(prompt: Mapping[str, Any], catalog: Catalog) -> dict[tuple[str, str], str]:
    """The values for files of a prompt that the server of a catalogue spells otherwise, by node id and input
    name: what it has for them. Cheap enough to be asked for each run."""
    return {(one.node, one.input): one.listed for one in spellings(prompt, catalog)}


def spellings(prompt: Mapping[str, Any], catalog: Catalog) -> list[Spelling]:
    """What the server of a catalogue spells otherwise in a prompt; [] if it does not say which files it
    has."""
    return list(_table(catalog).of(prompt)) if catalog.lists_files else []


def report_spellings(found: Iterable[Spelling], diagnostics: Collector, where: Where) -> None:
    """Report which spellings are used instead of those of the file."""
    for one in found:
        pointer, title = where(one.node, one.input)
        rule = codes.FILE_ELSEWHERE if one.is_elsewhere else codes.FILE_RESPELLED
        how = "which the server has only as" if one.is_elsewhere else "which the server lists as"
        diagnostics.report(
            rule,
            f"'{one.input}' is {quoted(one.value)}, {how} {quoted(one.listed)}: that is used",
            pointer=pointer,
            node=one.node,
            title=title,
            hint=f"write it into the file: comfyc set FILE {one.node}.{one.input}=..."
            if not one.is_elsewhere
            else "if that is another file, put the right one on the server",
            data={"input": one.input, "listed": one.listed},
        )


class _Listing:
    """The files of one combo by their paths and by their names, whatever the separators and capitals."""

    def __init__(self, choices: list[Any]) -> None:
        self.choices = choices
        self.known = frozenset(one for one in choices if isinstance(one, str))
        self._paths: dict[str, list[str]] = {}
        self._names: dict[str, list[str]] = {}
        for one in choices:
            if isinstance(one, str):
                path = _normal(one)
                self._paths.setdefault(path.casefold(), []).append(one)
                self._names.setdefault(posixpath.basename(path).casefold(), []).append(one)

    def meant(self, value: str) -> tuple[str, bool] | None:
        """The one file that a value can mean, and whether it is in another folder."""
        path = _normal(value)
        same = self._paths.get(path.casefold(), ())
        found = _only([one for one in same if _normal(one) == path]) or _only(same)
        if found is not None or same:
            return None if found is None else (found, False)
        name = posixpath.basename(path)
        if _GENERIC.fullmatch(name.casefold()):
            return None
        same = self._names.get(name.casefold(), ())
        found = _only([one for one in same if posixpath.basename(_normal(one)) == name]) or _only(same)
        return None if found is None else (found, True)


def _only(found: Sequence[str]) -> str | None:
    return found[0] if len(found) == 1 else None


def _normal(value: str) -> str:
    return posixpath.normpath(value.replace("\\", "/"))


class _Table:
    """The spellings of a catalogue, each looked for once."""

    def __init__(self, catalog: Catalog) -> None:
        self._rules = rules_for(catalog)
        self._combos: dict[str, Mapping[str, list[Any]]] = {}
        self._listings: dict[int, _Listing] = {}
        self._found: dict[tuple[int, str], tuple[str, bool] | None] = {}

    def of(self, prompt: Mapping[str, Any]) -> Iterator[Spelling]:
        for ident, node in prompt.items():
            rules = self._rules.of(node.get("class_type"))
            if rules is None or not rules.lists_files:
                continue
            inputs = node["inputs"]
            for name, choices in self.combos(rules, inputs).items():
                value = inputs.get(name)
                if isinstance(value, str) and is_file(rules.class_type, name, value, choices):
                    found = self.meant(choices, value)
                    if found is not None:
                        yield Spelling(ident, name, value, *found)

    def combos(self, rules: NodeRules, inputs: Mapping[str, Any]) -> Mapping[str, list[Any]]:
        """The lists of choices of a node whose values the server looks for in them."""
        if rules.fixed is None:
            return _combos(rules, inputs)
        if rules.class_type not in self._combos:
            self._combos[rules.class_type] = _combos(rules, {})
        return self._combos[rules.class_type]

    def meant(self, choices: list[Any], value: str) -> tuple[str, bool] | None:
        listing = self._listings.get(id(choices))
        if listing is None or listing.choices is not choices:
            listing = self._listings[id(choices)] = _Listing(choices)
        if value in listing.known:
            return None
        key = id(choices), value
        if key not in self._found:
            self._found[key] = listing.meant(value)
        return self._found[key]


def _combos(rules: NodeRules, inputs: Mapping[str, Any]) -> dict[str, list[Any]]:
    takes = rules.validator.takes if rules.validator is not None else lambda name: False
    return {
        name: declared.choices
        for name, declared in rules.declared_inputs(inputs).inputs.items()
        if isinstance(declared.choices, list)
        and "remote" not in declared.options
        and upload_folder(declared.options) is None
        and not takes(name)
    }


@lru_cache(maxsize=4)
def _table(catalog: Catalog) -> _Table:
    return _Table(catalog)
