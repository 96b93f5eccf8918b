"""Several data sets in one run: what goes wrong with one does not cost the results of the others."""

import numpy as np
import pytest

import litmus
from litmus import TaskData
from litmus.errors import LitmusError, ParameterError, TrainingError

X = np.arange(60.0)
HOPELESS = "roc_auc could not be computed on the validation rows: .*two classes"


def sound(name="sound"):
    rows = {"x": X, "y": ["p" if value % 7 < 3 else "q" for value in X]}
    return TaskData.create(name=name, data=rows, target="y", k_fold=3)


def hopeless(name="hopeless"):
    """All rows that count are of one class, so that no trial has the metric that ranks."""
    rows = {"x": X, "y": ["p", "q"] * 30, "w": [0, 1] * 30}
    return TaskData.create(name=name, data=rows, target="y", weight="w", k_fold=3)


def train(*data, **options):
    options = {"algorithm": "LinearModel", "executor": "in_process", "callbacks": [], **options}
    return litmus.train(list(data), **options)


@pytest.fixture(scope="module")
def mixed():
    return train(hopeless(), sound())


@pytest.mark.parametrize("final", ["bagged", "refit"])
def test_a_data_set_without_a_ranked_trial_does_not_cost_the_other_its_results(final):
    both, alone = train(hopeless(), sound(), final=final), train(sound(), final=final)
    assert [trial.name for trial in both.leaderboard.of_data("sound")] == [trial.name for trial in alone.leaderboard]
    assert both.leaderboard["sound", 1].scores == alone.leaderboard[1].scores
    assert list(both.versions) == ["sound"]
    assert both.best.predict_proba({"x": 3.0}) == alone.best.predict_proba({"x": 3.0})


def test_the_leaderboard_shows_the_failures_and_their_reasons(mixed):
    table = mixed.leaderboard.to_pandas().set_index(["data", "name"])
    assert table["rank"].isna().to_dict() == {
        ("hopeless", "LinearModel"): True,
        ("hopeless", "Baseline"): True,
        ("sound", "LinearModel"): False,
        ("sound", "Baseline"): False,
    }
    assert table.loc["hopeless", "reason"].str.contains(HOPELESS).all()
    lines = str(mixed.leaderboard).splitlines()
    assert sum(line.startswith("✗ LinearModel on hopeless: roc_auc could not be computed") for line in lines) == 1


def test_the_best_model_says_which_data_set_it_is_of(mixed):
    assert mixed.best.name == "sound"
    assert repr(mixed.best).startswith("Model 'sound-")
    assert mixed.summary().startswith("hopeless: no trial could be ranked; sound: best is ")
    with pytest.raises(TrainingError, match=f"No trial on data 'hopeless' could be ranked.*{HOPELESS}"):
        mixed.model(data="hopeless")
    with pytest.raises(ParameterError, match="This run has data 'hopeless', 'sound'; say which"):
        mixed.model()


def test_the_report_shows_both(mixed, tmp_path):
    page = mixed.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "No model could be trained." in page
    assert "roc_auc could not be computed" in page


def test_a_run_without_any_ranked_trial_says_so_for_each_data_set():
    with pytest.raises(LitmusError) as caught:
        train(hopeless("one"), hopeless("two"))
    assert isinstance(caught.value, TrainingError)
    assert [f"No trial on data {name!r} could be ranked" in str(caught.value) for name in ("one", "two")] == [True] * 2
