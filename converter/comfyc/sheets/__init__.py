"""Contact sheets: the outputs of a study by their parameters, as an HTML page or a picture.

    RowResult  ->  Sheet             model.py: columns with their values, rows, and the files that are there
    Sheet      ->  Axes              axes.py: which parameters are rows, columns and sections
    Sheet, Axes, thumbnails  ->  HTML     page.py, with sheet.css, rows.js, grid.js and view.js
    Sheet, Axes              ->  PNG      blocks.py, png.py, lettering.py

Pictures are made small by Pillow (``thumbnails.py``), an extra, which is imported only here.
"""
