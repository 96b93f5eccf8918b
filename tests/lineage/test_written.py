"""Arguments of a run as JSON and back."""

import json

import pytest
from lineage_tables import ClassMeans, ClipTails, add_ratio, refund_cost
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression

import litmus
from litmus import Choice, Deployment, Ensemble, Float, Int, KFoldCV, Metric, OrderedSplit, Pipeline, When
from litmus.algorithms.registry import names
from litmus.errors import BundleError
from litmus.postprocessing import Calibrate
from litmus.recording import OwnCode, Reader, Writer
from litmus.search.registry import STRATEGIES, resolve_strategy
from litmus.steps import ClassWeights, Impute


def there_and_back(value, **options):
    writer = Writer()
    text = json.dumps(writer.encode(value), allow_nan=False)
    kept = OwnCode.from_bytes(writer.own.to_bytes())
    back = Reader(kept, **options).decode(json.loads(text))
    assert json.dumps(Writer().encode(back), allow_nan=False) == text
    return back


@pytest.mark.parametrize("name", names())
def test_every_algorithm_comes_back_without_trust(name):
    made = getattr(litmus, name)()
    assert there_and_back(made) == made


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_comes_back(name):
    pytest.importorskip("optuna")
    strategy = resolve_strategy(name)
    assert there_and_back(strategy) == strategy


@pytest.mark.parametrize(
    "value",
    [
        KFoldCV(3, kind="grouped", by="customer"),
        OrderedSplit(by="day", test=0.3),
        Deployment(latency_p99="5ms", packages=["numpy"]),
        Ensemble(max_members=3),
        Metric("coverage_at_precision", {"precision": 0.85}),
        Metric("precision[fraud]"),
        Impute(strategy="median"),
        Calibrate(method="temperature"),
        litmus.XGBoost().hyperparams(max_depth=5).search(learning_rate=Float(0.01, 0.2, log=True), subsample=None),
        When("booster", ["dart"], Int(1, 3)),
        {"a": (1, 2.5, None), "b": {"c": [True, "x"]}, "d": float("inf")},
        {1: "one", (2, 3): "two"},
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_come_back_equal(value):
    assert there_and_back(value) == value


def test_a_pipeline_comes_back_with_its_edits_and_ranges():
    pipeline = (
        Pipeline("MLP", before=[Impute()], postprocessing=[Calibrate(method="temperature")], name="net")
        .remove("date_parts")
        .search(
            hidden_layers=Int(1, 3),
            steps={"impute.strategy": Choice("median", "mean"), "balancing": Choice(None, ClassWeights())},
        )
    )
    back = there_and_back(pipeline)
    assert (back.name, back.algorithm, back.edits) == (pipeline.name, pipeline.algorithm, pipeline.edits)
    assert repr(back.searched) == repr(pipeline.searched)


def test_scikit_learn_estimators_are_read_without_trust_with_those_inside_them():
    back = there_and_back(BaggingClassifier(LogisticRegression(C=0.5), n_estimators=4))
    assert back.estimator.C == 0.5
    assert back.n_estimators == 4


@pytest.mark.parametrize(
    "value",
    [add_ratio, ClipTails(tail=0.1), refund_cost, ClassMeans(power=3.0)],
    ids=["function", "step", "metric", "algorithm"],
)
def test_own_code_needs_trust(value):
    writer = Writer()
    written = writer.encode(value)
    kept = OwnCode.from_bytes(writer.own.to_bytes())
    with pytest.raises(BundleError, match="trust"):
        Reader(kept).decode(written)
    back = Reader(kept, trust=True).decode(written)
    assert getattr(back, "label", repr(back)) == getattr(value, "label", repr(value)) or callable(back)
    part = next(iter(kept.parts.values()))
    assert "def " in part.source
    assert part.module_sha256 is not None


def test_parameters_of_own_parts_can_be_read_without_running_them():
    written = Writer().encode(ClipTails(tail=0.1))
    assert written["parameters"] == {"tail": 0.1}
    assert written["class"]["name"].endswith(":ClipTails")


def test_other_code_can_be_given_for_code_that_was_not_kept():
    written = Writer().encode(add_ratio)
    assert Reader(given={"add_ratio": len}).decode(written) is len


@pytest.mark.parametrize(
    "value",
    [
        {"$": "component", "class": "os:system", "parameters": {}},
        {"$": "component", "class": "litmus.recording.own_code:OwnCode", "parameters": {}},
        {"$": "value", "class": "litmus.store.store:Store", "fields": {}},
        {"$": "value", "class": "litmus.data.folds:__builtins__", "fields": {}},
        {"$": "estimator", "class": "subprocess:Popen", "parameters": {}},
        {"$": "estimator", "class": "sklearn.utils:check_array", "parameters": {}},
        {"$": "algorithm", "name": "XGBoost", "parameters": {"no_such": 1}},
        {"$": "code", "number": 9, "name": "x", "sha256": ""},
        {"$": "unheard of"},
        {"$": "metric"},
    ],
    ids=lambda value: value["$"],
)
def test_what_may_not_stand_in_a_record_is_refused(value):
    with pytest.raises(litmus.LitmusError):
        Reader(trust=True).decode(value)


def test_a_damaged_file_of_own_code_is_said_to_be():
    with pytest.raises(BundleError, match="damaged"):
        OwnCode.from_bytes(b"not a zip file")
