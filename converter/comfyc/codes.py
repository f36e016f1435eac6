"""Every rule, in one table: code, name, severity, summary and the page that `comfyc explain` prints.

The letter and the hundred name the stage: W0xx reading, G1xx graph, N2xx nodes and widgets,
P3xx prompt, S4xx server, C5xx catalogues from source, I6xx interface (what can be set, and what was set),
M7xx needs (what a workflow needs), D8xx documents (differences, merges, formats, what a file repeats).
Codes are never reused.
"""

from __future__ import annotations

from dataclasses import replace

from comfyc.carriers import formats
from comfyc.diagnostics import Rule, Severity

RULES: dict[str, Rule] = {}
"""All rules by code, in the order of this file."""


def _rule(code: str, name: str, severity: Severity, summary: str, page: str, fix: str = "") -> Rule:
    rule = Rule(code, name, severity, summary, " ".join(page.split()), fix)
    RULES[code] = rule
    return rule


# --- W0xx: reading -------------------------------------------------------------------------------

NOT_JSON = _rule(
    "W001",
    "not-json",
    Severity.ERROR,
    "the text is not JSON",
    """The file does not parse as JSON at the position shown. ComfyUI writes plain JSON. The usual cause
    is a file that was cut off by a failed download, edited by hand, or saved as a web page.""",
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
    "the image, video or audio file carries no workflow",
    """ComfyUI writes the workflow into the metadata of the files that it saves. Many sites and editors
    strip metadata on upload or export; you need the original file.""",
)
DAMAGED_CARRIER = _rule(
    "W004",
    "damaged-carrier",
    Severity.ERROR,
    "the file is truncated or its metadata is damaged",
    """The container (PNG, WebP, MP4, ...) ends early or contradicts itself, and no workflow was found
    before that point.""",
)
NON_FINITE_NUMBER = _rule(
    "W005",
    "non-finite-number",
    Severity.WARNING,
    "NaN or Infinity was read as null",
    """JSON has no NaN or Infinity. The editor reads these tokens as null when it opens a file, and so
    does comfyc.""",
)
TOO_DEEP = _rule(
    "W006",
    "too-deep",
    Severity.ERROR,
    "the JSON is nested too deeply",
    """No workflow is nested this deeply; the file is damaged or hostile.""",
)
EMPTY_FILE = _rule(
    "W007",
    "empty-file",
    Severity.ERROR,
    "the file is empty",
    """The file is empty or contains only white space, usually after a failed download or because an
    editor was closed while saving. Get the file from its source again.""",
)
WEB_PAGE = _rule(
    "W008",
    "web-page",
    Severity.ERROR,
    "the file is a web page, not JSON",
    """The download fetched the page that shows the file instead of the file itself. On GitHub use the
    "Raw" or "Download raw file" button, on Hugging Face the download arrow (an address with /resolve/,
    not /blob/). If the site requires a login, log in first.""",
)
GIT_LFS_POINTER = _rule(
    "W009",
    "git-lfs-pointer",
    Severity.ERROR,
    "the file is a Git LFS pointer, not the file itself",
    """The repository keeps this file in Git Large File Storage, and only its three-line pointer was
    checked out or downloaded. Run `git lfs install` and then `git lfs pull` to fetch the content.""",
)
MERGE_CONFLICT = _rule(
    "W010",
    "merge-conflict",
    Severity.ERROR,
    "the file contains unresolved merge conflict markers",
    """Git could not merge two versions of this file and left both in it, between lines that begin with
    <<<<<<<, ======= and >>>>>>>. Choose one of them (`git checkout --ours FILE` or `--theirs FILE`):
    merging workflows line by line rarely gives a working workflow; `comfyc git enable` lets git merge them by
    node and input.""",
)
TRUNCATED_JSON = _rule(
    "W011",
    "truncated-json",
    Severity.ERROR,
    "the JSON ends before it is complete",
    """The text is valid up to its end, but objects, lists or a string are still open: the download or
    copy was incomplete, or the disk was full. comfyc does not convert half a workflow.""",
)
INVALID_UTF8 = _rule(
    "W012",
    "invalid-utf8",
    Severity.WARNING,
    "the text is not valid UTF-8",
    """JSON is UTF-8. Invalid bytes became U+FFFD, the replacement character, exactly as in the browser,
    so names or texts that contained them have changed. Save the file as UTF-8 to keep them.""",
)
UNMARKED_UTF16 = _rule(
    "W013",
    "unmarked-utf16",
    Severity.WARNING,
    "the text is UTF-16 or UTF-32, which the editor cannot open",
    """The browser opens UTF-16 only with a byte order mark, and UTF-32 never. comfyc has read the text
    anyway; save the file as UTF-8 so that the editor can open it too.""",
)
UNKNOWN_FORMAT = _rule(
    "W014",
    "unknown-format",
    Severity.ERROR,
    "the file is not in a format that can hold a workflow",
    f"""comfyc reads JSON, and workflows inside {formats()} files. It goes by the content, not the file name.
    Unpack archives first.""",
)
FOREIGN_PARAMETERS = _rule(
    "W015",
    "foreign-parameters",
    Severity.ERROR,
    "the image was made by another program and carries no workflow",
    """The metadata holds the generation parameters of another program, in a form of which the editor builds
    no workflow: it needs the text of the Stable Diffusion web UI (A1111), with a line that begins with
    `Steps:` behind the prompts. Use a file that ComfyUI saved.""",
)
CARRIER_CUT_OFF = _rule(
    "W016",
    "carrier-cut-off",
    Severity.WARNING,
    "the file is damaged after the workflow or prompt that was found",
    """A workflow or prompt was read completely, but further on the container ends early or contradicts
    itself. A later or better one may be lost there; download the file again to be sure.""",
)
WORKFLOW_UNUSABLE = _rule(
    "W017",
    "workflow-unusable",
    Severity.WARNING,
    "the carried workflow cannot be used, so the carried prompt or parameters are",
    """The file carries a workflow and a prompt. The workflow does not parse or is not an object. Like the
    editor, comfyc uses the prompt that was sent to the server instead, or, if there is none that the editor
    opens, the parameters in the form of the Stable Diffusion web UI (W070).""",
)
TOO_LARGE = _rule(
    "W018",
    "too-large",
    Severity.ERROR,
    "the text is larger than any workflow",
    """comfyc reads texts of up to 64 MiB; for an image, video or audio file the limit applies to all of
    its (decompressed) texts together. No workflow comes near it; the file is damaged, hostile or
    something else. The message names the limit and the flag that raises it.""",
)
DUPLICATE_KEY = _rule(
    "W019",
    "duplicate-key",
    Severity.WARNING,
    "an object has the same key twice",
    """JSON readers, including the editor and the server, silently keep the last value of a repeated key.
    Remove the one that is not intended.""",
)
PROMPT_ONLY = _rule(
    "W020",
    "prompt-only",
    Severity.INFO,
    "the file carries a prompt but no workflow",
    """Images that were made through the API, and not from the editor, contain only the prompt that was
    run. That is what a conversion would produce, so it is passed through; the layout, notes and titles
    are lost.""",
)
EDITOR_MISREADS = _rule(
    "W021",
    "editor-misreads",
    Severity.INFO,
    "the editor garbles non-ASCII characters in this file",
    """The editor reads each byte of the text in FLAC, Ogg and MP3 files as one character, which garbles
    non-ASCII UTF-8 text. comfyc decodes the text as it was written, so the conversion differs from the
    editor's in these characters.""",
)
MALFORMED = _rule(
    "W030",
    "malformed",
    Severity.ERROR,
    "a part of the workflow has the wrong type",
    """A member of the file is null, text or a number where the format has an object or a list, or a list
    is too short. comfyc leaves the part out and reads the rest, but its meaning is lost, so the
    conversion counts as failed. The editor itself often cannot open such a file at all.""",
)

SCHEMA_VIOLATION = _rule(
    "W031",
    "schema-violation",
    Severity.ERROR,
    "a part of the document violates the format",
    """comfyc validates every document against a JSON Schema (the files in `schemas/`), which says what is
    an object, a list, text or a number, and how long lists are. Additional members are always allowed. A
    violation is reported under this code if the part is needed for the prompt and cannot be used as it
    is.""",
)
MISSING_MEMBER = _rule(
    "W032",
    "missing-member",
    Severity.ERROR,
    "an object lacks a member that the format requires",
    """A node needs an `id` and a `type`, an input or output a `name`, a subgraph definition an `id` and
    `nodes`, a workflow `nodes`, a node class of a catalogue `input` and `output`. Without it the object
    cannot be used.""",
)
MINOR_VIOLATION = _rule(
    "W033",
    "minor-violation",
    Severity.WARNING,
    "a member that the conversion does not need violates the format",
    """Positions, sizes, colours, groups on the canvas, counters and the like matter only to the editor.
    The conversion does not need them, but the editor may show the workflow wrongly or fail to open it: a
    canvas group without `bounding` or a subgraph definition without `inputNode` stops it.""",
)
UNKNOWN_MODE = _rule(
    "W034",
    "unknown-mode",
    Severity.ERROR,
    "a node's mode is unknown to the editor",
    """`mode` is 0 for a node that runs, 2 for a muted and 4 for a bypassed node (1 and 3 are litegraph
    modes that run like 0). The editor runs a node with any other mode, including the text "4", so a node
    that was meant to be muted or bypassed runs.""",
)
UNKNOWN_VERSION = _rule(
    "W035",
    "unknown-version",
    Severity.WARNING,
    "the workflow's version is missing or not one that the editor writes",
    """The editor writes version 0.4, with links as lists, and version 1, with links as objects. It reads
    a missing version, and any version but 0.4, as 1: then links that are lists are ignored, and all nodes
    end up unlinked.""",
    fix="sets the version to that of the form which all links of the main graph have",
)
UNREAD_LINK_ROWS = _rule(
    "W036",
    "unread-link-rows",
    Severity.WARNING,
    "a link table has rows that the editor does not read",
    """Editors of 2023 left empty rows (null) and rows in the other version's form in some files, and
    skipped them on opening. Today's editor cannot open a file with an empty row, and drops links in rows
    of the other form, which comfyc reads. Remove the empty rows, and correct `version`.""",
    fix="removes empty rows, and writes rows in the form of the file's version",
)
BROKEN_LINK_ROW = _rule(
    "W037",
    "broken-link-row",
    Severity.WARNING,
    "a row of a link table cannot be read",
    """In version 0.4 a link is a row of six values, [link id, origin node, origin slot, target node,
    target slot, type] (old files omit the type); in version 1 and in subgraph definitions it is an object
    with `id`, `origin_id`, `origin_slot`, `target_id` and `target_slot`. Ids and slots are numbers or
    text. Like the editor, comfyc skips rows of any other form and reads the rest. If an input names the
    link of a skipped row, G105 is reported.""",
    fix="removes a row that is no list and no object",
)
MORE_VIOLATIONS = _rule(
    "W038",
    "more-violations",
    Severity.INFO,
    "the document has more schema violations than are shown",
    """The search stops after the first hundred. So many violations usually have one cause: a tool that
    writes another format, or a file of another kind.""",
)
INCOMPLETE_PROMPT_NODE = _rule(
    "W039",
    "incomplete-prompt-node",
    Severity.WARNING,
    "a node of a prompt has no `class_type` or no `inputs`",
    """The editor omits `class_type` when it exports a node whose class it does not know. The server
    refuses such a prompt, and a node without `inputs` can kill its worker thread; the rules on prompts
    (P301, P332) say what happens to this one.""",
)
WRAPPED = _rule(
    "W045",
    "wrapped",
    Severity.INFO,
    "the workflow or prompt was found inside another document",
    """A request (the body of `POST /prompt`, or the `input` of RunPod and similar services), an entry of
    `/history` or `/queue`, and the result of `app.graphToPrompt` contain a workflow or a prompt some
    levels down, sometimes as JSON text in a string. comfyc uses it; if there are both a workflow and the
    prompt made from it, it uses the workflow. JSON pointers in findings refer to the whole file.""",
)
SEVERAL_DOCUMENTS = _rule(
    "W046",
    "several-documents",
    Severity.ERROR,
    "the file contains several workflows or prompts",
    """A history, a list of prompts or a JSON Lines file does not say which of them is meant. Extract the
    one you want, for instance with `jq`, and pass that.""",
)

