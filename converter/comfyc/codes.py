"""Every rule, in one table: code, name, severity, summary and the page that `comfyc explain` prints.

The letter and the hundred name the stage: W0xx reading, G1xx graph, N2xx nodes and widgets,
P3xx prompt, S4xx server. Codes are never reused.
"""

from __future__ import annotations

from dataclasses import replace

from comfyc.carriers import formats
from comfyc.diagnostics import Rule, Severity

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
    f"""comfyc reads JSON, and workflows inside {formats()} files. The content decides, not the name. An
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
    """Text is read up to 64 MiB, and so are the (decompressed) texts in a picture, video or sound file, all
    of them together. No workflow comes near; the file is damaged, hostile or something else. The message
    names the limit, and the flag that raises it.""",
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
MALFORMED = _rule(
    "W030",
    "malformed",
    Severity.ERROR,
    "a part of the workflow has the wrong type",
    """A member of the file is null, text or a number where the format has an object or a list, or a list
    is too short. The part is left out and the rest is read, but what it meant is lost, so the conversion
    counts as failed. The editor itself often cannot open such a file at all.""",
)

SCHEMA_VIOLATION = _rule(
    "W031",
    "schema-violation",
    Severity.ERROR,
    "a part of the document does not have the form that the format gives it",
    """comfyc holds every document against a JSON Schema (the files in `schemas/`): what is an object, a list,
    a text or a number, and how long lists are. Members that the schema does not name are always allowed.
    What is reported under this code is needed for the prompt and cannot be used as it is.""",
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
    "a member that the conversion can do without has the wrong form",
    """Places, sizes, colours, frames, counters and the like belong to the editor's canvas. The conversion
    does without them, but the editor may show the workflow wrongly, or fail to open it: a frame without
    `bounding` or a subgraph definition without `inputNode` stops it.""",
)
UNKNOWN_MODE = _rule(
    "W034",
    "unknown-mode",
    Severity.ERROR,
    "a node's mode is none that the editor knows",
    """`mode` is 0 for a node that runs, 2 for a muted and 4 for a bypassed one (1 and 3 are modes of
    litegraph, which run like 0). The editor runs a node with any other mode, also with the text "4", so that
    what was meant to be muted or bypassed is not.""",
)
UNKNOWN_VERSION = _rule(
    "W035",
    "unknown-version",
    Severity.WARNING,
    "the workflow's version is missing or none that the editor writes",
    """The editor writes version 0.4, with links as lists, and 1, with links as objects. It takes every
    version but 0.4, and a missing one, for 1: links that are lists are then not read, and all nodes end up
    unlinked.""",
)
UNREAD_LINK_ROWS = _rule(
    "W036",
    "unread-link-rows",
    Severity.WARNING,
    "a link table has rows that the editor does not read",
    """Editors of 2023 left empty rows (null) and rows in the other version's form in some files, and skipped
    them when they opened these. The editor of today cannot open a file with an empty row, and drops the
    links in rows of the other form, which comfyc reads. Remove the empty rows, and correct `version`.""",
)
BROKEN_LINK_ROW = _rule(
    "W037",
    "broken-link-row",
    Severity.WARNING,
    "a row of a link table cannot be read",
    """A link is a row of six, [link id, origin node, origin slot, target node, target slot, type], in version
    0.4 (old files leave the type out), and an object with `id`, `origin_id`, `origin_slot`, `target_id` and
    `target_slot` in version 1 and in subgraph definitions. Ids and slots are numbers, or text. Like the
    editor, comfyc leaves a row out that is nothing of the kind, and reads the rest. Where an input names
    the link of such a row, G105 tells so.""",
)
MORE_VIOLATIONS = _rule(
    "W038",
    "more-violations",
    Severity.INFO,
    "the document violates its schema in more places than are shown",
    """After the first hundred the search ends. So many usually have one cause: a tool that writes another
    format, or a file of another kind.""",
)
INCOMPLETE_PROMPT_NODE = _rule(
    "W039",
    "incomplete-prompt-node",
    Severity.WARNING,
    "a node of a prompt has no `class_type` or no `inputs`",
    """The editor leaves out `class_type` when it exports a node whose class it does not know. The server
    refuses such a prompt, and a node without `inputs` can end its worker; the rules on prompts (P301, P332)
    say what happens to this one.""",
)
WRAPPED = _rule(
    "W045",
    "wrapped",
    Severity.INFO,
    "the workflow or prompt was found inside another document",
    """A request (the body of `POST /prompt`, the `input` of RunPod and its like), an entry of `/history` or
    `/queue`, and what `app.graphToPrompt` returns hold a workflow or a prompt a few levels down, some as JSON
    text in a string. The one that is there is read. Of a workflow and the prompt made of it the workflow is
    taken. Places are those in the whole file.""",
)
SEVERAL_DOCUMENTS = _rule(
    "W046",
    "several-documents",
    Severity.ERROR,
    "the file holds several workflows or prompts",
    """A history, a list of prompts or a file of JSON Lines does not say which of them is meant. Take the one
    that is out, for instance with `jq`, and pass that.""",
)

TOO_MANY_VALUES = _rule(
    "W060",
    "too-many-values",
    Severity.ERROR,
    "the JSON has more values than any workflow",
    """A JSON text is parsed only if it has at most 2,000,000 values, because they may take a hundred times
    the memory of their text; that goes for JSON in a string of the document, too. The largest workflows that
    people share have some 100,000. If the file is sound, raise the limit with the flag that the message
    names.""",
)

EDITOR_CANNOT_OPEN = _rule(
    "W050",
    "editor-cannot-open",
    Severity.WARNING,
    "the editor cannot open this file",
    """The editor fails on a member of this file that comfyc can do without. It then shows no workflow, or one
    whose nodes have lost their values and links from there on. The conversion is what it would be without
    that member.""",
)
PART_LEFT_OUT = _rule(
    "W051",
    "part-left-out",
    Severity.WARNING,
    "a part of the workflow cannot be read and is left out",
    """An input of a node has no name, or is no object. The inputs of a node come from its type, so that the
    conversion can do without such an entry, as the editor can; but a link that only this entry names may be
    missing.""",
)

# --- G1xx: graph ---------------------------------------------------------------------------------

LINKS_UNREAD = _rule(
    "G101",
    "links-unread",
    Severity.WARNING,
    "links are not in the form that the file's version says",
    """The editor reads links as arrays in files of version 0.4 and as objects in all others, also where the
    version is missing, and drops rows of the other form: all their nodes end up unlinked. comfyc reads both
    forms, whatever the version; `--browser-exact` drops what the editor drops. Correct `version` in the
    file, or the editor will open it without these links.""",
)
DUPLICATE_ID = _rule(
    "G102",
    "duplicate-id",
    Severity.WARNING,
    "two nodes, links or definitions have the same id",
    """Ids must be unique in one graph. Of two links or definitions, or two nodes of a subgraph, the editor
    keeps the first; a second node of the main graph gets a new id and loses its links. Usually two files
    were merged by hand or by a script.""",
)
COMPETING_LINKS = _rule(
    "G103",
    "competing-links",
    Severity.WARNING,
    "two links go into the same input",
    """An input takes one link. The editor keeps the first row of the link table, unless only the other is
    referenced by the node itself.""",
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
    """The link table decides what is connected. An input that names a link which is missing there, or which
    goes to another node, is unlinked, as in the editor.""",
)
LINK_ONLY_IN_TABLE = _rule(
    "G106",
    "link-only-in-table",
    Severity.WARNING,
    "a link stands in the link table, but no input names it",
    """The editor connects it to the input slot that its row gives. Slots count the node's inputs as the
    editor lays them out, which can differ from the file's order, so check that it is the intended one.""",
)
LINK_LOST = _rule(
    "G107",
    "link-lost",
    Severity.WARNING,
    "a link goes into an input that the node does not have",
    """The node type has changed since the workflow was saved, an option was chosen that lacks the input, or
    the file was edited. The link is dropped, as in the editor.""",
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
    "reroutes or bypassed nodes lead in a circle",
    """Following a link through bypassed nodes, reroutes and subgraphs comes back to where it began, so that
    there is no node at its end. The editor refuses to export the workflow; comfyc leaves the input
    unlinked.""",
)
RECURSIVE_SUBGRAPH = _rule(
    "G110",
    "recursive-subgraph",
    Severity.ERROR,
    "a subgraph contains itself",
    """A subgraph definition has a node of its own type, directly or through others. It has no finite
    expansion; the inner node is left out.""",
)
EXPANSION_TOO_LARGE = _rule(
    "G111",
    "expansion-too-large",
    Severity.ERROR,
    "the workflow grows to more than comfyc accepts",
    """Nested subgraphs multiply, and so do values that go into many nodes. Beyond 50,000 nodes or 64 MiB of
    text comfyc stops: no server could run it. The message names the limit, and the flag that raises it.""",
)
ORPHANED_NODES = _rule(
    "G112",
    "orphaned-nodes",
    Severity.WARNING,
    "a muted or bypassed subgraph inside a subgraph still exports its nodes",
    """The editor leaves out the inner nodes of a muted or bypassed subgraph only in the main graph. Inside
    another subgraph they stay in the prompt, and output nodes among them run. Where there are such output
    nodes, comfyc follows the author and leaves out what is in the subgraph; `--browser-exact` exports it as
    the editor does. Where there are none, nothing of it would run, and comfyc writes what the editor
    writes.""",
)
EDITOR_REFUSES = _rule(
    "G113",
    "editor-refuses",
    Severity.INFO,
    "the editor takes this link for a circle and refuses to export the workflow",
    """Two instances of one subgraph in a row, each with a reroute or bypass inside, look like a circle to
    the editor. It is none; comfyc resolves the link.""",
)
MISSING_ORIGIN = _rule(
    "G114",
    "missing-origin",
    Severity.WARNING,
    "a link comes from a node or output that does not exist",
    """The node was deleted or the file was edited. The editor refuses to export the workflow; comfyc leaves
    the input unlinked.""",
)
NODE_CYCLE = _rule(
    "G115",
    "node-cycle",
    Severity.WARNING,
    "nodes are linked in a circle",
    """Each of the nodes waits for another of them, so that none can run. The editor exports such a graph and
    the server refuses it.""",
)
INPUT_UNLINKED = _rule(
    "G116",
    "input-unlinked",
    Severity.INFO,
    "an input is linked to something that gives nothing",
    """The link leads to a muted node, to a bypassed node without a fitting input, or to an editor-only node
    that is not linked itself. The input is left out of the prompt, as in the editor. Where the input is
    that of a widget, the widget's own value runs instead: that is G127.""",
)

