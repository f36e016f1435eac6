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
EMPTY_FILE = _rule(
    "W007",
    "empty-file",
    Severity.ERROR,
    "the file is empty",
    """The file holds nothing, or nothing but white space. A failed download or an editor that was closed
    while saving leaves such files behind; take the file from its source again.""",
)
WEB_PAGE = _rule(
    "W008",
    "web-page",
    Severity.ERROR,
    "the file is a web page, not JSON",
    """The download fetched the page that shows the file instead of the file. On GitHub use the "Raw" or
    "Download raw file" button, on Hugging Face the download arrow (an address with /resolve/, not /blob/);
    where a site asks for a login, log in first.""",
)
GIT_LFS_POINTER = _rule(
    "W009",
    "git-lfs-pointer",
    Severity.ERROR,
    "the file is a Git LFS pointer, not the file itself",
    """The repository keeps this file in Git Large File Storage, and only its three-line stand-in was
    checked out or downloaded. `git lfs install` followed by `git lfs pull` fetches the content.""",
)
MERGE_CONFLICT = _rule(
    "W010",
    "merge-conflict",
    Severity.ERROR,
    "the file holds unresolved merge conflict markers",
    """Git could not merge two versions of this file and left both in it, between lines that begin with
    <<<<<<<, ======= and >>>>>>>. Decide for one of them (`git checkout --ours FILE` or `--theirs FILE`):
    merging workflows line by line rarely gives a sound workflow.""",
)
TRUNCATED_JSON = _rule(
    "W011",
    "truncated-json",
    Severity.ERROR,
    "the JSON breaks off before it is complete",
    """The text is sound as far as it goes, then it ends while objects, lists or a string are still open:
    an incomplete download or copy, or a full disk. Nothing is converted from half a workflow.""",
)
INVALID_UTF8 = _rule(
    "W012",
    "invalid-utf8",
    Severity.WARNING,
    "the text is not valid UTF-8",
    """JSON is UTF-8. The bytes that are not became U+FFFD, the replacement character, exactly as in the
    browser; names or prompts that held them have changed. Save the file as UTF-8 to keep them.""",
)
UNMARKED_UTF16 = _rule(
    "W013",
    "unmarked-utf16",
    Severity.WARNING,
    "the text is UTF-16 or UTF-32, which the editor cannot open",
    """The browser opens UTF-16 only with a byte order mark, and UTF-32 never. comfyc has read the text all
    the same; save the file as UTF-8 so that the editor can open it too.""",
)
UNKNOWN_FORMAT = _rule(
    "W014",
    "unknown-format",
    Severity.ERROR,
    "the file is in no format that can hold a workflow",
    """comfyc reads JSON, and workflows inside PNG, WebP, JPEG, AVIF, EXR, SVG, MP4, MOV, WebM, Matroska,
    FLAC, Ogg, Opus, MP3, GLB, safetensors and latent files. The content decides, not the name. An
    archive must be unpacked first.""",
)
FOREIGN_PARAMETERS = _rule(
    "W015",
    "foreign-parameters",
    Severity.ERROR,
    "the picture was made by another program and carries no workflow",
    """The metadata holds the generation parameters of another program (the Stable Diffusion web UI family
    writes them as text under the name `parameters`). They name a prompt, a sampler and a seed, but no
    graph, so there is nothing to convert. The ComfyUI editor can build an approximation of such a picture's
    graph when it is dropped on the canvas; save that with File > Save and convert the result.""",
)
CARRIER_CUT_OFF = _rule(
    "W016",
    "carrier-cut-off",
    Severity.WARNING,
    "the file is damaged behind what was found in it",
    """A workflow or prompt was found whole, but further on the container breaks off or contradicts itself.
    If the file holds a later or a better one there, it is lost; fetch the file again to be sure.""",
)
WORKFLOW_UNUSABLE = _rule(
    "W017",
    "workflow-unusable",
    Severity.WARNING,
    "the carried workflow is no JSON object, so the carried prompt is used",
    """The file carries a workflow and a prompt. The workflow does not parse or is not an object; as in the
    editor, the prompt that was sent to the server takes its place.""",
)
TOO_LARGE = _rule(
    "W018",
    "too-large",
    Severity.ERROR,
    "the text is larger than any workflow",
    """Text is read up to 512 MiB, and up to 256 MiB of (decompressed) text out of a picture, video or sound
    file. No workflow comes near; the file is damaged, hostile or something else.""",
)
DUPLICATE_KEY = _rule(
    "W019",
    "duplicate-key",
    Severity.WARNING,
    "an object holds the same key twice",
    """JSON readers, the editor and the server among them, keep the last value of a repeated key and forget
    the others without a word. Remove the one that is not meant.""",
)
PROMPT_ONLY = _rule(
    "W020",
    "prompt-only",
    Severity.INFO,
    "the file carries a prompt but no workflow",
    """Pictures that were made through the API, not from the editor, hold only the prompt that was run. It
    is what a conversion would give, so it is passed through; its layout, notes and titles are lost.""",
)
EDITOR_MISREADS = _rule(
    "W021",
    "editor-misreads",
    Severity.INFO,
    "the editor misreads the letters beyond ASCII in this file",
    """Of FLAC, Ogg and MP3 files the editor reads each byte as a letter, so that UTF-8 text with letters
    beyond ASCII arrives garbled. comfyc reads the text as it was written; the conversion differs from the
    editor's in these letters.""",
)