TOO_MANY_VALUES = _rule(
    "W060",
    "too-many-values",
    Severity.ERROR,
    "the JSON has more values than any workflow",
    """A JSON text is parsed only if it has at most 2,000,000 values, because values may take a hundred
    times the memory of their text; this applies to JSON inside strings of the document as well. The
    largest workflows that people share have about 100,000. If the file is sound, raise the limit with the
    flag that the message names.""",
)
BUILT_FROM_PARAMETERS = _rule(
    "W070",
    "built-from-parameters",
    Severity.INFO,
    "the workflow was built of the parameters of another program's picture",
    """The picture carries no workflow, but the text in which the Stable Diffusion web UI (AUTOMATIC1111) and
    its relatives note how a picture was made. comfyc builds the workflow that the editor builds when the
    picture is dropped on it: a checkpoint, the LoRAs, two texts, a sampler, and a second one for the hires
    fix, whose seed is 0. ComfyUI weighs words (`(word:1.2)`) and makes noise in another way, so that the
    picture will be alike at best. Findings W071 to W079 say what was dropped, guessed or is not
    understood.""",
)
PARAMETERS_UNREAD = _rule(
    "W071",
    "parameters-unread",
    Severity.WARNING,
    "the editor does not read parameters in such a file",
    """The editor reads the parameters of other programs from PNG pictures only, where they are called
    `parameters`, and builds no workflow of them in a JPEG, WebP or AVIF picture. It also needs a line before
    that of the settings, if an empty one. comfyc reads them anyway, and builds the workflow that the editor
    would build of a PNG.""",
)
SETTING_DROPPED = _rule(
    "W072",
    "setting-dropped",
    Severity.WARNING,
    "a setting of the picture is dropped",
    """The editor knows seven settings (model, sampler, steps, seed, CFG scale, size, clip skip) and those of
    the hires fix. All others have no home in the graph that it builds, so that the picture will differ. Set
    what is missing by hand, or with `--set`. Hashes, versions and dates are dropped too, and change
    nothing.""",
)
SETTING_UNKNOWN = _rule(
    "W073",
    "setting-unknown",
    Severity.WARNING,
    "a setting of the picture has a value that ComfyUI does not know",
    """The editor compares the name of the sampler, in small letters, with `_` for blanks and `pp` for `++`,
    with those of the KSampler, and leaves the default if there is none: "Euler a" is not found, as ComfyUI
    calls it `euler_ancestral`. A number that is none becomes null. The hint says what to set.""",
)
SIZE_ROUNDED = _rule(
    "W074",
    "size-rounded",
    Severity.WARNING,
    "a width or height of the picture was rounded up",
    """The editor rounds the sizes of such a picture up to multiples of 64, so that the new picture is larger.
    Most models take multiples of 8 or 16: set the size that you want.""",
)
FILE_GUESSED = _rule(
    "W075",
    "file-guessed",
    Severity.WARNING,
    "a file that the picture names was guessed or not found",
    """Other programs name checkpoints, LoRAs and upscalers without the endings of their files. The editor
    takes the first file of the server's list whose name begins like that, which may be another file, and does
    not look into folders; if there is none, it writes the name as it is, which the server refuses. Bundled
    catalogues list no files: pass that of your server.""",
)
PROMPT_SYNTAX = _rule(
    "W076",
    "prompt-syntax",
    Severity.INFO,
    "the prompt has signs that mean something else in ComfyUI",
    """The Stable Diffusion web UI changes words while it samples (`[from:to:0.5]`, `[this|that]`), weakens
    them (`[word]`), and begins new parts of a prompt at `BREAK` and `AND`. ComfyUI takes all of this for
    words. The text stays as it is, as in the editor.""",
)
NETWORK_DROPPED = _rule(
    "W077",
    "network-dropped",
    Severity.WARNING,
    "a network that the prompt of the picture names is not loaded",
    """The editor makes a LoraLoader node of `<lora:name:weight>`, takes one whose weight is no number out of
    the text without making a node, and leaves all others in the text (`<lyco:...>`, `<hypernet:...>`, a LoRA
    without a weight), where ComfyUI takes them for words.""",
)
EMBEDDING_AS_WORD = _rule(
    "W078",
    "embedding-as-word",
    Severity.WARNING,
    "an embedding that the picture was made with stays a word",
    """The editor writes `embedding:` before each word of the texts that is the name of an embedding of its
    server. Without a server comfyc does not know these names. The picture says that it was made with this
    one.""",
)
NODES_LACKING = _rule(
    "W079",
    "nodes-lacking",
    Severity.ERROR,
    "the catalogue lacks node types that the workflow is built of",
    """The workflow for the parameters of another program consists of ComfyUI's own nodes. This catalogue does
    not have all of them; it may have been trimmed. Take that of a server.""",
)

EDITOR_CANNOT_OPEN = _rule(
    "W050",
    "editor-cannot-open",
    Severity.WARNING,
    "the editor cannot open this file",
    """The editor fails on a member of this file that comfyc does not need. It then shows no workflow, or
    one whose nodes from there on have lost their values and links. The conversion is what it would be
    without that member.""",
    fix="removes the member, unless it is an object or a list with something in it",
)
PART_LEFT_OUT = _rule(
    "W051",
    "part-left-out",
    Severity.WARNING,
    "a part of the workflow cannot be read and is left out",
    """An input of a node has no name or is not an object. The inputs of a node come from its type, so the
    conversion, like the editor, does not need such an entry; but a link that only this entry names may be
    missing.""",
    fix="removes the entry, unless it is an object or a list",
)

# --- G1xx: graph ---------------------------------------------------------------------------------

LINKS_UNREAD = _rule(
    "G101",
    "links-unread",
    Severity.WARNING,
    "links do not have the form that the file's version requires",
    """The editor reads links as arrays in files of version 0.4 and as objects in all other files,
    including those without a version, and drops rows of the other form: all nodes end up unlinked. comfyc
    reads both forms whatever the version; `--browser-exact` drops what the editor drops. Correct
    `version` in the file, or the editor will open it without these links.""",
    fix="corrects the version if all rows have the other form, else writes the rows in that of the version",
)
DUPLICATE_ID = _rule(
    "G102",
    "duplicate-id",
    Severity.WARNING,
    "two nodes, links or definitions have the same id",
    """Ids must be unique in one graph. Of two links or definitions, or two nodes of a subgraph, the
    editor keeps the first; a second node of the main graph gets a new id and loses its links. Usually two
    files were merged by hand or by a script.""",
    fix="removes the second row of a link; two nodes or definitions stay as they are",
)
COMPETING_LINKS = _rule(
    "G103",
    "competing-links",
    Severity.WARNING,
    "two links go into the same input",
    """An input takes one link. The editor keeps the first row of the link table, unless the node itself
    names only the other link.""",
    fix="removes the row of the link that is dropped",
)
RENUMBERED = _rule(
    "G104",
    "renumbered",
    Severity.INFO,
    "a node inside a subgraph got a new id",
    """Node ids are unique in the whole file, over all subgraphs. Older files reuse them; the editor gives
    such nodes the next free number when it opens the file, and the prompt carries the new number.""",
)
DANGLING_LINK = _rule(
    "G105",
    "dangling-link",
    Severity.WARNING,
    "a node names a link that the link table does not have for it",
    """The link table decides what is connected. An input that names a link which is missing from the
    table, or which goes to another node, is unlinked, as in the editor.""",
    fix="lets the input name no link",
)
LINK_ONLY_IN_TABLE = _rule(
    "G106",
    "link-only-in-table",
    Severity.WARNING,
    "a link is in the link table, but no input names it",
    """The editor connects it to the input slot that its row gives. Slots count the node's inputs in the
    editor's order, which can differ from the file's order, so check that the right input is connected.""",
    fix="lets the input name the link, if the row and the node's own inputs agree which one it is",
)
LINK_LOST = _rule(
    "G107",
    "link-lost",
    Severity.WARNING,
    "a link goes into an input that the node does not have",
    """The node type has changed since the workflow was saved, the chosen option does not have the input,
    or the file was edited. The link is dropped, as in the editor.""",
)
PASSTHROUGH = _rule(
    "G108",
    "subgraph-passthrough",
    Severity.WARNING,
    "a subgraph passes an input straight to an output",
    """The editor refuses to export such a workflow ("No output node found"). comfyc follows the link
    through the subgraph to where it comes from.""",
)
RESOLVE_LOOP = _rule(
    "G109",
    "resolve-loop",
    Severity.WARNING,
    "reroutes or bypassed nodes form a cycle",
    """Following a link through bypassed nodes, reroutes and subgraphs leads back to its start, so there
    is no node at its end. The editor refuses to export the workflow; comfyc leaves the input unlinked.""",
)
RECURSIVE_SUBGRAPH = _rule(
    "G110",
    "recursive-subgraph",
    Severity.ERROR,
    "a subgraph contains itself",
    """A subgraph definition contains a node of its own type, directly or through others. It cannot be
    expanded; the inner node is left out.""",
)
EXPANSION_TOO_LARGE = _rule(
    "G111",
    "expansion-too-large",
    Severity.ERROR,
    "the workflow expands to more than comfyc accepts",
    """Nested subgraphs multiply, and so do values that go into many nodes. Beyond 50,000 nodes or 64 MiB
    of text comfyc stops: no server could run the prompt. The message names the limit and the flag that
    raises it.""",
)
ORPHANED_NODES = _rule(
    "G112",
    "orphaned-nodes",
    Severity.WARNING,
    "a muted or bypassed subgraph inside a subgraph still exports its nodes",
    """The editor leaves out the inner nodes of a muted or bypassed subgraph only in the main graph.
    Inside another subgraph they stay in the prompt, and output nodes among them run. If there are such
    output nodes, comfyc follows the author's intention and leaves the whole subgraph out;
    `--browser-exact` exports it as the editor does. If there are none, nothing of it would run, and
    comfyc writes what the editor writes.""",
)
EDITOR_REFUSES = _rule(
    "G113",
    "editor-refuses",
    Severity.INFO,
    "the editor mistakes this link for a cycle and refuses to export the workflow",
    """Two instances of one subgraph in a row, each with a reroute or bypassed node inside, look like a
    cycle to the editor. There is none; comfyc resolves the link.""",
)
MISSING_ORIGIN = _rule(
    "G114",
    "missing-origin",
    Severity.WARNING,
    "a link comes from a node or output that does not exist",
    """The node was deleted or the file was edited. The editor refuses to export the workflow; comfyc
    leaves the input unlinked.""",
    fix="removes the link if its origin node is missing; a missing output may be one of another version",
)
NODE_CYCLE = _rule(
    "G115",
    "node-cycle",
    Severity.WARNING,
    "nodes are linked in a cycle",
    """Each of the nodes waits for another one, so none can run. The editor exports such a graph, and the
    server refuses it.""",
)
INPUT_UNLINKED = _rule(
    "G116",
    "input-unlinked",
    Severity.INFO,
    "an input is linked to something that provides no value",
    """The link leads to a muted node, to a bypassed node without an input of a matching type, or to an
    editor-only node that is not linked itself. The input is left out of the prompt, as in the editor. If
    the input belongs to a widget, the widget's own value is used instead and G127 is reported.""",
)

GROUP_UNPACKED = _rule(
    "G117",
    "group-unpacked",
    Severity.INFO,
    "a legacy group node was replaced by a subgraph",
    """Group nodes (types `workflow/NAME` and `workflow>NAME`) are a feature of old editors. Today's
    editor replaces each of them with a subgraph of real nodes when it opens the file, and gives these
    nodes new ids. comfyc assigns the same ids, so that the prompt equals the editor's. Save the file from
    the editor to make the ids permanent.""",
)
GROUP_CHANGED = _rule(
    "G118",
    "group-changed",
    Severity.WARNING,
    "the editor loses something when it unpacks a legacy group node",
    """The editor's replacement of group nodes is imperfect: it loses the values of PrimitiveNodes inside
    the group, links into a Reroute inside it, and many links into widgets that were converted to inputs.
    comfyc produces what the editor produces, and names what is lost. The editor also forgets that a group
    node was muted or bypassed. In that case comfyc follows the author's intention and leaves the group
    node out; `--browser-exact` exports its nodes as the editor does.""",
)
GROUP_LOST = _rule(
    "G119",
    "group-lost",
    Severity.ERROR,
    "a legacy group node cannot be replaced by real nodes",
    """The editor replaces only group nodes of the main graph. A group node inside a subgraph, or inside
    another group node, keeps its type, which no server knows. A group node whose saved inner nodes are
    damaged is left out with all its links.""",
)

