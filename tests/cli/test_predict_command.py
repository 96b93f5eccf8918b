"""`litmus predict` in a process of its own, and `predict_file` behind it: the same answers in any format and batch."""

import io
import json

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus.batch import predict_file
from litmus.cli.rows_done import RowsDone
from litmus.errors import DataError, ParameterError, PredictionError


@pytest.fixture(scope="module")
def model(trained):
    return litmus.load(trained.model)


@pytest.fixture(scope="module")
def frame(trained):
    return pd.read_csv(trained.table)


def test_csv_to_csv_with_the_target_and_without(trained, place, model, frame):
    frame.to_csv(place.folder / "with.csv", index=False)
    frame.drop(columns="bought").to_csv(place.folder / "without.csv", index=False)
    done = place.run("predict", trained.model, "with.csv", "--output", "a.csv")
    assert done.code == 0, done.err
    assert done.out == "300 rows predicted; the answers are in a.csv\n"
    assert "300 rows" in done.err
    answers = pd.read_csv(place.folder / "a.csv")
    assert list(answers.columns) == [*frame.columns, "prediction"]
    pd.testing.assert_frame_equal(answers[frame.columns], frame)
    assert answers["prediction"].tolist() == model.predict(frame).tolist()
    done = place.run("predict", trained.model, "without.csv", "-o", "b.csv", "--quiet", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json == {"rows": 300, "output": "b.csv", "model": "people-1"}
    assert pd.read_csv(place.folder / "b.csv")["prediction"].tolist() == answers["prediction"].tolist()
    assert place.left_behind() == []


def test_a_version_of_the_store_and_probabilities_into_parquet(trained, frame, model, tmp_path):
    done = trained.place.run("predict", "people-1", "people.csv", "-o", tmp_path / "a.parquet", "--probabilities",
                             "--no-keep", "--batch-rows", 70)  # fmt: skip
    assert done.code == 0, done.err
    answers = pd.read_parquet(tmp_path / "a.parquet")
    assert list(answers.columns) == ["prediction", "probability of no", "probability of yes"]
    expected = model.predict_proba(frame)
    np.testing.assert_allclose(answers["probability of yes"], expected["yes"], atol=1e-6)
    assert answers["prediction"].tolist() == model.predict(frame).tolist()


def test_json_lines_to_csv(trained, place, frame, model):
    rows = frame.drop(columns="bought").to_dict("records")
    with (place.folder / "rows.jsonl").open("w") as file:
        for row in rows:
            file.write(json.dumps({name: value for name, value in row.items() if value == value}) + "\n")  # noqa: PLR0124
    done = place.run("predict", trained.model, "rows.jsonl", "-o", "a.csv", "--batch-rows", 50)
    assert done.code == 0, done.err
    answers = pd.read_csv(place.folder / "a.csv")
    assert answers["prediction"].tolist() == model.predict(frame).tolist()
    pd.testing.assert_frame_equal(answers[["age", "town", "height"]], frame[["age", "town", "height"]])


def test_a_wrong_row_is_named_and_no_output_is_left(trained, place, frame):
    wrong = frame.astype({"age": object})
    wrong.loc[123, "age"] = "abc"
    wrong.to_csv(place.folder / "bad.csv", index=False)
    done = place.run("predict", trained.model, "bad.csv", "-o", "a.csv", "--batch-rows", 100, "--quiet")
    assert done.code == 2
    assert done.sentence == "bad.csv: age: row 124 has 'abc', a number is expected."
    assert sorted(path.name for path in place.folder.iterdir()) == ["bad.csv"]
    assert place.left_behind() == []


MISTAKES = {
    "no model": (["nobody-7", "people.csv", "-o", "a.csv"], "There is no model 'nobody-7'"),
    "no model file": (["nobody.litmus", "people.csv", "-o", "a.csv"], "There is no file nobody.litmus"),
    "no rows": (
        ["people.litmus", "poeple.csv", "-o", "a.csv"],
        "poeple.csv does not exist. Did you mean 'people.csv'?",
    ),
    "no column": (["people.litmus", "towns.csv", "-o", "a.csv"], "towns.csv: The rows have no column 'age'"),
    "no rows in it": (["people.litmus", "empty.csv", "-o", "a.csv"], "empty.csv is empty"),
    "output is input": (["people.litmus", "people.csv", "-o", "people.csv"], "'people.csv' is among the files to read"),
    "output by another name": (
        ["people.litmus", "people.csv", "-o", "../work/people.csv"],
        "is among the files to read",
    ),
    "output of no format": (["people.litmus", "people.csv", "-o", "a.xyz"], "an ending that cannot be written"),
    "output in no folder": (["people.litmus", "people.csv", "-o", "no/a.csv"], "does not exist; create it"),
    "a model as rows": (["people.litmus", "people.litmus", "-o", "a.csv"], "an ending that is no known format"),
    "rows as a model": (["./people.csv", "people.csv", "-o", "a.csv"], "is not a Litmus model"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_sentence(trained, run_here, case):
    arguments, message = MISTAKES[case]
    (trained.place.folder / "towns.csv").write_text("town\nOslo\n")
    (trained.place.folder / "empty.csv").write_text("")
    before = {path.name: path.read_bytes() for path in trained.place.folder.iterdir()}
    done = run_here(trained.place, "predict", *arguments, "--quiet")
    assert done.code == 2
    assert message in done.sentence
    assert {path.name: path.read_bytes() for path in trained.place.folder.iterdir()} == before


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "parquet", "arrow"])
def test_a_long_file_in_batches_gives_the_same_as_whole(model, frame, tmp_path, ending):
    long = pd.concat([frame] * 7, ignore_index=True)
    source = tmp_path / f"long.{ending}"
    litmus.data.write_table(long, source)
    seen = []
    rows = predict_file(
        model, source, tmp_path / f"a.{ending}", batch_rows=333, probabilities=True, progress=seen.append
    )
    assert rows == len(long) == seen[-1]
    assert len(seen) == 7
    whole = predict_file(model, source, tmp_path / f"b.{ending}", batch_rows=10_000, probabilities=True)
    assert whole == rows
    a, b = (litmus.data.read_table(tmp_path / f"{name}.{ending}") for name in "ab")
    pd.testing.assert_frame_equal(a, b)
    assert a["prediction"].tolist() == model.predict(long).tolist()


def test_batches_are_all_that_is_held(model, frame, tmp_path, monkeypatch):
    pd.concat([frame] * 7).to_csv(tmp_path / "long.csv", index=False)
    sizes = []
    original = type(model).answer
    monkeypatch.setattr(type(model), "answer", lambda self, rows: sizes.append(len(rows)) or original(self, rows))
    predict_file(model, tmp_path / "long.csv", tmp_path / "a.csv", batch_rows=400)
    assert max(sizes) <= 400
    assert sum(sizes) == 2100


def test_json_lines_whose_columns_and_types_change(model, tmp_path):
    rows = [
        {"age": 20, "town": "Oslo", "code": 1, "who": None},
        {"age": 70, "town": "Rome", "who": 5},
        {"age": 30.5, "town": "Oslo", "code": 2.5, "who": "x", "late": True},
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    for ending in ("csv", "parquet", "jsonl"):
        predict_file(model, tmp_path / "rows.jsonl", tmp_path / f"a.{ending}", batch_rows=1)
        answers = pd.read_json(tmp_path / "a.jsonl", lines=True) if ending == "jsonl" else None
        if ending == "csv":
            answers = pd.read_csv(tmp_path / "a.csv")
        elif ending == "parquet":
            answers = pd.read_parquet(tmp_path / "a.parquet")
        assert list(answers.columns) == ["age", "town", "code", "who", "late", "prediction"]
        assert answers["age"].tolist() == [20, 70, 30.5]
        assert answers["who"].astype("str").tolist()[1:] == ["5", "x"]
        assert answers["prediction"].tolist() == ["no", "yes", "no"]


def test_kept_numbers_and_times_are_not_rounded(model, tmp_path):
    frame = pd.DataFrame(
        {
            "age": [20, 70],
            "town": ["Oslo", "Rome"],
            "height": [0.1234567890123, 1e-20],
            "key": [2**60 + 1, 2**60 + 3],
            "at": pd.to_datetime(["2024-01-02 03:04:05.678901", "2024-01-02"], format="ISO8601"),
        }
    )
    frame.to_parquet(tmp_path / "rows.parquet")
    predict_file(model, tmp_path / "rows.parquet", tmp_path / "a.jsonl")
    kept = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert [row["height"] for row in kept] == [0.1234567890123, 1e-20]
    assert [row["key"] for row in kept] == [2**60 + 1, 2**60 + 3]
    assert kept[0]["at"] == "2024-01-02T03:04:05.678901"


def test_a_folder_of_files_and_rows_counted_through(model, tmp_path):
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "1.csv").write_text("age,town\n20,Oslo\n70,Rome\n")
    (tmp_path / "rows" / "2.csv").write_text("age,town\n30,Oslo\nold,Rome\n")
    with pytest.raises(PredictionError, match="rows: age: row 4 has 'old'"):
        predict_file(model, tmp_path / "rows", tmp_path / "a.csv")
    with pytest.raises(ParameterError, match="among the files to read"):
        predict_file(model, tmp_path / "rows", tmp_path / "rows" / "2.csv")
    (tmp_path / "rows" / "2.csv").write_text("age,town\n30,Oslo\n80,Rome\n")
    assert predict_file(model, tmp_path / "rows", tmp_path / "a.csv") == 4
    assert pd.read_csv(tmp_path / "a.csv")["prediction"].tolist() == ["no", "yes", "no", "yes"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "rows"]


def test_a_table_without_rows_gives_columns_without_rows(model, tmp_path):
    (tmp_path / "none.csv").write_text("age,town,height\n")
    assert predict_file(model, tmp_path / "none.csv", tmp_path / "a.csv", probabilities=True) == 0
    header = "age,town,height,prediction,probability of no,probability of yes\n"
    assert (tmp_path / "a.csv").read_text() == header


def test_an_answer_takes_the_place_of_a_column_of_its_name(model, tmp_path):
    (tmp_path / "rows.csv").write_text("prediction,age,town\nold news,70,Oslo\n")
    predict_file(model, tmp_path / "rows.csv", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "age,town,prediction\n70,Oslo,yes\n"


def test_several_targets_and_numbers(tmp_path):
    frame = pd.DataFrame({"x": np.arange(60.0), "p": [n > 30 for n in range(60)], "q": [n < 20 for n in range(60)]})
    options = {"algorithm": "DecisionTree", "k_fold": 2, "callbacks": [], "executor": "in_process"}
    model = litmus.train(frame, target=["p", "q"], **options).best
    frame[["x"]].to_csv(tmp_path / "x.csv", index=False)
    predict_file(model, tmp_path / "x.csv", tmp_path / "a.csv", probabilities=True, keep=False)
    answers = pd.read_csv(tmp_path / "a.csv")
    names = ["prediction of p", "prediction of q", "probability of p", "probability of q"]
    assert list(answers.columns) == names
    assert answers["prediction of p"].tolist() == model.predict(frame)["p"].tolist()
    number = litmus.train(frame.assign(y=frame["x"] * 2).drop(columns=["p", "q"]), target="y", **options).best
    predict_file(number, tmp_path / "x.csv", tmp_path / "b.csv")
    np.testing.assert_allclose(pd.read_csv(tmp_path / "b.csv")["prediction"], number.predict(frame))
    with pytest.raises(PredictionError, match="has no probabilities"):
        predict_file(number, tmp_path / "x.csv", tmp_path / "c.csv", probabilities=True)
    assert not (tmp_path / "c.csv").exists()


def test_an_error_half_way_leaves_the_old_output(model, tmp_path):
    (tmp_path / "rows.csv").write_text("age,town\n" + "20,Oslo\n" * 50 + "1,2,3\n")
    (tmp_path / "a.csv").write_text("precious")
    with pytest.raises(DataError, match="same number of cells"):
        predict_file(model, tmp_path / "rows.csv", tmp_path / "a.csv", batch_rows=10)
    assert (tmp_path / "a.csv").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "rows.csv"]


def test_an_interruption_leaves_nothing(model, trained, tmp_path):
    def impatient(rows):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict_file(model, trained.table, tmp_path / "a.csv", progress=impatient)
    assert list(tmp_path.iterdir()) == []


def test_rows_done_in_a_terminal_is_one_line_that_goes(capsys):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    with RowsDone(file=terminal) as show:
        show(50_000)
        show(1_000_000)
    written = terminal.getvalue()
    assert "\r50,000 rows, " in written
    assert "\r1,000,000 rows, " in written
    assert "\n" not in written
    assert written.endswith(" \r")
