"""What users really hand over: each mistake gets one sentence, each odd table the right behaviour, and nothing stays behind."""

import contextlib
import dataclasses
import gc
import gzip
import tempfile
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import litmus
from litmus.errors import (
    BundleError,
    DataError,
    LitmusError,
    ParameterError,
    PredictionError,
    TrainingError,
    UnknownNameError,
)

ONE = {"train": {"cpus": 1}, "predict": {"cpus": 1}}
N = 60
Y = ["a", "b"] * (N // 2)
X = np.random.default_rng(0).normal(size=N)


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Temporary files go into a folder of the test's own, and none is left when the test ends."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    if any(folder.iterdir()):
        gc.collect()  # a run removes its folder when nothing refers to it any more
    assert [path.name for path in folder.iterdir()] == []


def table(**columns):
    return {"x": X, "y": Y, **columns}


def train(data, target="y", **options):
    if not isinstance(data, litmus.TaskData):
        options["target"] = target
        options.setdefault("k_fold", 2)
    options.setdefault("algorithm", "LinearModel")
    options.setdefault("callbacks", [])
    return litmus.train(data, executor="in_process", resources=ONE, **options)


def task_data(**options):
    options.setdefault("data", table())
    options.setdefault("k_fold", 2)
    return litmus.TaskData.create(target="y", **options)


def notes(run):
    return "\n".join(sentence for data in run.data.values() for sentence in data.notes)


def usable(run):
    """The best model answers a row, saves, loads again, and the report can be written."""
    model = run.best
    answer = model.predict(model.sample)
    with tempfile.TemporaryDirectory() as folder:
        path = model.save(f"{folder}/model.litmus")
        again = litmus.load(path)
        assert again.predict(model.sample) == answer
        page = run.report(f"{folder}/report.html").read_text(encoding="utf-8")
    assert "<html" in page
    return page


@contextlib.contextmanager
def refused(error, message):
    """One or two sentences on one line."""
    with pytest.raises(error, match=message) as caught:
        yield
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 700
    assert text[0] == text[0].strip() != ""


FILES = {
    "empty": ("t.csv", b"", DataError, "is empty; give a table with a line of column names"),
    "header only": ("t.csv", b"x,y\n", DataError, "has 2 columns but no rows"),
    "one row": ("t.csv", b"x,y\n1,a\n", DataError, "There is only 1 row to learn from"),
    "two rows": ("t.csv", b"x,y\n1,a\n2,b\n", DataError, "There are only 2 rows to learn from"),
    "one class": ("t.csv", b"x,y\n" + b"1,a\n2,a\n" * 20, DataError, "has only one value, 'a', in 40 rows"),
    "constant number": ("t.csv", b"x,y\n" + b"1,2.5\n2,2.5\n" * 20, DataError, "has only one value, 2.5"),
    "no target value": ("t.csv", b"x,y\n" + b"1,\n2,\n" * 20, DataError, "'y' is missing in all 40 rows"),
    "one name twice": ("t.csv", b"x,x,y\n" + b"1,2,a\n3,4,b\n" * 20, DataError, "more than one column named 'x'"),
    "no target column": ("t.csv", b"x,Y\n" + b"1,a\n2,b\n" * 20, DataError, "no column 'y'.* Did you mean 'Y'"),
    "ragged": ("t.csv", b"x,y\n" + b"1,a\n2,b\n" * 20 + b"1,2,3\n", DataError, "same number of cells"),
    "no zip": ("t.csv.zip", b"PK\x03\x04 is how a zip begins", DataError, "damaged or cut short"),
    "no gzip": ("t.csv.gz", b"x,y\n1,a\n", DataError, "damaged or cut short"),
    "cut gzip": ("t.csv.gz", gzip.compress(b"x,y\n" + b"1,a\n2,b\n" * 9000)[:-20], DataError, "damaged or cut short"),
    "no parquet": ("t.parquet", b"x,y\n1,a\n", DataError, "cannot be read as parquet"),
    "no arrow": ("t.arrow", b"x,y\n1,a\n", DataError, "cannot be read as arrow"),
    "broken json": ("t.jsonl", b'{"x": 1, "y": "a"}\n{"x": 1, "y"\n', DataError, "line 2, is no JSON"),
    "json of numbers": ("t.json", b"[1, 2, 3]", DataError, "each row must be an object"),
    "unknown ending": ("t.xlsx", b"PK", DataError, "ending that is no known format"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_learned_from(tmp_path, case):
    name, content, error, message = FILES[case]
    (tmp_path / name).write_bytes(content)
    with refused(error, message):
        train(tmp_path / name)


DATA = {
    "none": (None, ParameterError, "of type NoneType, which is no source of rows"),
    "number": (42, ParameterError, "of type int"),
    "bytes": (b"x,y\n1,a", ParameterError, "of type bytes"),
    "generator": ((row for row in ()), ParameterError, "of type generator"),
    "array": (np.zeros((9, 2)), ParameterError, "of type ndarray"),
    "series": (pd.Series(Y, name="y"), ParameterError, "of type Series"),
    "list of lists": ([[1, "a"], [2, "b"]], ParameterError, "of type list"),
    "list of frames": ([pd.DataFrame(), pd.DataFrame()], ParameterError, "of type list"),
    "empty list": ([], DataError, "is empty"),
    "empty dict": ({}, DataError, "is empty"),
    "empty frame": (pd.DataFrame(), DataError, "is empty"),
    "empty columns": ({"x": [], "y": []}, DataError, "has 2 columns but no rows"),
    "empty text": ("", DataError, "An empty text was given where a path is needed"),
    "text of a table": ("x,y\n1,a\n2,b\n", DataError, "A text of 3 lines was given where a path is needed"),
    "unequal lengths": ({"x": range(60), "y": Y[1:]}, DataError, "'x' has 60 values and 'y' has 59"),
    "one value": ({"x": 3, "y": Y}, DataError, "'x' of the dict holds one value"),
    "one name twice": (
        pd.DataFrame([[1, 2, "a"], [3, 4, "b"]] * 20, columns=["x", "x", "y"]),
        DataError,
        "more than one column named 'x'",
    ),
    "unknown part": ({"train": table(), "valid": table()}, ParameterError, "'valid' .did you mean 'validation'"),
    "no train part": ({"validation": "v.csv", "test": "t.csv"}, ParameterError, "data has no 'train'"),
    "part of none": ({"train": "t.csv", "test": None}, ParameterError, r"data\['test'\] is None"),
    "only the target": ({"y": Y}, DataError, "No column is left to learn from"),
    "only identifiers": (
        {"user_id": range(N), "uuid": [f"{n:08x}-a" for n in range(N)], "y": Y},
        DataError,
        r"user_id \(identifier\), uuid \(identifier\)",
    ),
    "a class a row": (table(y=[f"c{n}" for n in range(N)]), DataError, "different value in each of 60 rows"),
    "dates as target": (table(y=pd.date_range("2024", periods=N)), DataError, "holds dates"),
    "test without target": ({"train": table(), "test": {"x": X}}, DataError, "no target column 'y'"),
    "test without a column": (
        {"train": table(z=X), "test": table()},
        DataError,
        "test rows .* have no column 'z', which the training rows have",
    ),
    "test with a new class": (
        {"train": table(), "test": table(y=["a", "c"] * 30)},
        DataError,
        "'c' in row 1, and 29 more rows do: a label the model does not know",
    ),
    "test without rows": ({"train": table(), "test": {"x": [], "y": []}}, DataError, "has 2 columns but no rows"),
}


@pytest.mark.parametrize("case", DATA)
def test_data_that_cannot_be_learned_from(case):
    data, error, message = DATA[case]
    with refused(error, message):
        train(data)


def test_places_that_hold_nothing(tmp_path):
    (tmp_path / "people.csv").write_text("x,y\n")
    with refused(DataError, r"does not exist. Did you mean 'people.csv'\?"):
        train(tmp_path / "poeple.csv")
    with refused(DataError, "cannot be listed either; check the path"):
        train(tmp_path / "no" / "such" / "place.csv")
    (tmp_path / "folder").mkdir()
    with refused(DataError, "holds no file that can be read"):
        train(tmp_path / "folder")


OPTIONS = {
    "no target": ({"target": None}, ParameterError, "No target is named"),
    "empty target": ({"target": ""}, DataError, "no column ''"),
    "no targets": ({"target": []}, ParameterError, "must name one column"),
    "target of values": ({"target": pd.Series(Y)}, ParameterError, "of type Series; give the name of the column"),
    "target of true": ({"target": True}, ParameterError, "of type bool"),
    "target as a feature": ({"schema": {"y": "categorical"}}, ParameterError, "'y' is the target, but schema calls it"),
    "two targets": ({"schema": {"x": "target"}}, ParameterError, "schema calls 'x' the target"),
    "unknown kind": ({"schema": {"x": "number"}}, ParameterError, "Did you mean 'numeric'"),
    "unknown column": ({"schema": {"z": "numeric"}}, DataError, "no column 'z', named as a column of schema"),
    "unknown task": ({"task": "clasification"}, ParameterError, "does not name one kind of task"),
    "numbers wanted": ({"task": "regression"}, DataError, "holds texts such as 'a', so it cannot be a regression"),
    "no folds": ({"k_fold": 0}, ParameterError, "folds=0 must be a whole number of at least 2"),
    "one fold": ({"k_fold": 1}, ParameterError, "folds=1 must be a whole number of at least 2"),
    "too many folds": ({"k_fold": 1000}, DataError, "1000 folds need at least 1000 different training rows"),
    "folds as text": ({"k_fold": "5"}, ParameterError, "k_fold='5' must be a number of folds"),
    "unknown algorithm": ({"algorithm": "LihgtGBM"}, UnknownNameError, "Did you mean 'LightGBM'"),
    "algorithm of none": ({"algorithm": None}, ParameterError, "None is no algorithm"),
    "algorithm of a transformer": (
        {"algorithm": __import__("sklearn.preprocessing").preprocessing.StandardScaler()},
        ParameterError,
        "neither predict_proba nor decision_function",
    ),
    "unknown metric": ({"metrics": ["f1_score"]}, UnknownNameError, "Did you mean 'f1'"),
    "unknown objective": ({"objective": "acuracy"}, UnknownNameError, "Did you mean 'accuracy'"),
    "metric of another task": ({"metrics": ["rmse"]}, LitmusError, "'rmse' is for regression"),
    "metric of no class": ({"metrics": ["precision[c]"]}, ParameterError, "'c' is not a class. Classes: a, b"),
    "step by name": ({"steps": "impute"}, ParameterError, "'impute' is no step"),
    "name of a number": ({"data": None, "name": 5}, ParameterError, "name=5 must be a text"),
    "markers of a number": ({"data": None, "missing_markers": 5}, ParameterError, "missing_markers holds 5"),
    "seed of none": ({"seed": None}, ParameterError, "seed=None is not allowed"),
    "callback that is none": ({"callbacks": [5]}, ParameterError, "holds 5, which cannot be called"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_an_option_that_is_not_allowed(case):
    options, error, message = OPTIONS[case]
    with refused(error, message):
        if "data" in options:
            task_data(**{**options, "data": table()})
        else:
            train(table(), **options)


ROLES = {
    "negative weights": ({"data": table(w=X), "weight": "w"}, "every weight must be a number of at least 0"),
    "missing weights": ({"data": table(w=[1.0, None] * 30), "weight": "w"}, "'w' has no value in"),
    "weights of text": ({"data": table(w=["much", "little"] * 30), "weight": "w"}, "'w' has no value in"),
    "no weight at all": ({"data": table(w=[0] * N), "weight": "w"}, "is 0 in every row"),
    "one group": ({"data": table(g=["same"] * N), "group": "g"}, "'g' has one group only"),
    "order by a constant": (
        {"data": table(o=["same"] * N), "split": litmus.OrderedSplit(by="o")},
        "'o' has one value only, so it cannot order the rows",
    ),
    "order by nothing": ({"split": litmus.OrderedSplit(by="day")}, "no column 'day', named as the order of the split"),
    "a part that is none": (
        {"data": table(part=["trian", "test"] * 30), "split": litmus.PredefinedSplit(by="part")},
        "'part' holds 'trian' in 30 rows",
    ),
}


@pytest.mark.parametrize("case", ROLES)
def test_a_column_that_cannot_serve_its_role(case):
    options, message = ROLES[case]
    with refused(DataError, message):
        train(task_data(**options))


def test_order_by_text_is_alphabetical_and_works():
    words = [f"{'abcdefghij'[n % 10]}{n}" for n in range(N)]
    run = train(task_data(data=table(word=words), split=litmus.OrderedSplit(by="word")))
    assert run.data["data"].test["word"].min() > run.data["data"].train["word"].max()


ODD = {
    "all missing": [None] * N,
    "constant": [1] * N,
    "mixed types": [1, "two", 3.5, None, True, "6"] * 10,
    "nested values": [[1], {"a": 1}, b"x", {2}, (3,), object] * 10,
    "infinities": [1.0, np.inf, -np.inf, 2.0, 3.0, 4.0] * 10,
    "huge numbers": [1e308, -1e308, 1e300, 5, 1e-300, 0] * 10,
    "huge whole numbers": [2**62 + n for n in range(N)],
    "decimals": [Decimal("1.5"), Decimal("2.5"), Decimal("NaN")] * 20,
    "complex": X + 1j,
    "truths as text": ["True", "false", ""] * 20,
    "durations": pd.to_timedelta(range(N), unit="h"),
    "periods": pd.period_range("2020-01", periods=N, freq="M"),
    "intervals": pd.cut(X, 3),
    "nul bytes": ["a\0", "b\0", "c"] * 20,
}


def test_odd_columns_are_trained_on_and_said():
    run = train(table(**ODD), algorithm=["LinearModel", "LightGBM", "NearestNeighbours"])
    assert {trial.name: trial.reason for trial in run.leaderboard if trial.reason} == {}
    schema = run.data["data"].schema
    assert schema["all missing"].why == "every value is missing"
    kinds = {name: schema[name].kind for name in ("infinities", "decimals", "durations", "truths as text", "periods")}
    assert list(kinds.values()) == ["numeric", "numeric", "numeric", "boolean", "datetime"]
    said = notes(run)
    assert "infinities: 20 infinite values read as missing." in said
    assert "mixed types: 20 values of 50 are no number ('two'), so all are read as text" in said
    assert "nested values: values of type" in said
    assert "all missing" in " ".join(run.leaderboard["LinearModel"].notes)
    assert set(run.best.sample) == {"x", *ODD}
    usable(run)


LONELY = {
    "one number": {"x": X},
    "one text": {"t": [f"the {['red', 'blue', 'grey'][n % 3]} dog {n} ran home" for n in range(N)]},
    "one date": {"d": pd.date_range("2020", periods=N)},
}


@pytest.mark.parametrize("case", LONELY)
def test_one_column_is_enough(case):
    run = train({**LONELY[case], "y": Y}, algorithm=["LinearModel", "LightGBM"])
    assert {trial.status for trial in run.leaderboard} == {"complete"}, [trial.reason for trial in run.leaderboard]
    assert run.best.predict(run.best.sample) in {"a", "b"}


def test_nothing_to_learn_from_is_said_and_the_baseline_remains():
    run = train({"z": [None] * N, "y": Y})
    failed = {trial.name: trial.reason for trial in run.leaderboard if trial.status == "failed"}
    assert "No feature is left" in failed["LinearModel"]
    assert run.leaderboard[1].name == "Baseline"


def test_five_thousand_columns():
    frame = pd.DataFrame(np.random.default_rng(0).random((80, 5000)), columns=[f"c{n}" for n in range(5000)])
    frame["c7"] = np.arange(80) % 2 + frame["c7"] / 10
    frame = frame.assign(y=["a", "b"] * 40)
    parts = {"train": frame.iloc[:40], "validation": frame.iloc[40:60], "test": frame.iloc[60:]}
    run = train(parts, algorithm="LightGBM", k_fold=None)
    trial = run.leaderboard["LightGBM"]
    assert trial.status == "complete"
    assert trial.score("roc_auc", "test").value > 0.9
    assert len(run.best.schema.features) == 5000
    assert run.best.predict(run.best.sample) in {"a", "b"}


def test_text_that_is_no_utf8(tmp_path):
    lines = "x,town,y\n" + "".join(f"{n},{['Köln', 'Zürich', 'Málaga'][n % 3]},{Y[n]}\n" for n in range(N))
    (tmp_path / "t.csv").write_bytes(lines.encode("latin-1"))
    run = train(tmp_path / "t.csv")
    assert "the text is no UTF-8 and was read as" in notes(run)
    assert {*run.data["t"].train["town"]} == {"Köln", "Zürich", "Málaga"}


def test_bytes_that_are_no_table(tmp_path):
    (tmp_path / "t.csv").write_bytes(np.random.default_rng(0).integers(0, 256, 5000, dtype=np.uint8).tobytes())
    with pytest.raises(DataError, match=r"t\.csv") as caught:
        train(tmp_path / "t.csv")
    assert "\n" not in str(caught.value)


def test_a_huge_whole_number_is_an_identifier_and_stays_exact():
    run = train(table(key=[10**25 + n for n in range(N)]))
    assert run.data["data"].schema["key"].kind == "identifier"
    assert run.best.predict({"x": 0.5, "key": 10**25}) in {"a", "b"}


def test_a_date_in_six_formats():
    formats = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y%m%d", "%d %B %Y", "%Y-%m-%dT%H:%M:%S"]
    days = pd.date_range("2021-01-13", periods=N)
    texts = [day.strftime(formats[n % 6]) for n, day in enumerate(days)]
    run = train(table(when=texts))
    loaded = run.data["data"]
    assert loaded.schema["when"].kind == "datetime"
    assert {*loaded.train["when"], *loaded.test["when"]} == set(days)
    assert (
        len({run.best.predict({"x": 0.1, "when": text}) for text in ("2021-02-03", "03.02.2021", "3 February 2021")})
        == 1
    )


def test_rows_without_a_target_are_dropped_counted_and_said():
    run = train(table(y=["a", "b", None, "a", "b", ""] * 10))
    assert "20 rows of 60 without a value of the target 'y' were dropped (10 blank)." in notes(run)
    assert len(run.data["data"].train) + len(run.data["data"].test) == 40


def test_a_test_source_may_have_more_columns_and_fewer_classes():
    run = train({"train": table(), "test": table(z=X, y=["a"] * N)})
    assert "The test rows also have 'z', which the training rows lack; ignored." in notes(run)
    trial = run.leaderboard["LinearModel"]
    assert trial.score("roc_auc", "test") is None
    assert "every row has the class 'a'" in trial.why_not("roc_auc", "test")
    assert trial.score("accuracy", "test") is not None
    usable(run)


def test_a_test_source_with_other_types_is_read_as_missing_and_said():
    run = train({"train": table(), "test": table(x=["hello"] * N)})
    assert "x: 60 values of the test rows such as 'hello' read as missing" in notes(run)


NAMES = ["a.b", "a\"q'", "naïve ☃", "new\nline", "<script>alert(1)</script>", "a,b[c]{d}:e", "", " ", "index", "target"]


def test_column_names_of_any_kind():
    columns = {name: np.random.default_rng(n).normal(size=N) for n, name in enumerate(NAMES)}
    columns["new\nline"] = ["k", "l", "m"] * 20
    names = ["LightGBM", "XGBoost", "CatBoost", "LinearModel", "DecisionTree", "NearestNeighbours", "MLP", "LinearSVM"]
    run = train({**columns, "y": Y}, algorithm=names)
    assert {trial.status for trial in run.leaderboard} == {"complete"}, [trial.reason for trial in run.leaderboard]
    assert set(run.best.sample) == set(NAMES)
    assert "<script>alert(1)" not in usable(run)


@pytest.mark.parametrize("target", ["my target", "prediction", "<b>\n\"y'"])
def test_a_target_of_any_name(target):
    run = train({"x": X, target: ['<script>"', "new\nline"] * 30}, target=target)
    assert run.best.predict(pd.DataFrame({"x": X[:2]})).name == target
    assert '<script>"' not in usable(run).replace('<script>"use', "")


@pytest.mark.parametrize(("written", "meant"), [("target", "Target"), ("target", "target "), ("incme", "income")])
def test_a_target_that_is_written_otherwise_is_suggested(written, meant):
    with refused(DataError, f"Did you mean '{meant}'"):
        train({"x": X, meant: Y}, target=written)


def test_columns_named_by_numbers():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 3)))
    frame[3] = Y
    run = train(frame, target=3)
    assert run.best.predict(frame).shape == (N,)
    assert run.best.predict({"0": 1.0, "1": 2.0, "2": 3.0}) in {"a", "b"}


def test_rows_whose_index_says_nothing():
    frame = pd.DataFrame(table(), index=pd.MultiIndex.from_product([["u", "v"], range(N // 2)]))
    before = frame.copy(deep=True)
    run = train(frame)
    assert run.best.predict(frame).index.equals(frame.index)
    pd.testing.assert_frame_equal(frame, before)


def forms(frame, folder):
    """The same table as users have it."""
    frame.to_parquet(folder / "data.parquet")
    yield "pandas", frame
    yield "polars", pl.from_pandas(frame)
    yield "arrow", pa.Table.from_pandas(frame)
    yield "categories", frame.astype({"c": "category", "y": "category"})
    yield "parquet", folder / "data.parquet"
    records = frame.to_dict("records")
    yield "records", [{name: value for name, value in row.items() if value is not None} for row in records]


def test_a_table_in_other_forms_gives_the_same(tmp_path):
    frame = pd.DataFrame(table(c=["u", "v", None] * 20))
    scores = {}
    for form, data in forms(frame, tmp_path):
        run = train(data)
        scores[form] = run.leaderboard["LinearModel"].score("log_loss").value
        answer = run.best.predict(data)
        assert set(answer) <= {"a", "b"}
        assert len(answer) == N
    assert scores == pytest.approx(dict.fromkeys(scores, scores["pandas"]))


@pytest.mark.parametrize("rare", [1, 3])
def test_more_folds_than_rows_of_the_rarest_class(rare):
    run = train(table(y=["a"] * (N - rare) + ["b"] * rare), k_fold=8)
    trial = run.leaderboard["LinearModel"]
    assert np.isfinite(trial.score("roc_auc").value)
    assert "fewer training rows than the 8 folds ('b')" in notes(run)
    assert any("roc_auc is of all held-out rows together" in note for note in trial.notes)
    usable(run)


def test_one_row_a_fold():
    run = train({"x": X[:24], "y": Y[:24]}, k_fold=19)
    assert len(run.best.pipelines) == 19
    assert run.leaderboard["LinearModel"].score("roc_auc").spread is None
    assert len(run.leaderboard["LinearModel"].score("accuracy").folds) == 19


@pytest.mark.parametrize("rows", [5, 9])
@pytest.mark.parametrize("target", [Y, [1.5, 2.5, 7.2, 3.3, 4.1, 0.4, 9.9, 5.5, 2.2]])
def test_very_few_rows(rows, target):
    run = train({"x": X[:rows], "y": target[:rows]}, k_fold=None)
    assert run.leaderboard[1].status == "complete"
    usable(run)


def test_three_hundred_classes():
    run = train({"x": np.arange(900.0), "y": [f"c{n % 300}" for n in range(900)]}, algorithm=["DecisionTree"])
    assert run.leaderboard["DecisionTree"].status == "complete"
    assert len(run.best.predict_proba(run.best.sample)) == 300
    usable(run)


def test_a_class_with_one_row_is_kept_for_training():
    run = train(table(y=["a"] * 30 + ["b"] * 27 + ["c", "c", "d"]), algorithm=["LinearModel", "LightGBM"], k_fold=None)
    assert "1 class has a single row ('d'): kept for training, never tested on." in notes(run)
    assert {trial.status for trial in run.leaderboard} == {"complete"}
    assert set(run.best.predict_proba(run.best.sample)) == {"a", "b", "c", "d"}


def test_weights_that_leave_a_class_nothing():
    with refused(
        TrainingError,
        "No trial .* could be ranked.* roc_auc could not be computed on the validation rows: .*two classes",
    ):
        train(task_data(data=table(w=[0, 1] * 30), weight="w"))


def test_values_beyond_the_range_of_squares():
    with refused(TrainingError, "rmse is inf on the validation rows, which has no rank"):
        train(table(y=[1e300, -1e300, 1e299, 5.0, 1e-300, 0.0] * 10))


def test_kinds_that_do_not_fit_are_read_as_missing_and_said():
    run = train(table(z=["hello", "world", "x"] * 20), schema={"z": "numeric"})
    assert "z: 60 values such as 'hello' read as missing, because a number is expected." in notes(run)
    run = train(table(z=["hello", "world", "x"] * 20), schema={"z": "image"})
    assert "z: images cannot be learned from yet, so the column is not used." in notes(run)


BUILT_IN = ["XGBoost", "LightGBM", "CatBoost", "RandomForest", "ExtraTrees", "DecisionTree", "LinearModel", "LinearSVM",
            "NearestNeighbours", "NaiveBayes", "MLP", "Baseline"]  # fmt: skip
TINY = 12
TINY_TARGETS = {
    "binary": {"y": ["p", "q"] * 6},
    "multiclass": {"y": ["p", "q", "r"] * 4},
    "multilabel": {"y": [0, 1] * 6, "z": [1, 0, 1] * 4},
    "regression": {"y": [n * 1.37 + n % 3 for n in range(TINY)]},
}


@pytest.mark.parametrize("task", TINY_TARGETS)
def test_every_algorithm_on_a_tiny_table(task):
    targets = TINY_TARGETS[task]
    columns = {
        "x": [float(n) if n % 4 else None for n in range(TINY)],
        "c": ["u", "v", "w"] * 4,
        "b": [True, False, None] * 4,
        "d": pd.date_range("2021-03-01", periods=TINY, freq="37h"),
    }
    parts = dict.fromkeys(("train", "validation", "test"), {**columns, **targets})
    names = [name for name in BUILT_IN if (task, name) != ("regression", "NaiveBayes")]
    run = train(parts, list(targets) if len(targets) > 1 else "y", task=task, algorithm=names, k_fold=None)
    assert {trial.name: trial.reason for trial in run.leaderboard} == dict.fromkeys(names, "")
    for name in names:
        answer = run.model(name).predict(run.best.sample)
        if task == "regression":
            assert np.isfinite(answer)
        elif task == "multilabel":
            assert set(answer) == {"y", "z"}
        else:
            assert answer in targets["y"]


def test_an_algorithm_without_the_task_fails_alone():
    run = train(table(y=X), algorithm=["NaiveBayes", "LinearModel"])
    assert "NaiveBayes has no algorithm for regression" in run.leaderboard["NaiveBayes"].reason
    with refused(ParameterError, "NaiveBayes has no algorithm for regression"):
        train(table(y=X), algorithm="NaiveBayes")


def answers(name, make):
    """An algorithm that fits nothing and answers what `make` says for the features."""

    @dataclasses.dataclass
    class Answers(litmus.Classifier):
        def fit(self, X, y, context):
            pass

        def predict_proba(self, X):
            return make(len(X))

    Answers.__name__ = name
    return Answers()


WRONG_ANSWERS = {
    "none": (lambda rows: None, r"shape \(\); \(24, 2\) was expected"),
    "one column": (np.zeros, r"shape \(24,\); \(24, 2\) was expected"),
    "three columns": (lambda rows: np.zeros((rows, 3)), r"shape \(24, 3\); \(24, 2\) was expected"),
    "two rows": (lambda rows: np.full((2, 2), 0.5), r"shape \(2, 2\); \(24, 2\) was expected"),
    "labels": (lambda rows: [["a", "b"]] * rows, "numbers were expected"),
    "nan": (lambda rows: np.full((rows, 2), np.nan), "48 values that are not finite"),
    "beyond one": (lambda rows: np.tile([-1.0, 2.0], (rows, 1)), "probabilities lie between 0 and 1"),
    "error": (lambda rows: rows / 0, "ZeroDivisionError: .*zero"),
    "long error": (lambda rows: (_ for _ in ()).throw(ValueError("line\n" * 500)), "ValueError: line line"),
}


def test_algorithms_that_answer_wrongly_fail_with_the_reason_and_the_run_goes_on():
    run = train(table(), algorithm=[*(answers(name, make) for name, (make, _) in WRONG_ANSWERS.items()), "LinearModel"])
    assert {trial.name for trial in run.leaderboard if trial.status == "complete"} == {"LinearModel", "Baseline"}
    for name, (_, message) in WRONG_ANSWERS.items():
        with refused(TrainingError, message):
            raise TrainingError(run.leaderboard[name].reason)
        assert name in str(run.leaderboard)
        with refused(TrainingError, f"{name} failed and has no model"):
            run.model(name)


def test_steps_that_go_wrong_fail_their_trials_with_the_reason():
    def raises(df):
        raise KeyError("no such thing")

    def forgets_to_return(df):
        df["z"] = 1

    def drops_rows(df):
        return df.iloc[:3]

    for step, message in ((raises, "no such thing"), (forgets_to_return, "return df"), (drops_rows, "keeps every row")):
        run = train(table(), steps=[step])
        assert message in run.leaderboard["LinearModel"].reason


def test_metrics_that_go_wrong_are_left_out_and_said():
    @litmus.metric(needs="labels", maximize=True)
    def raises(y_true, y_pred):
        raise ZeroDivisionError("no rows of interest")

    run = train(table(), metrics=["accuracy", raises])
    assert "no rows of interest" in run.leaderboard["LinearModel"].why_not("raises")
    with refused(TrainingError, "LinearModel, Baseline: raises could not be computed .* no rows of interest"):
        train(table(), metrics=[raises])


def test_a_candidate_that_cannot_be_fitted_on_all_rows_keeps_its_fold_models():
    @dataclasses.dataclass
    class SmallTablesOnly(litmus.Classifier):
        def fit(self, X, y, context):
            if len(X) > 40:
                raise ValueError("too many rows")

        def predict_proba(self, X):
            return np.full((len(X), 2), 0.5)

    run = train(table(), algorithm=[SmallTablesOnly()], final="refit", objective="log_loss")
    trial = run.leaderboard[1]
    assert trial.name == "SmallTablesOnly"
    assert any("too many rows" in note and "fold models predict together instead" in note for note in trial.notes)
    assert len(run.best.pipelines) == 2
    assert run.best.lineage["final"] == "bagged"


def test_a_callback_that_raises_ends_the_run_cleanly():
    def impatient(event):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        train(table(), callbacks=[impatient])


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of a table with a column of every kind."""
    words = ["red", "green", "blue", "dog", "cat", "sun"]
    data = table(
        c=["u", "v", "w"] * 20,
        d=pd.date_range("2021", periods=N),
        b=[True, False] * 30,
        o=[None, 1.5] * 30,
        t=[f"{words[n % 6]} {words[n % 5]} and {words[n % 4]} again and again {n}" for n in range(N)],
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LITMUS_HOME", str(tmp_path_factory.mktemp("store")))
        run = train(data)
        return run.best


ROWS = {
    "none": (None, "NoneType is no table"),
    "number": (3, "is no table"),
    "array": (np.zeros((3, 5)), "ndarray is no table"),
    "series": (pd.Series({"x": 1.0, "c": "u"}), r"A Series is no table; give one row as row.to_dict\(\)"),
    "generator": ((row for row in ()), "generator is no table"),
    "list of none": ([None], "is no table"),
    "list of lists": ([[1, 2]], "is no table"),
    "no column": ({}, "no column 'x', 'c', 'd', 'b', 't', which the model needs"),
    "empty frame": (pd.DataFrame(), "no column 'x'"),
    "one name twice": (pd.DataFrame([[1, 2]], columns=["x", "x"]), "more than one column named 'x'"),
    "empty text": ("", "An empty text was given where a path is needed"),
    "no file": ("no-such-file.csv", "does not exist"),
}


@pytest.mark.parametrize("case", ROWS)
def test_rows_that_cannot_be_predicted(model, case):
    rows, message = ROWS[case]
    with refused(LitmusError, message):
        model.predict(rows)


VALUES = {
    "text for a number": ({"x": "abc"}, "x: 'abc' was given, a number is expected"),
    "long text": ({"x": "abc\n\x1b[31m" * 50}, "x: '.*…? was given, a number is expected"),
    "dict for a number": ({"x": {"a": 1}}, "x: {'a': 1} was given"),
    "complex": ({"x": 1j}, "x: 1j was given"),
    "no date": ({"d": "32.13.2020"}, "d: '32.13.2020' was given, a date or time is expected"),
    "date too far": ({"d": "99999-12-31"}, "a date or time is expected"),
    "no truth": ({"b": "maybe"}, "b: 'maybe' was given, true or false is expected"),
    "two for truth": ({"b": 2}, "b: 2 was given, true or false is expected"),
}


@pytest.mark.parametrize("case", VALUES)
def test_a_value_of_the_wrong_type(model, case):
    change, message = VALUES[case]
    with refused(PredictionError, message):
        model.predict({**model.sample, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"c": "never seen"}, {"c": None}, {"c": 7}, {"c": ""}, {"t": ""}, {"t": "words that never were"}, {"t": 7},
        {"x": None}, {"x": float("nan")}, {"x": float("inf")}, {"x": 10**400}, {"x": "1" * 5000}, {"x": "1e999"},
        {"x": 1e300}, {"x": "1.5"}, {"d": None}, {"d": "9999-12-31"}, {"d": "0001-01-01"}, {"b": "true"},
        {"b": 1}, {"o": None}, {"unknown": 1}, {"y": "a"}, {"c": "a\0b"}, {"c": "half \ud800"},
        dict.fromkeys("xcdbot"),
    ],
    ids=str,
)  # fmt: skip
def test_unknown_missing_and_extreme_values_are_answered(model, change):
    row = {**model.sample, **change}
    answer = model.predict(row)
    assert answer in {"a", "b"}
    assert sum(model.predict_proba(row).values()) == pytest.approx(1, abs=1e-4)
    assert model.predict([row, model.sample])[0] == answer


def test_a_wrong_value_in_a_table_is_named_by_the_index(model):
    frame = pd.DataFrame(
        [model.sample, {**model.sample, "x": "bad"}, {**model.sample, "x": "bad"}], index=["p", "q", "r"]
    )
    with refused(PredictionError, r"x: row 'q' has 'bad', a number is expected \(1 more row is wrong too\)"):
        model.predict(frame)


def test_no_rows_give_no_answers(model):
    assert model.predict([]) == []
    assert model.predict_proba([]) == []
    nothing = pd.DataFrame([model.sample]).iloc[:0]
    assert len(model.predict(nothing)) == 0
    assert list(model.predict_proba(nothing).columns) == ["a", "b"]


def test_places_that_are_no_model(model, tmp_path):
    (tmp_path / "other.txt").write_text("precious")
    for path, message in (
        (tmp_path / "absent.litmus", "There is no file"),
        (tmp_path, "is a folder"),
        (tmp_path / "other.txt", "is not a Litmus model"),
        (None, "NoneType is no path"),
    ):
        with refused(BundleError, message):
            litmus.load(path)
    with refused(BundleError, "was left alone"):
        model.save(tmp_path / "other.txt")
    with refused(BundleError, "does not exist; make it first"):
        model.save(tmp_path / "no" / "model.litmus")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.txt", "temporary"]
    assert (tmp_path / "other.txt").read_text() == "precious"
