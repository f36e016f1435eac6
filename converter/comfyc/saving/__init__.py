"""Write values back into the file that they are set in: a workflow that the editor opens with them.

    made = rewrite_with("flow.json", {"57.text": "a fox"})
    made.data                   the changed file, otherwise byte for byte as it was

The modules build on one another in this order:

    draft, unsaved         a document that is being changed; why a value cannot be written
    encodings              the text of a file, and the bytes of a changed text
    cutting                links are removed
    widgets, hosts         values of nodes, and those that subgraph nodes hold
    writing                all values that are set, each where the editor would save it
    embedding              all values that a prompt was changed by, as far as the workflow can hold them
    checking               whether the changed file gives the prompt that it should
    files                  all of this in one call, from a file to the text of the changed one
"""

from comfyc.saving.files import Rewritten, rewrite_source, rewrite_with

__all__ = ["Rewritten", "rewrite_source", "rewrite_with"]
