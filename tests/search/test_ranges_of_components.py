"""`.search(…)` on components, families and pipelines; the space of a pipeline, and the pipeline with settings."""

import dataclasses

import numpy as np
import pytest

import litmus
import litmus.algorithms.registry
from litmus import Choice, Float, Int, When, param
from litmus.errors import ParameterError
from litmus.search import Condition, applied, space_of
from litmus.steps import ClassWeights, Impute, OneHotEncoder, OrdinalEncoder, RandomOverSample, StandardScale


@dataclasses.dataclass
class Boosted(litmus.Classifier):
    booster: str = param("trees", Choice("trees", "dart"))
    drop: float = param(0.1, When("booster", "dart", Float(0.0, 0.5)), minimum=0.0, maximum=1.0)
    depth: int = param(6, Int(1, 10), minimum=1)
    rounds: int = param(100, minimum=1)

    def fit(self, X, y, context):
        self.classes_ = context.n_classes

    def predict_proba(self, X):
        return np.full((len(X), self.classes_), 1 / self.classes_, dtype=np.float32)


def space(algorithm, task="binary", **more):
    return space_of(litmus.Pipeline(algorithm).search(**more), task)


def test_declared_ranges_and_conditions_are_the_space():
    found = space(Boosted())
    assert set(found.parameters) == {"booster", "drop", "depth"}
    assert found.conditions == {"drop": Condition("booster", ("dart",))}
    assert found.default == {"booster": "trees", "depth": 6}


def test_ranges_are_narrowed_replaced_fixed_and_taken_out():
    searched = Boosted().search(depth=Int(2, 4), rounds=Int(10, 200, log=True), booster="dart", drop=None)
    found = space(searched)
    assert found.parameters == {"depth": Int(2, 4), "rounds": Int(10, 200, log=True)}
    assert found.default == {"depth": 4, "rounds": 100}
    assert searched.booster == "dart"


def test_a_fixed_value_decides_a_condition():
    assert "drop" not in space(Boosted().search(booster="trees")).parameters
    assert space(Boosted().search(booster="dart")).parameters["drop"] == Float(0.0, 0.5)
    assert not space(Boosted().search(booster="dart")).conditions


def test_what_hyperparams_sets_stays_unless_a_range_is_given():
    assert "max_depth" not in space(litmus.XGBoost().hyperparams(max_depth=5)).parameters
    assert "depth" not in space(Boosted(depth=5)).parameters
    found = space(litmus.XGBoost().hyperparams(max_depth=5).search(max_depth=Int(3, 8)))
    assert found.default["max_depth"] == 5
    same = space(litmus.XGBoost().search(max_depth=Int(3, 8)).hyperparams(max_depth=5))
    assert same.default == found.default
    assert same.parameters == found.parameters


def test_a_value_outside_ones_own_range_is_said():
    with pytest.raises(ParameterError, match="default 12 of 'max_depth' is outside its range"):
        space(litmus.XGBoost().hyperparams(max_depth=12).search(max_depth=Int(3, 8)))


def test_a_range_that_leaves_the_default_out_starts_at_its_nearest_end():
    assert space(litmus.XGBoost().search(max_depth=Int(8, 10))).default["max_depth"] == 8
    assert space(Boosted().search(booster=Choice("dart"))).default["booster"] == "dart"


def test_classifier_and_regressor_have_their_own_ranges():
    family = litmus.CatBoost().search(one_hot_max_size=Int(2, 30))
    assert space(family, "binary").default["one_hot_max_size"] == 30
    assert space(family, "regression").default["one_hot_max_size"] == 6
    assert "criterion" in space(litmus.RandomForest()).parameters
    assert "criterion" not in space(litmus.RandomForest().search(criterion=Choice("gini")), "regression").parameters


