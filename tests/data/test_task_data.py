import numpy as np
import pandas as pd
import pytest

from litmus.data import Column, LoadedData, Schema, TaskData
from litmus.events import Events

ROWS = 60


def _data():
    return {"age": list(range(ROWS)), "job": ["clerk", "boss", "cook"] * 20, "income": ["low", "high"] * 30}


def test_making_one_reads_nothing(tmp_path):
    task_data = TaskData.create(data=tmp_path / "not there.csv", target="income")
    assert task_data.name == "not there"
    assert repr(task_data).startswith("TaskData('not there', target='income', train='")


def test_the_headline_form():
    rows = pd.DataFrame(_data())
    loaded = TaskData.create(
        name="gl_classification_data",
        task=("multi-class", "classification"),
        data={"train": rows[:40], "test": rows[40:]},
        schema={"income": "target", "age": "numeric"},
        k_fold=5,
    ).load()
    assert isinstance(loaded, LoadedData)
    assert (loaded.name, loaded.task) == ("gl_classification_data", "multiclass")
    assert len(loaded.folds) == 5
    assert len(loaded.test) == 20


def test_the_schema_has_every_column_in_the_tables_order():
    frame = pd.DataFrame(_data())[["income", "job", "age"]]
    loaded = TaskData.create(data=frame, target="income").load()
    assert list(loaded.schema) == ["income", "job", "age"]
    assert list(loaded.train) == loaded.schema.inputs == ["job", "age"]
    assert loaded.schema["income"].why == "the target; binary: 'income' has 2 distinct values in 60 rows"


def test_a_schema_object_may_be_given():
    schema = Schema([Column("age", "categorical"), Column("income", "target")])
    loaded = TaskData.create(data=_data(), schema=schema).load()
    assert loaded.schema["age"].kind == "categorical"
    assert loaded.schema["job"].kind == "categorical"
    assert loaded.target.name == "income"


def test_required_columns_were_never_missing_in_training():
    data = {**_data(), "gap": [None, 1.0] * 30}
    loaded = TaskData.create(data=data, target="income").load()
    assert loaded.schema["age"].required
    assert not loaded.schema["gap"].required


def test_examples_are_plain_values():
    data = {**_data(), "when": pd.date_range("2024-01-01", periods=ROWS), "ok": [True, False] * 30}
    loaded = TaskData.create(data=data, target="income").load()
    examples = {name: column.example for name, column in loaded.schema.items()}
    assert type(examples["age"]) is int
    assert type(examples["ok"]) is bool
    assert examples["when"].startswith("2024-0")
    assert examples["job"] in {"clerk", "boss", "cook"}


def test_loading_tells_its_events():
    events = Events()
    loaded = TaskData.create(data=_data(), target="income", name="people").load(seed=3, events=events)
    kinds = [event.kind for event in events.history]
    assert kinds[0] == "data.reading"
    assert kinds[-1] == "data.loaded"
    assert [event.message for event in events.history if event.kind == "data.noted"] == list(loaded.notes)
    assert events.history[-1].values["rows"] == 48
    assert (
        events.history[-1].message
        == "people: 48 training rows, 12 test rows, 2 features, binary; 5 folds, stratified by income, seed 3."
    )


def test_the_fingerprint_follows_values_schema_and_split():
    base = TaskData.create(data=_data(), target="income").load().fingerprint
    assert TaskData.create(data=_data(), target="income").load().fingerprint == base
    changed = _data()
    changed["age"][0] = 99
    assert TaskData.create(data=changed, target="income").load().fingerprint != base
    assert TaskData.create(data=_data(), target="income", schema={"age": "categorical"}).load().fingerprint != base
    assert TaskData.create(data=_data(), target="income").load(seed=1).fingerprint != base
    weighed = [
        TaskData.create(data={**_data(), "w": [weight] * ROWS}, target="income", weight="w").load().fingerprint
        for weight in (1.0, 2.0)
    ]
    assert weighed[0] != weighed[1]


def test_loading_twice_gives_the_same_rows():
    task_data = TaskData.create(data=_data(), target="income")
    pd.testing.assert_frame_equal(task_data.load().train, task_data.load().train)


@pytest.mark.parametrize(
    ("name", "target", "task", "features", "rows"),
    [
        ("adult", "income", "binary", 14, 32561),
        ("diamonds", "price", "regression", 9, 53940),
        ("penguins", "species", "multiclass", 6, 344),
        ("abalone", "Rings", "regression", 8, 4177),
        ("hr_job_change", "target", "binary", 12, 19158),
        ("covertype_10k", "Cover_Type", "multiclass", 54, 10000),
        ("house_prices_ames_kaggle", "SalePrice", "regression", 79, 1460),
        ("airbnb_listings", "price", "regression", 14, 19641),
    ],
)
def test_real_tables(real_table, name, target, task, features, rows):
    loaded = TaskData.create(data=real_table(name), target=target).load()
    assert loaded.task == task
    assert len(loaded.schema.features) == features
    assert len(loaded.train) + len(loaded.test) == rows
    assert abs(len(loaded.test) - 0.2 * rows) <= max(2, 0.002 * rows)
    assert all(column.why for column in loaded.schema.values())
    held_out = np.sort(np.concatenate([fold.valid for fold in loaded.folds]))
    assert (held_out == np.arange(len(loaded.train))).all()


def test_a_table_of_mostly_copies(real_table):
    loaded = TaskData.create(data=real_table("kddcup99_10pct"), target="label").load()
    assert any(
        note.startswith("348,435 rows are exact copies of another row (71 % of 494,021)") for note in loaded.notes
    )
    rows = pd.util.hash_pandas_object(loaded.train, index=False).to_numpy()
    tested = pd.util.hash_pandas_object(loaded.test, index=False).to_numpy()
    # 4 rows share their features with a row of another class, which a split may tear apart.
    assert np.isin(tested, rows).sum() <= 4
    assert set(loaded.y) == set(range(23))


def test_no_public_name_is_hidden_by_a_module_of_that_name():
    import importlib
    import pkgutil
    import types

    import litmus.data

    for module in pkgutil.iter_modules(litmus.data.__path__):
        importlib.import_module(f"litmus.data.{module.name}")
    for name in litmus.data.__all__:
        assert not isinstance(getattr(litmus.data, name), types.ModuleType), name


def test_importing_the_package_stays_light():
    import subprocess
    import sys

    code = "import sys, litmus.data; from litmus.data import Schema; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
