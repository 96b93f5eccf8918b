import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from litmus.data import TaskData
from litmus.data.profile_association import TargetBins, associate
from litmus.data.profile_columns import describe_values, summary

ROWS = 2000


def _profile(data, target="y", **options):
    return TaskData.create(data=data, target=target, **options).load().profile()


def _column(profile, name):
    return next(column for column in profile.columns if column.name == name)


@pytest.fixture(scope="module")
def classes():
    random = np.random.default_rng(0)
    y = random.random(ROWS) < 0.3
    data = {
        "signal": y + random.normal(size=ROWS),
        "noise": random.normal(size=ROWS),
        "job": np.where(random.random(ROWS) < 0.8, np.where(y, "boss", "clerk"), "other"),
        "gap": np.where(random.random(ROWS) < 0.7, np.nan, random.normal(size=ROWS)),
        "same": ["always"] * ROWS,
        "user_id": np.arange(ROWS),
        "when": pd.date_range("2024-01-01", periods=ROWS, freq="h"),
        "copy": np.where(y, "paid", "open"),
        "y": np.where(y, "yes", "no"),
    }
    return data, _profile(data)


def test_counts_of_the_target(classes):
    data, profile = classes
    assert dict(profile.target.counts)["yes"] == pytest.approx(0.8 * (np.array(data["y"]) == "yes").sum(), abs=1)
    assert profile.rows + profile.test_rows == ROWS


def test_figures_of_a_numeric_column(classes):
    _, profile = classes
    column = _column(profile, "gap")
    assert column.missing == pytest.approx(0.7 * profile.rows, rel=0.1)
    assert sum(column.histogram.counts) == profile.rows - column.missing
    assert len(column.histogram.edges) == len(column.histogram.counts) + 1


def test_quartiles_and_outliers_are_those_of_a_box_plot():
    values = np.concatenate([np.random.default_rng(0).normal(size=1000), [50.0, -50.0]])
    found = summary(values)
    low, high = np.quantile(values, [0.25, 0.75])
    reach = 1.5 * stats.iqr(values)
    assert (found.lower_quartile, found.upper_quartile) == (low, high)
    assert found.outliers == ((values < low - reach) | (values > high + reach)).sum()
    assert found.deviation == pytest.approx(values.std())


def test_frequent_values(classes):
    _, profile = classes
    top = dict(_column(profile, "job").top)
    assert set(top) == {"boss", "clerk", "other"}
    assert sum(top.values()) == profile.rows


def test_times_have_a_histogram(classes):
    _, profile = classes
    found = _column(profile, "when").histogram
    assert found.edges[0].startswith("2024-01-01")
    assert sum(found.counts) == profile.rows


def test_the_area_of_a_number_is_close_to_that_of_its_ranks():
    random = np.random.default_rng(1)
    y = (random.random(20_000) < 0.4).astype(np.int64)
    x = pd.Series(y + random.normal(size=20_000))
    found = associate(x, "numeric", TargetBins.of("binary", y, ("a", "b")))
    assert found.measure == "AUC"
    assert found.value == pytest.approx(roc_auc_score(y, x), abs=0.01)


def test_the_area_of_categories_is_that_of_their_class_rates():
    random = np.random.default_rng(2)
    codes = random.integers(0, 12, 30_000)
    rates = np.linspace(0.05, 0.6, 12)
    y = (random.random(30_000) < rates[codes]).astype(np.int64)
    found = associate(pd.Series([f"c{code}" for code in codes]), "categorical", TargetBins.of("binary", y, ("a", "b")))
    assert found.value == pytest.approx(roc_auc_score(y, rates[codes]), abs=0.01)


def test_categories_without_meaning_have_no_association():
    random = np.random.default_rng(3)
    y = random.integers(0, 2, 5000)
    many = pd.Series([f"c{code}" for code in random.integers(0, 800, 5000)])
    found = associate(many, "categorical", TargetBins.of("binary", y, ("a", "b")))
    assert found.value == pytest.approx(0.5, abs=0.03)