GROUP_UNPACKED = _rule(
    "G117",
    "group-unpacked",
    Severity.INFO,
    "a legacy group node was replaced by a subgraph",
    """Group nodes (types `workflow/NAME` and `workflow>NAME`) are a feature of old editors. Today's editor
    replaces each by a subgraph of real nodes when it opens the file, and gives these new ids; comfyc counts
    the same ids, so that the prompt is the editor's. Save the file from the editor to keep them.""",
)
GROUP_CHANGED = _rule(
    "G118",
    "group-changed",
    Severity.WARNING,
    "something is lost when the editor unpacks a legacy group node",
    """The editor's replacement of group nodes is not perfect: it loses the values of PrimitiveNodes inside
    it, links into a Reroute inside it, and many links into widgets that were converted to inputs. comfyc
    gives what the editor gives, and names what is lost. The editor also forgets that a group node was muted
    or bypassed. There comfyc follows the author and leaves the group node out; `--browser-exact` exports
    its nodes as the editor does.""",
)
GROUP_LOST = _rule(
    "G119",
    "group-lost",
    Severity.ERROR,
    "a legacy group node cannot be replaced by real nodes",
    """The editor replaces only group nodes of the main graph. One inside a subgraph, or inside another group
    node, stays a node of a type that no server knows. One whose saved inner nodes are damaged is left out
    with all its links.""",
)

FURTHER_CYCLE = _rule(
    "G120",
    "further-cycle",
    Severity.WARNING,
    "nodes are linked in a circle that the server does not name",
    """The server names the first circle that it meets (P310) and looks only at nodes that an output needs.
    These are the others: where circles share nodes, opening one leaves the rest; where no output needs the
    nodes, the server never runs them. Remove one link of each.""",
)
IDLE_NODE = _rule(
    "G121",
    "idle-node",
    Severity.INFO,
    "a node leads to no output",
    """The server runs what output nodes need. Nothing needs this node, nor the nodes that feed only it: they
    are in the prompt and never run. Link it, mute it or delete it.""",
)
OUTPUT_SILENCED = _rule(
    "G122",
    "output-silenced",
    Severity.WARNING,
    "the prompt has no outputs, as this output node is muted or bypassed",
    """The server refuses a prompt without an output (P312). The workflow has output nodes, but all of
    them are muted or bypassed, or inside a subgraph that is; they are left out of the prompt.""",
)
SOURCE_SILENCED = _rule(
    "G123",
    "source-silenced",
    Severity.ERROR,
    "a required input is linked to a muted or bypassed node",
    """A muted node gives nothing, and a bypassed one only what goes into an input of a fitting type. The
    input is left out of the prompt, and as the node needs it the server refuses the prompt
    (`required_input_missing`). Let the muted node run, link another, or mute this node too.""",
)
DEFINITION_MISSING = _rule(
    "G124",
    "definition-missing",
    Severity.ERROR,
    "a subgraph node has no definition in the file",
    """The type of a subgraph node is the id of its definition under `definitions.subgraphs`. It is not
    there: the node was copied into the file without it, or the definition was deleted. The node means
    nothing by itself, and no server knows its type (`missing_node_type`).""",
)
DEFINITION_UNUSED = _rule(
    "G125",
    "definition-unused",
    Severity.INFO,
    "no node of the workflow is of this subgraph",
    """The definition stands in the file, but neither the main graph nor a subgraph that is used has a node of
    it. It does no harm; the editor removes it when it saves the workflow.""",
)

