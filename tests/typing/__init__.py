"""Code of users, as type checkers see it."""
