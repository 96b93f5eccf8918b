"""Counters in files that other processes read."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litmus.errors import ResourceError
from litmus.serve.counters import Counters, read_counters
from litmus.serve.totals import BOUNDS, Histogram


def test_the_files_of_all_workers_are_added_up(tmp_path: Path) -> None:
    for slot in range(3):
        with Counters.open(tmp_path / "counters" / f"{slot}.bin") as counters:
            counters.begin(os.getpid())
            counters.serving(7, ready=True)
            counters.in_flight(slot)
            counters.variant("main").observe(0.001, 0.0002, 2, rows=5)
            counters.variant("next").observe(0.1, 0.2, 5)
            counters.variant("next").observe(0.0, 0.2, 4, rows=0)
            counters.rejected()
    totals = read_counters(tmp_path)
    assert set(totals.variants) == {"main", "next"}
    main, following = totals.variants["main"], totals.variants["next"]
    assert (main.requests, main.rows, main.client_errors, main.server_errors) == (3, 15, 0, 0)
    assert (following.requests, following.client_errors, following.server_errors) == (6, 3, 3)
    assert following.error_rate == 0.5
    assert main.busy_seconds == pytest.approx(0.003)
    assert (totals.in_flight, totals.rejected, totals.all.requests) == (3, 3, 9)
    assert {(each.generation, each.ready, each.error) for each in totals.workers.values()} == {(7, True, "")}


def test_what_came_later_is_a_difference(tmp_path: Path) -> None:
    with Counters.open(tmp_path / "counters/0.bin") as counters:
        counters.variant("main").observe(0.001, 0.001, 2)
        before = read_counters(tmp_path)
        counters.variant("main").observe(0.5, 0.1, 5)
        counters.variant("next").observe(0.5, 0.1, 2)
        since = read_counters(tmp_path) - before
    assert (since.variants["main"].requests, since.variants["next"].requests) == (1, 1)
    assert since.variants["main"].quantile(0.5) == pytest.approx(0.6, rel=0.13)


def test_a_worker_that_takes_the_place_of_another_goes_on_counting(tmp_path: Path) -> None:
    file = tmp_path / "counters/0.bin"
    program = (
        "import os, sys; from litmus.serve.counters import Counters\n"
        "with Counters.open(sys.argv[1]) as c:\n"
        "    c.begin(os.getpid()); c.in_flight(5); c.variant('main').observe(1, 1, 2); c.failed('no ' * 1000)"
    )
    subprocess.run([sys.executable, "-c", program, str(file)], check=True)
    dead = read_counters(tmp_path)
    assert not dead.workers[0].alive
    assert dead.in_flight == 0
    assert dead.workers[0].error.startswith("no no")
    with Counters.open(file) as counters:
        counters.begin(os.getpid())
        counters.variant("main").observe(1, 1, 2)
    assert read_counters(tmp_path).variants["main"].requests == 2
    assert read_counters(tmp_path).workers[0].error == ""


def test_more_variants_than_there_is_room_for_begin_the_oldest_anew() -> None:
    with Counters.in_memory() as counters:
        for number in range(70):
            counters.variant(f"v{number}").observe(0.1, 0.1, 2)
        found = counters.read().variants
        assert len(found) == 64
        assert found["v69"].requests == 1
        assert "v0" not in found


def test_what_is_no_counter_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ResourceError):
        Counters.open(tmp_path / "none.bin", writable=False)
    (tmp_path / "counters").mkdir()
    (tmp_path / "counters/0.bin").write_bytes(b"x" * 10)
    assert read_counters(tmp_path).workers == {}
    with Counters.open(tmp_path / "counters/0.bin") as counters:
        counters.variant("main").observe(1, 1, 2)
    assert read_counters(tmp_path).variants["main"].requests == 1


@given(st.lists(st.floats(1e-6, 800), min_size=1, max_size=50), st.sampled_from([0.5, 0.9, 0.99, 1.0]))
def test_quantiles_are_within_a_bucket(seconds: list[float], share: float) -> None:
    with Counters.in_memory() as counters:
        variant = counters.variant("main")
        for each in seconds:
            variant.observe(each, 0.0, 2)
        found = counters.read().variants["main"].quantile(share)
    true = sorted(seconds)[max(0, math.ceil(share * len(seconds)) - 1)]
    assert max(true, BOUNDS[0]) <= found * 1.0000001
    assert found <= max(true, BOUNDS[0]) * 1.13
    assert math.isnan(Histogram().quantile(0.5))
