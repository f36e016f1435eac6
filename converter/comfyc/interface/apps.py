"""Apps: workflows that declare inputs and outputs for the editor's App mode, as something that can be set.

app = app_of(interface)              None for a workflow that declares nothing
app.inputs                           what the editor shows, in its order
app_requests(app, ["prompt=a fox"])  what `--in` asks for, for `set_values`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.interface.app_entries import AppEntry, app_entries
from comfyc.interface.refused import RefusedError
from comfyc.interface.settings import Interface, Setting
from comfyc.suggestions import closest, did_you_mean

_OWN_LABELS = {"control_after_generate": "control after generate", "upload": "choose file to upload"}
"""The labels of widgets that the editor adds to nodes, in English."""
_LISTED = 12
"""So many inputs are named in a message."""


@dataclass(frozen=True, slots=True)
class AppInput:
    """An input of an app.

    ``node`` and ``input`` are the id and the name under which `--set` finds it, ``name`` is the widget that
    the file declares, and ``label`` what the editor shows. ``setting`` is None for a widget whose value does
    not go into the prompt. ``pointer`` leads to the declaration.
    """

    node: str
    title: str
    input: str
    name: str
    label: str
    description: str
    setting: Setting | None
    pointer: Pointer

    @property
    def path(self) -> str:
        """How `--set` names it."""
        return f"{self.node}.{self.input}"


@dataclass(frozen=True, slots=True)
class App:
    """The inputs of an app, and its output nodes by their ids in the prompt. ``opens_as_app``: the editor
    opens the file in App mode."""

    inputs: tuple[AppInput, ...]
    outputs: tuple[str, ...]
    opens_as_app: bool


def app_of(interface: Interface, diagnostics: Collector | None = None) -> App | None:
    """The app that a workflow is; None for one that declares nothing, and for a prompt.

    What is declared in vain is reported to ``diagnostics`` (I620 to I629).
    """
    conversion = interface.conversion
    if conversion.editor is None:
        return None
    entries = app_entries(conversion.editor, Collector() if diagnostics is None else diagnostics)
    if entries is None:
        return None
    settings = {(one.node, one.input): one for one in reversed(interface.settings)}
    inputs = tuple(_input(one, settings.get((one.node.id, one.input))) for one in entries.inputs)
    return App(inputs, entries.outputs, entries.opens_as_app)


def _input(entry: AppEntry, setting: Setting | None) -> AppInput:
    node = entry.node
    title = setting.title if setting is not None else node.label or node.file.type
    label = setting.label if setting is not None else _OWN_LABELS.get(entry.input, entry.input)
    return AppInput(node.id, title, entry.input, entry.name, label, entry.description, setting, entry.pointer)


def app_setting(interface: Interface, name: str) -> Setting:
    """The setting of an input of an app, by its label or the name of its widget. Raises
    :class:`RefusedError` for a name that fits no input, or several."""
    app, name = app_of(interface), name.strip()
    if app is None or not app.inputs:
        raise RefusedError(
            codes.APP_INPUT_UNKNOWN,
            f"the file declares no inputs, so there is no '{name}'",
            "use --set NODE.INPUT=VALUE; `comfyc inputs` lists what it can set",
        )
    found = _named(app, name)
    if not found:
        raise _unknown(app, name)
    if len(found) > 1:
        paths = ", ".join(f"'{one.path}' ('{one.title}')" for one in found[:_LISTED])
        raise RefusedError(
            codes.APP_INPUT_SEVERAL,
            f"{len(found)} inputs of the app are called '{name}': {paths}",
            f"put the node in front: --in '{found[0].path}=...'",
        )
    if found[0].setting is None:
        raise RefusedError(
            codes.APP_INPUT_UNSENT,
            f"the input '{found[0].label}' cannot be set: its value does not go into the prompt",
            "use --seed for seeds, and @FILE for files that are uploaded",
            found[0].node,
        )
    return found[0].setting


def _named(app: App, name: str) -> list[AppInput]:
    """The inputs that a name means: labels before names of widgets, capitals as they are before any."""
    kinds: tuple[Callable[[AppInput], Sequence[str]], ...] = (
        lambda one: (one.label,),
        lambda one: (one.name, one.input),
        _names_with_node,
    )
    for fold in (False, True):
        wanted = name.casefold() if fold else name
        for names in kinds:
            found = [one for one in app.inputs if wanted in [n.casefold() if fold else n for n in names(one)]]
            if found:
                return found
    return []


def _names_with_node(one: AppInput) -> list[str]:
    names = dict.fromkeys((one.input, one.label, one.name))
    return [f"{node}.{name}" for node in (one.node, one.title) for name in names]


def _unknown(app: App, name: str) -> RefusedError:
    guesses = did_you_mean(closest(name, _all_names(app), 3))
    labels = [f"'{one.label}'" for one in app.inputs]
    more = f" and {len(labels) - _LISTED} more" if len(labels) > _LISTED else ""
    return RefusedError(
        codes.APP_INPUT_UNKNOWN,
        f"the app has no input '{name}'",
        guesses or f"its inputs are: {', '.join(labels[:_LISTED])}{more}",
    )


def _all_names(app: App) -> Iterator[str]:
    for one in app.inputs:
        yield from (one.label, one.name)
