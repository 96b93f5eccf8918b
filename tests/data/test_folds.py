import numpy as np
import pytest

from litmus.data import KFoldCV, TaskData
from litmus.data.rows import Rows
from litmus.errors import DataError, ParameterError

ROWS = 120


def _data(**columns):
    random = np.random.default_rng(0)
    return {"x": np.arange(ROWS) / 7, "y": random.choice(["a", "b", "b"], ROWS).astype(object), **columns}


def _folds(k_fold, data=None, seed=0):
    return TaskData.create(data=_data() if data is None else data, target="y", k_fold=k_fold).load(seed=seed)


def _check_partition(loaded, folds):
    held_out = np.concatenate([fold.valid for fold in folds])
    assert sorted(held_out) == list(range(len(loaded.train)))
    for fold in folds:
        assert not set(fold.train) & set(fold.valid)
        assert len(fold.train) + len(fold.valid) == len(loaded.train)
        assert fold.train.dtype == fold.valid.dtype == np.int64
        assert (np.diff(fold.train) > 0).all()


def test_five_stratified_folds_are_the_default():
    loaded = _folds(None)
    assert loaded.fold_plan == "5 folds, stratified by y, seed 0"
    _check_partition(loaded, loaded.folds)
    shares = [loaded.y[fold.valid].mean() for fold in loaded.folds]
    assert max(shares) - min(shares) < 0.1


def test_numbers_are_folded_at_random():
    loaded = _folds(4, {"x": np.arange(ROWS), "y": np.arange(ROWS) / 3})
    assert loaded.fold_plan == "4 folds, random, seed 0"
    _check_partition(loaded, loaded.folds)


def test_repeats_deal_anew():
    loaded = _folds(KFoldCV(3, repeats=2))
    assert [fold.repeat for fold in loaded.folds] == [0, 0, 0, 1, 1, 1]
    assert loaded.fold_plan == "3 folds, 2 repeats, stratified by y, seed 0"
    _check_partition(loaded, loaded.folds[:3])
    _check_partition(loaded, loaded.folds[3:])
    assert any(
        (one.valid.tolist() != two.valid.tolist()) for one, two in zip(loaded.folds[:3], loaded.folds[3:], strict=True)
    )


def test_the_plan_may_have_its_own_seed():
    own = _folds(KFoldCV(3, seed=9), seed=0)
    assert own.fold_plan.endswith("seed 9")
    same = TaskData.create(data=_data(), target="y", k_fold=KFoldCV(3)).load(seed=9)
    assert own.folds[0].valid.tolist() != _folds(KFoldCV(3)).folds[0].valid.tolist()
    assert len(same.folds) == 3


def test_ordered_folds_learn_from_the_past_only():
    loaded = _folds(KFoldCV(4, kind="ordered", by="x"))
    assert len(loaded.folds) == 4
    for fold in loaded.folds:
        assert loaded.train["x"].iloc[fold.train].max() < loaded.train["x"].iloc[fold.valid].min()
    sizes = [len(fold.valid) for fold in loaded.folds]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    "moments", [[0] * 50 + [1, 2, 3, 4, 5], [0, 1, 2, 3, 4] + [5] * 50, [0, 1] + [2] * 50 + [3, 4, 5]]
)
def test_ordered_folds_are_never_empty(moments):
    import pandas as pd

    rows = Rows("regression", np.zeros(len(moments)), np.arange(len(moments)), by=pd.Series(moments))
    folds = KFoldCV(5, kind="ordered", by="t").make(rows, 0)
    assert len(folds) == 5
    for fold in folds:
        assert len(fold.train)
        assert len(fold.valid)
        assert max(np.array(moments)[fold.train]) < min(np.array(moments)[fold.valid])


def test_grouped_folds():
    groups = np.arange(ROWS) % 10
    loaded = _folds(KFoldCV(5, kind="grouped", by="g"), _data(g=groups))
    training = groups[(loaded.train["x"] * 7).round().astype(int)]
    for fold in loaded.folds:
        assert not set(training[fold.train]) & set(training[fold.valid])
    assert "g" not in loaded.train
    _check_partition(loaded, loaded.folds)


def test_a_column_may_number_the_folds():
    numbers = np.arange(ROWS) % 3 + 1
    loaded = _folds(KFoldCV(kind="predefined", by="f"), _data(f=numbers))
    training = numbers[(loaded.train["x"] * 7).round().astype(int)]
    assert [set(training[fold.valid]) for fold in loaded.folds] == [{1}, {2}, {3}]
    assert "f" not in loaded.train
    assert loaded.fold_plan == "3 folds, as column f says"


def test_label_sets_are_spread_over_the_folds():
    data = {"x": np.arange(ROWS), "a": [1, 0, 0, 0] * 30, "b": [0, 0, 1, 1] * 30}
    loaded = TaskData.create(data=data, target=["a", "b"], k_fold=5).load()
    shares = np.array([loaded.y[fold.valid].mean(axis=0) for fold in loaded.folds])
    assert np.ptp(shares, axis=0).max() < 0.06


def test_few_rows_allow_fewer_folds_unless_asked_for():
    data = {"x": [1, 2, 3, 4, 5], "y": ["a", "b", "a", "b", "a"]}
    loaded = _folds(None, data)
    assert len(loaded.folds) == len(loaded.train) == 4
    assert any("allow 4 folds instead of 5" in note for note in loaded.notes)
    with pytest.raises(DataError, match="5 folds need at least 5 different training rows, but there are 4"):
        _folds(5, data)


def test_classes_rarer_than_the_folds_are_noted():
    data = _data()
    data["y"][:3] = "odd"
    assert any("fewer training rows than the 5 folds ('odd')" in note for note in _folds(None, data).notes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"folds": 1}, "folds=1 must be a whole number of at least 2"),
        ({"folds": True}, "folds=True must be"),
        ({"folds": 2.5}, "folds=2.5 must be"),
        ({"kind": "stratifed"}, r"kind='stratifed' is unknown. Did you mean 'stratified'\?"),
        ({"kind": "grouped"}, "kind='grouped' needs by="),
        ({"repeats": 0}, "repeats=0 must be"),
        ({"seed": -1}, "seed=-1 must be"),
        ({"kind": "ordered", "by": "t", "repeats": 2}, "would repeat the same ordered folds"),
    ],
)
def test_plans_that_are_not_allowed(options, message):
    with pytest.raises(ParameterError, match=message):
        KFoldCV(**options)


def test_a_number_of_folds_must_be_a_number():
    with pytest.raises(ParameterError, match="k_fold='five' must be a number of folds"):
        TaskData.create(data=_data(), target="y", k_fold="five")


def test_folds_that_the_rows_do_not_allow():
    with pytest.raises(DataError, match="5 folds need at least 5 groups of g, but there are 2"):
        TaskData.create(data=_data(g=["u", "v"] * 60), target="y", k_fold=KFoldCV(kind="grouped", by="g")).load()
    with pytest.raises(DataError, match="at least 6 different values of 't', but there are 2"):
        _folds(KFoldCV(kind="ordered", by="t"), _data(t=[0, 1] * 60))
    with pytest.raises(DataError, match="'f' names 1 fold; at least two"):
        _folds(KFoldCV(kind="predefined", by="f"), _data(f=[1] * ROWS))
    with pytest.raises(DataError, match="'f' names no fold in"):
        _folds(KFoldCV(kind="predefined", by="f"), _data(f=[1, None, 2] * 40))
