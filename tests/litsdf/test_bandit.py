"""The bandit finds the fastest layout, keeps to its limit, remembers, and follows a change of load."""

from __future__ import annotations

import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

import litsdf
from litsdf.bandit import LayoutBandit

TIMES = {
    "numpy": lambda rows: 1e-5 * rows,
    "pandas": lambda rows: 3e-3 + 4e-6 * rows,
    "polars": lambda rows: 5e-3 + 5e-7 * rows,
}
LAYOUTS = tuple(TIMES)


def simulate(bandit: LayoutBandit, rows: int, calls: int, times=TIMES, seed: int = 1) -> list[str]:
    noise = random.Random(seed)
    chosen = []
    for _ in range(calls):
        layout = bandit.choose("f", rows)
        bandit.observe("f", rows, layout, times[layout](rows) * noise.uniform(0.9, 1.1))
        chosen.append(layout)
    return chosen


@pytest.mark.parametrize(("rows", "best"), [(100, "numpy"), (10_000, "polars"), (1_000_000, "polars")])
def test_the_fastest_layout_is_found(rows: int, best: str) -> None:
    bandit = LayoutBandit(layouts=LAYOUTS, exploration=0.1)
    chosen = simulate(bandit, rows, 400)
    assert bandit.best("f", rows) == best
    assert chosen[-200:].count(best) >= 180


def test_tries_cost_at_most_their_share() -> None:
    bandit = LayoutBandit(layouts=LAYOUTS, exploration=0.05)
    chosen = simulate(bandit, 100, 3_000)
    spent = sum(TIMES[layout](100) for layout in chosen)
    least = 3_000 * TIMES["numpy"](100)
    assert spent <= least * 1.2


def test_a_layout_expected_to_break_the_limit_is_never_tried() -> None:
    bandit = LayoutBandit(layouts=LAYOUTS, limit_seconds=0.002)
    bandit.observe("f", 100, "pandas", 0.0034)
    bandit.observe("f", 100, "numpy", 0.001)
    assert "pandas" not in simulate(bandit, 100, 300)
    assert "polars" not in simulate(bandit, 100, 300)


def test_a_change_of_load_is_followed() -> None:
    bandit = LayoutBandit(layouts=LAYOUTS, exploration=0.2)
    simulate(bandit, 100, 200)
    slower = {**TIMES, "numpy": lambda rows: 1.0}
    simulate(bandit, 100, 60, times=slower)
    assert bandit.best("f", 100) != "numpy"


def test_what_was_learned_is_kept(tmp_path) -> None:
    bandit = LayoutBandit(layouts=LAYOUTS)
    simulate(bandit, 10_000, 50)
    bandit.save(tmp_path / "learned.json")
    other = LayoutBandit(layouts=LAYOUTS)
    other.restore(tmp_path / "learned.json")
    assert other.best("f", 10_000) == bandit.best("f", 10_000)
    (tmp_path / "learned.json").write_text("[]")
    with pytest.raises(litsdf.LitsdfError, match="nothing that a LayoutBandit saved"):
        other.restore(tmp_path / "learned.json")


def test_a_function_runs_in_the_chosen_layout() -> None:
    bandit = LayoutBandit(layouts=("numpy", "polars"))
    frame = litsdf.DataFrame({"a": [1.0, 2.0]}, layout="pandas")
    results = [bandit.run(lambda df: df["a"] + 1, frame, name="add") for _ in range(5)]
    assert {result.layout for result in results} <= {"numpy", "polars"}
    assert all(result.to_list() == [2.0, 3.0] for result in results)


def test_one_row_may_be_a_record_and_more_rows_never() -> None:
    bandit = LayoutBandit(layouts=("record", "pandas"))
    assert bandit.choose("f", 1) == "record"
    assert bandit.choose("f", 2) == "pandas"


def test_a_compiled_function_learns_and_stays_right() -> None:
    def clean(df):
        df["b"] = df["a"].str.upper() + "!"
        return df

    compiled = litsdf.compile(clean, {"a": "str"}, choose="learn")
    assert compiled.bandit is not None
    compiled.bandit.exploration = 1.0
    frame = litsdf.DataFrame({"a": ["x", "y", None] * 20}, layout="pandas")
    expected = clean(frame.to_pandas())
    for _ in range(30):
        result = compiled(frame)
        assert result.layout == "pandas"
        assert result.to_pandas().equals(expected)
    tried = {layout for _, _, layout in compiled.bandit._arms}
    assert len(tried) >= 2
    assert compiled({"a": "x"}) == {"a": "x", "b": "X!"}


def test_a_bandit_is_shared_by_functions_and_its_limit_holds() -> None:
    bandit = LayoutBandit(layouts=("numpy", "pandas"), limit_seconds=1e-9)
    compiled = litsdf.compile(lambda df: df["a"] + 1, {"a": "int64"}, choose=bandit)
    for _ in range(20):
        assert compiled(litsdf.DataFrame({"a": [1, 2]}, layout="numpy")).to_list() == [2, 3]
    assert len(bandit._arms) == 1
    with pytest.raises(litsdf.CompileError, match="'guess'"):
        litsdf.compile(lambda df: df["a"], {"a": "int64"}, choose="guess")


def test_threads_share_a_bandit_and_none_waits_for_long() -> None:
    bandit = LayoutBandit(layouts=LAYOUTS, exploration=0.1)
    with ThreadPoolExecutor(8) as pool:
        for chosen in pool.map(lambda seed: simulate(bandit, 10_000, 200, seed=seed), range(8)):
            assert set(chosen) <= set(LAYOUTS)
    assert bandit.best("f", 10_000) == "polars"
    learned = sum(arm.calls for arm in bandit._arms.values())
    assert 0 < learned <= 1_600
    with bandit._lock:  # another thread is learning and does not come to an end
        assert bandit.choose("f", 100_000_000) == "polars"
        bandit.observe("f", 10_000, "numpy", 1.0)
    assert sum(arm.calls for arm in bandit._arms.values()) == learned
    assert pickle.loads(pickle.dumps(bandit)).best("f", 10_000) == "polars"
