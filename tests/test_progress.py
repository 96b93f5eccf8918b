"""Progress displays: what they write, where, and what they leave behind when a run breaks off."""

import io
import os
import pty
import re
import subprocess
import sys
import textwrap

import pytest

from litmus.events import Event, Events
from litmus.progress import NotebookProgress, Tally, TerminalProgress, default_progress


def emit_run(events, *, scores=(0.80, 0.91, 0.85), maximize=True, failed=(), end=True):
    events.emit(
        "data.loaded", "iris: 120 training rows.", name="iris", rows=120, columns=5, notes=["'?' read as missing."]
    )
    events.emit("run.started", "Training 3 candidates on 2 folds.", candidates=3, folds=2, jobs=6)
    done = 0
    for i, score in enumerate(scores):
        for fold in range(2):
            done += 1
            events.emit("fold.finished", "", trial=f"T{i}", fold=fold, done=done, total=6, score=score, seconds=0.1)
        status = "failed" if i in failed else "complete"
        events.emit(
            "trial.finished",
            f"T{i} ended.",
            trial=f"T{i}",
            data="iris",
            status=status,
            metric="accuracy",
            score=None if i in failed else score,
            maximize=maximize,
            reason="",
        )
    if end:
        events.emit("run.finished", "Best: T1.", best="T1", seconds=1.0)


@pytest.mark.parametrize(("maximize", "best"), [(True, 0.91), (False, 0.80)])
def test_tally_counts_folds_and_keeps_the_best_score_in_its_direction(maximize, best):
    tally = Tally()
    emit_run(Events((tally.update,)), maximize=maximize)
    assert (tally.done, tally.total, len(tally.complete), len(tally.failed), tally.phase) == (6, 6, 3, 0, "finished")
    assert tally.best["iris"][0] == best
    assert f"best accuracy {best:.4f}" in tally.best_text()


def test_a_failed_trial_and_a_nan_score_never_become_the_best():
    tally = Tally()
    emit_run(Events((tally.update,)), scores=(float("nan"), 0.99, 0.5), failed={1})
    assert tally.best["iris"] == (0.5, "accuracy", "T2")
    assert tally.failed == {("iris", "T1")}
    assert "1 trial failed" in tally.summary()


def test_a_trial_whose_folds_fail_one_after_the_other_counts_once():
    tally = Tally()
    for _ in range(3):
        tally.update(Event("trial.finished", "", {"trial": "T", "data": "a", "status": "failed"}))
    assert "1 trial failed" in tally.summary()


def test_between_the_last_fold_and_the_end_a_run_is_scoring():
    tally = Tally()
    tally.update(Event("fold.finished", "", {"done": 1, "total": 2}))
    assert tally.phase == "training"
    tally.update(Event("fold.finished", "", {"done": 2, "total": 2}))
    assert tally.phase == "scoring"


def test_best_scores_of_several_data_sets_are_kept_apart():
    tally = Tally()
    for data, score in (("a", 0.9), ("b", 0.2), ("a", 0.8)):
        values = {"trial": "T", "data": data, "status": "complete", "metric": "m", "score": score}
        tally.update(Event("trial.finished", "", values))
    assert {name: best[0] for name, best in tally.best.items()} == {"a": 0.9, "b": 0.2}
    assert "a: best m 0.9" in tally.best_text()
    assert "b: best m 0.2" in tally.best_text()


def test_outside_a_terminal_it_writes_plain_lines_to_standard_error_only(capsys):
    with TerminalProgress() as progress:
        emit_run(Events((progress,)), failed={0})
    out, err = capsys.readouterr()
    assert out == ""
    assert "\x1b" not in err
    lines = err.splitlines()
    assert lines[:3] == ["iris: 120 training rows.", "  · '?' read as missing.", "Training 3 candidates on 2 folds."]
    assert "✗ T0 ended." in lines
    assert "✓ T1 ended." in lines
    assert lines[-1] == "✓ Best: T1."


