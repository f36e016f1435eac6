"""``python -m converter`` is ``comfyc``."""

from converter.cli import main

main()
