# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""Date methods: `series.dt`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.layouts.pandas import PandasColumn
from litsdf.operations.datetimes import FIELDS, FLAGS
from litsdf.passing import to_pandas

if TYPE_CHECKING:
    from litsdf.series import Series

__all__ = ["DATE_METHODS", "DatetimeMethods"]

_OTHER_NAMES = {
    "weekday": "day_of_week", "dayofweek": "day_of_week", "dayofyear": "day_of_year", "daysinmonth": "days_in_month",
}  # fmt: skip
DATE_METHODS = frozenset({
    "as_unit", "asfreq", "ceil", "day_name", "floor", "month_name", "normalize", "round", "strftime", "to_period", "to_pydatetime",
    "to_pytimedelta", "to_timestamp", "total_seconds", "tz_convert", "tz_localize", "isocalendar",
})  # fmt: skip
"""Names that are called; all others are fields."""


class DatetimeMethods:
    """Date fields and methods with pandas' names and meaning."""

    __slots__ = ("_series",)

    def __init__(self, series: Series) -> None:
        column = series._column
        if isinstance(column, PandasColumn):
            column.series.dt  # noqa: B018  (raises what pandas raises for values that are no dates)
        elif column.dtype == "opaque":
            from litsdf.kernels.dates import is_dates

            if not is_dates(column.data.dtype):
                raise AttributeError("Can only use .dt accessor with datetimelike values")
        elif column.dtype not in {"datetime64[us]", "timedelta64[us]"}:
            raise AttributeError("Can only use .dt accessor with datetimelike values")
        self._series = series

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in DATE_METHODS:
            return self._field(name)

        def method(*args: Any, **options: Any) -> Any:
            return self._call(name, args, options)

        return method

    def _field(self, name: str) -> Any:
        series = self._series
        native = _OTHER_NAMES.get(name, name)
        if series._column.layout != "pandas":
            try:
                if native in FIELDS or native in FLAGS or native == "days":
                    return series._new(series._column.elementwise(f"dt.{native}", (), {}))
            except NotNative:
                pass
            try:
                return self._by_kernel("property_of", name)
            except NotNative:
                pass
        return series._through_pandas(f"dt.{name}", lambda held: getattr(held.dt, name))

    def _call(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        series = self._series
        if series._column.layout != "pandas":
            try:
                if not args and not options and name in {"normalize", "total_seconds"}:
                    return series._new(series._column.elementwise(f"dt.{name}", (), {}))
            except NotNative:
                pass
            try:
                return self._by_kernel("call", name, args, options)
            except NotNative:
                pass
        given, named = to_pandas(args), to_pandas(options)
        return series._through_pandas(f"dt.{name}", lambda held: getattr(held.dt, name)(*given, **named))

    def _by_kernel(self, kind: str, name: str, *given: Any) -> Any:
        series = self._series
        values = series._array()
        from litsdf.kernels import dates

        result = getattr(dates, kind)(values, name, *to_pandas(given))
        return series._of_array(result) if getattr(result, "ndim", 0) else result

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *FIELDS, *FLAGS, *_OTHER_NAMES, *DATE_METHODS]
