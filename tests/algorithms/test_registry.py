"""Names of built-ins, and that asking for them loads nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

import litmus.algorithms
from litmus.algorithms import libraries, registry
from litmus.algorithms.family import Family
from litmus.component import Component
from litmus.errors import ParameterError, ResourceError, UnknownNameError

HEAVY = ("sklearn", "xgboost", "lightgbm", "catboost", "scipy", "pandas", "skops")


def test_importing_loads_no_library():
    code = f"import sys, litmus.algorithms, litmus.algorithms.registry as r; r.names(); litmus.algorithms.XGBoost; print([m for m in {HEAVY!r} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_every_exported_name_exists():
    for name in litmus.algorithms.__all__:
        assert getattr(litmus.algorithms, name) is not None
    assert set(litmus.algorithms.__all__) <= set(dir(litmus.algorithms))
    with pytest.raises(AttributeError, match="Nonsense"):
        litmus.algorithms.Nonsense  # noqa: B018


@pytest.mark.parametrize("name", registry.names())
def test_families_are_found_by_any_spelling_of_their_name(name):
    found = registry.family(name.lower())
    assert isinstance(found, Family)
    assert type(found).__name__ == name
    assert registry.family(name) == type(found)()


@pytest.mark.parametrize("name", registry.names())
def test_default_parameters_are_allowed_and_searched(name):
    family = registry.family(name)
    for kind in (family.classifier, family.regressor):
        if kind is not None:
            built = kind()
            assert isinstance(built, Component)
            for parameter, domain in kind.domains().items():
                low = getattr(domain, "low", None)
                if low is not None:
                    kind(**{parameter: low})
                    kind(**{parameter: domain.high})


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'XGBoost'"):
        registry.family("XGBoots")


def test_no_naive_bayes_for_numbers():
    with pytest.raises(ParameterError, match="regression"):
        registry.family("NaiveBayes").for_task("regression")


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression"])
@pytest.mark.parametrize("n_rows", [100, 30_000, 10_000_000])
def test_automatic_choice_fits_the_task(task, n_rows):
    names = registry.default_names(task, n_rows)
    assert names[-1] == "Baseline"
    assert "LightGBM" in names
    assert len(set(names)) == len(names)
    for name in names:
        assert registry.family(name).for_task(task) is not None


def test_automatic_choice_leaves_out_what_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    monkeypatch.setattr(registry, "is_installed", lambda module: module != "lightgbm")
    assert "LightGBM" not in registry.default_names("binary", 1000)
    with pytest.raises(ResourceError, match=r'pip install "litmus\[lightgbm\]"'):
        libraries.load_library("lightgbm")
