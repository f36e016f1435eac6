"""Maintainers' scripts: they record what the tests compare with. Not part of the wheel.

Run them from the root of the repository as modules: `python -m scripts.record_exports --help`.
"""
