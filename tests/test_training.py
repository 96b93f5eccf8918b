"""`train` beyond the headline: tasks, steps, postprocessing, failures of candidates, seeds, and what stays behind."""

import dataclasses
import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

import litmus
from litmus.errors import DataError, LitmusError, ParameterError, UnknownNameError

TWO = {"train": {"cpus": 2}, "predict": {"cpus": 2}}


def train(data, **options):
    options.setdefault("algorithm", "LinearModel")
    options.setdefault("k_fold", 3)
    options.setdefault("resources", TWO)
    options.setdefault("executor", "in_process")  # worker processes have tests of their own and take time to start
    return litmus.train(data, callbacks=[], **options)


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(0)
    rows = 400
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, rows),
            "town": rng.choice(["Oslo", "Rome", "Lima", None], rows),
            "joined": pd.date_range("2024-01-01", periods=rows, freq="D"),
            "height": rng.normal(170, 10, rows).round(1),
        }
    )
    frame["bought"] = np.where((frame["age"] > 45) ^ (frame["town"] == "Rome"), "yes", "no")
    return frame


@dataclasses.dataclass
class Raises(litmus.Classifier):
    def fit(self, X, y, context):
        raise RuntimeError("the moon is in the wrong phase")

    def predict_proba(self, X):
        return X


@dataclasses.dataclass
class WrongShape(litmus.Classifier):
    def fit(self, X, y, context):
        pass

    def predict_proba(self, X):
        return np.zeros((X.shape[0], 7), np.float32)


@dataclasses.dataclass
class Dies(litmus.Classifier):
    def fit(self, X, y, context):
        import os

        os._exit(1)

    def predict_proba(self, X):
        return X


def test_a_failing_algorithm_is_a_failed_trial_and_the_run_goes_on(people):
    run = train(people, target="bought", algorithm=["LinearModel", Raises(), WrongShape(), Dies()], executor="local")
    by_name = {trial.name: trial for trial in run.leaderboard}
    assert by_name["LinearModel"].status == "complete"
    assert "the moon is in the wrong phase" in by_name["Raises"].reason
    assert "shape (" in by_name["WrongShape"].reason
    assert "worker process ended" in by_name["Dies"].reason
    assert run.leaderboard[1].name == "LinearModel"
    assert "the moon is in the wrong phase" in str(run.leaderboard)
    with pytest.raises(LitmusError, match="has no model"):
        run.model("Raises")


def test_regression_answers_numbers(people):
    run = train(people.drop(columns="bought"), target="height", algorithm=["LightGBM", "LinearModel"])
    assert run.leaderboard.objectives == {"data": "rmse"}
    assert isinstance(run.best.predict(run.best.sample), float)
    with pytest.raises(LitmusError, match="predicts a number and has no probabilities"):
        run.best.predict_proba(run.best.sample)