def test_numbers_with_numbers_are_correlated():
    random = np.random.default_rng(4)
    x = random.normal(size=5000)
    y = -2 * x + random.normal(size=5000)
    bins = TargetBins.of("regression", y, ())
    found = associate(pd.Series(x), "numeric", bins)
    assert found.measure == "correlation"
    assert found.value == pytest.approx(stats.pearsonr(x, y).statistic)
    groups = pd.Series(np.where(x > 0, "high", "low"))
    ratio = associate(groups, "categorical", bins)
    assert ratio.measure == "correlation ratio"
    between = stats.f_oneway(y[x > 0], y[x <= 0])
    explained = between.statistic / (between.statistic + len(y) - 2)
    assert ratio.value == pytest.approx(np.sqrt(explained), abs=0.02)


def test_a_column_that_gives_the_answer_away_is_suspected(classes):
    _, profile = classes
    assert _column(profile, "copy").suspicion == "it alone tells the classes apart almost without error"
    assert any(warning.startswith("copy may give the answer away") for warning in profile.warnings)
    assert not _column(profile, "signal").suspicion
    assert _column(profile, "signal").association.value > 0.65
    assert _column(profile, "noise").association.value < 0.57


def test_known_leaks_of_real_tables(real_table):
    bikes = _profile(real_table("bike_sharing_hour"), "cnt")
    assert [column.name for column in bikes.columns if column.suspicion] == ["registered"]
    tweets = _profile(real_table("airline_tweets"), "airline_sentiment")
    assert {column.name for column in tweets.columns if column.suspicion} == {
        "negativereason",
        "negativereason_confidence",
    }
    for name, target in (("adult", "income"), ("diamonds", "price"), ("letter", "letter")):
        assert not [column.name for column in _profile(real_table(name), target).columns if column.suspicion]


def test_warnings_are_sentences(classes):
    _, profile = classes
    said = "\n".join(profile.warnings)
    assert "1 column is missing in more than half of the rows: 'gap'." in said
    assert "1 column has one value only: 'same'." in said
    assert "1 column identifies rows and is not learned from: 'user_id'." in said


def test_few_rows_and_rare_classes_are_pointed_out():
    profile = _profile({"x": range(100), "y": ["a", "b"] * 50})
    assert any("only 80 training rows" in warning for warning in profile.warnings)
    profile = _profile({"x": range(5000), "y": ["a"] * 4980 + ["b"] * 20})
    assert any("less than 1 % of the rows: 'b'" in warning for warning in profile.warnings)


def test_long_tables_are_sampled_and_it_is_said():
    random = np.random.default_rng(0)
    rows = 80_000
    profile = _profile(
        {"x": random.normal(size=rows), "c": random.choice(["u", None], rows), "y": random.normal(size=rows)}
    )
    assert profile.sampled == 50_000
    assert any("sample of 50,000 of 64,000 rows" in warning for warning in profile.warnings)
    assert _column(profile, "c").missing == pytest.approx(32_000, rel=0.05)


def test_copies_are_counted():
    data = pd.DataFrame({"x": np.arange(300) / 7, "y": ["a", "b"] * 150})
    profile = _profile({"train": pd.concat([data, data[:100]]), "test": data[:10]})
    assert profile.copies == 100
    assert any("100 rows are exact copies of another one (25 %)" in warning for warning in profile.warnings)


@pytest.mark.parametrize("target", ["y", ["a", "b"]])
def test_the_report_is_json(classes, target):
    data, profile = classes
    assert json.loads(json.dumps(profile.to_json()))["rows"] == profile.rows
    labels = {"x": range(100), "a": [0, 1] * 50, "b": [0, 0, 1, 1] * 25}
    multilabel = _profile(labels, ["a", "b"])
    assert dict(multilabel.target.counts).keys() == {"a", "b"}


def test_columns_without_values_do_not_break_it():
    profile = _profile({"x": [None] * 60, "z": range(60), "n": [[1], [2]] * 30, "y": ["a", "b"] * 30})
    assert _column(profile, "x").numbers is None
    assert any("no value at all: 'x'" in warning for warning in profile.warnings)


def test_values_that_cannot_be_compared_are_counted():
    assert describe_values(pd.Series([[1], [2], [1]]), "identifier").distinct == 2
