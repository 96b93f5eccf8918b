"""`litmus predict`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from litmus.cli.output import write_json, write_text

__all__ = ["add_to"]


def predict(
    model: Annotated[str, typer.Argument(help="A model file, or a version from `litmus models`.")],
    data: Annotated[Path, typer.Argument(help="The rows: CSV, Parquet, JSON lines or Arrow.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write; the ending decides the format.")],
    probabilities: Annotated[bool, typer.Option(help="Also write a column of probability for each class.")] = False,
    keep: Annotated[bool, typer.Option(help="Keep the columns of the input beside the prediction.")] = True,
    batch_rows: Annotated[int, typer.Option(min=1, help="Rows held in memory at once.")] = 50_000,
    trust: Annotated[bool, typer.Option(help="Allow a model that holds its author's own code to run it.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write what was done as JSON.")] = False,
) -> None:
    """Predict every row of a file and write the answers to another; memory stays bounded whatever the file's size."""
    from litmus.batch import predict_file
    from litmus.store import open_model

    loaded = open_model(model, trust=trust)
    rows = predict_file(
        loaded,
        data,
        output,
        probabilities=probabilities,
        keep=keep,
        batch_rows=batch_rows,
        progress=None if quiet or as_json else _show,
    )
    if as_json:
        write_json({"rows": rows, "output": str(output), "model": loaded.version or loaded.name})
    else:
        write_text(f"{rows:,} rows predicted; the answers are in {output}")


def _show(rows: int) -> None:
    typer.echo(f"{rows:,} rows", err=True)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(predict)
