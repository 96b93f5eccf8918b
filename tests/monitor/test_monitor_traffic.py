"""Captured requests and feedback as they come from endpoints: late, twice, unknown, out of order."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus.capture.convert import convert
from litmus.capture.spool import Captured, encoded
from litmus.cli.app import run as run_command
from litmus.errors import DataError
from litmus.monitor import check
from litmus.monitor.reference import stored_baseline
from litmus.serve.config import CaptureConfig, ServiceConfig, VariantConfig, save_config
from litmus.store import Store

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC).timestamp()
NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def table(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"size": rng.normal(50, 10, rows), "kind": rng.choice(["a", "b"], rows)})
    frame["sold"] = np.where(frame["size"] + rng.normal(0, 8, rows) > 52, "yes", "no")
    return frame


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store with a model."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LITMUS_HOME", str(folder))
        run = litmus.train(table(900, 0), target="sold", algorithm="LinearModel", callbacks=[], executor="in_process")
        yield folder, run


@pytest.fixture
def home(made, monkeypatch):
    """The store of this file, for each of its tests."""
    monkeypatch.setenv("LITMUS_HOME", str(made[0]))
    return made


def endpoint(home: Path, name: str, version: str, masked: list[str] | None = None) -> Path:
    folder = home / "endpoints" / name
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "m.litmus").write_bytes(Store(home).path_to_serve(version).read_bytes())
    variant = VariantConfig(version, "models/m.litmus", version)
    save_config(ServiceConfig(name, 1, [variant], capture=CaptureConfig(1.0, 10**9, masked or [])), folder)
    return folder


def capture(folder: Path, model, rows: pd.DataFrame, *, start: float = START, step: float = 10.0, name: str = "1-1"):
    """Write rows down as a worker does, one request each."""
    inputs = rows.drop(columns="sold").to_dict("records")
    answered = model.answer(inputs)
    records = [
        Captured(
            start + step * number,
            f"{name}-{number}",
            model.version,
            model.version,
            [row],
            [label],
            [list(map(float, scores))],
            0.001,
            ("no", "yes"),
        )
        for number, (row, label, scores) in enumerate(zip(inputs, answered.labels, answered.probabilities, strict=True))
    ]
    file = folder / "captured" / "spool" / f"{name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(encoded(records))
    convert(folder / "captured", file)


def feedback(folder: Path, lines: list[dict]) -> None:
    hour = folder / "captured" / "2026-03-01-12"
    hour.mkdir(parents=True, exist_ok=True)
    with (hour / "feedback-1.jsonl").open("a", encoding="utf-8") as out:
        out.writelines(json.dumps(line) + "\n" for line in lines)


def test_a_baseline_comes_with_every_model(home):
    _, run = home
    found = stored_baseline(run.best.version)
    assert found is not None
    assert found.rows == len(run.data["data"].train)
    assert found.outcomes is not None
    assert found.outcomes.on == "validation"
    assert set(found.importance) <= {"size", "kind"}
    assert Store().attached(run.best.version, "baseline").stat().st_size < 100_000


def test_an_endpoint_is_checked_against_its_models_baseline(home):
    place, run = home
    folder = endpoint(place, "shop", run.best.version)
    rows = table(400, 1)
    capture(folder, run.best, rows)
    truth = [
        {"request_id": f"1-1-{i}", "row": 0, "label": label, "time": START + 10 * i + 3600}
        for i, label in enumerate(rows["sold"])
    ]
    wrong = [
        {**line, "label": "no" if line["label"] == "yes" else "yes", "time": line["time"] - 60} for line in truth[:7]
    ]
    feedback(folder, [*wrong, *truth[:300], {"request_id": "nobody", "row": 0, "label": "yes", "time": START}])
    result = check("shop", now=NOW)
    assert result.verdict == "ok", str(result)
    assert (result.rows, result.labelled) == (400, 300)
    assert result.start == "2026-03-01T12:00:00.000+00:00"
    notes = {each.statistic: each for each in result.findings}
    assert (
        "7 labels came for a row that had one already; 7 rows have labels that disagree"
        in notes["repeated labels"].sentence
    )
    assert notes["unknown requests"].value == 1
    assert "1 h 00 min" in notes["label delay"].sentence
    first = check("shop", now=NOW, kinds="model_quality", duplicates="first")
    assert (
        first.kinds["model_quality"].figures["accuracy"]["current"]
        < result.kinds["model_quality"].figures["accuracy"]["current"]
    )


def test_labels_from_a_table(home):
    place, run = home
    folder = endpoint(place, "labelled", run.best.version)
    rows = table(200, 2)
    capture(folder, run.best, rows)
    labels = pd.DataFrame({"request_id": [f"1-1-{i}" for i in range(200)], "label": rows["sold"]})
    assert check(folder, labels=labels, now=NOW).labelled == 200
    with pytest.raises(DataError, match="no column 'label'"):
        check(folder, labels=labels[["request_id"]])


def test_an_endpoint_without_traffic_says_so(home):
    place, run = home
    endpoint(place, "idle", run.best.version)
    result = check("idle", now=NOW)
    assert result.verdict == "not enough data"
    assert "No row of this model arrived at idle" in result.sentence
    assert all(kind.verdict == "not enough data" for kind in result.kinds.values())


def test_a_model_without_a_baseline_says_what_to_do(home):
    place, run = home
    folder = endpoint(place, "old", run.best.version)
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(config.replace(run.best.version, "ancient-1"))
    with pytest.raises(DataError, match="ancient-1.*has no baseline.*--baseline train.csv"):
        check("old")
    capture(folder, run.best, table(300, 3))
    reference = table(800, 4)
    seen = check(folder, baseline=reference, version="ancient-1")
    assert seen.rows == 0  # the rows were answered by another model
    moved = folder / "captured"
    known = check(moved.parent, baseline=reference, now=NOW, version=None)
    assert known.kinds["prediction_drift"].verdict == "not enough data"


def test_clocks_that_go_back_and_ahead_are_told(home):
    place, run = home
    folder = endpoint(place, "clock", run.best.version)
    capture(folder, run.best, table(120, 5), start=START + 600)
    capture(folder, run.best, table(120, 6), start=START + 600, step=-12.0, name="2-1")
    result = check("clock", kinds="data_quality", now=dt.datetime.fromtimestamp(START + 900, dt.UTC))
    told = {each.statistic: each for each in result.findings}
    assert told["rows ahead"].severity == "warning"
    assert result.rows == 240  # rows lie in the folder of an earlier hour, too
    table_of = pd.DataFrame(
        {"size": [1.0] * 100, "time": pd.date_range("2026-03-01", periods=100, freq="1min", tz="UTC")}
    )
    table_of.loc[60:, "time"] -= pd.Timedelta("30min")
    back = check(table_of, baseline=table_of[["size"]], kinds="data_quality")
    assert "went back 1 time, by up to 29 min" in " ".join(each.sentence for each in back.findings)


def test_hashed_columns_are_not_compared(home):
    place, run = home
    folder = endpoint(place, "masked", run.best.version, masked=["kind"])
    rows = table(200, 7)
    capture(folder, run.best, rows.assign(kind="a"))
    assert "kind" not in check("masked", now=NOW).kinds["data_quality"].figures["columns"]


def test_the_command(home, capsys, tmp_path):
    place, run = home
    folder = endpoint(place, "asked", run.best.version)
    rows = table(300, 8)
    capture(folder, run.best, rows.assign(size=rows["size"] + 20))
    assert (
        run_command(["monitor", "asked", "--kind", "data_drift", "--report", str(tmp_path / "page.html"), "--record"])
        == 0
    )
    told = capsys.readouterr().out
    assert told.startswith("ALARM: Data drift: 1 column of 2 drifted: 'size'")
    assert (tmp_path / "page.html").is_file()
    kept = Store().monitor_results("asked")
    assert [(row.kind, row.verdict) for row in kept] == [("data_drift", "alarm")]
    assert run_command(["monitor", "asked", "--json", "--fail-on", "warning"]) == 3
    assert json.loads(capsys.readouterr().out)["verdict"] == "alarm"
    assert run_command(["monitor", "askd"]) == 2
    assert "Did you mean 'asked'" in capsys.readouterr().err
    assert run_command(["monitor", "asked", "--since", "yesterday"]) == 2
    assert "24h (ago)" in capsys.readouterr().err
    assert run_command(["monitor", "asked", "--since", "2026-04-01"]) == 0
    assert capsys.readouterr().out.startswith("NOT ENOUGH DATA")
