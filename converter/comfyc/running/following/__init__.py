"""From a queued prompt to its end: messages, history and queue become one result."""