GAP_CLOSED = _rule(
    "G126",
    "gap-closed",
    Severity.INFO,
    "links into a growing group of inputs move up, as one before them is unlinked",
    """The editor closes such gaps shortly after it has opened the file, so the links go into the inputs
    before those that the file names. Where the order counts, check it in the editor.""",
)

ID_COLLISION = _rule(
    "G128",
    "id-collision",
    Severity.WARNING,
    "two nodes have the same id in the prompt",
    """The id of a node inside a subgraph is that of the subgraph node, a colon, and its own: `121:101`. A
    node whose id in the file holds a colon, as an exported prompt leaves behind, may have the same. Only one
    of the two is in the prompt, as in the editor, and what was linked to the other is linked to it. Give one
    of them another id.""",
)
ODD_LINK_KEPT = _rule(
    "G129",
    "odd-link-kept",
    Severity.WARNING,
    "a link that the editor would cut is kept",
    """What feeds a Reroute is of another type than the input behind it, so that the editor cuts the link
    shortly after it has opened the file. Where the file gives the slots of the Reroute no type at all, as
    programs write them, comfyc keeps the link; `--browser-exact` cuts it. The server refuses a link between
    types that do not fit.""",
)
OWN_VALUE_USED = _rule(
    "G127",
    "own-value-used",
    Severity.WARNING,
    "a widget is linked, but runs with its own value",
    """The link into the input of a widget leads to a muted node, to a bypassed node without a fitting input,
    to an editor-only node that is not linked itself, or through a subgraph to a PrimitiveNode. The editor
    then exports the value that the widget itself was last saved with, which the editor does not show while
    the input is linked. comfyc does the same. The editor does not change a seed among such values from run
    to run; `comfyc run` changes it only if the seed's own control, or `--seed`, says so.""",
)
GETTER_WITHOUT_SETTER = _rule(
    "G140",
    "getter-without-setter",
    Severity.WARNING,
    "a Get node finds no Set node of its name",
    """A Get node gives what the Set node of the same name is linked to: the first one in its own graph,
    for KJNodes' GetNode also the only one in the graphs around it. There is none, so what is linked to
    the Get node stays unlinked. (Easy-Use's getNode makes the browser's export fail here.)""",
)
SETTER_AMBIGUOUS = _rule(
    "G141",
    "setter-ambiguous",
    Severity.WARNING,
    "several Set nodes in the surrounding graphs have the name that a Get node asks for",
    """Inside a subgraph KJNodes' GetNode takes a SetNode of a surrounding graph only if no other one
    there has its name. It gives nothing here, as in the browser.""",
)
BROADCAST_LINKS = _rule(
    "G142",
    "broadcast-links",
    Severity.WARNING,
    "links of Anything Everywhere are made only when the prompt is queued",
    """The script of cg-use-everywhere connects inputs that the file leaves open, and takes the links away
    again. Export (API) does not have them (it even fails), the Queue button does. `comfyc convert --as
    queue` writes what would run; `--as export` leaves these inputs open.""",
)
BROADCAST_UNSAID = _rule(
    "G143",
    "broadcast-differs",
    Severity.INFO,
    "the file's own list of Anything Everywhere links differs from what its rules give",
    """cg-use-everywhere notes its links in `extra.ue_links` when the editor saves the file. The links are
    worked out anew by its rules, and these disagree with the note: it is out of date, or another version
    made it.""",
)
BROADCAST_AMBIGUOUS = _rule(
    "G144",
    "broadcast-ambiguous",
    Severity.WARNING,
    "two Anything Everywhere nodes of equal priority reach the same input",
    """cg-use-everywhere connects an input only if one node wins. It stays open here, as in the browser.""",
)

EMPTY_PROMPT = _rule(
    "G145",
    "empty-prompt",
    Severity.WARNING,
    "none of the workflow's nodes becomes part of the prompt",
    """The workflow has nodes, but each of them is muted, bypassed or of the editor only (a note, a
    reroute). The browser exports an empty prompt here, which no server accepts.""",
)

TOO_MANY_NODES = _rule(
    "G150",
    "too-many-nodes",
    Severity.ERROR,
    "there are more nodes than in any workflow",
    """A workflow or a prompt is converted and judged if it has at most 50,000 nodes, those of its subgraph
    definitions included: each takes some kilobytes of memory. The largest that people share have below 5,000.
    If the file is sound, raise the limit with the flag that the message names.""",
)

# --- N2xx: nodes and widgets ---------------------------------------------------------------------

