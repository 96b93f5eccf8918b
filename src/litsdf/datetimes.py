# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""Date methods: `series.dt`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.operations.datetimes import FIELDS, FLAGS
from litsdf.passing import to_pandas

if TYPE_CHECKING:
    from litsdf.series import Series

__all__ = ["DatetimeMethods"]

_OTHER_NAMES = {
    "weekday": "day_of_week", "dayofweek": "day_of_week", "dayofyear": "day_of_year", "daysinmonth": "days_in_month",
}  # fmt: skip


class DatetimeMethods:
    """Date fields and methods with pandas' names and meaning."""

    __slots__ = ("_series",)

    def __init__(self, series: Series) -> None:
        column = series._column
        if column.layout == "pandas":
            column.series.dt  # noqa: B018  (raises what pandas raises for values that are no dates)
        elif column.dtype not in {"datetime64[us]", "timedelta64[us]", "opaque"}:
            raise AttributeError("Can only use .dt accessor with datetimelike values")
        self._series = series

    def _native(self, name: str) -> Any:
        series = self._series
        if series._column.layout != "pandas":
            try:
                return series._new(series._column.elementwise(f"dt.{name}", (), {}))
            except NotNative:
                pass
        return series._through_pandas(f"dt.{name}", lambda held: getattr(held.dt, name))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        native = _OTHER_NAMES.get(name, name)
        if native in FIELDS or native in FLAGS or native == "days":
            return self._native(native)
        held = self._series._held()
        found = getattr(held.dt, name)
        if not callable(found):
            return self._series._through_pandas(f"dt.{name}", lambda held: getattr(held.dt, name))

        def method(*args: Any, **options: Any) -> Any:
            given, named = to_pandas(args), to_pandas(options)
            return self._series._through_pandas(f"dt.{name}", lambda held: getattr(held.dt, name)(*given, **named))

        return method

    def normalize(self) -> Series:
        """The dates at midnight."""
        return self._called("normalize")

    def total_seconds(self) -> Series:
        """The durations in seconds."""
        return self._called("total_seconds")

    def _called(self, name: str) -> Series:
        series = self._series
        if series._column.layout != "pandas":
            try:
                return series._new(series._column.elementwise(f"dt.{name}", (), {}))
            except NotNative:
                pass
        return series._through_pandas(f"dt.{name}", lambda held: getattr(held.dt, name)())
