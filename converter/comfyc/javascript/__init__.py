"""JavaScript semantics that differ from Python's: numbers, strings, JSON.stringify, regular expressions."""
