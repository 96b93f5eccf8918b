"""What changed is found and named; what did not change, or cannot be judged, does not alarm."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from litmus.data import TaskData
from litmus.errors import DataError, ParameterError
from litmus.metrics import Predictions
from litmus.monitor import Baseline, Limits, baseline_of_table, check, make_baseline
from litmus.monitor.page import render_page

TOWNS = np.array(["Oslo", "Rome", "Bonn"], dtype=object)


def people(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, rows).astype(float)
    pay = 20 + age / 2 + rng.normal(0, 8, rows)
    town = TOWNS[rng.choice(3, rows, p=[0.5, 0.3, 0.2])]
    chance = 1 / (1 + np.exp(-(pay - 45) / 5))
    rich = np.where(rng.random(rows) < chance, "yes", "no")
    frame = pd.DataFrame({"age": age, "pay": pay, "town": town, "rich": rich})
    frame["prediction"] = np.where(chance > 0.5, "yes", "no")
    frame["probability.no"], frame["probability.yes"] = 1 - chance, chance
    return frame


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    table = people(4_000, 1)
    data = TaskData.create(data=table[["age", "pay", "town", "rich"]], target="rich").load(seed=0)
    chance = 1 / (1 + np.exp(-(data.train["pay"].to_numpy() - 45) / 5))
    scores = np.column_stack([1 - chance, chance])
    predictions = Predictions("binary", data.y, scores, (chance > 0.5).astype(np.int64), ("no", "yes"))
    made = make_baseline(data, predictions, {"pay": 3.0, "age": 0.5, "town=Oslo": 0.3, "town=Rome": 0.2})
    return Baseline.from_bytes(made.to_bytes())


def test_a_baseline_is_small_and_comes_back(baseline):
    assert len(baseline.to_bytes()) < 200_000
    assert baseline.importance == pytest.approx({"pay": 0.75, "age": 0.125, "town": 0.125})
    assert baseline.outcomes is not None
    assert baseline.outcomes.on == "validation"
    rows, outcomes = baseline.known_outcomes()
    right = 1 / (1 + np.exp(-(rows["pay"].to_numpy() - 45) / 5))
    assert outcomes.scores[:, 1] == pytest.approx(right, abs=1e-6)  # rows and outcomes stay side by side


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x05\x06" + bytes(18)])
def test_a_damaged_baseline_says_what_to_do(content):
    with pytest.raises(DataError, match="damaged.*give a table"):
        Baseline.from_bytes(content)


@pytest.mark.parametrize("seed", range(4))
def test_rows_like_those_of_training_are_fine(baseline, seed):
    result = check(people(800, 10 + seed), baseline=baseline, by=["town"])
    assert result.verdict == "ok", str(result)
    assert result.findings == []
    assert {kind.verdict for name, kind in result.kinds.items() if name != "attribution_drift"} == {"ok"}
    assert result.labelled == 800
    json.dumps(result.to_json(), allow_nan=False)


def test_a_shift_is_found_and_named(baseline):
    table = people(800, 20)
    table["age"] += 15
    drift = check(table, baseline=baseline, kinds="data_drift").kinds["data_drift"]
    assert drift.verdict == "alarm"
    assert drift.figures["drifted"] == ["age"]
    assert drift.figures["importance drifted"] == pytest.approx(0.125)
    assert "age" in drift.sentence


def test_with_many_rows_a_tiny_difference_does_not_alarm(baseline):
    table = people(120_000, 21)
    table["age"] += 1  # certain, with so many rows, and of no consequence
    drift = check(table, baseline=baseline, kinds=["data_drift"]).kinds["data_drift"]
    assert drift.figures["columns"]["age"]["p_value"] < 0.001
    assert drift.verdict == "ok"


def test_with_few_rows_nothing_is_said(baseline):
    result = check(people(20, 22), baseline=baseline)
    assert result.verdict == "not enough data"
    assert "20 rows arrived" in result.kinds["data_drift"].sentence
    assert (
        check(people(0, 22), baseline=baseline).sentence
        == "No row arrived in this time, so that there is nothing to say."
    )


def test_missing_values_types_ranges_and_new_categories(baseline):
    table = people(600, 23).astype({"age": object})
    table.loc[:60, "age"] = None
    table.loc[100:140, "age"] = "unknown age"
    table.loc[200:230, "pay"] = 9e6
    table.loc[300:400, "town"] = "Paris"
    quality = check(table, baseline=baseline, kinds="data_quality").kinds["data_quality"]
    told = {(each.column, each.statistic) for each in quality.findings}
    assert told == {
        ("age", "missing share"),
        ("age", "wrong type share"),
        ("pay", "out of range share"),
        ("town", "new category share"),
    }
    assert "'Paris'" in next(each.sentence for each in quality.findings if each.column == "town")
    assert "unknown age" in next(each.sentence for each in quality.findings if each.statistic == "wrong type share")


def test_a_changed_schema_is_told(baseline):
    table = people(300, 24).drop(columns="pay").assign(salary=1.0, age="many")
    result = check(table, baseline=baseline)
    sentences = " ".join(each.sentence for each in result.findings)
    assert result.verdict == "alarm"
    assert "pay: the column does not arrive any more" in sentences
    assert "seems to have changed its type" in sentences
    assert "'salary'" in sentences
    assert "age" not in result.kinds["data_drift"].figures["columns"]  # nothing of it can be read


def test_columns_that_go_together_otherwise_are_found(baseline):
    table = people(900, 25)
    table["pay"] = np.random.default_rng(0).permutation(table["pay"])
    drift = check(table, baseline=baseline, kinds="data_drift").kinds["data_drift"]
    assert drift.figures["drifted"] == []
    assert "pay and age no longer go together" in drift.sentence


def test_other_answers_are_found(baseline):
    table = people(500, 26)
    table["probability.yes"] = 0.5 + table["probability.yes"] / 2
    table["probability.no"] = 1 - table["probability.yes"]
    table["prediction"] = "yes"
    result = check(table, baseline=baseline, kinds="prediction_drift")
    assert result.verdict == "alarm"
    assert "answers 'yes' for 100 % of the rows" in result.sentence
    table["prediction"] = "perhaps"
    strange = check(table, baseline=baseline, kinds="prediction_drift")
    assert any("none of the model's classes" in each.sentence for each in strange.findings)


def test_flipped_labels_are_found_when_they_arrive(baseline):
    table = people(500, 27)
    table.loc[:150, "rich"] = table.loc[:150, "rich"].map({"yes": "no", "no": "yes"})
    quality = check(table, baseline=baseline, kinds="model_quality").kinds["model_quality"]
    assert quality.verdict == "alarm"
    assert {each.statistic for each in quality.findings} >= {"roc_auc", "accuracy", "log_loss"}
    assert "got worse" in quality.sentence


def test_quality_is_estimated_without_labels(baseline):
    hard = people(6_000, 28)
    hard = hard.loc[hard["pay"].between(38, 52)].drop(columns="rich")
    estimated = check(hard, baseline=baseline, kinds="estimated_quality").kinds["estimated_quality"]
    assert estimated.verdict == "alarm"
    truth = people(6_000, 28)
    truth = truth.loc[truth["pay"].between(38, 52)]
    after = check(truth, baseline=baseline, kinds="model_quality").kinds["model_quality"].figures["roc_auc"]["current"]
    assert estimated.figures["roc_auc"]["estimate"] == pytest.approx(after, abs=0.03)


def test_bias_by_any_column(baseline):
    table = people(3_000, 29)
    table.loc[table["town"] == "Rome", "prediction"] = "no"
    bias = check(table, baseline=baseline, kinds="bias_drift", by=["town", "age"]).kinds["bias_drift"]
    assert bias.verdict == "alarm"
    assert "town = Rome" in bias.sentence
    assert "disparate impact" in bias.figures["town"]["Rome"]["positive answers"]
    with pytest.raises(ParameterError, match="Did you mean 'town'"):
        check(table, baseline=baseline, by=["twon"])


def test_attributions_that_move(baseline):
    rows = people(400, 30).drop(columns=["rich"])

    def usual(frame):
        return pd.DataFrame({"age": frame["age"] / 80, "pay": frame["pay"] / 10, "town": 0.1})

    assert check(rows, baseline=baseline, kinds="attribution_drift", attributions=usual).verdict == "ok"
    rows["age"] *= 40
    moved = check(rows, baseline=baseline, kinds="attribution_drift", attributions=usual)
    assert moved.verdict == "alarm"
    assert "age went from" in moved.sentence or "pay went from" in moved.sentence


def test_texts_are_compared_by_their_words():
    rng = np.random.default_rng(0)
    words = np.array(
        [
            "the",
            "a",
            "red",
            "green",
            "blue",
            "house",
            "tree",
            "car",
            "road",
            "lake",
            "of",
            "in",
            "on",
            "runs",
            "stands",
            "falls",
        ]
    )
    texts = [" ".join(rng.choice(words, 8)) for _ in range(800)]
    other = [" ".join(rng.choice(words[::-1][:9], 8)) for _ in range(300)]
    schema = baseline_of_table({"body": texts}).schema
    from litmus.data import Column, Schema

    reference = baseline_of_table({"body": texts[:500]}, schema=Schema([Column("body", "text")]))
    assert len(schema) == 1
    assert check({"body": texts[500:]}, baseline=reference, kinds="data_drift").verdict == "ok"
    changed = check({"body": other}, baseline=reference, kinds="data_drift")
    assert changed.verdict == "alarm"
    assert "body: the texts are other ones" in " ".join(each.sentence for each in changed.findings)


def test_windows_of_rows(baseline):
    table = people(1_500, 31)
    table.loc[1_000:, "age"] += 30
    result = check(table, baseline=baseline, window=500, kinds=["data_drift", "data_quality"])
    assert [window.verdict for window in result.windows] == ["ok", "ok", "alarm"]
    assert result.rows == 500
    assert result.verdict == "alarm"
    with pytest.raises(ParameterError, match="no column `time`"):
        check(table, baseline=baseline, window="1h")


def test_windows_of_time(baseline):
    table = people(900, 32)
    table["time"] = pd.date_range("2026-03-01", periods=900, freq="1min", tz="UTC")
    result = check(table, baseline=baseline, window="5h", kinds="data_quality")
    assert [window.rows for window in result.windows] == [300, 300, 300]
    early = check(table, baseline=baseline, end=pd.Timestamp("2026-03-01T02:00").to_pydatetime(), kinds="data_quality")
    assert early.rows == 120


def test_options_that_are_not_allowed(baseline):
    with pytest.raises(ParameterError, match="Did you mean 'data_drift'"):
        check(people(100, 1), baseline=baseline, kinds="data_drif")
    with pytest.raises(ParameterError, match="window=0"):
        check(people(100, 1), baseline=baseline, window=0)
    with pytest.raises(ParameterError, match="alpha"):
        Limits(alpha=2.0)
    with pytest.raises(DataError, match="nothing to compare the table with"):
        check(people(100, 1))


def test_a_table_may_be_the_reference(tmp_path):
    path = tmp_path / "reference.parquet"
    people(2_000, 33)[["age", "pay", "town"]].to_parquet(path)
    table = people(500, 34)[["age", "pay", "town"]]
    assert check(table, baseline=str(path), kinds=["data_drift", "data_quality"]).verdict == "ok"
    with pytest.raises(DataError, match="no rows"):
        check(table, baseline=people(0, 1))


def test_the_page_shows_then_and_now(baseline, tmp_path):
    table = people(700, 35)
    table["age"] += 30
    table["town"] = "<script>alert(1)</script>"
    result = check(table, baseline=baseline, by=["town"], window=350)
    page = render_page(result)
    assert "<script>alert" not in page
    assert "Something changed that matters" in page
    assert "Over time" in page
    assert page.count("data-chart") >= 4
    assert result.report(tmp_path / "monitor.html").read_text(encoding="utf-8") == page
