"""A model compiled for inference answers as the model it was made from, in every form of rows, and imports no trainer."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import litmus.runtime
from litmus.errors import PredictionError
from litmus.model import Model
from litmus.postprocessing import Calibrate, LabelMap, Threshold
from litmus.runtime import RuntimeModel
from trained_models import people, train_model

UNWANTED = ["pandas", "sklearn", "lightgbm", "xgboost", "catboost", "scipy", "polars", "pyarrow", "onnx", "litsdf"]
UNWANTED += [
    "litmus.algorithms",
    "litmus.steps",
    "litmus.pipeline",
    "litmus.training",
    "litmus.model",
    "litmus.postprocessing",
]


def copied(model: Model, folder: Path) -> RuntimeModel:
    return litmus.runtime.load(model.save(folder / "model.litmus"))


@pytest.fixture(scope="module")
def model() -> Model:
    return train_model(
        people(), target="rich", algorithm="LightGBM", folds=3, postprocessing=[Calibrate(), Threshold()]
    ).model


@pytest.fixture(scope="module")
def copy(model: Model, tmp_path_factory: pytest.TempPathFactory) -> RuntimeModel:
    return copied(model, tmp_path_factory.mktemp("runtime"))


def close(first: Any, second: Any) -> bool:
    return bool(np.allclose(np.asarray(first, dtype=float), np.asarray(second, dtype=float), atol=1e-5))


def test_every_form_of_rows_has_the_models_answers(model: Model, copy: RuntimeModel) -> None:
    frame = people(40)
    records = [{str(k): (None if pd.isna(v) else v) for k, v in row.items()} for row in frame.to_dict("records")]
    assert copy.notes == ()
    for rows in (records, frame, frame.set_axis(range(5, 45), axis=0), {n: list(frame[n]) for n in frame}):
        expected, got = model.predict_proba(rows), copy.predict_proba(rows)
        if isinstance(expected, pd.DataFrame):
            pd.testing.assert_frame_equal(got, expected, atol=1e-5, check_dtype=False)
            pd.testing.assert_series_equal(copy.predict(rows), model.predict(rows))
        else:
            assert [list(row) for row in got] == [list(row) for row in expected]
            assert close([list(r.values()) for r in got], [list(r.values()) for r in expected])
            assert copy.predict(rows) == model.predict(rows)
    for record in records:
        assert copy.predict(record) == model.predict(record)
        assert close(list(copy.predict_proba(record).values()), list(model.predict_proba(record).values()))
        answers = copy.answer(record)
        assert answers.labels[0] == model.predict(record)
        assert answers.probabilities.shape == (1, 2)


@pytest.mark.parametrize("kind", ["polars", "arrow", "litsdf", "path"])
def test_tables_of_other_libraries(kind: str, model: Model, copy: RuntimeModel, tmp_path: Path) -> None:
    frame = people(15)
    table: Any
    if kind == "polars":
        table = pytest.importorskip("polars").from_pandas(frame)
    elif kind == "arrow":
        import pyarrow as pa

        table = pa.Table.from_pandas(frame)
    elif kind == "litsdf":
        import litsdf

        table = litsdf.DataFrame(frame)
    else:
        table = str(tmp_path / "people.parquet")
        frame.to_parquet(table)
    assert copy.predict(table).tolist() == model.predict(table).tolist()


def test_nothing_and_one_row(model: Model, copy: RuntimeModel) -> None:
    assert copy.predict([]) == model.predict([]) == []
    assert copy.predict_proba([]) == []
    assert copy.predict(people(0)).tolist() == []
    assert copy.predict_proba(people(0)).shape == (0, 2)
    assert copy.predict([dict(copy.sample)]) == [copy.predict(copy.sample)] == [model.predict(model.sample)]


@pytest.mark.parametrize(
    "rows",
    [
        {"age": "old"},
        {},
        {"age": [1, 2], "city": ["a"]},
        {"age": 5, "member": "perhaps"},
        {"age": 5, "since": "soon"},
        [{"age": "old"}, {"age": "new"}],
        [{"age": 5, "since": True}],
        {"age": [1, 2], "city": "Oslo"},
        5,
        "nowhere.csv",
        None,
        [5],
    ],
)
def test_wrong_rows_have_the_models_sentences(rows: Any, model: Model, copy: RuntimeModel) -> None:
    with pytest.raises(litmus.LitmusError) as expected:
        model.predict(rows)
    with pytest.raises(litmus.LitmusError) as got:
        copy.predict(rows)
    assert (type(got.value), str(got.value)) == (type(expected.value), str(expected.value))


def test_threads_get_the_same_answers(copy: RuntimeModel) -> None:
    frame = people(60).drop(columns="rich")
    records = [{str(k): (None if pd.isna(v) else v) for k, v in row.items()} for row in frame.to_dict("records")]
    expected = [copy.predict_proba(record) for record in records]
    wrong: list[int] = []

    def ask() -> None:
        for _ in range(10):
            wrong.extend(n for n, record in enumerate(records) if copy.predict_proba(record) != expected[n])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_relabelled_answers(tmp_path: Path) -> None:
    model = train_model(people(), target="rich", postprocessing=[LabelMap({"yes": "rich", "no": "poor"})]).model
    copy = copied(model, tmp_path)
    assert copy.classes == model.classes == ("poor", "rich")
    assert copy.predict(people(20)).tolist() == model.predict(people(20)).tolist()
    assert copy.predict(copy.sample) == model.predict(model.sample)


@pytest.mark.parametrize("form", ["flags", "truths", "lists", "joined"])
def test_sets_of_labels(form: str, tmp_path: Path) -> None:
    frame = people(200)
    old, big = frame["age"] > 50, frame["height"].fillna(170) > 170
    rest = frame[["age", "height", "city"]]
    if form in ("flags", "truths"):
        dtype = int if form == "flags" else bool
        frame, target = rest.assign(old=old.astype(dtype), big=big.astype(dtype)), ["old", "big"]
    else:
        sets = [[n for n, on in (("old", o), ("big", b)) if on] for o, b in zip(old, big, strict=True)]
        frame, target = rest.assign(tags=["|".join(s) for s in sets] if form == "joined" else sets), ["tags"]
    model = train_model(
        frame, target=target if len(target) > 1 else target[0], algorithm="XGBoost", task="multilabel"
    ).model
    copy = copied(model, tmp_path)
    assert copy.predict(rest.iloc[:20]).equals(model.predict(rest.iloc[:20]))
    rows = [{"age": 70, "city": "Oslo"}, {"height": 190.0, "age": 20}]
    assert copy.predict(rows) == model.predict(rows)
    assert copy.predict(rows[0]) == model.predict(rows[0])
    assert list(copy.answer(rows).labels) == list(model.answer(rows).labels)


def test_regression(tmp_path: Path) -> None:
    model = train_model(people().dropna(subset="height"), target="height", algorithm="XGBoost", folds=2).model
    copy = copied(model, tmp_path)
    assert copy.predict(copy.sample) == pytest.approx(model.predict(model.sample), abs=1e-3)
    assert copy.predict(people(20)).to_numpy() == pytest.approx(model.predict(people(20)).to_numpy(), abs=1e-3)
    assert copy.answer(copy.sample).probabilities is None
    with pytest.raises(PredictionError, match="predicts a number"):
        copy.predict_proba(copy.sample)


@pytest.mark.parametrize("algorithm", ["LightGBM", "LinearModel", "RandomForest", "MLP"])
def test_no_training_library_is_imported(algorithm: str, tmp_path: Path) -> None:
    model = train_model(
        people(), target="rich", algorithm=algorithm, postprocessing=[Calibrate("isotonic"), Threshold()]
    ).model
    path = model.save(tmp_path / "model.litmus")
    code = (
        "import sys, json, litmus.runtime\n"
        "model = litmus.runtime.load(sys.argv[1])\n"
        "row = dict(model.sample)\n"
        "got = [model.predict(row), *model.predict([row, {**row, 'since': '31/01/2024'}]), model.answer(row).labels[0],\n"
        "       *model.answer({name: [value] * 2 for name, value in row.items()}).labels, *model.predict_proba(row)]\n"
        f"print(json.dumps([got, [name for name in {UNWANTED!r} if name in sys.modules], model.notes]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    answers, imported, notes = json.loads(ran.stdout)
    assert (imported, notes) == ([], [])
    assert set(answers) <= {"yes", "no"}
