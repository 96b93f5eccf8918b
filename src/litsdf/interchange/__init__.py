"""Arrays out of columns and tables out of arrays, in any layout: what programs need that take litsdf tables.

Nothing here imports pandas unless the table is held by pandas, or a column has a dtype that only pandas reads.
"""

from litsdf.interchange.choosing import (
    as_frame,
    chosen,
    numbered_rows,
    rows_at,
    rows_between,
    same_rows,
    with_rows_of,
    without_columns,
)
from litsdf.interchange.making import in_place_of, joined, polars_frame, with_columns, with_matrix
from litsdf.interchange.reading import (
    dtype_name,
    dtype_names,
    is_constant,
    matrix,
    moments,
    numbers,
    python_values,
    texts,
)
from litsdf.interchange.records import frame_of_row, row_values, row_with

__all__ = [
    "as_frame",
    "chosen",
    "dtype_name",
    "dtype_names",
    "frame_of_row",
    "in_place_of",
    "is_constant",
    "joined",
    "matrix",
    "moments",
    "numbered_rows",
    "numbers",
    "polars_frame",
    "python_values",
    "row_values",
    "row_with",
    "rows_at",
    "rows_between",
    "same_rows",
    "texts",
    "with_columns",
    "with_matrix",
    "with_rows_of",
    "without_columns",
]
