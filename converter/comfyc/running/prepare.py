"""A document made ready to run on one server: converted, set, judged; and the workflow that goes along.

prepared = prepare(document, catalog, ["6.text=a fox"])
prepared.diagnostics        why it should not be sent, if there are errors
prepared.prompt             what to submit, once ``prepared.files`` are uploaded
prepared.workflow()         what to embed in what it saves
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from comfyc import codes
from comfyc.api import Conversion, convert_parsed
from comfyc.catalog import Catalog
from comfyc.checks import check
from comfyc.checks.interactive import report_waiting
from comfyc.checks.spellings import Spelling, report_spellings, spellings
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic, Diagnostics, Pointer
from comfyc.documents import is_workflow
from comfyc.graph import origin_of
from comfyc.interface.app_entries import declared_outputs
from comfyc.interface.assigning import Assignment, set_values, values_of
from comfyc.interface.converting import convert_given
from comfyc.interface.outputs import chosen_outputs
from comfyc.interface.requests import NO_REQUESTS, Requests
from comfyc.interface.settings import Interface, interface_for
from comfyc.options import Options
from comfyc.prices import partner_nodes
from comfyc.prompt import Prompt
from comfyc.running.client.upload import Planned
from comfyc.running.part import about_part, is_to_be_pruned, part_of, pruned, report_idle
from comfyc.running.seeding import seed_widgets
from comfyc.running.seeds import SeedWidget
from comfyc.saving.embedding import workflow_with


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be sent, and what there is to say about it.

    ``files`` are local files that have to be uploaded first; ``seeds`` the inputs that are seeds.
    """

    source: Any
    """The document as it was given."""
    document: Any
    """The workflow or prompt in it."""
    conversion: Conversion
    diagnostics: Diagnostics
    files: tuple[Planned, ...]
    seeds: list[SeedWidget]
    catalog: Catalog
    values: dict[tuple[str, str], Any]
    """What is set, by node id and input name."""
    plain: Conversion
    """The conversion of the document as it is."""
    interface: Callable[[], Interface]
    """Finds what can be set in the document as it is, once for all turns."""
    outputs: tuple[str, ...] | None = None
    """The output nodes that alone are run and saved, because they were chosen or the app declares them; None:
    all are."""
    is_pruned: bool = False
    """Whether the prompt has nothing but what these outputs need."""
    is_understood: bool = True
    """Whether all that was asked to be set could be. If not, nothing is set, and it must not be sent."""
    assignments: tuple[Assignment, ...] = ()
    spellings: tuple[Spelling, ...] = ()
    """The files that the server spells otherwise than the document, whose spelling is among the values."""

    @property
    def prompt(self) -> Prompt:
        return self.conversion.prompt

    @property
    def titles(self) -> dict[str, str]:
        """The title of each node of the prompt, for people."""
        return {
            ident: self.where(ident)[1] or str(node.get("class_type")) for ident, node in self.prompt.items()
        }

    @property
    def partners(self) -> list[str]:
        """The partner nodes that would run, which call paid services with the user's account key."""
        return partner_nodes(self.prompt, self.catalog, self.outputs)

    @property
    def request(self) -> dict[str, Any]:
        """The members of the request beside the prompt that decide what runs."""
        return {} if self.outputs is None else {"partial_execution_targets": list(self.outputs)}

    @property
    def other_outputs(self) -> list[str]:
        """The output nodes that are not run, because they were not chosen."""
        others = {} if self.outputs is None else {**self.plain.prompt}
        for ident in self.outputs or ():
            others.pop(ident, None)
        kinds = ((ident, self.catalog.info(str(node.get("class_type")))) for ident, node in others.items())
        return [ident for ident, info in kinds if info is not None and info.get("output_node")]

    def where(self, node: str, name: str | None = None) -> tuple[Pointer, str | None]:
        """The pointer in the file of a node or of one of its inputs, and the node's title."""
        pointer, title = origin_of(self.conversion.ir, node, name)
        return self.plain.opened.in_file(pointer), title

    def workflow(self) -> Any:
        """The workflow with the values that are set, as they were given; ``None`` for a document that is a
        prompt.

        A value that the workflow cannot hold stays as it was.
        """
        if not is_workflow(self.document):
            return None
        if not self.values:
            return self.document
        return workflow_with(self.interface(), self.conversion, self.values)

    def judged(self) -> Diagnostics:
        """The findings of the conversion and of the server's rules on the prompt, as it is now."""
        everything = Collector(self.conversion.options.limits)
        found = self.conversion.diagnostics
        everything.extend([*found, *(one for one in _judged(self) if one not in found)])
        return Diagnostics(everything)

    def turn(self, options: Options, values: Mapping[tuple[str, str], Any]) -> Prepared:
        """The same document converted once more, with these values set too: dynamic prompts choose anew,
        dates are those of now, and what mentions a value has this one. Files are spelled as the server spells
        them."""
        values = {**self.values, **values}
        plain = dataclasses.replace(self.plain, options=options)
        conversion = convert_given(self.source, self.catalog, values, plain)
        conversion, others = _respelled(conversion, values, self.source, self.catalog, plain, self.outputs)
        others += [one for one in self.spellings if values[one.node, one.input] == one.listed]
        if self.is_pruned:
            conversion = pruned(conversion, self.outputs or ())
        return dataclasses.replace(self, conversion=conversion, values=values, spellings=tuple(others))


