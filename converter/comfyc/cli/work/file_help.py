"""What ``comfyc run FILE --help`` adds to the help of the command: the inputs of the files that are named."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from comfyc.catalog import Catalog
from comfyc.cli.work.convert_one import ConvertJob, convert_document
from comfyc.cli.work.find_files import refuse_address
from comfyc.interface import Setting, interface_for
from comfyc.interface.apps import AppInput, app_of
from comfyc.interface.describing import by_importance, facts_of
from comfyc.options import DynamicPrompts, Options
from comfyc.safety.escaping import printable

_MOST_CHOICES = 24
"""So many choices of an input are listed."""
_MOST_INPUTS = 20
"""So many inputs are listed of a workflow that declares none."""
_LONGEST = 400
"""Characters of a value or a description."""
_WIDEST = 100


def help_of_files(names: Sequence[str], catalog: Catalog) -> str:
    """The inputs of each file as text. ``ComfycError`` if one of them cannot be read."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    return "\n\n".join(_help_of_file(name, catalog, width) for name in names)


def _help_of_file(name: str, catalog: Catalog, width: int) -> str:
    refuse_address(name, "run")
    found = convert_document(name, catalog, ConvertJob(Options(dynamic_prompts=DynamicPrompts.KEEP)))
    file = printable(Path(found.file).name)
    if found.conversion is None or not found.conversion.ok:
        return f"{file} cannot be converted; `comfyc validate` says why."
    interface = interface_for(found.conversion)
    app = app_of(interface)
    if app is not None and app.inputs:
        labels = Counter(one.label for one in app.inputs)
        title = f"Inputs of {file}, which --in NAME=VALUE sets:"
        entries = [_app_input(one, has_namesake=labels[one.label] > 1) for one in app.inputs]
    else:
        settings = [one for one in by_importance(interface.settings) if not (one.link or one.held_by)]
        title = f"What --set NODE.INPUT=VALUE sets in {file} (`comfyc inputs` says more):"
        entries = [(f"{one.path} ({one.title})", "", one) for one in settings[:_MOST_INPUTS]]
        if not entries:
            return f"{file} has nothing to set."
    return "\n".join([title, *(line for entry in entries for line in _lines(*entry, width=width))])


def _app_input(one: AppInput, *, has_namesake: bool) -> tuple[str, str, Setting | None]:
    name = f"{one.path} ({one.title}: {one.label})" if has_namesake else one.label
    return name, one.description, one.setting


def _lines(name: str, description: str, setting: Setting | None, *, width: int) -> Iterator[str]:
    yield f"  {printable(name, _LONGEST)}"
    for text in (printable(description, _LONGEST), _takes(setting)):
        yield from textwrap.wrap(text, width, initial_indent=" " * 6, subsequent_indent=" " * 6)


def _takes(setting: Setting | None) -> str:
    """The type of an input, its limits or choices, its present value and its default."""
    if setting is None:
        return "Only the editor sets this."
    facts = facts_of(setting.spec)
    about = [facts.type or "any type"]
    if facts.choices is None:
        about += [facts.limits] if facts.limits else []
    elif facts.takes_file:
        about.append("@FILE uploads a file")
    elif facts.choices:
        more = len(facts.choices) - _MOST_CHOICES
        listed = ", ".join(map(str, facts.choices[:_MOST_CHOICES]))
        about.append(f"one of {listed}{f' and {more} more' if more > 0 else ''}")
    sentences = [", ".join(about), f"Now {_shown(setting.value)}"]
    if facts.default is not None and facts.default != setting.value:
        sentences.append(f"Default {_shown(facts.default)}")
    return printable(". ".join(sentences) + ".", 2 * _LONGEST + 100 * _MOST_CHOICES)


def _shown(value: Any) -> str:
    return printable(json.dumps(value, ensure_ascii=False), _LONGEST)
