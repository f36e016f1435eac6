"""Whether values that somebody sets are ones that their inputs take, by the rules of ``comfyc.checks``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from comfyc import codes
from comfyc.api import Conversion
from comfyc.catalog import Catalog
from comfyc.checks.single_values import off_step, report_value
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.graph import origin_of
from comfyc.interface.requests import at_origin
from comfyc.interface.settings import Setting
from comfyc.interface.tracing import Target
from comfyc.prompt import Prompt

if TYPE_CHECKING:
    from comfyc.interface.assigning import Assignment

_Where = Callable[[str, str | None], tuple[Pointer, str | None]]


def report_values(conversion: Conversion, done: Sequence[Assignment], found: Collector) -> None:
    """Report what is wrong with assigned values in the conversion that has them.

    What the server would refuse is an error; so is a number that is not a step of its input, which the
    editor would round. Files that only the server can know are warnings, and those that will be uploaded are
    none.
    """

    def where(node: str, name: str | None) -> tuple[Pointer, str | None]:
        pointer, title = origin_of(conversion.ir, node, name)
        return conversion.opened.in_file(pointer), title

    for one in done:
        about = Collector(found.limits)
        _report_value(conversion, one, about, where)
        origin = one.request.origin if one.request is not None else ""
        found.extend(at_origin(each, origin) for each in about)


def report_reach(setting: Setting, found: Collector) -> None:
    """Report that nothing takes the value of a setting, or that another value overrides it."""
    if not setting.targets:
        found.report(
            codes.SETTING_IDLE,
            f"'{setting.path}' is set, but no node of the prompt takes the value",
            node=setting.node,
            title=setting.title,
            hint="unmute or link the nodes inside the subgraph that it is meant for",
        )
    if setting.held_by is not None:
        holder = ".".join(setting.held_by)
        found.report(
            codes.SETTING_OVERRIDDEN,
            f"'{setting.path}' takes its value from '{holder}', which keeps another one",
            node=setting.node,
            title=setting.title,
            hint=f"set '{holder}' to change it for all that take its value",
        )


def _report_value(conversion: Conversion, one: Assignment, found: Collector, where: _Where) -> None:
    setting = one.setting
    report_reach(setting, found)
    for node, name in setting.targets:
        if one.file is not None or node not in conversion.prompt or conversion.catalog is None:
            continue
        if report_value(conversion.prompt, conversion.catalog, node, name, found, where):
            continue
        report_step(setting, conversion.prompt, conversion.catalog, (node, name), found, where)


def report_step(
    setting: Setting, prompt: Prompt, catalog: Catalog, target: Target, found: Collector, where: _Where
) -> None:
    """Report that the value of a setting's input in a prompt is no step of it."""
    step = off_step(prompt, catalog, *target)
    if step is None:
        return
    pointer, title = where(*target)
    node, name = target
    value = prompt[node]["inputs"][name]
    found.report(
        codes.SETTING_OFF_STEP,
        f"'{setting.path}' is {value}, which is not a multiple of its step {step.step}",
        pointer=pointer,
        node=node,
        title=title,
        hint=f"use {step.below} or {step.above}",
    )