@pytest.mark.parametrize("name", ["XGBoost", "LightGBM", "CatBoost", "RandomForest", "ExtraTrees", "DecisionTree"])
def test_defaults_applied_are_the_plain_pipeline(name):
    for task in ("binary", "regression"):
        plain = litmus.Pipeline(name)
        same = applied(plain, task, space_of(plain, task).default)
        assert same.algorithm.for_task(task) == plain.algorithm.for_task(task)
        assert same.edits == ()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: litmus.XGBoost().search(max_dept=Int(1, 3)), "Did you mean 'max_depth'"),
        (lambda: litmus.XGBoost().search(subsample=Float(0.1, 2.0)), "subsample must be at most 1.0, not 2.0"),
        (lambda: litmus.XGBoost().search(max_depth=Int), "is a class; give a range"),
        (lambda: Boosted().search(drop=When("boster", "dart", Float(0, 1))), "Did you mean 'booster'"),
        (lambda: Boosted().search(depth=When("depth", 3, Int(1, 2))), "depends on itself"),
        (lambda: Boosted().search(depth=Float(0.5, 2.5)), "whole number"),
        (lambda: Boosted().search(depth=Choice(1, 0)), "at least 1"),
        (lambda: Boosted().search(depth="deep"), "must be a number"),
        (
            lambda: litmus.Pipeline("MLP").search(steps={"imput": Choice(None), "imputt.strategy": "mean"}),
            "no step named",
        ),
        (lambda: litmus.Pipeline("MLP").search(steps={"impute.strategi": Choice("mean")}), "Did you mean 'strategy'"),
        (lambda: litmus.Pipeline("MLP").search(steps={"impute.strategy": Choice("mode")}), "must be one of"),
        (lambda: litmus.Pipeline("MLP").search(steps={"impute": Int(1, 2)}), "no choice of steps"),
        (lambda: litmus.Pipeline("MLP").search(steps={"impute": Choice("mean")}), "is no step"),
        (
            lambda: litmus.Pipeline("MLP").search(steps={"impute.fill_value": When("strateg", "mean", Float(0, 1))}),
            "Did you mean 'strategy'",
        ),
    ],
)
def test_mistakes_get_one_sentence(make, message):
    with pytest.raises(ParameterError, match=message):
        make()


def test_steps_and_their_parameters_are_in_the_space():
    pipeline = litmus.Pipeline("LinearModel").search(
        strength=Float(0.01, 10.0, log=True),
        steps={
            "impute": Choice(Impute(), Impute("constant"), None),
            "impute.strategy": Choice("median", "mean"),
            "encoder": Choice(OneHotEncoder(), OrdinalEncoder()),
            "encoder.min_count": Int(1, 20, log=True),
            "balancing": Choice(None, ClassWeights(), RandomOverSample().search(ratio=Float(0.5, 1.0))),
        },
    )
    found = space_of(pipeline, "binary")
    assert found.conditions["impute.strategy"].holds(Impute("constant"))
    assert not found.conditions["impute.strategy"].holds(None)
    assert found.conditions["encoder.min_count"].holds(OneHotEncoder())
    assert not found.conditions["encoder.min_count"].holds(OrdinalEncoder())
    assert found.parameters["balancing.RandomOverSample.ratio"] == Float(0.5, 1.0)
    assert {"impute.strategy", "encoder.min_count"} < set(found.default)
    assert found.default["balancing"] is None
    drawn = [found.sample(np.random.default_rng(seed)) for seed in range(40)]
    assert {type(settings["encoder"]) for settings in drawn} == {OneHotEncoder, OrdinalEncoder}
    for settings in drawn:
        edits = {edit.name: edit.step for edit in applied(pipeline, "binary", settings).edits}
        if settings["impute"] is not None:
            assert edits["impute"].strategy == settings["impute.strategy"]
        if isinstance(settings["encoder"], OneHotEncoder):
            assert edits["encoder"].min_count == settings["encoder.min_count"]
        if isinstance(settings["balancing"], RandomOverSample):
            assert edits["balancing"].ratio == settings["balancing.RandomOverSample.ratio"]
        assert found.from_json(found.to_json(settings)) == settings


