"""What every executor does: jobs taken one at a time, stopped, late, counted; and what only processes can do."""

import os
import sys
import time

import pytest

from litmus.executors import InProcess, Job, LocalProcesses


def triple(number):
    return 3 * number


def nap(seconds):
    time.sleep(seconds)
    return os.getpid()


@pytest.fixture(scope="module", params=["processes", "started processes", "in process"])
def executor(request):
    pool = InProcess() if request.param == "in process" else LocalProcesses(2)
    if request.param == "started processes":
        pool._fork = False  # as on systems without fork
    with pool:
        pool.start()
        yield pool


@pytest.fixture(scope="module")
def pool():
    with LocalProcesses(2) as made:
        list(made.run([Job(n, nap, (0.2,)) for n in range(2)]))
        yield made


def test_jobs_are_taken_one_at_a_time(executor):
    assert executor.idle == executor.workers
    jobs = [Job(n, triple, (n,)) for n in range(4)]
    for job in jobs:
        executor.submit(job)
    assert executor.under_way <= 4
    outcomes = [executor.next() for _ in jobs]
    assert {o.job.key: o.value for o in outcomes} == {0: 0, 1: 3, 2: 6, 3: 9}
    assert {id(o.job) for o in outcomes} == set(map(id, jobs))
    assert executor.next() is None
    assert executor.idle == executor.workers
    assert executor.under_way == 0


def test_a_deadline_that_passed_in_the_queue_costs_no_work(executor, tmp_path):
    executor.submit(Job("late", (tmp_path / "made").touch, deadline=time.monotonic() - 1))
    executor.submit(Job("fine", triple, (1,), deadline=time.monotonic() + 60))
    outcomes = {o.job.key: o for o in (executor.next(), executor.next())}
    assert outcomes["late"].stopped == "deadline"
    assert "deadline passed before it could start" in outcomes["late"].error
    assert not (tmp_path / "made").exists()
    assert outcomes["fine"].value == 3


def test_leaving_run_early_leaves_nothing_for_the_next(executor):
    for outcome in executor.run([Job(n, triple, (n,)) for n in range(5)]):
        assert outcome.error is None
        break
    assert executor.under_way == 0
    assert [o.value for o in executor.run([Job("next", triple, (7,))])] == [21]


def test_a_closed_executor_starts_afresh(executor):
    executor.close()
    assert executor.idle == executor.workers
    assert [o.value for o in executor.run([Job("again", triple, (2,))])] == [6]


def test_waiting_ends_with_the_timeout(pool):
    assert pool.next(0.01) is None
    pool.submit(Job(0, nap, (0.5,)))
    assert pool.next(0.01) is None
    assert pool.idle == 1
    assert pool.next(60).error is None


def test_stopping_ends_waiting_and_running_jobs(pool):
    for name in ("first", "second", "waiting"):
        pool.submit(Job(name, nap, (600.0,)))
    assert pool.idle == 0
    for name in ("waiting", "first", "unknown"):
        pool.stop(name)
    outcomes = {o.job.key: o for o in (pool.next(60), pool.next(60))}
    assert {key: o.stopped for key, o in outcomes.items()} == {"waiting": "asked", "first": "asked"}
    assert outcomes["waiting"].error == "It was stopped before it started."
    assert pool.under_way == 1
    pool.stop("second")
    assert pool.next(60).stopped == "asked"
    assert [o.value for o in pool.run([Job("next", triple, (5,))])] == [15]


def spans(outcomes):
    return [o.value for o in outcomes]


def span(seconds):
    started = time.monotonic()
    time.sleep(seconds)
    return started, time.monotonic()


def most_cores(outcomes):
    """The most cores that the jobs counted for at one moment."""
    moments = [o.value[0] for o in outcomes]
    return max(sum(o.job.threads for o in outcomes if o.value[0] <= moment < o.value[1]) for moment in moments)


def test_jobs_with_more_threads_leave_cores_free_for_no_others():
    with LocalProcesses(3, threads=1) as pool:
        for number, threads in enumerate([2, 2, 1, 1, 3, 1, 9, 1]):
            pool.submit(Job(number, span, (0.15,), threads=threads))
        outcomes = [pool.next() for _ in range(8)]
    # nine threads are more than there are: that job ran alone
    assert most_cores([o for o in outcomes if o.job.threads < 9]) <= 3
    alone = next(o for o in outcomes if o.job.threads == 9)
    others = [o for o in outcomes if o is not alone]
    assert all(o.value[1] <= alone.value[0] or o.value[0] >= alone.value[1] for o in others)


def threads_now(seconds=0.2):
    import threadpoolctl

    time.sleep(seconds)
    return os.getpid(), max(facts["num_threads"] for facts in threadpoolctl.threadpool_info())


def test_a_phase_may_have_other_cores():
    with LocalProcesses(2, threads=1) as pool:
        first = [o.value for o in pool.run([Job(n, threads_now) for n in range(4)])]
        pool.resize(1, threads=2)
        second = [o.value for o in pool.run([Job(n, threads_now) for n in range(3)])]
        pool.resize(3, threads=1)
        third = [o.value for o in pool.run([Job(n, threads_now, (0.5,)) for n in range(6)])]
    assert (len({pid for pid, _ in first}), {threads for _, threads in first}) == (2, {1})
    assert (len({pid for pid, _ in second}), {threads for _, threads in second}) == (1, {2})
    assert (len({pid for pid, _ in third}), {threads for _, threads in third}) == (3, {1})


def test_workers_that_cannot_be_started_are_said(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    pool = LocalProcesses(1)
    pool._fork = False
    with pool:
        (outcome,) = pool.run([Job(0, triple, (1,))])
    assert outcome.stopped == "crash"
    assert "Worker processes cannot be started: FileNotFoundError" in outcome.error
    assert "executor='in_process'" in outcome.error
