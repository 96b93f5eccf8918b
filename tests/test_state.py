"""Components come back from disk equal, and nothing that is read can run code unless it is trusted."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from litmus.algorithms import LinearModel
from litmus.algorithms.context import FitContext
from litmus.algorithms.multilabel import PerLabel
from litmus.algorithms.sklearn_wrapper import wrap_estimator
from litmus.component import Component, param
from litmus.errors import BundleError
from litmus.state import load_component, save_component
from litmus.steps import Encoder, Impute, OneHotEncoder, StandardScale, Step, TargetEncoder, TextTfidf


@dataclass
class Scale(Component):
    """A component of the user's."""

    factor: float = param(2.0)
    parts: list = param([])


@dataclass
class OwnFiles(Component):
    """A component that writes its own files."""

    factor: float = param(2.0)

    def save(self, folder: Path) -> None:
        (folder / "weights.txt").write_text(str(self.weight_))

    def restore(self, folder: Path) -> None:
        self.weight_ = float((folder / "weights.txt").read_text())


def there_and_back(value: object, folder: Path, *, trust: bool = False) -> object:
    target = folder / str(len(list(folder.iterdir())))
    target.mkdir()
    assert save_component(value, target) is trust
    return load_component(target, trust=trust)


PLAIN = [
    None,
    True,
    0,
    2**80,
    1.5,
    -0.0,
    math.inf,
    "é 猫",
    b"\x00\xff",
    (1, (2.0, None)),
    {"a": {"b": (1,)}},
    {1: "x", None: 2, (1, 2): [3]},
    {"$": 1, "value": 2},
    {1, 2},
    frozenset({"a"}),
    dt.datetime(2020, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001 (tables hold times without a zone)
    dt.datetime(2020, 1, 2, tzinfo=dt.UTC),
    dt.date(2020, 1, 2),
    dt.timedelta(days=-1, seconds=3, microseconds=7),
    np.float32(0.1),
    np.int8(-3),
    np.bool_(True),
    np.str_("ab"),
    np.datetime64("2020-01-02", "us"),
    np.dtype("float32"),
    pd.NA,
    pd.NaT,
    pd.Timestamp("2020-01-01", tz="Europe/Paris"),
    pd.Timedelta("1D"),
]


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: f"{type(value).__name__}-{value}")
def test_a_value_comes_back_with_its_type(value: object, tmp_path: Path) -> None:
    back = there_and_back(value, tmp_path)
    assert type(back) is type(value)
    assert back is value if value is pd.NA or value is pd.NaT else repr(back) == repr(value)


nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers() | st.just("$"), inner, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=60, deadline=None)
@given(nested)
def test_any_nested_value_comes_back(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    assert repr(there_and_back(value, tmp_path_factory.mktemp("value"))) == repr(value)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(5, dtype="float32"),
        np.arange(1000, dtype="float32").reshape(10, 100),
        np.asfortranarray(np.arange(600.0).reshape(20, 30)),
        np.array([np.nan, np.inf, -0.0]),
        np.array(3, dtype="int16"),
        np.zeros((0, 3)),
        np.array(["a", "bb"]),
        np.array([True, False]),
        np.array(["2020", "NaT"], dtype="datetime64[us]"),
        np.array([1 + 2j]),
        np.array([2**63], dtype="uint64"),
    ],
    ids=lambda array: f"{array.dtype}-{array.shape}",
)
def test_an_array_comes_back_with_type_and_shape(array: np.ndarray, tmp_path: Path) -> None:
    back = there_and_back(array, tmp_path)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array, strict=True)


def test_object_arrays_are_written_as_text_not_pickled(tmp_path: Path) -> None:
    array = np.array([["a", None], [float("nan"), [1, 2]]], dtype=object)
    back = there_and_back(array, tmp_path)
    assert back.dtype == object
    assert back.shape == (2, 2)
    assert repr(back.tolist()) == repr(array.tolist())


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": [1, 2], "b": ["x", None], "d": pd.to_datetime(["2020", None])}, index=[5, 7]),
        pd.DataFrame({"n": pd.array([1, None], dtype="Int64"), "t": pd.array([True, None], dtype="boolean")}),
        pd.DataFrame({"c": pd.Categorical(["b", None, "a"], categories=["b", "a"], ordered=True)}),
        pd.DataFrame({"z": pd.to_datetime(["2020-01-01"]).tz_localize("UTC")}),
        pd.DataFrame(),
    ],
)
def test_frames_come_back_with_types_index_and_names(frame: pd.DataFrame, tmp_path: Path) -> None:
    pd.testing.assert_frame_equal(there_and_back(frame, tmp_path), frame, check_column_type=len(frame.columns) > 0)
    for name in frame:
        pd.testing.assert_series_equal(there_and_back(frame[name], tmp_path), frame[name])


