"""How the trials of one data set stand to where the model is to be served: the front of score and cost, the finalists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.leaderboard_text import short_names
from litmus.evaluate.number_text import column_decimals, duration_text, number_text, one_line
from litmus.evaluate.pareto import Axis, cost_on, pareto_front
from litmus.evaluate.served_columns import has_estimates, misses_text
from litmus.evaluate.trial import Trial
from litmus.quantities import bytes_text
from litmus.report.blocks import Cell, Chart, Heading, Section, Table
from litmus.report.limits import LONGEST_NAME, MOST_SEARCH_POINTS, MOST_TRIALS, left_out
from litmus.report.vega import axis, chart_spec, significant

if TYPE_CHECKING:
    from litmus.deployment import Deployment
    from litmus.selection.deployment_report import DeploymentReport

__all__ = ["deployment_section"]

_HEIGHT = 280
_FEWEST = 2
_ROLES = {
    "domain": ["chosen", "on the front", "other", "misses a limit"],
    "range": ["theme:accent", "theme:ink", "theme:muted", "theme:series-2"],
}
_SHAPES = ["diamond", "circle", "circle", "cross"]
_UNITS: dict[Axis, tuple[float, str, str]] = {
    "p99": (1e3, "p99 latency of a request, ms (log scale)", "Score and latency"),
    "size": (1e-6, "size of the bundle, MB (log scale)", "Score and size"),
}


def deployment_section(board: Leaderboard, report: DeploymentReport | None, *, whole: bool = True) -> Section | None:
    """The section on where the model is to be served; None where that was not said.

    Args:
        board: the leaderboard of the data set.
        report: what became of its trials there.
        whole: whether charts are drawn.
    """
    if report is None or not has_estimates(list(board)):
        return None
    fronts: tuple[Axis, ...] = ("p99", "size")
    charts = [chart for x in fronts if (chart := _front_chart(board, report, x)) is not None] if whole else []
    finalists = [_finalists(report)] if report.finalists else []
    intro = f"{report.sentence} {_limits(report.deployment)}"
    notes = tuple(filter(None, (report.accuracy, _of_this_machine(report))))
    return Section("deployment", "Where it is served", intro, (*charts, *finalists), notes)


def _limits(deployment: Deployment) -> str:
    """The limits in words."""
    shown = {
        "latency_p99": lambda value: f"p99 latency up to {duration_text(value)}",
        "max_size": lambda value: f"bundle and packages up to {bytes_text(value)}",
        "memory": lambda value: f"memory up to {bytes_text(value)}",
        "cold_start": lambda value: f"a cold start of {duration_text(value)} or less",
        "request_rate": lambda value: f"{value:,.4g} requests a second",
    }
    found = [shown[name](value) for name, value in deployment.limits.items()]
    found += [f"only the packages {', '.join(deployment.packages)}"] if deployment.packages is not None else []
    load = "1 connection" if deployment.concurrency == 1 else f"{deployment.concurrency} connections"
    cores = "1 core" if deployment.cpus == 1 else f"{deployment.cpus} cores"
    return f"The limits: {', '.join(found) or 'none'}, with {load} and {cores}."


def _of_this_machine(report: DeploymentReport) -> str:
    if any(finalist.simulation is not None for finalist in report.finalists):
        return "Times are of the machine that the run was made on."
    return "Nothing was simulated: these are estimates, of the machine that the run was made on."


def _front_chart(board: Leaderboard, report: DeploymentReport, x: Axis) -> Chart | None:
    """Every trial's score against its cost, and the line of those that no other one beats in both."""
    factor, title, name = _UNITS[x]
    metric = board.objectives[board.data_names[0]]
    front = pareto_front(board, x)
    ranked = [row.trial for row in board.rows if row.rank is not None and cost_on(row.trial, x) > 0]
    shown = [*front, *(trial for trial in ranked if trial not in front)][:MOST_SEARCH_POINTS]
    if len(shown) < _FEWEST:
        return None
    points = [_point(board, trial, x, front, report) for trial in shown]
    names = short_names(shown, 26)
    for point, short in zip(points, names, strict=True):
        point["cost"], point["trial"] = significant([point["cost"] * factor])[0], short
    tooltip = [
        axis("trial", "trial", kind="nominal"),
        axis("cost", title.partition(",")[0], format=",.3r"),
        axis("score", metric),
        axis("misses", "misses", kind="nominal"),
    ]
    legend = {"orient": "bottom", "title": None}
    shape = axis("role", None, kind="nominal", legend=legend, scale={"domain": _ROLES["domain"], "range": _SHAPES})
    layers: list[dict[str, Any]] = [
        {
            "transform": [{"filter": {"field": "front", "equal": True}}],
            "mark": {"type": "line", "interpolate": "step-after", "opacity": 0.6, "strokeWidth": 2},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 70, "opacity": 0.9},
            "encoding": {
                "color": axis("role", None, kind="nominal", scale=_ROLES, legend=legend),
                "shape": shape,
                "tooltip": tooltip,
            },
        },
    ]
    limit = report.deployment.latency_p99 if x == "p99" else None
    if limit is not None:
        layers.append(
            {
                "data": {"values": [{"cost": float(limit) * factor}]},
                "mark": {"type": "rule", "strokeDash": [4, 4], "opacity": 0.7},
                "encoding": {"x": axis("cost", None), "y": None},
            }
        )
    scale = {"type": "log", "padding": 20, "nice": False}
    y = axis("score", metric, scale={"zero": False, "nice": True})
    spec = chart_spec(
        f"{metric} against {title.partition(',')[0]} of {len(points)} trials; {len(front)} are on the front.",
        layers=layers,
        data=points,
        height=_HEIGHT,
        encoding={"x": axis("cost", title, scale=scale, axis={"tickCount": 5, "grid": False}), "y": y},
    )
    caption = "The line joins the trials that no other one beats in both."
    caption += " The dashed line is the limit." if limit is not None else ""
    return Chart(name, caption, spec, _front_table(board, front, x, metric))


