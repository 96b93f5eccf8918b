"""A model takes rows as they come and answers in the user's own labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from litmus.bundle import load
from litmus.errors import PredictionError
from litmus.postprocessing import Threshold
from trained_models import Trained, people, train_model

ROW = {"age": 70, "city": "Oslo", "height": 180.0, "member": True, "since": "2021-03-04"}


@pytest.fixture(scope="module")
def binary() -> Trained:
    return train_model(people(), target="rich", folds=3)


@pytest.fixture(scope="module")
def regression() -> Trained:
    return train_model(people().drop(columns="rich"), target="height")


def test_one_row_gives_one_label(binary: Trained) -> None:
    answer = binary.model.predict(ROW)
    assert type(answer) is str
    assert answer == "yes"
    probabilities = binary.model.predict_proba(ROW)
    assert list(probabilities) == ["no", "yes"]
    assert all(type(value) is float for value in probabilities.values())
    assert sum(probabilities.values()) == pytest.approx(1)


def test_a_list_gives_a_list(binary: Trained) -> None:
    young = {**ROW, "age": 19, "city": "Delft"}
    assert binary.model.predict([ROW, young, ROW]) == ["yes", "no", "yes"]
    assert [row["yes"] > 0.5 for row in binary.model.predict_proba([ROW, young])] == [True, False]
    assert binary.model.predict([]) == []
    assert binary.model.predict_proba([]) == []


def test_a_frame_gives_a_series_with_its_index(binary: Trained) -> None:
    frame = people(20).set_axis([f"row {i}" for i in range(20)], axis=0)
    answers = binary.model.predict(frame)
    assert isinstance(answers, pd.Series)
    assert answers.name == "rich"
    assert answers.index.equals(frame.index)
    assert set(answers) <= {"yes", "no"}
    probabilities = binary.model.predict_proba(frame)
    assert list(probabilities.columns) == ["no", "yes"]
    assert probabilities.index.equals(frame.index)
    np.testing.assert_array_equal(probabilities["yes"] > 0.5, answers == "yes")


def test_every_form_of_the_rows_gives_the_same_answer(binary: Trained, tmp_path: Path) -> None:
    frame = people(30).drop(columns="rich")
    expected = binary.model.predict_proba(frame)["yes"].to_numpy()
    frame.to_csv(tmp_path / "rows.csv", index=False)
    frame.to_parquet(tmp_path / "rows.parquet")
    forms: dict[str, Any] = {
        "polars": pl.from_pandas(frame),
        "dict of columns": {name: frame[name].tolist() for name in frame},
        "csv": tmp_path / "rows.csv",
        "parquet": str(tmp_path / "rows.parquet"),
        "other order": frame[frame.columns[::-1]],
        "extra columns": frame.assign(extra=1, rich="no"),
    }
    for form, rows in forms.items():
        np.testing.assert_allclose(binary.model.predict_proba(rows)["yes"], expected, err_msg=form)
    listed = [
        {name: None if pd.isna(value) else value for name, value in row.items()} for row in frame.to_dict("records")
    ]
    np.testing.assert_allclose([row["yes"] for row in binary.model.predict_proba(listed)], expected)
    np.testing.assert_allclose([binary.model.predict_proba(row)["yes"] for row in listed], expected)


def test_the_callers_rows_are_left_as_they_were(binary: Trained) -> None:
    frame = people(20)
    before = frame.copy(deep=True)
    row = dict(ROW)
    binary.model.predict(frame)
    binary.model.predict(row)
    pd.testing.assert_frame_equal(frame, before)
    assert row == ROW


def test_an_optional_column_may_be_left_out_and_a_required_one_may_not(binary: Trained) -> None:
    row = {name: value for name, value in ROW.items() if name != "height"}
    assert binary.model.predict(row) == binary.model.predict({**ROW, "height": None})
    with pytest.raises(PredictionError, match="age"):
        binary.model.predict({name: value for name, value in ROW.items() if name != "age"})


def test_a_wrong_type_names_the_column(binary: Trained) -> None:
    with pytest.raises(PredictionError, match="age.*'old'"):
        binary.model.predict({**ROW, "age": "old"})
    with pytest.raises(PredictionError, match="age"):
        binary.model.predict([ROW, {**ROW, "age": [1, 2]}])


def test_an_unknown_category_is_no_error(binary: Trained) -> None:
    assert binary.model.predict({**ROW, "city": "Atlantis"}) in ("yes", "no")


def test_fold_models_answer_with_the_mean_of_their_scores(binary: Trained) -> None:
    frame = binary.data.train.head(50)
    mean = np.mean([pipeline.scores(frame) for pipeline in binary.model.pipelines], axis=0)
    np.testing.assert_allclose(binary.model.scores(frame), mean, rtol=1e-6)
    assert len(binary.model.pipelines) == 3


def test_large_tables_are_predicted_in_pieces_with_the_same_answers(
    binary: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = people(103)
    whole = binary.model.predict_proba(frame)
    sizes = []
    scores = type(binary.model.pipelines[0]).scores

    def counted(self: Any, rows: pd.DataFrame) -> np.ndarray:
        sizes.append(len(rows))
        return scores(self, rows)

    monkeypatch.setattr("litmus.model._CHUNK_CELLS", 50)
    monkeypatch.setattr(type(binary.model.pipelines[0]), "scores", counted)
    pd.testing.assert_frame_equal(binary.model.predict_proba(frame), whole)
    assert max(sizes) == 10
    assert sum(sizes) == 3 * 103


def test_an_empty_table_gives_an_empty_answer(binary: Trained, regression: Trained) -> None:
    empty = people(5).iloc[:0]
    assert binary.model.predict(empty).tolist() == []
    assert binary.model.predict_proba(empty).shape == (0, 2)
    assert regression.model.predict(empty).tolist() == []


@pytest.mark.parametrize(
    "labels",
    [["a", "b"], [False, True], [0, 1], [3, 7], [0.5, 1.5], ["low", "mid", "high"], [10, 20, 30]],
    ids=str,
)
def test_labels_come_back_in_the_users_own_type(labels: list) -> None:
    rng = np.random.default_rng(1)
    codes = rng.integers(0, len(labels), 200)
    frame = pd.DataFrame({"x": codes * 10 + rng.normal(size=200), "z": rng.normal(size=200)})
    frame["y"] = pd.Series([labels[code] for code in codes])
    task = ("multi-class" if len(labels) > 2 else "binary", "classification")
    model = train_model(frame, target="y", task=task).model
    assert set(model.classes) == set(labels)
    answer = model.predict({"x": 0.0, "z": 0.0})
    assert type(answer) is type(labels[0])
    assert answer == labels[0]
    answers = model.predict(frame.drop(columns="y"))
    assert answers.dtype == frame["y"].dtype
    assert (answers == frame["y"]).mean() > 0.95
    assert list(model.predict_proba(frame).columns) == list(model.classes)


def test_regression_answers_numbers_and_has_no_probabilities(regression: Trained) -> None:
    row = {name: value for name, value in ROW.items() if name != "height"}
    answer = regression.model.predict(row)
    assert type(answer) is float
    assert 130 < answer < 210
    assert regression.model.predict([row]) == [answer]
    assert regression.model.predict(pd.DataFrame([row])).name == "height"
    assert regression.model.classes == ()
    with pytest.raises(PredictionError, match=r"use predict\(\)"):
        regression.model.predict_proba(row)


def test_several_targets_give_a_frame() -> None:
    frame = people()
    frame["old"] = (frame["age"] > 50).astype(int)
    frame["tall"] = (frame["height"].fillna(0) > 172).astype(int)
    model = train_model(frame.drop(columns="rich"), target=["old", "tall"]).model
    rows = frame.head(9).set_axis(range(100, 109), axis=0)
    answers = model.predict(rows)
    assert list(answers.columns) == ["old", "tall"]
    assert answers.index.equals(rows.index)
    probabilities = model.predict_proba(rows)
    np.testing.assert_array_equal(probabilities.to_numpy() >= 0.5, answers.to_numpy() == 1)
    assert set(model.predict(ROW)) == {"old", "tall"}
    assert set(model.predict_proba(ROW)) == {"old", "tall"}


def test_thresholds_decide_and_label_maps_rename() -> None:
    frame = people()
    plain = train_model(frame, target="rich").model
    strict = train_model(frame, target="rich", postprocessing=[Threshold(value=0.9)]).model
    sure = plain.predict_proba(frame)["yes"] >= 0.9
    np.testing.assert_array_equal(strict.predict(frame) == "yes", sure)
    named = train_model(frame, target="rich", postprocessing=[{"yes": 1, "no": 0}]).model
    assert named.predict(ROW) == 1
    assert set(named.predict_proba(ROW)) == {0, 1}


def test_a_function_may_follow() -> None:
    model = train_model(
        people(), target="rich", postprocessing=[lambda labels: np.char.upper(labels.astype(str))]
    ).model
    assert model.predict(ROW) == "YES"
    assert model.predict([ROW, ROW]) == ["YES", "YES"]
    assert set(model.predict(people(10))) <= {"YES", "NO"}


def test_labels_and_probabilities_come_in_one_go(binary: Trained, regression: Trained) -> None:
    frame = people(15)
    answers = binary.model.answer(frame)
    assert list(answers.labels) == binary.model.predict(frame).tolist()
    np.testing.assert_array_equal(answers.probabilities, binary.model.predict_proba(frame))
    assert regression.model.answer(frame).probabilities is None


def test_a_real_table_from_training_to_a_file_and_back(real_table, tmp_path: Path) -> None:
    trained = train_model(real_table("penguins"), target="species", algorithm="LightGBM", folds=2)
    model, data = load(trained.model.save(tmp_path / "penguins.litmus")), trained.data
    answers = model.predict(data.test)
    assert (answers == data.target.decode(data.y_test)).mean() > 0.9
    raw = pd.read_parquet(real_table("penguins"))
    pd.testing.assert_frame_equal(model.predict_proba(raw), trained.model.predict_proba(raw))
    assert model.predict(model.sample) in set(raw["species"])


def test_the_sample_is_a_row_that_works(binary: Trained) -> None:
    assert list(binary.model.sample) == binary.model.schema.inputs
    assert binary.model.predict(binary.model.sample) in ("yes", "no")


def test_importance_is_the_mean_over_the_pipelines(binary: Trained) -> None:
    shares = binary.model.importance()
    assert sum(shares.values()) == pytest.approx(1, abs=1e-6)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    name, share = next(iter(shares.items()))
    assert share == pytest.approx(np.mean([p.importance().get(name, 0.0) for p in binary.model.pipelines]))


def test_it_shows_what_it_is(binary: Trained) -> None:
    text = repr(binary.model)
    for words in ("'small'", "binary", "'rich'", "LinearModel", "3 fold models", "accuracy 0.8750"):
        assert words in text
    page = binary.model._repr_html_()
    assert page.count("<") == page.count(">")
    assert "&#x27;rich&#x27;" in page