FURTHER_CYCLE = _rule(
    "G120",
    "further-cycle",
    Severity.WARNING,
    "nodes are linked in a cycle that the server does not report",
    """The server reports the first cycle that it meets (P310) and looks only at nodes that an output
    needs. The remaining cycles are reported here: breaking one cycle does not break another that shares
    nodes with it, and nodes that no output needs never run. Remove one link of each cycle.""",
)
IDLE_NODE = _rule(
    "G121",
    "idle-node",
    Severity.INFO,
    "a node leads to no output",
    """The server runs what output nodes need. No output needs this node, or the nodes that feed only this
    node: they are in the prompt and never run. Link the node, mute it or delete it.""",
)
OUTPUT_SILENCED = _rule(
    "G122",
    "output-silenced",
    Severity.WARNING,
    "the prompt has no outputs because this output node is muted or bypassed",
    """The server refuses a prompt without an output (P312). The workflow has output nodes, but all of
    them are muted or bypassed, or inside a subgraph that is; they are left out of the prompt.""",
)
SOURCE_SILENCED = _rule(
    "G123",
    "source-silenced",
    Severity.ERROR,
    "a required input is linked to a muted or bypassed node",
    """A muted node provides no value, and a bypassed node only passes on the value of an input of a
    matching type. The input is left out of the prompt, and because the node requires it, the server
    refuses the prompt (`required_input_missing`). Unmute the node, link another one, or mute this node
    too.""",
)
DEFINITION_MISSING = _rule(
    "G124",
    "definition-missing",
    Severity.ERROR,
    "a subgraph node has no definition in the file",
    """The type of a subgraph node is the id of its definition under `definitions.subgraphs`, and there is
    no such definition: the node was copied into the file without it, or the definition was deleted.
    Without its definition the node has no meaning, and no server knows its type (`missing_node_type`).""",
)
DEFINITION_UNUSED = _rule(
    "G125",
    "definition-unused",
    Severity.INFO,
    "no node uses this subgraph definition",
    """The definition is in the file, but neither the main graph nor a subgraph that is used has a node of
    its type. It does no harm; the editor removes it when it saves the workflow.""",
    fix="removes the definition, as the editor does when it saves the workflow",
)

GAP_CLOSED = _rule(
    "G126",
    "gap-closed",
    Severity.INFO,
    "links into an autogrow group move up because an input before them is unlinked",
    """The editor closes such gaps shortly after it opens the file, so the links go into earlier inputs
    than those that the file names. If the order matters, check it in the editor.""",
)

ID_COLLISION = _rule(
    "G128",
    "id-collision",
    Severity.WARNING,
    "two nodes have the same id in the prompt",
    """The id of a node inside a subgraph is the id of the subgraph node, a colon, and the node's own id:
    `121:101`. A node whose id in the file contains a colon, as exported prompts leave behind, may have
    the same id. Only one of the two is in the prompt, as in the editor, and links to the other lead to
    it. Give one of them another id.""",
)
ODD_LINK_KEPT = _rule(
    "G129",
    "odd-link-kept",
    Severity.WARNING,
    "a link that the editor would cut is kept",
    """The value that feeds a Reroute has another type than the input behind it, so the editor cuts the
    link shortly after it opens the file. If the file gives the slots of the Reroute no type at all, as
    programs write them, comfyc keeps the link; `--browser-exact` cuts it. The server refuses a link
    between incompatible types.""",
)
OWN_VALUE_USED = _rule(
    "G127",
    "own-value-used",
    Severity.WARNING,
    "a widget is linked, but its own value is used",
    """The link into a widget's input leads to a muted node, to a bypassed node without an input of a
    matching type, to an editor-only node that is not linked itself, or through a subgraph to a
    PrimitiveNode. The editor then exports the widget's own last saved value, which it does not show while
    the input is linked. comfyc does the same. The editor does not change such a seed from run to run;
    `comfyc run` changes it only if the seed's own control, or `--seed`, says so.""",
)
GETTER_WITHOUT_SETTER = _rule(
    "G140",
    "getter-without-setter",
    Severity.WARNING,
    "a Get node finds no Set node of its name",
    """A Get node provides what the Set node of the same name is linked to: the first one in its own
    graph, for KJNodes' GetNode also the only one in the surrounding graphs. There is none, so whatever is
    linked to the Get node stays unlinked. (Easy-Use's getNode makes the browser's export fail in this
    case.)""",
)
SETTER_AMBIGUOUS = _rule(
    "G141",
    "setter-ambiguous",
    Severity.WARNING,
    "several Set nodes in the surrounding graphs have the name that a Get node asks for",
    """Inside a subgraph KJNodes' GetNode uses a SetNode of a surrounding graph only if it is the only one
    with this name there. Here it provides nothing, as in the browser.""",
)
BROADCAST_LINKS = _rule(
    "G142",
    "broadcast-links",
    Severity.WARNING,
    "links of Anything Everywhere are made only when the prompt is queued",
    """The script of cg-use-everywhere connects inputs that the file leaves open while a prompt is queued,
    and removes the links again. Export (API) does not contain them (it even fails); the Queue button
    does. `comfyc convert --as queue` writes what would run; `--as export` leaves these inputs open.""",
)
BROADCAST_UNSAID = _rule(
    "G143",
    "broadcast-differs",
    Severity.INFO,
    "the file's own list of Anything Everywhere links differs from what its rules produce",
    """cg-use-everywhere records its links in `extra.ue_links` when the editor saves the file. comfyc
    computes the links from the rules, and the result differs from that record: the record is out of date,
    or another version of the pack made it.""",
)
BROADCAST_AMBIGUOUS = _rule(
    "G144",
    "broadcast-ambiguous",
    Severity.WARNING,
    "two Anything Everywhere nodes of equal priority reach the same input",
    """cg-use-everywhere connects an input only if one node wins. The input stays open, as in the browser.""",
)

EMPTY_PROMPT = _rule(
    "G145",
    "empty-prompt",
    Severity.WARNING,
    "no node of the workflow becomes part of the prompt",
    """The workflow has nodes, but each of them is muted, bypassed or editor-only (a note, a reroute). The
    browser exports an empty prompt, which no server accepts.""",
)

TOO_MANY_NODES = _rule(
    "G150",
    "too-many-nodes",
    Severity.ERROR,
    "the workflow or prompt has too many nodes",
    """A workflow or prompt is converted and validated if it has at most 50,000 nodes, including those of
    its subgraph definitions: each node takes some kilobytes of memory. The largest that people share have
    fewer than 5,000. If the file is sound, raise the limit with the flag that the message names.""",
)

NODE_LOST = _rule(
    "G160",
    "node-lost",
    Severity.WARNING,
    "a node of the prompt is not in the workflow, or would not be exported again",
    """`comfyc convert --to workflow` makes a node for each node of the prompt. This one has no class_type,
    so that nobody knows what it is, or its class is that of a node which only the editor has, such as
    Reroute or Note: the editor never exports these.""",
)
IDS_CHANGED = _rule(
    "G161",
    "ids-changed",
    Severity.INFO,
    "nodes have other ids in the workflow than in the prompt",
    """An id such as 12:3 says that the node was in the subgraph 12. The editor makes a workflow without
    subgraphs of a prompt, in which the id is 12_3, and numbers lose leading zeros. With `--layout tidy`
    comfyc makes the subgraphs again, so that such ids stay, unless a node has the id of the subgraph node or
    two nodes in different graphs have one number, which the editor does not allow.""",
)
LINK_NOT_KEPT = _rule(
    "G162",
    "link-not-kept",
    Severity.WARNING,
    "a link of the prompt would not be exported again",
    """The editor makes no link if there is no such node, output or input, if the types do not fit, or if the
    link comes from a node whose type it does not know. Some links into inputs that other links bring along
    are lost when the file is opened again. `--layout tidy` keeps links of unknown types.""",
)
VALUE_NOT_KEPT = _rule(
    "G163",
    "value-not-kept",
    Severity.WARNING,
    "a value of the prompt has no widget in the workflow",
    """The node has no widget of this name: it is of another version, or the name is misspelt. The server
    ignores such values, and the workflow has no room for them.""",
)
VALUE_NOT_EQUAL = _rule(
    "G164",
    "value-not-equal",
    Severity.WARNING,
    "a value of the prompt would be exported otherwise",
    """When a prompt is dropped on the editor, numbers are rounded as if somebody had typed them, and 3D views
    make their pictures anew. `--layout tidy` does not round. Tokens such as %date:...% are replaced with each
    export.""",
)
DEFAULT_ADDED = _rule(
    "G165",
    "default-added",
    Severity.INFO,
    "the workflow has a value for an input that the prompt leaves out",
    """A widget always has a value, so that an input which the prompt leaves out gets the default of its
    type. For a required input that is what the server needs anyway; an optional input that is left out may
    mean something else to the node.""",
)
WORKFLOW_ALREADY = _rule(
    "G166",
    "workflow-already",
    Severity.INFO,
    "the document is a workflow, of which no workflow has to be made",
    """`--to workflow` writes the workflow as it is. A picture that carries a workflow and a prompt gives the
    workflow.""",
)

# --- N2xx: nodes and widgets ---------------------------------------------------------------------

UNKNOWN_TYPE = _rule(
    "N201",
    "unknown-type",
    Severity.WARNING,
    "the catalogue has no node of this type",
    """Without the definition of a node type comfyc does not know its widgets. It keeps the node and its
    class, and names the values as far as the file itself does (names of widget inputs, values saved by
    name). The editor would write UNKNOWN_1, UNKNOWN_2 and no class, which no server accepts; `--unknown
    browser` does that. Get the catalogue from a server that has the node's pack.""",
)
VALUE_UNNAMED = _rule(
    "N202",
    "value-unnamed",
    Severity.WARNING,
    "a value of an unknown node has no name and is dropped",
    """Values are saved by position. For an unknown node type nothing says which inputs they belong to, or
    what is known of its inputs leaves more than one choice.""",
)
NAMED_BY_PROMPT = _rule(
    "N250",
    "named-by-prompt",
    Severity.INFO,
    "the values of an unknown node are named by the prompt that the file carries",
    """A picture that ComfyUI saved carries the workflow and the prompt that was run, and a request to a
    server may have both. If the catalogue lacks a node type, the prompt says what its inputs are called. The
    values are those of the workflow: each goes to the input that has the same value in the prompt, and to no
    input if there is more than one choice.""",
)
NAMED_BY_OTHERS = _rule(
    "N251",
    "named-by-others",
    Severity.INFO,
    "the values of an unknown node are named as in other nodes of its type",
    """The file says the names of the inputs of one node of the type, with an input that has a widget or with
    values that are saved by name. They are those of all nodes of the type.""",
)
PROMPT_DIFFERS = _rule(
    "N252",
    "prompt-differs",
    Severity.INFO,
    "a value of an unknown node is another in the prompt that the file carries",
    """The prompt was made of the workflow as it was when it was queued: a dynamic prompt had been resolved,
    or the workflow was changed afterwards. The position of the value among the others says what its input is
    called, and the value is the workflow's.""",
)
TAKEN_FROM_PROMPT = _rule(
    "N253",
    "taken-from-prompt",
    Severity.WARNING,
    "a value of an unknown node is taken from the prompt that the file carries",
    """The workflow has no value for the input, as for a widget that is not saved or that the pack's script
    computes. The prompt beside it is of the same state, because it repeats the other values.""",
)
VALUES_SHIFTED = _rule(
    "N203",
    "values-shifted",
    Severity.WARNING,
    "the saved widget values are shifted",
    """Values are saved by position. Files from before seeds had a "control after generate" widget, and
    files written by scripts, have no value for it, so every later value ends up one widget too early. The
    editor loads them like that, and so does comfyc.""",
    fix="inserts `fixed` for the control, if all values then fit their widgets. This changes the prompt",
)
SURPLUS_VALUES = _rule(
    "N204",
    "surplus-values",
    Severity.INFO,
    "the file has more values than the node has widgets",
    """The node had more widgets when the workflow was saved, or a script of its pack added some. The
    editor ignores these values.""",
    fix="removes the value of a seed control that the node does not have, if all values then fit. This"
    " changes the prompt",
)
DEFAULT_USED = _rule(
    "N205",
    "default-used",
    Severity.INFO,
    "the file has no value for a widget, so the default is used",
    """The node type has gained widgets since the workflow was saved. They start with the default from the
    catalogue, as in the editor.""",
)
VALUES_UNREAD = _rule(
    "N206",
    "values-unread",
    Severity.WARNING,
    "the widget values are saved by name and are not read",
    """A script of the node's pack saves the values by name and reads them back. The editor itself reads
    values by position and leaves this node at its defaults.""",
)
VALUE_MIGRATED = _rule(
    "N207",
    "value-migrated",
    Severity.INFO,
    "a saved value of an input that is no longer a widget is dropped",
    """Old files contain values for inputs that are plain sockets today. The editor drops them if the
    number of values is the number that such a file would have.""",
)
PROXY_IGNORED = _rule(
    "N208",
    "proxy-ignored",
    Severity.WARNING,
    "the value of a promoted widget is not used",
    """`properties.proxyWidgets` of a subgraph node names inner widgets, and the file has values for them.
    This entry does not lead to a widget, so the inner node keeps its own value, as in the editor.""",
)
EXACT_INTEGER = _rule(
    "N209",
    "exact-integer",
    Severity.INFO,
    "an integer beyond 2^53 is kept exactly, where the browser rounds it",
    """JavaScript has no exact integers beyond 2^53, so the browser exports a number that differs from the
    file and may exceed the largest seed. comfyc keeps the file's number; `--js-numbers` rounds it.""",
)
COMMENT_CUT = _rule(
    "N210",
    "comment-cut",
    Severity.WARNING,
    "text after // or between /* and */ is removed from a prompt text",
    """Texts with dynamic prompts may contain comments. The editor removes them when it exports, even
    where no comment was meant: of a web address only `http:` remains. comfyc does the same. Escape a
    slash (`\\/`) to keep it, or pass `--dynamic-prompts keep`.""",
)
DYNAMIC_CHOICE = _rule(
    "N211",
    "dynamic-choice",
    Severity.INFO,
    "the first alternative of a dynamic prompt was taken",
    """The browser makes `{red|green|blue}` one of its alternatives at random each time a workflow is exported
    or queued. Here the first one was taken, as `--dynamic-prompts first` asks for; it is also what `comfyc
    validate` and `comfyc.convert` in Python do. `--dynamic-prompts random` draws one (N242), `keep` leaves
    the text as it is.""",
)
ORDER_LOST = _rule(
    "N215",
    "order-lost",
    Severity.WARNING,
    "the catalogue does not tell the order of a node type's inputs",
    """Saved values are matched to widgets by position, so the order of the inputs of a node type matters.
    A server gives it by the order in object_info, and again as `input_order`. This catalogue has all
    inputs sorted by name and no `input_order`, as some programs save it, and no bundled catalogue has the
    type. Save the catalogue again with `comfyc catalog save`.""",
)
NOT_REPLACED = _rule(
    "N214",
    "not-replaced",
    Severity.WARNING,
    "alternatives, a comment or a %token% are left in a text that comes from elsewhere",
    """The editor chooses one of the alternatives in `{a|b}`, removes comments and fills in `%date:...%`
    and `%node.widget%` only in texts of the node itself. A text that a subgraph node holds for one of its
    inner nodes, or that is linked from another node, is sent to the server unchanged, with braces,
    comments and tokens. comfyc does the same.""",
)
NEEDS_BROWSER = _rule(
    "N212",
    "needs-browser",
    Severity.WARNING,
    "the value of this widget is made in the browser",
    """A webcam picture, a recorded sound, a picture of a 3D view or the points of a drawn curve exist
    only while the editor is open. comfyc writes the saved value, and for Load3D the names that the
    pictures would have. It exports the initial camera of a 3D view; if the file contains a camera state
    or names a model, the browser may move the camera.""",
)
UNDECLARED_INPUT = _rule(
    "N213",
    "undeclared-input",
    Severity.INFO,
    "a link goes into an input that the node type does not have",
    """The node in the file has an input that today's definition lacks: it was renamed or removed, or a
    script of the pack adds it. The editor exports the link under the old name. The server does not check
    it and passes it to the node, and most nodes fail on an unknown argument.""",
)

