"""The store numbers versions for any number of processes, and never shows half a model."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from litmus.errors import BundleError, UnknownNameError
from litmus.store import Store
from small_model import Small


class Failing(Small):
    def save(self, path: Path) -> Path:
        path.write_text("half")
        raise OSError(28, "No space left on device")


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path: Path, notices: list[str]) -> Store:
    return Store(tmp_path / "home", notice=notices.append)


def test_versions_are_numbered_by_name(store: Store) -> None:
    assert [store.add_model(Small(name)) for name in ("adult", "adult", "iris", "adult")] == [
        "adult-1",
        "adult-2",
        "iris-1",
        "adult-3",
    ]


def test_a_record_says_what_the_model_is(store: Store) -> None:
    before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    store.add_model(Small(metrics={"test": {"rmse": 1.5, "auc": float("nan")}}))
    (record,) = store.models()
    assert (record.version, record.name, record.run) == ("adult-1", "adult", "run-1")
    assert record.metrics == {"test": {"rmse": 1.5, "auc": None}}
    created = dt.datetime.fromisoformat(record.created)
    assert created.utcoffset() == dt.timedelta(0)
    assert before <= created <= dt.datetime.now(dt.UTC)
    assert record.path.read_text() == "adult adult-1"
    assert set(json.loads(json.dumps(record.to_json()))) == {"version", "name", "run", "created", "metrics", "path"}


def test_adding_a_model_does_not_change_it(store: Store) -> None:
    model = Small()
    store.add_model(model)
    assert model.version is None


def test_an_empty_store_has_no_models_and_is_not_created_by_looking(store: Store) -> None:
    assert store.models() == []
    assert not store.home.exists()


def test_find_takes_a_version_or_the_newest_of_a_name(store: Store) -> None:
    for _ in range(11):
        store.add_model(Small())
    assert store.find("adult-2").version == "adult-2"
    assert store.find("adult").version == "adult-11"
    assert [record.version for record in store.models()][:2] == ["adult-11", "adult-10"]


def test_an_unknown_reference_names_the_nearest(store: Store) -> None:
    with pytest.raises(UnknownNameError, match="empty"):
        store.find("adult")
    store.add_model(Small())
    with pytest.raises(UnknownNameError, match="Did you mean 'adult'"):
        store.find("adlut")
    for reference in ("../adult-1", "..", "adult-1/", "adult-01", "adult-9"):
        with pytest.raises(UnknownNameError, match="There is no model"):
            store.find(reference)


def test_path_takes_a_version_a_name_or_a_file(store: Store, tmp_path: Path) -> None:
    store.add_model(Small())
    file = tmp_path / "other.litmus"
    assert store.path("adult") == store.path("adult-1") == store.home / "models" / "adult-1" / "model.litmus"
    assert store.path(str(file)) == store.path(file) == file


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("gl classification/data", "gl-classification-data-1"),
        ("../../etc", "etc-1"),
        ("données 猫", "données-猫-1"),
        ("", "model-1"),
        ("...", "model-1"),
        ("x" * 300, "x" * 80 + "-1"),
        ("adult-2", "adult-2-1"),
    ],
)
def test_any_name_becomes_a_folder_in_the_store(store: Store, name: str, version: str) -> None:
    assert store.add_model(Small(name)) == version
    assert store.find(version).path.parent.parent == store.home / "models"


def test_a_model_that_cannot_be_saved_does_not_show(store: Store) -> None:
    with pytest.raises(BundleError, match="No space left"):
        store.add_model(Failing())
    assert store.models() == []
    assert list((store.home / "models").iterdir()) == []
    assert store.add_model(Small()) == "adult-1"


def test_a_model_that_a_killed_process_left_half_written_does_not_show(store: Store, notices: list[str]) -> None:
    half = store.home / "models" / "adult-1"
    half.mkdir(parents=True)
    (half / "model.litmus").write_text("half")
    assert store.models() == []
    assert notices == []
    assert store.add_model(Small()) == "adult-2"
    with pytest.raises(UnknownNameError):
        store.find("adult-1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"version": "adult-2"}',
        '{"version": "adult-1", "name": "adult", "run": 3, "created": "2026-01-01", "metrics": {}, "file": "model.litmus"}',
        '{"version": "adult-1", "name": "adult", "run": null, "created": "then", "metrics": {}, "file": "model.litmus"}',
        '{"version": "adult-1", "name": "adult", "run": null, "created": "2026-01-01", "metrics": {}, "file": "../x"}',
        '{"version": "adult-1", "name": "adult", "run": null, "created": "2026-01-01", "metrics": {}, "file": "gone"}',
        "\ud800",
    ],
)
def test_a_damaged_record_is_passed_over_with_a_notice(store: Store, notices: list[str], text: str) -> None:
    store.add_model(Small())
    store.add_model(Small())
    (store.home / "models" / "adult-1" / "record.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    assert [record.version for record in store.models()] == ["adult-2"]
    assert len(notices) == 1
    assert "adult-1" in notices[0]
    assert "damaged" in notices[0]


def test_without_a_listener_notices_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = Store(tmp_path)
    store.add_model(Small())
    (tmp_path / "models" / "adult-1" / "record.json").write_text("{")
    assert store.models() == []
    assert "adult-1" in caplog.text


def test_the_home_folder_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITMUS_HOME", str(tmp_path / "elsewhere"))
    Store().add_model(Small())
    assert (tmp_path / "elsewhere" / "models" / "adult-1" / "record.json").is_file()
    monkeypatch.delenv("LITMUS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Store().home == tmp_path / ".litmus"


def test_a_store_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BundleError, match="LITMUS_HOME"):
        Store(tmp_path / "file").add_model(Small())


def test_the_report_of_a_run_is_kept_and_copied(store: Store, tmp_path: Path) -> None:
    for run in ("20260101-1", "20260102-2"):
        store.add_model(Small(run=run))
        store.add_report(run, lambda path, run=run: path.write_text(f"report of {run}"))
    output = tmp_path / "out.html"
    for reference, run in (
        (None, "20260102-2"),
        ("20260101-1", "20260101-1"),
        ("adult-1", "20260101-1"),
        ("adult", "20260102-2"),
    ):
        assert store.write_report(reference, output) == run
        assert output.read_text() == f"report of {run}"


def test_a_report_that_cannot_be_had_is_one_sentence(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no report"):
        store.write_report(None, tmp_path / "out.html")
    store.add_model(Small(run="run-7"))
    with pytest.raises(BundleError, match="no report of the run that made adult-1"):
        store.write_report("adult-1", tmp_path / "out.html")
    with pytest.raises(UnknownNameError):
        store.write_report("nothing", tmp_path / "out.html")

    def failing(path: Path) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(BundleError, match="No space left"):
        store.add_report("run-7", failing)
    assert list((store.home / "runs" / "run-7").iterdir()) == []


def test_processes_that_add_models_at_once_never_share_a_version(store: Store, notices: list[str]) -> None:
    code = textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parents[1])!r})
        from small_model import Small
        from litmus.store import Store
        for number in range(15):
            print(Store({str(store.home)!r}).add_model(Small(run=f"{{sys.argv[1]}}-{{number}}")), flush=True)
    """)
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(number)], stdout=subprocess.PIPE, text=True)
        for number in range(4)
    ]
    versions: list[str] = []
    for process in processes:
        out, _ = process.communicate()
        assert process.returncode == 0
        versions += out.split()
    assert sorted(versions, key=lambda version: int(version.split("-")[1])) == [f"adult-{n}" for n in range(1, 61)]
    records = store.models()
    assert len({record.run for record in records}) == 60
    assert all(record.path.read_text() == f"adult {record.version}" for record in records)
    assert notices == []
