# mypy: disable-error-code="attr-defined,import-not-found,type-var,call-arg,unused-ignore"

"""Putting values in places, by pandas' rules for what an array of some dtype can hold and what it becomes otherwise.

pandas keeps these rules with the Block: one array and where it stands in a table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas._libs import lib
from pandas._libs.internals import BlockPlacement
from pandas.api.types import is_dict_like, is_list_like, is_re_compilable
from pandas.core import missing
from pandas.core.array_algos.replace import should_use_regex
from pandas.core.internals.blocks import new_block

from litsdf.contract import NotNative
from litsdf.kernels.arrays import stored, wrapped

__all__ = [
    "ABSENT",
    "converted",
    "fillna",
    "inferred_objects",
    "interpolate",
    "pad",
    "replace",
    "round_values",
    "where",
]

ABSENT: Any = lib.no_default


def _block(values: Any) -> Any:
    values = wrapped(values)
    return new_block(values, BlockPlacement(slice(0, len(values))), ndim=1)


def _only(blocks: Any) -> Any:
    block = blocks[0] if isinstance(blocks, list) else blocks
    return stored(block.values)


def where(values: Any, condition: Any, other: Any = ABSENT) -> Any:
    """Keep values where an array of flags is true, take the other value, or the other array's, elsewhere."""
    return _only(_block(values).where(other, condition))


def fillna(values: Any, value: Any, limit: int | None = None) -> Any:
    """Put a value, or an array's, where one is missing."""
    return _only(_block(values).fillna(value, limit=limit))


def pad(values: Any, method: str, limit: int | None, limit_area: str | None) -> Any:
    """Put the last value before (`ffill`), or the first after (`bfill`), where one is missing."""
    return _only(_block(values).pad_or_backfill(method=method, limit=limit, limit_area=limit_area))


def interpolate(values: Any, index: Any, method: Any, options: dict[str, Any]) -> Any:
    """Fill what is missing between known values; distances are those of the index where the method looks at it.

    Raises:
        ValueError: as pandas does for a method, a limit or a direction that it refuses.
        TypeError: as pandas does for Python objects.
    """
    if not len(values):
        return values
    if not isinstance(method, str):
        raise ValueError("'method' should be a string, not None.")  # noqa: TRY004  (as pandas)
    if index.nlevels > 1 and method != "linear":
        raise ValueError("Only `method=linear` interpolation is supported on MultiIndexes.")
    direction = missing.infer_limit_direction(options.pop("limit_direction", None), method)
    places = missing.get_interp_index(method, index)
    made = _block(values).interpolate(method=method, index=places, inplace=False, limit_direction=direction, **options)
    return _only(made)


def inferred_objects(values: Any) -> Any:
    """Give Python objects the dtype that they all have, as `infer_objects` does."""
    return _only(_block(values).convert())


def converted(values: Any, options: dict[str, Any]) -> Any:
    """Give an array the dtype of pandas' own that holds it best, as `convert_dtypes` does."""
    return _only(_block(values).convert_dtypes(**options))


def round_values(values: Any, decimals: int) -> Any:
    """Round half to even at a number of decimals."""
    if values.dtype == object:
        raise NotNative("round of objects")
    return _only(_block(values).round(decimals))


def replace(values: Any, to_replace: Any, value: Any, regex: Any) -> Any:
    """Replace values, or what a regular expression finds, by others; what is asked for as `Series.replace` takes it.

    Raises:
        NotNative: arguments that pandas refuses.
    """
    if not isinstance(regex, bool | np.bool_) and to_replace is not None:
        raise NotNative("both to_replace and regex")
    if value is ABSENT:
        if not is_dict_like(to_replace):
            to_replace, regex = regex, True
        if not is_dict_like(to_replace) or any(is_dict_like(item) for item in to_replace.values()):
            raise NotNative("nothing to replace by")
        to_replace, value = list(to_replace.keys()), list(to_replace.values())
    if not len(values) or isinstance(to_replace, pd.Series) or isinstance(value, pd.Series) or callable(to_replace):
        raise NotNative("replace of no rows")
    if is_dict_like(to_replace) or is_dict_like(value):
        raise NotNative("a dict to replace by")
    if to_replace is None:
        if not (is_re_compilable(regex) or is_list_like(regex)):
            raise NotNative("a regular expression of another type")
        to_replace, regex = regex, True
    block = _block(values)
    if is_list_like(to_replace):
        targets = value if is_list_like(value) else [value] * len(to_replace)
        if len(to_replace) != len(targets):
            raise NotNative("lists of different lengths")
        return _several(block.replace_list(to_replace, targets, inplace=False, regex=bool(regex)))
    if is_list_like(value):
        raise NotNative("a list to replace by")
    if should_use_regex(bool(regex), to_replace):
        return _several(block._replace_regex(to_replace, value, inplace=False))  # noqa: SLF001  (no public name)
    return _several(block.replace(to_replace, value, inplace=False))


def _several(blocks: Any) -> Any:
    if len(blocks) != 1:
        raise NotNative("a result in parts")
    return _only(blocks)
