"""Every built-in step keeps the contract that users' own steps are tested with."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import litmus.steps as steps
from litmus.component import Float, param
from litmus.steps import Encoder, Step
from litmus.testing.step_contract import StepContract

STEPS = {
    "drop": lambda: steps.DropColumns(["city"]),
    "drop nothing": steps.DropColumns,
    "constant": steps.DropConstantColumns,
    "median": steps.Impute,
    "mean": lambda: steps.Impute(strategy="mean", indicators=False),
    "most frequent": lambda: steps.Impute(strategy="most_frequent"),
    "constant value": lambda: steps.Impute(columns=["amount"], strategy="constant", fill_value=-1),
    "standard": steps.StandardScale,
    "robust": lambda: steps.RobustScale(columns=["amount"]),
    "quantile": steps.QuantileScale,
    "uniform": lambda: steps.QuantileScale(shape="uniform", n_quantiles=10),
    "dates": steps.DateParts,
    "date part": lambda: steps.DateParts(columns=["paid"], parts=["month", "elapsed days"]),
    "ordinal": steps.OrdinalEncoder,
    "ordinal small": lambda: steps.OrdinalEncoder(["city"], order="alphabet", missing="minus_one", max_categories=2),
    "one-hot": steps.OneHotEncoder,
    "one-hot sparse": lambda: steps.OneHotEncoder(["city"], min_count=10, output="sparse"),
    "target": steps.TargetEncoder,
    "target smooth": lambda: steps.TargetEncoder(["city"], smoothing=10.0, folds=3),
    "target none": lambda: steps.TargetEncoder(min_categories=1000),
    "frequency": steps.FrequencyEncoder,
    "rare": lambda: steps.GroupRareCategories(min_count=8),
    "tf-idf": lambda: steps.TextTfidf(["note"]),
    "tf-idf characters": lambda: steps.TextTfidf(["note", "city"], characters=True),
    "tf-idf together": lambda: steps.TextTfidf(together=True),
    "tf-idf topics": lambda: steps.TextTfidf(["note", "city"], components=2),
    "counts": lambda: steps.TextCounts(["note"]),
    "counts alone": lambda: steps.TextCounts(["note"], keep=False),
    "function": lambda: steps.FunctionStep(add_ratio),
}


def add_ratio(df):
    df["ratio"] = df["amount"] / df["age"]
    return df


@pytest.mark.parametrize("kind", STEPS)
class TestBuiltInSteps(StepContract):
    @pytest.fixture
    def step(self, kind):
        return STEPS[kind]()


@dataclass
class ClipTails(Step):
    tail: float = param(0.01, Float(0.0, 0.2))

    def fit(self, df, y=None):
        self.low_, self.high_ = df["amount"].quantile(self.tail), df["amount"].quantile(1 - self.tail)

    def transform(self, df):
        return df.assign(amount=df["amount"].clip(self.low_, self.high_))


class TestUsersStep(StepContract):
    @pytest.fixture
    def step(self):
        return ClipTails(tail=0.1)


class TestOnTableOfNumbers(StepContract):
    """Encoders find nothing to encode in a table without text."""

    @pytest.fixture(params=["OneHotEncoder", "OrdinalEncoder", "TargetEncoder", "FrequencyEncoder", "TextTfidf"])
    def step(self, request):
        return getattr(steps, request.param)()

    @pytest.fixture
    def table(self):
        return pd.DataFrame({"a": np.arange(50.0), "b": np.arange(50) % 7})


@pytest.mark.parametrize("multi", [False, True])
class TestTargetEncoderTargets(StepContract):
    """The target may be a number or have several classes."""

    @pytest.fixture
    def step(self):
        return steps.TargetEncoder(["city"])

    @pytest.fixture
    def target(self, table, multi):
        return np.arange(len(table)) % 4 if multi else np.linspace(0.0, 5.0, len(table))


def test_an_encoder_without_encode_says_so():
    with pytest.raises(TypeError, match="must define encode"):
        Encoder().encode(pd.DataFrame())
