"""`litmus train`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litmus.cli.output import write_json, write_note, write_text
from litmus.cli.places import check_places
from litmus.cli.run_progress import RunProgress

if TYPE_CHECKING:
    from litmus.data import TaskData
    from litmus.run import Run

__all__ = ["add_to"]


def train(
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="A file, folder, glob or URL: CSV, Parquet, JSON lines or Arrow.")
    ],
    target: Annotated[
        list[str],
        typer.Option("--target", "-t", metavar="COLUMN", help="The column to predict; again for multi-label."),
    ],
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
    final: Annotated[
        str, typer.Option(metavar="WAY", help="bagged (the fold models together) or refit (again on all rows).")
    ] = "bagged",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Train algorithms on a table, rank them on rows they have not seen, and keep the best model.

    Progress goes to standard error, the leaderboard to standard output. The model is kept in the store under the table's
    name and a number, such as adult-3.

    \b
    Examples:
      litmus train adult.csv.gz --target income
      litmus train adult.csv.gz -t income -a XGBoost -a LightGBM --output income.litmus --report report.html
      litmus train sales.parquet -t amount --metric mae --order day --kind shop=categorical
      litmus train films.jsonl -t comedy -t drama --test new_films.jsonl --json
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    import litmus

    check_places(output, report)
    task_data = _task_data(data, test, validation, target=target, task=task, folds=folds, kind=kind, order=order,
                           name=name, group=group, weight=weight)  # fmt: skip
    with RunProgress(quiet=quiet) as progress:
        run = litmus.train(
            task_data,
            algorithm=algorithm or "auto",
            metrics=metric or None,
            resources=None if cpus is None else {"train": {"cpus": cpus}, "predict": {"cpus": cpus}},
            final=final,
            seed=seed,
            callbacks=[progress],
        )
    made = _keep(run, output, report)
    if as_json:
        write_json(_as_json(run, made))
    else:
        _tell(run, made)


def _task_data(
    data: str,
    test: str | None,
    validation: str | None,
    *,
    target: list[str],
    task: str | None,
    folds: int | None,
    kind: list[str] | None,
    order: str | None,
    name: str | None,
    group: str | None,
    weight: str | None,
) -> TaskData:
    """The data set that the options describe."""
    from litmus.data import KFoldCV, OrderedSplit, TaskData

    others = {part: place for part, place in (("validation", validation), ("test", test)) if place is not None}
    ordered_folds = order is not None and validation is None
    return TaskData.create(
        name=name,
        data={"train": data, **others} if others else data,
        target=target[0] if len(target) == 1 else target,
        task=task,
        schema=_kinds(kind or []),
        k_fold=KFoldCV(folds or 5, kind="ordered", by=order) if ordered_folds else folds,
        split=OrderedSplit(by=order) if order is not None and test is None else None,
        group=group,
        weight=weight,
    )


def _kinds(given: list[str]) -> dict[str, Any] | None:
    """Column → kind, from texts such as "zip=categorical"."""
    from litmus.errors import ParameterError

    kinds: dict[str, Any] = {}
    for text in given:
        column, equals, kind = text.rpartition("=")
        if not equals or not column or not kind:
            raise ParameterError(f"--kind {text!r} must be written as COLUMN=KIND, such as zip=categorical.")
        kinds[column] = kind
    return kinds or None


def _keep(run: Run, output: Path | None, report: Path | None) -> dict[str, str]:
    """Write what was asked for, and keep the report in the store; returns what was made → where it is."""
    from litmus.errors import BundleError
    from litmus.store import Store

    made: dict[str, str] = {}
    if output is not None:
        made["model"] = str(run.best.save(output))
    if report is not None:
        made["report"] = str(run.report(report))
    try:
        Store().add_report(run.id, run.report)
    except BundleError as error:
        write_note(str(error))
    return made


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
    }


def _tell(run: Run, made: dict[str, str]) -> None:
    version = next(iter(run.versions.values()), None)
    kept = f" It is kept as {version}: litmus serve {version}" if version else ""
    write_text(f"{run.leaderboard}\n\n{run.summary()}.{kept}")
    for what, path in made.items():
        write_text(f"The {what} is in {path}")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Train algorithms on a table and keep the best model.")(train)
