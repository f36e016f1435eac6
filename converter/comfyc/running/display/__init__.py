"""A run shown to whoever watches: bars, lines of a log, or a stream of JSON."""
