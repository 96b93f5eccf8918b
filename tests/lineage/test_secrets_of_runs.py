"""What must never be written down."""

import subprocess

import pytest

from litmus.environment import describe_environment, describe_machine, installed_packages
from litmus.recording import OwnCode, describe_repository, holds_secret, without_secrets

SECRET = "hunter2hunter2"


@pytest.mark.parametrize(
    "text",
    [
        f"s3://AKIAIOSFODNN7EXAMPLE:{SECRET}@bucket/table.csv",
        f"postgresql://ann:{SECRET}@host:5432/db",
        f"https://ann:{SECRET}@host/t.csv",
        f"https://bucket.s3.amazonaws.com/t.csv?X-Amz-Signature={SECRET}&X-Amz-Date=1",
        f"https://host/t.csv?access_token={SECRET}",
        f"password = '{SECRET}'",
        f'connect(host="h", api_key="{SECRET}")',
        f'{{"secret_key": "{SECRET}"}}',
    ],
)
def test_secrets_in_texts_are_hidden(text):
    assert holds_secret(text)
    assert SECRET not in without_secrets(text)
    assert SECRET not in str(without_secrets({"a": [text, {"b": text}], text: 1}))


@pytest.mark.parametrize(
    "text",
    ["s3://bucket/table.csv", "https://host/t.csv?page=2", "/data/table.csv", "ann@host.org", "token = 'word'",
     "the secret of good models", "x://y", "df['password_changed'] = 1"],
)  # fmt: skip
def test_other_texts_stay_as_they_are(text):
    assert without_secrets(text) == text


def test_secrets_of_the_environment_are_hidden_wherever_they_stand(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "abcDEF123456789")
    assert without_secrets("kept abcDEF123456789 here") == "kept [hidden] here"
    assert holds_secret(b"\x80\x04abcDEF123456789")


def own_reader(df):
    password = "opensesame99"
    return df if password else None


KEPT_OUTSIDE = {"password": "opensesame77"}
API_KEY = "opensesame55"


def reader_of_a_global(df):
    return df if API_KEY else None


def test_code_with_a_secret_keeps_its_source_without_it_and_no_pickle():
    code = OwnCode()
    for function, secret in ((own_reader, "opensesame99"), (reader_of_a_global, "opensesame55")):
        part = code.parts[code.add(function)]
        assert part.pickle is None
        assert "password or a key" in part.why_not
        assert secret not in part.source
    back = OwnCode.from_bytes(code.to_bytes())
    assert all("opensesame" not in text for text in back.sources().values())
    kept = next(iter(back.modules.values()))
    assert 'API_KEY = "[hidden]"' in kept
    assert '{"password": "[hidden]"}' in kept


def test_a_repository_is_described_with_what_is_not_committed(tmp_path):
    def git(*words):
        subprocess.run(
            ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", *words],
            check=True,
            capture_output=True,
        )

    git("init", "-b", "main")
    (tmp_path / "train.py").write_text("x = 1\n")
    git("add", ".")
    git("commit", "-m", "first")
    git("remote", "add", "origin", f"https://ann:{SECRET}@host/repository.git")
    clean = describe_repository(tmp_path)
    assert (clean["dirty"], clean["changes"], clean["new_files"], clean["branch"]) == (False, None, 0, "main")
    assert SECRET not in str(clean)
    (tmp_path / "train.py").write_text("x = 2\n")
    (tmp_path / "new.py").write_text("")
    dirty = describe_repository(tmp_path)
    assert (dirty["commit"], dirty["dirty"], dirty["new_files"]) == (clean["commit"], True, 1)
    (tmp_path / "train.py").write_text("x = 3\n")
    assert describe_repository(tmp_path)["changes"] != dirty["changes"]


def test_where_there_is_no_repository_there_is_nothing_to_say(tmp_path):
    assert describe_repository(tmp_path) is None


def test_packages_are_those_that_are_installed():
    import importlib.metadata

    found = installed_packages()
    assert found["scikit-learn"] == importlib.metadata.version("scikit-learn")
    assert describe_environment()["numpy"] == found["numpy"] == importlib.metadata.version("numpy")
    assert describe_machine()["cores"] >= describe_machine()["usable_cores"] >= 1
