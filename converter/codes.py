"""Every rule, in one table: code, name, severity, summary and the page that `comfyc explain` prints.

The letter and the hundred name the stage: W0xx reading, G1xx graph, N2xx nodes and widgets,
P3xx prompt, S4xx server. Codes are never reused.
"""

from __future__ import annotations

from converter.diagnostics import Rule, Severity

RULES: dict[str, Rule] = {}
"""All rules by code, in the order of this file."""


def _rule(code: str, name: str, severity: Severity, summary: str, page: str) -> Rule:
    rule = Rule(code, name, severity, summary, " ".join(page.split()))
    RULES[code] = rule
    return rule


# --- W0xx: reading -------------------------------------------------------------------------------

NOT_JSON = _rule(
    "W001",
    "not-json",
    Severity.ERROR,
    "the text is not JSON",
    """The file does not parse as JSON at the place shown. ComfyUI writes plain JSON; a file cut off by
    a failed download, edited by hand or saved as a web page is the usual cause.""",
)
NOT_A_WORKFLOW = _rule(
    "W002",
    "not-a-workflow",
    Severity.ERROR,
    "the JSON is neither a workflow nor a prompt",
    """A workflow (File > Save) is an object with a list of `nodes`; a prompt (File > Export (API)) is
    an object of nodes that each have a `class_type`. This document is neither.""",
)
NO_WORKFLOW_IN_CARRIER = _rule(
    "W003",
    "no-workflow-in-carrier",
    Severity.ERROR,
    "the image, video or sound file carries no workflow",
    """ComfyUI writes the workflow into the metadata of what it saves. Many sites and editors strip
    metadata on upload or export; the original file is needed.""",
)
DAMAGED_CARRIER = _rule(
    "W004",
    "damaged-carrier",
    Severity.ERROR,
    "the file is cut off or its metadata is damaged",
    """The container (PNG, WebP, MP4, ...) breaks off or contradicts itself before a workflow was found.""",
)
NON_FINITE_NUMBER = _rule(
    "W005",
    "non-finite-number",
    Severity.WARNING,
    "NaN or Infinity was read as null",
    """JSON has no NaN or Infinity. The editor replaces these tokens by null when it opens a file, and
    so does comfyc.""",
)
TOO_DEEP = _rule(
    "W006",
    "too-deep",
    Severity.ERROR,
    "the JSON is nested too deeply",
    """No workflow nests this deeply; the file is damaged or hostile.""",
)
