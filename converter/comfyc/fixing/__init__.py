"""Repair what findings are about, where that is safe: ``comfyc validate --fix``.

    plan = plan_repairs(document, conversion, findings, catalog)      what can be done, proved
    plan.repaired                                                     the document with all of it

A repair is safe if the repaired file converts to the very prompt that the file converts to, or to the one
that the finding says is meant: by the server, which replaces a type, or by the file, whose values are shifted
by one. Nobody has to trust a repair for that: each is made in memory, converted and compared before it is
offered.

    repair      changes of single values, and what becomes of the prompt
    links, parts, values, prompts     the repairs, a function for each
    table       the repairs by rule
    planning    which of them hold
    files       from the bytes of a file to those of the repaired one, until nothing changes
"""

from comfyc.fixing.files import Examined, Fixed, fix_source, plan_of
from comfyc.fixing.planning import Plan, marked, plan_repairs
from comfyc.fixing.table import REPAIRS

__all__ = ["REPAIRS", "Examined", "Fixed", "Plan", "fix_source", "marked", "plan_of", "plan_repairs"]