def test_a_file_gets_plain_text_also_where_the_environment_forces_colours(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_INTERACTIVE", "1")
    file = io.StringIO()
    with TerminalProgress(file=file) as progress:
        emit_run(Events((progress,)), failed={0})
    assert "✗ T0 ended." in file.getvalue().splitlines()
    assert "\x1b" not in file.getvalue()


def test_fold_lines_are_signs_of_life_at_least_five_seconds_apart():
    file = io.StringIO()
    progress = TerminalProgress(file=file)
    for second in range(12):
        values = {"trial": "T", "fold": 0, "done": second + 1, "total": 12}
        progress(Event("fold.finished", "", values, time=1000.0 + second))
    assert [line.split(",")[0].strip() for line in file.getvalue().splitlines()] == [
        "1 of 12 folds",
        "6 of 12 folds",
        "11 of 12 folds",
    ]


def test_names_are_shown_as_they_are_but_cannot_command_the_terminal():
    file = io.StringIO()
    progress = TerminalProgress(file=file)
    progress(Event("note", "column [red]x[/red] :smile:\x1b[2J\r\nnext", {}))
    assert file.getvalue() == "column [red]x[/red] :smile: [2J next\n"


def test_many_notes_are_cut_short():
    file = io.StringIO()
    TerminalProgress(file=file)(Event("data.loaded", "wide.", {"notes": [f"note {i}" for i in range(5000)]}))
    assert len(file.getvalue().splitlines()) < 10
    assert "4994 more" in file.getvalue()


def run_in_terminal(code):
    """Run code with its standard error on a real pseudo-terminal; returns (stdout, what the terminal got)."""
    primary, secondary = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, stderr=secondary, env=environment
    ) as process:
        os.close(secondary)
        chunks = []
        while True:
            try:
                chunk = os.read(primary, 65536)
            except OSError:  # how Linux says that the other side was closed
                break
            if not chunk:
                break
            chunks.append(chunk)
        out = process.stdout.read().decode()
    os.close(primary)
    return out, b"".join(chunks).decode()


BROKEN_RUN = """
    from litmus.events import Events
    from litmus.progress import TerminalProgress
    progress = TerminalProgress()
    events = Events((progress,))
    events.emit("run.started", "Training.", candidates=1, folds=2, jobs=2)
    events.emit("fold.finished", "", trial="T", fold=0, done=1, total=2)
    {guard}
        print("to stdout")
        raise KeyError("broken off")
"""


@pytest.mark.parametrize("guard", ["with progress:", "if True:"], ids=["context-manager", "forgotten"])
def test_in_a_terminal_a_bar_is_drawn_and_the_cursor_comes_back_after_an_exception(guard):
    out, shown = run_in_terminal(BROKEN_RUN.format(guard=guard))
    assert out == "to stdout\n"
    assert "1 of 2 folds" in shown
    assert "\x1b[?25l" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert "broken off" in shown