def test_sparse_matrices_come_back(tmp_path: Path) -> None:
    matrix = sparse.random(30, 20, 0.2, format="csr", dtype="float32", random_state=0)
    back = there_and_back(matrix, tmp_path)
    assert back.dtype == matrix.dtype
    assert (back != matrix).nnz == 0


def test_a_sparse_matrix_with_indices_out_of_range_is_refused(tmp_path: Path) -> None:
    matrix = sparse.csr_matrix(np.eye(3))
    matrix.indices[1] = 1_000_000
    save_component(matrix, tmp_path)
    with pytest.raises(BundleError, match="cannot be read"):
        load_component(tmp_path, trust=False)


def test_scikit_learn_objects_need_no_trust(tmp_path: Path) -> None:
    X, y = np.random.default_rng(0).normal(size=(50, 3)), np.arange(50) % 2
    model = LogisticRegression().fit(X, y)
    back = there_and_back({"model": model, "scaler": StandardScaler().fit(X)}, tmp_path)
    np.testing.assert_array_equal(back["model"].predict_proba(X), model.predict_proba(X))
    assert back["scaler"].mean_ == pytest.approx(X.mean(axis=0))


def test_scikit_learn_trees_and_functions_need_trust(tmp_path: Path) -> None:
    X, y = np.random.default_rng(0).normal(size=(50, 3)), np.arange(50) % 2
    tree = DecisionTreeClassifier(max_depth=2).fit(X, y)
    back = there_and_back(tree, tmp_path, trust=True)
    np.testing.assert_array_equal(back.predict(X), tree.predict(X))
    assert there_and_back(FunctionTransformer(os.path.abspath), tmp_path, trust=True).func is os.path.abspath
    with pytest.raises(BundleError, match="trust=True"):
        load_component(tmp_path / "0", trust=False)


def test_a_file_with_a_type_that_is_not_trusted_is_not_opened(tmp_path: Path) -> None:
    import skops.io

    save_component(StandardScaler().fit([[0.0], [1.0]]), tmp_path)
    (file,) = tmp_path.glob("*.skops")
    skops.io.dump(FunctionTransformer(os.system), file)
    with pytest.raises(BundleError, match="not known to be safe"):
        load_component(tmp_path, trust=False)


def test_a_users_component_needs_trust_and_comes_back(tmp_path: Path) -> None:
    component = Scale(factor=3.0, parts=[Scale(factor=4.0)])
    component.mean_ = np.arange(100.0)
    back = there_and_back(component, tmp_path, trust=True)
    assert back == component
    np.testing.assert_array_equal(back.mean_, component.mean_)
    with pytest.raises(BundleError, match="trust=True"):
        load_component(tmp_path / "0", trust=False)


def test_a_users_component_may_write_its_own_files(tmp_path: Path) -> None:
    component = OwnFiles(factor=3.0)
    component.weight_ = 0.25
    back = there_and_back(component, tmp_path, trust=True)
    assert (back.factor, back.weight_) == (3.0, 0.25)
    assert (tmp_path / "0" / "state" / "weights.txt").read_text() == "0.25"


def test_a_component_from_the_users_own_file_loads_where_that_file_is_not(tmp_path: Path) -> None:
    (tmp_path / "my_steps.py").write_text(
        "from dataclasses import dataclass\nfrom litmus.component import Component\nOFFSET = 5\n"
        "def double(x):\n    return 2 * x\n"
        "@dataclass\nclass Add(Component):\n    by: int = 1\n    def apply(self, x):\n        return double(x) + OFFSET\n"
    )
    (tmp_path / "saved").mkdir()
    code = (
        "from pathlib import Path; from my_steps import Add; from litmus.state import save_component;"
        "assert save_component(Add(), Path('saved'))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    (tmp_path / "my_steps.py").unlink()
    assert load_component(tmp_path / "saved", trust=True).apply(10) == 25


def test_what_cannot_be_saved_is_named(tmp_path: Path) -> None:
    component = Scale()
    component.stream_ = sys.stdout.buffer
    component.lock_ = __import__("threading").Lock()
    with pytest.raises(BundleError, match=r"Scale cannot be saved.*save\(folder\)"):
        save_component(component, tmp_path)


def test_a_value_that_contains_itself_is_named(tmp_path: Path) -> None:
    loop: list = []
    loop.append(loop)
    with pytest.raises(BundleError, match="contains itself"):
        save_component(loop, tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "os:system",
        "litmus.state:_pickle",
        "litmus.component:Component.settings",
        "litmus.__main__:Component",
        "litmus.errors:LitmusError",
        "litmus.nothing:Component",
        "litmus.state:Component",
        "litmus.../evil:X",
        "litmus",
        "",
        7,
        None,
    ],
)
def test_only_component_classes_of_the_package_are_loaded(name: object, tmp_path: Path) -> None:
    record = {"class": name, "settings": {}, "learned": {}}
    (tmp_path / "component.json").write_text(json.dumps(record))
    for trust in (False, True):
        with pytest.raises(BundleError):
            load_component(tmp_path, trust=trust)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        "{}",
        '{"value": {"$": "array", "file": "../../secret.npy"}}',
        '{"value": {"$": "array", "file": "absent.npy"}}',
        '{"value": {"$": "magic", "value": 1}}',
        '{"value": {"$": ["x"]}}',
        '{"value": {"$": "array", "dtype": "<f8", "shape": [9], "items": [1.0]}}',
        '{"value": {"$": "array", "file": "component.json"}}',
        '{"value": {"$": "skops", "file": "component.json"}}',
        "[" * 100_000,
        "\ud800",
    ],
)
def test_a_damaged_record_gives_one_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "component.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(BundleError) as caught:
        load_component(tmp_path, trust=False)
    assert "\n" not in str(caught.value)


