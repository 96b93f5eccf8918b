"""Parts of dates against pandas."""

import numpy as np
import pandas as pd
import pytest

from litmus.errors import DataError, ParameterError
from litmus.steps import DateParts


@pytest.fixture
def table():
    random = np.random.default_rng(7)
    moments = pd.Timestamp("1931-05-17 03:04:05") + pd.to_timedelta(random.integers(0, 50_000_000, 500), unit="min")
    return pd.DataFrame({"n": range(500), "at": moments.where(random.random(500) > 0.1)})


def test_parts_are_those_of_pandas(table):
    result = DateParts().fit_transform(table)
    dates = table["at"].dt
    expected = {
        "year": dates.year,
        "month": dates.month,
        "day": dates.day,
        "day of week": dates.day_of_week,
        "weekend": dates.day_of_week.ge(5).astype(float).where(table["at"].notna()),
        "hour": dates.hour,
        "minute": dates.minute,
        "elapsed days": (table["at"] - table["at"].min()) / pd.Timedelta(days=1),
    }
    assert result.columns.tolist() == ["n", *(f"at: {part}" for part in expected)]
    for part, values in expected.items():
        np.testing.assert_allclose(result[f"at: {part}"], values.astype(float), rtol=1e-6, err_msg=part)


def test_only_parts_that_vary_are_made():
    days = pd.DataFrame({"day": pd.date_range("2024-03-04", periods=5)})
    step = DateParts()
    assert step.fit_transform(days).columns.tolist() == ["day: day", "day: day of week", "day: elapsed days"]
    assert step.report() == ["Turned day into day, day of week, elapsed days."]
    step.fit(days[:1])
    assert step.report() == ["Dropped day: its dates do not vary."]
    assert step.transform(days).columns.tolist() == []


def test_days_are_counted_from_the_earliest_training_date():
    step = DateParts(parts=["elapsed days"])
    step.fit(pd.DataFrame({"day": pd.to_datetime(["2024-01-02", "2024-01-05"])}))
    new = pd.DataFrame({"day": pd.to_datetime(["2024-01-01", None, "2024-01-02 12:00"], format="ISO8601")})
    np.testing.assert_array_equal(step.transform(new)["day: elapsed days"], [-1, np.nan, 0.5])


def test_time_zones_are_converted():
    new_york = pd.DataFrame(
        {"at": pd.to_datetime(["2024-01-01 20:00", "2024-01-02 23:30"]).tz_localize("America/New_York")}
    )
    assert DateParts(parts=["hour", "day"]).fit_transform(new_york)["at: hour"].tolist() == [1.0, 4.0]


def test_parts_stand_where_the_date_stood(table):
    result = DateParts(parts=["year"]).fit_transform(table[["at", "n"]])
    assert result.columns.tolist() == ["at: year", "n"]


def test_errors():
    with pytest.raises(ParameterError, match="'quarter'; use some of year"):
        DateParts(parts=["quarter"])
    with pytest.raises(DataError, match="works on datetime columns, and column 'n' has type int64"):
        DateParts(["n"]).fit(pd.DataFrame({"n": [1]}))
