"""Every built-in step, written down, gives what it gives on tables: on rows that training saw and on rows that it did not."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from litmus.steps import (
    DateParts,
    DropColumns,
    DropConstantColumns,
    FrequencyEncoder,
    GroupRareCategories,
    Impute,
    OneHotEncoder,
    OrdinalEncoder,
    QuantileScale,
    RobustScale,
    StandardScale,
    TargetEncoder,
    TextCounts,
    TextTfidf,
)
from program_rows import assert_same_features, fitted

SEARCH = (Phase.explicit, Phase.reuse, Phase.generate)
QUICK = settings(
    max_examples=5,
    phases=SEARCH,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

NUMBERS = st.one_of(
    st.none(),
    st.integers(-5, 5).map(float),
    st.floats(-1e6, 1e6, allow_subnormal=False),
    st.sampled_from([1e39, -1e300, 3.4028235e38, 2.0**60, -0.0]),
)
TRUTHS = st.sampled_from([None, True, False])
CATEGORIES = st.one_of(st.none(), st.sampled_from(["a", "b", "Ünï", "", "(rare)", "1"]), st.text(max_size=3))
WORDS = st.sampled_from(
    ["Refund", "please!", "ΑΣ", "İ", "x_1", "naïve", "٣٤", "😀", "e\u0301", "why??", "\x00", "ﬁ", "dž"]
)
TEXTS = st.one_of(
    st.none(), st.lists(WORDS, max_size=8).map(" ".join), st.text(max_size=12), st.just("long words " * 900)
)
DATES = st.one_of(
    st.none(),
    st.datetimes(
        min_value=pd.Timestamp("1700-01-01").to_pydatetime(), max_value=pd.Timestamp("2250-01-01").to_pydatetime()
    ),
)


def column(values, dtype):
    return st.lists(values, min_size=8, max_size=25).map(lambda drawn: pd.Series(drawn, dtype=dtype))


@st.composite
def tables(draw, **columns):
    """Two tables of the same columns: one to fit on, one to be asked about."""
    kinds = {
        "number": (NUMBERS, "float64"),
        "truth": (TRUTHS, "boolean"),
        "category": (CATEGORIES, "str"),
        "text": (TEXTS, "str"),
        "date": (DATES, "datetime64[us]"),
    }
    made = []
    for least in (8, 1):
        rows = draw(st.integers(least, 25))
        held = {}
        for name, kind in columns.items():
            values, dtype = kinds[kind]
            held[name] = pd.Series(draw(st.lists(values, min_size=rows, max_size=rows)), dtype=dtype)
        made.append(pd.DataFrame(held))
    return made


def compare(steps, drawn, *, algorithm="XGBoost"):
    frame, asked = drawn
    pipeline = fitted([step.clone() for step in steps], frame, algorithm=algorithm)
    other = fitted([step.clone() for step in steps], frame.iloc[: len(frame) // 2 + 3], algorithm=algorithm)
    program = assert_same_features([pipeline, other], frame)
    assert_same_features([pipeline, other], asked)
    return program


NUMERIC = {
    "impute": [Impute()],
    "impute, mean": [Impute(strategy="mean", indicators=False)],
    "impute, most frequent": [Impute(strategy="most_frequent")],
    "impute, constant": [Impute(strategy="constant", fill_value=-7.5)],
    "standard": [StandardScale()],
    "robust": [Impute(), RobustScale()],
    "quantiles": [QuantileScale(n_quantiles=12)],
    "quantiles, uniform": [QuantileScale(shape="uniform"), StandardScale()],
    "constant": [DropConstantColumns(["a"]), Impute()],
    "dropped": [DropColumns(["b"])],
}


@pytest.mark.parametrize("steps", NUMERIC.values(), ids=NUMERIC)
@QUICK
@given(drawn=tables(a="number", b="number", c="truth"))
def test_numbers(steps, drawn):
    compare(steps, drawn)


CATEGORY = {
    "ordinal": [OrdinalEncoder()],
    "ordinal, few": [OrdinalEncoder(order="alphabet", missing="minus_one", max_categories=2)],
    "one-hot": [OneHotEncoder()],
    "one-hot, rare": [OneHotEncoder(min_count=2, max_categories=3, drop_second=True)],
    "one-hot, sparse": [OneHotEncoder(min_count=2, output="sparse")],
    "frequency": [FrequencyEncoder()],
    "frequency, logarithm": [FrequencyEncoder(logarithm=True)],
    "target": [TargetEncoder(folds=2)],
    "target, scaled": [TargetEncoder(folds=2, scaled=True, smoothing=2.0)],
    "rare, one-hot": [GroupRareCategories(min_count=2), OneHotEncoder()],
    "two encoders": [TargetEncoder(folds=2, columns=["a"]), OneHotEncoder(columns=["b"])],
}


@pytest.mark.parametrize("steps", CATEGORY.values(), ids=CATEGORY)
@QUICK
@given(drawn=tables(a="category", b="category"), algorithm=st.sampled_from(["XGBoost", "LinearModel"]))
def test_categories(steps, drawn, algorithm):
    compare(steps, drawn, algorithm=algorithm)


TEXT = {
    "words and pairs": [TextTfidf()],
    "words": [TextTfidf(pairs=False, min_rows=2)],
    "sequences": [TextTfidf(characters=True, max_terms=40)],
    "together": [TextTfidf(together=True)],
    "topics": [TextTfidf(components=3, characters=True)],
    "counts": [TextCounts(keep=False), StandardScale()],
    "counts and words": [TextCounts(), TextTfidf(pairs=False), Impute()],
}


@pytest.mark.parametrize("steps", TEXT.values(), ids=TEXT)
@settings(QUICK, max_examples=3)
@given(drawn=tables(a="text", b="text", c="number"), algorithm=st.sampled_from(["LinearModel", "XGBoost"]))
def test_texts(steps, drawn, algorithm):
    compare(steps, drawn, algorithm=algorithm)


@pytest.mark.parametrize("steps", [[DateParts()], [DateParts(), Impute(), StandardScale()]], ids=["parts", "scaled"])
@QUICK
@given(drawn=tables(a="date", b="date", c="number"))
def test_dates(steps, drawn):
    compare(steps, drawn)