STYLES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("no_color", [False, True])
def test_no_color_leaves_out_every_style_in_a_terminal(no_color, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    _, shown = run_in_terminal(
        BROKEN_RUN.format(guard="with progress: events.emit('run.finished', 'Best: T.')\n    if 1:")
    )
    assert "✓ Best: T." in shown
    assert (STYLES.search(shown) is None) is no_color


def test_a_failed_run_takes_the_bar_down_and_leaves_the_words_to_the_exception():
    out, shown = run_in_terminal(BROKEN_RUN.format(guard="events.emit('run.failed', 'broken off')\n    if True:"))
    assert out == "to stdout\n"
    assert shown.index("\x1b[?25h") < shown.index("Traceback")
    assert shown.count("broken off") == 1 + shown.count('KeyError("broken off")')


def test_notebook_panel_counts_escapes_and_says_when_it_was_stopped():
    pages = []
    with NotebookProgress(show=pages.append) as progress:
        events = Events((progress,))
        events.emit("note", "column <script>alert(1)</script>")
        emit_run(events, failed={0}, end=False)
    assert "<script>" not in pages[-1]
    assert "&lt;script&gt;" in pages[-1]
    assert 'value="6" max="6"' in pages[-1]
    assert "stopped: 6 of 6 folds" in pages[-1]
    assert "✗ T0 ended." in pages[-1]


def test_a_failed_run_shows_as_stopped_in_a_notebook():
    pages = []
    events = Events((NotebookProgress(show=pages.append),))
    emit_run(events, end=False)
    events.emit("run.failed", "The disk is full.")
    assert "stopped: 6 of 6 folds" in pages[-1]
    assert "✗ The disk is full." in pages[-1]


def test_a_finished_notebook_panel_stays_finished():
    pages = []
    with NotebookProgress(show=pages.append) as progress:
        emit_run(Events((progress,)))
    assert "finished: 6 of 6 folds" in pages[-1]


def test_outside_a_notebook_the_terminal_display_is_chosen_and_ipython_is_not_imported():
    code = "import sys; from litmus.progress import default_progress; p = default_progress(); print(type(p).__name__, 'IPython' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "TerminalProgress False\n"
    assert isinstance(default_progress(), TerminalProgress)


def emit_search(events, *, scores, time_limit=None, max_trials=None, data_sets=1, failing=0, **counts):
    """The events of a search: a trial for each score, None for one stopped early, then failing ones."""
    asked = {"time_limit": time_limit, "max_trials": max_trials, "data_sets": data_sets}
    events.emit("run.started", "2 candidates, then RandomSearch.", jobs=4, searching=True, **asked)
    stopped = 0
    for i, score in enumerate(scores):
        stopped += score is None
        values = {"trial": f"T{i}", "data": "iris", "metric": "accuracy", "score": score, "maximize": True}
        status = "stopped" if score is None else "complete"
        left = {"stopped": stopped, "under_way": 2, "seconds_left": None if time_limit is None else 7.0, **counts}
        events.emit("trial.finished", f"T{i}: accuracy {score}", **values, status=status, **left)
    for i in range(failing):
        values = {"trial": f"F{i}", "data": "iris", "status": "failed", "reason": "no luck"}
        events.emit("trial.finished", f"F{i} failed: no luck", **values)


def test_a_search_counts_trials_and_says_what_is_left():
    tally = Tally()
    emit_search(Events((tally.update,)), scores=(0.8, None, 0.9, 0.7), time_limit=60)
    assert tally.folds_text() == "3 trials, 2 under way, 1 stopped early, 7.0 s left"
    assert tally.best["iris"][0] == 0.9
    assert tally.phase == "searching"
    tally.update(Event("time.passed", "", {"under_way": 1, "seconds_left": 0.0}))
    assert tally.phase == "scoring"
    assert "left" not in tally.folds_text()


@pytest.mark.parametrize(("data_sets", "share"), [(1, (4, 10)), (3, (4, 30))])
def test_max_trials_counts_configurations_of_every_data_set_and_not_the_baseline(data_sets, share):
    tally = Tally()
    events = Events((tally.update,))
    emit_search(events, scores=(0.8, None, 0.9), max_trials=10, data_sets=data_sets, failing=1)
    events.emit("trial.finished", "", trial="Baseline", data="iris", status="complete", score=0.5)
    assert tally.share == share


def test_time_that_passes_moves_the_bar_and_leaves_a_line_now_and_then():
    file = io.StringIO()
    progress = TerminalProgress(file=file)
    progress(Event("run.started", "Searching.", {"searching": True, "time_limit": 1200.0}, time=1000.0))
    for second in range(1, 601):
        values = {"under_way": 4, "stopped": 0, "seconds_left": 1200.0 - second}
        progress(Event("time.passed", "", values, time=1000.0 + second))
    assert progress.tally.share == (600.0, 1200.0)
    lines = file.getvalue().splitlines()
    assert lines[1].strip() == "0 trials, 4 under way, 19 min 55 s left, 5.0 s"
    assert 40 < len(lines) < 90, "a sign of life, not a record"


@pytest.mark.parametrize("form", ["lines", "panel"])
def test_of_a_search_the_best_so_far_and_the_first_failures_are_told(form):
    file, pages = io.StringIO(), []
    display = TerminalProgress(file=file) if form == "lines" else NotebookProgress(show=pages.append)
    emit_search(Events((display,)), scores=(0.8, 0.7, None, 0.9, 0.85), failing=40)
    shown = file.getvalue() if form == "lines" else pages[-1]
    assert "T0: accuracy 0.8" in shown
    assert "T3: accuracy 0.9" in shown
    assert not re.search("T1: |T2: |T4: ", shown)
    assert shown.count("failed: no luck") == 5
    assert "40 trials failed" in shown or form == "lines"
    assert "40 trials failed" in display.tally.summary()


def test_what_is_told_without_a_record_reaches_subscribers_only():
    seen = []
    events = Events((seen.append,))
    events.tell("time.passed", "", seconds_left=3.0)
    assert [(event.kind, event.values["seconds_left"]) for event in seen] == [("time.passed", 3.0)]
    assert events.history == []


SEARCH_RUN = """
    import time
    from litmus.events import Events
    from litmus.progress import TerminalProgress
    with TerminalProgress() as progress:
        events = Events((progress,))
        events.emit("run.started", "Searching.", searching=True, time_limit=60.0)
        for second in (9, 8):
            events.tell("time.passed", "", under_way=2, stopped=3, seconds_left=float(second))
            time.sleep(0.4)
        values = {"trial": "Tree", "data": "iris", "metric": "accuracy", "score": 0.9, "status": "complete"}
        events.emit("trial.finished", "Tree: accuracy 0.9", **values, under_way=1, stopped=3, seconds_left=7.0)
        time.sleep(0.4)
"""


def test_in_a_terminal_the_time_left_of_a_search_runs_down_on_one_line():
    _, shown = run_in_terminal(SEARCH_RUN)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    for part in ("3 stopped early, 9.0 s left", "8.0 s left", "best accuracy 0.9000 (Tree)"):
        assert part in plain
    frames = [frame for frame in re.split(r"[\r\n]+", plain) if "under way" in frame]
    assert frames
    assert all(len(frame.rstrip()) <= 120 for frame in frames), "a frame that wraps leaves rubbish behind"
