"""One layout for the files of workflows and prompts: what git shows of two of them is what differs.

    formatted = format_workflow("flow.json")
    formatted.text              the same workflow, in the layout that every formatted file has

The modules build on one another in this order:

    forms        the order of members, and which of them are written on one line
    layout       a document as text
    files        all of this in one call, from a file to its text
"""

from comfyc.formatting.files import Formatted, format_file, format_workflow

__all__ = ["Formatted", "format_file", "format_workflow"]
