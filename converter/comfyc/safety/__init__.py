"""Protection of the machine that comfyc runs on: limits, safe opening and writing, secrets, escaped
output."""
