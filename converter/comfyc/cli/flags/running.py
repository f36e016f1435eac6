"""Flags of ``run`` about what is sent, and which flags ``plan`` and plans have to do with."""

from __future__ import annotations

import typer

from comfyc.options import Button

SEED = typer.Option(
    None,
    "--seed",
    metavar="N|random|keep|increment",
    help="Set every seed that is not linked; -1 is random. Default: the seeds of the file, "
    "changed as their controls say.",
    show_default=False,
)
COUNT = typer.Option(
    None, "--count", metavar="N", min=1, help="How many times to run each file, or each row. Default: 1."
)
ONLY = typer.Option(
    [],
    "--only",
    metavar="NODE",
    help="Run and save only what this output needs: an output node by its id, title or class. May be "
    "repeated.",
    show_default=False,
)
NO_EMBED = typer.Option(
    False, "--no-embed", help="Do not embed the workflow in the files that the server saves."
)
FORCE = typer.Option(False, "--force", help="Submit even if errors are found.")
ALLOW_SPEND = typer.Option(
    False,
    "--allow-spend",
    help="Run partner nodes, which cost money, without asking. Without a terminal to ask at, they run "
    "with this only.",
)
ALLOW_DOWNLOAD = typer.Option(
    False,
    "--allow-download",
    help="Let inputs that take files have web addresses (https://...): comfyc fetches and uploads them.",
)
ALLOW_PRIVATE_DOWNLOADS = typer.Option(
    False,
    "--allow-private-downloads",
    help="As --allow-download, and fetch from this machine and its network too, also over http.",
)
NO_WAIT = typer.Option(
    False, "--no-wait", help="Submit without waiting, and print the prompt ids for `comfyc wait`."
)
AT_LEAST_ONCE = typer.Option(
    False,
    "--at-least-once",
    help="Submit a prompt again if it was lost or may have been lost; it may then run twice.",
)
FRONT = typer.Option(False, "--front", help="Put the prompts at the front of the queue.")
CONCURRENCY = typer.Option(
    None,
    "--concurrency",
    metavar="N",
    min=1,
    help="How many prompts each server gets at a time. Default: 1; 2 for the rows of a study.",
    show_default=False,
)
ENGINE = typer.Option(
    None,
    "--engine",
    metavar="ENGINE",
    help="dask://HOST:PORT: run the rows of a study on the workers of this Dask scheduler, each beside its "
    "own server.",
    show_default=False,
)
DRY_RUN = typer.Option(
    False, "--dry-run", help="Show what would be done instead, as `comfyc plan` does, and send nothing."
)
PRINT_PROMPT = typer.Option(
    False, "--print-prompt", help="Print the body of each POST /prompt instead, and send nothing."
)
BUTTON = typer.Option(
    Button.QUEUE,
    "--as",
    help="Run what the Queue button would run, or what File > Export (API) gives.",
)

AFTER_PLANNING = frozenset(
    {
        "out_dir",
        "overwrite",
        "save_text",
        "allow_partial",
        "allow_spend",
        "no_wait",
        "at_least_once",
        "concurrency",
        "timeout",
        "idle_timeout",
        "progress",
        "preview",
        "pictures",
        "assertions",
        "golden",
        "golden_distance",
        "update_golden",
        "engine",
    }
)
"""Parameters of ``run`` that say what becomes of a prompt once it is made: ``plan`` does not have them."""
ACCESS = frozenset(
    {
        "servers",
        "headers",
        "token",
        "cacert",
        "insecure",
        "api_key_file",
        "wait_for_server",
        "limits",
        "as_json",
        "verbose",
        "quiet",
    }
)
"""Parameters that change no prompt, and that ``plan`` and ``run`` with a plan have too."""
