"""`litmus train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from litmus.cli.output import write_json, write_text

__all__ = ["add_to"]


def train(
    data: Annotated[str, typer.Argument(help="A file, folder, glob or URL: CSV, Parquet, JSON lines or Arrow.")],
    target: Annotated[list[str], typer.Option(help="The column to predict; several for multi-label.")],
    algorithm: Annotated[
        list[str] | None, typer.Option(help="A built-in's name, again for more. Default: auto.")
    ] = None,
    metric: Annotated[list[str] | None, typer.Option(help="A metric, again for more; the first one ranks.")] = None,
    test: Annotated[str | None, typer.Option(help="A table with the test rows; default: 20 % of the data.")] = None,
    task: Annotated[str | None, typer.Option(help="binary, multiclass, multilabel or regression.")] = None,
    folds: Annotated[int | None, typer.Option(min=2, help="Number of folds; default 5.")] = None,
    name: Annotated[str | None, typer.Option(help="The model's name in the store; default: the file's name.")] = None,
    output: Annotated[Path | None, typer.Option(help="Also save the best model to this file.")] = None,
    report: Annotated[Path | None, typer.Option(help="Also write the report to this HTML file.")] = None,
    cpus: Annotated[int | None, typer.Option(min=1, help="Cores to use; default: all.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The source of all randomness.")] = 0,
    final: Annotated[str, typer.Option(help="bagged (fold models together) or refit (again on all rows).")] = "bagged",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Train algorithms on a table, rank them on rows they have not seen, and keep the best model."""
    import litmus
    from litmus.store import Store

    task_data = litmus.TaskData.create(
        name=name,
        data=data if test is None else {"train": data, "test": test},
        target=target[0] if len(target) == 1 else target,
        task=task,
        k_fold=folds,
    )
    run = litmus.train(
        task_data,
        algorithm=algorithm or "auto",
        metrics=metric or None,
        resources=None if cpus is None else {"train": {"cpus": cpus}, "predict": {"cpus": cpus}},
        final=final,
        seed=seed,
        callbacks=[] if quiet or as_json else None,
    )
    Store().add_report(run.id, run.report)
    made: dict[str, str] = {}
    if output is not None:
        run.best.save(output)
        made["model"] = str(output)
    if report is not None:
        made["report"] = str(run.report(report))
    version = next(iter(run.versions.values()), None)
    if as_json:
        write_json({"run": run.id, "version": version, **made, "leaderboard": run.leaderboard.to_json()})
        return
    write_text(str(run.leaderboard))
    kept = f" It is kept as {version}: litmus serve {version}" if version else ""
    write_text(f"\n{run.summary()}.{kept}")
    for what, path in made.items():
        write_text(f"The {what} is in {path}")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(train)
