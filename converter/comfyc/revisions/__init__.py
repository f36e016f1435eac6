"""Files as they were at a revision of a git repository, by git's own command line.

    repository = Repository.around("flows/flow.json")
    repository.read("HEAD~1", "flows/flow.json")       the bytes of the file there
    repository.changed("main")                         what is not as it is there, renamed files too

Nothing is checked out, and nothing is written. git finds the repository and its settings as it does for the
user; programs that attributes and settings name for showing files (external differences, text conversion,
hooks, monitors) are not run.
"""

from comfyc.revisions.repository import ChangedFile, Repository

__all__ = ["ChangedFile", "Repository"]