UNKNOWN_TYPE = _rule(
    "N201",
    "unknown-type",
    Severity.WARNING,
    "the catalogue has no node of this type",
    """Without the definition of a node comfyc does not know its widgets. It keeps the node under its class
    and names its values as far as the file itself tells (names of widget inputs, values saved by name).
    The editor would write UNKNOWN_1, UNKNOWN_2 and no class, which no server accepts; `--unknown browser`
    gives that. Take the catalogue from a server that has the node's pack.""",
)
VALUE_UNNAMED = _rule(
    "N202",
    "value-unnamed",
    Severity.WARNING,
    "a value of an unknown node has no name and is dropped",
    """Values are saved by position. For an unknown node type nothing says which input these belong to.""",
)
VALUES_SHIFTED = _rule(
    "N203",
    "values-shifted",
    Severity.WARNING,
    "the widget values stand in the wrong places",
    """Values are saved by position. Files from before seeds had a "control after generate" companion, or
    files written by scripts, lack its place, so that every later value slips by one. The editor loads them
    like that, and so does comfyc.""",
)
SURPLUS_VALUES = _rule(
    "N204",
    "surplus-values",
    Severity.INFO,
    "the file has more values than the node has widgets",
    """The node had more widgets when the workflow was saved, or a script of its pack added some. The editor
    ignores the values.""",
)
DEFAULT_USED = _rule(
    "N205",
    "default-used",
    Severity.INFO,
    "the file has no value for a widget, so its default is used",
    """The node has gained widgets since the workflow was saved. They start with the default that the
    catalogue gives, as in the editor.""",
)
VALUES_UNREAD = _rule(
    "N206",
    "values-unread",
    Severity.WARNING,
    "the widget values are saved by name and are not read",
    """A script of the node's pack saves the values by name and reads them back. The editor alone reads
    values by position and leaves this node at its defaults.""",
)
VALUE_MIGRATED = _rule(
    "N207",
    "value-migrated",
    Severity.INFO,
    "a value of an input that is no widget any more is dropped",
    """Old files hold values for inputs that are plain sockets today. The editor drops them when the number
    of values is the one that such a file would have.""",
)
PROXY_IGNORED = _rule(
    "N208",
    "proxy-ignored",
    Severity.WARNING,
    "a value that a subgraph shows for an inner widget is not used",
    """`properties.proxyWidgets` of a subgraph node names inner widgets and the file holds values for them.
    This entry leads to no widget, so the inner node keeps its own value, as in the editor.""",
)
EXACT_INTEGER = _rule(
    "N209",
    "exact-integer",
    Severity.INFO,
    "an integer beyond 2^53 is kept exact, where the browser rounds it",
    """JavaScript has no exact integers beyond 2^53, so that the browser exports another number than the file
    holds, and may exceed the largest seed. comfyc keeps the file's number; `--js-numbers` rounds it.""",
)
COMMENT_CUT = _rule(
    "N210",
    "comment-cut",
    Severity.WARNING,
    "text behind // or between /* and */ is cut out of a prompt",
    """Texts with dynamic prompts may hold comments, and the editor removes them when it exports, also where
    none was meant: of a web address only `http:` stays. comfyc does the same. Escape a slash (`\\/`) to
    keep it, or pass `--dynamic-prompts keep`.""",
)
DYNAMIC_CHOICE = _rule(
    "N211",
    "dynamic-choice",
    Severity.INFO,
    "one alternative of a dynamic prompt was chosen",
    """`{red|green|blue}` becomes one of its alternatives at random each time a workflow is exported or
    queued. `--random-seed N` makes the choice repeatable, `--dynamic-prompts first|keep` leaves out the
    chance.""",
)
ORDER_LOST = _rule(
    "N215",
    "order-lost",
    Severity.WARNING,
    "the catalogue does not tell in which order a node's inputs are",
    """Saved values find their widgets by their places, so that the order of the inputs of a node type counts.
    A server tells it by the order in which object_info lists them, and again as `input_order`. This
    catalogue has all inputs sorted by name and no `input_order`, as some programs save it, and no bundled
    catalogue knows the type. Save the catalogue anew with `comfyc catalog save`.""",
)
NOT_REPLACED = _rule(
    "N214",
    "not-replaced",
    Severity.WARNING,
    "alternatives, a comment or a %token% stay in a text that comes from elsewhere",
    """The editor takes one of the alternatives in `{a|b}`, cuts out comments and fills in `%date:...%` and
    `%node.widget%` when it writes the text that stands in the node itself. A text that a subgraph node
    holds for one of its inner nodes, or that is linked from another node, goes to the server as it is,
    braces, comments and all. comfyc does the same.""",
)
NEEDS_BROWSER = _rule(
    "N212",
    "needs-browser",
    Severity.WARNING,
    "the value of this widget is made in the browser",
    """A picture from the webcam, a recorded sound, a picture of a 3D view or the points of a drawn curve
    exist only while the editor is open. comfyc writes the saved value, and for Load3D the names that the
    pictures would have. The camera of a 3D view is exported as it stands at the start; where the file holds
    the state of a camera or names a model, the browser may move it.""",
)
UNDECLARED_INPUT = _rule(
    "N213",
    "undeclared-input",
    Severity.INFO,
    "a link goes into an input that the node type does not have",
    """The file's node has an input that today's definition lacks: it was renamed or removed, or is added by
    a script of the pack. The editor exports the link under the old name. The server does not check it and
    hands it to the node, and most nodes fail on an argument that they do not know.""",
)

FROM_BUNDLE = _rule(
    "N220",
    "from-bundle",
    Severity.INFO,
    "what is known of a node type comes from a bundled catalogue",
    """The node is of a custom-node pack whose node types come with comfyc, as they were at the commit
    shown. Another version of the pack may have other inputs: a server's own catalogue (`--object-info
    URL`) always wins.""",
)
WIDGET_INFERRED = _rule(
    "N221",
    "widget-inferred",
    Severity.INFO,
    "the file itself tells which widgets a node has",
    """Nobody has measured what the scripts of this node's pack do. The file names widgets that the
    catalogue does not know as such, or more values than it has widgets; the values were given to the
    inputs that they fit.""",
)
QUEUE_DIFFERS = _rule(
    "N222",
    "queue-differs",
    Severity.INFO,
    "the Queue button would run something else than Export (API) writes",
    """Some scripts act only when the prompt is queued: a seed of -1 becomes a random one, a muted node is
    let run. `comfyc convert --as queue` writes what would run.""",
)
PACK_UNLOADABLE = _rule(
    "N223",
    "pack-unloadable",
    Severity.WARNING,
    "a third party's pack could not be loaded",
    """A distribution names a pack for comfyc (entry point group `comfyc.packs`), but importing it
    failed or what it names is no table of behaviours. Its nodes are converted as if it were not there.""",
)
PRESET_UNKNOWN = _rule(
    "N224",
    "preset-unknown",
    Severity.WARNING,
    "a text preset is not in the file",
    """The presets of Custom-Scripts live in the browser's own storage; a file holds only their names.
    Where the preset is missing, the browser refuses to export. comfyc keeps the text of the target.""",
)

VALUE_REWRITTEN = _rule(
    "N234",
    "value-rewritten",
    Severity.INFO,
    "a pack's script changes a saved value when the file is opened",
    """Some packs bring values of older versions up to date, join a chosen word to a text, or make two
    widgets agree. The browser exports the changed value, and so does comfyc.""",
)
VALUE_UNREADABLE = _rule(
    "N235",
    "value-unreadable",
    Severity.WARNING,
    "a pack's script cannot read a saved value and takes another",
    """The widget belongs to a script of the node's pack, which reads the saved value in its own way. It can
    make nothing of this one: the browser exports what a new node of this type holds, and so does comfyc.""",
)
SERVER_MARK = _rule(
    "N236",
    "server-mark",
    Severity.WARNING,
    "a saved value means something to the server that the file was made with only",
    """Impact's Preview Bridge notes a picture that a server holds in its memory. The browser asks the server
    for it when the file is opened, and starts anew where it is unknown, as it is after each restart. comfyc
    asks nobody and starts anew.""",
)

