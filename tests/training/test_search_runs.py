"""Whole runs with a budget: the same leaderboard whatever the workers, time limits that hold, kills that lose nothing."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus.errors import LitmusError, ParameterError, UnknownNameError
from litmus.training.journal import working_folder

_TIMES = ["fit seconds", "cost seconds", "predict seconds per 1000 rows"]


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """300 rows with something to learn."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"age": rng.integers(18, 80, 300), "size": rng.normal(size=300), "town": rng.choice(list("abc"), 300)}
    )
    chance = 1 / (1 + np.exp(-(frame["size"] * 2 + (frame["town"] == "a"))))
    return frame.assign(bought=np.where(rng.random(300) < chance, "yes", "no"))


def _train(data: object, **options: object) -> litmus.Run:
    defaults = {
        "target": "bought",
        "algorithm": ["DecisionTree", "LinearModel"],
        "search": "random",
        "callbacks": [],
        "k_fold": 3,
    }
    return litmus.train(data, **{**defaults, **options})  # type: ignore[arg-type]


@dataclasses.dataclass
class Sleeps(litmus.Classifier):
    """Learns nothing, slowly."""

    seconds: float = litmus.param(60.0, litmus.Float(50.0, 100.0))

    def fit(self, X, y, context):  # type: ignore[no-untyped-def]
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            time.sleep(0.1)
        self.n_classes_ = context.n_classes

    def predict_proba(self, X):  # type: ignore[no-untyped-def]
        return np.full((len(X), self.n_classes_), 1 / self.n_classes_, dtype=np.float32)


def test_a_seed_and_a_number_of_trials_fix_the_leaderboard_whatever_the_workers(people: pd.DataFrame) -> None:
    def board(workers: int) -> pd.DataFrame:
        run = _train(people, max_trials=12, seed=3, resources={"train": {"cpus": workers, "workers": workers}})
        return run.leaderboard.to_pandas().drop(columns=_TIMES)

    alone = board(1)
    assert len(alone) >= 12
    pd.testing.assert_frame_equal(alone, board(4))


def test_max_trials_counts_what_was_asked_for_and_not_the_baseline(people: pd.DataFrame) -> None:
    run = _train(people, max_trials=7, ensemble=False)
    assert sum(trial.algorithm != "Baseline" for trial in run.leaderboard) == 7
    assert {"DecisionTree", "LinearModel", "Baseline"} <= {trial.name for trial in run.leaderboard}


def test_a_search_is_at_least_as_good_as_what_it_began_with(people: pd.DataFrame) -> None:
    run = _train(people, max_trials=15, ensemble=False)
    best = run.leaderboard.best().score("roc_auc")
    asked = run.leaderboard["DecisionTree"].score("roc_auc")
    assert best is not None
    assert asked is not None
    assert best.value >= asked.value


def test_another_seed_tries_other_settings(people: pd.DataFrame) -> None:
    def settings(seed: int) -> list[dict]:
        run = _train(people, max_trials=6, seed=seed, algorithm="DecisionTree", ensemble=False)
        return sorted((trial.settings for trial in run.leaderboard), key=repr)

    assert settings(1) != settings(2)


def test_trials_stopped_early_have_no_rank_and_say_why(people: pd.DataFrame) -> None:
    run = _train(people, max_trials=40, algorithm="LinearModel", k_fold=10, seed=1)
    stopped = [row for row in run.leaderboard.rows if row.trial.status == "stopped"]
    for row in stopped:
        assert row.rank is None
        assert "on the same folds, by more than folds vary" in row.trial.reason
    everything = _train(people, max_trials=40, algorithm="LinearModel", k_fold=10, seed=1, stop_folds_early=False)
    assert not [trial for trial in everything.leaderboard if trial.status == "stopped"]


def test_a_time_limit_holds_with_an_algorithm_that_hangs(people: pd.DataFrame) -> None:
    started = time.monotonic()
    run = _train(people, algorithm=[Sleeps(), "DecisionTree"], time_limit=15)
    assert time.monotonic() - started < 60, "a fit of the sleeping algorithm alone takes as long"
    statuses = {trial.name: trial.status for trial in run.leaderboard}
    assert statuses["DecisionTree"] == statuses["Baseline"] == "complete"
    assert statuses["Sleeps"] in ("stopped", "failed")
    assert run.leaderboard.best().name != "Baseline"


def test_a_time_limit_too_short_for_a_trial_leaves_the_baseline(people: pd.DataFrame) -> None:
    run = _train(people, algorithm=[Sleeps()], time_limit=2)
    assert run.leaderboard.best().name == "Baseline"
    assert run.best.predict(people.head(3)) is not None
    reason = next(trial.reason for trial in run.leaderboard if trial.name == "Sleeps")
    assert reason


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"time_limit": "soon"}, "time_limit='soon' is not a time"),
        ({"max_trials": 0}, "max_trials=0 is not allowed"),
        ({"search": "bayesain"}, "Did you mean 'bayesian'"),
        ({"search": 3}, "search"),
        ({"ensemble": "gredy"}, "Did you mean 'greedy'"),
        ({"resume": "20200101-000000-aaaaaa"}, "There is no unfinished run"),
    ],
)
def test_bad_options_are_one_sentence(people: pd.DataFrame, options: dict, message: str) -> None:
    with pytest.raises(LitmusError, match=message):
        _train(people, **{"search": None, **options})