def _point(board: Leaderboard, trial: Trial, x: Axis, front: list[Trial], report: DeploymentReport) -> dict[str, Any]:
    score = board.objective_score(trial)
    role = "on the front" if trial in front else "other"
    if trial.misses or trial.not_estimated:
        role = "misses a limit"
    if trial.name == report.chosen:
        role = "chosen"
    return {
        "score": None if score is None else score.value,
        "cost": cost_on(trial, x),
        "role": role,
        "front": trial in front,
        "misses": misses_text(trial) or "nothing",
    }


def _front_table(board: Leaderboard, front: list[Trial], x: Axis, metric: str) -> Table:
    scores = [board.objective_score(trial) for trial in front]
    decimals = column_decimals(score.value for score in scores if score is not None)
    lines = tuple(
        (
            Cell(one_line(trial.name, LONGEST_NAME)),
            Cell(number_text(None if score is None else score.value, decimals)),
            Cell(duration_text(cost_on(trial, x)) if x == "p99" else bytes_text(cost_on(trial, x))),
            Cell(misses_text(trial) or "—"),
        )
        for trial, score in list(zip(front, scores, strict=True))[:MOST_TRIALS]
    )
    headings = (
        Heading("trial"),
        Heading(metric, numeric=True),
        Heading("p99 latency" if x == "p99" else "bundle", numeric=True),
        Heading("misses"),
    )
    note = left_out(len(lines), len(front), "trial")
    return Table(headings, lines, f"Trials that no other one beats in {metric} and {x}", note)


def _finalists(report: DeploymentReport) -> Table:
    """Estimates beside what was simulated."""
    headings = tuple(Heading(text, numeric=1 <= place <= 5) for place, text in enumerate(report.headings))
    lines = tuple(
        (Cell(one_line(line[0], LONGEST_NAME)), *(Cell(text) for text in line[1:-1]), Cell(one_line(line[-1], 300)))
        for line in report.lines()
    )
    return Table(headings, lines, "Finalists: what was estimated, and what the simulation measured", titled=True)
