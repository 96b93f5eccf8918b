import numpy as np
import pandas as pd
import pytest

from litmus.data import (
    GroupedSplit,
    KFoldCV,
    NoSplit,
    OrderedSplit,
    PredefinedSplit,
    RandomSplit,
    StratifiedSplit,
    TaskData,
)
from litmus.errors import DataError, ParameterError

ROWS = 200


def _data(**columns):
    random = np.random.default_rng(0)
    return {
        "x": np.arange(ROWS) / 7,
        "c": random.choice(list("uvw"), ROWS),
        "y": random.choice(["no", "no", "no", "yes"], ROWS),
        **columns,
    }


def _load(data=None, seed=0, **options):
    return TaskData.create(data=_data() if data is None else data, target="y", **options).load(seed=seed)


def _rows(frame):
    return set((frame["x"] * 7).round().astype(int))


def test_a_fifth_is_set_aside_stratified():
    loaded = _load()
    assert len(loaded.test) == 40
    assert abs(loaded.y_test.mean() - loaded.y.mean()) < 0.02
    assert _rows(loaded.train) | _rows(loaded.test) == set(range(ROWS))
    assert not _rows(loaded.train) & _rows(loaded.test)
    assert any(
        "40 rows of 200 (20 %) were set aside for testing before anything was fitted" in note for note in loaded.notes
    )


def test_rows_keep_their_order_and_their_target():
    data = _data()
    loaded = _load(data)
    assert loaded.train["x"].is_monotonic_increasing
    labels = dict(zip(np.round(data["x"] * 7).astype(int), data["y"], strict=True))
    assert [labels[row] for row in (loaded.test["x"] * 7).round().astype(int)] == loaded.target.decode(
        loaded.y_test
    ).tolist()


def test_the_seed_fixes_split_and_folds():
    first, again, other = _load(seed=1), _load(seed=1), _load(seed=2)
    assert first.fingerprint == again.fingerprint != other.fingerprint
    pd.testing.assert_frame_equal(first.train, again.train)
    for one, two in zip(first.folds, again.folds, strict=True):
        assert (one.valid == two.valid).all()
    assert _rows(first.test) != _rows(other.test)


def test_data_drawn_with_the_same_seed_does_not_steer_the_split():
    x = np.random.default_rng(0).random(4000)
    loaded = _load({"x": x, "y": x * 2}, seed=0, split=RandomSplit(test=0.5))
    # A split that follows the order of x would take every second value; a random one does not.
    taken = np.isin(np.sort(x), loaded.test["x"])
    assert abs(np.corrcoef(taken[1:], taken[:-1])[0, 1]) < 0.1


def test_a_share_may_be_chosen():
    assert len(_load(split=RandomSplit(test=0.35)).test) == 70
    assert len(_load(split=StratifiedSplit(test=0.1)).test) == 20


def test_regression_may_be_stratified_by_ranges():
    data = {"x": np.arange(ROWS) / 7, "y": np.exp(np.random.default_rng(0).normal(size=ROWS))}
    loaded = _load(data, split=StratifiedSplit(test=0.25))
    deciles = np.searchsorted(np.quantile(data["y"], np.linspace(0, 1, 11)[1:-1]), loaded.y_test, side="right")
    assert set(np.bincount(deciles)) == {5}


def test_the_latest_rows_are_test_rows():
    days = pd.Series(pd.date_range("2024-01-01", periods=ROWS)).sample(frac=1, random_state=0).reset_index(drop=True)
    loaded = _load(_data(day=days), split=OrderedSplit(by="day"))
    assert loaded.train["day"].max() < loaded.test["day"].min()
    assert len(loaded.test) == 40
    assert loaded.fold_plan == "5 folds, forward in order of day"
    for fold in loaded.folds:
        assert loaded.train["day"].iloc[fold.train].max() < loaded.train["day"].iloc[fold.valid].min()


