"""The repairs by rule. A rule of this table says in ``codes.py`` what its repair does, and no other does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from comfyc.fixing import links, parts, prompts, values
from comfyc.fixing.repair import Repair, Site

REPAIRS: Mapping[str, Callable[[Site], Repair | None]] = {
    "W035": links.correct_version,
    "W036": links.drop_unread_rows,
    "W037": parts.drop_part,
    "W050": parts.drop_hindrance,
    "W051": parts.drop_part,
    "G101": links.correct_form,
    "G102": links.drop_repeated,
    "G103": links.drop_competing,
    "G105": links.unlink_input,
    "G106": links.name_link,
    "G114": links.drop_without_origin,
    "G125": parts.drop_definition,
    "N203": values.insert_control,
    "N204": values.drop_control,
    "N221": values.drop_skipped,
    "N237": values.drop_control,
    "N238": values.drop_control,
    "P332": prompts.add_inputs,
    "P344": prompts.replace_types,
    "P347": prompts.drop_ignored,
    "D830": parts.raise_counter,
    "D831": links.drop_without_target,
    "D832": links.correct_outputs,
}
"""For each code the function that says what is to be done about a finding; None if it is left to a person."""