def test_searched_steps_train():
    rows = [
        {"amount": None if n % 5 == 0 else 10.0 * (n % 7), "city": "BKU"[n % 3], "outcome": n % 7 == 0}
        for n in range(90)
    ]
    pipeline = litmus.Pipeline("LinearModel").search(
        steps={
            "impute.strategy": Choice("median", "mean"),
            "one_hot_encoder.min_count": Int(1, 5),
            "scale": Choice(StandardScale(), None),
            "balancing": Choice(None, ClassWeights(), RandomOverSample()),
        }
    )
    found = space_of(pipeline, "binary")
    settings = [found.default, *(found.sample(np.random.default_rng(seed)) for seed in range(4))]
    candidates = [applied(pipeline, "binary", chosen) for chosen in settings]
    for number, candidate in enumerate(candidates):
        candidate.name = f"number {number}"
    run = litmus.train(rows, target="outcome", algorithm=candidates, k_fold=2, executor="in_process", callbacks=[])
    assert [trial.status for trial in run.leaderboard] == ["complete"] * (len(candidates) + 1)


def test_a_scikit_learn_estimator_can_be_given_ranges():
    from sklearn.svm import SVC

    pipeline = litmus.Pipeline(SVC()).search(C=Float(0.1, 10.0, log=True), kernel="poly", degree=Int(2, 4))
    found = space_of(pipeline, "binary")
    assert found.default == {"C": 1.0, "degree": 3}
    chosen = applied(pipeline, "binary", {"C": 2.0, "degree": 2}).algorithm
    assert (chosen.C, chosen.degree, chosen.kernel) == (2.0, 2, "poly")
    assert pipeline.algorithm.C == 1.0
    with pytest.raises(ParameterError, match="Did you mean 'gamma'"):
        litmus.Pipeline(SVC()).search(gama=Float(0.1, 1.0))


def test_ranges_leave_copies_and_saving_alone(tmp_path):
    from litmus.state import load_component, save_component

    searched = Impute().search(strategy=Choice("mean", "median"))
    assert searched.clone().ranges() == {"strategy": Choice("mean", "median")}
    assert searched == Impute()
    save_component(searched, tmp_path)
    assert load_component(tmp_path, trust=False) == Impute()
    assert not Impute().is_searched
    assert Impute().search().is_searched


def test_ranges_of_numbers_of_rows_end_at_a_share_of_them():
    tree = litmus.Pipeline("DecisionTree")
    assert space_of(tree, "binary").parameters["min_samples_leaf"] == Int(1, 100, log=True)
    assert space_of(tree, "binary", rows=10_000).parameters["min_samples_leaf"] == Int(1, 100, log=True)
    assert space_of(tree, "binary", rows=300).parameters["min_samples_leaf"] == Int(1, 30, log=True)
    assert space_of(tree, "binary", rows=20).parameters["min_samples_leaf"] == Int(1, 10, log=True)  # the default
    given = tree.search(min_samples_leaf=Int(1, 500))
    assert space_of(given, "binary", rows=300).parameters["min_samples_leaf"] == Int(1, 500)


@pytest.mark.parametrize("name", litmus.algorithms.registry.names())
def test_built_in_ranges_hold_their_defaults_and_allowed_values(name):
    family = litmus.algorithms.registry.family(name)
    for task in ("binary", "multiclass", "multilabel", "regression"):
        if name == "NaiveBayes" and task == "regression":
            continue
        for rows in (None, 10, 100_000):
            found = space_of(litmus.Pipeline(family), task, rows=rows)
            found.check(found.default)
            for place in (0.0, 0.5, 1.0):
                settings = found.from_unit([place] * len(found.order))
                applied(litmus.Pipeline(family), task, settings).algorithm.for_task(task)
