"""Tables of bits and sessions give what walking down the trees gives, for trees of every shape."""

from __future__ import annotations

import dataclasses
import threading

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_features import Given

from litmus.errors import BundleError
from litmus.predictors import session_engine
from litmus.predictors.answer import Answer
from litmus.predictors.engines import ENGINES
from litmus.predictors.leaf_values import each_once
from litmus.predictors.saved_forms import load_form
from litmus.predictors.tree_cutting import first_trees
from litmus.predictors.tree_session import tree_model
from litmus.predictors.trees import CategorySets, TreeNodes, Trees

FEATURES, CODES = 5, 9


def random_trees(rng, *, trees, splits, values=1, raw=1, sets=True):
    """Trees that split random leaves, on numbers and on two features of category codes."""
    left, right, feature, threshold, missing, member, roots = [], [], [], [], [], [], []
    members = [sorted(rng.choice(CODES, rng.integers(0, CODES), replace=False).tolist()) for _ in range(6)]
    for _ in range(trees):
        roots.append(len(left))
        leaves = [len(left)]
        columns = (left, right, feature, threshold, missing, member)

        def grow(columns=columns):
            for column in columns:
                column.append(-1)

        grow()
        for _ in range(rng.integers(0, splits + 1)):
            node = leaves.pop(rng.integers(len(leaves)))
            feature[node] = int(rng.integers(FEATURES))
            by_set = sets and feature[node] >= 3
            threshold[node] = 0.0 if by_set else float(np.float32(rng.choice([-1.0, 0.0, 0.5, rng.normal()])))
            member[node] = int(rng.integers(len(members))) if by_set else -1
            missing[node] = bool(rng.integers(2))
            left[node], right[node] = len(left), len(left) + 1
            leaves += [len(left), len(left) + 1]
            grow()
            grow()
    targets = np.sort(rng.integers(0, raw - values + 1, trees))
    nodes = TreeNodes(
        *(np.array(column) for column in (left, right, feature)),
        np.array(threshold, dtype=np.float32),
        np.array(missing) == 1,
        rng.normal(size=(len(left), values)),
        np.array(member),
    )
    answer = Answer("identity", np.eye(raw), np.zeros(raw), raw)
    return Trees.of(
        nodes=nodes,
        roots=np.array(roots),
        target=targets,
        base=rng.normal(size=raw),
        answer=answer,
        factor=0.5,
        sets=CategorySets.of(members),
        minus_one_missing=bool(rng.integers(2)),
    )


def some_rows(rng, rows=60):
    X = rng.choice(np.array([-1.0, 0.0, 0.5, 1e30, -1e30, np.nan, 3.3], dtype=np.float32), (rows, FEATURES))
    X[:, 3:] = rng.choice(np.array([*range(CODES), -1, 40, 2.5, 1e30, np.nan], dtype=np.float32), (rows, 2))
    return X


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    sizes=st.lists(st.tuples(st.integers(1, 12), st.sampled_from([1, 3, 31, 40, 63, 64, 200])), min_size=1, max_size=4),
    vectors=st.booleans(),
)
def test_engines_agree_with_walking(seed, sizes, vectors):
    rng = np.random.default_rng(seed)
    values, raw = (3, 3) if vectors else (1, int(rng.integers(1, 4)))
    forms = [random_trees(rng, trees=trees, splits=splits, values=values, raw=raw) for trees, splits in sizes]
    X = some_rows(rng)
    expected = ENGINES["each"](forms, 1).rows(Given(X))
    for name in ("tables", "session"):
        if ENGINES[name].takes(forms):
            engine = ENGINES[name](forms, 1)
            close = {"rtol": 1e-12, "atol": 1e-12} if name == "tables" else {"rtol": 1e-5, "atol": 1e-5}
            np.testing.assert_allclose(engine.rows(Given(X)), expected, **close)
            rows = [engine.row(Given(X).one(at)) for at in range(8)]
            np.testing.assert_allclose(np.stack(rows), expected[:8], **close)


@pytest.mark.parametrize("values", [1, 2])
def test_a_session_is_a_valid_onnx_model(values):
    form = random_trees(np.random.default_rng(0), trees=5, splits=9, values=values, raw=2, sets=False)
    model = tree_model([form, form], FEATURES, numbers=values > 1)
    onnx.checker.check_model(onnx.load_from_string(model), full_check=True)


def test_leaves_that_answer_the_same_share_their_values(tmp_path):
    rng = np.random.default_rng(3)
    form = random_trees(rng, trees=9, splits=150, values=3, raw=3)
    leaves, shared = each_once(np.eye(3, dtype=np.float32)[rng.integers(0, 3, form.n_leaves)])
    form = dataclasses.replace(form, leaves=leaves, shared=shared)
    whole = dataclasses.replace(form, leaves=form.leaf_values(), shared=None)
    assert len(form.leaves) == 3
    assert form.n_leaves == whole.n_leaves
    X = some_rows(rng)
    form.save(tmp_path)
    for same in (form, load_form(tmp_path), first_trees(form, 1.0)):
        np.testing.assert_array_equal(same.raw(X), whole.raw(X))
        for name in ("tables", "session"):
            np.testing.assert_allclose(ENGINES[name]([same], 1).rows(Given(X)), whole.raw(X), rtol=1e-9)
    np.testing.assert_array_equal(first_trees(form, 0.4).raw(X), first_trees(whole, 0.4).raw(X))


@pytest.mark.parametrize("values", [1, 3])
def test_single_rows_are_answered_while_a_large_session_is_being_opened(monkeypatch, values):
    rng = np.random.default_rng(5)
    forms = [random_trees(rng, trees=12, splits=60, values=values, raw=3) for _ in range(2)]
    X = some_rows(rng)
    expected = ENGINES["each"](forms, 1).rows(Given(X))
    may_open = threading.Event()
    opened = session_engine.open_session

    def slowly(model, threads):
        assert may_open.wait(60)
        return opened(model, threads)

    monkeypatch.setattr(session_engine, "_LARGE", 0)
    monkeypatch.setattr(session_engine, "open_session", slowly)
    engine = ENGINES["session"](forms, 1)
    walked = [engine.row(Given(X).one(at)) for at in range(len(X))]
    np.testing.assert_allclose(np.stack(walked), expected, rtol=1e-12)
    may_open.set()
    engine.settle()
    np.testing.assert_allclose(engine.row(Given(X).one(3)), expected[3], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(engine.rows(Given(X)), expected, rtol=1e-5, atol=1e-5)


def test_a_leaf_of_values_that_there_are_not_is_refused(tmp_path):
    form = random_trees(np.random.default_rng(4), trees=2, splits=5, values=2, raw=2)
    leaves, shared = each_once(np.zeros((form.n_leaves, 2), dtype=np.float32))
    dataclasses.replace(form, leaves=leaves, shared=shared + 1).save(tmp_path)
    with pytest.raises(BundleError, match="values that there are not"):
        load_form(tmp_path)


def test_threads_change_nothing():
    rng = np.random.default_rng(1)
    forms = [random_trees(rng, trees=20, splits=30) for _ in range(3)]
    X = some_rows(rng, 5000)
    for name in ("tables", "session"):
        one, many = ENGINES[name](forms, 1).rows(Given(X)), ENGINES[name](forms, 3).rows(Given(X))
        np.testing.assert_allclose(many, one, rtol=1e-6, atol=1e-6)
