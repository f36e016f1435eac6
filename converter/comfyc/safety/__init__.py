"""What guards the machine that comfyc runs on: bounds, safe opening and writing, secrets, harmless output."""