def test_rows_of_one_moment_stay_together():
    loaded = _load(_data(hour=np.arange(ROWS) // 15), split=OrderedSplit(by="hour"))
    assert not set(loaded.train["hour"]) & set(loaded.test["hour"])
    for fold in loaded.folds:
        assert not set(loaded.train["hour"].iloc[fold.train]) & set(loaded.train["hour"].iloc[fold.valid])


def test_ordered_rows_without_a_moment_are_learned_from():
    moments = pd.Series(np.arange(ROWS, dtype=float))
    moments[5:15] = np.nan
    loaded = _load(_data(t=moments), split=OrderedSplit(by="t"))
    assert loaded.test["t"].notna().all()
    assert loaded.train["t"].isna().sum() == 10


@pytest.mark.parametrize("options", [{"split": GroupedSplit(by="g")}, {"group": "g"}, {"schema": {"g": "group"}}])
def test_no_group_is_on_two_sides(options):
    groups = np.random.default_rng(1).integers(0, 40, ROWS)
    loaded = _load(_data(g=groups), **options)
    assert "g" not in loaded.train
    assert loaded.schema["g"].kind == "group"

    def group_of(frame):
        return groups[(frame["x"] * 7).round().astype(int)]

    assert not set(group_of(loaded.train)) & set(group_of(loaded.test))
    assert loaded.fold_plan == "5 folds, grouped by g, seed 0"
    training = group_of(loaded.train)
    for fold in loaded.folds:
        assert not set(training[fold.train]) & set(training[fold.valid])


def test_rows_without_a_group_are_groups_of_their_own():
    groups = pd.Series(["a", "b", "c", "d", None] * (ROWS // 5))
    loaded = _load(_data(g=groups), split=GroupedSplit(by="g", test=0.2), k_fold=3)
    assert 1 <= len(loaded.test) < ROWS


def test_a_column_may_say_which_rows_are_which():
    parts = (["train"] * 6 + [" Validation"] * 2 + ["test"] * 2) * (ROWS // 10)
    loaded = _load(_data(part=parts), split=PredefinedSplit(by="part"))
    assert len(loaded.test) == 40
    assert "part" not in loaded.train
    (fold,) = loaded.folds
    assert len(fold.valid) == 40
    assert len(fold.train) == 120
    assert loaded.fold_plan == "the given 40 validation rows"
    assert _rows(loaded.test) == {row for row in range(ROWS) if row % 10 >= 8}


def test_a_split_column_with_other_words_is_refused():
    with pytest.raises(DataError, match="'part' holds 'tset' in 100 rows"):
        _load(_data(part=["train", "tset"] * (ROWS // 2)), split=PredefinedSplit(by="part"))


def test_copies_of_a_row_stay_together():
    data = pd.DataFrame(_data())
    doubled = pd.concat([data, data.iloc[:50], data.iloc[:50]], ignore_index=True)
    loaded = _load(doubled)
    assert not _rows(loaded.train) & _rows(loaded.test)
    for fold in loaded.folds:
        assert not _rows(loaded.train.iloc[fold.train]) & _rows(loaded.train.iloc[fold.valid])
    assert any(note.startswith("100 rows are exact copies of another row (33 % of 300)") for note in loaded.notes)


def test_tables_of_few_different_rows_are_split_all_the_same():
    data = {"c": ["u", "v"] * 100, "y": ["a", "b", "b", "a"] * 50}
    loaded = _load(data)
    assert len(loaded.test) == 40
    assert any("copies were not kept together" in note for note in loaded.notes)


def test_test_rows_that_occur_in_training_are_counted():
    data = pd.DataFrame(_data())
    other = data.iloc[100:].copy()
    other.loc[other.index[:30], "y"] = other["y"].iloc[:30].map({"no": "yes", "yes": "no"})
    loaded = _load({"train": data, "test": other})
    assert any(note.startswith("70 test rows also occur in training (70 % of 100)") for note in loaded.notes)
    assert "30 test rows have the features of a training row but another 'y'." in loaded.notes


def test_rows_that_contradict_each_other_are_counted():
    data = pd.DataFrame(_data())
    data.loc[1, ["x", "c"]] = data.loc[0, ["x", "c"]].tolist()
    data.loc[0, "y"], data.loc[1, "y"] = "no", "yes"
    assert any(note.startswith("2 rows have the same features as a row with another 'y'") for note in _load(data).notes)


def test_given_sources_are_left_as_they_are():
    data = pd.DataFrame(_data())
    loaded = _load({"train": data[:100], "validation": data[100:150], "test": data[150:]})
    assert len(loaded.train) == 150
    assert len(loaded.test) == 50
    (fold,) = loaded.folds
    assert fold.valid.tolist() == list(range(100, 150))
    loaded = _load({"train": data[:100], "validation": data[100:150]}, k_fold=3)
    assert len(loaded.folds) == 3
    assert any("validation rows were joined" in note for note in loaded.notes)
    assert set(range(100, 150)) <= _rows(loaded.train)


def test_the_test_source_must_fit_the_training_rows():
    data = pd.DataFrame(_data())
    with pytest.raises(DataError, match=r"The test rows .* have no column 'c', which the training rows have"):
        _load({"train": data, "test": data.drop(columns="c")})
    with pytest.raises(DataError, match="have no target column 'y'"):
        _load({"train": data, "test": data.drop(columns="y")})
    with pytest.raises(DataError, match="In the test rows .* holds 'maybe' in row 0, and 199 more rows do"):
        _load({"train": data, "test": data.assign(y="maybe")})
    with pytest.raises(DataError, match="validation rows .* have no column 'c'"):
        _load({"train": data, "validation": data.drop(columns="c")})
    loaded = _load({"train": data, "test": data.assign(extra=1)})
    assert any("also have 'extra'" in note for note in loaded.notes)
    assert list(loaded.test) == list(loaded.train) == ["x", "c"]


def test_test_rows_need_no_weight_group_or_identifier():
    data = pd.DataFrame(_data(w=np.ones(ROWS), g=np.arange(ROWS) // 4, row_id=np.arange(ROWS)))
    test = data[["x", "c", "y"]]
    loaded = _load({"train": data, "test": test}, weight="w", group="g")
    assert loaded.test_weight is None
    assert loaded.test["row_id"].isna().all()
    assert len(loaded.sample_weight) == ROWS


def test_markers_of_test_rows_are_those_of_the_training_rows():
    data = pd.DataFrame(_data(n=[str(number) for number in range(ROWS - 2)] + ["off", "off"]))
    loaded = _load({"train": data, "test": data.tail(10)})
    assert loaded.test["n"].isna().sum() == 2
    assert "n: 2 'off' of the test rows read as missing." in loaded.notes


def test_rows_that_differ_in_an_identifier_only_are_copies():
    data = pd.DataFrame(_data())
    doubled = pd.concat([data, data.iloc[:80]], ignore_index=True).assign(row_id=range(ROWS + 80))
    loaded = _load(doubled)
    assert loaded.schema["row_id"].kind == "identifier"
    assert any(note.startswith("80 rows are exact copies of another row") for note in loaded.notes)
    assert not _rows(loaded.train) & _rows(loaded.test)


def test_a_class_with_a_single_row_is_learned_from():
    data = _data()
    data["y"][0] = "odd"
    for seed in range(5):
        loaded = _load(data, seed=seed)
        assert 0 in _rows(loaded.train)
        assert len(loaded.folds) == 5
    assert any(note.startswith("1 class has a single row ('odd')") for note in loaded.notes)


def test_classes_that_only_the_latest_rows_have_are_reported():
    data = _data(t=np.arange(ROWS))
    data["y"][-3:] = "new"
    loaded = _load(data, split=OrderedSplit(by="t"))
    assert any(note.startswith("1 class occurs in test rows only ('new')") for note in loaded.notes)


@pytest.mark.parametrize(
    "make",
    [
        lambda: RandomSplit(test=0),
        lambda: RandomSplit(test=1.5),
        lambda: StratifiedSplit(test="20%"),
        lambda: OrderedSplit(by=""),
        lambda: TaskData.create(data=_data(), target="y", split="random"),
        lambda: TaskData.create(data={"train": _data(), "test": _data()}, target="y", split=RandomSplit()),
    ],
)
def test_options_that_are_not_allowed(make):
    with pytest.raises(ParameterError):
        make()


def test_columns_named_for_a_split_must_exist():
    with pytest.raises(DataError, match=r"no column 'dya', named as the order of the split. Did you mean 'day'\?"):
        _load(_data(day=range(ROWS)), split=OrderedSplit(by="dya"))
    with pytest.raises(DataError, match="one value only, so it cannot order"):
        _load(_data(day=[1] * ROWS), split=OrderedSplit(by="day"))
    with pytest.raises(DataError, match="one group only"):
        _load(_data(g=[1] * ROWS), split=GroupedSplit(by="g"))


def test_weights_leave_the_features():
    loaded = _load(_data(w=np.arange(ROWS)), weight="w", k_fold=KFoldCV(3))
    assert "w" not in loaded.train
    assert loaded.sample_weight.tolist() == (loaded.train["x"] * 7).round().tolist()
    assert loaded.test_weight.tolist() == (loaded.test["x"] * 7).round().tolist()
    for wrong in (-1.0, np.nan):
        weights = np.ones(ROWS)
        weights[3] = wrong
        with pytest.raises(DataError, match="'w' has .* in 1 row; every weight"):
            _load(_data(w=weights), weight="w", split=RandomSplit(test=0.01), seed=1)


def test_no_split_sets_nothing_aside():
    rows = [{"size": number, "price": 2.0 * number} for number in range(50)]
    data = TaskData.create(data=rows, target="price", split=NoSplit()).load(seed=0)
    assert data.test is None
    assert data.y_test is None
    assert len(data.train) == 50
    assert any("No rows were set aside for testing" in note for note in data.notes)
