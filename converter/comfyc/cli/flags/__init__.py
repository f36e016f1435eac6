"""What several flags mean: servers, catalogues and limits."""