BUNDLE_LACKS_WIDGETS = _rule(
    "N237",
    "bundle-lacks-widgets",
    Severity.WARNING,
    "the file has values for widgets that the bundled definition of a pack's node lacks",
    """The node is of a custom-node pack, and comfyc knows it from a bundled catalogue: the pack as it was on
    the day shown. The file was saved with another version, whose node has more widgets, so their values are
    lost and those before them may stand in the wrong widgets. Take the definitions from a server that has
    the pack (`--object-info URL`). What is no loss (null, empty texts, texts that a node only displays,
    values that a script adds) is N204.""",
)
CORE_LACKS_WIDGETS = _rule(
    "N238",
    "core-lacks-widgets",
    Severity.WARNING,
    "the file has values for widgets that the bundled definition of a ComfyUI node lacks",
    """The file was saved with a newer ComfyUI than the one whose node definitions are bundled, and the node
    has gained widgets since: their values are lost. Take the definitions from a server
    (`--object-info URL`).""",
)
VALUE_LOST = _rule(
    "N239",
    "value-lost",
    Severity.WARNING,
    "a pack's script drops a saved value when the file is opened",
    """The script of the node's pack takes the value only together with something else that the file does not
    have. The browser exports the node without it, and so does comfyc.""",
)
PATTERN_NOT_SEARCHED = _rule(
    "N240",
    "pattern-not-searched",
    Severity.WARNING,
    "a regular expression in the file cannot be searched in bounded time",
    """Anything Everywhere chooses by regular expressions that whoever made the file wrote. A pattern can be
    made never to end, so comfyc searches only what it can search in time that grows with the text: no looking
    ahead or behind, no references to groups, at most 2,000 states, and a bounded number of steps for a
    workflow. A broadcaster with another pattern sends to nobody, where the browser might send. Write the
    pattern in a simpler way, or draw the links.""",
)
EXPRESSION_IGNORED = _rule(
    "N230",
    "expression-ignored",
    Severity.WARNING,
    "an expression or pattern is malformed, and the node goes on as if it had found nothing",
    """RegexMatch and RegexExtract take a malformed regular expression for one that matches nothing, and
    SimpleCalculatorKJ gives 0 for what it cannot evaluate. Nothing fails, but the result is not what was
    meant.""",
)
TOKEN_LEFT = _rule(
    "N231",
    "token-left",
    Severity.WARNING,
    "a token such as %Node.widget% or %date:...% stays in a file name",
    """When it exports or queues a workflow, the editor fills in `%date:yyyy-MM-dd%` and `%KSampler.seed%` in
    the `filename_prefix` of its own save nodes. A token stays as it is where no node has that name (as "Node
    name for S&R" or as title) or the node no such widget, in nodes of other packs, in a value that a
    subgraph holds, and in a prompt, which no editor opens. The server knows only %width%, %height%, %year%,
    %month%, %day%, %hour%, %minute% and %second%; the file is then called after the token.""",
)

# --- P3xx: prompt --------------------------------------------------------------------------------

