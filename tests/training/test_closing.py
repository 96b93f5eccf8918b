"""What follows the trials of a run with a time limit: time is kept for it, and what does not fit is left out or killed."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import litmus
import litmus.runtime
from litmus.evaluate.fit_fold import FoldResult
from litmus.evaluate.trial import Trial
from litmus.store import Store
from litmus.training.budget import Clock
from litmus.training.closing import affordable_within, needed_to_close, seconds_to_keep


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.integers(18, 80, 300), "size": rng.normal(size=300)})
    chance = 1 / (1 + np.exp(-frame["size"] * 2))
    return frame.assign(bought=np.where(rng.random(300) < chance, "yes", "no"))


@dataclasses.dataclass
class SlowToKeep(litmus.Classifier):
    """Learns at once, but takes its time to be written down and to be read."""

    seconds: float = litmus.param(0.5)

    def fit(self, X, y, context):  # type: ignore[no-untyped-def]
        self.mean_ = np.bincount(y, minlength=context.n_classes) / len(y)
        self.side_ = float(np.corrcoef(X[:, 1], y)[0, 1])

    def predict_proba(self, X):  # type: ignore[no-untyped-def]
        chance = 1 / (1 + np.exp(-3 * self.side_ * X[:, 1]))
        return np.column_stack([1 - chance, chance]).astype(np.float32)

    def save(self, folder: Path) -> None:
        time.sleep(self.seconds)
        np.savez(folder / "learned.npz", mean=self.mean_, side=self.side_)

    def restore(self, folder: Path) -> None:
        time.sleep(self.seconds)
        with np.load(folder / "learned.npz") as file:
            self.mean_, self.side_ = file["mean"], float(file["side"])


def _fold(*, size: int = 0, saved: float = 0.0, fitted: float = 1.0) -> FoldResult:
    return FoldResult("folder", fitted, 0.1, {}, (), {}, save_seconds=saved, bytes=size)


def test_large_models_and_slow_ones_take_longer_to_keep() -> None:
    assert seconds_to_keep([_fold(size=250_000_000)]) > 5
    assert seconds_to_keep([_fold(saved=3.0)] * 5) > 15
    assert seconds_to_keep([_fold(size=1000)] * 5) < 1


def test_a_busy_machine_needs_longer_to_keep_the_same_models() -> None:
    quiet = [dataclasses.replace(_fold(size=250_000_000, fitted=4.0), cpu_seconds=4.0)]
    busy = [dataclasses.replace(quiet[0], cpu_seconds=2.0)]
    assert seconds_to_keep(busy) == pytest.approx(2 * seconds_to_keep(quiet))


def test_time_is_kept_for_the_best_trials_and_for_fitting_again() -> None:
    quick, slow = [_fold()], [_fold(saved=4.0, fitted=10.0)]
    assert needed_to_close([], refit=False) == 0
    assert needed_to_close([(0.9, slow), *((0.95, quick),) * 4], refit=False) < 1
    assert needed_to_close([(0.99, slow), *((0.95, quick),) * 4], refit=False) > 4
    assert needed_to_close([(0.99, slow)], refit=True) > needed_to_close([(0.99, slow)], refit=False) + 10


def test_the_clock_keeps_it_but_never_most_of_the_limit() -> None:
    clock = Clock(100.0)
    before = clock.left()
    clock.to_keep = 10.0
    assert clock.left() == pytest.approx(before - 10, abs=0.1)
    clock.to_keep = 1000.0
    assert clock.left() == pytest.approx(60, abs=0.1)
    assert clock.last_call == pytest.approx(clock.started + 102.8)
    assert Clock(None).last_call is None


def test_an_ensemble_has_only_what_can_be_written_in_time() -> None:
    one, other = (Trial(number, f"T{number}", "data", "MLP", {}) for number in (1, 2))
    affordable = affordable_within(3.0, {1: 2.0, 2: 2.0})
    assert affordable([one])
    assert not affordable([one, other])


def test_a_model_that_takes_its_time_to_be_kept_is_kept_within_the_limit(people: pd.DataFrame) -> None:
    started = time.monotonic()
    run = litmus.train(
        people, target="bought", algorithm=[SlowToKeep(), "LinearModel"], k_fold=3, time_limit=14, callbacks=[],
        resources={"train": {"cpus": 2}, "predict": {"cpus": 2}},
    )  # fmt: skip
    assert time.monotonic() - started < 60  # it is no measurement: only that it ends
    version = run.versions["data"]
    kept = Store().open_model(version, trust=True)
    rows = people.drop(columns="bought").head(20)
    pd.testing.assert_frame_equal(kept.predict_proba(rows), run.best.predict_proba(rows))
    assert run.best.version == version


def test_a_bundle_that_is_not_compiled_answers_as_one_that_is(people: pd.DataFrame, tmp_path: Path) -> None:
    run = litmus.train(people, target="bought", algorithm="LinearModel", k_fold=3, executor="in_process", callbacks=[])
    store = Store(tmp_path)
    version = store.add_model(run.best, compiled=False)
    row = {"age": 30, "size": 0.3}
    plain = litmus.runtime.load(store.path(version))
    assert "compiled" in plain.notes[0]
    store.compile_model(run.best, version)
    compiled = litmus.runtime.load(store.path(version))
    assert compiled.notes == ()
    assert store.open_model(version).version == version
    answers = [model.predict_proba(row)["yes"] for model in (plain, compiled, run.best)]
    assert answers == pytest.approx([answers[0]] * 3, abs=1e-5)


def test_what_cannot_be_kept_in_time_is_said_and_the_call_returns(people: pd.DataFrame) -> None:
    run = litmus.train(
        people, target="bought", algorithm=SlowToKeep().hyperparams(seconds=1.0), k_fold=5, time_limit=6, callbacks=[],
        resources={"train": {"cpus": 4}, "predict": {"cpus": 4}}, search=False, ensemble=False,
    )  # fmt: skip
    told = [event.message for event in run.events.history if "not put into the store" in event.message]
    assert bool(told) == (run.versions.get("data") is None)
    assert run.best.predict({"age": 30, "size": 2.0}) in ("yes", "no")
