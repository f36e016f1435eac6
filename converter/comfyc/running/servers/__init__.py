"""Servers ready to be used: one, one without async, and several for many runs."""
