"""The file that says what an endpoint serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from litmus.errors import LitmusError, ParameterError
from litmus.serve.config import (
    BatchingConfig,
    CaptureConfig,
    LimitsConfig,
    ServiceConfig,
    VariantConfig,
    load_config,
    save_config,
)

MAIN = VariantConfig("main", "models/a.litmus", "income-1")


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    config = ServiceConfig(
        "income", 3, variants=[MAIN, VariantConfig("next", "b", "2", weight=0, shadow=True)],
        capture=CaptureConfig(0.1, 1000, ["name"]), limits=LimitsConfig(max_rows=5), batching=BatchingConfig(),
    )  # fmt: skip
    save_config(config, tmp_path)
    assert load_config(tmp_path) == config
    assert [file.name for file in tmp_path.iterdir()] == ["config.json"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"name": "a", "generation": 1, "variants": [], "wieghts": 1}', "wieghts"),
        ('{"name": "a", "generation": 1, "variants": [{"name": "m", "path": "p"}]}', "version"),
        ('{"name": "a"', "truncated"),
        ('{"name": "a", "generation": "1"}', "generation"),
        ("\udcff", "no configuration"),
        ('{"name": "../a", "generation": 1, "chain": ["x"]}', "cannot name an endpoint"),
        ('{"name": "a", "generation": 1}', "exactly one"),
    ],
)
def test_what_is_no_configuration_is_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "config.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(LitmusError, match=words):
        load_config(tmp_path)


def test_without_a_file_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="cannot be read"):
        load_config(tmp_path)
    with pytest.raises(ParameterError, match="cannot be written"):
        save_config(ServiceConfig("a", 1, variants=[MAIN]), tmp_path / "none")


@pytest.mark.parametrize(
    "variants",
    [
        [MAIN, MAIN],
        [VariantConfig("main", "a", "1", weight=-1)],
        [VariantConfig("main", "a", "1", weight=float("nan"))],
        [VariantConfig("main", "a", "1", weight=0)],
        [VariantConfig("main", "a", "1", shadow=True)],
        [VariantConfig("a/b", "a", "1")],
    ],
)
def test_variants_are_checked(variants: list[VariantConfig]) -> None:
    with pytest.raises(ParameterError):
        ServiceConfig("a", 1, variants=variants)


@pytest.mark.parametrize("limits", [{"max_rows": 0}, {"timeout_seconds": float("nan")}, {"requests_per_second": -1}])
def test_limits_are_checked(limits: dict) -> None:
    with pytest.raises(ParameterError, match="above 0"):
        ServiceConfig("a", 1, variants=[MAIN], limits=LimitsConfig(**limits))
