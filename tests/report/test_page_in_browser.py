"""The page in a real browser: it draws every chart, asks the network for nothing, and fits a phone."""

import pytest

FIGURES = "document.querySelectorAll('figure').length"
DRAWN = "[...document.querySelectorAll('figure .chart svg')].filter(svg => svg.querySelectorAll('path, rect').length > 3).length"


@pytest.fixture(scope="module", params=["two_class_run", "several_run", "searched_run"])
def page(request, tmp_path_factory):
    run = request.getfixturevalue(request.param)
    return run.report(tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture
def opened(browser, page):
    browser.problems.clear()
    browser.requests.clear()
    browser.size(1280)
    browser.scheme("light")
    browser.open(page)
    return browser


def test_every_chart_is_drawn_without_a_complaint_and_without_the_network(opened):
    assert opened.evaluate(FIGURES) >= 8
    assert opened.evaluate(DRAWN) == opened.evaluate(FIGURES)
    assert opened.problems == []
    assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []


def test_nothing_of_the_user_has_become_markup(opened):
    assert opened.evaluate("document.querySelectorAll('td b, td i, h1 i, img, main script:not([type])').length") == 0
    assert "could not be drawn" not in opened.evaluate("document.body.innerText")


@pytest.mark.parametrize("width", [360, 800, 1600])
def test_the_page_fits_the_window(opened, width):
    opened.size(width)
    opened.wait(f"document.documentElement.clientWidth === {width}")
    opened.wait(f"document.documentElement.scrollWidth <= {width}")  # charts take their new width a moment later
    beside = (
        "[...document.querySelectorAll('figure')].filter(f => f.scrollWidth > f.clientWidth + 1).map(f => f.innerText)"
    )
    opened.wait(f"{beside}.length === 0")


def test_charts_follow_the_colours_of_the_page(opened):
    label = "getComputedStyle(document.querySelector('figure .chart svg .role-axis-label text')).fill"
    ground = "getComputedStyle(document.body).backgroundColor"
    light = opened.evaluate(label), opened.evaluate(ground)
    opened.evaluate("document.getElementById('theme').click()")
    opened.wait("document.documentElement.dataset.charts === 'drawn'")
    dark = opened.evaluate(label), opened.evaluate(ground)
    assert dark[0] != light[0]
    assert dark[1] != light[1]
    opened.evaluate("document.getElementById('theme').click()")
    opened.wait("document.documentElement.dataset.charts === 'drawn'")
    assert (opened.evaluate(label), opened.evaluate(ground)) == light
    assert opened.problems == []


def test_a_reader_who_prefers_dark_pages_gets_one(browser, page):
    browser.size(1280)
    browser.scheme("dark")
    browser.open(page)
    ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in ground.removeprefix("rgb(").removesuffix(")").split(",")) < 64


def test_a_click_on_a_heading_sorts_the_leaderboard(opened):
    names = "[...document.querySelector('table.sortable').tBodies[0].rows].map(row => row.cells[0].textContent)"
    before = opened.evaluate(names)
    press = "document.querySelector('table.sortable th button').click()"
    opened.evaluate(press)
    assert opened.evaluate(names) == sorted(before, key=int)
    opened.evaluate(press)
    assert opened.evaluate(names) == sorted(before, key=int, reverse=True)
