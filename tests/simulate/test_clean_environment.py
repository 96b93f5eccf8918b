"""What a bundle requires is put into a folder, and nothing else can be imported from it."""

import importlib.metadata
import json
import subprocess

import pytest

from litmus.simulate.clean_environment import closure_of, install
from litmus.simulate.keeper import isolated_python
from litmus.simulate.requirements import requirements_of


def imported(folder, code):
    program = f"import sys; sys.path.append({str(folder)!r}); {code}"
    return subprocess.run([*isolated_python(), "-c", program], capture_output=True, text=True, check=False, env={})


def test_the_closure_has_what_the_requirements_require():
    closure = closure_of(["starlette"])
    assert set(closure.packages) == {"anyio", "idna", "starlette"} | set(closure.packages)
    assert closure.packages["anyio"] == importlib.metadata.version("anyio")
    assert "anyio" in closure.needs["starlette"]
    assert closure.missing == ()
    assert closure.reached_from(["starlette", "nobody"]) == set(closure.packages)
    assert closure.reached_from(["idna"]) == {"idna"}


def test_what_is_for_another_system_or_extra_is_left_out():
    closure = closure_of(["starlette", "colorama; sys_platform == 'win32'", "no such ! thing"])
    assert "colorama" not in closure.packages
    assert "itsdangerous" not in closure.packages
    assert closure.missing == ()


def test_missing_packages_and_other_versions_are_named():
    closure = closure_of(["no-such-package==1.2", "h11==0.0.1"])
    assert closure.missing == ("no-such-package==1.2",)
    (sentence,) = closure.other_versions
    assert sentence.startswith("h11==0.0.1 is required, and ")
    assert "h11" in closure.packages


def test_litmus_itself_brings_nothing_along():
    assert closure_of(["litmus", "h11"]).packages.keys() == {"h11"}


def test_nothing_but_the_closure_can_be_imported(tmp_path):
    closure = closure_of(["msgspec"])
    size = install(closure, tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert size == sum(path.stat().st_size for path in files)
    assert imported(tmp_path, "import msgspec, litmus, litsdf; print(litmus.__file__)").stdout.startswith(str(tmp_path))
    for absent in ("numpy", "pandas", "pip"):
        done = imported(tmp_path, f"import {absent}")
        assert f"No module named '{absent}'" in done.stderr
    assert not list(tmp_path.glob("*.pth"))


def test_a_package_installed_for_editing_comes_as_its_source(tmp_path, monkeypatch):
    source, site, target = tmp_path / "source", tmp_path / "site", tmp_path / "target"
    (source / "own_thing").mkdir(parents=True)
    (source / "own_thing" / "__init__.py").write_text("answer = 42\n")
    facts = site / "own_thing-1.0.dist-info"
    facts.mkdir(parents=True)
    target.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: own-thing\nVersion: 1.0\n")
    (facts / "top_level.txt").write_text("own_thing\n")
    (facts / "RECORD").write_text("own_thing-1.0.dist-info/METADATA,,\n__editable__.own_thing.pth,,\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.syspath_prepend(str(source))
    closure = closure_of(["own-thing==1.0"])
    assert closure.packages == {"own-thing": "1.0"}
    install(closure, target)
    assert imported(target, "import own_thing; print(own_thing.answer)").stdout.strip() == "42"


def test_the_requirements_are_what_the_bundle_says():
    assert requirements_of({"requirements": ["numpy==2.0"]}) == [
        "httptools",
        "msgspec",
        "starlette",
        "uvloop",
        "numpy==2.0",
    ]


def test_an_older_bundle_needs_what_litmus_needs_and_its_libraries():
    wanted = requirements_of({"packages": {"python": "3.11", "litmus": "0.1", "xgboost": "3.2.0", "sklearn": "1.9.1"}})
    assert {"xgboost-cpu==3.2.0", "scikit-learn==1.9.1", "starlette"} <= set(wanted)
    assert not [each for each in wanted if each.startswith(("python", "litmus"))]
    assert not closure_of(wanted).missing
    json.dumps(wanted)


@pytest.mark.parametrize("name", ["Scikit_Learn", "scikit-learn"])
def test_names_are_found_in_any_spelling(name):
    assert "scikit-learn" in closure_of([name]).packages
