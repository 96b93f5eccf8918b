"""Files in a bucket: uploaded whole or not at all, checked when they are read, and nothing lost when a step fails."""

from __future__ import annotations

from pathlib import Path

import pytest
import s3fs

from litmus.errors import ArtifactError
from litmus.store import Store
from litmus.store.artifacts import Artifacts
from small_model import Small


@pytest.fixture
def bucket(s3):
    s3.create_bucket(Bucket="models")
    return s3


def _keys(bucket) -> list[str]:
    return [entry["Key"] for entry in bucket.list_objects_v2(Bucket="models").get("Contents", [])]


def _store(home: Path) -> Store:
    return Store(home, artifacts="s3://models/litmus", url=f"sqlite:///{home.parent / 'shared.db'}")


def test_machines_share_models_through_a_bucket(bucket, tmp_path: Path) -> None:
    here, there = _store(tmp_path / "here"), _store(tmp_path / "there")
    assert [here.add_model(Small()), there.add_model(Small())] == ["adult-1", "adult-2"]
    assert [record.version for record in here.models()] == ["adult-2", "adult-1"]
    assert there.path("adult-1").read_text() == "adult adult-1"
    assert len([key for key in _keys(bucket) if "/records/" not in key]) == 2
    there.attach("adult-1", "card.html", b"<html>")
    assert here.attached("adult-1", "card.html").read_bytes() == b"<html>"
    assert here.check() == there.check() == []


def test_equal_files_are_kept_once_and_changed_ones_are_noticed(bucket, tmp_path: Path) -> None:
    artifacts = Artifacts("s3://models/litmus", cache=tmp_path / "cache")
    name = artifacts.put(b"content")
    assert artifacts.put(b"content") == name
    assert list(artifacts.names()) == [(name, 7)]
    assert artifacts.get(name).read_bytes() == b"content"
    artifacts.get(name).write_bytes(b"changed in the cache")
    assert artifacts.get(name).read_bytes() == b"content"
    (key,) = _keys(bucket)
    bucket.put_object(Bucket="models", Key=key, Body=b"changed in the bucket")
    (tmp_path / "cache" / name[:2] / name).unlink()
    with pytest.raises(ArtifactError, match="was changed after it was kept"):
        artifacts.get(name)
    artifacts.remove(name)
    with pytest.raises(ArtifactError, match="is not there"):
        artifacts.get(name)
    assert not artifacts.has(name)


@pytest.mark.parametrize(
    "step", ["_put_object", "_create_multipart_upload", "_upload_part", "_complete_multipart_upload"]
)
def test_an_upload_that_fails_at_any_step_leaves_nothing_and_loses_nothing(
    bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Each call of the S3 protocol that an upload makes is refused in its turn, as a bucket out of order does."""
    large = step != "_put_object"
    content = (b"0123456789abcdef" * 65536) * (20 if large else 1)
    calls = []
    real = s3fs.S3FileSystem._call_s3
    refused = step.removeprefix("_")

    async def call(self, method, *arguments, **options):
        calls.append(method)
        if method == refused:
            raise OSError(5, "the bucket is out of order")
        return await real(self, method, *arguments, **options)

    artifacts = Artifacts("s3://models/litmus", cache=tmp_path / "cache")
    file = tmp_path / "model.litmus"
    file.write_bytes(content)
    with monkeypatch.context() as patched:
        patched.setattr(s3fs.S3FileSystem, "_call_s3", call)
        with pytest.raises(ArtifactError, match="out of order.*Nothing was lost"):
            artifacts.put(file)
    assert refused in calls
    assert _keys(bucket) == []
    assert file.read_bytes() == content
    name = artifacts.put(file)
    assert artifacts.get(name).read_bytes() == content


def test_a_model_that_cannot_be_uploaded_stays_here_until_it_can(
    bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices: list[str] = []
    store = _store(tmp_path / "here")
    store.notice = notices.append

    async def call(self, method, *arguments, **options):
        raise OSError(5, "the bucket is out of order")

    with monkeypatch.context() as patched:
        patched.setattr(s3fs.S3FileSystem, "_call_s3", call)
        assert store.add_model(Small()) == "adult-1"
    assert "kept in" in notices[0]
    assert "out of order" in notices[0]
    assert store.path("adult").read_text() == "adult adult-1"
    assert [problem.subject for problem in store.check()] == ["adult-1"]
    store.repair()
    assert store.check() == []
    assert _store(tmp_path / "there").path("adult-1").read_text() == "adult adult-1"


def test_a_lost_database_is_made_anew_from_the_bucket(bucket, tmp_path: Path) -> None:
    _store(tmp_path / "here").add_model(Small())
    (tmp_path / "shared.db").unlink()
    there = _store(tmp_path / "there")
    assert there.models() == []
    there.repair()
    assert [record.version for record in there.models()] == ["adult-1"]
    assert there.path("adult").read_text() == "adult adult-1"


def test_a_bucket_that_is_not_there_is_said_so(bucket, tmp_path: Path) -> None:
    artifacts = Artifacts("s3://nothing/litmus", cache=tmp_path / "cache")
    with pytest.raises(ArtifactError, match="is not there.*LITMUS_ARTIFACTS"):
        artifacts.put(b"content")
    with pytest.raises(ArtifactError, match="s3://nothing"):
        artifacts.get("0" * 64)