def prepare(
    document: Any,
    catalog: Catalog,
    requests: Requests = NO_REQUESTS,
    *,
    every_output: bool = False,
    only: Sequence[str] = (),
    takes_targets: Callable[[], bool] = lambda: True,
    options: Options | None = None,
    beside: Callable[[], Any] | None = None,
) -> Prepared:
    """Convert, set what is asked for and judge what came of it.

    ``every_output``: all outputs are run, also if the workflow declares some of them for an app; ``only``
    names those that alone are. Nothing is said about nodes that they do not need. ``takes_targets`` is asked
    whether the server can be told to run some outputs only. ``beside`` gives the prompt that the file carries
    beside the workflow. Requests that cannot be carried out are errors among the diagnostics, and nothing is
    set then.
    """
    plain = convert_parsed(document, catalog, options, beside=beside)
    outputs, refused = _outputs(plain, only, every_output=every_output)
    if outputs is not None:
        plain = about_part(plain, outputs)
    conversion = plain
    done: tuple[Assignment, ...] = ()
    understood = not refused
    interface = cache(lambda: interface_for(plain))
    if requests.asked:
        outcome = set_values(interface(), document, requests, catalog)
        conversion, done = outcome.conversion, outcome.assignments
        understood = understood and outcome.is_understood
    values = values_of(done)
    conversion, others = _respelled(conversion, values, document, catalog, plain, outputs)
    is_pruned = False
    if outputs is not None:
        conversion = about_part(conversion, outputs)
        is_pruned = is_to_be_pruned(conversion.prompt, outputs, catalog, takes_targets)
        conversion = pruned(conversion, outputs) if is_pruned else conversion
    part, inner = part_of(conversion.prompt, outputs), plain.opened.value
    randoms = {target for one in done if one.is_random for target in one.setting.targets}
    seeds = [
        dataclasses.replace(one, control="randomize") if (one.node, one.name) in randoms else one
        for one in seed_widgets(part, conversion.ir, catalog, inner)
    ]
    found = [*refused, *conversion.diagnostics]
    files = tuple(one for one in _files(done) if one.node in part)
    prepared = Prepared(
        document,
        inner,
        conversion,
        Diagnostics(found),
        files,
        seeds,
        catalog,
        values,
        plain,
        interface,
        outputs,
        is_pruned,
        understood,
        done,
        tuple(others),
    )
    if not plain.ok or refused:
        return prepared
    return dataclasses.replace(prepared, diagnostics=prepared.judged())


def _outputs(
    plain: Conversion, only: Sequence[str], *, every_output: bool
) -> tuple[tuple[str, ...] | None, Diagnostics]:
    """The output nodes that alone are to run, None for all; and why they cannot be chosen."""
    found = Collector(plain.options.limits)
    if only:
        return chosen_outputs(interface_for(plain), only, found) or None, Diagnostics(found)
    return None if every_output else declared_outputs(plain), Diagnostics(found)


def _files(done: Sequence[Assignment]) -> tuple[Planned, ...]:
    return tuple(
        Planned(node, name, one.file)
        for one in done
        if one.file is not None
        for node, name in one.setting.targets
    )


def _respelled(
    conversion: Conversion,
    values: dict[tuple[str, str], Any],
    document: Any,
    catalog: Catalog,
    plain: Conversion,
    outputs: Sequence[str] | None,
) -> tuple[Conversion, list[Spelling]]:
    """A conversion with the files that run as the server spells them, which are added to ``values``; they are
    not missed any more."""
    others = spellings(part_of(conversion.prompt, outputs), catalog)
    if not others:
        return conversion, others
    values |= {(one.node, one.input): one.listed for one in others}
    there = {(one.node, one.input) for one in others}
    found = Diagnostics(
        one
        for one in conversion.diagnostics
        if one.rule is not codes.MISSING_FILE or (one.location.node, one.data.get("input")) not in there
    )
    return dataclasses.replace(convert_given(document, catalog, values, plain), diagnostics=found), others


def _judged(prepared: Prepared) -> Iterator[Diagnostic]:
    """What the server will say; but files that we bring along are not missed, and what is an error about a
    value that is set is no remark as well."""
    found = Collector(prepared.conversion.options.limits)
    report_spellings(prepared.spellings, found, prepared.where)
    part = part_of(prepared.prompt, prepared.outputs)
    report_waiting(part, found, prepared.where)
    if prepared.outputs is not None:
        report_idle(prepared.assignments, part, found, prepared.where)
    brought = {file.node for file in prepared.files}
    check(
        prepared.prompt,
        prepared.catalog,
        found,
        request=prepared.request,
        where=prepared.where,
        brought=brought,
    )
    for one in found:
        is_brought = one.rule is codes.MISSING_FILE and one.location.node in brought
        is_set = one.rule is codes.OFF_STEP and (one.location.node, one.data["input"]) in prepared.values
        if not (is_brought or is_set):
            yield one
