"""What an image reads from its environment."""

import pytest

from litmus.errors import BundleError, ParameterError
from litmus.serve.container import main, read_settings


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "one.litmus").write_bytes(b"")
    return tmp_path


def test_the_defaults(folder):
    found = read_settings({"LITMUS_MODEL": str(folder), "LITMUS_KEY": "secret"})
    assert (found.model, found.key, found.port, found.trust) == (folder / "one.litmus", "secret", 8080, False)


def test_a_key_in_a_file(folder):
    (folder / "key").write_text("from-a-secret\n")
    assert read_settings({"LITMUS_MODEL": str(folder), "LITMUS_KEY_FILE": str(folder / "key")}).key == "from-a-secret"


def test_open_on_purpose(folder):
    found = read_settings({"LITMUS_MODEL": str(folder), "LITMUS_OPEN": "yes", "LITMUS_TRUST": "True", "PORT": "99"})
    assert (found.key, found.port, found.trust) == (None, 99, True)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "There is no key"),
        ({"LITMUS_KEY": ""}, "There is no key"),
        ({"LITMUS_KEY": "a", "PORT": "http"}, "PORT='http' is not a port"),
        ({"LITMUS_OPEN": "perhaps"}, "neither yes nor no"),
        ({"LITMUS_KEY_FILE": "/no/such/file"}, "cannot be read"),
    ],
)
def test_a_mistake_is_one_sentence(variables, words, folder, capsys):
    with pytest.raises(ParameterError, match=words):
        read_settings({"LITMUS_MODEL": str(folder), **variables})
    assert main([], {"LITMUS_MODEL": str(folder), **variables}) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("count", [0, 2])
def test_a_folder_must_hold_one_bundle(count, tmp_path):
    for number in range(count):
        (tmp_path / f"{number}.litmus").write_bytes(b"")
    with pytest.raises(BundleError, match="must hold one model file"):
        read_settings({"LITMUS_MODEL": str(tmp_path), "LITMUS_KEY": "a"})
