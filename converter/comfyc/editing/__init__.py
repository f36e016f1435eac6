"""Change values in the text of a JSON document, and leave the rest of the text as it is.

    rewritten(text, old, new)      the text of ``new``, where ``text`` is that of ``old``

What changes is found by comparing the two documents (``alignment``): a value that is the same keeps its text,
with its number style, escapes, white space and repeated keys. A new value, member or item is written as its
neighbours are (``style``): on lines of their own or on one line, with their indentation and separators.
"""

from comfyc.editing.rewriting import Splice, rewritten, splices

__all__ = ["Splice", "rewritten", "splices"]
