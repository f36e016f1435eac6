"""From the graphs of a file to configured nodes, and what the editor corrects once all of them are there."""
