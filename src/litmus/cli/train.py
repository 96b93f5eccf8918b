"""`litmus train`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litmus.cli.asked import Asked
from litmus.cli.output import write_json, write_note, write_text
from litmus.cli.places import check_places
from litmus.cli.run_progress import RunProgress

if TYPE_CHECKING:
    from litmus.run import Run

__all__ = ["add_to"]

_MISSED = 3
"""The exit code when nothing keeps the limits of the deployment."""


def train(
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA",
            help="A file, folder, glob or URL: CSV, Parquet, JSON lines or Arrow.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option("--target", "-t", metavar="COLUMN", help="The column to predict; again for multi-label."),
    ] = None,
    algorithm: Annotated[
        list[str] | None,
        typer.Option(
            "--algorithm", "-a", metavar="NAME", help="An algorithm, again for more; default: several that suit."
        ),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", "-m", metavar="NAME", help="A metric, again for more; the first ranks."),
    ] = None,
    test: Annotated[
        str | None, typer.Option(metavar="TABLE", help="The test rows; default: 20 % of the data are set aside.")
    ] = None,
    validation: Annotated[
        str | None, typer.Option(metavar="TABLE", help="Rows to rank on; default: folds of the training rows.")
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            metavar="TASK", help="binary, multiclass, multilabel or regression; default: as the target suggests."
        ),
    ] = None,
    folds: Annotated[int | None, typer.Option(min=2, metavar="N", help="Number of folds; default: 5.")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN=KIND", help="What a column is, such as zip=categorical; again for more."),
    ] = None,
    group: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Rows with one value here stay on one side of every split.")
    ] = None,
    order: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Train on early rows and test on late ones, by this column.")
    ] = None,
    weight: Annotated[str | None, typer.Option(metavar="COLUMN", help="How much each row counts.")] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The model's name in the store; default: the file's name.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Also save the best model to this file.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", "-r", metavar="FILE", help="Also write the report to this HTML file.")
    ] = None,
    cpus: Annotated[int | None, typer.Option(min=1, metavar="N", help="Cores to use; default: all.")] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The source of all randomness.")] = 0,
    time_limit: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Search for better settings until then, such as 90s, 10m or 1h30m."),
    ] = None,
    max_trials: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Search for better settings with this many trials in all.")
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="How to search: bayesian, random, grid, hyperband, bohb, evolutionary."),
    ] = None,
    bar: Annotated[
        list[str] | None,
        typer.Option(
            "--bar", metavar="CONDITION", help="What the model has to meet, such as 'recall >= 0.8'; again for more."
        ),
    ] = None,
    deployment: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Where it is to be served, such as latency_p99=5ms,max_size=300MB; again for more.",
        ),
    ] = None,
    finalists: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Best trials served in a simulation of the deployment; default: 3."),
    ] = None,
    resume: Annotated[
        str | None, typer.Option(metavar="RUN", help="Go on with a run that was interrupted or killed.")
    ] = None,
    final: Annotated[
        str, typer.Option(metavar="WAY", help="bagged (the fold models together) or refit (again on all rows).")
    ] = "bagged",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Train algorithms on a table, rank them on rows they have not seen, and keep the best model.

    Progress goes to standard error, the leaderboard to standard output. The model is kept in the store under the table's
    name and a number, such as adult-3. The exit code is 0, or 3 when nothing keeps the limits of the deployment.

    \b
    Examples:
      litmus train adult.csv.gz --target income
      litmus train adult.csv.gz -t income -a XGBoost -a LightGBM --output income.litmus --report report.html
      litmus train sales.parquet -t amount --metric mae --order day --kind shop=categorical
      litmus train adult.csv.gz -t income --time-limit 10m
      litmus train adult.csv.gz -t income --deployment latency_p99=5ms,max_size=300MB
      litmus train --resume 20261122-101500-a1b2c3
      litmus train films.jsonl -t comedy -t drama --test new_films.jsonl --json
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    import litmus

    check_places(output, report)
    asked = Asked(
        data=data, target=target or [], algorithm=algorithm, metric=metric, test=test, validation=validation, task=task,
        folds=folds, kind=kind, group=group, order=order, weight=weight, name=name, cpus=cpus, seed=seed,
        time_limit=time_limit, max_trials=max_trials, search=search, bar=bar, deployment=deployment, finalists=finalists,
        final=final,
    )  # fmt: skip
    asked = asked.checked() if resume is None else Asked.of_run(resume, asked)
    limits = asked.limits()
    with RunProgress(quiet=quiet) as progress:
        run = litmus.train(
            asked.task_data(),
            algorithm=asked.algorithm or "auto",
            metrics=asked.metric or None,
            resources=None if asked.cpus is None else {"train": {"cpus": asked.cpus}, "predict": {"cpus": asked.cpus}},
            search=asked.search,
            bar=asked.bar or None,
            deployment=limits,
            finalists=3 if asked.finalists is None else asked.finalists,
            time_limit=asked.time_limit,
            max_trials=asked.max_trials,
            resume=resume,
            final=asked.final,
            seed=asked.seed,
            callbacks=[asked.keep_beside, progress],
        )
    made = _keep(run, output, report)
    if as_json:
        write_json(_as_json(run, made))
    else:
        _tell(run, made)
    if _misses(run):
        raise typer.Exit(_MISSED)


def _keep(run: Run, output: Path | None, report: Path | None) -> dict[str, str]:
    """Write what was asked for, and keep the report in the store; returns what was made → where it is."""
    from litmus.errors import BundleError
    from litmus.store import Store

    made: dict[str, str] = {}
    if output is not None and _misses(run):
        write_note(f"Nothing was written to {output}, because nothing keeps the limits of the deployment.")
    elif output is not None:
        made["model"] = str(run.best.save(output))
    if report is not None:
        made["report"] = str(run.report(report))
    try:
        Store().add_report(run.id, run.report)
    except BundleError as error:
        write_note(str(error))
    return made


def _misses(run: Run) -> bool:
    """Whether the deployment has limits that nothing keeps."""
    return any(report.chosen is None for report in run.deployment_reports.values())


def _as_json(run: Run, made: dict[str, str]) -> dict[str, Any]:
    data = next(iter(run.data.values()))
    return {
        "run": run.id,
        "version": run.versions.get(data.name),
        **made,
        "data": data.name,
        "task": data.task,
        "target": list(data.target.names),
        "rows": {"train": len(data.train), "test": 0 if data.test is None else len(data.test)},
        "folds": data.fold_plan,
        "notes": list(data.notes),
        "seed": run.seed,
        "seconds": run.seconds,
        "leaderboard": run.leaderboard.to_json(),
        **({"deployment": run.deployment_report.to_json()} if run.deployment_reports else {}),
    }


def _tell(run: Run, made: dict[str, str]) -> None:
    version = next(iter(run.versions.values()), None)
    kept = f" It is kept as {version}: litmus serve {version}" if version else ""
    reports = "\n\n".join(map(str, run.deployment_reports.values()))
    outcome = f"{reports}\n" if reports else f"{run.summary()}."
    write_text(f"{run.leaderboard}\n\n{outcome}{kept}".rstrip())
    for what, path in made.items():
        write_text(f"The {what} is in {path}")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Train algorithms on a table and keep the best model.")(train)
