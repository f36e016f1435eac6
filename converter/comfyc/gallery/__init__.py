"""A site about a folder of workflows: a gallery, and a page for each file, made of files only.

    Exhibit  ->  Facts             facts.py: what the gallery, index.json and the search know of a file
    Exhibit  ->  pages             workflow_page.py: its page, its graph, its prompt
    Facts of all  ->  pages      index_page.py, index_json.py, rules_page.py

An :class:`Exhibit` is what the checks, the needs and the interface say about one file. Its pages are made at
once, so that nothing of a file has to be kept but its :class:`Facts`; only the links to the files before and
after it are put in at the end (``with_neighbours``). ``page_names.py`` names the pages, ``site_folder.py``
writes the folder, whole or not at all. All pages open from a disk, and their policy lets them load nothing
but what lies beside them.
"""

from comfyc.gallery.facts import Facts, facts_of
from comfyc.gallery.index_page import site_pages
from comfyc.gallery.model import Exhibit
from comfyc.gallery.workflow_page import exhibit_pages, with_neighbours

__all__ = ["Exhibit", "Facts", "exhibit_pages", "facts_of", "site_pages", "with_neighbours"]
