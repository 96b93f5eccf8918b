"""Many files, several processes: answers are the model's, in the order and form of the input, and survive a kill."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import litmus.data
from litmus.batch import TransformOptions, transform
from litmus.batch.line_ends import csv_line_ends, line_ends
from litmus.errors import DataError, ParameterError, PredictionError
from litmus.runtime import load


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".*")]


def read(path: Path, ending: str) -> pd.DataFrame:
    copy = path.with_name(f"copy.{ending}")
    copy.write_bytes(path.read_bytes())
    table = pd.read_csv(copy) if ending == "csv" else litmus.data.read_table(copy)
    copy.unlink()
    return table


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "parquet", "arrow"])
def test_every_format_in_parts_gives_the_models_answers_in_order(model_file, frame, tmp_path, store, ending):
    source = tmp_path / f"people.{ending}"
    if ending == "parquet":
        frame.to_parquet(source, row_group_size=70)
    else:
        litmus.data.write_table(frame, source)
    options = TransformOptions(probabilities=True, max_payload="1kB")
    [done] = transform(model_file, source, workers=2, part_size="2kB", options=options)
    assert (done.rows, done.failure, done.output) == (300, None, f"{source}.out")
    answers = read(Path(done.output), ending)
    model = load(model_file)
    assert list(answers.columns) == [*frame.columns, "prediction", "probability of no", "probability of yes"]
    assert answers["id"].astype(int).tolist() == frame["id"].tolist()
    assert answers["town"].tolist() == frame["town"].tolist()
    assert answers["prediction"].tolist() == model.predict(frame).tolist()
    expected = model.predict_proba(frame)["yes"]
    np.testing.assert_allclose(answers["probability of yes"].astype(float), expected, atol=1e-9)
    assert hidden(tmp_path) == []
    assert list((store / "batch").iterdir()) == []


def test_folders_globs_and_an_output_folder_keep_their_shape(model_file, frame, tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    frame.head(5).to_csv(tmp_path / "in" / "a.csv", index=False)
    frame.head(7).to_csv(tmp_path / "in" / "deep" / "a.csv", index=False)
    frame.head(3).to_csv(tmp_path / "b.csv", index=False)
    done = transform(model_file, [tmp_path / "in", tmp_path / "b.csv"], output=tmp_path / "out", workers=1)
    assert [(Path(file.output).relative_to(tmp_path / "out").as_posix(), file.rows) for file in done] == [
        ("a.csv.out", 5), ("deep/a.csv.out", 7), ("b.csv.out", 3),
    ]  # fmt: skip
    assert [file.rows for file in transform(model_file, f"{tmp_path}/in/*.csv", workers=1)] == [5]
    with pytest.raises(ParameterError, match=r"both be written to .*a.csv.out"):
        transform(model_file, [tmp_path / "in" / "a.csv", tmp_path / "in" / "deep" / "a.csv"], output=tmp_path / "x")


def test_only_the_answers_or_some_columns(model_file, frame, tmp_path):
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    for options, columns in (
        (TransformOptions(keep=False), ["prediction"]),
        (TransformOptions(columns=("id",)), ["id", "prediction"]),
    ):
        transform(model_file, [tmp_path / "a.csv", tmp_path / "a.jsonl"], workers=1, options=options)
        assert list(pd.read_csv(tmp_path / "a.csv.out").columns) == columns
        assert list(pd.read_json(tmp_path / "a.jsonl.out", lines=True).columns) == columns
    [done] = transform(model_file, tmp_path / "a.csv", workers=1, options=TransformOptions(columns=("idd",)))
    assert "a.csv has no column 'idd' to keep" in done.failure


def test_single_records_give_the_same_answers(model_file, frame, tmp_path):
    frame.head(20).to_csv(tmp_path / "a.csv", index=False)
    frame.head(20).to_parquet(tmp_path / "a.parquet")
    outputs = []
    for records in ("multi", "single"):
        transform(model_file, tmp_path, workers=1, options=TransformOptions(records=records))
        outputs.append([(tmp_path / f"a.{ending}.out").read_bytes() for ending in ("csv", "parquet")])
    assert outputs[0] == outputs[1]


BAD_CSV = 'id,age,town\n1,20,"Two\nlines"\n2,old,Oslo\n\n3,70,Oslo\n4,30\n5,x,Rome\n6,80,Oslo\n'


def test_a_bad_row_fails_its_file_by_name_and_line_and_no_other(model_file, tmp_path):
    (tmp_path / "bad.csv").write_text(BAD_CSV.replace("4,30\n", ""))
    (tmp_path / "good.csv").write_text("age,town\n20,Oslo\n")
    (tmp_path / "short.csv").write_text("age,town\n20,Oslo\n30\n")
    (tmp_path / "bad.jsonl").write_text('{"age": 20, "town": ""}\n\n{"age": "old", "town": ""}\n')
    pd.DataFrame({"age": ["1", "old"], "town": "Oslo"}).to_parquet(tmp_path / "bad.parquet")
    (tmp_path / "bad.csv.out").write_text("what was there")
    places = [tmp_path / name for name in ("bad.csv", "good.csv", "short.csv", "bad.jsonl", "bad.parquet")]
    bad, good, short, lines, rows = transform(model_file, places, workers=1)
    assert bad.failure == f"{tmp_path}/bad.csv, line 4: age: 'old' was given, a number is expected."
    assert short.failure == f"{tmp_path}/short.csv, line 3: the line has 1 cells, 2 are expected."
    assert lines.failure == f"{tmp_path}/bad.jsonl, line 3: age: 'old' was given, a number is expected."
    assert rows.failure == f"{tmp_path}/bad.parquet, row 2: age: 'old' was given, a number is expected."
    assert good.failure is None
    assert good.rows == 1
    assert (tmp_path / "bad.csv.out").read_text() == "what was there"
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("part_size", [20, 10_000])
def test_bad_rows_are_separated_with_their_lines(model_file, tmp_path, part_size):
    (tmp_path / "a.csv").write_text(BAD_CSV)
    lines = ['{"age": 20, "town": null, "x": {"y": [1]}}', '{"age": "old", "town": "Oslo"}', "", "no json"]
    lines += ['{"town": "Oslo"}', "[1]", '{"age": 80, "town": "Oslo"}']
    (tmp_path / "b.jsonl").write_text("\n".join(lines))
    options = TransformOptions(bad_rows="separate")
    table, lined = transform(
        model_file, [tmp_path / "a.csv", tmp_path / "b.jsonl"], workers=2, options=options, part_size=part_size
    )
    assert (table.rows, table.bad_rows, table.errors) == (3, 3, f"{tmp_path}/a.csv.errors")
    assert pd.read_csv(tmp_path / "a.csv.out")["id"].tolist() == [1, 3, 6]
    errors = [json.loads(line) for line in (tmp_path / "a.csv.errors").read_text().splitlines()]
    assert [(error["line"], error["error"]) for error in errors] == [
        (4, "age: 'old' was given, a number is expected."),
        (7, "the line has 2 cells, 3 are expected."),
        (8, "age: 'x' was given, a number is expected."),
    ]
    assert errors[0]["record"] == {"id": "2", "age": "old", "town": "Oslo"}
    assert (lined.rows, lined.bad_rows) == (2, 4)
    answers = [json.loads(line) for line in (tmp_path / "b.jsonl.out").read_text().splitlines()]
    assert [row["prediction"] for row in answers] == ["no", "yes"]
    assert answers[0]["x"] == {"y": [1]}
    errors = [json.loads(line) for line in (tmp_path / "b.jsonl.errors").read_text().splitlines()]
    assert [error["line"] for error in errors] == [2, 4, 5, 6]
    (tmp_path / "a.csv").write_text("id,age,town\n1,20,Oslo\n")
    transform(model_file, tmp_path / "a.csv", workers=1, options=options)
    assert not (tmp_path / "a.csv.errors").exists()


def test_a_row_beyond_the_payload_is_a_bad_one(model_file, tmp_path):
    (tmp_path / "a.csv").write_text(f"age,town\n20,{'x' * 3000}\n30,Oslo\n")
    (tmp_path / "b.jsonl").write_text(json.dumps({"age": 20, "town": "x" * 3_000_000}) + '\n{"age": 30, "town": ""}\n')
    options = TransformOptions(max_payload="2kB", bad_rows="separate")
    for done in transform(model_file, tmp_path, workers=1, options=options):
        assert (done.rows, done.bad_rows) == (1, 1)
        error = json.loads(Path(done.errors).read_text())
        assert "more than the 2.0 kB that the model is given at once" in error["error"]
        assert error["line"] == (2 if done.input.endswith("csv") else 1)


def test_empty_files_and_mistakes(model_file, tmp_path):
    (tmp_path / "none.csv").write_text("id,age,town\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "towns.csv").write_text("town\nOslo\n")
    empty, none, towns = transform(model_file, tmp_path, workers=1)
    assert (none.rows, (tmp_path / "none.csv.out").read_text()) == (0, "id,age,town,prediction\n")
    assert "empty.csv is empty" in empty.failure
    assert "towns.csv: The rows have no column 'age'" in towns.failure
    for options, words in (({"workers": 0}, "workers=0"), ({"part_size": "big"}, "part_size")):
        with pytest.raises(ParameterError, match=words):
            transform(model_file, tmp_path, **options)
    with pytest.raises(DataError, match="does not exist"):
        transform(model_file, tmp_path / "nothing.csv")
    for wrong in ({"max_payload": "much"}, {"records": "two"}, {"bad_rows": "drop"}, {"keep": False, "columns": ["a"]}):
        with pytest.raises(ParameterError):
            TransformOptions(**wrong)


def test_other_systems_take_outputs_beside_their_inputs(model_file, frame):
    system = fsspec.filesystem("memory")
    with pytest.raises(DataError, match="does not exist"):
        transform(model_file, "memory://batch/none.csv", workers=1)
    system.pipe_file("/batch/a.csv", frame.to_csv(index=False).encode())
    # another process has a memory of its own: the file fails there, and says so
    [done] = transform(model_file, "memory://batch/a.csv", workers=1)
    assert "does not exist" in done.failure


def start_command(model_file: Path, folder: Path, *options: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "litmus", "predict", str(model_file), str(folder), "--workers", "2", "--quiet", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


KILLED = """
import sys
from litmus.batch import transform
transform(sys.argv[1], [sys.argv[2]], workers=2, part_size="200kB")
"""


def test_a_killed_transform_goes_on_with_what_is_missing(model_file, frame, tmp_path, store):
    folder = tmp_path / "in"
    folder.mkdir()
    long = pd.concat([frame] * 200, ignore_index=True).assign(id=range(60_000))
    for name in ("a.csv", "b.csv"):
        long.to_csv(folder / name, index=False)
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(model_file), str(folder)])
    deadline = time.monotonic() + 120
    while len(list(folder.glob(".*/??????.json"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    children = psutil.Process(process.pid).children()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert len(children) == 2
    assert psutil.wait_procs(children, timeout=60)[1] == []  # they end with the process that started them
    assert not list(folder.glob("*.out"))
    marks = {path: path.stat().st_mtime_ns for path in folder.glob(".*/??????.json")}
    assert 2 <= len(marks) < 20
    touched = []

    def look(_: object) -> None:
        touched.extend(path for path, when in marks.items() if path.exists() and path.stat().st_mtime_ns != when)

    first, second = transform(str(model_file), [str(folder)], workers=2, part_size="200kB", progress=look)
    assert first.resumed
    assert touched == []
    expected = load(model_file).predict(frame).tolist()
    for done in (first, second):
        assert (done.rows, done.failure) == (60_000, None)
        answers = pd.read_csv(done.output, usecols=["id", "prediction"])
        assert answers["id"].tolist() == list(range(60_000))
        assert answers["prediction"].tolist() == expected * 200
    assert hidden(folder) == []
    assert list((store / "batch").iterdir()) == []


def test_finished_files_are_not_done_again_while_others_fail(model_file, tmp_path):
    (tmp_path / "a.csv").write_text("age,town\n20,Oslo\n")
    (tmp_path / "b.csv").write_text("age,town\nold,Oslo\n")
    transform(model_file, tmp_path, workers=1)
    first = (tmp_path / "a.csv.out").stat().st_mtime_ns
    (tmp_path / "b.csv").write_text("age,town\n30,Oslo\n")
    a, b = transform(model_file, tmp_path, workers=1)
    assert (a.resumed, b.resumed) == (True, False)
    assert (tmp_path / "a.csv.out").stat().st_mtime_ns == first
    a, b = transform(model_file, tmp_path, workers=1)
    assert (a.resumed, b.resumed) == (False, False)


def test_a_changed_input_is_done_again(model_file, tmp_path):
    (tmp_path / "a.csv").write_text("age,town\n20,Oslo\n")
    (tmp_path / "b.csv").write_text("age,town\nold,Oslo\n")
    transform(model_file, tmp_path, workers=1)
    (tmp_path / "a.csv").write_text("age,town\n20,Oslo\n70,Oslo\n")
    a, _ = transform(model_file, tmp_path, workers=1)
    assert (a.resumed, a.rows) == (False, 2)


def test_the_command_tells_what_became_of_each_file(model_file, tmp_path):
    (tmp_path / "a.csv").write_text("age,town\n20,Oslo\n")
    (tmp_path / "b.csv").write_text("age,town\nold,Oslo\n")
    process = start_command(model_file, tmp_path, "--json")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "b.csv, line 2: age: 'old' was given" in err
    assert "Traceback" not in err
    told = json.loads(out)
    assert told["failed"] == 1
    assert [file["rows"] for file in told["files"]] == [1, 0]
    process = start_command(model_file, tmp_path, "--bad-rows", "separate", "--no-keep")
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert f"0 rows predicted, 1 put aside in {tmp_path}/b.csv.errors" in out
    assert (tmp_path / "a.csv.out").read_text() == "prediction\nno\n"


def test_a_model_that_cannot_be_opened_or_has_no_probabilities_is_one_mistake(tmp_path, model_file):
    (tmp_path / "a.csv").write_text("age\n1\n")
    from trained_models import train_model

    number = train_model(pd.DataFrame({"x": np.arange(60.0), "y": np.arange(60.0) * 2}), target="y").model
    with pytest.raises(PredictionError, match="has no probabilities"):
        transform(number, tmp_path, options=TransformOptions(probabilities=True))
    pd.DataFrame({"x": [1.0, 2.0]}).to_csv(tmp_path / "a.csv", index=False)
    [done] = transform(number, tmp_path / "a.csv", workers=1)
    np.testing.assert_allclose(pd.read_csv(done.output)["prediction"], number.predict([{"x": 1.0}, {"x": 2.0}]))
    with pytest.raises(ParameterError, match="cannot be given to other processes"):
        transform(load(model_file), tmp_path)


cells = st.text(alphabet=st.sampled_from('ab",\n x'), max_size=6)


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=12), size=st.integers(1, 40))
def test_cuts_of_csv_are_between_rows(rows, size):
    import csv

    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL if size % 2 else csv.QUOTE_MINIMAL).writerows(rows)
    data = text.getvalue().encode()
    parts, start = [], 0
    for end, line in csv_line_ends(io.BytesIO(data), 0, size, b",", heading=False):
        assert end - start >= size or end == len(data)
        assert line == data[:end].count(b"\n") + 1
        parts.append(data[start:end].decode())
        start = end
    assert start == len(data)
    assert [row for part in parts for row in csv.reader(io.StringIO(part, newline=""))] == rows


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=60), size=st.integers(1, 30))
def test_cuts_of_lines_lose_nothing(data, size):
    ends = [end for end, _ in line_ends(io.BytesIO(data), size)]
    assert ends == sorted(set(ends))
    assert (ends[-1] if ends else 0) == len(data)
    assert all(data[end - 1 : end] == b"\n" for end in ends[:-1])


def test_compressed_outputs_are_compressed(model_file, frame, tmp_path):
    frame.head(3).to_csv(tmp_path / "a.csv.gz", index=False)
    transform(model_file, tmp_path, workers=1, options=TransformOptions(keep=False))
    text = gzip.decompress((tmp_path / "a.csv.gz.out").read_bytes()).decode()
    assert text.splitlines()[0] == "prediction"
    assert len(text.splitlines()) == 4
