"""The report as text: what it says, what it leaves out, and how it is written."""

import json
import os
import re
import stat
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import litmus
from conftest import train
from litmus import TaskData
from litmus.errors import LitmusError
from litmus.report import page as page_module
from litmus.report import render_report, write_report


class Reader(HTMLParser):
    """Headings, table cells, elements and chart specifications of a page."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.words, self.specs, self.titles, self.rows = [], [], [], [], []
        self._inside = []
        self.feed(html)
        self.text = " ".join(" ".join(self.words).replace("\u00a0", " ").split())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "wbr", "link", "img", "input"):
            self._inside.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag in ("h1", "h2", "h3"):
            self.titles.append("")

    def handle_endtag(self, tag):
        while self._inside and self._inside.pop()[0] != tag:
            pass

    def handle_data(self, data):
        tags = [tag for tag, _ in self._inside]
        if tags and tags[-1] == "script":
            if self._inside[-1][1].get("type") == "application/json":
                self.specs.append(json.loads(data))
            return
        if tags and tags[-1] == "style":
            return
        self.words.append(data)
        if {"td", "th"} & set(tags):
            self.rows[-1][-1] += data.replace("\u00a0", " ")
        if {"h1", "h2", "h3"} & set(tags):
            self.titles[-1] += data.replace("\u00a0", " ")


@pytest.fixture(scope="module")
def two_class_page(two_class_run):
    return Reader(render_report(two_class_run))


@pytest.fixture(scope="module")
def several_page(several_run):
    return Reader(render_report(several_run))


def test_the_verdict_names_the_best_model_its_score_and_the_baseline(two_class_page, two_class_run):
    best = two_class_run.leaderboard[1]
    score = best.score("accuracy")
    baseline = two_class_run.leaderboard["Baseline"].score("accuracy")
    headline = two_class_page.titles[0]
    assert (
        headline
        == f"{best.name} gives the right target for {score.value:.1%}".replace("%", " %")
        + " of the rows it had not seen."
    )
    assert f"{baseline.value * 100:.1f} %" in two_class_page.text
    assert f"95 % interval {score.low * 100:.1f} % to {score.high * 100:.1f} %" in two_class_page.text
    assert "80 test rows, looked at once at the end" in two_class_page.text


def test_everything_that_was_asked_for_has_its_place(two_class_page):
    for title in (
        "Look at this first",
        "Leaderboard",
        "How sure the order is",
        "Where it is right and wrong",
        "ROC curve",
        "Precision and recall",
        "Calibration",
        "Coverage and precision",
        "Feature importance",
        "The data",
        "Target: target",
        "What was changed",
        "Settings and times",
        "The run",
    ):
        assert title in two_class_page.titles


def test_regression_and_labels_have_pictures_of_their_own(several_page):
    for title in ("Confusion matrix", "Predicted and actual", "Residuals", "Sizes of errors"):
        assert (title in several_page.titles) == (title != "Confusion matrix")  # three classes fit a table
    captions = several_page.text
    assert "Precision, recall and support of each label" in captions
    assert "Precision, recall and support of each class" in captions
    assert "The rows that are furthest off" in captions
    assert several_page.text.count("What was asked.") == 3


def test_the_leaderboard_shows_each_trial_and_why_one_failed(two_class_page, two_class_run):
    rows = {row[1]: row for row in two_class_page.rows if len(row) > 4}
    for row in two_class_run.leaderboard.rows:
        if row.rank is not None:
            assert rows[row.trial.name][0] == str(row.rank)
            assert f"{row.trial.score('accuracy').value:.4f}" in rows[row.trial.name][2]
    failed = next(row for row in two_class_page.rows if row and row[0] == "NoLuck")
    assert "no <b>luck</b> today" in failed[1]
    assert "1 trial failed" in two_class_page.text


def test_the_thresholds_that_metrics_chose_are_told(two_class_page, two_class_run):
    label = "coverage_at_precision(precision=0.8)"
    score = two_class_run.leaderboard[1].score(label)
    rows = {row[1]: row for row in two_class_page.rows if row and row[0] == label}
    assert set(rows) == {"validation", "test"}
    assert rows["validation"][2] == f"{score.details['threshold']:.4f}"
    assert f"{100 * score.details['coverage']:.1f} %" in rows["validation"]
    assert str(score.details["accepted_rows"]) in rows["validation"]
    assert rows["test"][2] == rows["validation"][2]


def test_the_page_says_how_to_make_the_run_again(two_class_page, two_class_run):
    facts = {row[0]: row[1] for row in two_class_page.rows if len(row) == 2}
    assert facts["run"] == two_class_run.id
    assert facts["seed"] == "0"
    assert facts["numpy"] == np.__version__
    assert facts["folds"] == two_class_run.data["<i>evil</i> & co"].fold_plan
    assert facts["fingerprint of the data"] == two_class_run.data["<i>evil</i> & co"].fingerprint
    for note in two_class_run.data["<i>evil</i> & co"].notes:
        assert " ".join(note.split()) in two_class_page.text


def test_texts_of_the_user_are_escaped_everywhere(two_class_run):
    html = render_report(two_class_run)
    page = Reader(html)
    assert "<script>alert('column')</script>" in page.text
    assert "</script><img src=x onerror=alert(1)>" in page.text
    assert not [tag for tag, _ in page.elements if tag in ("img", "i", "b")]
    scripts = [attributes for tag, attributes in page.elements if tag == "script"]
    assert len([s for s in scripts if "type" not in s]) == 4  # three libraries and the page's own
    assert len(page.specs) == len([s for s in scripts if s.get("type") == "application/json"]) >= 8
    assert any("onerror" in json.dumps(spec) for spec in page.specs)


def test_only_the_page_s_own_scripts_may_run_and_nothing_may_be_loaded(two_class_run):
    html = render_report(two_class_run)
    page = Reader(html)
    policy = next(a["content"] for tag, a in page.elements if tag == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none'")
    assert policy.count("'sha256-") == 4
    assert "unsafe-eval" not in policy
    assert not [a for tag, a in page.elements if "src" in a or (tag in ("link", "a") and a.get("href", "#")[0] != "#")]
    assert "sourceMappingURL" not in html


def test_the_licences_of_the_chart_libraries_go_with_their_code(two_class_run):
    html = render_report(two_class_run)
    for holder in ("University of Washington Interactive Data Lab", "Mike Bostock", "Joachim Wester"):
        assert holder in html


def test_every_chart_has_a_description_and_its_numbers_as_a_table(several_page, two_class_page):
    for page in (several_page, two_class_page):
        figures = [tag for tag, _ in page.elements if tag == "figure"]
        details = [tag for tag, _ in page.elements if tag == "details"]
        assert len(figures) == len(details) == len(page.specs)
        assert all(spec["description"] for spec in page.specs)
        tables = [tag for tag, _ in page.elements if tag == "table"]
        captions = [tag for tag, _ in page.elements if tag == "caption"]
        assert len(tables) == len(captions)


def test_every_link_leads_somewhere(several_page):
    anchors = {attributes["id"] for _, attributes in several_page.elements if "id" in attributes}
    links = [attributes["href"] for tag, attributes in several_page.elements if tag == "a"]
    assert links
    assert {link.removeprefix("#") for link in links} <= anchors
    ids = [attributes["id"] for _, attributes in several_page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_writing_gives_the_path_and_leaves_nothing_else(two_class_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write_report(two_class_run, "report.html")
    assert path == tmp_path / "report.html"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]
    assert path.read_text("utf-8").startswith("<!doctype html>")
    assert path.stat().st_size < 2_500_000
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_a_page_that_cannot_be_finished_leaves_the_old_one(two_class_run, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("the old page")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(page_module.os, "fsync", full)
    with pytest.raises(LitmusError, match="No space left on device"):
        write_report(two_class_run, path)
    assert path.read_text() == "the old page"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def test_a_folder_and_a_missing_folder_are_refused_in_a_sentence(two_class_run, tmp_path):
    with pytest.raises(LitmusError, match="is a folder; name the file"):
        write_report(two_class_run, tmp_path)
    with pytest.raises(LitmusError, match="there is no folder"):
        write_report(two_class_run, tmp_path / "absent" / "report.html")


def test_very_many_columns_are_cut_and_said(store_home):
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.normal(size=(60, 2000)), columns=[f"measurement number {i:04d}" for i in range(2000)])
    frame["answer"] = frame["measurement number 1234"] * 3
    html = render_report(train(frame, target="answer", algorithm="DecisionTree", k_fold=2))
    assert len(html.encode()) < 2_500_000
    page = Reader(html)
    assert "150 of 2,000 columns are shown" in page.text
    assert "measurement number 1234" in [row[0] for row in page.rows if len(row) == 7][:3]


def test_very_many_classes_are_cut_and_said(store_home):
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(300), 6)
    frame = pd.DataFrame({"x": codes + rng.normal(size=len(codes)), "class": [f"kind {code:03d}" for code in codes]})
    html = render_report(train(frame, target="class", algorithm="DecisionTree", k_fold=2))
    assert len(html.encode()) < 2_500_000
    page = Reader(html)
    assert "40 of 300 classes are shown" in page.text
    assert "100 of 300 classes are shown" in page.text
    assert "10 of 300 classes are shown" in page.text


def test_data_sets_that_would_make_the_page_too_large_are_shown_in_short(several_run, monkeypatch):
    whole = render_report(several_run)
    monkeypatch.setattr(page_module, "LARGEST_PAGE", 920_000)
    short = render_report(several_run)
    assert len(short) < len(whole)
    page = Reader(short)
    assert page.text.count("Shown in short") == 2
    assert page.text.count("What was asked.") == 3  # the verdicts and leaderboards stay
    assert page.titles.count("Leaderboard") == 3


def test_a_run_without_test_rows_and_with_labels_of_other_types(store_home):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"x": rng.normal(size=150)})
    frame["yes"] = frame["x"] > 0.2
    data = TaskData.create(data={"train": frame, "validation": frame.iloc[:40]}, target="yes", name="no test")
    run = train(data, algorithm="DecisionTree", metrics={"validation": ["log_loss", "accuracy"]})
    page = Reader(render_report(run))
    assert "True" in page.text
    assert "log_loss" in page.titles[0]
    assert "test rows, looked at" not in page.text or run.data["no test"].test is not None


def test_when_nothing_beats_the_baseline_the_page_says_so(store_home):
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"x": rng.normal(size=200), "y": rng.choice(["a", "b"], 200, p=[0.7, 0.3])})
    run = train(frame, target="y", algorithm="DecisionTree", k_fold=2, metrics=["accuracy"])
    assert run.leaderboard[1].algorithm == "Baseline"
    page = Reader(render_report(run))
    assert page.titles[0] == "No model beats the constant baseline on accuracy."
    assert "Feature importance" not in page.titles


def test_a_column_that_gives_the_answer_away_is_the_first_thing_to_look_at(store_home):
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"honest": rng.normal(size=300), "copied later": rng.integers(0, 2, 300)})
    frame["outcome"] = np.where(frame["copied later"] == 1, "sold", "kept")
    page = Reader(render_report(train(frame, target="outcome", algorithm="DecisionTree", k_fold=2)))
    first = page.text[page.text.index("Look at this first") :][:120]
    assert "copied later may give the answer away" in first


def test_numbers_are_not_torn_from_their_units(two_class_run):
    assert not re.search(
        r">[^<]*\d (%|ms|µs)[^<]*<", render_report(two_class_run).split("<main")[1].split('<script type="text')[0]
    )


def test_importing_litmus_does_not_import_the_report():
    import subprocess
    import sys

    code = "import sys, litmus; print([name for name in sys.modules if name.startswith(('litmus.report', 'jinja2'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert litmus.__version__
