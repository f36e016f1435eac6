"""Findings as text, in every form that ``--format`` offers. Nothing here prints.

    found = of_carried(name, diagnostics, carried)      findings.py: the findings of all stages in one file
    chosen = selection(select, ignore, ...)             selection.py: which of them to show
    report = located(found, chosen)                     findings.py: sorted, with lines and columns
    reporter_of("sarif")([report, ...])                 formats.py: the text in one of the output formats
    summary_line([report, ...])                         counts.py: the closing line

``pages.py`` writes the pages about the rules themselves. This module imports none of these, so that the names
of the output formats cost next to nothing.
"""
