"""What a search did on one data set: its progress, its settings, its costs."""

from __future__ import annotations

from collections import Counter

from litmus.evaluate.leaderboard import Leaderboard
from litmus.report.blocks import Chart, Section
from litmus.report.limits import MOST_SEARCHED_FAMILIES, left_out
from litmus.report.parameter_importance import FEWEST_TRIALS, parameter_chart
from litmus.report.search_charts import fold_chart, time_chart, trial_chart
from litmus.report.search_costs import cost_chart
from litmus.report.search_facts import SearchFacts
from litmus.report.search_settings import scored_of, settings_chart
from litmus.report.search_words import search_sentences

__all__ = ["search_section"]


def search_section(board: Leaderboard, *, whole: bool = True) -> Section | None:
    """The section on the search of a leaderboard that holds one data set; None where nothing was searched.

    Args:
        board: the leaderboard.
        whole: whether charts are drawn, beside what is said in words.
    """
    if not board.searched:
        return None
    facts = SearchFacts(board)
    sentences = search_sentences(facts)
    intro = "What was tried, what it gained, and whether more of it would help."
    if not whole:
        return Section("search", "Search", intro, points=sentences)
    counts = Counter(one.family for one in facts.configurations if one.trial.searched is not None)
    best = facts.best(facts.complete)
    families = [family for family, _ in counts.most_common()]
    if best is not None and best.family in families:
        families = [best.family, *(family for family in families if family != best.family)]
    charts: list[Chart | None] = [time_chart(facts), trial_chart(facts), fold_chart(facts), cost_chart(facts)]
    drawn = 0
    for family in families[:MOST_SEARCHED_FAMILIES]:
        settings = settings_chart(facts, family)
        charts += [settings, parameter_chart(facts, family)]
        drawn += settings is not None
    notes = [left_out(drawn, len(families), "algorithm", by="the best one's and the most tried")] if drawn else []
    if all(len(scored_of(facts, family)) < FEWEST_TRIALS for family in families):
        notes.append(f"Which parameters matter is told from {FEWEST_TRIALS} trials of an algorithm on.")
    return Section(
        "search",
        "Search",
        intro,
        tuple(chart for chart in charts if chart is not None),
        tuple(note for note in notes if note),
        sentences,
    )
