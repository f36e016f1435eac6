"""Repairs of parts of a workflow that are not read, not used or only count."""

from __future__ import annotations

from comfyc.fixing.links import drop_unread_rows
from comfyc.fixing.repair import Repair, Site
from comfyc.graph import ABSENT
from comfyc.javascript.values import shown


def drop_part(site: Site) -> Repair | None:
    """W037, W051: a value that is no object or list, and is not read, is removed. (What is one may hold what
    somebody wants to mend.)"""
    if not site.pointer or isinstance(site.value, (dict, list)) or site.value is ABSENT:
        return None
    return Repair(f"remove {shown(site.value)}", {site.pointer: ABSENT})


def drop_hindrance(site: Site) -> Repair | None:
    """W050: a member on which the editor fails is removed; the links of an output become none."""
    if site.pointer[-2:-1] == ("links",):
        return drop_unread_rows(site)
    if site.pointer[-1:] == ("links",):
        return Repair(f"write null instead of {shown(site.value)}", {site.pointer: None})
    return drop_part(site)


def drop_definition(site: Site) -> Repair | None:
    """G125: a subgraph definition that no node uses is removed."""
    name = site.value.get("name") if isinstance(site.value, dict) else None
    return Repair(f"remove the subgraph definition {shown(name)}", {site.pointer: ABSENT})


def raise_counter(site: Site) -> Repair | None:
    """D830: a counter of ids becomes the largest id."""
    largest = site.finding.data.get("largest")
    return None if largest is None else Repair(f"set it to {largest}", {site.pointer: largest})
