"""What a run is made of, as plain records: events, outputs, the result."""