VERSION_BY_PROMPT = _rule(
    "N254",
    "version-by-prompt",
    Severity.WARNING,
    "values of a pack's node belong to another version of it, as the prompt that the file carries says",
    """The node belongs to a custom node pack, and its bundled definition has more or fewer widgets than the
    file has values. The prompt beside the workflow, which has the same values, was made with the definition
    that they belong to: it names them, also those of widgets that the bundled definition lacks. A server with
    another version of the pack may refuse them.""",
)

FROM_BUNDLE = _rule(
    "N220",
    "from-bundle",
    Severity.INFO,
    "the definition of a node type comes from a bundled catalogue",
    """The node belongs to a custom node pack whose node types are bundled with comfyc, as of the commit
    shown. Another version of the pack may have other inputs: a server's own catalogue (`--object-info
    URL`) always takes precedence.""",
)
WIDGET_INFERRED = _rule(
    "N221",
    "widget-inferred",
    Severity.INFO,
    "the widgets of a node were inferred from the file",
    """What the scripts of this node's pack do has not been measured. The file names widgets that the
    catalogue does not have, or has more values than widgets; the values were assigned to the inputs that
    they fit.""",
    fix="removes the value of a seed control that is skipped",
)
QUEUE_DIFFERS = _rule(
    "N222",
    "queue-differs",
    Severity.INFO,
    "the Queue button would run something other than what Export (API) writes",
    """Some scripts act only when the prompt is queued: a seed of -1 becomes a random one, or a muted node
    is made to run. `comfyc convert --as queue` writes what would run.""",
)
PACK_UNLOADABLE = _rule(
    "N223",
    "pack-unloadable",
    Severity.WARNING,
    "a third-party pack could not be loaded",
    """A distribution offers a pack for comfyc (entry point group `comfyc.packs`), but importing it
    failed, or what it names is not a table of behaviours. Its nodes are converted as if the pack were not
    installed.""",
)
PRESET_UNKNOWN = _rule(
    "N224",
    "preset-unknown",
    Severity.WARNING,
    "a text preset is not in the file",
    """The presets of Custom-Scripts are kept in the browser's storage; a file contains only their names.
    If a preset is missing, the browser refuses to export. comfyc keeps the text of the target.""",
)

VALUE_REWRITTEN = _rule(
    "N234",
    "value-rewritten",
    Severity.INFO,
    "a pack's script changes a saved value when the file is opened",
    """Some packs update values of older versions, append a chosen word to a text, or make two widgets
    agree. The browser exports the changed value, and so does comfyc.""",
)
VALUE_UNREADABLE = _rule(
    "N235",
    "value-unreadable",
    Severity.WARNING,
    "a pack's script cannot read a saved value and uses another one",
    """The widget belongs to a script of the node's pack, which parses the saved value in its own way and
    fails on this one. The browser exports what a new node of this type holds, and so does comfyc.""",
)
SERVER_MARK = _rule(
    "N236",
    "server-mark",
    Severity.WARNING,
    "a saved value is meaningful only to the server that the file was made with",
    """Impact's Preview Bridge stores a reference to a picture in the server's memory. The browser asks
    the server for it when the file is opened, and resets the value if it is unknown, as it is after each
    restart. comfyc does not ask a server and resets it.""",
)

BUNDLE_LACKS_WIDGETS = _rule(
    "N237",
    "bundle-lacks-widgets",
    Severity.WARNING,
    "the file has values for widgets that the bundled definition of a pack's node lacks",
    """The node belongs to a custom node pack, and its definition comes from a bundled catalogue: the pack
    as of the date shown. The file was saved with another version, whose node has more widgets, so their
    values are lost and those before them may be in the wrong widgets. Take the definitions from a server
    that has the pack (`--object-info URL`). Values that are no loss (null, empty texts, texts that a node
    only displays, values that a script adds) are reported as N204.""",
    fix="removes the value of a seed control that the node does not have, if all values then fit. This"
    " changes the prompt",
)
CORE_LACKS_WIDGETS = _rule(
    "N238",
    "core-lacks-widgets",
    Severity.WARNING,
    "the file has values for widgets that the bundled definition of a ComfyUI node lacks",
    """The file was saved with a newer ComfyUI than the one whose node definitions are bundled, and the
    node type has gained widgets since: their values are lost. Take the definitions from a server
    (`--object-info URL`).""",
    fix="removes the value of a seed control that the node does not have, if all values then fit. This"
    " changes the prompt",
)
VALUE_LOST = _rule(
    "N239",
    "value-lost",
    Severity.WARNING,
    "a pack's script drops a saved value when the file is opened",
    """The script of the node's pack uses the value only together with something else that the file does
    not contain. The browser exports the node without it, and so does comfyc.""",
)
PATTERN_NOT_SEARCHED = _rule(
    "N240",
    "pattern-not-searched",
    Severity.WARNING,
    "a regular expression in the file cannot be searched in bounded time",
    """Anything Everywhere selects nodes by regular expressions from the file, and a pattern can be
    written so that a search never ends. comfyc therefore searches only patterns whose search takes time
    proportional to the text: without lookahead, lookbehind and back-references, with at most 2,000
    states, and with a limited number of steps for one workflow. A broadcasting node with another pattern
    sends to no node, where the browser might send. Simplify the pattern, or draw the links.""",
)
HOOK_FAILED = _rule(
    "N241",
    "pack-hook-failed",
    Severity.WARNING,
    "the code that stands for a pack's script raised an exception",
    """What the scripts of a pack do in the browser is done by Python code: that of comfyc, or of a
    distribution that brings a pack of its own (entry point group `comfyc.packs`). This code failed on a node
    of the file. The node keeps its saved values, and the conversion goes on; its result may not be the
    browser's. Tell the author of the pack, or of comfyc, and send the workflow along.""",
)
DRAWN_AT_RANDOM = _rule(
    "N242",
    "drawn-at-random",
    Severity.INFO,
    "an alternative of a dynamic prompt, or a seed, was drawn at random",
    """The editor makes `{red|green|blue}` one of its alternatives at random, and the scripts of some packs
    draw a seed or a node, each time a workflow is exported or queued; so do `comfyc convert` and
    `comfyc run`. Everything that is drawn in one conversion depends on one seed, which the finding names:
    `--random-seed N` draws the same again, `--dynamic-prompts first` leaves out the chance. In Python these
    are `Options(dynamic_prompts=DynamicPrompts.RANDOM, random_seed=N)`.""",
)
TYPE_REMOVED = _rule(
    "N260",
    "type-removed",
    Severity.WARNING,
    "the node's pack no longer has this type",
    """The node belongs to a custom node pack, and the newest version of the pack that comfyc knows has no
    such
    type any more: it was renamed, replaced or taken out. The values of the node are named by its last
    definition. A server with a newer version of the pack refuses the prompt: install the version that the
    finding names, or replace the node in the editor.""",
)
BUNDLE_ADDS_WIDGETS = _rule(
    "N261",
    "bundle-adds-widgets",
    Severity.WARNING,
    "the bundled definition of a pack's node has widgets for which the file has no values",
    """The node belongs to a custom node pack, and its definition comes from a bundled catalogue: the pack
    as of the date shown. The file was saved with another version, whose node has fewer widgets. Those that
    are missing take their defaults, as in a browser with that version of the pack. If they are not at the end
    of the node, the values behind them are in the wrong widgets. Take the definitions from a server that has
    the pack (`--object-info URL`), or open the workflow in the editor and save it again.""",
)
EXPRESSION_IGNORED = _rule(
    "N230",
    "expression-ignored",
    Severity.WARNING,
    "an expression or pattern is malformed, and the node treats it as having no result",
    """RegexMatch and RegexExtract treat a malformed regular expression as one that matches nothing, and
    SimpleCalculatorKJ returns 0 for an expression that it cannot evaluate. Nothing fails, but the result
    is not the intended one.""",
)
TOKEN_LEFT = _rule(
    "N231",
    "token-left",
    Severity.WARNING,
    "a token such as %Node.widget% or %date:...% is left in a file name",
    """When the editor exports or queues a workflow, it fills in `%date:yyyy-MM-dd%` and `%KSampler.seed%`
    in the `filename_prefix` of its own save nodes. A token is left as it is if no node has that name (as
    "Node name for S&R" or as title), if the node has no such widget, in nodes of other packs, in a value
    that a subgraph node holds, and in a prompt, which no editor opens. The server knows only %width%,
    %height%, %year%, %month%, %day%, %hour%, %minute% and %second%; the file name then contains the token
    itself.""",
)

# --- P3xx: prompt --------------------------------------------------------------------------------

