"""The default steps make what each kind of algorithm takes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from litmus.algorithms.base import Classifier
from litmus.data.schema import Column, Schema
from litmus.steps import Encoder, default_steps


@dataclass
class Taker(Classifier):
    """An algorithm that only says what it takes."""

    def fit(self, X, y, context):
        """Learn nothing."""

    def predict_proba(self, X):
        """Say nothing."""


def taker(**facts):
    return type("Taker", (Taker,), facts)()


KINDS = {
    "tree": {"takes_missing": True},
    "native tree": {"takes_missing": True, "categories": "native", "accepts": "sparse"},
    "old tree": {},
    "linear": {"accepts": "sparse", "wants_scaled": True, "categories": "onehot"},
    "dense": {"wants_scaled": True, "categories": "onehot"},
    "means": {"takes_missing": True, "categories": "target"},
}


@pytest.fixture(scope="module")
def table():
    random = np.random.default_rng(9)
    rows = 400
    table = pd.DataFrame(
        {
            "amount": random.lognormal(size=rows),
            "count": random.integers(0, 9, rows),
            "member": pd.array(random.random(rows) < 0.3, dtype="boolean"),
            "city": random.choice(["Bonn", "Kiel", "Ulm"], rows),
            "postcode": [f"{code:05}" for code in random.integers(10_000, 10_150, rows)],
            "title": random.choice(["refund please", "many thanks", "where is it"], rows),
            "body": random.choice(["I want my money back", "all good", "hello again"], rows),
            "paid": pd.Timestamp("2024-01-30") + pd.to_timedelta(random.integers(0, 900_000, rows), unit="min"),
            "planet": "Earth",
            "nothing": np.nan,
        }
    )
    for place, name in enumerate(("amount", "member", "city", "postcode", "title", "paid")):
        table.loc[place::13, name] = None
    return table


@pytest.fixture(scope="module")
def schema(table):
    kinds = dict.fromkeys(("city", "postcode", "planet"), "categorical") | dict.fromkeys(("title", "body"), "text")
    kinds |= {"member": "boolean", "paid": "datetime"}
    return Schema([Column(name, kinds.get(name, "numeric")) for name in table])


def features(steps, table, y):
    """Training features and those of the same rows as new rows: names, and arrays with NaN for missing."""
    train, new = [], []
    fitted, again, names = table, table, []
    for step in steps:
        if isinstance(step, Encoder):
            block = step.fit_encode(fitted, y)
            train.append(block.values)
            new.append(step.encode(again).values)
            names += block.names
            fitted, again = fitted.drop(columns=step.columns_), again.drop(columns=step.columns_)
        else:
            fitted, again = step.fit_transform(fitted, y), step.transform(again)
    for parts, frame in ((train, fitted), (new, again)):
        parts.append(frame.to_numpy(dtype=np.float32, na_value=np.nan))
    dense = [np.hstack([part.toarray() if sparse.issparse(part) else part for part in parts]) for parts in (train, new)]
    return [*names, *fitted.columns], *dense, train


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression", "multilabel"])
def test_only_numbers_remain(table, schema, kind, task):
    algorithm = taker(**KINDS[kind])
    y = {"regression": np.linspace(0, 1, 400), "multilabel": None}.get(
        task, np.arange(400) % (2 if task == "binary" else 3)
    )
    steps = default_steps(schema, algorithm, task, len(table))
    names, train, new, parts = features(steps, table, y)
    assert len(names) == len(set(names)) == train.shape[1] == new.shape[1]
    assert train.dtype == np.float32
    assert not any(name.startswith(("planet", "nothing")) for name in names)
    if not algorithm.takes_missing:
        assert np.isfinite(train).all()
        assert np.isfinite(new).all()
    if algorithm.accepts == "dense" or not algorithm.wants_scaled:
        assert not any(sparse.issparse(part) for part in parts)
        assert any("topic 1" in name for name in names)
        assert "title: length" in names
    else:
        assert "title + body: refund" in names
        assert any("'" in name for name in names)


def test_new_rows_may_lack_anything(table, schema):
    for facts in KINDS.values():
        steps = default_steps(schema, taker(**facts), "binary", len(table))
        frame, widths = table, []
        for step in steps:
            if isinstance(step, Encoder):
                widths.append(len(step.fit_encode(frame, np.arange(400) % 2).names))
                frame = frame.drop(columns=step.columns_)
            else:
                frame = step.fit_transform(frame, np.arange(400) % 2)
        strange = table.iloc[:3].assign(city="Mars", postcode="?", title=None, amount=np.nan, member=pd.NA, paid=pd.NaT)
        strange["member"] = strange["member"].astype("boolean")
        strange["paid"] = pd.to_datetime(strange["paid"])
        found = []
        for step in steps:
            if isinstance(step, Encoder):
                block = step.encode(strange)
                found.append(block.values.shape)
                strange = strange.drop(columns=step.columns_)
            else:
                strange = step.transform(strange)
        assert found == [(3, width) for width in widths]
        assert strange.columns.tolist() == frame.columns.tolist()
        assert facts.get("takes_missing") or strange.notna().all().all()


def test_marked_categories_are_whole_numbers_from_zero(table, schema):
    steps = default_steps(schema, taker(**KINDS["native tree"]), "binary", len(table))
    names, train, _, _ = features(steps, table, np.arange(400) % 2)
    ordinal = next(step for step in steps if step.name == "ordinal_encoder")
    assert ordinal.encode(table).categorical == (0,)
    assert ordinal.columns_ == ["city"]
    codes = train[:, names.index("city")]
    assert set(codes[~np.isnan(codes)]) == {0.0, 1.0, 2.0}
    assert "postcode: target mean" in names


def test_several_labels_have_no_target_means(table, schema):
    for facts in KINDS.values():
        steps = default_steps(schema, taker(**facts), "multilabel", len(table))
        assert "target_encoder" not in [step.name for step in steps]


def test_an_algorithm_that_takes_the_table_gets_it(table, schema):
    steps = default_steps(schema, taker(accepts="frame"), "binary", len(table))
    frame = table
    for step in steps:
        frame = step.fit_transform(frame)
    assert frame.columns.tolist() == [name for name in table if name not in ("planet", "nothing")]


def test_an_algorithm_that_ignores_features_gets_none(table, schema):
    steps = default_steps(schema, taker(ignores_features=True), "binary", len(table))
    assert [step.name for step in steps] == ["drop_columns"]
    assert steps[0].fit_transform(table).shape == (len(table), 0)


def test_many_texts_are_read_by_words_alone(schema):
    linear = taker(**KINDS["linear"])
    text = {step.name: step for step in default_steps(schema, linear, "binary", 100_000)}["text_tfidf"]
    assert not text.characters


def test_numbers_alone_need_few_steps():
    schema = Schema([Column("a", "numeric"), Column("y", "target"), Column("id", "identifier")])
    assert [step.name for step in default_steps(schema, taker(takes_missing=True), "binary", 10)] == [
        "drop_constant_columns"
    ]
    scaled = default_steps(schema, taker(wants_scaled=True), "binary", 10)
    assert [step.name for step in scaled] == ["drop_constant_columns", "impute", "standard_scale"]