@pytest.mark.parametrize(
    "labels", [["no", "yes"], [False, True], [0, 1], [3, 7], [1.5, 2.5], ["a", "b", "c"], [10, 20, 30]]
)
def test_the_model_answers_in_the_users_own_labels(people, labels):
    frame = people.drop(columns="bought")
    frame["y"] = [labels[code] for code in (frame["age"] // 27).clip(upper=len(labels) - 1)]
    task = "binary" if len(labels) == 2 else "multiclass"
    run = train(frame, target="y", task=task, algorithm="DecisionTree")
    answer = run.best.predict(run.best.sample)
    assert answer in labels
    assert type(answer) is type(labels[0])
    assert set(run.best.predict(frame)) <= set(labels)


def test_multi_label(people):
    frame = people.drop(columns="bought").assign(
        old=(people["age"] > 50).astype(int), tall=(people["height"] > 172).astype(int)
    )
    run = train(frame, target=["old", "tall"], algorithm=["LightGBM", "LinearModel"])
    predicted = run.best.predict(frame)
    assert list(predicted.columns) == ["old", "tall"]
    assert (predicted["old"].to_numpy() == frame["old"].to_numpy()).mean() > 0.95


def test_plain_functions_and_steps_travel_with_the_model(people, tmp_path):
    def seniority(df):
        df["days"] = (df["joined"] - pd.Timestamp("2024-01-01")).dt.days
        return df

    run = train(people, target="bought", algorithm=["LightGBM"], steps=[seniority])
    assert any("days" in name for name in run.leaderboard[1].importance)
    path = tmp_path / "model.litmus"
    run.best.save(path)
    with pytest.raises(LitmusError, match="trust"):
        litmus.load(path)
    again = litmus.load(path, trust=True)
    pd.testing.assert_frame_equal(again.predict_proba(people), run.best.predict_proba(people))


def test_built_ins_load_without_trust_and_answer_the_same(people, tmp_path):
    run = train(people, target="bought", algorithm=["LightGBM", "RandomForest"])
    for name in ("LightGBM", "RandomForest", "Baseline"):
        model = run.model(name)
        model.save(tmp_path / f"{name}.litmus")
        again = litmus.load(tmp_path / f"{name}.litmus")
        pd.testing.assert_frame_equal(again.predict_proba(people), model.predict_proba(people))
        assert again.predict(people.iloc[0].to_dict()) == model.predict(people).iloc[0]


def test_a_scikit_learn_estimator(people):
    run = train(people, target="bought", algorithm=[HistGradientBoostingClassifier(max_iter=20)])
    name = run.leaderboard[1].name
    assert name.startswith("HistGradientBoostingClassifier")
    assert run.leaderboard[1].score("roc_auc").value > 0.9


def test_postprocessing_is_fitted_out_of_fold_and_served(people):
    from litmus.postprocessing import Calibrate, LabelMap

    pipeline = litmus.Pipeline(
        "LightGBM", postprocessing=[Calibrate(), LabelMap({"yes": "call", "no": "wait"})], name="calling"
    )
    run = train(people, target="bought", algorithm=[pipeline])
    assert run.leaderboard[1].name == "calling"
    assert set(run.best.predict(people)) == {"call", "wait"}


def test_a_custom_metric_can_be_the_objective(people):
    @litmus.metric(needs="labels", maximize=False)
    def missed_sales(y_true, y_pred):
        return ((y_true == "yes") & (y_pred == "no")).mean()

    run = train(people, target="bought", algorithm=["LinearModel", "LightGBM"], objective=missed_sales)
    values = [trial.score("missed_sales").value for trial in run.leaderboard]
    assert values == sorted(values)


def test_the_same_seed_gives_the_same_leaderboard_whatever_the_workers(people):
    def scores(workers):
        run = train(
            people,
            target="bought",
            algorithm=["LightGBM", "XGBoost", "RandomForest"],
            resources={"train": {"cpus": workers, "workers": workers}},
            executor="local",
            seed=5,
        )
        return run.leaderboard.to_pandas().drop(
            columns=["fit seconds", "cost seconds", "predict seconds per 1000 rows"]
        )

    pd.testing.assert_frame_equal(scores(1), scores(3))


def test_in_process_gives_the_same_as_worker_processes(people):
    one = train(people, target="bought", resources={"train": {"cpus": 1}})
    two = train(people, target="bought", executor="local", resources={"train": {"cpus": 1}})
    assert one.leaderboard[1].score("roc_auc").value == two.leaderboard[1].score("roc_auc").value


def test_refit_trains_once_more_on_all_rows(people):
    bagged = train(people, target="bought", algorithm="LightGBM")
    refitted = train(people, target="bought", algorithm="LightGBM", final="refit")
    assert len(bagged.best.pipelines) == 3
    assert len(refitted.best.pipelines) == 1
    assert refitted.leaderboard[1].score("roc_auc").value == bagged.leaderboard[1].score("roc_auc").value
    assert refitted.best.lineage["final"] == "refit"
    assert (refitted.best.predict(people) == people["bought"]).mean() > 0.9


def test_weights_and_groups_are_no_features(people):
    frame = people.assign(weight=np.linspace(0, 2, len(people)), household=np.arange(len(people)) // 4)
    run = train(
        litmus.TaskData.create(
            data=frame, target="bought", schema={"weight": "weight", "household": "group"}, k_fold=3
        ),
        k_fold=None,
        algorithm="LightGBM",
    )
    assert not {"weight", "household"} & set(run.leaderboard[1].importance)
    data = run.data["data"]
    households = people.index.to_numpy() // 4
    assert len(data.train) + len(data.test) == len(households)


def test_test_scores_come_from_rows_no_fold_saw(people):
    rng = np.random.default_rng(1)
    noise = people.assign(bought=rng.choice(["yes", "no"], len(people)))
    run = train(noise, target="bought", algorithm=["LightGBM", "RandomForest"])
    for trial in run.leaderboard:
        assert 0.3 < trial.score("roc_auc", "test").value < 0.7
        assert 0.4 < trial.score("roc_auc").value < 0.62


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"algorithm": "XGBost"}, UnknownNameError, "Did you mean 'XGBoost'"),
        ({"algorithm": []}, ParameterError, "names nothing to train"),
        ({"metrics": ["acuracy"]}, UnknownNameError, "Did you mean 'accuracy'"),
        ({"metrics": {"tset": ["accuracy"]}}, ParameterError, "Did you mean 'test'"),
        ({"metrics": ["rmse"]}, LitmusError, "rmse"),
        ({"target": "bougt"}, DataError, "bought"),
        ({"final": "stacked"}, ParameterError, "'bagged' or 'refit'"),
        ({"seed": -1}, ParameterError, "seed=-1"),
        ({"resources": {"train": {"cpu": 1}}}, ParameterError, "Did you mean 'cpus'"),
        ({"resources": {"train": {"cpus": 0}}}, ParameterError, "cpus=0"),
        ({"steps": ["scale"]}, ParameterError, "is no step"),
        ({"algorithm": "NaiveBayes", "target": "height"}, ParameterError, "regression"),
        ({"executor": "spark"}, UnknownNameError, "There is no executor named 'spark'"),
    ],
)
def test_a_wrong_argument_is_one_sentence(people, options, error, message):
    with pytest.raises(error, match=message):
        train(people, **{"target": "bought", **options})


def test_nothing_stays_behind_when_a_run_fails_or_is_forgotten(people, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    working = Path(os.environ["LITMUS_HOME"]) / "working"
    with pytest.raises(LitmusError):
        train(people, target="bought", metrics=["rmse"])
    assert list(working.iterdir()) == []
    run = train(people, target="bought")
    assert [path.name for path in working.iterdir()] == [run.id]
    model = run.best
    del run
    assert list(working.iterdir()) == []
    assert list(tmp_path.iterdir()) == []
    assert model.predict(model.sample) in {"yes", "no"}


def test_the_report_of_a_run(people, tmp_path):
    run = train(people, target="bought", algorithm=["LightGBM", Raises()])
    path = run.report(tmp_path / "report.html")
    page = Path(path).read_text(encoding="utf-8")
    assert "LightGBM" in page
    assert "the moon is in the wrong phase" in page
    assert "<script src=" not in page
