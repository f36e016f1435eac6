"""Findings as text, in every form that ``--format`` offers. Nothing here prints.

    found = of_carried(name, diagnostics, carried)      findings.py: what the stages found in one file
    chosen = selection(select, ignore, ...)             selection.py: what of it is to be shown
    report = located(found, chosen)                     findings.py: sorted, with lines and columns
    reporter_of("sarif")([report, ...])                 formats.py: the text in a form of the table there
    summary_line([report, ...])                         counts.py: the closing line

``pages.py`` writes what is to be said about the rules themselves. This module imports none of them, so that
the names of the forms cost next to nothing.
"""