MISSING_NODE_TYPE = _rule(
    "P301",
    "missing-node-type",
    Severity.ERROR,
    "the server has no node of this type",
    """The server looks up the class of every node first, including nodes that lead nowhere, and refuses
    the whole prompt at the first class that it lacks (`missing_node_type`). The node's pack is not
    installed, the class was renamed, or the node exists only in the editor (Note, Reroute, PrimitiveNode)
    and was copied into the prompt by hand. Install the pack, or use the catalogue of a server that has
    it.""",
)
REQUIRED_INPUT_MISSING = _rule(
    "P302",
    "required-input-missing",
    Severity.ERROR,
    "a required input has neither a link nor a value",
    """The server never fills in a default (`required_input_missing`): each required input of a node that
    an output needs must be in the prompt. Link the input, or give it a value.""",
)
BAD_LINKED_INPUT = _rule(
    "P303",
    "bad-linked-input",
    Severity.ERROR,
    "a list was given where a link or a value is expected",
    """The server takes every JSON list for a link, whatever the type of the input, and a link is `["node
    id", slot]` (`bad_linked_input`). A value that really is a list must be wrapped: `{"__value__": [1, 2,
    3]}`.""",
)
RETURN_TYPE_MISMATCH = _rule(
    "P304",
    "return-type-mismatch",
    Severity.ERROR,
    "the linked output has a different type than the input",
    """The type of the output must be that of the input (`return_type_mismatch`). Types are strings; "A,B"
    means either and "*" any. INT does not fit FLOAT, and STRING does not fit a list of options. Link
    another output, or insert a node that converts.""",
)
INVALID_INPUT_TYPE = _rule(
    "P305",
    "invalid-input-type",
    Severity.ERROR,
    "the value cannot be converted to the type of the input",
    """Values of INT, FLOAT, STRING and BOOLEAN inputs are converted with Python's int(), float(), str()
    and bool() (`invalid_input_type`). For int(), "20" and 20.9 are valid; "20.9", "" and null are not.""",
)
VALUE_NOT_IN_LIST = _rule(
    "P306",
    "value-not-in-list",
    Severity.ERROR,
    "the value is not one of the options",
    """The value must equal an option of the list (`value_not_in_list`), including upper and lower case
    and spaces; the text "1" is not the number 1. The option may have been renamed in another version of
    the node.""",
)
MISSING_FILE = _rule(
    "P307",
    "missing-file",
    Severity.WARNING,
    "the catalogue's server has no file of this name",
    """Lists of models and of input files are what the server found on its disk when the catalogue was
    saved. Another server, or the same one today, may have the file; a server that does not have it
    refuses the prompt. If the catalogue has no such list, as the bundled one, nothing is reported. Put
    the file into the folder, or pass `--assume-files` if it will be there. If `--server` was asked for an
    input file and does not have it, the finding is an error, because the server would refuse the prompt.""",
)
ABSENT_FILE = replace(MISSING_FILE, severity=Severity.ERROR)
"""The same where the server itself has said so."""
VALUE_SMALLER_THAN_MIN = _rule(
    "P308",
    "value-smaller-than-min",
    Severity.ERROR,
    "the value is smaller than the input allows",
    """The server compares values with the input's `min` after converting them (`value_smaller_than_min`).
    It never checks a linked value.""",
)
VALUE_BIGGER_THAN_MAX = _rule(
    "P309",
    "value-bigger-than-max",
    Severity.ERROR,
    "the value is bigger than the input allows",
    """The server compares values with the input's `max` after converting them (`value_bigger_than_max`).
    It never checks a linked value.""",
)
DEPENDENCY_CYCLE = _rule(
    "P310",
    "dependency-cycle",
    Severity.ERROR,
    "nodes depend on one another in a cycle",
    """No node of the cycle could run first (`dependency_cycle`). Both branches of a lazy switch count.
    Remove one of the links that are shown.""",
)
EXCEPTION_DURING_VALIDATION = _rule(
    "P311",
    "exception-during-validation",
    Severity.ERROR,
    "the server's validation itself fails at this node",
    """Validating the node raises a Python exception on the server (`exception_during_validation`, or
    `exception_during_inner_validation` for a node that an output depends on), such as when null is
    compared with a limit, or when a node's validation code is called without an input that it needs.
    Nothing else about the node is reported. The message contains the text of the exception.""",
)
PROMPT_NO_OUTPUTS = _rule(
    "P312",
    "prompt-no-outputs",
    Severity.ERROR,
    "no node of the prompt is an output",
    """The server runs what output nodes need, such as SaveImage or PreviewImage. It refuses a prompt
    without one (`prompt_no_outputs`), and one whose outputs are all muted, bypassed or not requested.""",
)
CUSTOM_VALIDATION_FAILED = _rule(
    "P313",
    "custom-validation-failed",
    Severity.ERROR,
    "the node's own validation code refuses an input",
    """Some node classes validate their inputs themselves (`custom_validation_failed`). The message
    contains the node's own words.""",
)
MISSING_SOURCE = _rule(
    "P314",
    "missing-source",
    Severity.ERROR,
    "a link leads to a node that is not in the prompt",
    """The server stops at the node with a KeyError (`exception_during_validation`). Node ids in a prompt
    are strings: the link [1, 0] does not find the node "1". The node was deleted, muted or renamed, or
    the id is misspelt.""",
)
MISSING_OUTPUT = _rule(
    "P315",
    "missing-output",
    Severity.ERROR,
    "a link names an output that the source does not have",
    """Outputs are counted from 0, and the server stops at the node with an IndexError
    (`exception_during_validation`). A negative number counts from the end and is valid. The source may
    have had more outputs in another version.""",
)
MALFORMED_LINK = _rule(
    "P316",
    "malformed-link",
    Severity.ERROR,
    "a link has an invalid node id or output number",
    """A link is `["node id", slot]` with a string and an integer; for anything else the server stops at
    the node with a TypeError (`exception_during_validation`). Any list of two values counts as a link: a
    list that is meant as a value must be wrapped, `{"__value__": [...]}`.""",
)
PROMPT_TOO_DEEP = _rule(
    "P317",
    "prompt-too-deep",
    Severity.ERROR,
    "a chain of nodes exceeds Python's recursion limit on the server",
    """The server follows links recursively and reaches Python's recursion limit after about 970 nodes in
    a row (`exception_during_inner_validation`, RecursionError). Shorten the chain, or split the prompt
    into several.""",
)
INVALID_REQUEST = _rule(
    "P318",
    "invalid-request",
    Severity.ERROR,
    "the request that contains the prompt is refused",
    """`prompt_id` must be a UUID in lower case with hyphens, `number` a number, `extra_data` an object
    and `partial_execution_targets` a list of ids of output nodes.""",
)
MALFORMED_NODE = _rule(
    "P319",
    "malformed-node",
    Severity.ERROR,
    "a malformed node makes the server fail",
    """A prompt is an object of nodes; a node is an object with `class_type`, a string, and `inputs`, an
    object. For anything else the server answers HTTP 500 without an explanation, even for nodes that lead
    nowhere.""",
)
PARTLY_RUN = _rule(
    "P320",
    "partly-run",
    Severity.INFO,
    "the server accepts the prompt and runs only some of its outputs",
    """A prompt is accepted if at least one of its outputs is valid. The invalid ones are skipped, which
    only the answer to the request says.""",
)
DEAD_LINK_UNDECLARED = _rule(
    "P331",
    "dead-link-undeclared",
    Severity.ERROR,
    (
        "an undeclared input links to a node or output that does not exist, which kills the server's "
        "worker thread"
    ),
    """The server does not validate inputs that a node's class does not declare, but it follows their
    links when it runs the prompt. If the node or its output does not exist, the thread that runs prompts
    ends: the server keeps answering and queueing, but runs nothing until it is restarted. Remove the
    input.""",
)
NODE_WITHOUT_INPUTS = _rule(
    "P332",
    "node-without-inputs",
    Severity.ERROR,
    "a node has no `inputs`, which kills the server's worker thread",
    """A node without inputs needs an empty object, `"inputs": {}`. If the key is missing and no output
    needs the node, the server accepts the prompt, and then the thread that runs prompts ends at this
    node: nothing runs until the server is restarted.""",
    fix="adds an empty object",
)
DEAD_LINK_WRAPPED = _rule(
    "P333",
    "dead-link-wrapped",
    Severity.ERROR,
    "a wrapped list runs as a link that leads nowhere, which kills the server's worker thread",
    """The server unwraps `{"__value__": ["id", 0]}` without validating it and then runs it as a link. If
    the node or its output does not exist, the thread that runs prompts ends, and nothing runs until the
    server is restarted.""",
)
VALUE_IN_SOCKET = _rule(
    "P334",
    "value-in-socket",
    Severity.ERROR,
    "an input that accepts only links has a value",
    """The server does not check values in inputs such as IMAGE or MODEL. The node receives the value
    instead of an image or a model, and fails when it runs. Link the input.""",
)
DYNAMIC_COMBO_KEY = _rule(
    "P335",
    "dynamic-combo-key",
    Severity.ERROR,
    "the value of a dynamic combo is not one of its options",
    """The server validates a dynamic combo, and the inputs that its option adds, only if its value is one
    of the options; otherwise it accepts the prompt, and the node fails when it runs ("missing 1 required
    positional argument"). The value must be plain: not a link and not wrapped.""",
)
UNDECLARED_LINK = _rule(
    "P336",
    "undeclared-link",
    Severity.ERROR,
    "a link goes into an input that the node does not declare",
    """The server ignores values of inputs that a class does not declare, but passes on their links, and
    the node's function fails on them ("got an unexpected keyword argument"). The name may be misspelt, or
    an autogrow group may have too many inputs. Remove the input, or rename it.""",
)
UNDECLARED_CYCLE = _rule(
    "P337",
    "undeclared-cycle",
    Severity.ERROR,
    "nodes depend on one another in a cycle through an undeclared or wrapped link",
    """The server does not validate such links, but follows them when it runs the prompt, which then fails
    with "Dependency cycle detected". Remove the link.""",
)
CLIENT_ID_LIST = _rule(
    "P338",
    "client-id-list",
    Severity.ERROR,
    "the client id is a list, which terminates the server process",
    """The server accepts any JSON value as `client_id`, and a list terminates the whole server process
    when the prompt runs. Use a string.""",
)
DEPRECATED_NODE = _rule(
    "P340",
    "deprecated-node",
    Severity.WARNING,
    "the node is marked as deprecated",
    """It works today and may be removed in a later version. The editor hides it from its menus.""",
)
EXPERIMENTAL_NODE = _rule(
    "P341",
    "experimental-node",
    Severity.INFO,
    "the node is marked as experimental",
    """Its inputs and results may change from one version to the next.""",
)
INEXACT_INTEGER = _rule(
    "P342",
    "inexact-integer",
    Severity.INFO,
    "an integer beyond 2^53 changes when the prompt passes through the editor",
    """JavaScript has no exact integers beyond 2^53. The server receives this number as it is written; the
    editor would round it, so that the same workflow gives another result there. Choose a smaller seed to
    be safe.""",
)
OFF_STEP = _rule(
    "P343",
    "off-step",
    Severity.INFO,
    "a number is not a multiple of its widget's step",
    """In the editor a widget takes only whole steps from its minimum; the server does not check this.
    Many nodes round such a number down, for instance sizes to multiples of 8 or 16.""",
)
NODE_REPLACED = _rule(
    "P344",
    "node-replaced",
    Severity.INFO,
    "the server replaces this node with a newer one",
    """The class no longer exists, and the server knows which node replaces it and how its inputs are
    called there. It validates and runs the new node.""",
    fix="makes the node what the server makes of it, if the server keeps its inputs",
)
CUSTOM_VALIDATION = _rule(
    "P345",
    "custom-validation",
    Severity.INFO,
    "the node has validation code that only the server can run",
    """Whether the server accepts the inputs of this node depends on the node's own code, for instance on
    files on the server's disk. comfyc checks everything else, and assumes that this code passes.""",
)
SURPRISING_CONVERSION = _rule(
    "P346",
    "surprising-conversion",
    Severity.WARNING,
    "the server converts the value to something unexpected",
    """Values are converted as Python does it: for a BOOLEAN every text but the empty one is true,
    including "false" and "0"; for an INT the fraction is cut off; for a STRING null becomes the text
    "None". Write the intended value.""",
)
IGNORED_INPUT = _rule(
    "P347",
    "ignored-input",
    Severity.INFO,
    "the node does not declare this input, and the server ignores its value",
    """The class declares no input of this name. It may be misspelt, or belong to another option of a
    dynamic combo or to another version of the node. Some editor-only values are saved like this and do no
    harm.""",
    fix="removes the input from a prompt, unless the name looks misspelt or only a bundled pack says so",
)
UNCHECKED_LINK = _rule(
    "P348",
    "unchecked-link",
    Severity.WARNING,
    "a wrapped list runs as a link that is not validated",
    """The server unwraps `{"__value__": ["id", 0]}` and then runs it as a link, without checking its type
    or the node that it leads to. Write links without the wrapper.""",
)

PATH_OUTSIDE = _rule(
    "P350",
    "path-outside",
    Severity.ERROR,
    "a file name leads outside the server's folder, and the server refuses it",
    """With `..` in it, the name of a file to save or to read leads outside the output or input folder.
    The server saves nothing outside its output folder: the node fails when it runs, after all the work
    before it. An input file outside the input folder does not exist for the server: it refuses the
    prompt. Use a path below the folder; subfolders of the output folder are created when files are saved.""",
)
PATH_DOUBTFUL = _rule(
    "P351",
    "path-doubtful",
    Severity.WARNING,
    "a file name is an absolute or a Windows path",
    """The server accepts an absolute path only if it is inside its own output or input folder, which only
    the server knows. A path with a drive or backslashes is a path only on a server that runs on Windows;
    any other server takes it for a plain name with odd characters. Use a path below the folder with
    forward slashes: `sub/name`.""",
)
EXPRESSION_BROKEN = _rule(
    "P352",
    "expression-broken",
    Severity.ERROR,
    "an expression cannot be evaluated, so the node fails when it runs",
    """The server accepts any text as an expression or a regular expression; the node parses it when it
    runs. The syntax is Python's. ComfyMathExpression knows its linked values by their letters, all of
    them as `values`, and the functions `sum min max abs round pow sqrt ceil floor log log2 log10 sin cos
    tan int float`; lists, lambdas and other names are not available. Problems that depend on the values
    (a division by zero) are not checked, nor are branches that may not be evaluated.""",
)
NOT_AN_OUTPUT = _rule(
    "P360",
    "not-an-output",
    Severity.ERROR,
    "`--only` names no output node, or several",
    """`--only NODE` runs and saves what some outputs need and nothing else. NODE is the id, the title or the
    class of an output node, as `--set` names nodes; a subgraph node stands for the output nodes inside it.
    Muted and bypassed nodes are not in the prompt. Where several output nodes have the same title or class
    nothing is guessed: name them by their ids, with a `--only` for each.""",
)
FILE_RESPELLED = _rule(
    "P361",
    "file-respelled",
    Severity.INFO,
    "the server lists a file under another spelling of its path, and `run` uses that",
    """A server lists the files of its model folders with the separator of its own system, `\\` or `/`, and
    takes no other spelling; on most systems capitals count. Where it has the same path in another spelling,
    once, `comfyc run` and `comfyc plan` use that, in the prompt and in the workflow that is embedded, for
    each server its own. The file itself stays as it is: `comfyc set` writes the value into it.""",
)
FILE_ELSEWHERE = _rule(
    "P362",
    "file-elsewhere",
    Severity.WARNING,
    "the server has a file of this name in one other folder only, and `run` uses that",
    """The path is not on the server's list, but exactly one file there has the same name, in another
    subfolder. It is most likely the same model, sorted otherwise, so `comfyc run` and `comfyc plan` use it.
    Nothing is guessed for names that many models have, such as `diffusion_pytorch_model.safetensors`, nor
    where several files fit. `--strict` refuses the guess.""",
)
# --- S4xx: server --------------------------------------------------------------------------------

