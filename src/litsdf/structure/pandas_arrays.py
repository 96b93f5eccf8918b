"""pandas' functions on arrays that have no public name: the rules for dtypes, sorting and setting that only it knows.

They are looked up in one place, so that a pandas that moves one of them breaks here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = [
    "LossySetitemError", "array_equals", "concat_compat", "duplicated", "explode", "find_common_type", "is_valid_na_for_dtype", "lexsort_indexer",
    "nargsort", "np_can_hold_element",
]  # fmt: skip

_cast: Any = import_module("pandas.core.dtypes.cast")
_missing: Any = import_module("pandas.core.dtypes.missing")
_concat: Any = import_module("pandas.core.dtypes.concat")
_sorting: Any = import_module("pandas.core.sorting")
_algorithms: Any = import_module("pandas.core.algorithms")
_reshape: Any = import_module("pandas._libs.reshape")

find_common_type: Any = _cast.find_common_type
np_can_hold_element: Any = _cast.np_can_hold_element
LossySetitemError: type[Exception] = _cast.LossySetitemError
is_valid_na_for_dtype: Any = _missing.is_valid_na_for_dtype
array_equals: Any = _missing.array_equals
concat_compat: Any = _concat.concat_compat
nargsort: Any = _sorting.nargsort
lexsort_indexer: Any = _sorting.lexsort_indexer
duplicated: Any = _algorithms.duplicated
explode: Any = _reshape.explode
