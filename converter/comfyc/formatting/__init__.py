"""One layout for the files of workflows and prompts: what git shows of two of them is what differs.

    formatted = format_workflow("flow.json")
    formatted.text              the same workflow, in the layout that every formatted file has

The modules build on one another in this order:

    forms        the order of members, and which of them are written on one line
    layout       a document as text
    saved        the values of a document, and what their inputs are
    names        what names a person's files and folders
    stripping    seeds, texts and names taken out, if that is asked for
    files        all of this in one call, from a file to its text
"""

from comfyc.formatting.files import Formatted, Stripping, format_file, format_workflow

__all__ = ["Formatted", "Stripping", "format_file", "format_workflow"]