_SCRIPT = """
import sys, pandas as pd, litmus
people = pd.read_parquet(sys.argv[1])
resume = sys.argv[2] if len(sys.argv) > 2 else None
def tell(event):
    if event.kind == "run.created": print(event.values["run"], flush=True)
    if event.kind == "trial.finished": print("trial", flush=True)
run = litmus.train(people, target="bought", algorithm=["DecisionTree", "LinearModel"], search="random", max_trials=16, k_fold=3,
                   seed=4, callbacks=[tell], resume=resume)
run.leaderboard.to_pandas().drop(columns=["fit seconds", "cost seconds", "predict seconds per 1000 rows"]).to_pickle(sys.argv[1] + ".board")
print("cost", sum(event.kind == "fold.finished" for event in run.events.history), flush=True)
"""


def _start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, *arguments], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )


def _killed_after(process: subprocess.Popen[str], trials: int, number: int) -> str:
    """The run's name, of a process that was ended once so many trials had finished."""
    assert process.stdout is not None
    run_id = process.stdout.readline().strip()
    seen = 0
    while seen < trials:
        line = process.stdout.readline()
        assert line, "the run ended before it was killed"
        seen += line.startswith("trial")
    process.send_signal(number)
    process.wait(30)
    process.stdout.close()
    return run_id


def test_a_run_killed_twice_ends_as_if_it_never_was(people: pd.DataFrame, tmp_path: Path) -> None:
    place = str(tmp_path / "people.parquet")
    people.to_parquet(place)
    whole = _start(place)
    out, _ = whole.communicate(timeout=240)
    everything = int(out.split()[-1])
    expected = pd.read_pickle(place + ".board")

    run_id = _killed_after(_start(place), 5, signal.SIGKILL)
    assert (working_folder() / run_id).is_dir()
    _killed_after(_start(place, run_id), 9, signal.SIGKILL)
    last = _start(place, run_id)
    out, _ = last.communicate(timeout=240)
    assert last.returncode == 0
    assert int(out.split()[-1]) < everything, "finished folds were done again"
    pd.testing.assert_frame_equal(pd.read_pickle(place + ".board"), expected)
    assert not (working_folder() / run_id).exists(), "the folder of a finished run is removed"


def test_another_table_or_seed_is_not_taken_for_the_same_run(people: pd.DataFrame, tmp_path: Path) -> None:
    place = str(tmp_path / "people.parquet")
    people.to_parquet(place)
    run_id = _killed_after(_start(place), 4, signal.SIGKILL)
    options = {"max_trials": 16, "seed": 4, "resume": run_id}
    with pytest.raises(ParameterError, match="was begun with seed 4, not 5"):
        _train(people, **{**options, "seed": 5})
    with pytest.raises(LitmusError, match="the rows of data .* changed since it was begun"):
        _train(people.assign(age=people["age"] + 1), **options)
    with pytest.raises(UnknownNameError, match="Did you mean"):
        _train(people, **{**options, "resume": run_id[:-1] + "x"})
    assert (working_folder() / run_id).is_dir(), "a mistake loses nothing"


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(people: pd.DataFrame) -> None:
    seen = []

    def interrupt(event: object) -> None:
        seen.append(event)
        finished = sum(one.kind == "trial.finished" for one in seen)  # type: ignore[attr-defined]
        if event.kind == "trial.finished" and finished == 3:  # type: ignore[attr-defined]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        _train(people, max_trials=20, callbacks=[interrupt])
    sentence = next(one.message for one in seen if one.kind == "run.interrupted")  # type: ignore[attr-defined]
    run_id = sentence.split()[-1]
    assert sentence in caught.value.__notes__
    run = _train(people, max_trials=20, resume=run_id)
    assert run.id == run_id
    assert sum(trial.algorithm not in ("Baseline", "Ensemble") for trial in run.leaderboard) == 20


def test_an_earlier_run_seeds_a_search_of_other_data_and_ranges(people: pd.DataFrame) -> None:
    first = _train(people, max_trials=8, algorithm="DecisionTree", ensemble=False)
    best = first.leaderboard.best().settings
    narrow = litmus.DecisionTree().search(max_depth=litmus.Int(2, 5))
    for earlier in (first, first.id):
        again = _train(people.iloc[:250], max_trials=4, algorithm=narrow, warm_start=earlier, ensemble=False)
        tried = [trial.settings for trial in sorted(again.leaderboard, key=lambda trial: trial.id)]
        assert all(settings.get("max_depth", 5) <= 10 for settings in tried)
        wanted = {**best, "max_depth": min(max(best.get("max_depth", 10), 2), 5)}
        assert any(settings.get("min_samples_leaf", 10) == wanted.get("min_samples_leaf", 10) for settings in tried[2:])
    with pytest.raises(UnknownNameError, match="Did you mean"):
        _train(people, warm_start=first.id[:-1] + "x", max_trials=2)


def test_auto_with_a_budget_begins_with_the_portfolio_and_ends_with_an_ensemble(people: pd.DataFrame) -> None:
    run = _train(people, algorithm="auto", search=None, time_limit=25)
    names = [trial.name for trial in run.leaderboard]
    assert {"Baseline", "LightGBM"} <= set(names)
    assert len({trial.algorithm for trial in run.leaderboard}) > 3
    assert run.best.predict(people.head(2)) is not None
    assert run.seconds < 60


@dataclasses.dataclass
class AlwaysFails(litmus.Classifier):
    """Raises."""

    size: int = litmus.param(5, litmus.Int(1, 1000))

    def fit(self, X, y, context):  # type: ignore[no-untyped-def]
        raise ValueError("never")

    def predict_proba(self, X):  # type: ignore[no-untyped-def]
        raise ValueError("never")


def test_an_algorithm_whose_every_trial_fails_is_given_up(people: pd.DataFrame) -> None:
    run = _train(people, algorithm=[AlwaysFails(), "DecisionTree"], max_trials=30, ensemble=False)
    failed = sum(trial.status == "failed" for trial in run.leaderboard)
    assert 1 <= failed <= 3 + 4, "those under way when it became known may still fail"
    assert run.leaderboard.best().algorithm == "DecisionTree"