def test_an_array_file_that_holds_a_pickle_is_refused(tmp_path: Path) -> None:
    save_component(np.arange(1000), tmp_path)
    (file,) = tmp_path.glob("*.npy")
    np.save(file, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    for trust in (False, True):
        with pytest.raises(BundleError, match="cannot be read"):
            load_component(tmp_path, trust=trust)


def test_a_missing_folder_gives_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot be read"):
        load_component(tmp_path / "none", trust=False)


def test_many_small_arrays_make_few_files(tmp_path: Path) -> None:
    value = {f"column {i}": np.arange(3.0) for i in range(2000)}
    back = there_and_back(value, tmp_path)
    assert list(back) == list(value)
    assert len(list((tmp_path / "0").iterdir())) == 1


def features() -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).normal(size=(120, 3)).astype(np.float32)
    return X, np.column_stack([X[:, 0] > 0, X[:, 1] > 0]).astype(np.int8)


def test_an_algorithm_inside_an_algorithm_comes_back(tmp_path: Path) -> None:
    X, y = features()
    algorithm = PerLabel(LinearModel(strength=2.0).for_task("binary"))
    algorithm.fit(X, y, FitContext(n_classes=2))
    back = there_and_back(algorithm, tmp_path)
    np.testing.assert_array_equal(back.predict_proba(X), algorithm.predict_proba(X))
    assert back.algorithm == algorithm.algorithm


def test_scikit_learn_trees_inside_an_algorithm_need_trust(tmp_path: Path) -> None:
    X, y = features()
    algorithm = PerLabel(wrap_estimator(DecisionTreeClassifier(max_depth=2, random_state=0), "binary"))
    algorithm.fit(X, y, FitContext(n_classes=2))
    back = there_and_back(algorithm, tmp_path, trust=True)
    np.testing.assert_array_equal(back.predict_proba(X), algorithm.predict_proba(X))
    with pytest.raises(BundleError, match="trust=True"):
        load_component(tmp_path / "0", trust=False)


def test_a_pickle_hidden_among_an_algorithms_files_is_not_opened(tmp_path: Path) -> None:
    X, y = features()
    algorithm = LinearModel().for_task("binary")
    algorithm.fit(X, y[:, 0].astype(np.int64), FitContext(n_classes=2))
    assert not save_component(algorithm, tmp_path)
    marker = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return Path.touch, (marker,)

    (tmp_path / "state" / "component.pkl").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(BundleError, match="trust=True"):
        load_component(tmp_path, trust=False)
    assert not marker.exists()


@pytest.mark.parametrize("step", [StandardScale(), Impute(), OneHotEncoder(), TargetEncoder(), TextTfidf()], ids=repr)
def test_built_in_steps_need_no_trust(step: Step, tmp_path: Path) -> None:
    df = pd.DataFrame(
        {
            "n": [1.0, np.nan, 3.0] * 30,
            "c": pd.array(["a", None, "b"] * 30, dtype="str"),
            "t": pd.array([f"word {i % 7} more" for i in range(90)], dtype="str"),
        }
    )
    df = df[["n"]] if isinstance(step, StandardScale) else df[["t"]] if isinstance(step, TextTfidf) else df[["n", "c"]]
    step.fit(df, np.arange(90) % 2)
    back = there_and_back(step, tmp_path)
    assert back == step
    if isinstance(step, Encoder):
        made, expected = (each.encode(df) for each in (back, step))
        assert made.names == expected.names
        np.testing.assert_array_equal(
            sparse.csr_matrix(made.values).toarray(), sparse.csr_matrix(expected.values).toarray()
        )
    else:
        pd.testing.assert_frame_equal(back.transform(df).to_pandas(), step.transform(df).to_pandas())