PROMPT_REJECTED = _rule(
    "S401",
    "prompt-rejected",
    Severity.ERROR,
    "the server refused the prompt",
    """The server answered HTTP 400 and gave a reason for the prompt as a whole. Its errors about single
    nodes are reported separately. `comfyc validate` finds nearly all of them before anything is sent;
    pass it the server's own catalogue (`--object-info URL`) to be sure.""",
)
NODE_REJECTED = _rule(
    "S402",
    "node-rejected",
    Severity.ERROR,
    "the server refused this node",
    """The message is the server's own. Nothing ran, because every output depends on a refused node.
    Correct the value or the link, or install on the server what the node needs (a model file, a custom
    node).""",
)
OUTPUT_REJECTED = _rule(
    "S403",
    "output-rejected",
    Severity.ERROR,
    "the server skipped the outputs that depend on this node",
    """The server accepted the prompt and ran what it could (partial validation): the other outputs were
    made and saved. The browser shows this as a red frame and continues; so does `--allow-partial`.""",
)
OUTPUT_LEFT_OUT = _rule(
    "S404",
    "output-left-out",
    Severity.WARNING,
    "the server skipped the outputs that depend on this node, as allowed",
    """The same as S403, with `--allow-partial`.""",
)
NODE_FAILED = _rule(
    "S405",
    "node-failed",
    Severity.ERROR,
    "the node raised an exception on the server",
    """The exception and the last lines of the traceback come from the server; its log has all of it.
    Outputs that were made before are saved. If the server ran out of memory, use smaller images, a
    smaller batch or a smaller model.""",
)
NODE_BLOCKED = _rule(
    "S406",
    "node-blocked",
    Severity.WARNING,
    "the node blocked its output, so the nodes that depend on it did not run",
    """A node may block its output (ExecutionBlocker). The prompt continues without what depends on it and
    counts as a success on the server.""",
)
RUN_INTERRUPTED = _rule(
    "S407",
    "run-interrupted",
    Severity.ERROR,
    "the run was interrupted",
    """It was stopped by Ctrl-C, by `comfyc interrupt`, or by the button in a browser. Outputs that were
    made before are saved. ComfyUI checks for an interrupt between two nodes and at each step of a node: a
    node without steps (because it loads a model, or waits for a service) runs to its end. comfyc does not
    wait for that, but reports it; only a restart of the server stops such a node sooner.""",
)
RUN_LOST = _rule(
    "S408",
    "run-lost",
    Severity.ERROR,
    "the server no longer knows the prompt",
    """The prompt is neither in the server's queue nor in its history, both of which exist in memory only.
    comfyc does not resubmit a prompt that somebody deleted from the queue. A prompt that was lost because
    the server was restarted will not run there any more, but it may have run before, so `comfyc run` does
    not send it again by itself: run the command again, or pass `--at-least-once`, which resends it up to
    two times (S421) and gives up after the third restart, because the prompt itself may be what crashes
    the server.""",
)
SERVER_GONE = _rule(
    "S409",
    "server-gone",
    Severity.ERROR,
    "the server did not come back while the prompt was running or queued",
    """The server did not answer for longer than comfyc waits. The prompt may still be running there:
    `comfyc wait PROMPT_ID` resumes waiting once the server can be reached.""",
)
RUN_TIMED_OUT = _rule(
    "S410",
    "run-timed-out",
    Severity.ERROR,
    "the run took longer than allowed",
    """`--timeout` limits the whole run, from submission to the end, including the time in the queue. The
    prompt was cancelled on the server, unless the message says that a node does not respond to that
    (S407).""",
)
RUN_SILENT = _rule(
    "S411",
    "run-silent",
    Severity.ERROR,
    "the server sent nothing about the running prompt for too long",
    """`--idle` (or `--idle-timeout`) limits the silence while a prompt runs; time in the queue does not
    count. A node that loads a large model, or waits for an external service, may be silent for minutes: raise
    the limit if the server's log shows that it is working.""",
)
DEAD_WORKER = _rule(
    "S412",
    "dead-worker",
    Severity.ERROR,
    "the server's worker thread has died",
    """The prompt counts as running, but no node is at work and nothing more will come: some prompts kill
    the server's only worker thread (a link to a node that does not exist, a node without `inputs`). After
    that the server accepts prompts and never runs one. Only a restart of the server helps; `comfyc
    validate` recognises the prompts that cause this.""",
)
OUTPUT_NOT_SAVED = _rule(
    "S413",
    "output-not-saved",
    Severity.ERROR,
    "an output could not be downloaded or written",
    """The prompt ran and the file is on the server (folder `output`, or `temp` until it restarts), but
    could not be saved here. No partial file was left behind. An unreachable server is waited for as long
    as while a prompt runs; `comfyc wait PROMPT_ID` downloads everything again.""",
)
FILE_RENAMED = _rule(
    "S414",
    "file-renamed",
    Severity.INFO,
    "an output was saved under another name than the server's",
    """Either a file of that name existed already (pass `--overwrite` to replace it), or the server's name
    would have led outside the folder or is not valid on every file system.""",
)
ALL_CACHED = _rule(
    "S415",
    "all-cached",
    Severity.INFO,
    "nothing was run because everything was in the server's cache",
    """The server keeps the results of the previous prompt. An identical prompt makes no new file; the
    files shown are those of the earlier run. Change the seed (`--seed random`) to get new ones.""",
)
SERVER_SET_ASIDE = _rule(
    "S416",
    "server-set-aside",
    Severity.WARNING,
    "a server failed, and its prompts were moved to another one",
    """Only prompts that did not fail themselves are moved. The server is tried again after a while. A
    prompt that it accepted before it stopped answering may still run there: the finding names it, and
    `comfyc cancel PROMPT_ID` cancels it once the server is back.""",
)
NOTHING_SAVED = _rule(
    "S417",
    "nothing-saved",
    Severity.WARNING,
    "the run succeeded, but there is nothing to save or to print",
    """No output node reported a file or a text to the server. The message says why, as far as that can be
    known: the output nodes were in the server's cache and did not run again (`--seed random` makes them
    run), their output can only be shown in a browser, their files are in the server's folder `input`, or
    they reported nothing at all, like nodes that write files on the server themselves. `--strict` makes
    this a failure.""",
)
PICTURE_MISSED = _rule(
    "S418",
    "picture-missed",
    Severity.ERROR,
    "images that a node sent over the WebSocket did not arrive",
    """SaveImageWebsocket and similar nodes save nothing: they send their images over the live connection,
    once, and the server keeps none. comfyc saves what arrives; what is sent while the connection is down,
    or before `comfyc wait` listens, is lost. Run it again, or use SaveImage, whose files stay on the
    server.""",
)
BATCH_UNFINISHED = _rule(
    "S419",
    "batch-unfinished",
    Severity.ERROR,
    "the server announced another batch, but it was not found",
    """A Meta Batch Manager makes a long video in parts: the server itself queues the prompt again for
    each part, under a new id, and the file is complete after the last one. comfyc follows from part to
    part. The next part was neither in the queue nor in the history: somebody removed it, or the server
    was restarted. What the first parts made is incomplete.""",
)
WAITS_FOR_SOMEBODY = _rule(
    "S441",
    "waits-for-somebody",
    Severity.WARNING,
    "a node waits until somebody answers it in the browser",
    """Nodes that let somebody choose images, edit a text or press a button stop the run until an answer comes
    from a browser that has the server open. `comfyc run` says so before anything is sent; with `--strict` it
    sends nothing. It gives up on such a node after a minute without an answer, or after as long as `--idle`
    says (S442). Some of these nodes go on by themselves after a time, which the message names: these have
    that time.""",
)
RUN_UNANSWERED = _rule(
    "S442",
    "run-unanswered",
    Severity.ERROR,
    "a node waited for an answer from the browser, and none came",
    """The node stops the run until somebody answers it in a browser (S441), and nobody did. `--idle` says how
    long comfyc waits. Some of these nodes do not respond to interrupts either: then the message says that the
    server is still running them, and it runs nothing else until they are answered or it is restarted.""",
)
PICTURE_CACHED = _rule(
    "S443",
    "picture-cached",
    Severity.WARNING,
    "a node that sends its images did not run again, so it sent none",
    """Nodes that send their images over the WebSocket send them while they run, and the server keeps none.
    Such a node was in the server's cache, because nothing that it depends on has changed since the last run,
    so its images did not come again. The other outputs of the run are saved. Change the seed (`--seed
    random`), or use SaveImage, whose files are found again.""",
)
OUTPUTS_LEFT_OUT = _rule(
    "S440",
    "outputs-left-out",
    Severity.ERROR,
    "a prompt has more outputs than comfyc saves",
    """comfyc saves the first 10,000 outputs of a prompt, in the order of its nodes. The server reports
    more. They stay in its folder; `--limit outputs=NUMBER` raises the limit.""",
)
SERVER_LACKS = _rule(
    "S420",
    "server-lacks",
    Severity.WARNING,
    "one of the servers cannot run the workflow",
    """The server lacks node types or models (values of a list of files) that the workflow uses, according
    to its `/object_info` or because it refused the prompt. Runs of that workflow go to the other servers
    only. If no server can run it, these findings are errors and nothing is sent.""",
)
MADE_AGAIN = _rule(
    "S421",
    "made-again",
    Severity.WARNING,
    "the prompt was sent again, as `--at-least-once` allows",
    """The queue and the history of a server are kept in memory: after a restart a prompt is gone, and it
    is unknown whether it had run. The same applies if its server cannot be reached, or never showed it.
    `--at-least-once` sends such a prompt again, so it may run twice. What the lost attempt saved stays in
    the server's folder `output` and is not downloaded, so that the files here belong to one run.""",
)
RUN_UNKNOWN = _rule(
    "S430",
    "run-unknown",
    Severity.ERROR,
    "it is unknown whether the server has the prompt",
    """The prompt was sent and the answer was lost: the connection broke, or something in front of the
    server (a gateway, a proxy) answered instead. comfyc then asks the server for the prompt for a minute,
    and longer if the server is unreachable. If the prompt does not appear, it may never have arrived, or
    it may arrive later: a gateway can hold a request back for long. It is not sent again, because the
    server might run it twice. `comfyc wait PROMPT_ID` finds out later; `comfyc run --at-least-once` sends
    it again by itself, and may make it run twice.""",
)
ASSERTION_FAILED = _rule(
    "S460",
    "assertion-failed",
    Severity.ERROR,
    "the outputs of a run are not as `--assert` says",
    """The prompt ran and its outputs were saved; the message says which of them is not as expected, and what
    it is instead. An assertion about single outputs (`width == 1024`) must hold of each that has the
    property, and there must be one. docs/assertions.md explains the language.""",
)
ASSERTION_UNJUDGED = _rule(
    "S461",
    "assertion-unjudged",
    Severity.ERROR,
    "it cannot be found out whether the outputs of a run are as expected",
    """A file is damaged or cannot be decoded, or its header does not say what is asked: a WebM video that was
    written as a stream, for instance, has no duration. What is not known does not count as met.""",
)
GOLDEN_MISSING = _rule(
    "S462",
    "golden-missing",
    Severity.ERROR,
    "there is no kept picture to compare an output with",
    """`--golden FOLDER` compares each picture with `NAME.NODE.png` in the folder, and NODE-2 for the second
    picture of a node. NAME is that of the workflow file or of the row of a study. Look at the new picture,
    and keep it with `--update-golden` if it is right.""",
)
GOLDEN_DIFFERS = _rule(
    "S463",
    "golden-differs",
    Severity.ERROR,
    "a picture differs from the one that was kept",
    """The message names both files and says how they differ: in their pixels (metadata does not count), or,
    with `--golden-distance N`, in more than N of the 64 bits of their perceptual hashes. Another seed makes
    another picture, and another GPU or version of PyTorch may make one that only looks the same: for these
    there is the distance. `--update-golden` keeps the new picture instead.""",
)
GOLDEN_NOT_MADE = _rule(
    "S464",
    "golden-not-made",
    Severity.ERROR,
    "a picture was kept of this run that it did not make again",
    """The folder of `--golden` holds more pictures of this name than the run made: a node did not put out
    any, or fewer than before. If that is right, delete the kept picture; comfyc deletes none.""",
)
GOLDEN_KEPT = _rule(
    "S465",
    "golden-kept",
    Severity.INFO,
    "a picture was kept for later runs to be compared with",
    """`--update-golden` has written the picture into the folder of `--golden`, in place of an earlier one.
    Nothing is kept of a run that failed, or for which an assertion does not hold.""",
)
GOLDEN_NOT_KEPT = _rule(
    "S466",
    "golden-not-kept",
    Severity.ERROR,
    "the pictures of a run could not be written into the folder of kept pictures",
    """`--update-golden` writes all pictures of a run, or none of them: the message says what went wrong. They
    are in the folder of `--out-dir`.""",
)