MISSING_NODE_TYPE = _rule(
    "P301",
    "missing-node-type",
    Severity.ERROR,
    "the server has no node of this type",
    """The server looks at the class of every node first, also of nodes that lead nowhere, and refuses the
    whole prompt at the first one that it lacks (`missing_node_type`). The node's pack is not installed, the
    class was renamed, or the node exists only in the editor (Note, Reroute, PrimitiveNode) and was copied
    into the prompt by hand. Install the pack, or take the catalogue from the server that has it.""",
)
REQUIRED_INPUT_MISSING = _rule(
    "P302",
    "required-input-missing",
    Severity.ERROR,
    "a required input has neither a link nor a value",
    """The server never fills in a default (`required_input_missing`): each required input of a node that an
    output needs must be in the prompt. Link the input, or give it a value.""",
)
BAD_LINKED_INPUT = _rule(
    "P303",
    "bad-linked-input",
    Severity.ERROR,
    "a list stands where a link or a value should be",
    """The server takes every JSON list for a link, whatever the type of the input, and a link is
    `["node id", slot]` (`bad_linked_input`). A value that really is a list goes into a wrapper:
    `{"__value__": [1, 2, 3]}`.""",
)
RETURN_TYPE_MISMATCH = _rule(
    "P304",
    "return-type-mismatch",
    Severity.ERROR,
    "the linked output has another type than the input",
    """The type of the output must be that of the input (`return_type_mismatch`). Types are texts, "A,B" is
    either, "*" is any; INT does not go into FLOAT, nor STRING into a list of options. Link another output,
    or put a node in between that converts.""",
)
INVALID_INPUT_TYPE = _rule(
    "P305",
    "invalid-input-type",
    Severity.ERROR,
    "the value cannot be converted to the type of the input",
    """Values of INT, FLOAT, STRING and BOOLEAN inputs go through Python's int(), float(), str() and bool()
    (`invalid_input_type`): "20" and 20.9 are whole numbers for it, "20.9", "" and null are not.""",
)
VALUE_NOT_IN_LIST = _rule(
    "P306",
    "value-not-in-list",
    Severity.ERROR,
    "the value is none of the options",
    """The value must equal an option of the list (`value_not_in_list`), upper and lower case and blanks
    included; the text "1" is not the number 1. The option may have been renamed in another version of the
    node.""",
)
MISSING_FILE = _rule(
    "P307",
    "missing-file",
    Severity.WARNING,
    "the server of the catalogue has no file of this name",
    """Lists of models and of input files are what the server found on its disk when the catalogue was
    saved. Another server, or the same one today, may have the file; one that has not refuses the prompt.
    Nothing is said where the catalogue holds no such list, as the bundled one. Put the file into the
    folder, or pass `--assume-files` if it will be there. An input file that the server of `--server` was
    asked for and does not have is an error: the prompt would be refused.""",
)
ABSENT_FILE = replace(MISSING_FILE, severity=Severity.ERROR)
"""The same where the server itself has said so."""
VALUE_SMALLER_THAN_MIN = _rule(
    "P308",
    "value-smaller-than-min",
    Severity.ERROR,
    "the value is smaller than the input allows",
    """The server holds values against the input's `min` after converting them
    (`value_smaller_than_min`). A linked value is never held against it.""",
)
VALUE_BIGGER_THAN_MAX = _rule(
    "P309",
    "value-bigger-than-max",
    Severity.ERROR,
    "the value is bigger than the input allows",
    """The server holds values against the input's `max` after converting them (`value_bigger_than_max`). A
    linked value is never held against it.""",
)
DEPENDENCY_CYCLE = _rule(
    "P310",
    "dependency-cycle",
    Severity.ERROR,
    "nodes need one another in a circle",
    """No node of the circle could run first (`dependency_cycle`). Both branches of a lazy switch count.
    Remove one of the links that are shown.""",
)
EXCEPTION_DURING_VALIDATION = _rule(
    "P311",
    "exception-during-validation",
    Severity.ERROR,
    "the server's validation itself fails at this node",
    """The server met a Python exception while it judged the node (`exception_during_validation`, or
    `exception_during_inner_validation` for a node above an output), such as comparing null with a limit or
    calling a node's validation code without the input that it needs. All else about the node goes
    unreported. The words of the exception are in the message.""",
)
PROMPT_NO_OUTPUTS = _rule(
    "P312",
    "prompt-no-outputs",
    Severity.ERROR,
    "no node of the prompt is an output",
    """The server runs what output nodes need, such as SaveImage or PreviewImage; a prompt without one is
    refused (`prompt_no_outputs`), and so is one whose outputs are all muted, bypassed or not asked for.""",
)
CUSTOM_VALIDATION_FAILED = _rule(
    "P313",
    "custom-validation-failed",
    Severity.ERROR,
    "the node's own validation code refuses an input",
    """Some node classes check their inputs themselves (`custom_validation_failed`). The words of the node
    are in the message.""",
)
MISSING_SOURCE = _rule(
    "P314",
    "missing-source",
    Severity.ERROR,
    "a link leads to a node that is not in the prompt",
    """The server stops at the node with a KeyError (`exception_during_validation`). Node ids in a prompt are
    texts: the link [1, 0] does not find the node "1". The node was deleted, muted or renamed, or the id is
    misspelt.""",
)
MISSING_OUTPUT = _rule(
    "P315",
    "missing-output",
    Severity.ERROR,
    "a link names an output that the source does not have",
    """Outputs are counted from 0, and the server stops at the node with an IndexError
    (`exception_during_validation`). A negative number counts from the end, and is legal. The source may
    have had more outputs in another version.""",
)
MALFORMED_LINK = _rule(
    "P316",
    "malformed-link",
    Severity.ERROR,
    "a link has a node id or an output that can be neither",
    """A link is `["node id", slot]` with a text and a whole number; the server stops at the node with a
    TypeError (`exception_during_validation`). Any list of two counts as a link: a value that is one goes
    into a wrapper, `{"__value__": [...]}`.""",
)
PROMPT_TOO_DEEP = _rule(
    "P317",
    "prompt-too-deep",
    Severity.ERROR,
    "a chain of nodes is longer than the server's Python can follow",
    """The server follows links by calling itself and gives up at Python's recursion limit, after about 970
    nodes in a row (`exception_during_inner_validation`, RecursionError). Cut the chain, or split the prompt
    into several.""",
)
INVALID_REQUEST = _rule(
    "P318",
    "invalid-request",
    Severity.ERROR,
    "the request around the prompt is refused",
    """`prompt_id` must be a UUID in lower case with hyphens, `number` a number, `extra_data` an object and
    `partial_execution_targets` a list of ids of output nodes.""",
)
MALFORMED_NODE = _rule(
    "P319",
    "malformed-node",
    Severity.ERROR,
    "the server stumbles over the shape of a node",
    """A prompt is an object of nodes, a node an object with `class_type`, a text, and `inputs`, an object. On
    anything else the server fails with the status 500 and says nothing, also for nodes that lead
    nowhere.""",
)
PARTLY_RUN = _rule(
    "P320",
    "partly-run",
    Severity.INFO,
    "the server accepts the prompt and runs only some of its outputs",
    """A prompt is accepted when one of its outputs is good. The bad ones are left out, and only the answer to
    the request tells.""",
)
DEAD_LINK_UNDECLARED = _rule(
    "P331",
    "dead-link-undeclared",
    Severity.ERROR,
    "an input that the node does not declare links to nothing: the server's worker dies",
    """The server does not judge inputs that a node's class does not declare, but it follows their links when
    it runs the prompt. If the node or its output is not there, the thread that runs prompts ends: the
    server goes on answering and queueing, and runs nothing until it is restarted. Remove the input.""",
)
NODE_WITHOUT_INPUTS = _rule(
    "P332",
    "node-without-inputs",
    Severity.ERROR,
    "a node has no `inputs`: the server's worker dies",
    """A node without inputs needs an empty object, `"inputs": {}`. Without the key the server accepts the
    prompt where no output needs the node, and then its thread that runs prompts ends at it: nothing runs
    until it is restarted.""",
)
DEAD_LINK_WRAPPED = _rule(
    "P333",
    "dead-link-wrapped",
    Severity.ERROR,
    "a wrapped list is run as a link, and leads to nothing: the server's worker dies",
    """`{"__value__": ["id", 0]}` is taken out of its wrapper and not judged, but run as a link. If the node
    or its output is not there, the thread that runs prompts ends, and nothing runs until the server is
    restarted.""",
)
VALUE_IN_SOCKET = _rule(
    "P334",
    "value-in-socket",
    Severity.ERROR,
    "an input that takes only links has a value",
    """The server does not look at values in inputs such as IMAGE or MODEL. The node gets the value instead of
    an image or a model, and fails when it runs. Link the input.""",
)
DYNAMIC_COMBO_KEY = _rule(
    "P335",
    "dynamic-combo-key",
    Severity.ERROR,
    "an input that brings others has none of its options",
    """The server judges a dynamic combo, and the inputs that its option brings, only when its value is one of
    the options; otherwise it says nothing, and the node fails when it runs ("missing 1 required positional
    argument"). The value must be plain: no link and no wrapper.""",
)
UNDECLARED_LINK = _rule(
    "P336",
    "undeclared-link",
    Severity.ERROR,
    "a link goes into an input that the node does not take",
    """The server ignores values of inputs that a class does not declare, but hands on their links, and the
    function of the node fails at them ("got an unexpected keyword argument"). A name may be misspelt, or a
    group have more inputs than it may. Remove the input, or rename it.""",
)
UNDECLARED_CYCLE = _rule(
    "P337",
    "undeclared-cycle",
    Severity.ERROR,
    "nodes need one another in a circle through an undeclared or wrapped link",
    """The server does not judge such links, but follows them when it runs the prompt, which then fails with
    "Dependency cycle detected". Remove the link.""",
)
CLIENT_ID_LIST = _rule(
    "P338",
    "client-id-list",
    Severity.ERROR,
    "the client id is a list: the server's process ends",
    """The server accepts any JSON value as `client_id`, and a list ends its whole process when the prompt
    runs. Give a text.""",
)
DEPRECATED_NODE = _rule(
    "P340",
    "deprecated-node",
    Severity.WARNING,
    "the node is marked as deprecated",
    """It works today and may be gone in a later version. The editor hides it from its menus.""",
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
    """JavaScript has no exact integers beyond 2^53. The server gets this number as it is written; the
    editor would round it, so that the same workflow gives another result there. Choose a smaller seed to be
    safe.""",
)
OFF_STEP = _rule(
    "P343",
    "off-step",
    Severity.INFO,
    "a number is not on the steps of its widget",
    """The editor lets a widget take only steps from its minimum; the server does not check. Many nodes round
    such a number down, as sizes to multiples of 8 or 16.""",
)
NODE_REPLACED = _rule(
    "P344",
    "node-replaced",
    Severity.INFO,
    "the server puts a newer node in the place of this one",
    """The class is gone, and the server knows which node has taken its place and how its inputs are called
    there. What it judges and runs is the new node.""",
)
CUSTOM_VALIDATION = _rule(
    "P345",
    "custom-validation",
    Severity.INFO,
    "the node has validation code that only the server can run",
    """Whether the server accepts the inputs of this node depends on its own code, for instance on files on
    the server's disk. All else is judged here, and what only the code can tell is taken to be in order.""",
)
SURPRISING_CONVERSION = _rule(
    "P346",
    "surprising-conversion",
    Severity.WARNING,
    "the server makes something else of the value",
    """Values are converted as Python does it: for a BOOLEAN every text but the empty one is true, also
    "false" and "0"; for an INT a fraction is cut off; for a STRING null becomes the text "None". Write the
    value that is meant.""",
)
IGNORED_INPUT = _rule(
    "P347",
    "ignored-input",
    Severity.INFO,
    "the node does not take this input, and the server ignores its value",
    """The class declares no input of this name. It may be misspelt, belong to another option of a dynamic
    combo, or to another version of the node; some editor-only values are saved like this and do no harm.""",
)
UNCHECKED_LINK = _rule(
    "P348",
    "unchecked-link",
    Severity.WARNING,
    "a wrapped list is run as a link that nobody has checked",
    """`{"__value__": ["id", 0]}` is taken out of its wrapper and then run as a link, without a look at its
    type or at the node it leads to. Write a link without the wrapper.""",
)

