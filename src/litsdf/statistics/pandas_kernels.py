"""pandas' statistics of arrays, which have no public name; looked up in one place, so that a move of one breaks here."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from litsdf.kernels.arrays import wrapped

__all__ = [
    "COVARIANCES", "REDUCTIONS", "accumulated", "algorithms", "correlation", "covariance", "map_array", "position",
    "quantiles", "ranked_array", "reduced", "unboxed", "validate_percentile", "values_of",
]  # fmt: skip

_nanops: Any = import_module("pandas.core.nanops")
algorithms: Any = import_module("pandas.core.algorithms")
_quantile: Any = import_module("pandas.core.array_algos.quantile")
_base: Any = import_module("pandas.core.base")
_validators: Any = import_module("pandas.util._validators")

validate_percentile: Any = _validators.validate_percentile
unboxed: Any = _base.maybe_unbox_numpy_scalar
map_array: Any = algorithms.map_array
correlation: Any = _nanops.nancorr
covariance: Any = _nanops.nancov
COVARIANCES: Any = import_module("pandas._libs.algos")

REDUCTIONS: dict[str, Any] = {
    name: getattr(_nanops, f"nan{name}")
    for name in ("sum", "prod", "mean", "median", "min", "max", "std", "var", "sem", "skew", "kurt", "any", "all")
}
"""Name of a reduction → pandas' function of NumPy arrays for it."""
_POSITIONS: dict[str, Any] = {name: getattr(_nanops, f"nan{name}") for name in ("argmin", "argmax")}
_RUNNING: dict[str, Any] = {
    "cumsum": np.cumsum, "cumprod": np.cumprod, "cummin": np.minimum.accumulate, "cummax": np.maximum.accumulate,
}  # fmt: skip


def values_of(column: Any) -> Any:
    """Give the values of a column as pandas' kernels take them."""
    return wrapped(column.array())


def reduced(values: Any, name: str, keywords: dict[str, Any]) -> Any:
    """Reduce an array to one value, as a Series of it would."""
    if isinstance(values, np.ndarray):
        return unboxed(REDUCTIONS[name](values, **keywords), object_with_dtype=_like(values, name))
    return unboxed(values._reduce(name, **keywords), object_with_dtype=_like(values, name))  # noqa: SLF001


def _like(values: Any, name: str) -> Any:
    return None if name in {"any", "all"} else values


def quantiles(values: Any, shares: np.ndarray, interpolation: str) -> Any:
    """Give the values below which these shares of an array lie."""
    return _quantile.quantile_compat(values, shares, interpolation)


def accumulated(values: Any, name: str, *, skipna: bool) -> Any:
    """Give the running sum, product or extreme of an array."""
    if isinstance(values, np.ndarray):
        return _nanops.na_accum_func(values, _RUNNING[name], skipna=skipna)
    return values._accumulate(name, skipna=skipna)  # noqa: SLF001


def position(values: Any, name: str, *, skipna: bool) -> Any:
    """Give the position of the first smallest or largest value."""
    if isinstance(values, np.ndarray):
        return unboxed(_POSITIONS[name](values, skipna=skipna))
    return unboxed(getattr(values, name)(skipna=skipna))


def ranked_array(values: Any, **options: Any) -> Any:
    """Give the ranks of an array's values."""
    if isinstance(values, np.ndarray):
        return algorithms.rank(values, axis=0, **options)
    return values._rank(axis=0, **options)  # noqa: SLF001
