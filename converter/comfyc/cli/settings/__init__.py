"""Configuration files: ``[tool.comfyc]`` of pyproject.toml or comfyc.toml, and whose are obeyed."""