PATH_OUTSIDE = _rule(
    "P350",
    "path-outside",
    Severity.ERROR,
    "a file name leads out of the server's folder, and the server refuses it",
    """With `..` in it, the name of a file to save or to read leads out of the output or input folder. The
    server saves nothing outside its output folder: the node fails when it runs, after all the work before
    it. An input file outside the input folder does not exist for it: the prompt is refused. Name a place
    below the folder; a folder in the name of what is saved is made when it is missing.""",
)
PATH_DOUBTFUL = _rule(
    "P351",
    "path-doubtful",
    Severity.WARNING,
    "a file name is an absolute path, or one of Windows",
    """The server takes an absolute path only if it is inside its own output or input folder, which nobody
    knows but it. A path with a drive or backslashes is one on a server that runs on Windows; on another it
    is a mere name with odd characters. Name a place below the folder with forward slashes: `sub/name`.""",
)
EXPRESSION_BROKEN = _rule(
    "P352",
    "expression-broken",
    Severity.ERROR,
    "an expression cannot be evaluated, and the node fails when it runs",
    """The server accepts any text as an expression or a regular expression; the node reads it when it runs.
    The syntax is Python's. ComfyMathExpression knows the values that are linked to it by their letters, all
    of them as `values`, and `sum min max abs round pow sqrt ceil floor log log2 log10 sin cos tan int float`;
    lists, lambdas and other names are not available. What depends on the values (a division by zero) is not
    looked at, nor what stands in a branch that may not be taken.""",
)
# --- S4xx: server --------------------------------------------------------------------------------

