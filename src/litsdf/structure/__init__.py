"""What moves rows and columns around without knowing what is in them, natively for every dtype.

Row labels and column names are pandas Indexes in every layout. Whatever depends on them alone is asked of pandas with
the *row numbers* in the place of the data (`rulers`); the columns are then taken by the numbers that come back
(`gathering`), by NumPy, Polars or pandas' own array, depending on who holds the dtype.
"""