# --- C5xx: catalogues from source ----------------------------------------------------------------

SCAN_FILE = _rule(
    "C501",
    "unreadable-source",
    Severity.WARNING,
    "a file of a node pack cannot be read",
    """`comfyc catalog scan` reads the Python files of a pack and interprets what defines its nodes. This
    file has a syntax error (for the Python that comfyc runs on), is too large, or takes too many steps.
    The nodes that depend on it are missing from the catalogue, or incomplete.""",
)
SCAN_CLASS = _rule(
    "C502",
    "class-without-entry",
    Severity.WARNING,
    "no entry can be made of a node class",
    """The pack registers this class, but the source does not tell its inputs: they are computed when the
    server starts, come from a library, or are written in a way that the scan does not follow. A catalogue
    that was saved from a server has the node: `comfyc catalog save`.""",
)
SCAN_GUESSED = _rule(
    "C503",
    "registration-not-understood",
    Severity.INFO,
    "a pack registers nodes in a way that is not understood",
    """ComfyUI takes the nodes from `NODE_CLASS_MAPPINGS` of the pack's `__init__.py`, or from its
    `comfy_entrypoint`. Here that is filled in a way that the scan does not follow completely. The mappings
    of the pack's other modules were taken as well, so that some nodes may be missing, or may not exist.""",
)
SCAN_CUT = _rule(
    "C504",
    "pack-too-large",
    Severity.WARNING,
    "a pack has more files than a scan looks at",
    """A scan looks at 30,000 files of a pack, in folders up to 16 levels deep. What lies beyond does not
    exist for it, so that nodes may be missing from the catalogue.""",
)

# --- I6xx: what can be set, and what was set ------------------------------------------------------

SETTING_NOT_UNDERSTOOD = _rule(
    "I601",
    "setting-not-understood",
    Severity.ERROR,
    "a value is to be set in a form that is not understood",
    """A value is set as NODE.INPUT=VALUE, as in `--set 6.text="a fox"`. NODE is the id, the title or the
    class of a node, for a subgraph node the name of its definition; INPUT is the name of an input or the
    label that the editor shows. `comfyc inputs` lists what a file has.""",
)
NO_SUCH_NODE = _rule(
    "I602",
    "no-such-node",
    Severity.ERROR,
    "a value is to be set at a node that is not in the prompt",
    """No node has this id, title or class. Nodes that are muted or bypassed are not in the prompt and cannot
    be set; nodes inside a subgraph have the id of the subgraph node in front of theirs, as in 12:3.""",
)
NO_SUCH_INPUT = _rule(
    "I603",
    "no-such-input",
    Severity.ERROR,
    "a value is to be set for an input that the node does not have",
    """The node has neither an input of this name nor one with this label. The hint lists those that it has,
    or those that look alike.""",
)
SETTING_AMBIGUOUS = _rule(
    "I604",
    "setting-ambiguous",
    Severity.ERROR,
    "a value is to be set at a node whose name several nodes have",
    """Several nodes have this title or class, and nothing is guessed. Name the node by its id, or pass
    `--set-all` if the value is meant for all of them.""",
)
SETTING_LINKED = _rule(
    "I605",
    "setting-linked",
    Severity.ERROR,
    "a value is to be set for an input that takes its value from a link",
    """The input is linked, so that the value of another node counts and not one of its own. Set the value at
    that node, or pass `--unlink`, which cuts the link.""",
)
SETTING_WRONG_TYPE = _rule(
    "I606",
    "setting-wrong-type",
    Severity.ERROR,
    "a value is to be set that is not of the type of the input",
    """The input takes a number, true or false, or a seed, and the value is no such thing. A seed may be the
    word random.""",
)
SETTING_OFF_STEP = _rule(
    "I607",
    "setting-off-step",
    Severity.ERROR,
    "a number is set that is not a multiple of the step of its input",
    """The editor rounds such a number when it is typed, so that it cannot come from there. The server accepts
    it, but nodes with a step, such as a width in steps of 8, often fail with a number in between. Use one of
    the numbers in the hint, or pass `--force`.""",
)
SEED_OUT_OF_RANGE = _rule(
    "I608",
    "seed-out-of-range",
    Severity.ERROR,
    "a seed is to be set that the input does not take",
    """The seed is smaller than the smallest or larger than the largest value of the input.""",
)
SETTING_IDLE = _rule(
    "I609",
    "setting-idle",
    Severity.WARNING,
    "a value is set that no node of the prompt takes",
    """The subgraph node holds the value, but the inner nodes that it is meant for are not in the prompt,
    because they are muted, bypassed or not linked to an output. Or only some outputs run, those that `--only`
    chooses or an app declares, and they do not need the node.""",
)
SETTING_OVERRIDDEN = _rule(
    "I610",
    "setting-overridden",
    Severity.INFO,
    "a value is set at an inner node instead of the subgraph node that holds it",
    """The subgraph node or PrimitiveNode holds the value of this input, and the editor shows it there. The
    value is set at the inner node alone, so that the two differ; set the value at the holder to change what
    the editor shows.""",
)
SETTING_SHARED = _rule(
    "I611",
    "setting-shared",
    Severity.ERROR,
    "a value is to be set that changes several copies of a node",
    """The value decides which inputs a node has. The node is in a subgraph that is used more than once, and
    all copies have the same inputs, so that it cannot be set for one of them.""",
)
SETTING_FILE_UNREADABLE = _rule(
    "I612",
    "setting-file-unreadable",
    Severity.ERROR,
    "a value is to be read from a file that cannot be read",
    """`@NAME` reads the value from a file, or uploads the file for an input that takes one. There is no such
    file, or it is not a text in UTF-8. For a text that begins with @, write @@.""",
)
SETTING_NOT_FETCHED = _rule(
    "I690",
    "setting-not-fetched",
    Severity.ERROR,
    "the value of an input is a file of the web, and downloads are not allowed",
    """An input that takes files may be given an address (`https://...`), whose file comfyc fetches and
    uploads when the turn of the run comes. It asks no server that a job file or a table names unless you pass
    `--allow-download`; only `comfyc run` and `comfyc plan` have this flag. Or download the file yourself and
    pass its path, `@FILE`.""",
)
SETTING_ADDRESS_UNUSABLE = _rule(
    "I691",
    "setting-address-unusable",
    Severity.ERROR,
    "the value of an input is an address that comfyc does not fetch",
    """Files are fetched from addresses that begin with `https://`; `http://` is for servers in a private
    network, with `--allow-private-downloads`. comfyc sends no credentials, so that an address with a user
    name is refused. See docs/security.md.""",
)
SETTING_UNSAVED = _rule(
    "I660",
    "setting-unsaved",
    Severity.ERROR,
    "a value is to be written into a workflow that has no room for it",
    """A workflow holds the values of widgets. An input that only takes links has none, some widgets are not
    saved, and a link that the script of a pack makes is not in the file. `comfyc convert --set` sets such a
    value in the prompt.""",
)
SETTING_CHANGES_OTHERS = _rule(
    "I661",
    "setting-changes-others",
    Severity.ERROR,
    "a value cannot be written into the workflow without changing other inputs",
    """In a workflow the nodes of a subgraph are saved once, however often it is used, and a subgraph node or
    PrimitiveNode may feed several inputs with one value. `12:3.text` means one input of the prompt, so that
    nothing is written that changes another. Set the value at the node that holds it, give the subgraph an
    input for it in the editor, or use `comfyc convert --set`, which changes the prompt alone.""",
)
SETTING_SAVED_OTHERWISE = _rule(
    "I662",
    "setting-saved-otherwise",
    Severity.ERROR,
    "a value would become another one in the workflow",
    """The editor changes some values when it opens a workflow: it rounds and limits the numbers of
    PrimitiveNodes and replaces null in a combo. The changed workflow would not give the prompt that
    `comfyc convert --set` gives with the same value, so that nothing is written.""",
)
SETTING_IN_PARAMETERS = _rule(
    "I663",
    "setting-in-parameters",
    Severity.ERROR,
    "a value is to be written into a file that has the settings of another program",
    """The file carries the parameters that AUTOMATIC1111 or a relative writes, and no workflow. `comfyc
    convert --to workflow` makes a workflow of them, in which values can be set.""",
)
TABLE_NOT_READ = _rule(
    "I670",
    "table-not-read",
    Severity.ERROR,
    "a table of a study is not the CSV, JSONL, TOML or JSON that its name promises",
    """A table of `--table` is UTF-8: CSV with commas, semicolons or tabs (`.csv`), TSV (`.tsv`), an object a
    line (`.jsonl`), an array of tables `[[row]]` (`.toml`) or a list of objects (`.json`). The text has a
    fault at the position shown. In CSV a cell with a separator, a quote or a line end in it is put in
    quotes, and the quotes in it are doubled.""",
)
TABLE_EMPTY = _rule(
    "I671",
    "table-empty",
    Severity.ERROR,
    "a table of a study has no rows",
    """There is nothing to run. The first row of CSV and TSV names the columns and is no run.""",
)
ROW_LENGTH = _rule(
    "I672",
    "row-length",
    Severity.ERROR,
    "a row of a table has more or fewer cells than the header",
    """Which value belongs to which column is not certain. Most often a comma in a text is not in quotes:
    `"a fox, red",20`. A cell that is to keep the file's value is empty, and its separator stays.""",
)
ROW_EMPTY = _rule(
    "I673",
    "row-empty",
    Severity.WARNING,
    "a row of a table has no values, and is left out",
    """All cells of the row are empty. Spreadsheets write such rows below a table. To run the file with its
    own values, give one of them in the row.""",
)
ROW_REPEATED = _rule(
    "I674",
    "row-repeated",
    Severity.WARNING,
    "a row of a table is the same as an earlier one",
    """Both rows run. If the seeds are the same too, the server has the result of the second one already, and
    makes the same picture. Rows in which a seed is `random` are not compared.""",
)
COLUMN_UNKNOWN = _rule(
    "I675",
    "column-unknown",
    Severity.ERROR,
    "a parameter of a study names no input",
    """A column of a table, or the name before `=` in `--grid`, `--zip` and `--each`, is an input as `--set`
    names it (`57.text`, `"Positive Prompt.text"`), an input of an app, or the bare name of an input that only
    one node has. Begin the name with `#` for a column that is only carried along, such as notes.""",
)
COLUMN_AMBIGUOUS = _rule(
    "I676",
    "column-ambiguous",
    Severity.ERROR,
    "a parameter of a study is the name of inputs of several nodes",
    """Put the id, the title or the class of the node in front: `57.text`. With `--set-all` all of the inputs
    get the value.""",
)
COLUMN_REPEATED = _rule(
    "I677",
    "column-repeated",
    Severity.ERROR,
    "two parameters of a study set the same input",
    """Both would set it in each row. They may name it in different ways, as `57.text` and
    `Positive Prompt.text`, and one may be a column and the other a `--grid`.""",
)

# --- I62x: apps ----------------------------------------------------------------------------------

