"""The tests on every Python, and with the oldest dependencies that are allowed.

    pipx run nox                      all tests on each Python that is installed
    pipx run nox -s tests-3.12 -- --fast
    pipx run nox -s lowest            needs uv, which alone can choose the oldest versions

Environments are made by uv where it is present.
"""

from __future__ import annotations

import os

import nox

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
WORKERS = str(2 * (os.cpu_count() or 1))

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["tests"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests, or what the arguments for pytest choose."""
    session.install("--editable", ".", "--group", "test")
    session.run("pytest", "-n", WORKERS, *session.posargs)


@nox.session(python=PYTHONS[0], venv_backend="uv")
def lowest(session: nox.Session) -> None:
    """The same with the oldest versions of what comfyc itself needs; the tools of the tests are today's."""
    session.install("--resolution", "lowest-direct", "--editable", ".")
    session.install("--group", "test")
    session.run("pytest", "-n", WORKERS, *session.posargs)


@nox.session(python="3.13")
def coverage(session: nox.Session) -> None:
    """How much of the code runs; fails below what pyproject.toml holds."""
    session.install("--editable", ".", "--group", "test")
    session.run("pytest", "-n", WORKERS, "--cov", "--cov-report=term:skip-covered", *session.posargs)
