"""`litmus optimize`: what it writes, and its mistakes."""

import litmus.runtime


def test_a_smaller_model_is_written(trained, run_here):
    place = trained.place
    small = place.folder / "small.litmus"
    done = run_here(
        place, "optimize", "people-1", "--rows", trained.table, "-o", small, "--tolerance", 1, "--technique", "folds",
        "--technique", "trees", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert done.json["path"] == str(small)
    assert all(set(change) >= {"name", "kept", "size", "latency_us", "score"} for change in done.json["changes"])
    assert litmus.runtime.load(small).classes
    shown = run_here(place, "optimize", "people-1", "--rows", trained.table, "-o", small, "--technique", "precision")
    assert shown.code == 0
    assert f"Written to {small}." in shown.out


def test_mistakes(trained, run_here):
    place = trained.place
    out = ("-o", place.folder / "other.litmus")
    assert "There is no model 'nobody'" in run_here(place, "optimize", "nobody", "--rows", trained.table, *out).sentence
    asked = ("optimize", "people-1", "--rows", trained.table, *out)
    assert "'magic' is no technique" in run_here(place, *asked, "--technique", "magic").sentence
