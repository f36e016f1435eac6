"""The cells of a column: what each means for its input, and what the rules of ``validate`` say of it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from comfyc import codes
from comfyc.catalog import Catalog
from comfyc.catalog.specs import DYNAMIC_COMBO
from comfyc.checks.reporting import PromptGuesses
from comfyc.checks.single_values import quick_test, report_value
from comfyc.checks.spellings import report_spellings, spellings
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic, Pointer
from comfyc.graph import origin_of
from comfyc.interface.checking import report_step
from comfyc.interface.converting import with_values
from comfyc.interface.refused import RefusedError
from comfyc.interface.settings import Interface, Setting
from comfyc.interface.tracing import Target
from comfyc.interface.values import Value, read_value, takes_file
from comfyc.prompt import Prompt
from comfyc.safety.web_files import FetchRules, WebFile
from comfyc.studies.rows.factors import Factor

_KEPT = 1_024
"""Cells of a column that are kept for the next time that they occur."""
_SHORT = 200
"""Characters of texts that are kept: longer ones seldom occur again."""
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


class Cell(NamedTuple):
    """What a cell means: the parameter (None if it has no value), the values by node and input, the file to
    be uploaded; and what is wrong with it. ``is_refused``: it means nothing."""

    parameter: Any = None
    targets: Mapping[Target, Any] = {}
    file: Path | WebFile | None = None
    findings: Sequence[Diagnostic] = ()
    is_refused: bool = False


NOTHING = Cell()


@dataclass(slots=True)
class _Input:
    """A setting that a column sets, and a quick test of values for each of its targets."""

    setting: Setting
    is_literal: bool
    tests: dict[Target, Callable[[Any], bool]]


class Reader:
    """Reads the cells of one column. ``settings`` are what it sets; none are for a comment. ``fetching`` says
    which files of the web they may name."""

    def __init__(
        self,
        interface: Interface,
        settings: Sequence[Setting],
        factor: Factor,
        fetching: FetchRules | None = None,
    ) -> None:
        self.interface = interface
        self.factor = factor
        self.fetching = fetching
        self.inputs = [_Input(one, factor.is_typed or _takes_text(one), {}) for one in settings]
        self.are_texts = not factor.is_typed and all(_takes_text_only(one) for one in settings)
        """Whether each cell is a text that is its own value, if it does not begin with ``@``."""
        self.known: dict[Any, Cell] = {_key(factor.empty): NOTHING}
        """What cells mean that have been read, texts by themselves."""
        self.guesses = PromptGuesses()

    def read(self, raw: Any) -> Cell:
        """What a cell means."""
        key = _key(raw)
        try:
            found = self.known.get(key)
        except TypeError:  # a list
            return self._read(raw)[0]
        if found is not None:
            return found
        cell, is_random = self._read(raw)
        if not is_random and len(self.known) < _KEPT and (type(raw) is not str or len(raw) <= _SHORT):
            self.known[key] = cell
        return cell

    def _read(self, raw: Any) -> tuple[Cell, bool]:
        if not self.inputs:
            return Cell(raw if _is_json(raw) else str(raw).encode("utf-8", "replace").decode()), False
        if self.are_texts and not raw.startswith("@"):
            texts = {target: raw for one in self.inputs for target in one.setting.targets}
            return Cell(raw, texts, None, self._judged(texts)), False
        targets: dict[Target, Any] = {}
        first: Value | None = None
        for one in self.inputs:
            given = raw if first is None or not first.is_random else first.value
            try:
                value = self._value(one, given)
            except RefusedError as error:
                found = Collector()
                found.report(
                    error.rule, str(error), node=error.node, title=one.setting.title, hint=error.hint
                )
                return Cell(findings=tuple(found), is_refused=True), False
            first = first or value
            targets.update(dict.fromkeys(one.setting.targets, value.value))
        assert first is not None
        shown = first.value
        if first.file is not None:
            shown = first.file.as_posix() if isinstance(first.file, Path) else str(first.file)
        is_random = first.is_random or (type(raw) is int and first.value != raw)
        findings = () if first.file is not None else self._judged(targets)
        return Cell(shown, targets, first.file, findings), is_random

    def _value(self, one: _Input, raw: Any) -> Value:
        if self.factor.decimal_comma and _is_number(one.setting) and _DECIMAL_COMMA.fullmatch(raw):
            raw = raw.replace(",", ".")
        value = read_value(
            one.setting, raw, self.factor.folder, is_literal=one.is_literal, fetching=self.fetching
        )
        if not _is_json(value.value):
            raise RefusedError(
                codes.SETTING_WRONG_TYPE,
                f"the value for '{one.setting.path}' is none that JSON can hold",
                "write a finite number, or a text in quotes",
                one.setting.node,
            )
        return value

    def _judged(self, targets: Mapping[Target, Any]) -> Sequence[Diagnostic]:
        """What is wrong with values."""
        for one in self.inputs:
            for target in one.setting.targets:
                test = one.tests.get(target)
                if test is None or not test(targets[target]):
                    return self._findings(targets)
        return ()

    def _findings(self, targets: Mapping[Target, Any]) -> Sequence[Diagnostic]:
        """What the server would say of values, or the editor would do to them. Files that it spells otherwise
        are sent as it spells them."""
        conversion = self.interface.conversion
        catalog = conversion.catalog
        inner = {target: value for target, value in targets.items() if target[0] in conversion.prompt}
        if catalog is None or not inner:
            return ()
        prompt = with_values(conversion.prompt, inner)
        others = spellings({node: prompt[node] for node, _ in inner}, catalog)
        others = [one for one in others if (one.node, one.input) in inner]
        found = Collector()
        report_spellings(others, found, self.where)
        there = {(one.node, one.input) for one in others}
        for one in self.inputs:
            for target in one.setting.targets:
                if target not in inner:
                    one.tests.setdefault(target, _is_fine)
                elif target not in there:
                    self._judge(one, target, prompt, catalog, found)
        return tuple(found)

    def _judge(self, one: _Input, target: Target, prompt: Prompt, catalog: Catalog, found: Collector) -> None:
        """Report what is wrong with the value that an input has in a prompt."""
        node, name = target
        is_wrong = report_value(
            prompt, catalog, node, name, found, self.where, with_validator=True, guesses=self.guesses
        )
        if not is_wrong:
            report_step(one.setting, prompt, catalog, target, found, self.where)
        if target not in one.tests:
            one.tests[target] = quick_test(prompt, catalog, node, name)

    def where(self, node: str, name: str | None) -> tuple[Pointer, str | None]:
        """The pointer in the file of a node or one of its inputs, and its title."""
        conversion = self.interface.conversion
        pointer, title = origin_of(conversion.ir, node, name)
        return conversion.opened.in_file(pointer), title


def _key(raw: Any) -> Any:
    """What a cell is known by: 1 and true are not the same, as they are for a dictionary."""
    return raw if type(raw) is str else (type(raw), raw)


def _is_json(value: Any) -> bool:
    """Whether a value can be sent: TOML has dates and infinite numbers, and JSON has halves of characters."""
    if type(value) is float:
        return math.isfinite(value)
    try:
        text = value if type(value) is str else json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode()
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _takes_text(setting: Setting) -> bool:
    """Whether a text is the value itself, and no JSON."""
    return setting.spec is not None and setting.spec.type in ("STRING", DYNAMIC_COMBO)


def _takes_text_only(setting: Setting) -> bool:
    return setting.spec is not None and setting.spec.type == "STRING" and not takes_file(setting.spec)


def _is_number(setting: Setting) -> bool:
    return setting.spec is not None and setting.spec.type == "FLOAT"


def _is_fine(value: Any) -> bool:
    return True