PROMPT_REJECTED = _rule(
    "S401",
    "prompt-rejected",
    Severity.ERROR,
    "the server would not run the prompt",
    """The server answered HTTP 400 and gave a reason for the prompt as a whole. What it has against single
    nodes is reported beside it. `comfyc validate` finds nearly all of this before anything is sent; pass it
    the server's own catalogue (`--object-info URL`) to leave nothing to chance.""",
)
NODE_REJECTED = _rule(
    "S402",
    "node-rejected",
    Severity.ERROR,
    "the server would not run this node",
    """The words are the server's own. Nothing ran: every output depends on a node that was refused. Correct
    the value or the link, or install on the server what the node needs (a model file, a custom node).""",
)
OUTPUT_REJECTED = _rule(
    "S403",
    "output-rejected",
    Severity.ERROR,
    "the server left out the outputs that depend on this node",
    """The server accepted the prompt and ran what it could (partial validation): the other outputs were made
    and saved. The browser shows this as a red frame and goes on; `--allow-partial` does so too.""",
)
OUTPUT_LEFT_OUT = _rule(
    "S404",
    "output-left-out",
    Severity.WARNING,
    "the server left out the outputs that depend on this node, as allowed",
    """The same as S403, under `--allow-partial`.""",
)
NODE_FAILED = _rule(
    "S405",
    "node-failed",
    Severity.ERROR,
    "the node raised an exception on the server",
    """The exception and the last lines of the traceback are the server's; its log has the whole of it.
    What had been put out before is saved. When memory runs out: smaller pictures, a smaller batch or a
    smaller model.""",
)
NODE_BLOCKED = _rule(
    "S406",
    "node-blocked",
    Severity.WARNING,
    "the node refused to go on, and what depends on it was not made",
    """A node may block its output (ExecutionBlocker). The prompt goes on without what depends on it and
    counts as a success on the server.""",
)
RUN_INTERRUPTED = _rule(
    "S407",
    "run-interrupted",
    Severity.ERROR,
    "the run was interrupted",
    """Somebody stopped it: Ctrl-C, `comfyc interrupt`, or the button in a browser. What had been put out
    before is saved. ComfyUI looks for an interrupt between two nodes and at each step of a node: one that
    makes no steps (it loads a model, or waits for a service) goes on to its end. comfyc does not wait for
    that, but says so; only a restart of the server stops it sooner.""",
)
RUN_LOST = _rule(
    "S408",
    "run-lost",
    Severity.ERROR,
    "the server no longer knows the prompt",
    """It is neither in the server's queue nor in its history, both of which live in memory only. A prompt
    that somebody deleted from the queue is left deleted. One that was lost because the server was restarted
    will not run there any more, but it may have run before, so that `comfyc run` does not send it again by
    itself: run the command once more, or pass `--at-least-once`, which does that up to two times (S421) and
    gives up after the third restart, because the prompt itself may be what kills the server.""",
)
SERVER_GONE = _rule(
    "S409",
    "server-gone",
    Severity.ERROR,
    "the server did not come back while the prompt was there",
    """The server stopped answering for longer than comfyc waits. The prompt may still be running there:
    `comfyc wait PROMPT_ID` takes up its thread once the server can be reached.""",
)
RUN_TIMED_OUT = _rule(
    "S410",
    "run-timed-out",
    Severity.ERROR,
    "the run took longer than allowed",
    """`--timeout` bounds the whole of a run, from submission to the end, the time in the queue included. The
    prompt was taken off the server, unless the message says that a node does not heed that (S407).""",
)
RUN_SILENT = _rule(
    "S411",
    "run-silent",
    Severity.ERROR,
    "the server said nothing about the running prompt for too long",
    """`--idle-timeout` bounds the silence while a prompt runs; time in the queue does not count. A node that
    loads a large model, or waits for a service elsewhere, may be silent for minutes: raise the bound if the
    server's log shows that it works.""",
)
DEAD_WORKER = _rule(
    "S412",
    "dead-worker",
    Severity.ERROR,
    "the server has lost the thread that runs prompts",
    """The prompt counts as running, but no node is at work and nothing more will come: some prompts kill the
    server's only worker (a link to a node that is not there, a node without `inputs`), after which it takes
    prompts and never runs one. Only a restart of the server helps; `comfyc validate` recognises the prompts
    that do this.""",
)
OUTPUT_NOT_SAVED = _rule(
    "S413",
    "output-not-saved",
    Severity.ERROR,
    "an output could not be downloaded or written",
    """The prompt ran and the file is on the server (folder `output`, or `temp` until it restarts), but not
    here. Nothing half-written was left behind. A server that is away is waited for as long as while a prompt
    runs; `comfyc wait PROMPT_ID` downloads everything once more.""",
)
FILE_RENAMED = _rule(
    "S414",
    "file-renamed",
    Severity.INFO,
    "an output was saved under another name than the server gave it",
    """Either a file of that name was there already (pass `--overwrite` to replace it), or the server's name
    would have led out of the folder or is none that every file system takes.""",
)
ALL_CACHED = _rule(
    "S415",
    "all-cached",
    Severity.INFO,
    "nothing was run: all was in the server's cache",
    """The server keeps the results of the prompt before. An identical prompt makes no new file; the files
    shown are those of the earlier run. Change the seed (`--seed random`) to get new ones.""",
)
SERVER_SET_ASIDE = _rule(
    "S416",
    "server-set-aside",
    Severity.WARNING,
    "a server failed, and its prompts went to another one",
    """Only prompts that did not fail themselves are moved. The server is tried again after a while. A prompt
    that it took before it stopped answering may still run there: the finding names it, and
    `comfyc cancel PROMPT_ID` takes it off once the server is back.""",
)
NOTHING_SAVED = _rule(
    "S417",
    "nothing-saved",
    Severity.WARNING,
    "the run was a success, and there is nothing to save or to print",
    """No output node told the server of a file or a text. The message says why, as far as that can be known:
    the output nodes were in the server's cache and did not run again (`--seed random` makes them), they put
    out what only a browser can show, their files are in the server's folder `input`, or they told nothing at
    all, as nodes do that write files on the server themselves. `--strict` makes this a failure.""",
)
PICTURE_MISSED = _rule(
    "S418",
    "picture-missed",
    Severity.ERROR,
    "pictures that a node sent over the WebSocket did not arrive",
    """SaveImageWebsocket and its kin save nothing: they send their pictures over the live connection, once,
    and the server keeps none. comfyc saves what arrives; what is sent while the connection is away, or before
    `comfyc wait` listens, is lost. Run it again, or use SaveImage, whose files stay on the server.""",
)
BATCH_UNFINISHED = _rule(
    "S419",
    "batch-unfinished",
    Severity.ERROR,
    "the server announced another batch, which was not found",
    """A Meta Batch Manager makes a long video in parts: the server itself queues the prompt again for each
    part, under a new id, and the file is whole after the last one. comfyc follows from part to part. Here the
    next one was neither in the queue nor in the history: somebody took it out, or the server was restarted.
    What the first parts made is not the whole.""",
)
OUTPUTS_LEFT_OUT = _rule(
    "S440",
    "outputs-left-out",
    Severity.ERROR,
    "a prompt has more outputs than are kept",
    """comfyc keeps and saves the first 10,000 outputs of a prompt, in the order of its nodes. The server
    names more. They stay in its folder; `--limit outputs=NUMBER` raises the limit.""",
)
SERVER_LACKS = _rule(
    "S420",
    "server-lacks",
    Severity.WARNING,
    "one of the servers cannot run the workflow",
    """It lacks node types or models (values of a list of files) that the workflow uses, by its own
    `/object_info` or by its own refusal. Runs of that workflow go to the other servers only. If no server can
    run it, its findings are errors and nothing is sent.""",
)
MADE_AGAIN = _rule(
    "S421",
    "made-again",
    Severity.WARNING,
    "the prompt was sent again, as `--at-least-once` allows",
    """The queue and the history of a server live in its memory: a prompt that was there before a restart is
    gone, and nobody knows whether it had run. The same holds for one whose server cannot be reached, or never
    showed it. `--at-least-once` runs such a prompt again, which may make it run twice. What the lost attempt
    had saved stays in the folder `output` of the server and is not downloaded, so that the files here are
    those of one run.""",
)
RUN_UNKNOWN = _rule(
    "S430",
    "run-unknown",
    Severity.ERROR,
    "it is not known whether the server has the prompt",
    """The prompt was sent and the answer was lost: the connection broke, or something in front of the server
    (a gateway, a proxy) answered in its place. comfyc then asks the server for the prompt, for a minute, and
    longer if the server is away. If it does not show up it may never have arrived, or arrive later: a
    gateway can hold a request back for long. It is not sent again, because the server would run it twice.
    `comfyc wait PROMPT_ID` finds out later; `comfyc run --at-least-once` sends it again by itself, and may
    make it run twice.""",
)
