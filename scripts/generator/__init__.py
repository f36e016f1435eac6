"""Makes up workflows as editors of several years saved them, for scripts/generate_workflows.py.

values -> nodes -> graphs -> subgraphs -> documents: each module uses only those before it. Everything is
drawn from one `random.Random`, so that a seed and a catalogue give the same workflows again. Nothing here
knows how a workflow is converted: what the browser answers is the truth.
"""
