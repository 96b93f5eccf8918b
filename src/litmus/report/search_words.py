"""What a search did, in plain words: how much it tried, what that gained, and whether more would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from litmus.evaluate.number_text import decimals_for, duration_text, number_text, one_line, percent_text, plural
from litmus.evaluate.trial import Cause
from litmus.report.search_costs import costs
from litmus.report.search_facts import SearchFacts, Tried, by_end

__all__ = ["search_sentences"]

_FEWEST_TO_JUDGE = 9
_LITTLE = 0.1
"""A share of the whole gain below which the last third has brought little."""


def search_sentences(facts: SearchFacts) -> tuple[str, ...]:
    """What was tried, what was stopped and why, the gain, whether longer looks worth it, the ensemble, the time."""
    sentences = [_tried(facts), _stopped(facts), _gain(facts), _longer(facts), _ensemble(facts), _spent(facts)]
    return tuple(sentence for sentence in sentences if sentence)


def _tried(facts: SearchFacts) -> str:
    given = [one for one in facts.configurations if one.given]
    found = [one for one in facts.configurations if not one.given]
    strategies = dict.fromkeys(one.trial.searched.strategy for one in facts.configurations if one.trial.searched)
    who = " and ".join(strategies)
    outcomes = Counter(one.status for one in facts.configurations)
    if not found:
        return f"{who} tried nothing beyond the {plural(len(given), 'configuration')} that the run began with."
    parts = [f"{outcomes['complete']:,} got all their folds"]
    parts += [f"{outcomes['stopped early']:,} stopped early"] if outcomes["stopped early"] else []
    parts += [f"{outcomes['failed']:,} failed"] if outcomes["failed"] else []
    return (
        f"{plural(len(facts.configurations), 'configuration')} tried: {len(given):,} to begin with and {len(found):,} that "
        f"{who} suggested. {_listed(parts)}."
    )


def _stopped(facts: SearchFacts) -> str:
    stopped = [one for one in facts.configurations if one.status == "stopped early"]
    causes = Counter(one.trial.cause for one in stopped)
    words: dict[Cause, str] = {
        "hopeless": "because on their first folds they were behind the best by more than folds vary",
        "effort": "after a part of the effort, as others did better with it",
        "time": "because the time was over",
        "": "for other reasons, which stand in the leaderboard",
    }
    saved = sum(facts.n_folds - len(one.trial.fold_scores) for one in stopped if one.trial.cause == "hopeless")
    if saved > 0:
        words["hopeless"] += f" (which saved {saved:,} of {facts.n_folds * len(facts.configurations):,} folds)"
    parts = [f"{causes[cause]:,} {text}" for cause, text in words.items() if causes[cause]]
    return f"Stopped early: {_listed(parts)}." if parts else ""


def _gain(facts: SearchFacts) -> str:
    """What the search has brought beyond what it began with."""
    given = facts.best(one for one in facts.complete if one.given)
    found = facts.best(one for one in facts.complete if not one.given)
    if found is None:
        return ""
    decimals = decimals_for([found.score or 0.0])
    new = f"{one_line(found.name, 40)} ({facts.metric} {number_text(found.score, decimals)})"
    if given is None:
        return f"The best that the search found is {new}; nothing that it began with has a score."
    old = f"{one_line(given.name, 40)} ({number_text(given.score, decimals)})"
    gain = facts.better_by(found, given)
    if gain <= 0:
        return f"The search found nothing better than what it began with: {old} against {new} at best."
    amount = _difference(gain, found)
    return f"The search gained {amount}: {new} against {old}, the best it began with{_on_folds(facts, found, given)}."


def _on_folds(facts: SearchFacts, one: Tried, other: Tried) -> str:
    """On how many folds one is better than the other: a gain on half of them may be luck."""
    scores = [trial.trial.score(facts.metric) for trial in (one, other)]
    if any(score is None or len(score.folds) < 2 for score in scores):
        return ""
    folds = [score.folds for score in scores if score is not None]
    if len(folds[0]) != len(folds[1]):
        return ""
    better = sum(facts.sign * (a - b) > 0 for a, b in zip(*folds, strict=True))
    doubt = "; that may be luck" if better <= 0.6 * len(folds[0]) else ""
    return f", and is better on {better} of {len(folds[0])} folds{doubt}"


def _longer(facts: SearchFacts) -> str:
    """Whether the last third brought anything."""
    if len(facts.complete) < _FEWEST_TO_JUDGE:
        if any(not one.given for one in facts.configurations):
            return "Too few configurations got all their folds to tell whether a longer search would find better ones."
        return ""
    timed = by_end(facts.complete)
    span = "time" if len(timed) == len(facts.complete) else "trials"
    ordered = timed if span == "time" else facts.complete
    early = _first_two_thirds(ordered, by_time=span == "time")
    first, before, after = facts.best(one for one in ordered if one.given), facts.best(early), facts.best(ordered)
    if before is None or after is None:
        return ""
    last = facts.better_by(after, before)
    if last <= 0:
        return (
            f"Nothing better was found in the last third of the {span}: searching longer in the same way is unlikely to gain "
            "much."
        )
    amount = _difference(last, after)
    whole = max(facts.better_by(after, first), last) if first is not None else last
    if last < _LITTLE * whole:
        return f"The last third of the {span} brought {amount} of {facts.metric}, a small part of the gain: longer may bring a little."
    return f"The best score was still rising in the last third of the {span} (by {amount}): a longer search looks worth it."


def _first_two_thirds(ordered: Sequence[Tried], *, by_time: bool) -> list[Tried]:
    if not by_time:
        return list(ordered[: 2 * len(ordered) // 3])
    begun = min(one.trial.started or 0.0 for one in ordered)
    end = ordered[-1].trial.finished or 0.0
    return [one for one in ordered if (one.trial.finished or 0.0) <= begun + 2 * (end - begun) / 3]


def _ensemble(facts: SearchFacts) -> str:
    ensemble, best = facts.ensemble, facts.best(facts.complete)
    if ensemble is None or best is None:
        return ""
    gain = facts.better_by(ensemble, best)
    decimals = decimals_for([ensemble.score or 0.0])
    name, score = one_line(ensemble.name, 40), number_text(ensemble.score, decimals)
    if gain <= 0:
        return f"{name} ({score}) is no better than the best single configuration."
    amount = _difference(gain, ensemble)
    slower = ensemble.trial.predict_seconds / best.trial.predict_seconds if best.trial.predict_seconds > 0 else 0.0
    price = f", and takes {slower:.1f} times as long to answer" if slower >= 1.2 else ""
    return f"{name} reaches {score}, {amount} better than the best single configuration{price}."


def _spent(facts: SearchFacts) -> str:
    found = costs(facts)
    total = sum(found.values())
    if total <= 0:
        return ""
    words = {
        "stopped early": "on trials stopped early",
        "failed": "on trials that failed",
        "ensemble": "on choosing the ensemble",
    }
    times = {outcome: sum(seconds for (_, name), seconds in found.items() if name == outcome) for outcome in words}
    parts = [
        f"{percent_text(times[outcome] / total, 0)} {text}" for outcome, text in words.items() if times[outcome] > 0
    ]
    return f"All of it took {duration_text(total)} of work{', ' + _listed(parts) if parts else ''}."


def _difference(amount: float, of: Tried) -> str:
    """A difference of scores in the decimals that scores have; in more where it would read as nothing."""
    decimals = decimals_for([of.score or 0.0])
    return number_text(amount, decimals if round(amount, decimals) > 0 else None)


def _listed(parts: Sequence[str]) -> str:
    """Parts as people list them: "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
