"""With a metric of probabilities as the objective, a search over the default algorithms calibrates them, and the ensemble."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus.postprocessing import Calibrate
from litmus.training.request import check_request


@pytest.fixture(scope="module")
def flowers() -> pd.DataFrame:
    """Three classes with noise, so that several algorithms are better together."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(360, 4)), columns=list("abcd"))
    place = frame["a"] + frame["b"] * frame["c"] + 0.8 * rng.normal(size=360)
    return frame.assign(kind=np.select([place < -0.5, place < 0.5], ["low", "middle"], "high"))


def _candidates(data: pd.DataFrame, **options: object) -> dict[str, tuple[object, ...]]:
    asked = {"target": "kind", "algorithm": "auto", "metrics": None, "objective": None, "steps": (), "final": "bagged"}
    request = check_request(
        data=data, task=None, schema=None, k_fold=None, seed=0, **{**asked, **options}  # type: ignore[arg-type]
    )  # fmt: skip
    found = request.candidates(request.data[0].load(seed=0))
    return {candidate.name: candidate.pipeline.postprocessing for candidate in found}


def test_only_a_search_for_good_probabilities_calibrates_what_it_chose_itself(flowers: pd.DataFrame) -> None:
    calibrated = _candidates(flowers, objective="log_loss", max_trials=5)
    assert calibrated.pop("Baseline") == ()
    assert all(parts == (Calibrate(method="temperature"),) for parts in calibrated.values())
    for options in ({"max_trials": 5}, {"objective": "log_loss"}):
        assert not any(_candidates(flowers, **options).values())
    named = _candidates(flowers, objective="log_loss", max_trials=5, algorithm=["MLP"])
    assert not any(named.values())


def test_the_ensemble_is_calibrated_and_its_model_answers_so(flowers: pd.DataFrame) -> None:
    names = ("ExtraTrees", "LightGBM", "MLP")
    run = litmus.train(
        flowers, target="kind", algorithm=[litmus.Pipeline(name, postprocessing=[Calibrate(method="temperature")]) for name in names],
        objective="log_loss", k_fold=3, ensemble="greedy", callbacks=[], executor="in_process",
    )  # fmt: skip
    ensemble = next(trial for trial in run.leaderboard if trial.members)
    model = run.model(ensemble.name)
    assert [type(part) for part in model.postprocessing] == [Calibrate]
    assert all(isinstance(member.postprocessing[0], Calibrate) for member in model.members)
    test = next(iter(run.data.values())).test
    assert test is not None
    np.testing.assert_allclose(model.scores(test), ensemble.test.scores, atol=1e-5)  # type: ignore[union-attr]
