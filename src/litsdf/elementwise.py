# ruff: noqa: SLF001, FBT001, FBT002, PLR0917  (friends read one another's values; pandas' own positional flags)
"""The methods of a column that look at each value by itself: missing values, casts, lookup, limits, replacement."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.operators import Operators
from litsdf.passing import Passing, to_pandas

if TYPE_CHECKING:
    import numpy as np

    from litsdf.series import Series

__all__ = ["Elementwise"]

_ABSENT: Any = object()
_ROWS = (0, "index", "rows", None)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was not given."""
    return {name: value for name, value in options.items() if value is not _ABSENT}


class Elementwise(Operators):
    """Row-by-row methods with pandas' names and meaning."""

    __slots__ = ()

    def _values_by(self, name: str, kernel: Callable[[], Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Run a kernel, and leave to pandas what it declines; `inplace` among the options is kept."""
        if self.layout != "pandas":
            try:
                return self._kept(self._tried(kernel), inplace=options.get("inplace") is True)
            except NotNative:
                pass
        return self._run_pandas(name, args, options)

    @property
    def ndim(self) -> int:
        """Number of dimensions: 1."""
        return 1

    def isna(self) -> Series:
        """Whether each value is missing."""
        return self._apply("isna", lambda held: held.isna(), kernel=_kernel("values", "isna"))

    def notna(self) -> Series:
        """Whether each value is there."""
        return self._apply("notna", lambda held: held.notna(), kernel=lambda values: ~_kernel("values", "isna")(values))

    isnull = isna
    notnull = notna

    def fillna(self, value: Any, *, axis: Any = None, inplace: bool = False, limit: int | None = None) -> Any:
        """Put a value where one is missing."""
        column = self._column
        if column.layout != "pandas" and inplace is False and limit is None and axis is None:
            try:
                return self._new(column.elementwise("fillna", (), {"value": value}))
            except NotNative:
                pass

        def fill() -> Any:
            if axis not in _ROWS or not isinstance(inplace, bool):
                raise NotNative("an axis")
            filling = self._beside(value) if isinstance(value, Passing) or hasattr(value, "index") else value
            if isinstance(value, dict | list | tuple | set) or getattr(value, "ndim", 0) > 1:
                raise NotNative("values by label")
            return self._by_kernel(lambda values: _kernel("blocks", "fillna")(values, filling, limit))

        return self._values_by("fillna", fill, (value,), {"axis": axis, "inplace": inplace, "limit": limit})

    def ffill(self, *, axis: Any = None, inplace: bool = False, limit: Any = None, limit_area: Any = None) -> Any:
        """Put the last value before where one is missing."""
        return self._padded("ffill", axis, inplace, limit, limit_area)

    def bfill(self, *, axis: Any = None, inplace: bool = False, limit: Any = None, limit_area: Any = None) -> Any:
        """Put the first value after where one is missing."""
        return self._padded("bfill", axis, inplace, limit, limit_area)

    def _padded(self, name: str, axis: Any, inplace: Any, limit: Any, limit_area: Any) -> Any:
        def pad() -> Any:
            if axis not in _ROWS or not isinstance(inplace, bool):
                raise NotNative("an axis")
            return self._by_kernel(lambda values: _kernel("blocks", "pad")(values, _PADDING[name], limit, limit_area))

        options = {"axis": axis, "inplace": inplace, "limit": limit, "limit_area": limit_area}
        return self._values_by(name, pad, (), options)

    def interpolate(
        self, method: Any = "linear", *, axis: Any = 0, limit: Any = None, inplace: bool = False,
        limit_direction: Any = None, limit_area: Any = None, **options: Any,
    ) -> Any:  # fmt: skip
        """Fill what is missing between known values."""
        given = {"limit": limit, "limit_direction": limit_direction, "limit_area": limit_area, **options}

        def fill() -> Any:
            if axis not in _ROWS or not isinstance(inplace, bool):
                raise NotNative("interpolate")
            self._array()  # a column of pandas' own, or one without values, is not for here
            index = self.index  # type: ignore[attr-defined]
            return self._by_kernel(lambda values: _kernel("blocks", "interpolate")(values, index, method, dict(given)))

        if self.layout != "pandas":
            try:
                return self._kept(fill(), inplace=inplace)
            except NotNative:
                pass
        return self._run_pandas("interpolate", (method,), {"axis": axis, "inplace": inplace, **given})

    def clip(
        self, lower: Any = None, upper: Any = None, *, axis: Any = None, inplace: bool = False, **options: Any
    ) -> Any:
        """Limit the values to lower … upper."""
        column = self._column
        if column.layout != "pandas" and inplace is False and axis is None and not options:
            try:
                return self._new(column.elementwise("clip", (), {"lower": lower, "upper": upper}))
            except NotNative:
                pass

        def limited() -> Any:
            if options or axis not in _ROWS or not isinstance(inplace, bool):
                raise NotNative("clip")
            self._array()  # a column of pandas' own, or one without values, is not for here
            return self._limited(lower, upper)

        return self._values_by("clip", limited, (lower, upper), {"axis": axis, "inplace": inplace, **options})

    def _limited(self, lower: Any, upper: Any) -> Any:
        from pandas import isna
        from pandas.api.types import is_number, is_scalar

        bounds = [None if bound is None or (is_scalar(bound) and isna(bound)) else bound for bound in (lower, upper)]
        if all(bound is None or is_scalar(bound) for bound in bounds):
            if None not in bounds:
                given: list[Any] = bounds
                bounds = [min(given), max(given)]
        elif any(bound is not None and not isinstance(bound, Elementwise) for bound in bounds):
            raise NotNative("a list of bounds")
        if bounds == [None, None]:
            return self.copy()  # type: ignore[attr-defined]
        result: Any = self
        numbers = all(bound is None or is_number(bound) for bound in bounds)
        missing = self.isna()
        for bound, inside, end in ((bounds[0], operator.ge, float("-inf")), (bounds[1], operator.le, float("inf"))):
            if bound is None:
                continue
            limit = bound.fillna(end) if isinstance(bound, Elementwise) else bound
            kept = inside(self if numbers else result, limit) | (missing if numbers else result.isna())
            result = result.where(kept, bound)
        return result

    def round(self, decimals: int = 0, *args: Any, **options: Any) -> Series:
        """Round half to even at a number of decimals."""
        if args or options:
            return self._run_pandas("round", (decimals, *args), options)
        if self.layout != "pandas":
            try:
                return self._new(self._column.elementwise("round", (), {"decimals": decimals}))
            except NotNative:
                pass

        def rounded() -> Any:
            values = self._array()
            if not len(values):
                return self.copy()  # type: ignore[attr-defined]
            if values.dtype == object:
                return self._of_array(_kernel("values", "round_objects")(values, decimals))
            return self._of_array(_kernel("blocks", "round_values")(values, decimals))

        return self._values_by("round", rounded, (decimals,), {})

    def abs(self) -> Series:
        """Absolute values."""
        return self._apply("abs", abs, kernel=lambda values: _kernel("operators", "unary")("abs", values))

    def astype(self, dtype: Any, copy: Any = _ABSENT, errors: Any = "raise") -> Series:
        """Give the values another dtype."""
        if copy is not _ABSENT or errors not in {"raise", "ignore"}:
            return self._run_pandas("astype", (dtype,), _given({"copy": copy, "errors": errors}))
        column = self._column
        if column.layout != "pandas":
            try:
                if errors == "raise":
                    target = _KNOWN.get(dtype, "other") if isinstance(dtype, type) else f"{dtype}"
                    return self._new(column.elementwise("astype", (), {"dtype": target}))
            except NotNative:
                pass
            try:
                if isinstance(dtype, dict) or hasattr(dtype, "items"):
                    raise NotNative("dtypes by name")
                return self._by_kernel(lambda values: _kernel("values", "astype")(values, dtype, errors))
            except NotNative:
                pass
        return self._through_pandas("astype", lambda held: held.astype(dtype, errors=errors))

    def isin(self, values: Any) -> Series:
        """Whether each value is among these."""
        column = self._column
        if column.layout != "pandas":
            try:
                if type(values) in {list, tuple, set, frozenset}:
                    return self._new(column.elementwise("isin", (), {"values": tuple(values)}))
            except NotNative:
                pass
            try:
                if isinstance(values, Passing) and not isinstance(values, Elementwise):
                    raise NotNative("a table")
                members = values._array() if isinstance(values, Elementwise) and values.layout != "pandas" else values
                return self._by_kernel(lambda held: _kernel("values", "isin")(held, to_pandas(members)))
            except NotNative:
                pass
        return self._through_pandas("isin", lambda held: held.isin(to_pandas(values)))

    def between(self, left: Any, right: Any, inclusive: Any = "both") -> Series:
        """Whether each value lies between two bounds."""
        if inclusive not in {"both", "neither", "left", "right"}:
            return self._run_pandas("between", (left, right), {"inclusive": inclusive})
        above: Any = self >= left if inclusive in {"both", "left"} else self > left
        below: Any = self <= right if inclusive in {"both", "right"} else self < right
        return above & below

    def map(self, func: Any = None, na_action: Any = None, *, engine: Any = None, **options: Any) -> Series:
        """Replace each value by what a dict, a Series or a function says."""
        column = self._column
        if column.layout != "pandas" and engine is None and func is not None:
            try:
                if type(func) is dict and na_action is None:
                    return self._new(column.elementwise("map", (), {"arg": func}))
            except NotNative:
                pass
            try:
                mapper = _bound(func, options)
                return self._by_kernel(lambda values: _kernel("values", "map_values")(values, mapper, na_action))
            except NotNative:
                pass
        given = {"na_action": na_action, **options} | ({} if engine is None else {"engine": engine})
        return self._run_pandas("map", (func,), given)

    def replace(
        self, to_replace: Any = None, value: Any = _ABSENT, *, inplace: bool = False, regex: Any = False
    ) -> Any:
        """Replace values by values, or what a regular expression finds."""
        column = self._column
        if column.layout != "pandas" and inplace is False and regex is False:
            pairs = to_replace if value is _ABSENT else {to_replace: value} if type(to_replace) in {str, int} else None
            try:
                if type(pairs) is dict:
                    return self._new(column.elementwise("replace", (), {"mapping": pairs}))
            except NotNative:
                pass

        def replaced() -> Any:
            from litsdf.kernels.blocks import ABSENT, replace

            if not isinstance(inplace, bool) or isinstance(to_replace, Passing) or isinstance(value, Passing):
                raise NotNative("a column of values")
            new = ABSENT if value is _ABSENT else value
            return self._by_kernel(lambda values: replace(values, to_replace, new, regex))

        options = _given({"value": value, "inplace": inplace, "regex": regex})
        return self._values_by("replace", replaced, (to_replace,), options)

    def where(
        self, cond: Any, other: Any = _ABSENT, *, inplace: bool = False, axis: Any = None, level: Any = None
    ) -> Any:
        """Keep values where the condition holds, put others elsewhere."""
        return self._chosen("where", cond, other, inplace, axis, level)

    def mask(
        self, cond: Any, other: Any = _ABSENT, *, inplace: bool = False, axis: Any = None, level: Any = None
    ) -> Any:
        """Put others where the condition holds, keep values elsewhere."""
        return self._chosen("mask", cond, other, inplace, axis, level)

    def _chosen(self, name: str, cond: Any, other: Any, inplace: Any, axis: Any, level: Any) -> Any:
        column = self._column
        plain = inplace is False and axis is None and level is None
        if column.layout != "pandas" and plain and isinstance(cond, Elementwise) and cond._column.dtype == "bool":
            held = cond._column
            try:
                if other is not _ABSENT:
                    held = held if name == "where" else held.elementwise("invert", (), {})
                    operand = other._column if isinstance(other, Elementwise) else other
                    return self._new(column.elementwise("where", (held, operand), {}))
            except NotNative:
                pass

        def choose() -> Any:
            if axis not in _ROWS or level is not None or not isinstance(inplace, bool):
                raise NotNative("an axis")
            flags = self._flags(cond, missing=name == "mask")
            new = self._choice(other)
            return self._by_kernel(
                lambda values: _kernel("blocks", "where")(values, flags if name == "where" else ~flags, *new)
            )

        options = _given({"other": other, "inplace": inplace, "axis": axis, "level": level})
        return self._values_by(name, choose, (cond,), options)

    def _flags(self, cond: Any, *, missing: bool) -> Any:
        """A condition as an array of flags; where it is missing, nothing is replaced."""
        import numpy as np

        values = self._operand(cond)
        dtype = str(getattr(values, "dtype", ""))
        if dtype == "boolean":
            values = values.to_numpy(dtype=bool, na_value=missing)
        if not isinstance(values, np.ndarray) or values.dtype != bool or values.shape != (len(self._column),):
            raise NotNative("a condition of another form")
        return values

    def _choice(self, other: Any) -> tuple[Any, ...]:
        """What to put elsewhere, as the kernel takes it: nothing, a scalar, or an array with the same rows."""
        from pandas.api.types import is_list_like

        if other is _ABSENT:
            return ()
        new = self._operand(other)
        if callable(new) or (is_list_like(new) and (not hasattr(new, "dtype") or len(new) != len(self._column))):
            raise NotNative("others of another form")
        return (new,)

    def to_list(self) -> list[Any]:
        """The values as Python objects."""
        if self.layout == "record":
            from litsdf.one_row import plain_value

            try:
                return [plain_value(self)]
            except NotNative:
                pass
        try:
            return _kernel("values", "listed")(self._array())
        except NotNative:
            return self._held().to_list()

    tolist = to_list

    @property
    def values(self) -> Any:
        """The values as pandas gives them."""
        try:
            return _kernel("values", "to_values")(self._array())
        except NotNative:
            return self.to_pandas().values

    @property
    def array(self) -> Any:
        """The values as an extension array of pandas."""
        try:
            return _kernel("arrays", "extension")(self._array())
        except NotNative:
            return self._held().array

    def to_numpy(self, dtype: Any = None, copy: bool = False, na_value: Any = _ABSENT, **options: Any) -> np.ndarray:
        """The values as a NumPy array."""
        given = _given({"na_value": na_value}) | options
        try:
            if options:
                raise NotNative("options of an array")
            from litsdf.kernels.blocks import ABSENT

            missing = given.get("na_value", ABSENT)
            return _kernel("values", "to_numpy")(self._array(), dtype, copy=copy, na_value=missing)
        except NotNative:
            return self.to_pandas().to_numpy(dtype=dtype, copy=copy, **given)


_PADDING = {"ffill": "pad", "bfill": "backfill"}
_KNOWN: dict[Any, Any] = {int: "int64", float: "float64", bool: "bool", str: "str"}


def _kernel(module: str, name: str) -> Callable[..., Any]:
    """One of the kernels; they are loaded with pandas, when first needed."""
    from importlib import import_module

    found: Callable[..., Any] = getattr(import_module(f"litsdf.kernels.{module}"), name)
    return found


def _bound(func: Any, options: dict[str, Any]) -> Any:
    """The mapper of `map` with its options bound."""
    if isinstance(func, Passing):
        return to_pandas(func)
    if not options:
        return func
    if not callable(func):
        raise NotNative("options of a mapping")
    from functools import partial

    return partial(func, **options)
