"""A model becomes smaller and faster only where held-out rows show that its score stays."""

import pickle

import numpy as np
import pandas as pd
import pytest

import litmus
import litmus.runtime
from litmus.errors import DataError, ParameterError, TrainingError
from litmus.member import Member
from litmus.model import Model
from litmus.optimising import optimise


def people(rows=900, seed=0):
    rng = np.random.default_rng(seed)
    age, city = rng.normal(40, 12, rows), rng.choice(["Bonn", "Kiel", "Ulm"], rows)
    signal = np.sin(age / 9) + (city == "Kiel") + rng.normal(0, 0.3, rows)
    return pd.DataFrame({
        "age": np.where(rng.random(rows) < 0.1, np.nan, age), "city": city,
        "buys": np.where(signal > 0.6, "yes", "no"),
        "level": np.digitize(signal, [0.0, 0.8]),
        "spends": 100 * signal,
    })  # fmt: skip


def trained(target, algorithm, **options):
    drop = [name for name in ("buys", "level", "spends") if name != target]
    run = litmus.train(
        people().drop(columns=drop), target=target, algorithm=algorithm, k_fold=3, ensemble=False, callbacks=[],
        executor="in_process", **options,
    )  # fmt: skip
    return run.best


HELD_OUT = people(500, seed=1)


def agree(model, path):
    """The copy that is served answers as the model that is loaded, and no library that trained it is needed."""
    model.save(path)
    loaded, served = litmus.load(path), litmus.runtime.load(path)
    row = {"age": 33.0, "city": "Kiel"}
    assert served.notes == ()
    for asked in (row, {"age": None, "city": "Rome"}):
        first, second = loaded.answer(asked), served.answer(asked)
        if model.task == "regression":
            np.testing.assert_allclose(first.labels, second.labels, rtol=1e-5)
        else:
            np.testing.assert_allclose(first.probabilities, second.probabilities, atol=1e-5)
    return served


def test_folds_and_trees_are_left_out_while_the_score_stays(tmp_path):
    model = trained("buys", litmus.LightGBM().hyperparams(n_estimators=60))
    found = optimise(model, HELD_OUT, tolerance=0.05, techniques=["folds", "trees"])
    folds, trees = found.changes
    assert folds.kept
    assert folds.name == "1 of 3 fold models"
    assert trees.kept
    assert trees.size.after < folds.size.before / 2
    assert found.rows == 500
    assert abs(folds.score.before - trees.score.after) <= 0.05
    assert len(found.model.pipelines) == 1
    assert len(model.pipelines) == 3
    table = found.to_pandas()
    assert table["kept"].all()
    assert table.shape == (2, 8)
    assert "1 of 3 fold models" in str(found)
    assert found.to_json()["changes"][0]["size"]["after"] == folds.size.after
    assert "lightgbm" not in " ".join(agree(found.model, tmp_path / "small.litmus").requirements)
    again = pickle.loads(pickle.dumps(found.model))
    assert again.predict({"age": 33.0, "city": "Kiel"}) == found.model.predict({"age": 33.0, "city": "Kiel"})
    with pytest.raises(TrainingError, match="cannot learn"):
        found.model.pipelines[0].algorithm.fit(np.zeros((2, 2)), np.zeros(2), None)


def test_a_variant_that_loses_too_much_is_refused():
    model = trained("spends", litmus.LightGBM().hyperparams(n_estimators=40))
    found = optimise(model, HELD_OUT, tolerance=0.0, techniques=["trees"])
    assert not found.changes[0].kept
    assert found.changes[0].name == "75% of the trees"
    assert found.model is model
    assert "refused" in str(found)
    assert found.to_json()["changes"][0]["size"]["after"] is None


def test_an_ensemble_keeps_its_heaviest_members(tmp_path):
    parts = [trained("buys", name) for name in ("LightGBM", "LinearModel")]
    members = [
        Member(model.pipelines, weight, (), name)
        for model, weight, name in zip(parts, (3.0, 1.0), ("a", "b"), strict=True)
    ]
    both = Model(members, schema=parts[0].schema, target=parts[0].target, sample_rows=parts[0].sample_rows)
    found = optimise(both, HELD_OUT, tolerance=0.2, techniques=["members"], metric="roc_auc")
    assert [change.name for change in found.changes] == ["1 of 2 members"]
    assert found.metric == "roc_auc"
    assert [member.name for member in found.model.members] == ["a"]
    agree(found.model, tmp_path / "one.litmus")


@pytest.mark.parametrize("target", ["buys", "level", "spends"])
def test_one_model_learns_what_many_answer(target, tmp_path):
    model = trained(target, litmus.RandomForest().hyperparams(n_estimators=150))
    found = optimise(
        model, HELD_OUT, tolerance=100.0, techniques=["distillation"], more_rows=people().drop(columns=target)
    )
    change = found.changes[0]
    assert change.name == "distilled into LightGBM"
    if change.kept:
        student = agree(found.model, tmp_path / "student.litmus")
        assert student.classes == model.classes
        assert found.model.task == model.task
    worst = {"buys": 0.1, "level": 0.1, "spends": 15}[target]
    assert abs(change.score.after - change.score.before) < worst


def test_networks_in_fewer_bits(tmp_path):
    model = trained("buys", "MLP")
    found = optimise(model, HELD_OUT, tolerance=0.1, techniques=["precision"])
    assert [change.name for change in found.changes] == ["networks in int8"]
    assert found.changes[0].kept
    agree(found.model, tmp_path / "bits.litmus")


def test_mistakes():
    model = trained("buys", "LinearModel")
    with pytest.raises(ParameterError, match="'magic' is no technique"):
        model.optimize(HELD_OUT, techniques=["magic"])
    with pytest.raises(ParameterError, match="by how much the score may fall"):
        model.optimize(HELD_OUT, tolerance=-1)
    with pytest.raises(DataError, match="no target column 'buys'"):
        model.optimize(HELD_OUT.drop(columns="buys"))
    with pytest.raises(DataError, match="at least 50"):
        model.optimize(HELD_OUT.iloc[:20])
    assert model.optimize(HELD_OUT, techniques=["trees", "precision"]).changes == ()
