"""What a run says about its trials where they are served, once it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from litmus.deployment import Deployment, parse_deployment
from litmus.errors import LitmusError, ParameterError, SelectionError
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.pareto import Axis, check_axis, pareto_front
from litmus.evaluate.served_columns import misses_text
from litmus.evaluate.trial import Trial
from litmus.selection.choosing import choose_served
from litmus.selection.deployment_report import DeploymentReport
from litmus.selection.http import http_cost
from litmus.selection.limits import hold_to
from litmus.selection.measuring import estimate_model, request_rows

if TYPE_CHECKING:
    import pandas as pd

    from litmus.data import LoadedData
    from litmus.model import Model

__all__ = ["pareto", "select"]

_ROWS_SENT = 200


class _Run(Protocol):
    """What is read of a run."""

    leaderboard: Leaderboard
    data: dict[str, LoadedData]
    deployment_reports: dict[str, DeploymentReport]

    def model(self, name: str | int = 1, *, data: str | None = None) -> Model:
        """The model of a trial."""


def select(run: _Run, deployment: Any = None, *, data: str | None = None, finalists: int = 3) -> Model:
    """What `Run.select` does."""
    limits = parse_deployment(deployment)
    if isinstance(finalists, bool) or not isinstance(finalists, int) or finalists < 0:
        raise ParameterError(f"finalists={finalists!r} is not allowed; give a whole number, 0 to simulate none.")
    board = _board(run, data)
    name = board.data_names[0]
    known = run.deployment_reports.get(name)
    new = known is None or known.deployment != limits
    _estimate(run, board, limits, anew=new, enough=max(1, 2 * finalists))
    loaded = run.data[name]
    rows = loaded.train if loaded.test is None else loaded.test
    report = choose_served(
        Leaderboard(list(board), board.objectives),  # in the order that these limits give
        limits,
        model_of=lambda trial: run.model(trial.name, data=name),
        rows=rows.head(_ROWS_SENT).reset_index(drop=True),
        finalists=finalists,
    )
    run.deployment_reports[name] = report
    if report.chosen is None:
        raise SelectionError(report.sentence)
    return run.model(report.chosen, data=name)


def pareto(run: _Run, x: Axis, *, data: str | None = None) -> pd.DataFrame:
    """What `Run.pareto` does."""
    import pandas as pd

    check_axis(x)
    board = _board(run, data)
    report = run.deployment_reports.get(board.data_names[0])
    limits = parse_deployment(None) if report is None else report.deployment
    _estimate(run, board, limits, anew=False, judged=report is not None)
    rank = {row.trial.id: row.rank for row in board.rows}
    front = [(trial, trial.estimate) for trial in pareto_front(board, x) if trial.estimate is not None]
    scores = [board.objective_score(trial) for trial, _ in front]
    return pd.DataFrame(
        {
            "rank": pd.array([rank[trial.id] for trial, _ in front], dtype="Int64"),
            "name": pd.array([trial.name for trial, _ in front], dtype="str"),
            "algorithm": pd.array([trial.algorithm for trial, _ in front], dtype="str"),
            board.objectives[board.data_names[0]]: [float("nan") if one is None else one.value for one in scores],
            "p99 seconds": [found.latency_p99 for _, found in front],
            "bundle bytes": pd.array([found.size for _, found in front], dtype="Int64"),
            "misses": pd.array([misses_text(trial) for trial, _ in front], dtype="str"),
        }
    )


def _board(run: _Run, data: str | None) -> Leaderboard:
    """The leaderboard of the only data set, or of the one named."""
    if data is None and len(run.data) > 1:
        names = ", ".join(map(repr, run.data))
        raise ParameterError(f"This run has data {names}; say which with data=.")
    board = run.leaderboard if data is None else run.leaderboard.of_data(data)
    board.best()  # which says why, when nothing could be ranked
    return board


def _estimate(
    run: _Run, board: Leaderboard, limits: Deployment, *, anew: bool, enough: int | None = None, judged: bool = True
) -> None:
    """Estimate trials, the best first, and hold them to the limits, until so many keep them.

    Args:
        run: the run.
        board: the leaderboard of one data set.
        limits: the deployment.
        anew: whether earlier estimates are of another deployment.
        enough: how many have to keep the limits; None estimates every ranked trial.
        judged: whether what misses the limits is noted.
    """
    frame = run.data[board.data_names[0]].train
    rows = request_rows(frame)
    http = http_cost(rows)
    ranked = [row.trial for row in board.rows if row.rank is not None]
    if anew:
        for trial in ranked:
            trial.estimate, trial.misses, trial.not_estimated = None, (), ""
    constant = [trial for trial in ranked if trial.algorithm == "Baseline"]
    good = 0
    for trial in [*constant, *(one for one in _by_score(board, ranked) if one.algorithm != "Baseline")]:
        if trial.estimate is None:
            try:
                found = estimate_model(run.model(trial.name, data=trial.data), limits, rows=rows, http=http)
            except LitmusError as error:
                trial.not_estimated = str(error)
                continue
            hold_to(trial, found, limits)
            if not judged:
                trial.misses = ()
        good += trial.algorithm != "Baseline" and not trial.violation
        if enough is not None and good >= enough:
            break


def _by_score(board: Leaderboard, trials: list[Trial]) -> list[Trial]:
    """The trials by their score alone, whatever limits they were held to before."""

    def key(trial: Trial) -> float:
        score = board.objective_score(trial)
        if score is None:
            return float("inf")
        return (-score.value if score.maximize else score.value) - trial.allowance

    return sorted(trials, key=key)