APP_MALFORMED = _rule(
    "I620",
    "app-malformed",
    Severity.WARNING,
    "a declaration of an app does not have the form that the editor reads",
    """`extra.linearData` declares the inputs and outputs that the editor shows in App mode:
    `{"inputs": [[ID, NAME, {"description": TEXT}], ...], "outputs": [ID, ...]}`, where ID is a node's id or
    `GRAPH:NODE:NAME`, and the object may be missing. The editor ignores some entries of another form; others
    (an object or null in the place of a list) keep it from opening the file. comfyc ignores them all. Choose
    inputs and outputs anew in the app builder of the editor.""",
)
APP_INPUT_NODE_MISSING = _rule(
    "I621",
    "app-input-node-missing",
    Severity.WARNING,
    "an input of an app belongs to a node that is not there",
    """The editor drops such an input without a word when it opens the file: the node was deleted, or its id
    has changed since the input was chosen. The ids are those of nodes of the main graph.""",
)
APP_INPUT_WIDGET_MISSING = _rule(
    "I622",
    "app-input-widget-missing",
    Severity.WARNING,
    "an input of an app names a widget that its node does not have",
    """The node is there, but not the widget: the node type has another one now, or an option that brings
    the widget is not chosen. The app does not show the input; the app builder lists it as not visible.""",
)
APP_INPUT_AMBIGUOUS = _rule(
    "I623",
    "app-input-ambiguous",
    Severity.WARNING,
    "an input of an app could be that of several subgraph nodes",
    """Older files name the node inside a subgraph whose widget is promoted. That is clear while one subgraph
    node promotes the widget; once there are several, the editor drops the input. Choose one of them in the
    app builder.""",
)
APP_INPUT_NOT_PROMOTED = _rule(
    "I624",
    "app-input-not-promoted",
    Severity.WARNING,
    "an input of an app is inside a subgraph and is not promoted",
    """An app shows the widgets of the nodes of the main graph. A widget inside a subgraph is shown if a
    subgraph node promotes it. None does, so that the editor drops the input.""",
)
APP_INPUT_LINKED = _rule(
    "I625",
    "app-input-linked",
    Severity.WARNING,
    "an input of an app is not shown because a link feeds it",
    """The value of a linked widget comes from the node at the other end, so that the app does not show it.
    Remove the link, or choose the input of the other node.""",
)
APP_INPUT_INACTIVE = _rule(
    "I626",
    "app-input-inactive",
    Severity.WARNING,
    "an input of an app is not shown because its node is muted or bypassed",
    """An app shows the inputs of active nodes only, as those of others have no effect. Make the node active,
    or remove the input in the app builder.""",
)
APP_OUTPUT_MISSING = _rule(
    "I627",
    "app-output-missing",
    Severity.WARNING,
    "an output of an app is a node that is not there",
    """The node was deleted, or its id has changed since the output was chosen. An output inside a subgraph
    needs the ids of the subgraph nodes around it, `HOST:NODE`, as the prompt has it. The app shows the
    results of the other outputs only.""",
)
APP_OUTPUT_SILENT = _rule(
    "I628",
    "app-output-silent",
    Severity.WARNING,
    "an output of an app is a node that has no results",
    """Results come from output nodes that run, such as SaveImage. This node is muted or bypassed, is of a
    type that saves and shows nothing, or is a subgraph node. The app shows the results of the other outputs
    only.""",
)
APP_WITHOUT_OUTPUTS = _rule(
    "I629",
    "app-without-outputs",
    Severity.WARNING,
    "a file opens as an app that cannot be run, as it declares no outputs",
    """`extra.linearMode` says that the editor opens the file in App mode. An app without outputs shows
    neither its inputs nor the Run button, but an invitation to build the app. `comfyc run` runs the workflow
    and saves all its outputs.""",
)

APP_INPUT_UNKNOWN = _rule(
    "I630",
    "no-such-app-input",
    Severity.ERROR,
    "a value is given for an input that the app does not have",
    """`--in NAME=VALUE` sets an input that the workflow declares for the editor's App mode, by the label that
    the editor shows or by the name of its widget. `comfyc run FILE --help` lists these inputs. A workflow
    that declares none takes values by `--set NODE.INPUT=VALUE`.""",
)
APP_INPUT_SEVERAL = _rule(
    "I631",
    "app-input-name-ambiguous",
    Severity.ERROR,
    "several inputs of the app have the name that is given",
    """Inputs of an app may share a label or a name. Put the id or the title of the node in front, as in
    `--in '3.image=@photo.png'`.""",
)
APP_INPUT_UNSENT = _rule(
    "I632",
    "app-input-not-sent",
    Severity.ERROR,
    "an input of the app cannot be set, because it is not part of the prompt",
    """An app may show widgets that belong to the editor alone, such as the one that says what becomes of a
    seed after a run, or the button that uploads a file. They have no value in the prompt. For seeds there is
    `--seed`; a file is uploaded by `--in image=@FILE`.""",
)

# --- I64x: job files -----------------------------------------------------------------------------

JOB_NOT_READ = _rule(
    "I640",
    "job-not-read",
    Severity.ERROR,
    "a job file is not the TOML, JSON or YAML that its name promises",
    """A job file is TOML (`.toml`), JSON (`.json`) or YAML (`.yaml`, `.yml`) in UTF-8. The text has a fault
    at the position shown. YAML is read as YAML 1.2, without tags: `yes` and `12:57` are texts. In TOML, a
    key with anything but letters, digits, `_` and `-` in it is put in quotes: `"12:57.text" = "a fox"`.""",
)
JOB_TOO_LARGE = _rule(
    "I641",
    "job-too-large",
    Severity.ERROR,
    "a job file is larger or deeper than comfyc reads",
    """A job file may have 1 MiB, 20,000 values (each alias of YAML counts with all that it repeats) and 32
    tables and lists in one another. Long texts belong into files of their own: `@prompt.txt`.""",
)
JOB_UNKNOWN_KEY = _rule(
    "I642",
    "job-unknown-key",
    Severity.ERROR,
    "a job file has a key that means nothing",
    """A job file has the keys `set`, `in`, `seed`, `count`, `random-seed`, `set-all` and `unlink`, which are
    named after the flags. Values for inputs are members of `set`, or of `in` for those that an app
    declares.""",
)
JOB_WRONG_VALUE = _rule(
    "I643",
    "job-wrong-value",
    Severity.ERROR,
    "a job file has a value of the wrong type",
    """An option has a value that its flag would not take, or an input has a value that JSON does not have: a
    date or a time of TOML, or a number that is not finite. `comfyc schema job` describes the form.""",
)
JOB_REPEATED = _rule(
    "I644",
    "job-key-repeated",
    Severity.ERROR,
    "a job file has a key twice",
    """Only one of the values could count. An input may also be named in two ways: as the key `"57.text"`, and
    as `text` in the table of node 57.""",
)

# --- M7xx: what a workflow needs -----------------------------------------------------------------

MODEL_UNUSED = _rule(
    "M701",
    "model-unused",
    Severity.WARNING,
    "a model is declared, but no node loads it",
    """`properties.models` of a node lists the models that it needs, with the addresses to download them
    from. No node of the prompt loads a file of this name: another one was chosen later, in the node or in
    a subgraph node that holds its value. Who downloads what the file declares gets a file for nothing, and
    lacks another one. Entries of muted and bypassed nodes are not reported.""",
)
MODEL_UNDECLARED = _rule(
    "M702",
    "model-undeclared",
    Severity.INFO,
    "a model is loaded, but the file does not say where to get it",
    """A node loads this model and no entry of `properties.models` has its name. Whoever gets the workflow
    has to find out where the file is from. The editor offers the download of declared models only.""",
)
MODEL_ADDRESS = _rule(
    "M703",
    "model-address",
    Severity.WARNING,
    "the address of a model is not one of http or https",
    """`url` of an entry in `properties.models` is where the file is downloaded from. An address of another
    kind, a path or a text without a host is never written into what `comfyc needs` prints for the shell.""",
)
MODEL_PATH = _rule(
    "M704",
    "model-path",
    Severity.WARNING,
    "the name or the directory of a model leads out of the model folder",
    """`name` and `directory` of an entry in `properties.models` say where the file is to be saved, below
    ComfyUI's folder `models`. A path from the root, one with `..`, and one with characters that a terminal
    obeys are never written into what `comfyc needs` prints for the shell.""",
)
MODEL_HASH = _rule(
    "M705",
    "model-hash",
    Severity.WARNING,
    "the hash of a model is not well-formed",
    """`hash` of an entry in `properties.models` is checked after a download. A SHA-256 hash has 64
    hexadecimal digits, and its `hash_type` is `SHA256`. A hash of another form can never be met.""",
)
MODEL_TWICE = _rule(
    "M706",
    "model-declared-twice",
    Severity.WARNING,
    "a model is declared with different addresses or hashes",
    """Several entries of `properties.models` are about one file of a model folder, and they do not agree
    on where it is downloaded from, or on its content. Only one of them can be right for all nodes.""",
)
MODEL_FOLDER = _rule(
    "M707",
    "model-folder",
    Severity.WARNING,
    "a model is declared for a folder from which its node does not load",
    """A loader lists the files of one model folder, and `directory` of the entry in `properties.models`
    names another. A file that is downloaded to where the entry says is not found by the node.""",
)
MODEL_MALFORMED = _rule(
    "M708",
    "model-malformed",
    Severity.WARNING,
    "an entry of the list of models is malformed",
    """An entry of `properties.models` is an object with `name`, `url` and `directory`, and perhaps `hash`
    and `hash_type`, all of them texts. The editor takes no notice of others.""",
)
MODEL_PAGE = _rule(
    "M709",
    "model-page",
    Severity.WARNING,
    "the address of a model leads to a page and not to the file",
    """A download from this address gets the page that shows the model, saved under the name of the model.
    The address of a download at Civitai has `/api/download/models/` in it, and the number of a version.
    Pages of Hugging Face (`/blob/`) are not reported: the file is at the same address with `/resolve/`.""",
)

# --- I65x: plans ----------------------------------------------------------------------------------

PLAN_NOT_READ = _rule(
    "I650",
    "plan-not-read",
    Severity.ERROR,
    "a file is not a plan that comfyc can run",
    """`comfyc plan FILE -o job.plan` writes a plan, and `comfyc run job.plan` runs it. This file has not the
    form of a plan, or that of a newer version of comfyc. `comfyc schema plan` describes the form.""",
)
PLAN_CHANGED = _rule(
    "I651",
    "plan-changed",
    Severity.ERROR,
    "a prompt in a plan is not the one that was planned",
    """A plan holds the very bodies that are sent, and a SHA-256 of each, so that what runs is what was shown.
    This one has been changed since. Make the plan again with the values that you want.""",
)
PLAN_FILE_CHANGED = _rule(
    "I652",
    "plan-file-changed",
    Severity.ERROR,
    "a file that a plan uploads is not the one that was planned",
    """A plan names the local files that are uploaded, with the SHA-256 of each. This one has another content
    now, or cannot be read. Make the plan again.""",
)

SPENDING_NOT_ALLOWED = _rule(
    "M750",
    "spending-not-allowed",
    Severity.ERROR,
    "a partner node would spend money, and nobody has allowed it",
    """Partner nodes (`api_node` in the server's catalogue) call paid services, which bill your Comfy account
    for each run. `comfyc run` asks at a terminal before it sends a workflow in which such a node would run,
    with an estimate for all runs of the call. Elsewhere (in a script, in CI, with `--progress json`) it sends
    such a workflow only with `--allow-spend`; no configuration and no variable of the environment says so.
    Nothing was sent or uploaded.""",
)

# --- D8xx: documents ------------------------------------------------------------------------------

UNSETTLED_MERGE = _rule(
    "D805",
    "unsettled-merge",
    Severity.ERROR,
    "a merge has left a conflict that nobody has settled",
    """Both branches have changed the same value, link or node, and `comfyc git merge` has kept what the one
    has that was merged into. The conflicts are listed in `extra.comfyc.conflicts` of a workflow, and in
    `_meta.comfyc.conflicts` of the node of a prompt, with the values of both branches and of what they were
    made of. The file opens and runs as usual. Set what is right in the editor or with `comfyc set`, and take
    the list out with `comfyc git resolve FILE --ours`, or take the other branch's values with `--theirs`.""",
)
COUNTER_BEHIND = _rule(
    "D830",
    "counter-behind",
    Severity.INFO,
    "a counter of ids is smaller than an id in the graph",
    """`last_node_id` and `last_link_id` (in version 1 and in subgraph definitions `lastNodeId` and
    `lastLinkId` of `state`) are the largest ids that were given. A program that adds a node or a link with
    the next number gives an id that there is already.""",
    fix="sets the counter to the largest id",
)
LINK_WITHOUT_TARGET = _rule(
    "D831",
    "link-without-target",
    Severity.INFO,
    "a link goes into a node that does not exist",
    """The node was deleted by a program that left the row in the link table. Nothing is connected by it.""",
    fix="removes the row, and what names it",
)
OUTPUT_LINKS_DIFFER = _rule(
    "D832",
    "output-links-differ",
    Severity.INFO,
    "the links that an output names are not those of the link table",
    """The link table decides what is connected. `links` of an output repeats the ids of the links that leave
    it, for programs that follow links forward; these see another workflow than the editor does.""",
    fix="lets the output name the links of the table",
)
